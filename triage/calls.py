"""What asking a model's service took: every call with its seconds, its tokens and its money. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """Money for a million tokens read and written, in whatever currency the bill has. Raises ValueError for what is no price."""

    tokens_in: float
    tokens_out: float

    def __post_init__(self) -> None:
        """Refuses what would make a sum meaningless."""
        if not all(isfinite(price) and price >= 0 for price in (self.tokens_in, self.tokens_out)):
            raise ValueError("a price must be a number of 0 or more")

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """What so many tokens cost. Discounts that a service gives for repeated text are not known here: it is at most this."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / MILLION


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a model's service. `seconds` are wall-clock, from sending it to the whole answer or to giving up.

    Tokens are as the service counted them, None where it did not say or no answer came. `cost` is None where the tokens are not known or
    no prices are set: money is never guessed.
    """

    seconds: float
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None


def totals(calls: Iterable[Call]) -> dict[str, float]:
    """`calls`, `tokens_in`, `tokens_out` and `seconds` of all calls together.

    Beside them `untold`, the number of calls whose tokens are not known, where there are any; and `cost`, where any call has one.
    """
    every = tuple(calls)
    untold = sum(call.tokens_in is None for call in every)
    priced = [call.cost for call in every if call.cost is not None]
    return {
        "calls": len(every),
        "tokens_in": sum(call.tokens_in or 0 for call in every),
        "tokens_out": sum(call.tokens_out or 0 for call in every),
        "seconds": round(sum(call.seconds for call in every), 3),
        **({"untold": untold} if untold else {}),
        **({"cost": round(sum(priced), 9)} if priced else {}),
    }
