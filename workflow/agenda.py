"""The agenda of the weekly meeting: which patients to talk about, in which order, and why, in words.

A patient stands once, in the most urgent section that fits (the order of `SECTIONS`), with the others mentioned beside it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

from workflow.calendar import Calendar, counted_days
from workflow.course import Course
from workflow.episode import Episode
from workflow.lanes import Lane
from workflow.vocabulary import Action, LaneName, Status, Word

MOST = 12
"""Patients of a section that the agenda lists; the rest are counted, and a meeting does not get further."""

BLOCKED_DAYS = 7
"""A blocker younger than this is the owner's day's work and not the meeting's. Calendar days."""

OLD_DAYS = 30
"""Open for this long is old. Calendar days."""

RECENT_DAYS = 28
"""Missed due dates count for this long. Calendar days."""

OFTEN = 3
"""As many recently missed due dates bring an episode up even where the present one lies ahead."""

LAST_STEPS = frozenset({Action.CONFIRM_APPOINTMENT, Action.UPDATE_REFERRAL_SOURCE, Action.REVIEW_FOR_CLOSURE})
"""Steps that come when all else is done."""


class Section(Word):
    """Why a patient is talked about."""

    ESCALATED = "escalated"
    MISSED_DUE_DATES = "missed_due_dates"
    REPEATED_BLOCKERS = "repeated_blockers"
    BLOCKED = "blocked"
    OLDEST_OPEN = "oldest_open"
    NEAR_CLOSURE = "near_closure"


@dataclass(frozen=True, slots=True)
class Case:
    """An open episode as it stands and as it came there."""

    episode_id: int
    episode: Episode
    course: Course


class Item(BaseModel):
    """A patient on the agenda: the reason of its section, and those of the other sections it belongs to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    episode_id: int
    reason: str
    mentions: tuple[str, ...] = ()


class Part(BaseModel):
    """A section with its patients, the most pressing first; `more` belong to it and are not listed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section: Section
    items: tuple[Item, ...]
    more: int = 0


class Agenda(BaseModel):
    """The sections that have patients, the most urgent first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parts: tuple[Part, ...] = ()

    @property
    def episode_ids(self) -> tuple[int, ...]:
        """Everybody listed, in order."""
        return tuple(item.episode_id for part in self.parts for item in part.items)


@dataclass(frozen=True, slots=True)
class Found:
    """A reason, and how much it presses within its section: the greater first."""

    reason: str
    press: tuple[int, ...]


Finder = Callable[[Case, Calendar, date], Found | None]


def agenda(cases: Iterable[Case], lanes: Mapping[LaneName, Lane], today: date, most: int = MOST) -> Agenda:
    """The agenda over these open episodes as of `today`, at most `most` patients listed in a section."""
    listed: dict[Section, list[tuple[tuple[int, ...], Item]]] = {section: [] for section, _ in SECTIONS}
    for case in cases:
        calendar = lanes[case.episode.lane].calendar
        found = [(section, reason) for section, find in SECTIONS if (reason := find(case, calendar, today))]
        if found:
            section, first = found[0]
            item = Item(episode_id=case.episode_id, reason=first.reason, mentions=tuple(other.reason for _, other in found[1:]))
            listed[section].append((first.press, item))
    return Agenda(parts=tuple(_part(section, entries, most) for section, entries in listed.items() if entries))


def _part(section: Section, entries: list[tuple[tuple[int, ...], Item]], most: int) -> Part:
    entries.sort(key=lambda entry: (tuple(-number for number in entry[0]), entry[1].episode_id))
    return Part(section=section, items=tuple(item for _, item in entries[:most]), more=max(0, len(entries) - most))


def _escalated(case: Case, calendar: Calendar, today: date) -> Found | None:
    raised = case.episode.escalation
    if raised is None:
        return None
    days = (today - calendar.local_day(raised.since)).days
    since = "today" if days <= 0 else f"for {counted_days(days)}"
    return Found(f"escalated to {raised.to.label.lower()} {since}: {raised.reason.label.lower()}", (days,))


def _missed(case: Case, calendar: Calendar, today: date) -> Found | None:
    overdue = case.episode.days_overdue(today)
    missed = case.course.missed(calendar, today, since=today - timedelta(days=RECENT_DAYS))
    if not overdue and missed < OFTEN:
        return None
    said = [f"{counted_days(overdue)} overdue"] if overdue else []
    if missed > 1:
        said.append(f"missed {missed} due dates in four weeks")
    return Found(", ".join(said), (missed, overdue))


def _repeated(case: Case, calendar: Calendar, today: date) -> Found | None:
    times = [(case.course.times_blocked(category), category) for category in case.episode.blocked_by]
    often, category = max(times, key=lambda pair: pair[0], default=(0, None))
    if category is None or often < 2:
        return None
    return Found(f"{_ordinal(often)} time blocked by {category.label.lower()}", (often, _blocked_days(case, calendar, today)))


def _blocked(case: Case, calendar: Calendar, today: date) -> Found | None:
    oldest = min(case.episode.blockers, key=lambda blocker: blocker.since, default=None)
    days = _blocked_days(case, calendar, today)
    if oldest is None or days < BLOCKED_DAYS:
        return None
    return Found(f"blocked by {oldest.category.label.lower()} for {counted_days(days)}", (days,))


def _blocked_days(case: Case, calendar: Calendar, today: date) -> int:
    return max(((today - calendar.local_day(blocker.since)).days for blocker in case.episode.blockers), default=0)


def _oldest(case: Case, calendar: Calendar, today: date) -> Found | None:
    days = (today - calendar.local_day(case.course.opened_at)).days
    return Found(f"open for {counted_days(days)}", (days,)) if days >= OLD_DAYS else None


def _near_closure(case: Case, calendar: Calendar, today: date) -> Found | None:  # noqa: ARG001 — one signature for all sections
    episode = case.episode
    if episode.blockers or episode.escalation or not {task.action for task in episode.tasks} <= LAST_STEPS:
        return None
    closing = episode.next_action is Action.REVIEW_FOR_CLOSURE
    if episode.status is not Status.SCHEDULED and not closing:
        return None
    stands = "scheduled, " if episode.status is Status.SCHEDULED else ""
    return Found(f"{stands}nothing blocks it, next is {episode.next_action.label.lower()}", (closing, (today - episode.due).days))


SECTIONS: tuple[tuple[Section, Finder], ...] = (
    (Section.ESCALATED, _escalated),
    (Section.MISSED_DUE_DATES, _missed),
    (Section.REPEATED_BLOCKERS, _repeated),
    (Section.BLOCKED, _blocked),
    (Section.OLDEST_OPEN, _oldest),
    (Section.NEAR_CLOSURE, _near_closure),
)
"""The first that fits is where a patient stands; the order is the policy."""


def _ordinal(count: int) -> str:
    spelt = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}
    return spelt.get(count, f"{count}th")
