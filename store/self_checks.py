"""The nightly self-check over every open episode, kept by day and rule, and what its page asks."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from pydantic import ValidationError
from sqlalchemy import ColumnElement, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from store import people
from store.courses import in_lane
from store.database import Database, take_turns
from store.jobs import Job
from store.lanes import Lanes
from store.patients import Patient, as_patient
from store.tables import (
    AccessRow,
    EpisodeRow,
    EventRow,
    NoteRow,
    PatientRow,
    ReviewRow,
    SelfCheckFailureRow,
    SelfCheckRow,
    core,
)
from workflow.episode import Episode
from workflow.self_check import Subject, failures
from workflow.vocabulary import LaneName, OwnerRole

logger = logging.getLogger(__name__)

SELF_CHECK = "self_check"
TREND_DAYS = 30
_LOCK = 715_211
"""Held while a day's failures are written."""

PLAN = ("task_added", "task_moved", "task_cancelled", "next_action_set", "owner_set", "due_set", "status_set", "blocker_set", "escalated")
"""Kinds of events that change what an owner has to do."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A day's self-check: over how many open episodes, how many of them failed, and how many failed each rule."""

    day: date
    at: datetime
    episodes: int
    failing: int
    by_rule: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure as the page lists it, with the episode as it stands now."""

    rule: str
    said: str
    since: date
    episode_id: int
    patient: Patient
    episode: Episode


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which failures: of a lane, of an owner role, of a person (by user name); None narrows nothing."""

    lane: LaneName | None = None
    owner_role: OwnerRole | None = None
    owner: str | None = None

    @property
    def where(self) -> list[ColumnElement[bool]]:
        """The conditions on EpisodeRow."""
        lane = in_lane(self.lane)
        role = [EpisodeRow.owner_role == self.owner_role.value] if self.owner_role else []
        return [*lane, *role, *([EpisodeRow.owner == self.owner] if self.owner else [])]


def the_day(lanes: Lanes, now: datetime) -> date:
    """The clinic's day that a self-check at `now` counts for: by the first lane's calendar, as pages of several lanes do."""
    return next(iter(lanes.values())).calendar.local_day(now)


def run_self_check(database: Database, lanes: Lanes, *, now: datetime) -> Ran:
    """Check every open episode and keep the failures under the clinic's day. Run again, the day's failures are those found last."""
    day = the_day(lanes, now)
    with database.read() as session:
        checked = subjects(session, lanes, now)
    found = {(rule, episode_id): said for episode_id, subject in checked for rule, said in failures(subject).items()}
    with database.write() as session:
        take_turns(session, _LOCK)
        before = _failing_before(session, day)
        session.execute(delete(SelfCheckFailureRow).where(SelfCheckFailureRow.day == day))
        session.execute(delete(SelfCheckRow).where(SelfCheckRow.day == day))
        session.execute(insert(core(SelfCheckRow)), {"day": day, "ran_at": now, "episodes": len(checked)})
        rows = [
            {"day": day, "rule": rule, "episode_id": episode_id, "said": said, "since": before.get((rule, episode_id), day)}
            for (rule, episode_id), said in found.items()
        ]
        if rows:
            session.execute(insert(core(SelfCheckFailureRow)), rows)
    failing = len({episode_id for _, episode_id in found})
    return Ran(day, now, len(checked), failing, dict(Counter(rule for rule, _ in found)))


def _failing_before(session: Session, day: date) -> dict[tuple[str, int], date]:
    """Since when each (rule, episode) of the self-check before `day` has been failing."""
    last = session.execute(select(func.max(SelfCheckRow.day)).where(SelfCheckRow.day < day)).scalar_one_or_none()
    rows = select(SelfCheckFailureRow.rule, SelfCheckFailureRow.episode_id, SelfCheckFailureRow.since)
    return {(rule, episode_id): since for rule, episode_id, since in session.execute(rows.where(SelfCheckFailureRow.day == last))}


def subjects(session: Session, lanes: Lanes, now: datetime) -> list[tuple[int, Subject]]:
    """Every open episode that can be read, with what its rules need to know, by id."""
    staff = {lane.name: people.here(session, lane.calendar.local_day(now)) for lane in lanes.values()}
    by_person, by_owner = EventRow.actor_kind == "person", EventRow.actor == EpisodeRow.owner
    touched = _newest(session, by_person)
    acted = _newest(session, by_person, by_owner)
    changed = _newest(session, EventRow.kind.in_(PLAN), or_(~by_person, ~by_owner))
    looked = _looked(session)
    waiting = _unreviewed(session)
    rows = session.execute(select(EpisodeRow.id, EpisodeRow.state).where(EpisodeRow.closed_at.is_(None)).order_by(EpisodeRow.id))
    found = []
    for episode_id, state in rows:
        try:
            episode = Episode.model_validate(state)
        except ValidationError as error:  # one that cannot be read must not keep the others from being asked about
            logger.error("Episode %d could not be asked about (%s).", episode_id, type(error).__name__)  # noqa: TRY400 — no patient data
            continue
        lane = lanes[episode.lane]
        seen = max((at for at in (acted.get(episode_id), looked.get((episode_id, episode.owner))) if at), default=None)
        notes = [at for at in waiting.get(episode_id, ()) if seen is None or at > seen]
        subject = Subject(
            episode=episode,
            lane=lane,
            today=lane.calendar.local_day(now),
            people=staff[lane.name],
            touched_at=touched.get(episode_id),
            owner_seen_at=seen,
            plan_changed_at=changed.get(episode_id),
            note_at=min(notes, default=None),
        )
        found.append((episode_id, subject))
    return found


def _newest(session: Session, *where: ColumnElement[bool]) -> dict[int, datetime]:
    """When the newest such event of each open episode was recorded."""
    rows = (
        select(EventRow.episode_id, func.max(EventRow.at))
        .join(EpisodeRow, EpisodeRow.id == EventRow.episode_id)
        .where(EpisodeRow.closed_at.is_(None), *where)
        .group_by(EventRow.episode_id)
    )
    return dict(session.execute(rows).all())


def _looked(session: Session) -> dict[tuple[int, str | None], datetime]:
    """When each person last had each episode's page before them."""
    rows = (
        select(AccessRow.subject, AccessRow.username, func.max(AccessRow.at))
        .where(AccessRow.subject.like("episode %"))
        .group_by(AccessRow.subject, AccessRow.username)
    )
    seen = ((subject.removeprefix("episode "), who, at) for subject, who, at in session.execute(rows))
    return {(int(number), who): at for number, who, at in seen if number.isdecimal()}


def _unreviewed(session: Session) -> dict[int, list[datetime]]:
    """When the notes of open episodes that nobody has reviewed came in."""
    reviewed = select(ReviewRow.note_id)
    rows = (
        select(NoteRow.episode_id, NoteRow.imported_at)
        .join(EpisodeRow, EpisodeRow.id == NoteRow.episode_id)
        .where(EpisodeRow.closed_at.is_(None), NoteRow.id.not_in(reviewed))
    )
    found: dict[int, list[datetime]] = {}
    for episode_id, at in session.execute(rows):
        found.setdefault(episode_id, []).append(at)
    return found


def run_if_due(database: Database, lanes: Lanes, *, now: datetime) -> Ran | None:
    """The self-check of the clinic's day, or None where it ran already."""
    with database.read() as session:
        done = session.get(SelfCheckRow, the_day(lanes, now)) is not None
    return None if done else run_self_check(database, lanes, now=now)


def jobs(database: Database, lanes: Lanes) -> dict[str, Job]:
    """What a worker registers among its hourly jobs: the first hour of the clinic's day in which a worker is up runs the self-check."""

    def run(_hour: int) -> None:
        run_if_due(database, lanes, now=datetime.now(UTC))

    return {SELF_CHECK: run}


def last_run(session: Session) -> Ran | None:
    """The newest self-check, or None where there was none yet."""
    row = session.scalars(select(SelfCheckRow).order_by(SelfCheckRow.day.desc()).limit(1)).one_or_none()
    return None if row is None else _ran(session, row)


def last_within(session: Session, first: date, last: date) -> Ran | None:
    """The newest self-check of these days."""
    rows = select(SelfCheckRow).where(SelfCheckRow.day >= first, SelfCheckRow.day <= last)
    row = session.scalars(rows.order_by(SelfCheckRow.day.desc()).limit(1)).one_or_none()
    return None if row is None else _ran(session, row)


def _ran(session: Session, row: SelfCheckRow) -> Ran:
    mine = SelfCheckFailureRow.day == row.day
    by_rule = dict(session.execute(select(SelfCheckFailureRow.rule, func.count()).where(mine).group_by(SelfCheckFailureRow.rule)).all())
    failing = session.execute(select(func.count(SelfCheckFailureRow.episode_id.distinct())).where(mine)).scalar_one()
    return Ran(row.day, row.ran_at, row.episodes, failing, by_rule)


def failed(
    session: Session, day: date, narrowed: Narrowed, *, rule: str | None = None, first: int = 0, most: int | None = None
) -> list[Failure]:
    """The failures of a day whose episode is still open, the longest-standing first.

    With `rule` those of one rule; at most `most` of them, the first `first` left out.
    """
    of_rule = [SelfCheckFailureRow.rule == rule] if rule is not None else []
    rows = session.execute(
        select(SelfCheckFailureRow, EpisodeRow, PatientRow)
        .join(EpisodeRow, EpisodeRow.id == SelfCheckFailureRow.episode_id)
        .join(PatientRow, PatientRow.id == EpisodeRow.patient_id)
        .where(SelfCheckFailureRow.day == day, EpisodeRow.closed_at.is_(None), *narrowed.where, *of_rule)
        .order_by(SelfCheckFailureRow.since, EpisodeRow.due, EpisodeRow.id)
        .limit(most)
        .offset(first)
    )
    return [
        Failure(row.rule, row.said, row.since, episode.id, as_patient(patient), Episode.model_validate(episode.state))
        for row, episode, patient in rows
    ]


def count_failed(session: Session, day: date, narrowed: Narrowed, rule: str | None = None) -> tuple[int, dict[str, int]]:
    """How many open episodes failed on a day, one of the rules or `rule`, and how many failed each rule."""
    mine = [SelfCheckFailureRow.day == day, EpisodeRow.closed_at.is_(None), *narrowed.where]
    if rule is not None:
        mine.append(SelfCheckFailureRow.rule == rule)
    joined = (EpisodeRow, EpisodeRow.id == SelfCheckFailureRow.episode_id)
    failing = select(func.count(SelfCheckFailureRow.episode_id.distinct())).join(*joined).where(*mine)
    by_rule = select(SelfCheckFailureRow.rule, func.count()).join(*joined).where(*mine).group_by(SelfCheckFailureRow.rule)
    return session.execute(failing).scalar_one(), dict(session.execute(by_rule).all())


def trend(session: Session, until: date, narrowed: Narrowed) -> tuple[list[date], dict[str, list[int]]]:
    """The days checked up to `until`, of the last TREND_DAYS, and by rule how many failed on each of them."""
    first = until - timedelta(days=TREND_DAYS - 1)
    days = list(session.scalars(select(SelfCheckRow.day).where(SelfCheckRow.day.between(first, until)).order_by(SelfCheckRow.day)))
    rows = (
        select(SelfCheckFailureRow.rule, SelfCheckFailureRow.day, func.count())
        .where(SelfCheckFailureRow.day.between(first, until))
        .group_by(SelfCheckFailureRow.rule, SelfCheckFailureRow.day)
    )
    if narrowed.where:
        rows = rows.join(EpisodeRow, EpisodeRow.id == SelfCheckFailureRow.episode_id).where(*narrowed.where)
    counts = {(rule, day): count for rule, day, count in session.execute(rows)}
    return days, {rule: [counts.get((rule, day), 0) for day in days] for rule in {rule for rule, _ in counts}}


def failing_episodes(session: Session, day: date, where: Iterable[ColumnElement[bool]]) -> list[int]:
    """The episodes that fit and failed at least one rule on a day."""
    rows = select(SelfCheckFailureRow.episode_id).join(EpisodeRow, EpisodeRow.id == SelfCheckFailureRow.episode_id)
    return sorted(set(session.scalars(rows.where(SelfCheckFailureRow.day == day, *where))))
