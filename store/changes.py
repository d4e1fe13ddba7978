"""What a difference of two moments is made of (`workflow.changes`): how the queue stood, and what happened between.

Set-based, over the intervals, which pass over what was taken back. They do not tell who owned an episode: that is read from its kept
states, and from its events where something was taken back since. Moments count in whole seconds; what was recorded in the second of a
moment comes after it, as in the reports.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.orm import Session

from store.lanes import Lanes
from store.reports.scope import INTERVALS, stood_at
from store.tables import EpisodeRow, EpisodeStateRow, EventRow, PatientRow, core
from workflow.changes import Happened, Raised, Snapshot, Stood
from workflow.vocabulary import CONTACT, BlockerCategory, ClosureReason, LaneName, Outcome, Status

Recorded = Row[int, int, datetime, str, dict[str, Any]]
"""An event: its episode, its number there, when it was recorded, its kind and its body."""

Log = Sequence[Recorded]

_E, _EPISODE, _STATE = core(EventRow).c, core(EpisodeRow).c, core(EpisodeStateRow).c


def snapshot(session: Session, lanes: Lanes, lane: LaneName | None, at: datetime, log: Log) -> Snapshot:
    """The open episodes of a lane (None: of all) as they stood just before `at`, which is in whole seconds. `log` reaches back to it."""
    second = int(at.timestamp())
    newest = (
        select(_STATE.owner)
        .where(_STATE.episode_id == INTERVALS.episode_id, _STATE.at < at)
        .order_by(_STATE.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = (INTERVALS.lane, INTERVALS.status, INTERVALS.due, INTERVALS.blocked_by, INTERVALS.open_before, INTERVALS.since)
    rows = session.execute(select(INTERVALS.episode_id, *columns, newest).where(*stood_at(second), *_of(lane))).all()
    unsure = _owners_anew(session, log, at)
    days = {name: one.calendar.local_day(at) for name, one in lanes.items()}
    names, statuses = {each.value: each for each in LaneName}, {each.value: each for each in Status}
    blocked = {"": frozenset[BlockerCategory]()}
    stood = {}
    for number, of_lane, status, due, blockers, open_before, since, owner in rows:
        if blockers not in blocked:
            blocked[blockers] = frozenset(map(BlockerCategory, blockers.split(",")))
        stood[number] = Stood(
            lane=names[of_lane],
            status=statuses[status],
            due=due,
            overdue=due < days[names[of_lane]],
            blocked_by=blocked[blockers],
            claimed=unsure.get(number, owner) is not None,
            age=open_before + second - since,
        )
    return Snapshot(at, days[lane or next(iter(lanes))], stood)


def happened(session: Session, lane: LaneName | None, since: datetime, until: datetime, log: Log) -> Happened:
    """What happened from `since` until just before `until`, both in whole seconds. `log` reaches back to `since`."""
    begins, ends = int(since.timestamp()), int(until.timestamp())
    within = (INTERVALS.since >= begins, INTERVALS.since < ends, *_of(lane))
    of_lane = [_EPISODE.lane == lane.value] if lane else []
    opened = session.scalars(select(_EPISODE.id).where(_EPISODE.opened_at >= since, _EPISODE.opened_at < until, *of_lane))
    closed = select(INTERVALS.episode_id, INTERVALS.closed_for).where(INTERVALS.closed_for.is_not(None), INTERVALS.until >= ends, *within)
    scheduled = select(INTERVALS.episode_id).where(
        INTERVALS.moved_from.is_not(None), INTERVALS.status == Status.SCHEDULED.value, *within
    )  # by the index of moves
    attempts: dict[int, int] = {}
    reached: set[int] = set()
    for row in _stand([row for row in log if row.at >= since], until):
        attempts[row.episode_id] = attempts.get(row.episode_id, 0) + row.body["count"]
        if Outcome(row.body["outcome"]) in CONTACT:
            reached.add(row.episode_id)
    return Happened(
        opened=frozenset(opened),
        closed_for={number: ClosureReason(reason) for number, reason in session.execute(closed)},
        scheduled=frozenset(session.scalars(scheduled)),
        attempts=attempts,
        reached=frozenset(reached),
    )


def raised(session: Session, lane: LaneName | None, at: datetime) -> dict[int, Raised]:
    """The escalations that stood just before `at`."""
    escalated = select(INTERVALS.episode_id).where(*stood_at(int(at.timestamp())), INTERVALS.status == Status.ESCALATED.value, *_of(lane))
    kinds = ("escalated", "escalation_answered", "escalation_ended", "retracted")
    rows = session.execute(
        select(_E.episode_id, _E.seq, _E.at, _E.kind, _E.body)
        .where(_E.episode_id.in_(escalated), _E.kind.in_(kinds))
        .order_by(_E.episode_id, _E.seq)
    ).all()
    found: dict[int, Raised] = {}
    for row in _stand(rows, at):
        if row.kind == "escalated":
            found[row.episode_id] = Raised(row.at, acknowledged=False)
        elif row.kind == "escalation_ended":
            found.pop(row.episode_id, None)
        elif row.episode_id in found:
            found[row.episode_id] = Raised(found[row.episode_id].since, acknowledged=True)
    return found


def began(session: Session, lane: LaneName | None) -> datetime | None:
    """When the first episode of a lane was opened; None where there is none."""
    return session.execute(select(func.min(EpisodeRow.opened_at)).where(*([EpisodeRow.lane == lane.value] if lane else []))).scalar_one()


def names(session: Session, episode_ids: Collection[int]) -> dict[int, str]:
    """The patients' names by episode."""
    asked = select(EpisodeRow.id, PatientRow.name).join(PatientRow, PatientRow.id == EpisodeRow.patient_id)
    return {row.id: row.name for row in session.execute(asked.where(EpisodeRow.id.in_(episode_ids)))}


def _of(lane: LaneName | None) -> list[ColumnElement[bool]]:
    return [INTERVALS.lane == lane.value] if lane else []


def log(session: Session, lane: LaneName | None, since: datetime, until: datetime) -> Log:
    """What is read from the events themselves, once for all moments: tries at outreach before `until`, and all that took something back."""
    kinds = or_(_E.kind == "retracted", and_(_E.kind == "outreach_logged", _E.at < until))
    asked = select(_E.episode_id, _E.seq, _E.at, _E.kind, _E.body).where(_E.at >= since, kinds)
    if lane:
        asked = asked.join(core(EpisodeRow), and_(_EPISODE.id == _E.episode_id, _EPISODE.lane == lane.value))
    # Put in order here: asked to, SQLite would read every event by episode and not those of the time by their moment.
    return sorted(session.execute(asked), key=lambda row: (row.episode_id, row.seq))


def _stand(rows: Sequence[Recorded], until: datetime) -> Iterable[Recorded]:
    """Those recorded before `until` that nobody took back, now or later, in their order."""
    back = {(row.episode_id, seq) for row in rows if row.kind == "retracted" for seq in row.body["seqs"]}
    return (row for row in rows if row.kind != "retracted" and row.at < until and (row.episode_id, row.seq) not in back)


def _owners_anew(session: Session, log: Log, at: datetime) -> Mapping[int, str | None]:
    """Who owned the episodes of which something was taken back at `at` or later, as what was not taken back says."""
    later = {row.episode_id for row in log if row.kind == "retracted" and row.at >= at}
    kinds = ("owner_set", "episode_reopened", "retracted")
    found: dict[int, str | None] = dict.fromkeys(later)
    every = sorted(later)
    for start in range(0, len(every), _AT_ONCE):
        rows = session.execute(
            select(_E.episode_id, _E.seq, _E.at, _E.kind, _E.body)
            .where(_E.episode_id.in_(every[start : start + _AT_ONCE]), _E.kind.in_(kinds))
            .order_by(_E.episode_id, _E.seq)
        ).all()
        for row in _stand(rows, at):
            found[row.episode_id] = row.body.get("owner")
    return found


_AT_ONCE = 1000
"""Ids in one question: databases bound how many parameters one may have."""


def whole_second(moment: datetime) -> datetime:
    """`moment` without the part of a second, in UTC."""
    return moment.astimezone(UTC).replace(microsecond=0)
