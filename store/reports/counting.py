"""Counting cases: lines with how many and whose, and the patients behind a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from sqlalchemy import ColumnElement, Integer, Select, String, case, cast, func, literal, null, select
from sqlalchemy.orm import Session

Cases = Select[int, str, int]
"""Rows of (episode_id, key, value); value in seconds, tries or nothing, as its report says. An episode may have several."""

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Line:
    """The cases of one key: how many, of how many episodes, and the sum of their values."""

    key: str
    count: int
    episodes: int
    total: int


@dataclass(frozen=True, slots=True)
class Counted:
    """All lines of a report in their order, and the whole. `values` are those of all cases, sorted, where the report spreads them."""

    lines: tuple[Line, ...]
    whole: Line
    values: tuple[int, ...] = ()

    def line(self, key: str) -> Line:
        """The line of a key; one without cases is all zeros."""
        return next((line for line in self.lines if line.key == key), Line(key, 0, 0, 0))

    def percentile(self, share: float) -> int | None:
        """The smallest value that at least `share` of the cases do not exceed; None without cases."""
        return self.values[max(0, ceil(share * len(self.values)) - 1)] if self.values else None


@dataclass(frozen=True, slots=True)
class Bands:
    """Ranges of a value, cut at `bounds`: a value belongs to the first band whose bound it does not exceed, else to the last."""

    labels: tuple[str, ...]
    bounds: tuple[int, ...]

    def key(self, value: ColumnElement[int]) -> ColumnElement[str]:
        """The place of the band a value belongs to, as text."""
        bounded = [(value <= bound, literal(str(place), String)) for place, bound in enumerate(self.bounds)]
        return case(*bounded, else_=literal(str(len(self.bounds)), String))

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(str(place) for place in range(len(self.labels)))


NO_VALUE: ColumnElement[int] = cast(null(), Integer)


def count(session: Session, cases: Cases, keys: Sequence[str] = (), *, spread: bool = False) -> Counted:
    """The cases counted by key: in the order of `keys`, with those that have no case; without `keys`, the most frequent first."""
    rows = cases.subquery()
    key, value, episode = rows.c.key, rows.c.value, rows.c.episode_id
    counts = (func.count(), func.count(episode.distinct()), func.coalesce(func.sum(value), 0))
    found = [Line(row[0], row[1], row[2], int(row[3])) for row in session.execute(select(key, *counts).group_by(key))]
    episodes = session.execute(select(func.count(episode.distinct())).select_from(rows)).scalar_one()
    whole = Line("", sum(line.count for line in found), episodes, sum(line.total for line in found))
    by_key = {line.key: line for line in found}
    ordered = [by_key.get(each, Line(each, 0, 0, 0)) for each in keys] or sorted(found, key=lambda line: (-line.count, line.key))
    values = tuple(session.scalars(select(value).order_by(value))) if spread else ()
    return Counted(tuple(ordered), whole, values)


def episode_ids(session: Session, cases: Cases, key: str = "") -> list[int]:
    """The episodes behind a line, or behind the whole report without a key; each once, oldest first."""
    rows = cases.subquery()
    ids = select(rows.c.episode_id).distinct().order_by(rows.c.episode_id)
    return list(session.scalars(ids.where(rows.c.key == key) if key else ids))
