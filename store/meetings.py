"""Meetings: opened by a person over an agenda that stays as it was, held, ended. What is written in one is never rewritten.

Everybody has one line a patient; each version of it is kept, and the newest counts. A line that became a task stands as that task, and
the next words begin a new line.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, insert, select, update
from sqlalchemy.orm import Session, aliased

from store.courses import in_lane
from store.database import take_turns
from store.errors import MeetingIsOver, Unknown
from store.past import as_event
from store.patients import Patient, as_patient
from store.tables import EpisodeRow, EventRow, MeetingNoteRow, MeetingRow, PatientRow, UserRow, core
from workflow.agenda import Agenda
from workflow.episode import Episode
from workflow.events import Event, Retracted, TaskAdded
from workflow.vocabulary import LaneName

OVER = "The meeting has ended, and its minutes stay as they are. Write it on the patient’s page."
_LOCK = 715_212
"""Held while a meeting is opened: of those who open one at the same moment, the later find the first's."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of one lane, or of all (None). `opened_by` and `ended_by` are people's names; it is under way until `ended_at`."""

    id: int
    lane: LaneName | None
    agenda: Agenda
    opened_by: str
    opened_at: datetime
    ended_by: str | None
    ended_at: datetime | None

    @property
    def is_under_way(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class Made:
    """A task made in a meeting, of a line by `who`; `task` is its number in the episode."""

    episode_id: int
    task: int
    text: str
    who: str
    at: datetime


@dataclass(slots=True)
class Written:
    """What stands written about one patient: the lines by user id, with the names of who wrote them, and the tasks made."""

    lines: dict[int, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)

    def said(self, but: int | None = None) -> list[tuple[str, str]]:
        """Everybody's line as (name, text), those of `but` left out."""
        return [(self.names[user], text) for user, text in self.lines.items() if text and user != but]


@dataclass(frozen=True, slots=True)
class Listed:
    """A patient of a meeting as the episode stands now."""

    episode_id: int
    patient: Patient
    episode: Episode


def _meetings() -> Select[MeetingRow, str, str]:
    opener, ender = aliased(UserRow), aliased(UserRow)
    return (
        select(MeetingRow, opener.name, ender.name)
        .join(opener, opener.id == MeetingRow.opened_by)
        .outerjoin(ender, ender.id == MeetingRow.ended_by)
    )


def _one(session: Session, rows: Select[MeetingRow, str, str]) -> Meeting | None:
    found = session.execute(rows.limit(1)).first()
    return None if found is None else _meeting(*found)


def _meeting(row: MeetingRow, opened_by: str, ended_by: str | None) -> Meeting:
    lane = LaneName(row.lane) if row.lane else None
    return Meeting(row.id, lane, Agenda.model_validate(row.agenda), opened_by, row.opened_at, ended_by, row.ended_at)


def _lane(lane: LaneName | None) -> str:
    return lane.value if lane else ""


def load(session: Session, meeting_id: int) -> Meeting:
    """A meeting by id. Raises Unknown."""
    found = _one(session, _meetings().where(MeetingRow.id == meeting_id))
    if found is None:
        raise Unknown("There is no such meeting.")
    return found


def load_with(session: Session, meeting_id: int, episode_id: int) -> Meeting:
    """A meeting that has this patient on its agenda. Raises Unknown."""
    meeting = load(session, meeting_id)
    if episode_id not in meeting.agenda.episode_ids:
        raise Unknown("This patient is not on the agenda of the meeting.")
    return meeting


def under_way(session: Session, lane: LaneName | None) -> Meeting | None:
    """The meeting of this lane (None: that of all lanes) that has not ended."""
    return _one(session, _meetings().where(MeetingRow.lane == _lane(lane), MeetingRow.ended_at.is_(None)))


def last(session: Session, lane: LaneName | None, before: datetime | None = None) -> Meeting | None:
    """The ended meeting of this lane that was opened last, with `before` the last one opened before then."""
    ended = _meetings().where(MeetingRow.lane == _lane(lane), MeetingRow.ended_at.is_not(None))
    if before is not None:
        ended = ended.where(MeetingRow.opened_at < before)
    return _one(session, ended.order_by(MeetingRow.opened_at.desc(), MeetingRow.id.desc()))


def ended(session: Session, lane: LaneName | None, most: int = 12) -> list[Meeting]:
    """The newest ended meetings of this lane."""
    rows = _meetings().where(MeetingRow.lane == _lane(lane), MeetingRow.ended_at.is_not(None))
    return [_meeting(*row) for row in session.execute(rows.order_by(MeetingRow.id.desc()).limit(most))]


def open_meeting(session: Session, lane: LaneName | None, agenda: Agenda, *, user_id: int, now: datetime) -> int:
    """Open a meeting over this agenda and return its id; where one of this lane is under way, that one."""
    take_turns(session, _LOCK)
    already = under_way(session, lane)
    if already is not None:
        return already.id
    row = {"lane": _lane(lane), "agenda": agenda.model_dump(mode="json"), "opened_by": user_id, "opened_at": now}
    meeting_id: int = session.execute(insert(core(MeetingRow)).returning(core(MeetingRow).c.id), row).scalar_one()
    return meeting_id


def end(session: Session, meeting_id: int, *, user_id: int, now: datetime) -> None:
    """End it; ended already is no change. Raises Unknown."""
    load(session, meeting_id)
    session.execute(
        update(MeetingRow).where(MeetingRow.id == meeting_id, MeetingRow.ended_at.is_(None)).values(ended_by=user_id, ended_at=now)
    )


def write(session: Session, meeting_id: int, episode_id: int, text: str, *, user_id: int, now: datetime, task: int | None = None) -> None:
    """Keep somebody's line as it stands, or, with `task`, the line that became it. The same line again is no change.

    Raises Unknown where the patient is not on the agenda, MeetingIsOver once the meeting has ended.
    """
    session.execute(select(MeetingRow.id).where(MeetingRow.id == meeting_id).with_for_update())  # ending waits for what is being written
    if not load_with(session, meeting_id, episode_id).is_under_way:
        raise MeetingIsOver(OVER)
    if task is None and written(session, meeting_id).get(episode_id, Written()).lines.get(user_id, "") == text:
        return
    row = {"meeting_id": meeting_id, "episode_id": episode_id, "user_id": user_id, "text": text, "task": task, "at": now}
    session.execute(insert(core(MeetingNoteRow)), row)


def written(session: Session, meeting_id: int) -> dict[int, Written]:
    """What stands written, by episode."""
    rows = session.execute(
        select(MeetingNoteRow, UserRow.name)
        .join(UserRow, UserRow.id == MeetingNoteRow.user_id)
        .where(MeetingNoteRow.meeting_id == meeting_id)
        .order_by(MeetingNoteRow.id)
    )
    by_episode: dict[int, Written] = {}
    for row, name in rows:
        stands = by_episode.setdefault(row.episode_id, Written())
        stands.names[row.user_id] = name
        stands.lines[row.user_id] = "" if row.task is not None else row.text
        if row.task is not None:
            stands.made.append(Made(row.episode_id, row.task, row.text, name, row.at))
    return by_episode


def listed(session: Session, episode_ids: Sequence[int]) -> dict[int, Listed]:
    """These episodes with their patients, by id."""
    rows = session.execute(
        select(EpisodeRow, PatientRow).join(PatientRow, PatientRow.id == EpisodeRow.patient_id).where(EpisodeRow.id.in_(episode_ids))
    )
    return {row.id: Listed(row.id, as_patient(patient), Episode.model_validate(row.state)) for row, patient in rows}


def happened(session: Session, episode_ids: Sequence[int], since: datetime, until: datetime) -> dict[int, list[Event]]:
    """What was recorded about these episodes after `since` and up to `until` and stands, oldest first, by episode."""
    rows = session.scalars(
        select(EventRow).where(EventRow.episode_id.in_(episode_ids), EventRow.at > since).order_by(EventRow.episode_id, EventRow.seq)
    )
    found: dict[int, list[Event]] = {}
    taken_back: dict[int, set[int]] = {}
    for row in rows:
        event = as_event(row)
        if isinstance(event.change, Retracted):
            taken_back.setdefault(row.episode_id, set()).update(event.change.seqs)
        elif row.at <= until:
            found.setdefault(row.episode_id, []).append(event)
    return {
        episode_id: kept
        for episode_id, events in found.items()
        if (kept := [event for event in events if event.seq not in taken_back.get(episode_id, set())])
    }


MOVED = (
    "episode_opened",
    "episode_reopened",
    "episode_closed",
    "escalated",
    "blocker_set",
    "blocker_cleared",
    "task_added",
    "task_completed",
)
"""Kinds of events by which a lane is seen to move."""


def moved(session: Session, lane: LaneName | None, since: datetime) -> dict[str, int]:
    """How often each of MOVED happened in the lane after `since` and stands."""
    rows = (
        select(EventRow.episode_id, EventRow.seq, EventRow.kind, EventRow.body)
        .join(EpisodeRow, EpisodeRow.id == EventRow.episode_id)
        .where(EventRow.at > since, EventRow.kind.in_((*MOVED, "retracted")), *in_lane(lane))
    )
    found = session.execute(rows).all()
    taken_back = {(row.episode_id, seq) for row in found if row.kind == "retracted" for seq in row.body["seqs"]}
    return dict(Counter(row.kind for row in found if row.kind in MOVED and (row.episode_id, row.seq) not in taken_back))


def tasks_of(session: Session, episode_ids: Sequence[int]) -> dict[int, dict[int, TaskAdded]]:
    """Every task these episodes ever had, by episode and number."""
    rows = session.scalars(
        select(EventRow).where(EventRow.episode_id.in_(episode_ids), EventRow.kind == "task_added").order_by(EventRow.id)
    )
    found: dict[int, dict[int, TaskAdded]] = {}
    for row in rows:
        change = as_event(row).change
        if isinstance(change, TaskAdded):
            found.setdefault(row.episode_id, {})[change.task] = change
    return found


def what_became(session: Session, made: Iterable[Made]) -> dict[tuple[int, int], str]:
    """What became of tasks: "open", "done", "cancelled" or "taken back", by episode and number."""
    wanted = {(one.episode_id, one.task) for one in made}
    kinds = ("task_added", "task_completed", "task_cancelled", "retracted")
    rows = session.scalars(
        select(EventRow)
        .where(EventRow.episode_id.in_({episode_id for episode_id, _ in wanted}), EventRow.kind.in_(kinds))
        .order_by(EventRow.episode_id, EventRow.seq)
    ).all()
    taken_back = {(row.episode_id, seq) for row in rows if row.kind == "retracted" for seq in row.body["seqs"]}
    stands = {"task_added": "open", "task_completed": "done", "task_cancelled": "cancelled"}
    became = dict.fromkeys(wanted, "taken back")
    for row in rows:
        task = (row.episode_id, row.body.get("task", 0))
        if task in wanted and (row.episode_id, row.seq) not in taken_back:
            became[task] = stands[row.kind]
    return became
