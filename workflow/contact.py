"""May this patient be contacted now, by which channels, and why not: quiet hours, do-not-contact, and the number of tries.

Pure like the rest of `workflow`. `may_contact` is the one answer for pages, drafts and sending; the moves plan by the same rules and mark
an attempt that went beyond them. Nothing here refuses to record what happened.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict

from workflow.calendar import in_words
from workflow.episode import Attempt, Episode
from workflow.lanes import ContactRules, Lane
from workflow.vocabulary import Action, Channel, Limit, Outcome

DISTURBING = frozenset({Channel.CALL, Channel.SMS, Channel.VISIT})
"""Channels that ring or knock. The others wait until the patient looks, so that quiet hours and the number of tries say nothing of them."""

CALLS = frozenset({Action.CALL_PATIENT, Action.CONFIRM_APPOINTMENT})
"""Next actions that are a call to the patient."""

WEEK = 7
_BY = {
    Channel.CALL: "by phone",
    Channel.SMS: "by SMS",
    Channel.EMAIL: "by e-mail",
    Channel.PORTAL: "through the portal",
    Channel.LETTER: "by letter",
    Channel.VISIT: "by a visit",
    None: "at all",
}


class DoNotContact(BaseModel):
    """The patient asked not to be contacted through `channel`, or, where it is None, at all; a person recorded it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: Channel | None
    reason: str
    since: AwareDatetime
    by: str

    @property
    def words(self) -> str:
        """ "Asked not to be contacted by phone"."""
        return f"Asked not to be contacted {by(self.channel)}"


class ContactFacts(BaseModel):
    """What is known of the patient: their zone, where it is known, and what they asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: str | None = None
    do_not_contact: tuple[DoNotContact, ...] = ()


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that speaks against contact now. `until` is when it ends by itself, or None."""

    limit: Limit
    channels: frozenset[Channel]
    words: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class MayContact:
    """The answer for one moment. `today` and `week` count the tries used so far."""

    obstacles: tuple[Obstacle, ...]
    today: int
    week: int

    def against(self, channel: Channel) -> tuple[Obstacle, ...]:
        """What speaks against this channel; empty where it is free."""
        return tuple(obstacle for obstacle in self.obstacles if channel in obstacle.channels)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that are free."""
        return tuple(channel for channel in Channel if not self.against(channel))


def by(channel: Channel | None) -> str:
    """ "by phone"; "at all" for None."""
    return _BY[channel]


def may_contact(episode: Episode, lane: Lane, facts: ContactFacts, *, at: datetime) -> MayContact:
    """Whether one more try at `at` stays within what the patient asked and the lane allows. `at` is aware."""
    rules, tz = lane.contact, lane.calendar.tz
    today = lane.calendar.local_day(at)
    tries = _tries(episode.attempts, tz, before=at)
    obstacles = [
        Obstacle(Limit.DO_NOT_CONTACT, _meant(wish), f"{wish.words} (since {_since(wish.since, tz)})")
        for wish in facts.do_not_contact
        if wish.since <= at
    ]
    ends = quiet_until(rules, ZoneInfo(facts.zone or lane.calendar.zone), at)
    if ends is not None:
        whose = f"in the patient’s zone ({facts.zone})" if facts.zone else f"in the clinic’s zone ({lane.calendar.zone})"
        local = ends.astimezone(ZoneInfo(facts.zone or lane.calendar.zone))
        obstacles.append(Obstacle(Limit.QUIET_HOURS, DISTURBING, f"Quiet hours until {local.hour}:{local:%M} {whose}", ends))
    free = first_free_day(rules, tries, today)
    used = {
        Limit.TRIES_PER_DAY: (tries[today], rules.tries_per_day, "today"),
        Limit.TRIES_PER_WEEK: (_week(tries, today), rules.tries_per_week, "this week"),
    }
    for limit, (count, most, when) in used.items():
        if most is not None and count >= most:
            words = f"{count} of {most} tries {when} used; next from {in_words(free)}"
            obstacles.append(Obstacle(limit, DISTURBING, words, datetime.combine(free, time(), tz).astimezone(UTC)))
    return MayContact(tuple(obstacles), tries[today], _week(tries, today))


def beyond(
    episode: Episode,
    lane: Lane,
    facts: ContactFacts,
    *,
    channel: Channel,
    outcome: Outcome,
    count: int,
    at: datetime,
    time_known: bool = True,
) -> tuple[Limit, ...]:
    """The limits that an attempt made at `at` went beyond. Where only its day is known, quiet hours say nothing."""
    if outcome is Outcome.REPLIED:
        return ()  # the patient came to us
    found = {obstacle.limit for obstacle in may_contact(episode, lane, facts, at=at).against(channel)}
    if channel in DISTURBING:
        tries, day = _tries(episode.attempts, lane.calendar.tz, before=at), lane.calendar.local_day(at)
        if lane.contact.tries_per_day is not None and tries[day] + count > lane.contact.tries_per_day:
            found.add(Limit.TRIES_PER_DAY)
        if lane.contact.tries_per_week is not None and _week(tries, day) + count > lane.contact.tries_per_week:
            found.add(Limit.TRIES_PER_WEEK)
    if not time_known:
        found.discard(Limit.QUIET_HOURS)
    return tuple(limit for limit in Limit if limit in found)


def quiet_until(rules: ContactRules, zone: ZoneInfo, at: datetime) -> datetime | None:
    """When the quiet hours that hold at `at` end, in UTC; None outside of them.

    On a night in which the clocks change, quiet hours begin at the earlier and end at the later reading of the clock: they are never cut.
    """
    if rules.quiet_from is None or rules.quiet_until is None:
        return None
    ends = None
    moment = at.astimezone(UTC)
    while (later := _end_of_night(rules.quiet_from, rules.quiet_until, zone, moment)) is not None:
        ends = moment = later
    return ends


def _end_of_night(begins: time, ends: time, zone: ZoneInfo, moment: datetime) -> datetime | None:
    """The end of a quiet night that `moment` lies in."""
    local = moment.astimezone(zone).date()
    for days in (-2, -1, 0, 1):  # a clock that skips a day moves a night by one
        evening = local + timedelta(days=days)
        morning = evening + timedelta(days=ends <= begins)
        end = max(_readings(morning, ends, zone))
        if min(_readings(evening, begins, zone)) <= moment < end:
            return end
    return None


def _readings(day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    """What a clock's reading can mean, in UTC: two moments where it is shown twice or never."""
    return [datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1)]


def tries_by_day(episode: Episode, lane: Lane) -> Counter[date]:
    """Tries that count, by the clinic's day."""
    return _tries(episode.attempts, lane.calendar.tz)


def first_free_day(rules: ContactRules, tries: Counter[date], day: date) -> date:
    """The first day, from `day` on, on which one more try stays within the limits of day and week."""
    while not _has_room(rules, tries, day):
        day += timedelta(days=1)
    return day


def free_business_day(episode: Episode, lane: Lane, day: date) -> date:
    """The first business day, from `day` on, on which the lane allows one more try."""
    tries, calendar = tries_by_day(episode, lane), lane.calendar
    day = calendar.add_business_days(day, 0)
    while not _has_room(lane.contact, tries, day):
        day = calendar.add_business_days(day, 1)
    return day


def _has_room(rules: ContactRules, tries: Counter[date], day: date) -> bool:
    within_day = rules.tries_per_day is None or tries[day] < rules.tries_per_day
    return within_day and (rules.tries_per_week is None or _week(tries, day) < rules.tries_per_week)


def _week(tries: Counter[date], day: date) -> int:
    return sum(tries[day - timedelta(days=ago)] for ago in range(WEEK))


def _tries(attempts: Sequence[Attempt], zone: ZoneInfo, before: datetime | None = None) -> Counter[date]:
    counted: Counter[date] = Counter()
    for attempt in attempts:
        ours = attempt.channel in DISTURBING and attempt.outcome is not Outcome.REPLIED
        if ours and (before is None or attempt.happened_at <= before):
            counted[attempt.happened_at.astimezone(zone).date()] += attempt.count
    return counted


def _meant(wish: DoNotContact) -> frozenset[Channel]:
    return frozenset(Channel) if wish.channel is None else frozenset({wish.channel})


def _since(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y}"
