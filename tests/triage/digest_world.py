"""One week of a queue as facts, written by hand: what the checker's sentences are about."""

from collections.abc import Sequence
from datetime import date

from triage.writing import Fact, Value

SINCE, UNTIL = date(2026, 3, 2), date(2026, 3, 8)
"""A Monday and the Sunday after it."""


def stands(topic: str, before: int, after: int, earlier: int | None = None, names: Sequence[str] = (), **of: str) -> Fact:
    """A number that stood at both moments."""
    values: dict[str, Value] = {"before": before, "after": after} | ({} if earlier is None else {"earlier": earlier})
    return _fact(topic, values, names, of)


def happened(topic: str, count: int, earlier: int | None = None, names: Sequence[str] = (), days: Sequence[date] = (), **of: str) -> Fact:
    """A number of what happened."""
    values: dict[str, Value] = {"count": count} | ({} if earlier is None else {"earlier": earlier})
    values |= {f"day_{place}": day for place, day in enumerate(days, start=1)}
    return _fact(topic, values, names, of)


def _fact(topic: str, values: dict[str, Value], names: Sequence[str], of: dict[str, str]) -> Fact:
    of = {role.rstrip("_"): word for role, word in of.items()}
    values |= of | {f"name_{place}": name for place, name in enumerate(names, start=1)}
    fact_id = ":".join([topic, *of.values()])
    return Fact(fact_id, topic, f"{fact_id}.", values, episodes=tuple(range(1, 1 + len(names))))


PERIOD = Fact("period", "period", "A week.", {"since": SINCE, "until": UNTIL, "days": 7, "lane": "referral"})

WEEK: tuple[Fact, ...] = (
    PERIOD,
    stands("active", 79, 86, 75),
    happened("came_in", 19, 14),
    happened("closed", 12, 15),
    happened("closed_for", 7, 5, reason="care_completed"),
    happened("closed_for", 3, 6, reason="patient_declined"),
    happened("closed_for", 2, 4, ["Omar Haddad", "Mei Tan"], reason="unable_to_reach"),
    happened("reopened", 0, 1),
    happened("scheduled", 9, 9),
    stands("overdue", 17, 11, 20),
    happened("newly_overdue", 4, 8),
    happened("no_longer_overdue", 10, 6),
    stands("blocked", 18, 24, 15),
    happened("newly_blocked", 9, 6),
    happened("no_longer_blocked", 3, 3, ["Ines Faro", "Joe Park", "Lena Voss"]),
    stands("blocked_by", 4, 11, 2, blocker="authorization"),
    stands("blocked_by", 8, 8, 9, blocker="missing_documentation"),
    stands("blocked_by", 3, 4, 3, blocker="transport"),
    happened("newly_blocked_by", 7, 2, blocker="authorization"),
    happened("newly_blocked_by", 1, 0, ["Tess Nolan"], blocker="transport"),
    happened("no_longer_blocked_by", 2, 1, ["Ines Faro", "Joe Park"], blocker="missing_documentation"),
    stands("escalated", 2, 3, 1, ["Earl Whitcomb", "Rosa Delgado", "Ana Ruiz"]),
    happened("newly_escalated", 2, 1, ["Earl Whitcomb", "Ana Ruiz"], [date(2026, 3, 8), date(2026, 3, 4)]),
    happened("no_longer_escalated", 1, 0, ["Sam Okafor"]),
    happened("unacknowledged", 1, names=["Earl Whitcomb"]),
    happened("escalated_unclaimed", 1, names=["Earl Whitcomb"]),
    stands("unclaimed", 10, 14, 12),
    Fact("oldest", "oldest", "oldest.", {"days": 41, "name_1": "Rosa Delgado"}, episodes=(2,)),
    stands("median_age", 10, 9),
    Fact("due_soon", "due_soon", "due.", {"count": 22, "days": 7}),
    stands("status", 20, 26, 19, status="waiting_on_patient"),
    stands("status", 9, 12, 9, status="scheduled"),
    happened("moved", 5, from_="waiting_on_patient", to="scheduled"),
    stands("move", 40, 38, 41, mover="team"),
    stands("move", 20, 26, 19, mover="patient"),
    stands("move", 12, 14, 11, mover="provider"),
    happened("attempts", 52, 45),
    happened("reached", 21, 30),
)
