"""What models cost: tokens and money of readings and of texts since a moment."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Float, func, select
from sqlalchemy.orm import Session

from store.tables import DraftRow, ReadingRow

PAID = (ReadingRow, DraftRow)
"""Tables that keep what an assistant made, with what it took in `usage` and when in `at`."""

_COUNTED = ("calls", "tokens_in", "tokens_out", "untold", "cost")


@dataclass(frozen=True, slots=True)
class Spent:
    """What the calls to a model's service took, those made in vain included. `untold` calls did not say their tokens.

    `cost` is in the currency of the prices that were set when the calls were made; calls made without prices add nothing to it.
    """

    calls: int
    tokens_in: int
    tokens_out: int
    untold: int
    cost: float

    @property
    def tokens(self) -> int:
        """Read and written."""
        return self.tokens_in + self.tokens_out


def spent(session: Session, since: datetime, until: datetime | None = None) -> Spent:
    """What the readings and texts stored from `since` on, and before `until`, took."""
    took = dict.fromkeys(_COUNTED, 0.0)
    for table in PAID:
        sums = (func.coalesce(func.sum(table.usage[key].as_float()), 0, type_=Float) for key in _COUNTED)
        stored = select(*sums).where(table.at >= since)
        row = session.execute(stored if until is None else stored.where(table.at < until)).one()
        for key, value in zip(_COUNTED, row, strict=True):
            took[key] += value
    return Spent(int(took["calls"]), int(took["tokens_in"]), int(took["tokens_out"]), int(took["untold"]), float(took["cost"]))
