"""A patient's context in at most five lines, from the facts themselves: what is most pressing first, what belongs together in one line."""

from collections.abc import Iterator, Sequence

from triage.reading import Identity
from triage.writing import ContextRequest, Fact, Line, Summary

MOST_LINES = 5

LINES: tuple[tuple[str, ...], ...] = (
    # The topics of one line; the first lines that have something to say are told.
    ("closed",),
    ("escalation", "raised by", "acknowledged", "helper"),
    ("flag",),
    ("opened", "reopened"),
    ("overdue", "next", "also", "owner", "unclaimed", "offer"),
    ("do not contact",),
    ("blocker",),
    ("tries", "contact", "message"),
    ("appointment", "deadline", "status"),
    ("unknown", "language", "preference"),
    ("undecided",),
    ("elsewhere",),
)
TRIES = ("tries", "contact", "message")
ALONGSIDE: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("flag",), ("escalation",)),
    (("do not contact",), TRIES),
    (("undecided",), ("unknown", "language", "preference")),
    (("opened", "reopened"), ("overdue", "next")),
    (("unknown", "language", "preference"), TRIES),
    (("appointment", "deadline", "status"), TRIES),
)
"""While there are more lines than five, a line of the first topics joins one of the second."""


def summarise_context(request: ContextRequest, identity: Identity) -> Summary:
    """What matters now. Escalations, suggested ones, and what the patient asked about being contacted are never left out."""
    groups = [group for topics in LINES if (group := [fact for topic in topics for fact in request.facts if fact.topic == topic])]
    for joins, other in ALONGSIDE:
        if len(groups) > MOST_LINES:
            groups = list(_joined(groups, joins, other))
    return Summary(identity=identity, lines=tuple(_line(group) for group in groups[:MOST_LINES]))


def _joined(groups: Sequence[list[Fact]], joins: Sequence[str], other: Sequence[str]) -> Iterator[list[Fact]]:
    moving = next((group for group in groups if group[0].topic in joins), None)
    target = next((group for group in groups if group[0].topic in other), None)
    for group in groups:
        if group is target and moving is not None and moving is not target:
            yield [*group, *moving]
        elif group is not moving or target is None:
            yield group


def _line(facts: Sequence[Fact]) -> Line:
    return Line(" ".join(fact.said for fact in facts), tuple(fact.id for fact in facts))
