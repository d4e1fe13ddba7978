"""What a search for patterns goes by, and how what it found is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from store.database import take_turns
from store.pattern_decisions import LOCK, states_of
from store.tables import (
    PatternDecisionRow,
    PatternItemRow,
    PatternRow,
    PatternRunRow,
    core,
)
from workflow.vocabulary import PatternStanding


@dataclass(frozen=True, slots=True)
class Kept:
    """A pattern as the search for patterns knows it."""

    id: int
    items: frozenset[int]
    is_decided: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: `pattern` is the one known before, None for a new one, which then has a name and a category."""

    pattern: int | None
    nearness: Mapping[int, float]
    first_seen: date
    category: str = ""
    name: str = ""
    named_by: str = ""


def known(session: Session) -> tuple[list[Kept], int]:
    """Every pattern with its evidence, and the number of the last decision about any: what a search goes by."""
    items: dict[int, set[int]] = {}
    for suggestion, pattern in session.execute(select(PatternItemRow.suggestion_id, PatternItemRow.pattern_id)):
        items.setdefault(pattern, set()).add(suggestion)
    touched = {pattern for pattern, state in states_of(session).items() if state.last is not None}
    touched |= {state.merged_into for state in states_of(session).values() if state.merged_into is not None}
    rows = session.scalars(select(PatternRow.id).order_by(PatternRow.id))
    return [Kept(row, frozenset(items.get(row, ())), row in touched) for row in rows], _last_decision(session)


def _last_decision(session: Session) -> int:
    return session.execute(select(func.coalesce(func.max(PatternDecisionRow.id), 0))).scalar_one()


def save_search(session: Session, found: Sequence[Found], *, after: int, items: int, week: date, now: datetime) -> bool:
    """Write what a search found; False, and nothing, where somebody decided since decision `after`: then it must be sought again.

    Evidence of a pattern that a person decided about is added to and never taken away; that of the others is put anew.
    """
    take_turns(session, LOCK)
    if _last_decision(session) != after:
        return False
    kept, _ = known(session)
    decided = {each.id for each in kept if each.is_decided}
    held = {item for each in kept if each.is_decided for item in each.items}
    session.execute(delete(PatternItemRow).where(PatternItemRow.pattern_id.not_in(decided)))
    rows = []
    for each in found:
        pattern = each.pattern
        if pattern is None:
            row = {
                "standing": PatternStanding.SUGGESTED.value,
                "category": each.category,
                "name": each.name,
                "named_by": each.named_by,
                "first_seen": each.first_seen,
                "at": now,
            }
            pattern = session.execute(insert(core(PatternRow)).returning(core(PatternRow).c.id), row).scalar_one()
        new = {suggestion: near for suggestion, near in each.nearness.items() if suggestion not in held}
        rows += [{"suggestion_id": suggestion, "pattern_id": pattern, "nearness": near} for suggestion, near in new.items()]
    if rows:
        session.execute(insert(core(PatternItemRow)), rows)
    session.execute(delete(PatternRunRow).where(PatternRunRow.week == week))
    session.execute(insert(core(PatternRunRow)), {"week": week, "ran_at": now, "items": items})
    return True


def last_search(session: Session) -> tuple[date, datetime, int] | None:
    """The week, the moment and the pieces of evidence of the last search; None where there was none."""
    row = session.scalars(select(PatternRunRow).order_by(PatternRunRow.week.desc()).limit(1)).first()
    return None if row is None else (row.week, row.ran_at, row.items)
