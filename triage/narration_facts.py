"""The facts of a digest as its checker asks them: what a fact measures, its numbers by moment, whom it names, what it is a part of."""

from collections.abc import Iterator, Sequence
from datetime import date

from triage.writing import Fact
from workflow.changes import Topic

Measure = tuple[str, str, str]
"""Topic, what it is split by, lane; the last two may be empty."""

THEN, NOW, BY, WHOLE, DAYS = "then", "now", "by", "whole", "days"
"""Which number of a fact is meant: at the beginning or in the period before, at its end or in this one, the change, the whole, a span."""

ACTIVE = Topic.ACTIVE.value
PARTS: dict[str, tuple[str, ...]] = {
    "closed_for": ("closed",),
    "overdue": (ACTIVE,),
    "newly_overdue": ("overdue", ACTIVE),
    "blocked": (ACTIVE,),
    "blocked_by": ("blocked", ACTIVE),
    "newly_blocked": ("blocked", ACTIVE),
    "newly_blocked_by": ("newly_blocked", "blocked", "blocked_by", ACTIVE),
    "no_longer_blocked_by": ("no_longer_blocked",),
    "escalated": (ACTIVE,),
    "newly_escalated": ("escalated", ACTIVE),
    "unacknowledged": ("escalated", ACTIVE),
    "escalated_unclaimed": ("escalated", ACTIVE),
    "unclaimed": (ACTIVE,),
    "status": (ACTIVE,),
    "move": (ACTIVE,),
    "due_soon": (ACTIVE,),
}
"""Of which topics a topic is a part, so that "3 of the 4" and "all" can be held against the whole."""

DAY_TOPICS = frozenset({"oldest", "median_age"})
"""What is told in days."""


def measure_of(fact: Fact) -> Measure:
    """What a fact measures."""
    of = ">".join(str(fact.values[role]) for role in ("reason", "status", "from", "to", "blocker", "mover") if role in fact.values)
    return fact.topic, of, str(fact.values.get("lane", "")) if fact.topic != "period" else ""


def number_of(fact: Fact, when: str) -> int | None:
    """A number of a fact; None where it has none such."""
    after = fact.values.get("after", fact.values.get("count", fact.values.get("days")))
    before = fact.values.get("before") if "after" in fact.values else fact.values.get("earlier")
    if when == DAYS:
        days = fact.values.get("days")
        return days if isinstance(days, int) else None
    if when == NOW:
        return after if isinstance(after, int) else None
    if not isinstance(before, int):
        return None
    if when == THEN:
        return before
    return after - before if isinstance(after, int) else None


def names_of(fact: Fact) -> dict[str, str]:
    """The names of a fact, each with the number of its role."""
    return {str(value): role.removeprefix("name_") for role, value in fact.values.items() if role.startswith("name_")}


class Known:
    """All facts of a digest, by what is asked of them."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.by_id = {fact.id: fact for fact in facts}
        self.names = {name for fact in facts for name in names_of(fact)}
        self.period = next((fact for fact in facts if fact.topic == "period"), None)
        self.lane = str(self.period.values.get("lane", "")) if self.period else ""
        self.by_measure: dict[Measure, Fact] = {measure_of(fact): fact for fact in facts}

    def day(self, role: str) -> date | None:
        """The first day of the period ("since") or its last ("until")."""
        found = self.period.values.get(role) if self.period else None
        return found if isinstance(found, date) else None

    @property
    def days(self) -> int:
        """How long the period is; 0 where no fact tells."""
        return (number_of(self.period, DAYS) if self.period else None) or 0


def change_of(fact: Fact) -> tuple[int, int] | None:
    """The number before and the one now; None where a fact has not both."""
    before, after = number_of(fact, THEN), number_of(fact, NOW)
    return (before, after) if before is not None and after is not None else None


def agrees(which: str, before: int, after: int) -> bool:
    """Whether the change is one of this direction."""
    return {
        "up": after > before,
        "down": after < before,
        "same": after == before,
        "double": after == 2 * before > 0,
        "triple": after == 3 * before > 0,
        "halve": before == 2 * after > 0,
    }[which]


def went_on(fact: Fact, directions: Sequence[str]) -> bool:
    """Whether it went on as in the period before: a stock that moved in the same direction twice, or what happened in both."""
    before, after = number_of(fact, THEN), number_of(fact, NOW)
    if before is None or after is None:
        return False
    earlier = fact.values.get("earlier")
    if "before" in fact.values and isinstance(earlier, int):
        return bool(directions) and all(agrees(each, before, after) and agrees(each, earlier, before) for each in directions)
    return not directions and before > 0 and after > 0


_OF_EACH = {"newly_overdue": "overdue", "newly_blocked": "blocked", "newly_blocked_by": "blocked_by", "newly_escalated": "escalated"}
_OF_EACH |= {"unacknowledged": "escalated", "escalated_unclaimed": "escalated"}


def implied(fact: Fact) -> Iterator[Measure]:
    """What holds of each patient of a fact besides: who is newly overdue is overdue."""
    topic, of, lane = measure_of(fact)
    if topic in _OF_EACH:
        yield _OF_EACH[topic], of, lane
    if topic == "escalated_unclaimed":
        yield "unclaimed", of, lane
    if topic in {"blocked_by", "newly_blocked_by"}:
        yield topic.removesuffix("_by"), "", lane
        yield "blocked", "", lane
    if topic == "closed_for":
        yield "closed", "", lane
