"""How good the drafts are, by what people did with them: used unchanged, edited and how much, rejected and why, and how fast.

A rate is over the drafts that somebody decided, with its number and a Wilson interval; what was withdrawn or still waits is counted apart.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean, median

from evals.statistics.intervals import Measure, wilson
from store.draft_measures import DraftOutcome
from workflow.vocabulary import DraftRejectReason, DraftStanding

BY: Mapping[str, Callable[[DraftOutcome], str]] = {
    "form": lambda each: each.form.label,
    "lane": lambda each: each.lane.label,
    "language": lambda each: each.language.partition("-")[0],
    "assistant": lambda each: each.assistant,
    "prompt": lambda each: each.prompt,
}
"""What drafts are told apart by."""


@dataclass(frozen=True, slots=True)
class DraftMeasures:
    """Of a number of drafts that were offered.

    `unchanged`, `edited` and `rejected` are shares of those decided; `changed` is the mean share of words that people changed in those
    they edited, None where there is none; `seconds` is the median time to decide, over `timed` of them, None where nothing was timed.
    """

    offered: int
    waiting: int
    withdrawn: int
    unchanged: Measure
    edited: Measure
    rejected: Measure
    changed: float | None
    reasons: Mapping[DraftRejectReason, int]
    seconds: float | None
    timed: int

    @property
    def decided(self) -> int:
        return self.unchanged.n


def measure(outcomes: Iterable[DraftOutcome]) -> DraftMeasures:
    """The measures of these drafts."""
    found = list(outcomes)
    standings = Counter(each.standing for each in found)
    used = [each.changed for each in found if each.changed is not None]
    edits = [share for share in used if share > 0]
    timed = [each.seconds for each in found if each.seconds is not None]
    decided = standings[DraftStanding.APPROVED] + standings[DraftStanding.REJECTED]
    return DraftMeasures(
        offered=len(found),
        waiting=standings[DraftStanding.PENDING],
        withdrawn=standings[DraftStanding.WITHDRAWN],
        unchanged=_rate(len(used) - len(edits), decided),
        edited=_rate(len(edits), decided),
        rejected=_rate(standings[DraftStanding.REJECTED], decided),
        changed=fmean(edits) if edits else None,
        reasons=dict(Counter(each.reason for each in found if each.reason is not None).most_common()),
        seconds=median(timed) if timed else None,
        timed=len(timed),
    )


def measures_by(outcomes: Iterable[DraftOutcome], what: str) -> dict[str, DraftMeasures]:
    """The measures by one of `BY`, most drafts first."""
    groups: dict[str, list[DraftOutcome]] = {}
    for each in outcomes:
        groups.setdefault(BY[what](each), []).append(each)
    return {key: measure(groups[key]) for key in sorted(groups, key=lambda key: (-len(groups[key]), key))}


def _rate(part: int, whole: int) -> Measure:
    if whole == 0:
        return Measure(None, 0)
    low, high = wilson(part, whole)
    return Measure(part / whole, whole, low, high)
