"""Is the confidence true? Each predicted item's confidence beside whether the item was right, by kind and over all.

Right is what the scores count as a hit: a task or attempt that was matched, a blocker whose category gold has, an escalation where gold
raises the flag. Items without a confidence (it may be left out) are not in it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from evals.cases import Case
from evals.predictions import Item
from evals.statistics.intervals import wilson
from triage.reliability import Bin, Reliability, reliability

ALL = "all"
KINDS = ("tasks", "blockers", "outreach_attempts", "escalation")


def calibration(cases: Sequence[Case]) -> dict[str, Reliability]:
    """The reliability of confidence over `ALL` kinds together, then for each of `KINDS`."""
    told = [(kind, item.confidence, right) for case in cases for kind, item, right in _judged(case) if item.confidence is not None]
    by_kind = {name: reliability([(confidence, right) for kind, confidence, right in told if kind == name]) for name in KINDS}
    return {ALL: reliability([(confidence, right) for _, confidence, right in told]), **by_kind}


def as_json(one: Reliability) -> dict[str, Any]:
    """`ece`, `brier` and `n`, and all ten bins with what they hold; None where something is undefined."""
    return {"ece": _rounded(one.ece), "brier": _rounded(one.brier), "n": one.n, "bins": [_bin(each) for each in one.bins]}


def interval(one: Bin) -> tuple[float | None, float | None]:
    """The 95 % Wilson interval of the share that was right; Nones for an empty bin."""
    return wilson(one.right, one.count) if one.count else (None, None)


def _judged(case: Case) -> Iterator[tuple[str, Item, bool]]:
    yield from (("tasks", task, True) for _, task in case.tasks.pairs)
    yield from (("tasks", task, False) for task in case.tasks.spurious)
    yield from (("blockers", blocker, blocker.category in case.gold_blockers) for blocker in case.predicted.blockers)
    yield from (("outreach_attempts", attempt, True) for _, attempt in case.attempts.pairs)
    yield from (("outreach_attempts", attempt, False) for attempt in case.attempts.spurious)
    if case.predicted.escalation:
        yield "escalation", case.predicted.escalation, case.gold.escalation is not None


def _bin(one: Bin) -> dict[str, Any]:
    low, high = interval(one)
    shares = {"confidence": one.confidence, "right": one.share, "low": low, "high": high}
    return {"from": one.low, "to": one.high, "n": one.count, **{name: _rounded(value) for name, value in shares.items()}}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
