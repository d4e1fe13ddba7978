"""Rehearsing a changed lane: what it would have made of what people did, and what it will make of tomorrow.

People's acts since a day are done again twice, under the lane in force and under the changed one, with the time rules applied at every
midnight of the clinic; the two are compared. The record itself is never compared with a replay, so what shows is the change of rules
alone. What a replay cannot know is that people, seeing other due dates and escalations, would have acted otherwise.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from workflow import events as ev
from workflow import moves
from workflow.acts import Act, Remaking, read_back
from workflow.calendar import Calendar
from workflow.episode import BrokenHistory, Episode
from workflow.events import RULE, Event
from workflow.lanes import Lane
from workflow.refusals import Refusal
from workflow.vocabulary import Channel, EscalationReason, Outcome, OwnerRole

MOST_DAYS = 366
"""Days that can be rehearsed at once."""


@dataclass(frozen=True, slots=True)
class Window:
    """The time that is replayed."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, calendar: Calendar, days: int, now: datetime) -> "Window":
        """The last `days` days of the clinic, up to now."""
        return cls(midnight(calendar, calendar.local_day(now) - timedelta(days=days)), now)


@dataclass(frozen=True, slots=True)
class Raised:
    """An escalation that the rules made."""

    day: date
    to: OwnerRole
    reason: EscalationReason
    because: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Something a person did that the rules do not allow."""

    at: datetime
    who: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Course:
    """How an episode went under one lane."""

    stands: Episode | None
    raised: tuple[Raised, ...]
    refused: tuple[Refused, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that would have gone otherwise: `kind` is escalation, status, owner, due or closing; `words` is a sentence."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Coming:
    """An escalation of tomorrow; `either_way` where the lane in force makes it too."""

    to: OwnerRole
    because: str
    either_way: bool


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One episode under both lanes. `refused` are acts that only the changed lane refuses, `misfits` how many neither could do again.

    `coming` is its escalation of tomorrow under the changed lane, `spared` that of the lane in force alone, `next_try` what one more failed
    try would raise under the changed lane alone.
    """

    acts: int
    differences: tuple[Difference, ...]
    refused: tuple[Refused, ...]
    misfits: int
    coming: Coming | None
    spared: Coming | None
    next_try: Coming | None


@dataclass(frozen=True, slots=True)
class Edit:
    """A key whose value differs between the two lanes; of a list, what was taken out and what was put in."""

    key: str
    present: str
    changed: str


def midnight(calendar: Calendar, day: date) -> datetime:
    """When `day` begins at the clinic."""
    return datetime.combine(day, time(), calendar.tz).astimezone(UTC)


def edits(present: Lane, changed: Lane) -> list[Edit]:
    """What the changed file says otherwise."""
    old, new = dict(_leaves(present.model_dump(mode="json"))), dict(_leaves(changed.model_dump(mode="json")))
    keys = [*old, *(key for key in new if key not in old)]
    return [Edit(key, *_in_words(old.get(key, "—"), new.get(key, "—"))) for key in keys if old.get(key) != new.get(key)]


def _in_words(old: str | frozenset[str], new: str | frozenset[str]) -> tuple[str, str]:
    if isinstance(old, str) or isinstance(new, str):
        return str(old), str(new)
    return ", ".join(sorted(old - new)) or "—", ", ".join(sorted(new - old)) or "—"


def _leaves(said: Mapping[str, object], path: str = "") -> Iterator[tuple[str, str | frozenset[str]]]:
    for key, value in said.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{key}.")
        elif isinstance(value, list):
            yield f"{path}{key}", frozenset(map(str, value))
        else:
            yield f"{path}{key}", "off" if value is None else str(value)


class Rehearsal:
    """Two lanes over one window. `episode` takes one episode at a time, so that any number of them can be gone through."""

    def __init__(self, present: Lane, changed: Lane, window: Window) -> None:
        self._lanes, self._window = (present, changed), window
        self._nights = tuple(_nights(lane.calendar, window) for lane in self._lanes)

    def episode(self, events: Sequence[Event]) -> Rehearsed:
        """One episode, from all of its events. Raises BrokenHistory where they do not follow one another."""
        present, _ = self._lanes
        log = read_back(events, present, self._window.since)
        was, would = (
            _course(Remaking(lane, list(log.before), log.start), log.acts, nights)
            for lane, nights in zip(self._lanes, self._nights, strict=True)
        )
        refused_anyway = {(each.at, each.what) for each in was.refused}
        coming, spared, next_try = self._tomorrow(log.stands)
        return Rehearsed(
            acts=len(log.acts),
            differences=tuple(_differences(was, would)),
            refused=tuple(each for each in would.refused if (each.at, each.what) not in refused_anyway),
            misfits=sum((each.at, each.what) in refused_anyway for each in would.refused),
            coming=coming,
            spared=spared,
            next_try=next_try,
        )

    def _tomorrow(self, episode: Episode) -> tuple[Coming | None, Coming | None, Coming | None]:
        """What happens to an episode by itself until tomorrow, and what with one more failed try."""
        if not episode.is_open or episode.escalation is not None:
            return None, None, None
        was, would = (_raised_by(episode, lane, self._window.until) for lane in self._lanes)
        if would is not None:
            return Coming(would.to, would.because, was is not None), None, None
        if was is not None:
            return None, Coming(was.to, was.because, either_way=False), None
        tried_was, tried_would = (_raised_by_a_try(episode, lane, self._window.until) for lane in self._lanes)
        if tried_would is not None and tried_was is None:
            return None, None, Coming(tried_would.to, tried_would.because, either_way=False)
        return None, None, None


def tomorrow_of(lane: Lane, now: datetime) -> date:
    """The clinic's tomorrow."""
    return lane.calendar.local_day(now) + timedelta(days=1)


def _nights(calendar: Calendar, window: Window) -> tuple[datetime, ...]:
    """The moments at which the time rules are applied: when the window begins, and every midnight in it."""
    first, last = calendar.local_day(window.since), calendar.local_day(window.until)
    days = (midnight(calendar, first + timedelta(days=number)) for number in range(1, (last - first).days + 1))
    return (window.since, *days)


def _course(episode: Remaking, acts: Sequence[Act], nights: Sequence[datetime]) -> Course:
    """Acts and nights in order of time. What is refused is noted and passed over."""
    raised: list[Raised] = []
    refused: list[Refused] = []
    lane, night = episode.lane, 0

    def note(events: Sequence[Event]) -> None:
        raised.extend(
            Raised(lane.calendar.local_day(event.at), event.change.to, event.change.reason, event.change.text)
            for event in events
            if isinstance(event.change, ev.Escalated) and event.actor.kind == "rule"
        )

    def pass_time(until: datetime | None) -> None:
        nonlocal night
        while night < len(nights) and (until is None or nights[night] <= until):
            if episode.episode is not None:
                events = moves.raise_by_rule(episode.episode, lane, now=nights[night])
                episode.take(events)
                note(events)
            night += 1

    for act in acts:
        pass_time(act.at)
        try:
            note(episode.remake(act))
        except (Refusal, BrokenHistory) as error:
            refused.append(Refused(act.at, act.actor.name, act.words, str(error)))
    pass_time(None)
    return Course(episode.episode, tuple(raised), tuple(refused), tuple(episode.events))


def _raised_by(episode: Episode, lane: Lane, now: datetime) -> Raised | None:
    """What time raises this episode for now or tomorrow, if it is left alone."""
    for moment in (now, midnight(lane.calendar, tomorrow_of(lane, now))):
        if found := _first_raised(moves.raise_by_rule(episode, lane, now=moment), lane):
            return found
    return None


def _raised_by_a_try(episode: Episode, lane: Lane, now: datetime) -> Raised | None:
    try:
        return _first_raised(moves.log_outreach(episode, lane, now=now, actor=RULE, channel=Channel.CALL, outcome=Outcome.NO_ANSWER), lane)
    except Refusal:
        return None


def _first_raised(events: Sequence[Event], lane: Lane) -> Raised | None:
    for event in events:
        if isinstance(event.change, ev.Escalated):
            return Raised(lane.calendar.local_day(event.at), event.change.to, event.change.reason, event.change.text)
    return None


def _differences(was: Course, would: Course) -> Iterator[Difference]:
    """What went otherwise, in sentences, the weightiest first."""
    yield from _escalations(was.raised, would.raised)
    old, new = was.stands, would.stands
    if old is None or new is None:
        return
    if old.is_open != new.is_open:
        why = next((each.why for each in would.refused if each.what.startswith("closed")), "")
        yield Difference("closing", "Is closed, and was not." if old.is_open else f"Stays open, and was closed. {why}".strip())
        return
    if old.closure is not None and new.closure is not None:
        if old.closure.reason is not new.closure.reason:
            yield Difference("closing", f"Closed for {new.closure.reason.label.lower()} instead of {old.closure.reason.label.lower()}.")
        return
    if old.status is not new.status:
        yield Difference("status", f"Stands as {new.status.label.lower()} instead of {old.status.label.lower()}.")
    if old.owner_role is not new.owner_role:
        yield Difference("owner", f"Belongs to {new.owner_role.label.lower()} instead of {old.owner_role.label.lower()}.")
    if old.due != new.due:
        yield Difference("due", f"Is due {_day(new.due)} instead of {_day(old.due)}: {_why_due(would, new)}.")


def _escalations(was: Sequence[Raised], would: Sequence[Raised]) -> Iterator[Difference]:
    """Escalations of one course that the other lacks; one for the same reason in both is the same one, moved."""
    gone = [each for each in was if each not in would]
    for new in (each for each in would if each not in was):
        moved = next((old for old in gone if old.reason is new.reason), None)
        if moved is None:
            yield Difference("escalation", f"Escalates {_day(new.day)} to {new.to.label.lower()}: {new.because}.")
            continue
        gone.remove(moved)
        if (moved.day, moved.to) != (new.day, new.to):
            otherwise = f"{_day(moved.day)} to {moved.to.label.lower()}"
            yield Difference("escalation", f"Escalates {_day(new.day)} to {new.to.label.lower()} instead of {otherwise}: {new.because}.")
    for old in gone:
        yield Difference("escalation", f"Does not escalate {_day(old.day)} to {old.to.label.lower()}, which was for: {old.because}.")


def _why_due(course: Course, episode: Episode) -> str:
    """What set the day that an episode is due."""
    for event in reversed(course.events):
        match event.change:
            case ev.DueSet(due=due, why=why) if due == episode.due:
                return why or "a person chose the day"
            case ev.EpisodeOpened(due=due) | ev.EpisodeReopened(due=due) if due == episode.due:
                return "lane cadence when it was opened"
    return "lane cadence"


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"
