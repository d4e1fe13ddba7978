"""Approved texts on their way out. Every change of state is a compare-and-set, so that of two who want to change one, one does.

A row is put in with the approval, in its transaction, and carries the key that names the try at the provider. Until the undo window is
over nothing happens to it; then `connectors.sending` claims it. What became of it comes back as reports, told twice being one.
"""

import hashlib
import json
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from sqlalchemy import ColumnElement, CursorResult, Update, func, insert, select, update
from sqlalchemy.orm import Session

from store import episodes
from store.errors import Unknown
from store.tables import (
    DeliveryReportRow,
    DeliveryRow,
    DraftDecisionRow,
    DraftRow,
    DraftTextRow,
    EpisodeRow,
    PatientRow,
    UserRow,
    core,
)
from workflow.episode import fold
from workflow.leaving import Approval
from workflow.vocabulary import Channel, DraftForm

UNDO_WINDOW = timedelta(seconds=120)
"""How long an approval can be undone before it leaves, unless the settings say otherwise (TRIAGE_UNDO_S)."""


class DeliveryState(StrEnum):
    """Where a delivery stands. `sending` is between the claim and the provider's answer; `unknown` is for a person to find out."""

    WAITING = "waiting"
    CANCELLED = "cancelled"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    FAILED = "failed"
    UNKNOWN = "unknown"
    BY_HAND = "by_hand"


OVER = (DeliveryState.CANCELLED, DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.BOUNCED, DeliveryState.FAILED)
"""States in which nothing more is to be done about the delivery itself."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One approved text on its way: exactly these words, approved by this person, for this patient."""

    id: int
    approval_id: int
    draft_id: int
    episode_id: int
    patient_id: int
    form: DraftForm
    language: str
    channel: Channel
    address: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    text_hash: str
    approved_by: str
    """The user name of the person who approved."""
    approver: str
    """Their name."""
    approver_active: bool
    approved_at: datetime
    key: str
    send_after: datetime
    state: DeliveryState
    why: str
    provider_id: str | None
    event_seqs: tuple[int, ...]
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """What was told of a delivery."""

    kind: str
    text: str = field(repr=False)
    at: datetime


def hash_of(subject: str, body: str) -> str:
    """SHA-256 over subject and body: what an approval, a stored text and a delivery are bound together by."""
    return hashlib.sha256(json.dumps([subject, body]).encode()).hexdigest()


def enqueue(
    session: Session,
    *,
    approval_id: int,
    text_hash: str,
    channel: Channel,
    address: str,
    send_after: datetime,
    state: DeliveryState = DeliveryState.WAITING,
    why: str = "",
    now: datetime,
) -> int:
    """Put an approved text on its way, in the approving transaction; returns its id. The database refuses one without an approval."""
    row = insert(core(DeliveryRow)).returning(core(DeliveryRow).c.id)
    episode = (
        select(EpisodeRow.version)
        .join(DraftRow, DraftRow.episode_id == EpisodeRow.id)
        .join(DraftDecisionRow, DraftDecisionRow.draft_id == DraftRow.id)
        .where(DraftDecisionRow.id == approval_id)
    )
    values = {
        "approval_id": approval_id,
        "approval_action": "approve",
        "text_hash": text_hash,
        "channel": channel.value,
        "address": address,
        "key": str(uuid.uuid4()),
        "send_after": send_after,
        "state": DeliveryState(state).value,
        "why": why,
        "provider_id": None,
        "event_seqs": [],
        "episode_version": session.execute(episode).scalar_one(),
        "changed_at": now,
    }
    delivery_id: int = session.execute(row, values).scalar_one()
    return delivery_id


def cancel(session: Session, approval_id: int, *, why: str, now: datetime) -> bool:
    """Take an approved text back before it leaves. False where it is too late, or there was nothing to take back."""
    still_here = (DeliveryState.WAITING.value, DeliveryState.BY_HAND.value)
    row = update(DeliveryRow).where(DeliveryRow.approval_id == approval_id, DeliveryRow.state.in_(still_here))
    return _changed(session, row.values(state=DeliveryState.CANCELLED.value, why=why, changed_at=now))


def claim(session: Session, delivery_id: int, *, now: datetime) -> bool:
    """From waiting to sending, once its time has come. Whoever gets True, and nobody else, calls the provider; after the commit."""
    row = update(DeliveryRow).where(DeliveryRow.id == delivery_id, DeliveryRow.state == DeliveryState.WAITING.value)
    return _changed(session, row.where(DeliveryRow.send_after <= now).values(state=DeliveryState.SENDING.value, why="", changed_at=now))


def mark(
    session: Session,
    delivery_id: int,
    state: DeliveryState,
    *,
    before: Collection[DeliveryState],
    now: datetime,
    why: str = "",
    provider_id: str | None = None,
) -> bool:
    """Say where a delivery stands now, where it stood in one of `before`; False, and nothing changed, where it did not."""
    row = update(DeliveryRow).where(DeliveryRow.id == delivery_id, DeliveryRow.state.in_([known.value for known in before]))
    known_id = {} if provider_id is None else {"provider_id": provider_id}
    return _changed(session, row.values(state=state.value, why=why, changed_at=now, **known_id))


def put_off(session: Session, delivery_id: int, until: datetime, *, before: DeliveryState, why: str, now: datetime) -> bool:
    """Back to waiting, until a later moment, with the reason that people read."""
    row = update(DeliveryRow).where(DeliveryRow.id == delivery_id, DeliveryRow.state == before.value)
    return _changed(session, row.values(state=DeliveryState.WAITING.value, send_after=until, why=why, changed_at=now))


def moved(session: Session, delivery_id: int, seqs: Sequence[int]) -> None:
    """Keep which events of the episode the sending made, so that a bounce can take them back."""
    session.execute(update(DeliveryRow).where(DeliveryRow.id == delivery_id).values(event_seqs=list(seqs)))


def approval(session: Session, delivery: Delivery) -> Approval:
    """What became, since, of the approval that a delivery rests on. `workflow.leaving` says what follows from it."""
    decision = session.get_one(DraftDecisionRow, delivery.approval_id, populate_existing=True)
    of_draft = DraftDecisionRow.draft_id == delivery.draft_id
    last = session.execute(select(func.max(DraftDecisionRow.id)).where(of_draft)).scalar_one()
    standing = session.execute(select(DraftRow.standing).where(DraftRow.id == delivery.draft_id)).scalar_one()
    texts = select(DraftTextRow.id).where(DraftTextRow.draft_id == delivery.draft_id).order_by(DraftTextRow.number.desc()).limit(1)
    version = session.execute(select(DeliveryRow.episode_version).where(DeliveryRow.id == delivery.id)).scalar_one()
    history = episodes.history(session, delivery.episode_id)
    patient = session.get_one(PatientRow, delivery.patient_id, populate_existing=True)
    return Approval(
        at=delivery.approved_at,
        by=delivery.approver,
        by_active=delivery.approver_active,
        stands=decision.action == "approve" and last == delivery.approval_id and standing == "approved",
        newest=session.execute(texts).scalar_one() == decision.text_id,
        intact=hash_of(delivery.subject, delivery.body) == delivery.text_hash,
        current=_same(delivery.channel, delivery.address, patient.email if delivery.channel is Channel.EMAIL else patient.phone),
        episode=fold([event for event in history if event.seq <= version]),
        since=tuple(event for event in history if event.seq > version),
    )


def _same(channel: Channel, address: str, on_record: str | None) -> bool:
    """Whether two ways of writing an address are one."""
    if channel is Channel.EMAIL:
        return address.strip().casefold() == (on_record or "").strip().casefold()
    return [char for char in address if char.isdecimal()] == [char for char in on_record or "" if char.isdecimal()]


def due(session: Session, now: datetime, *, most: int = 100) -> list[tuple[int, datetime]]:
    """Id and `send_after` of what waits and whose undo window is over, longest due first."""
    rows = select(DeliveryRow.id, DeliveryRow.send_after).where(
        DeliveryRow.state == DeliveryState.WAITING.value, DeliveryRow.send_after <= now
    )
    return [(row.id, row.send_after) for row in session.execute(rows.order_by(DeliveryRow.send_after, DeliveryRow.id).limit(most))]


def hanging(session: Session, before: datetime) -> list[tuple[int, datetime]]:
    """Id and moment of what was claimed by `before` and of which nobody has said since what became of it."""
    rows = select(DeliveryRow.id, DeliveryRow.changed_at).where(
        DeliveryRow.state == DeliveryState.SENDING.value, DeliveryRow.changed_at <= before
    )
    return [(row.id, row.changed_at) for row in session.execute(rows.order_by(DeliveryRow.id))]


def load(session: Session, delivery_id: int) -> Delivery:
    """One delivery. Raises Unknown."""
    return _one(_find(session, DeliveryRow.id == delivery_id))


def of_approval(session: Session, approval_id: int) -> Delivery:
    """The delivery of an approval. Raises Unknown."""
    return _one(_find(session, DeliveryRow.approval_id == approval_id))


def by_key(session: Session, key: str) -> Delivery:
    """The delivery whose try at the provider carries this key. Raises Unknown."""
    return _one(_find(session, DeliveryRow.key == key))


def by_provider_id(session: Session, provider_id: str) -> Delivery:
    """The delivery that the provider knows by this id. Raises Unknown."""
    return _one(_find(session, DeliveryRow.provider_id == provider_id))


def in_states(session: Session, states: Collection[DeliveryState], *, episode_id: int | None = None, most: int = 200) -> list[Delivery]:
    """Deliveries in these states, changed last first; with `episode_id`, those of one patient's episode."""
    found: list[ColumnElement[bool]] = [DeliveryRow.state.in_([state.value for state in states])]
    if episode_id is not None:
        found.append(DraftRow.episode_id == episode_id)
    return _find(session, *found, most=most)


def on_their_way(session: Session) -> list[Delivery]:
    """What was approved and has not left: in its undo window, put off, or leaving at this moment."""
    return in_states(session, (DeliveryState.WAITING, DeliveryState.SENDING))


def nobody_knows(session: Session) -> list[Delivery]:
    """What may have left or not: a person looks at the provider and says (`connectors.sending.settle_unknown`)."""
    return in_states(session, (DeliveryState.UNKNOWN,))


def not_arrived(session: Session) -> list[Delivery]:
    """What was refused or came back, each with why."""
    return in_states(session, (DeliveryState.FAILED, DeliveryState.BOUNCED))


def counts(session: Session) -> dict[DeliveryState, int]:
    """How many deliveries stand in each state."""
    rows = session.execute(select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state))
    found = {DeliveryState(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in DeliveryState}


def report(session: Session, delivery_id: int, *, told: str, kind: str, text: str = "", now: datetime) -> bool:
    """Keep what was told of a delivery. `told` names the telling; False where it was told before, and nothing is to be done."""
    known = select(DeliveryReportRow.id).where(DeliveryReportRow.delivery_id == delivery_id, DeliveryReportRow.told == told)
    if session.execute(known).first():
        return False
    values = {"delivery_id": delivery_id, "told": told, "kind": kind, "text": text, "at": now}
    session.execute(insert(core(DeliveryReportRow)), values)
    return True


def reports(session: Session, delivery_id: int) -> list[Report]:
    """What was told of a delivery, oldest first."""
    rows = select(DeliveryReportRow).where(DeliveryReportRow.delivery_id == delivery_id).order_by(DeliveryReportRow.id)
    return [Report(row.kind, row.text, row.at) for row in session.scalars(rows)]


def _find(session: Session, *which: ColumnElement[bool], most: int | None = None) -> list[Delivery]:
    found = (
        select(DeliveryRow, DraftDecisionRow, DraftTextRow, DraftRow, EpisodeRow.patient_id, UserRow)
        .join(DraftDecisionRow, DraftDecisionRow.id == DeliveryRow.approval_id)
        .join(DraftTextRow, DraftTextRow.id == DraftDecisionRow.text_id)
        .join(DraftRow, DraftRow.id == DraftDecisionRow.draft_id)
        .join(EpisodeRow, EpisodeRow.id == DraftRow.episode_id)
        .join(UserRow, UserRow.id == DraftDecisionRow.user_id)
        .where(*which)
        .order_by(DeliveryRow.changed_at.desc(), DeliveryRow.id.desc())
        .limit(most)
        .execution_options(populate_existing=True)
    )
    return [
        Delivery(
            id=row.id,
            approval_id=row.approval_id,
            draft_id=draft.id,
            episode_id=draft.episode_id,
            patient_id=patient_id,
            form=DraftForm(draft.form),
            language=draft.language,
            channel=Channel(row.channel),
            address=row.address,
            subject=text.subject,
            body=text.body,
            text_hash=row.text_hash,
            approved_by=user.username,
            approver=user.name,
            approver_active=user.active,
            approved_at=approval.at,
            key=row.key,
            send_after=row.send_after,
            state=DeliveryState(row.state),
            why=row.why,
            provider_id=row.provider_id,
            event_seqs=tuple(row.event_seqs),
            changed_at=row.changed_at,
        )
        for row, approval, text, draft, patient_id, user in session.execute(found)
    ]


def _one(found: Sequence[Delivery]) -> Delivery:
    if not found:
        raise Unknown("There is no such delivery.")
    return found[0]


def _changed(session: Session, statement: Update) -> bool:
    return cast("CursorResult[object]", session.execute(statement)).rowcount == 1
