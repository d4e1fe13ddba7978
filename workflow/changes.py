"""What changed in a queue between two moments: a deterministic difference of how it stood and of what happened between. Pure.

What was taken back never happened, whenever it was taken back. "Newly" and "no longer" compare the two moments, so that the numbers add
up: active before, with those who came in and were reopened, without those closed, is active after; blocked before, with the newly
blocked, without those no longer blocked, is blocked after. A patient who was blocked and unblocked in between is in neither.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from statistics import median_low

from workflow.vocabulary import MOVE_OF, BlockerCategory, ClosureReason, LaneName, Mover, Status, Word

DAY = 86_400

COMING_DAYS = 7
"""What is due on this many days, the last day of the period being the first of them, is due soon."""


class Topic(Word):
    """What a difference is about. Those that say "by" are one for each blocker, status, reason or mover that occurs."""

    ACTIVE = "active"
    CAME_IN = "came_in"
    CLOSED = "closed"
    CLOSED_FOR = "closed_for"
    REOPENED = "reopened"
    SCHEDULED = "scheduled"
    STATUS = "status"
    MOVED = "moved"
    OVERDUE = "overdue"
    NEWLY_OVERDUE = "newly_overdue"
    NO_LONGER_OVERDUE = "no_longer_overdue"
    BLOCKED = "blocked"
    BLOCKED_BY = "blocked_by"
    NEWLY_BLOCKED = "newly_blocked"
    NEWLY_BLOCKED_BY = "newly_blocked_by"
    NO_LONGER_BLOCKED = "no_longer_blocked"
    NO_LONGER_BLOCKED_BY = "no_longer_blocked_by"
    ESCALATED = "escalated"
    NEWLY_ESCALATED = "newly_escalated"
    NO_LONGER_ESCALATED = "no_longer_escalated"
    UNACKNOWLEDGED = "unacknowledged"
    ESCALATED_UNCLAIMED = "escalated_unclaimed"
    UNCLAIMED = "unclaimed"
    OLDEST = "oldest"
    MEDIAN_AGE = "median_age"
    MOVE = "move"
    ATTEMPTS = "attempts"
    REACHED = "reached"
    DUE_SOON = "due_soon"


@dataclass(frozen=True, slots=True)
class Stood:
    """An open episode as it stood. `age` is in seconds, without time it stood closed; `claimed` where a person owns it."""

    lane: LaneName
    status: Status
    due: date
    overdue: bool
    blocked_by: frozenset[BlockerCategory]
    claimed: bool
    age: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The open episodes by id, as they stood at a moment. `today` is the clinic's day then."""

    at: datetime
    today: date
    stood: Mapping[int, Stood]

    def those(self, fits: Callable[[Stood], bool]) -> frozenset[int]:
        """The episodes that fit."""
        return frozenset(number for number, one in self.stood.items() if fits(one))

    def of(self, lane: LaneName) -> "Snapshot":
        """Those of one lane."""
        return replace(self, stood={number: one for number, one in self.stood.items() if one.lane is lane})


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened between two moments, by episode. `closed_for` are those that stood closed at its end, of whatever was closed then."""

    opened: frozenset[int] = frozenset()
    closed_for: Mapping[int, ClosureReason] = field(default_factory=dict)
    scheduled: frozenset[int] = frozenset()
    attempts: Mapping[int, int] = field(default_factory=dict)
    reached: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Raised:
    """An escalation that stands."""

    since: datetime
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """One number that changed, or did not. `of` is the word it is split by, or "from>to" for moves from one status to another.

    `values`: `before` and `after` of what stands, `count` of what happened, `days` of an age or a span; `earlier` is the same number for
    the period before, or the moment at which it began. `episodes` are the patients behind it, those of `after` where something stands.
    """

    topic: Topic
    values: Mapping[str, int]
    episodes: tuple[int, ...]
    of: str = ""
    lane: LaneName | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Two moments and what happened between them."""

    before: Snapshot
    after: Snapshot
    happened: Happened

    @property
    def came_in(self) -> frozenset[int]:
        """Opened in it, whether or not they are open still."""
        return self.happened.opened

    @property
    def closed(self) -> frozenset[int]:
        """Open at its beginning or opened in it, and not open at its end."""
        return frozenset((self.before.stood.keys() | self.happened.opened) - self.after.stood.keys())

    @property
    def reopened(self) -> frozenset[int]:
        """Open at its end, and neither open at its beginning nor opened in it."""
        return frozenset(self.after.stood.keys() - self.before.stood.keys() - self.happened.opened)

    def entered(self, fits: Callable[[Stood], bool]) -> frozenset[int]:
        """Those that fit at its end and did not at its beginning."""
        return self.after.those(fits) - self.before.those(fits)

    def left(self, fits: Callable[[Stood], bool]) -> frozenset[int]:
        """Those that fitted at its beginning and do not at its end."""
        return self.before.those(fits) - self.after.those(fits)

    def of(self, lane: LaneName) -> "Period":
        """How one lane stood at its two moments. What happened is not told by lane."""
        return Period(self.before.of(lane), self.after.of(lane), Happened())


Fits = Callable[[Stood], bool]


def _is_open(_one: Stood) -> bool:
    return True


def _overdue(one: Stood) -> bool:
    return one.overdue


def _blocked(one: Stood) -> bool:
    return bool(one.blocked_by)


def _escalated(one: Stood) -> bool:
    return one.status is Status.ESCALATED


def _unclaimed(one: Stood) -> bool:
    return not one.claimed


def _blocked_by(category: BlockerCategory) -> Fits:
    return lambda one: category in one.blocked_by


def _stands_as(status: Status) -> Fits:
    return lambda one: one.status is status


def _move_of(mover: Mover) -> Fits:
    return lambda one: MOVE_OF[one.status] is mover


def differences(this: Period, earlier: Period | None, raised: Mapping[int, Raised], lanes: Collection[LaneName] = ()) -> list[Difference]:
    """Everything that can be said of a period; `earlier` is the one before it, None where the record does not reach back so far.

    `raised` are the escalations that stand at its end. With `lanes`, the main numbers follow for each lane that has any.
    """
    telling = _Telling(this, earlier)
    return [
        *telling.whole(),
        *telling.blockers(),
        *telling.escalations(raised),
        *telling.ages(),
        *telling.movement(),
        *telling.outreach(),
        *(each for lane in lanes for each in _of_lane(this, earlier, lane)),
    ]


@dataclass(frozen=True, slots=True)
class _Telling:
    this: Period
    earlier: Period | None

    def stands(self, topic: Topic, fits: Fits, of: str = "") -> Difference:
        """How many fit, at each moment."""
        before, after = self.this.before.those(fits), self.this.after.those(fits)
        values = {"before": len(before), "after": len(after)}
        if self.earlier is not None:
            values["earlier"] = len(self.earlier.before.those(fits))
        return Difference(topic, values, tuple(sorted(after or before)), of)

    def happened(self, topic: Topic, which: Callable[[Period], Collection[int]], of: str = "") -> Difference:
        """How many patients something happened to, in each period."""
        found = which(self.this)
        values = {"count": len(found)}
        if self.earlier is not None:
            values["earlier"] = len(which(self.earlier))
        return Difference(topic, values, tuple(sorted(found)), of)

    def whole(self) -> Iterator[Difference]:
        yield self.stands(Topic.ACTIVE, _is_open)
        yield self.happened(Topic.CAME_IN, lambda period: period.came_in)
        yield self.happened(Topic.CLOSED, lambda period: period.closed)
        for reason in ClosureReason:
            yield from _some(self.happened(Topic.CLOSED_FOR, _closed_for(reason), reason.value))
        yield self.happened(Topic.REOPENED, lambda period: period.reopened)
        yield self.stands(Topic.OVERDUE, _overdue)
        yield self.happened(Topic.NEWLY_OVERDUE, lambda period: period.entered(_overdue))
        yield self.happened(Topic.NO_LONGER_OVERDUE, lambda period: period.left(_overdue))
        yield self.stands(Topic.UNCLAIMED, _unclaimed)

    def blockers(self) -> Iterator[Difference]:
        yield self.stands(Topic.BLOCKED, _blocked)
        yield self.happened(Topic.NEWLY_BLOCKED, lambda period: period.entered(_blocked))
        yield self.happened(Topic.NO_LONGER_BLOCKED, lambda period: period.left(_blocked))
        for category in BlockerCategory:
            fits = _blocked_by(category)
            yield from _some(self.stands(Topic.BLOCKED_BY, fits, category.value))
            yield from _some(self.happened(Topic.NEWLY_BLOCKED_BY, _entered(fits), category.value))
            yield from _some(self.happened(Topic.NO_LONGER_BLOCKED_BY, _left(fits), category.value))

    def escalations(self, raised: Mapping[int, Raised]) -> Iterator[Difference]:
        after = self.this.after
        standing = after.those(_escalated)
        yield self.stands(Topic.ESCALATED, _escalated)
        yield self.happened(Topic.NEWLY_ESCALATED, _entered(_escalated))
        yield self.happened(Topic.NO_LONGER_ESCALATED, _left(_escalated))
        silent = tuple(sorted(number for number in standing if number in raised and not raised[number].acknowledged))
        yield Difference(Topic.UNACKNOWLEDGED, {"count": len(silent)}, silent)
        nobodys = tuple(sorted(number for number in standing if not after.stood[number].claimed))
        yield Difference(Topic.ESCALATED_UNCLAIMED, {"count": len(nobodys)}, nobodys)

    def ages(self) -> Iterator[Difference]:
        before, after = (snapshot.stood for snapshot in (self.this.before, self.this.after))
        if after:
            oldest = min(after, key=lambda number: (-after[number].age, number))
            yield Difference(Topic.OLDEST, {"days": after[oldest].age // DAY}, (oldest,))
            medians = {"after": _median(after)} | ({"before": _median(before)} if before else {})
            yield Difference(Topic.MEDIAN_AGE, medians, tuple(sorted(after)))
        last = self.this.after.today + timedelta(days=COMING_DAYS - 1)
        soon = self.this.after.those(lambda one: not one.overdue and one.due <= last)
        yield Difference(Topic.DUE_SOON, {"count": len(soon), "days": COMING_DAYS}, tuple(sorted(soon)))

    def movement(self) -> Iterator[Difference]:
        yield self.happened(Topic.SCHEDULED, lambda period: period.happened.scheduled)
        for status in Status:
            if status not in {Status.CLOSED, Status.ESCALATED}:  # escalations are told by themselves
                yield from _some(self.stands(Topic.STATUS, _stands_as(status), status.value))
        before, after = self.this.before.stood, self.this.after.stood
        went: dict[tuple[Status, Status], list[int]] = {}
        for number in sorted(before.keys() & after.keys()):
            if before[number].status is not after[number].status:
                went.setdefault((before[number].status, after[number].status), []).append(number)
        for (left, entered), those in sorted(went.items(), key=lambda item: (-len(item[1]), item[0])):
            yield Difference(Topic.MOVED, {"count": len(those)}, tuple(those), f"{left.value}>{entered.value}")
        for mover in Mover:
            if mover is not Mover.NOBODY:
                yield from _some(self.stands(Topic.MOVE, _move_of(mover), mover.value))

    def outreach(self) -> Iterator[Difference]:
        made = self.this.happened.attempts
        values = {"count": sum(made.values())}
        if self.earlier is not None:
            values["earlier"] = sum(self.earlier.happened.attempts.values())
        yield Difference(Topic.ATTEMPTS, values, tuple(sorted(made)))
        yield self.happened(Topic.REACHED, lambda period: period.happened.reached)


def _of_lane(this: Period, earlier: Period | None, lane: LaneName) -> Iterator[Difference]:
    telling = _Telling(this.of(lane), earlier.of(lane) if earlier else None)
    told = (
        telling.stands(Topic.ACTIVE, _is_open),
        telling.stands(Topic.OVERDUE, _overdue),
        telling.stands(Topic.BLOCKED, _blocked),
        telling.stands(Topic.ESCALATED, _escalated),
    )
    if any(told[0].values.values()):
        yield from (replace(each, lane=lane) for each in told)


def _some(found: Difference) -> Iterator[Difference]:
    """It, unless its numbers of this period are all 0."""
    if any(number for role, number in found.values.items() if role != "earlier"):
        yield found


def _closed_for(reason: ClosureReason) -> Callable[[Period], Collection[int]]:
    return lambda period: [number for number in period.closed if period.happened.closed_for.get(number) is reason]


def _entered(fits: Fits) -> Callable[[Period], Collection[int]]:
    return lambda period: period.entered(fits)


def _left(fits: Fits) -> Callable[[Period], Collection[int]]:
    return lambda period: period.left(fits)


def _median(stood: Mapping[int, Stood]) -> int:
    return median_low([one.age for one in stood.values()]) // DAY
