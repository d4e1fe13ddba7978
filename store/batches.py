"""Batches: one act of a person on many episodes, each in its own transaction, with what became of each kept.

A batch is stored whole, waiting, before its first episode moves. So a form that is posted twice finds its batch by the token of its
preview, and a batch that was cut short goes on where it stopped: every episode is tried once.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from store import access, episodes, people
from store.database import Database
from store.errors import StaleEpisode, Unknown
from store.lanes import Lanes
from store.tables import BatchItemRow, BatchRow, EpisodeRow, PatientRow, UserRow
from workflow import bulk, undoing
from workflow.bulk import ACT, Act
from workflow.events import person
from workflow.refusals import Refusal

MOST = 500
"""Episodes that one batch may change."""

MOVED_SINCE = "It moved after this batch; take it back on the patient’s own page."


class Outcome(StrEnum):
    """What became of an episode of a batch."""

    WAITING = "waiting"
    MOVED = "moved"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    STALE = "stale"
    """Somebody moved it between the preview and its turn; it was left alone."""
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Item:
    """One episode of a batch; `version` is the one previewed, `why` says why it was refused, or why it could not be taken back."""

    episode_id: int
    version: int
    patient: str
    outcome: Outcome
    why: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch and what became of its episodes."""

    id: int
    user_id: int
    by: str
    act: Act
    why: str
    at: datetime
    items: list[Item]

    @property
    def counts(self) -> Counter[Outcome]:
        return Counter(item.outcome for item in self.items)


def start(database: Database, token: str, act: Act, why: str, versions: Sequence[tuple[int, int]], *, user_id: int, now: datetime) -> int:
    """Store the batch that was approved on a preview, nothing moved yet, or find it where it is stored; returns its id.

    `versions` are the episodes with the versions that the preview showed. Raises Unknown where the token is somebody else's.
    """
    try:
        with database.write() as session:
            known = session.execute(select(BatchRow.id, BatchRow.user_id).where(BatchRow.token == token)).one_or_none()
            if known is not None:
                if known.user_id != user_id:
                    raise Unknown("There is no such batch.")
                return int(known.id)
            row = insert(BatchRow).values(token=token, user_id=user_id, act=act.model_dump(mode="json"), why=why, at=now)
            batch_id: int = session.execute(row.returning(BatchRow.id)).scalar_one()
            waiting = [
                {"batch_id": batch_id, "episode_id": each, "version": version, "outcome": Outcome.WAITING.value, "why": ""}
                for each, version in dict(versions).items()
            ]
            session.execute(insert(BatchItemRow), waiting)
            return batch_id
    except IntegrityError:  # the same form arrived twice at once, and the other was first
        with database.read() as session:
            if session.execute(select(BatchRow.id).where(BatchRow.token == token)).first() is None:
                raise
        return start(database, token, act, why, versions, user_id=user_id, now=now)


def carry_out(database: Database, lanes: Lanes, batch_id: int, *, username: str, now: datetime) -> None:
    """Move every episode of the batch that still waits, one transaction each."""
    for episode_id in _with_outcome(database, batch_id, Outcome.WAITING):
        with database.write() as session:
            item = _locked(session, batch_id, episode_id)
            if item.outcome != Outcome.WAITING:
                continue  # the same form, posted twice at once
            batch = session.get_one(BatchRow, batch_id)
            act = ACT.validate_python(batch.act)
            access.record_access(session, username, f"bulk {act.kind}", f"episode {episode_id}", now=now)
            _carry_out(session, lanes, item, act, batch.why, username=username, now=now)


def _carry_out(session: Session, lanes: Lanes, item: BatchItemRow, act: Act, why: str, *, username: str, now: datetime) -> None:
    episode = episodes.load(session, item.episode_id)
    if episode.version != item.version:
        item.outcome = Outcome.STALE
        return
    lane = lanes[episode.lane]
    staff = people.here(session, lane.calendar.local_day(now))
    try:
        events = bulk.move(episode, lane, act, now=now, actor=person(username), why=why, people=staff)
        episodes.record(session, item.episode_id, events, expected_version=item.version)
    except Refusal as refusal:
        item.outcome, item.why = Outcome.REFUSED, str(refusal)
        return
    except StaleEpisode:
        item.outcome = Outcome.STALE
        return
    if not events:
        item.outcome = Outcome.UNCHANGED
        return
    item.outcome, item.first_seq, item.last_seq = Outcome.MOVED, events[0].seq, events[-1].seq


def undo(database: Database, lanes: Lanes, batch_id: int, *, username: str, now: datetime) -> None:
    """Take back what the batch moved, one transaction an episode. One that moved since is left as it is, and its item says so."""
    for episode_id in _with_outcome(database, batch_id, Outcome.MOVED):
        with database.write() as session:
            item = _locked(session, batch_id, episode_id)
            if item.outcome != Outcome.MOVED or item.first_seq is None or item.last_seq is None:
                continue
            access.record_access(session, username, "undo bulk", f"episode {episode_id}", now=now)
            episode = episodes.load(session, episode_id)
            if episode.version != item.last_seq:
                item.why = MOVED_SINCE
                continue
            seqs = range(item.first_seq, item.last_seq + 1)
            history, lane = episodes.history(session, episode_id), lanes[episode.lane]
            staff = people.here(session, lane.calendar.local_day(now))
            try:
                events = undoing.undo(history, seqs, lane, now=now, actor=person(username), why="undone", people=staff)
                episodes.record(session, episode_id, events, expected_version=item.last_seq)
            except (Refusal, StaleEpisode) as error:
                item.why = str(error)
                continue
            item.outcome, item.why = Outcome.UNDONE, ""


def load(session: Session, batch_id: int) -> Batch:
    """A batch by id. Raises Unknown."""
    found = session.execute(select(BatchRow, UserRow.name).join(UserRow).where(BatchRow.id == batch_id)).one_or_none()
    if found is None:
        raise Unknown("There is no such batch.")
    row, by = found
    items = session.execute(
        select(BatchItemRow, PatientRow.name)
        .join(EpisodeRow, EpisodeRow.id == BatchItemRow.episode_id)
        .join(PatientRow, PatientRow.id == EpisodeRow.patient_id)
        .where(BatchItemRow.batch_id == batch_id)
        .order_by(PatientRow.name, BatchItemRow.episode_id)
    )
    return Batch(
        id=row.id,
        user_id=row.user_id,
        by=by,
        act=ACT.validate_python(row.act),
        why=row.why,
        at=row.at,
        items=[Item(item.episode_id, item.version, name, Outcome(item.outcome), item.why) for item, name in items],
    )


def _with_outcome(database: Database, batch_id: int, outcome: Outcome) -> list[int]:
    asked = select(BatchItemRow.episode_id).where(BatchItemRow.batch_id == batch_id, BatchItemRow.outcome == outcome.value)
    with database.read() as session:
        return list(session.scalars(asked.order_by(BatchItemRow.episode_id)))


def _locked(session: Session, batch_id: int, episode_id: int) -> BatchItemRow:
    """The item, held until this transaction ends, so that one posted twice at once is tried once."""
    asked = select(BatchItemRow).where(BatchItemRow.batch_id == batch_id, BatchItemRow.episode_id == episode_id)
    return session.scalars(asked.with_for_update()).one()
