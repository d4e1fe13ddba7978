"""The facts of a digest: what changed in the queue between two moments, each in one sentence and as values (docs/digest.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from store import changes as record
from store.lanes import Lanes
from triage.change_words import STANDING_NOW, counted, happened, listed, patients, span, stands
from triage.change_words import lane as lane_words
from triage.writing import ChangesRequest, Fact, Value
from workflow.calendar import Calendar, in_words
from workflow.changes import Difference, Period, Raised, Topic, differences
from workflow.vocabulary import LaneName

FEW = 3
"""Up to so many patients are named."""

PERIOD, FIRST = "period", "first"
"""Topics beside those of `workflow.changes`: the two moments, and that nothing was recorded before the first of them."""

UNNAMED = frozenset({Topic.MEDIAN_AGE, Topic.ATTEMPTS, Topic.ACTIVE})
"""Topics whose patients are not named, however few."""

OF_ROLES = {
    Topic.CLOSED_FOR: ("reason",),
    Topic.STATUS: ("status",),
    Topic.MOVED: ("from", "to"),
    Topic.BLOCKED_BY: ("blocker",),
    Topic.NEWLY_BLOCKED_BY: ("blocker",),
    Topic.NO_LONGER_BLOCKED_BY: ("blocker",),
    Topic.MOVE: ("mover",),
}
"""Under which roles a fact's values tell what its topic is split by."""


class NoPeriod(ValueError):
    """The two moments are no period; the message says why."""


def digest(session: Session, lanes: Lanes, lane: LaneName | None, since: datetime, until: datetime, *, now: datetime) -> ChangesRequest:
    """What changed in a lane (None: in all) from `since` until just before `until`, or now where that is earlier.

    Moments count in whole seconds; days are those of the lane's clinic, of the first lane's for all. Raises NoPeriod.
    """
    since, until = record.whole_second(since), min(record.whole_second(until), record.whole_second(now))
    if since >= until:
        raise NoPeriod("The digest must begin before it ends, and before now.")
    calendar = lanes[lane or next(iter(lanes))].calendar
    here, there = (moment.astimezone(calendar.tz).replace(tzinfo=None) for moment in (since, until))
    before = record.whole_second((here - (there - here)).replace(tzinfo=calendar.tz))  # by the clinic's clock: from Monday to Monday
    began = record.began(session, lane)
    log = record.log(session, lane, before, until)
    at_since, at_until = (record.snapshot(session, lanes, lane, at, log) for at in (since, until))
    this = Period(at_since, at_until, record.happened(session, lane, since, until, log))
    earlier = None
    if began is not None and began < before:
        earlier = Period(record.snapshot(session, lanes, lane, before, log), at_since, record.happened(session, lane, before, since, log))
    raised = record.raised(session, lane, until)
    found = differences(this, earlier, raised, () if lane else tuple(lanes))
    few = {number for each in found if _named(each) for number in each.episodes}
    names = {number: " ".join(name.split()) for number, name in record.names(session, few).items()}
    facts = [_period(since, until, calendar, lane)]
    if began is not None and began >= since:
        day = calendar.local_day(began)
        facts.append(Fact("first", FIRST, f"Nothing was recorded here before {in_words(day)}.", {"day": day}))
    telling = _Telling(names, raised, calendar, span(until - since))
    return ChangesRequest(lane, since, until, (*facts, *map(telling.fact, found)))


def _period(since: datetime, until: datetime, calendar: Calendar, lane: LaneName | None) -> Fact:
    first, last = calendar.local_day(since), calendar.local_day(until - timedelta(seconds=1))
    values: dict[str, Value] = {"since": first, "until": last, "days": max(1, round((until - since) / timedelta(days=1)))}
    if lane:
        values["lane"] = lane.value
    queue = lane_words(lane) if lane else "all lanes"
    return Fact("period", PERIOD, f"This is about {queue}, from {in_words(first)} to {in_words(last)}.", values)


def _named(found: Difference) -> bool:
    return found.topic not in UNNAMED and found.lane is None and 1 <= len(found.episodes) <= FEW and found.values.get("after") != 0


@dataclass(frozen=True, slots=True)
class _Telling:
    """How the differences of one period become facts. `before` is what the period before it is called."""

    names: Mapping[int, str]
    raised: Mapping[int, Raised]
    calendar: Calendar
    before: str

    def fact(self, found: Difference) -> Fact:
        parts = [found.topic.value, *found.of.split(">")] if found.of else [found.topic.value]
        if found.lane:
            parts.append(found.lane.value)
        values: dict[str, Value] = {**found.values}
        values |= zip(OF_ROLES.get(found.topic, ()), found.of.split(">"), strict=False)
        if found.lane:
            values["lane"] = found.lane.value
        said = self._said(found)
        if _named(found):
            for place, number in enumerate(found.episodes, start=1):
                values[f"name_{place}"] = self.names[number]
                if found.topic is Topic.NEWLY_ESCALATED and number in self.raised:
                    values[f"day_{place}"] = self.calendar.local_day(self.raised[number].since)
            said += f": {self._who(found)}"
        return Fact(":".join(parts), found.topic.value, f"{said}.", values, episodes=found.episodes)

    def _who(self, found: Difference) -> str:
        if found.topic is not Topic.NEWLY_ESCALATED:
            return listed([self.names[number] for number in found.episodes])
        days = {number: in_words(self.calendar.local_day(self.raised[number].since)) for number in found.episodes if number in self.raised}
        return listed([f"{self.names[number]}{f' (on {days[number]})' if number in days else ''}" for number in found.episodes])

    def _said(self, found: Difference) -> str:
        values, topic = found.values, found.topic
        where = f"In {lane_words(found.lane)}, " if found.lane else ""
        if topic is Topic.OLDEST:
            return f"The oldest open patient has been open for {counted(values['days'], 'day')}"
        if topic is Topic.MEDIAN_AGE:
            before = f", and was {counted(values['before'], 'day')} at the beginning" if "before" in values else ""
            return f"The median age is {counted(values['after'], 'day')}{before}"
        if topic is Topic.DUE_SOON:
            return f"{patients(values['count'])} {_be(values['count'])} due in the coming {counted(values['days'], 'day')}"
        if "count" in values:
            before = f", against {values['earlier']:,} {self.before}" if "earlier" in values else ""
            period = "" if topic in STANDING_NOW else " during the period"
            what = happened(topic, found.of, values["count"])
            if topic is Topic.ATTEMPTS:
                return f"{counted(values['count'], 'outreach attempt')} {what}{period}{before}"
            return f"{patients(values['count'])} {what}{period}{before}"
        stood, stand = values["before"], values["after"]
        if topic is Topic.MOVE:
            whose = stands(topic, found.of)
            return f"It was {whose} move for {patients(stood)} at the beginning and is {whose} move for {stand:,} at the end"
        state = stands(topic, found.of)
        return f"{where}{patients(stood)} {'was' if stood == 1 else 'were'} {state} at the beginning and {stand:,} {_be(stand)} at the end"


def _be(count: int) -> str:
    return "is" if count == 1 else "are"
