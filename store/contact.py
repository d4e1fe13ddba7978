"""What a patient asked about being contacted: recorded by a person with a reason, lifted by a person with a reason. Append-only.

It belongs to the patient and holds for all of their episodes. Of each channel, and of "all channels", the last entry counts.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from store.errors import Unknown
from store.tables import DoNotContactRow, EpisodeRow, PatientRow, UserRow
from workflow.contact import ContactFacts, DoNotContact
from workflow.refusals import Refusal
from workflow.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the patient asked (`lifted` is False), or it was lifted; `channel` None is all of them."""

    at: datetime
    channel: Channel | None
    lifted: bool
    reason: str
    by: str


def patient_of(session: Session, episode_id: int) -> int:
    """The patient an episode is of. Raises Unknown."""
    patient_id = session.execute(select(EpisodeRow.patient_id).where(EpisodeRow.id == episode_id)).scalar_one_or_none()
    if patient_id is None:
        raise Unknown("There is no such episode.")
    return patient_id


def ask(session: Session, patient_id: int, channel: Channel | None, reason: str, *, user_id: int, now: datetime) -> None:
    """Record that the patient asked not to be contacted. Where that stands already, nothing changes. Raises Refusal without a reason."""
    if not reason.strip():
        raise Refusal("Say what the patient asked, in their words where you can.")
    if not _stands(session, patient_id, channel):
        _append(session, patient_id, channel, "ask", reason.strip(), user_id, now)


def lift(session: Session, patient_id: int, channel: Channel | None, reason: str, *, user_id: int, now: datetime) -> None:
    """Record that the patient may be contacted again. Where nothing stands, nothing changes. Raises Refusal without a reason."""
    if not reason.strip():
        raise Refusal("Say why the patient may be contacted again.")
    if _stands(session, patient_id, channel):
        _append(session, patient_id, channel, "lift", reason.strip(), user_id, now)


def facts(session: Session, patient_id: int) -> ContactFacts:
    """What is known of one patient."""
    return facts_of(session, [patient_id])[patient_id]


def facts_of(session: Session, patient_ids: Collection[int]) -> dict[int, ContactFacts]:
    """What is known of these patients, two queries however many they are."""
    zones = dict(session.execute(select(PatientRow.id, PatientRow.zone).where(PatientRow.id.in_(patient_ids))).all())
    standing: dict[tuple[int, str | None], DoNotContact] = {}
    for row, name in _rows(session, patient_ids):
        if row.act == "ask":
            standing[row.patient_id, row.channel] = DoNotContact(channel=_channel(row), reason=row.reason, since=row.at, by=name)
        else:
            standing.pop((row.patient_id, row.channel), None)
    return {
        patient: ContactFacts(
            zone=zones.get(patient), do_not_contact=tuple(wish for (whose, _), wish in standing.items() if whose == patient)
        )
        for patient in patient_ids
    }


def history(session: Session, patient_id: int) -> list[Entry]:
    """Every entry of a patient, oldest first."""
    return [Entry(row.at, _channel(row), row.act == "lift", row.reason, name) for row, name in _rows(session, [patient_id])]


def _rows(session: Session, patient_ids: Collection[int]) -> list[Row[DoNotContactRow, str]]:
    found = (
        select(DoNotContactRow, UserRow.name)
        .join(UserRow, UserRow.id == DoNotContactRow.user_id)
        .where(DoNotContactRow.patient_id.in_(patient_ids))
        .order_by(DoNotContactRow.id)
    )
    return list(session.execute(found).all())


def _stands(session: Session, patient_id: int, channel: Channel | None) -> bool:
    return any(wish.channel is channel for wish in facts(session, patient_id).do_not_contact)


def _channel(row: DoNotContactRow) -> Channel | None:
    return Channel(row.channel) if row.channel else None


def _append(session: Session, patient_id: int, channel: Channel | None, act: str, reason: str, user_id: int, now: datetime) -> None:
    values = {"channel": channel.value if channel else None, "act": act, "reason": reason, "user_id": user_id, "at": now}
    session.execute(insert(DoNotContactRow).values(patient_id=patient_id, **values))
