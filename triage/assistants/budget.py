"""What calls to a model may cost in a day: once it is spent, nobody is asked until the next day, and a stand-in answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from triage.assistants.protocol import Assistant, AssistantUnavailable
from triage.reading import Identity, Note, Reading
from triage.writing import (
    ChangesRequest,
    ContextRequest,
    Draft,
    DraftRequest,
    Narration,
    PatternName,
    PatternRequest,
    Summary,
)

AGAIN_S = 3600.0
"""Where nobody stands in, it is tried again after this: the day may have turned, or somebody may have raised the budget."""


class Spending(Protocol):
    """What the day's calls took so far. `cost` is in the currency of the prices."""

    @property
    def cost(self) -> float: ...
    @property
    def tokens(self) -> int: ...
    @property
    def calls(self) -> int: ...
    @property
    def untold(self) -> int: ...


@dataclass(frozen=True, slots=True)
class DailyBudget:
    """The most that a day's calls may cost, in money, in tokens (read and written), or both. None sets no bound."""

    cost: float | None = None
    tokens: int | None = None

    def is_spent(self, spending: Spending) -> bool:
        """Whether nothing is left."""
        return (self.cost is not None and spending.cost >= self.cost) or (self.tokens is not None and spending.tokens >= self.tokens)

    def in_words(self, spending: Spending) -> str:
        """The figures: "4.98 of 5.00, 812,400 tokens in 640 calls"; calls that told no tokens are named, for they count as nothing."""
        money = "" if self.cost is None else f"{spending.cost:,.2f} of {self.cost:,.2f}, "
        bound = "" if self.tokens is None else f" of {self.tokens:,}"
        untold = f", {spending.untold:,} of which did not say their tokens" if spending.untold else ""
        return f"{money}{spending.tokens:,}{bound} tokens in {spending.calls:,} calls{untold}"


class BudgetSpent(AssistantUnavailable):
    """The day's budget is used up. A service that is down and one that may not be asked are the same to whoever waits for a reading."""


class Budgeted:
    """Asks `first` while the day's budget lasts.

    `spent_today` is asked before every note and text and counts what is stored, so what is under way at that moment is not in it: the
    budget can be exceeded by what that costs, and by no more. It must count what other processes spend as well.
    """

    def __init__(self, first: Assistant, budget: DailyBudget, spent_today: Callable[[], Spending]) -> None:
        self._first, self._budget, self._spent_today = first, budget, spent_today

    @property
    def identity(self) -> Identity:
        """That of the assistant whose calls are paid for."""
        return self._first.identity

    def read_note(self, note: Note) -> Reading:
        """The first assistant's reading. Raises BudgetSpent, and what that assistant raises."""
        self._hold()
        return self._first.read_note(note)

    def draft_outreach(self, request: DraftRequest) -> Draft:
        """As `read_note`."""
        self._hold()
        return self._first.draft_outreach(request)

    def summarise_context(self, request: ContextRequest) -> Summary:
        """As `read_note`."""
        self._hold()
        return self._first.summarise_context(request)

    def narrate_changes(self, request: ChangesRequest) -> Narration:
        """As `read_note`."""
        self._hold()
        return self._first.narrate_changes(request)

    def name_pattern(self, request: PatternRequest) -> PatternName:
        """As `read_note`."""
        self._hold()
        return self._first.name_pattern(request)

    def _hold(self) -> None:
        spending = self._spent_today()
        if self._budget.is_spent(spending):
            raise BudgetSpent(f"Today's budget for the model is spent: {self._budget.in_words(spending)}.", retry_after=AGAIN_S)
