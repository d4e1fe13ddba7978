"""The cases of each report, as docs/reports.md defines them."""

from datetime import timedelta

from sqlalchemy import ColumnElement, case, literal, select

from store.reports.counting import DAY, NO_VALUE, Bands, Cases
from store.reports.scope import INTERVALS, Scope, stood_at
from workflow.vocabulary import MOVE_OF, Mover, Status

AGES = Bands(
    ("up to 7 days", "8 to 14 days", "15 to 30 days", "31 to 60 days", "61 to 90 days", "over 90 days"),
    tuple(days * DAY for days in (7, 14, 30, 60, 90)),
)
TRIES = Bands(("none", "1", "2", "3", "4 or 5", "6 or more"), (0, 1, 2, 3, 5))
LATE = Bands(("1 or 2 days", "3 to 7 days", "8 to 14 days", "15 to 30 days", "over 30 days"), (2, 7, 14, 30))


def _closings(scope: Scope) -> list[ColumnElement[bool]]:
    return [INTERVALS.closed_for.is_not(None), INTERVALS.since >= scope.begins, INTERVALS.since < scope.ends, *scope.conditions]


def cycle_time(scope: Scope) -> Cases:
    """Closings in the period, by how long the episode had been open; the value is that, in seconds."""
    spent = INTERVALS.open_before
    return select(INTERVALS.episode_id, AGES.key(spent).label("key"), spent.label("value")).where(*_closings(scope))


def closure_reasons(scope: Scope) -> Cases:
    """Closings in the period, by reason."""
    return select(INTERVALS.episode_id, INTERVALS.closed_for.label("key"), NO_VALUE.label("value")).where(*_closings(scope))


def attempts_per_closure(scope: Scope) -> Cases:
    """Closings in the period, by outreach tries until then; the value is that number."""
    return select(INTERVALS.episode_id, TRIES.key(INTERVALS.tries).label("key"), INTERVALS.tries.label("value")).where(*_closings(scope))


def aging(scope: Scope) -> Cases:
    """Episodes open at the end of the period, by age; the value is the age in seconds."""
    age = INTERVALS.open_before + (scope.ends - INTERVALS.since)
    return select(INTERVALS.episode_id, AGES.key(age).label("key"), age.label("value")).where(*stood_at(scope.ends), *scope.conditions)


def overdue(scope: Scope) -> Cases:
    """Episodes open at the end of the period whose due date was past, by calendar days late."""
    bounded = [(INTERVALS.due >= scope.day - timedelta(days=bound), literal(str(at))) for at, bound in enumerate(LATE.bounds)]
    key = case(*bounded, else_=literal(str(len(LATE.bounds))))
    late = (*stood_at(scope.ends), INTERVALS.due < scope.day, *scope.conditions)
    return select(INTERVALS.episode_id, key.label("key"), NO_VALUE.label("value")).where(*late)


def time_by_status(scope: Scope) -> Cases:
    """Intervals of open episodes in the period, by status; the value is how much of the interval lies in the period, in seconds."""
    begins = case((INTERVALS.since > scope.begins, INTERVALS.since), else_=scope.begins)
    ends = case((INTERVALS.until < scope.ends, INTERVALS.until), else_=scope.ends)
    inside = (INTERVALS.until > scope.begins, INTERVALS.since < scope.ends, INTERVALS.status != Status.CLOSED.value)
    value = (ends - begins).label("value")
    return select(INTERVALS.episode_id, INTERVALS.status.label("key"), value).where(*inside, *scope.conditions)


def time_by_mover(scope: Scope) -> Cases:
    """The same, by whose move it was."""
    whose = case({status.value: mover.value for status, mover in MOVE_OF.items()}, value=INTERVALS.status, else_=Mover.NOBODY.value)
    by_status = time_by_status(scope)
    return by_status.with_only_columns(INTERVALS.episode_id, whose.label("key"), by_status.selected_columns.value)


def status_movement(scope: Scope) -> Cases:
    """Changes of status in the period, by from and to; the key is "from>to"."""
    key = INTERVALS.moved_from + ">" + INTERVALS.status
    moved = (INTERVALS.moved_from.is_not(None), INTERVALS.since >= scope.begins, INTERVALS.since < scope.ends)
    return select(INTERVALS.episode_id, key.label("key"), NO_VALUE.label("value")).where(*moved, *scope.conditions)
