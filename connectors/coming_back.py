"""What becomes of a message that left, and what it moves: sent, delivered, came back, answered.

Each is told once, whoever tells it (the provider's answer, a callback, a bounce, a person who looked), and moves the episode in the same
transaction. A person approved the words, so "message sent" is theirs; what the other side tells is recorded as the rules' doing.
"""

import hashlib
import logging
import re
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.values import TEXT_LENGTH
from store import contact, deliveries, episodes, inbound, notes, people
from store.database import Database, take_turns
from store.deliveries import Delivery, DeliveryState
from store.errors import StaleEpisode
from store.lanes import Lanes
from store.notes import Enqueue, NewNote
from store.tables import NoteRow, PatientRow
from workflow.events import RULE, Actor, person
from workflow.moves import log_outreach
from workflow.refusals import CannotUndo, Refusal
from workflow.undoing import undo
from workflow.vocabulary import Channel, Outcome

T = TypeVar("T")

TRIES = 5
"""How often a transaction is begun anew because somebody moved the episode meanwhile."""

_LOCK = 715_262
"""Held while something is told: providers tell twice, at once."""

STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "alto", "baja", "parar", "pare", "cancelar"})
"""First words that ask for no more messages, in the languages of our drafts."""

NO_WORDS = "[The message has no words. Look at the provider: it may carry a picture.]"

logger = logging.getLogger(__name__)


def told(database: Database, act: Callable[[Session], T]) -> T:
    """Run `act` in a transaction that no other telling runs beside; again where somebody moved the episode meanwhile."""
    for _ in range(TRIES - 1):
        try:
            with database.write() as session:
                take_turns(session, _LOCK)
                return act(session)
        except StaleEpisode:
            continue
    with database.write() as session:
        take_turns(session, _LOCK)
        return act(session)


def left(
    session: Session,
    lanes: Lanes,
    delivery: Delivery,
    *,
    now: datetime,
    state: DeliveryState = DeliveryState.SENT,
    provider_id: str | None = None,
    why: str = "",
    at: datetime | None = None,
) -> bool:
    """It left, `at` or now: log the attempt by whoever approved it. False, and nothing changed, where that was known or it was refused."""
    before = (DeliveryState.SENDING, DeliveryState.UNKNOWN)
    if not deliveries.mark(session, delivery.id, state, before=before, why=why, provider_id=provider_id, now=now):
        return False
    deliveries.report(session, delivery.id, told="sent", kind="sent", now=now)
    words = f"{delivery.form.label} approved by {delivery.approver}"
    seqs = _log(session, lanes, delivery, Outcome.MESSAGE_SENT, words, actor=person(delivery.approved_by), at=at or now, now=now)
    deliveries.moved(session, delivery.id, seqs)
    return True


def delivered(session: Session, lanes: Lanes, delivery: Delivery, *, now: datetime, provider_id: str | None = None) -> None:
    """It arrived: a report, nothing that moves the episode beyond having been sent."""
    if not left(session, lanes, delivery, now=now, state=DeliveryState.DELIVERED, provider_id=provider_id):
        deliveries.mark(session, delivery.id, DeliveryState.DELIVERED, before=(DeliveryState.SENT,), now=now)


def not_taken(session: Session, lanes: Lanes, delivery: Delivery, words: str, *, no_such_address: bool, now: datetime) -> bool:
    """It never left: the other side refused it. An address that does not exist is a failed attempt."""
    before = (DeliveryState.SENDING, DeliveryState.UNKNOWN)
    if not deliveries.mark(session, delivery.id, DeliveryState.FAILED, before=before, why=words, now=now):
        return False
    if no_such_address:
        _log(session, lanes, delivery, Outcome.WRONG_NUMBER, words, actor=RULE, at=now, now=now)
    return True


def came_back(session: Session, lanes: Lanes, delivery: Delivery, words: str, *, no_such_address: bool, now: datetime) -> bool:
    """It left and did not arrive. That it was sent no longer counts; an address that does not exist is a failed attempt.

    Where later events build on the sending, it stays, and a failed attempt follows it either way.
    """
    before = (DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.SENT)
    if not deliveries.mark(session, delivery.id, DeliveryState.BOUNCED, before=before, why=words, now=now):
        return False
    taken_back = _take_back(session, lanes, delivery, now=now)
    if no_such_address:
        _log(session, lanes, delivery, Outcome.WRONG_NUMBER, words, actor=RULE, at=now, now=now)
    elif not taken_back:
        _log(session, lanes, delivery, Outcome.NO_ANSWER, words, actor=RULE, at=now, now=now)
    return True


def replied(
    session: Session,
    lanes: Lanes,
    enqueue: Enqueue,
    delivery: Delivery,
    *,
    channel: Channel,
    name: str,
    address: str,
    text: str,
    now: datetime,
) -> None:
    """The patient answered: a note of theirs, to be read like any other, and an attempt that ended in a reply.

    `name` is what the provider or the mail calls it. Words that ask for no more messages hold back what would leave by this channel until
    a person has reviewed the note.
    """
    name = a_name(name)
    if inbound.is_known(session, channel, name):
        return
    patient = session.get_one(PatientRow, delivery.patient_id)
    note = NewNote(
        source=patient.source,
        external_id=f"reply:{channel.value}:{name}",
        patient=patient.external_id,
        lane=episodes.load(session, delivery.episode_id).lane,
        author=patient.name,
        author_role="patient",
        kind=channel.value,
        written_at=now,
        text=as_note(text),
    )
    notes.add_note(session, note, lanes=lanes, now=now, enqueue=enqueue)
    known = select(NoteRow.id, NoteRow.episode_id).where(NoteRow.source == note.source, NoteRow.external_id == note.external_id)
    note_id, episode_id = session.execute(known).one()
    inbound.keep(
        session,
        channel,
        name,
        address=address,
        text=note.text,
        stop=asks_to_stop(text),
        delivery_id=delivery.id,
        patient_id=patient.id,
        note_id=note_id,
        now=now,
    )
    deliveries.report(session, delivery.id, told=f"reply {name}", kind="replied", now=now)
    episode = episodes.load(session, episode_id)
    words = f"Replied by {channel.label}" if channel is Channel.SMS else "Replied by e-mail"
    events = log_outreach(episode, lanes[episode.lane], now=now, actor=RULE, channel=channel, outcome=Outcome.REPLIED, text=words)
    episodes.record(session, episode_id, events, expected_version=episode.version)


def nobodys(
    session: Session, channel: Channel, name: str, *, address: str, text: str, why: str, now: datetime, delivery_id: int | None = None
) -> None:
    """A message that is surely no one patient's: kept for a person to look at."""
    name = a_name(name)
    if not inbound.is_known(session, channel, name):
        sender, words, stop = storable(address)[:320], as_note(text), asks_to_stop(text)
        inbound.keep(session, channel, name, address=sender, text=words, stop=stop, why=why, delivery_id=delivery_id, now=now)


def asks_to_stop(text: str) -> bool:
    """Whether a message begins with a word that asks for no more of them. Asked once too often, a person merely looks once more."""
    first = re.search(r"\w+", text)
    return first is not None and first.group().casefold() in STOP


def a_name(name: str) -> str:
    """What a message is called, fit to be stored and shown: as it came where it is short and plain, else its SHA-256."""
    plain = name.isascii() and name.isprintable() and 0 < len(name) <= 200
    return name if plain else hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def storable(text: str) -> str:
    """`text` as both databases take it: without NUL and half characters."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def as_note(text: str) -> str:
    """Words that came in, as a note can hold them: storable, and not longer than a note may be."""
    whole = storable(text)
    if len(whole) > TEXT_LENGTH:
        more = "\n[The message was longer. The rest is where it came in.]"
        whole = whole[: TEXT_LENGTH - len(more)] + more
    return whole if any(char.isprintable() and not char.isspace() for char in whole) else NO_WORDS


def _log(
    session: Session, lanes: Lanes, delivery: Delivery, outcome: Outcome, words: str, *, actor: Actor, at: datetime, now: datetime
) -> list[int]:
    """Log an attempt; returns its events' numbers. A closed episode takes none: what became of the message stands with the delivery."""
    episode = episodes.load(session, delivery.episode_id)
    try:
        events = log_outreach(
            episode,
            lanes[episode.lane],
            now=now,
            actor=actor,
            channel=delivery.channel,
            outcome=outcome,
            happened_at=at,
            text=words,
            facts=contact.facts(session, delivery.patient_id),
        )
    except Refusal:
        logger.info("Delivery %d: its episode takes no attempt (%s).", delivery.id, outcome.value)
        return []
    episodes.record(session, delivery.episode_id, events, expected_version=episode.version)
    return [event.seq for event in events]


def _take_back(session: Session, lanes: Lanes, delivery: Delivery, *, now: datetime) -> bool:
    """Undo what the sending moved. False where nothing was, or where later events build on it."""
    seqs = deliveries.load(session, delivery.id).event_seqs
    if not seqs:
        return False
    episode = episodes.load(session, delivery.episode_id)
    lane = lanes[episode.lane]
    history = episodes.history(session, delivery.episode_id)
    staff = people.here(session, lane.calendar.local_day(now))
    try:
        events = undo(history, list(seqs), lane, now=now, actor=RULE, why="the message came back", people=staff)
    except CannotUndo:
        return False
    episodes.record(session, delivery.episode_id, events, expected_version=episode.version)
    return True
