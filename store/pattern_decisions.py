"""What people decided about patterns."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from store.database import take_turns
from store.errors import Unknown
from store.tables import ImprovementRow, PatternDecisionRow, PatternRow, UserRow, core
from workflow.patterns import Decided, State, check, fold
from workflow.vocabulary import PatternAct, PatternStanding

LOCK = 715_213
"""Held while what a search found is written, and while somebody decides."""


@dataclass(frozen=True, slots=True)
class Decision:
    """An entry of a pattern's history, newest wording first in `words` of the page."""

    id: int
    act: PatternAct
    who: str
    at: datetime
    name: str
    into: int | None
    reason: str
    undoes: int | None
    is_undone: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done about a pattern: by which user, since when, and when it is looked at again."""

    what: str
    owner_id: int
    started_on: date
    review_on: date


def decisions_of(session: Session, pattern_id: int | None = None) -> dict[int, list[Decided]]:
    rows = select(PatternDecisionRow).order_by(PatternDecisionRow.id)
    if pattern_id is not None:
        rows = rows.where(PatternDecisionRow.pattern_id == pattern_id)
    found: dict[int, list[Decided]] = {}
    for row in session.scalars(rows):
        one = Decided(row.id, PatternAct(row.act), row.name, row.into_id, row.size, row.undoes)
        found.setdefault(row.pattern_id, []).append(one)
    return found


def states_of(session: Session) -> dict[int, State]:
    return {pattern: fold(decisions) for pattern, decisions in decisions_of(session).items()}


def history(session: Session, pattern_id: int) -> list[Decision]:
    """What was decided about a pattern, newest first."""
    rows = session.execute(
        select(PatternDecisionRow, UserRow.name)
        .join(UserRow, UserRow.id == PatternDecisionRow.user_id)
        .where(PatternDecisionRow.pattern_id == pattern_id)
        .order_by(PatternDecisionRow.id.desc())
    ).all()
    undone = {row.undoes for row, _ in rows}
    return [
        Decision(row.id, PatternAct(row.act), who, row.at, row.name, row.into_id, row.reason, row.undoes, row.id in undone)
        for row, who in rows
    ]


def decide(
    session: Session,
    pattern_id: int,
    act: PatternAct,
    *,
    user_id: int,
    now: datetime,
    today: date,
    size: int = 0,
    name: str = "",
    into: int | None = None,
    reason: str = "",
    plan: Plan | None = None,
) -> int:
    """Record what a person decided and return its number. Raises Unknown, or a Refusal where the pattern takes no such decision."""
    take_turns(session, LOCK)
    row = session.get(PatternRow, pattern_id, populate_existing=True)
    if row is None:
        raise Unknown("There is no such pattern.")
    so_far = decisions_of(session, pattern_id).get(pattern_id, [])
    state = fold(so_far)
    check(state, act)
    if into is not None:
        _check_target(session, pattern_id, into)
    undoes = state.last if act is PatternAct.UNDO else None
    values = {
        "pattern_id": pattern_id,
        "act": act.value,
        "user_id": user_id,
        "name": name,
        "into_id": into,
        "reason": reason,
        "size": size,
        "undoes": undoes,
        "at": now,
    }
    decisions = core(PatternDecisionRow)
    number: int = session.execute(insert(decisions).returning(decisions.c.id), values).scalar_one()
    state = fold([*so_far, Decided(number, act, name, into, size, undoes)])
    row.standing, row.given_name = state.standing.value, state.given_name
    row.merged_into, row.dismissed_size = state.merged_into, state.dismissed_size
    if plan is not None:
        session.add(ImprovementRow(pattern_id=pattern_id, decision_id=number, ended_on=None, **_columns(plan)))
    if act is PatternAct.END:
        ends = update(ImprovementRow).where(ImprovementRow.pattern_id == pattern_id, ImprovementRow.ended_on.is_(None))
        session.execute(ends.values(ended_on=today))
    if state.followed is not None:  # also where its end was undone
        session.execute(update(ImprovementRow).where(ImprovementRow.decision_id == state.followed).values(ended_on=None))
    session.flush()
    return number


def _columns(plan: Plan) -> dict[str, object]:
    return {"what": plan.what, "owner_id": plan.owner_id, "started_on": plan.started_on, "review_on": plan.review_on}


def _check_target(session: Session, pattern_id: int, into: int) -> None:
    states = states_of(session)
    if into == pattern_id or session.get(PatternRow, into) is None:
        raise Unknown("There is no such pattern to merge into.")
    if states.get(into, State()).standing is PatternStanding.MERGED:
        raise Unknown("The pattern to merge into is merged itself. Choose the one that it went into.")
