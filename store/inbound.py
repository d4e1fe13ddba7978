"""Messages that came in by SMS or e-mail: kept once, whoever they are from.

One that is surely a patient's became a note of their episode. Any other is nobody's and waits for a person to look; it is never matched by
guess.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.orm import Session

from store.errors import Unknown
from store.tables import DeliveryRow, InboundRow, PatientRow, ReviewRow, core
from workflow.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message that is nobody's, and why. `delivery_id` is the message of ours that it seems to answer."""

    id: int
    channel: Channel
    address: str = field(repr=False)
    text: str = field(repr=False)
    stop: bool
    delivery_id: int | None
    why: str
    at: datetime


def is_known(session: Session, channel: Channel, told: str) -> bool:
    """Whether this message came in before. `told` is what the provider, or its writer, calls it."""
    found = select(InboundRow.id).where(InboundRow.channel == channel.value, InboundRow.told == told)
    return session.execute(found).first() is not None


def keep(
    session: Session,
    channel: Channel,
    told: str,
    *,
    address: str,
    text: str,
    stop: bool,
    now: datetime,
    delivery_id: int | None = None,
    patient_id: int | None = None,
    note_id: int | None = None,
    why: str = "",
) -> None:
    """Keep a message that is not known yet: a patient's with the note it became, or nobody's with the reason."""
    values = {
        "channel": channel.value,
        "told": told,
        "address": address,
        "text": text,
        "stop": stop,
        "delivery_id": delivery_id,
        "patient_id": patient_id,
        "note_id": note_id,
        "why": why,
        "seen_by": None,
        "seen_at": None,
        "at": now,
    }
    session.execute(insert(core(InboundRow)), values)


def nobodys(session: Session, *, most: int = 200) -> list[Inbound]:
    """Messages that are nobody's and that no person has looked at, oldest first."""
    rows = select(InboundRow).where(InboundRow.note_id.is_(None), InboundRow.seen_at.is_(None)).order_by(InboundRow.id).limit(most)
    return [
        Inbound(row.id, Channel(row.channel), row.address, row.text, row.stop, row.delivery_id, row.why, row.at)
        for row in session.scalars(rows)
    ]


def saw(session: Session, inbound_id: int, *, user_id: int, now: datetime) -> None:
    """A person looked at a message that is nobody's, and did what was to be done. Raises Unknown."""
    row = update(InboundRow).where(InboundRow.id == inbound_id, InboundRow.note_id.is_(None), InboundRow.seen_at.is_(None))
    if cast("CursorResult[object]", session.execute(row.values(seen_by=user_id, seen_at=now))).rowcount != 1:
        raise Unknown("There is no such message, or somebody has looked at it already.")


def waits_for_a_look(session: Session, patient_id: int, channel: Channel) -> bool:
    """Whether this patient asked, through this channel, for no more messages, and nobody has reviewed that yet."""
    asked = select(InboundRow.id).where(InboundRow.patient_id == patient_id, InboundRow.stop, InboundRow.channel == channel.value)
    return session.execute(asked.where(InboundRow.note_id.not_in(select(ReviewRow.note_id))).limit(1)).first() is not None


def phones(session: Session) -> list[tuple[int, str]]:
    """Every patient who has a phone number in the record, by id, with the number as it was written."""
    rows = select(PatientRow.id, PatientRow.phone).where(PatientRow.phone.is_not(None))
    return [(patient_id, phone) for patient_id, phone in session.execute(rows) if phone]


def written_to(session: Session, channel: Channel) -> list[tuple[int, str]]:
    """Every message that may have left by this channel, by id, with the address it went to; the newest first."""
    left = ("sending", "sent", "delivered", "bounced", "unknown")
    rows = select(DeliveryRow.id, DeliveryRow.address).where(DeliveryRow.channel == channel.value, DeliveryRow.state.in_(left))
    return [(row.id, row.address) for row in session.execute(rows.order_by(DeliveryRow.changed_at.desc(), DeliveryRow.id.desc()))]
