"""The monthly view: the numbers of a month for care, operations, administration and reporting owners."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from store import self_checks
from store.courses import courses, in_lane
from store.lanes import Lanes
from store.tables import DecisionRow, EpisodeRow, EventRow, NoteRow, SuggestionRow
from workflow.calendar import Calendar
from workflow.monthly import Case, Figure, Month, admin, care, counted, operations, share
from workflow.vocabulary import CONTACT, LaneName


@dataclass(frozen=True, slots=True)
class Owners:
    """The numbers for one kind of owner, with those of the month before in the same order."""

    title: str
    now: list[Figure]
    before: list[Figure]


def view(session: Session, lanes: Lanes, month: Month, *, now: datetime, lane: LaneName | None = None) -> list[Owners]:
    """All numbers of `month` beside those of the month before, for one lane or for all."""
    where = in_lane(lane)
    calendar = next(iter(lanes.values())).calendar
    both = (month, month.before)
    asked = (*where, _touches(both, calendar))
    lane_of = {episode_id: LaneName(name) for episode_id, name in session.execute(select(EpisodeRow.id, EpisodeRow.lane).where(*asked))}
    cases = [Case(episode_id, lane_of[episode_id], course) for episode_id, course in courses(session, *asked).items()]
    cared = [care(cases, lanes, each) for each in both]
    worked = [[*operations(cases, lanes, each, now), *_outreach(session, each, calendar, where)] for each in both]
    administered = [admin(cases, lanes, each, now) for each in both]
    reported = [_reporting(session, each, calendar, where) for each in both]
    titles = ("Care", "Operations", "Administration", "Reporting")
    return [Owners(title, *pair) for title, pair in zip(titles, (cared, worked, administered, reported), strict=True)]


def _touches(months: tuple[Month, Month], calendar: Calendar) -> ColumnElement[bool]:
    """Episodes that a number of these months can be about: not closed before them, or with a day in them on which they were once due."""
    month, earlier = months
    begins = earlier.start(calendar) - timedelta(days=1)  # a lane may keep another zone
    due = EventRow.body["due"].as_string()
    were_due = select(EventRow.episode_id).where(
        EventRow.kind.in_(("episode_opened", "episode_reopened", "due_set")), due.between(str(earlier.first), str(month.last))
    )
    return or_(EpisodeRow.closed_at.is_(None), EpisodeRow.closed_at >= begins, EpisodeRow.id.in_(were_due))


def _outreach(session: Session, month: Month, calendar: Calendar, where: list[ColumnElement[bool]]) -> list[Figure]:
    """Attempts recorded in the month, and how many of them reached the patient. What was taken back, then or since, is left out."""
    rows = (
        select(EventRow.episode_id, EventRow.seq, EventRow.kind, EventRow.body)
        .join(EpisodeRow, EpisodeRow.id == EventRow.episode_id)
        .where(EventRow.at >= month.start(calendar), *where)
        .where(or_(EventRow.kind == "retracted", and_(EventRow.kind == "outreach_logged", EventRow.at < month.after.start(calendar))))
    )
    found = session.execute(rows).all()
    taken_back = {(row.episode_id, seq) for row in found if row.kind == "retracted" for seq in row.body["seqs"]}
    made = [row for row in found if row.kind == "outreach_logged" and (row.episode_id, row.seq) not in taken_back]
    tries = [row.episode_id for row in made for _ in range(row.body["count"])]
    reached = sum(row.body["count"] for row in made if row.body["outcome"] in CONTACT)
    missed = [row.episode_id for row in made if row.body["outcome"] not in CONTACT]
    return [
        counted("attempts", "Outreach attempts", tries),
        share("reached", "Attempts that reached the patient", reached, len(tries), missed),
    ]


def _reporting(session: Session, month: Month, calendar: Calendar, where: list[ColumnElement[bool]]) -> list[Figure]:
    start, end = month.start(calendar), month.after.start(calendar)
    notes = session.scalars(
        select(NoteRow.episode_id)
        .join(EpisodeRow, EpisodeRow.id == NoteRow.episode_id)
        .where(NoteRow.imported_at >= start, NoteRow.imported_at < end, *where)
    )
    undone = select(DecisionRow.undoes).where(DecisionRow.undoes.is_not(None))
    decided = session.execute(
        select(SuggestionRow.episode_id, DecisionRow.action)
        .join(SuggestionRow, SuggestionRow.id == DecisionRow.suggestion_id)
        .join(EpisodeRow, EpisodeRow.id == SuggestionRow.episode_id)
        .where(DecisionRow.at >= start, DecisionRow.at < end, DecisionRow.action != "undo", DecisionRow.id.not_in(undone))
        .where(SuggestionRow.origin == "assistant", *where)
    ).all()
    differed = [row.episode_id for row in decided if row.action != "accept"]
    return [
        counted("notes", "Notes imported", notes),
        counted("decisions", "Suggestions decided", (row.episode_id for row in decided)),
        share("agreement", "Accepted as suggested", len(decided) - len(differed), len(decided), differed),
        _self_check(session, month, where),
    ]


def _self_check(session: Session, month: Month, where: list[ColumnElement[bool]]) -> Figure:
    label = "Episodes that failed the month’s last self-check"
    ran = self_checks.last_within(session, month.first, month.last)
    if ran is None:
        return Figure("self_check", label, None, 0)
    failing = self_checks.failing_episodes(session, ran.day, where)
    return counted("self_check", label, failing)


def patients_of(owners: list[Owners], key: str) -> Figure | None:
    """The number called `key`, with the episodes behind it."""
    return next((figure for each in owners for figure in each.now if figure.key == key), None)
