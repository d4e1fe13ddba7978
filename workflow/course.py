"""The course of an episode: what its log says over time and its state does not say any more.

Since when and until when it was open, due on a day, blocked by something, escalated. What was taken back never happened.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar

from workflow import events as ev
from workflow.calendar import Calendar
from workflow.events import Event
from workflow.vocabulary import BlockerCategory, ClosureReason, EscalationReason

KINDS = (
    "episode_opened",
    "episode_reopened",
    "episode_closed",
    "due_set",
    "blocker_set",
    "blocker_cleared",
    "escalated",
    "escalation_ended",
    "retracted",
)
"""The kinds of events a course is made of; others may be left out."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` on and before `until`, or until now."""

    since: datetime
    until: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        """Whether it was so at `moment`."""
        return self.since <= moment and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True)
class Opened(Span):
    """Open; `reason` is why it was closed."""

    reason: ClosureReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due(Span):
    """The day it was due. A span ends where another day is set, or the episode is closed."""

    due: date

    def kept(self, calendar: Calendar, today: date) -> bool | None:
        """Whether something was done or decided by the end of that day; None where it lies ahead, or was past when it was set."""
        if calendar.local_day(self.since) > self.due:
            return None
        if self.until is not None:
            return calendar.local_day(self.until) <= self.due
        return False if today > self.due else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked(Span):
    category: BlockerCategory


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised(Span):
    """Escalated, by a person or by a rule."""

    reason: EscalationReason
    by_rule: bool


@dataclass(frozen=True, slots=True)
class Course:
    """All spans of an episode, oldest first."""

    opened: tuple[Opened, ...] = ()
    dues: tuple[Due, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    raised: tuple[Raised, ...] = ()

    @property
    def opened_at(self) -> datetime:
        """When it was opened, or reopened last."""
        return self.opened[-1].since

    def missed(self, calendar: Calendar, today: date, since: date) -> int:
        """How many due dates from `since` on passed with nothing done or decided, in the present opening."""
        dues = [span for span in self.dues if span.since >= self.opened_at and span.due >= since]
        return sum(span.kept(calendar, today) is False for span in dues)

    def times_blocked(self, category: BlockerCategory) -> int:
        """How often this blocker was set since the episode was opened last."""
        return sum(span.category is category and span.since >= self.opened_at for span in self.blocked)


S = TypeVar("S", bound=Span)


@dataclass(slots=True)
class _Course:
    opened: list[Opened] = field(default_factory=list)
    dues: list[Due] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    raised: list[Raised] = field(default_factory=list)


def course(events: Iterable[Event]) -> Course:
    """The course that `events` tell, which are in order of `seq` and hold at least those of KINDS."""
    events = list(events)
    taken_back = {seq for event in events if isinstance(event.change, ev.Retracted) for seq in event.change.seqs}
    made = _Course()
    for event in events:
        if event.seq not in taken_back:
            _take(made, event)
    return Course(tuple(made.opened), tuple(made.dues), tuple(made.blocked), tuple(made.raised))


def _take(made: _Course, event: Event) -> None:
    at = event.at
    match event.change:
        case ev.EpisodeOpened(due=due) | ev.EpisodeReopened(due=due):
            made.opened.append(Opened(at))
            made.dues.append(Due(at, due=due))
        case ev.EpisodeClosed(reason=reason):
            _end_last(made.opened, at)
            made.opened[-1] = replace(made.opened[-1], reason=reason)
            _end_last(made.dues, at)
            _end_last(made.raised, at)
        case ev.DueSet(due=due):
            _end_last(made.dues, at)
            if made.dues and made.dues[-1].since == at:  # a move may set the day twice; the first of them was never kept or missed
                made.dues.pop()
            made.dues.append(Due(at, due=due))
        case ev.BlockerSet(category=category):
            made.blocked.append(Blocked(at, category=category))
        case ev.BlockerCleared(category=category):
            made.blocked = [replace(span, until=at) if span.category is category and span.until is None else span for span in made.blocked]
        case ev.Escalated(reason=reason):
            _end_last(made.raised, at)
            made.raised.append(Raised(at, reason=reason, by_rule=event.actor.kind == "rule"))
        case ev.EscalationEnded():
            _end_last(made.raised, at)
        case _:
            pass


def _end_last(spans: list[S], at: datetime) -> None:
    if spans and spans[-1].until is None:
        spans[-1] = replace(spans[-1], until=at)
