"""What people may decide about a pattern. Its standing is the fold of the decisions that were not undone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workflow.refusals import Refusal
from workflow.vocabulary import PatternAct, PatternStanding

GROWN_BY = 3
"""A dismissed pattern is shown again once it has twice the episodes that it had then, and at least so many more."""


class PatternCannot(Refusal):
    """This pattern takes no such decision as it stands; the message says what comes first."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision. `size` is how many episodes the pattern had; `into` the pattern it was merged into; `undoes` the one taken back."""

    id: int
    act: PatternAct
    name: str = ""
    into: int | None = None
    size: int = 0
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class State:
    """How a pattern stands. `followed` is the decision by which it is followed now; `last` the one that undo would take back."""

    standing: PatternStanding = PatternStanding.SUGGESTED
    given_name: str | None = None
    merged_into: int | None = None
    dismissed_size: int | None = None
    followed: int | None = None
    last: int | None = None


def fold(decisions: Sequence[Decided]) -> State:
    """The state after these decisions, oldest first."""
    undone = {each.undoes for each in decisions}
    state = State()
    for each in decisions:
        if each.act is not PatternAct.UNDO and each.id not in undone:
            state = replace(_after(state, each), last=each.id)
    return state


def _after(state: State, each: Decided) -> State:
    match each.act:
        case PatternAct.CONFIRM:
            return replace(state, standing=PatternStanding.CONFIRMED, dismissed_size=None)
        case PatternAct.RENAME:
            return replace(state, given_name=each.name)
        case PatternAct.MERGE:
            return replace(state, standing=PatternStanding.MERGED, merged_into=each.into, dismissed_size=None)
        case PatternAct.DISMISS:
            return replace(state, standing=PatternStanding.DISMISSED, dismissed_size=each.size)
        case PatternAct.FOLLOW:
            return replace(state, followed=each.id)
        case PatternAct.END:
            return replace(state, followed=None)
        case PatternAct.UNDO:
            return state


def check(state: State, act: PatternAct) -> None:
    """Raise PatternCannot where a pattern that stands so takes no such decision."""
    if act is PatternAct.UNDO:
        if state.last is None:
            raise PatternCannot("There is nothing to undo: nobody has decided about this pattern.")
        return
    if state.standing is PatternStanding.MERGED:
        raise PatternCannot("This pattern is merged into another. Undo that first, or decide about the other one.")
    match act:
        case PatternAct.CONFIRM if state.standing is PatternStanding.CONFIRMED:
            raise PatternCannot("This pattern is confirmed already. Load the page again to see how it stands.")
        case PatternAct.DISMISS | PatternAct.MERGE if state.followed is not None:
            raise PatternCannot("This pattern is followed. End the improvement first.")
        case PatternAct.DISMISS if state.standing is PatternStanding.DISMISSED:
            raise PatternCannot("This pattern is dismissed already. Load the page again to see how it stands.")
        case PatternAct.FOLLOW if state.standing is not PatternStanding.CONFIRMED:
            raise PatternCannot("Confirm the pattern first: only a confirmed pattern is followed.")
        case PatternAct.FOLLOW if state.followed is not None:
            raise PatternCannot("This pattern is followed already. End that improvement first.")
        case PatternAct.END if state.followed is None:
            raise PatternCannot("This pattern is not followed.")


def has_grown(state: State, size: int) -> bool:
    """Whether a dismissed pattern has grown beyond what was dismissed, so that a lead should look again."""
    before = state.dismissed_size
    return before is not None and size >= max(2 * before, before + GROWN_BY)
