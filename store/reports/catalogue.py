"""The reports by name: how each is counted, and whose patients stand behind its numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.lanes import Lanes
from store.patients import Patient, as_patient
from store.reports import cases
from store.reports.blocking import blocked_episodes, blocker_mix
from store.reports.counting import Cases, Counted, Line, count, episode_ids
from store.reports.scope import INTERVALS, Scope, stood_at
from store.tables import EpisodeRow, PatientRow
from workflow.clock import BusinessDays
from workflow.episode import Episode
from workflow.vocabulary import LaneName, Mover, Status

OPEN_STATUSES = tuple(status.value for status in Status if status is not Status.CLOSED)
MOVERS = tuple(mover.value for mover in Mover if mover is not Mover.NOBODY)


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `episodes` takes the key of a line, or "" for all of it."""

    name: str
    counted: Callable[[Session, Scope], Counted]
    episodes: Callable[[Session, Scope, str], list[int]]


def _report(name: str, of: Callable[[Scope], Cases], keys: Sequence[str] = (), *, spread: bool = False) -> Report:
    return Report(
        name,
        lambda session, scope: count(session, of(scope), keys, spread=spread),
        lambda session, scope, key: episode_ids(session, of(scope), key),
    )


REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        _report("cycle-time", cases.cycle_time, cases.AGES.keys, spread=True),
        _report("aging", cases.aging, cases.AGES.keys, spread=True),
        _report("overdue", cases.overdue, cases.LATE.keys),
        _report("time-by-status", cases.time_by_status, OPEN_STATUSES),
        _report("time-by-move", cases.time_by_mover, MOVERS),
        Report("blocker-mix", blocker_mix, blocked_episodes),
        _report("status-movement", cases.status_movement),
        _report("attempts-per-closure", cases.attempts_per_closure, cases.TRIES.keys, spread=True),
        _report("closure-reasons", cases.closure_reasons),
    )
}


def count_open(session: Session, scope: Scope) -> int:
    """Episodes open at the end of the period: what overdue and aging ones are part of."""
    return session.execute(select(func.count()).where(*stood_at(scope.ends), *scope.conditions)).scalar_one()


def business_days_late(session: Session, scope: Scope, lanes: Lanes) -> int | None:
    """The median, over overdue episodes, of the business days of their lane since they were due; None without any."""
    late = (*stood_at(scope.ends), INTERVALS.due < scope.day, *scope.conditions)
    rows = session.execute(select(INTERVALS.lane, INTERVALS.due, func.count()).where(*late).group_by(INTERVALS.lane, INTERVALS.due)).all()
    if not rows:
        return None
    first = min(due for _, due, _ in rows)
    calendars = {name: BusinessDays(lanes[LaneName(name)].calendar, first, scope.day) for name in {lane for lane, _, _ in rows}}
    days = sorted((calendars[lane].between(due, scope.day), number) for lane, due, number in rows)
    spread = Counted((), Line("", 0, 0, 0), tuple(late_for for late_for, number in days for _ in range(number)))
    return spread.percentile(0.5)


def sites(session: Session) -> list[str]:
    """The sites that patients have."""
    return list(session.scalars(select(PatientRow.site).distinct().where(PatientRow.site.is_not(None)).order_by(PatientRow.site)))


@dataclass(frozen=True, slots=True)
class Found:
    """An episode behind a number, as it stands today."""

    episode_id: int
    patient: Patient
    episode: Episode


def found(session: Session, ids: Sequence[int]) -> list[Found]:
    """These episodes with their patients, in the order of their ids."""
    rows = session.execute(
        select(EpisodeRow, PatientRow)
        .join(PatientRow, PatientRow.id == EpisodeRow.patient_id)
        .where(EpisodeRow.id.in_(ids))
        .order_by(EpisodeRow.id)
    )
    return [Found(row[0].id, as_patient(row[1]), Episode.model_validate(row[0].state)) for row in rows]
