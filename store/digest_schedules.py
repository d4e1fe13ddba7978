"""Schedules of digests. One is never changed: a new one takes its place, and going back is switching the former on again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, insert, select, update
from sqlalchemy.orm import Session

from store.database import take_turns
from store.digests import lane_key
from store.errors import Unknown
from store.tables import DigestRow, DigestScheduleRow, UserRow, core
from workflow.digests import Every, Rhythm
from workflow.vocabulary import LaneName

_LOCK = 715_221
"""Held while a schedule is set: of those who set one of a lane at the same moment, the later takes the first's place."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A digest of a lane (None: of all together) by itself. `recipients` are user ids, who get a mail on publishing where `mails`.

    `maker_id` and `made_by` are whose it is; it strikes after `active_since`.
    """

    id: int
    lane: LaneName | None
    rhythm: Rhythm
    recipients: tuple[int, ...]
    mails: bool
    maker_id: int
    made_by: str
    active: bool
    active_since: datetime


def _schedules() -> Select[DigestScheduleRow, str]:
    return select(DigestScheduleRow, UserRow.name).join(UserRow, UserRow.id == DigestScheduleRow.made_by)


def _schedule(row: DigestScheduleRow, made_by: str) -> Schedule:
    rhythm = Rhythm(Every(row.every), row.weekday, row.hour)
    lane = LaneName(row.lane) if row.lane else None
    return Schedule(row.id, lane, rhythm, tuple(row.recipients), row.mails, row.made_by, made_by, row.active, row.active_since)


def load(session: Session, schedule_id: int) -> Schedule:
    """A schedule by id. Raises Unknown."""
    found = session.execute(_schedules().where(DigestScheduleRow.id == schedule_id)).first()
    if found is None:
        raise Unknown("There is no such schedule.")
    return _schedule(*found)


def active(session: Session) -> list[Schedule]:
    """The schedules that are on, one a lane at most."""
    return [_schedule(*row) for row in session.execute(_schedules().where(DigestScheduleRow.active).order_by(DigestScheduleRow.id))]


def of_lane(session: Session, lane: LaneName | None) -> Schedule | None:
    """The schedule that is on for this lane."""
    return next((each for each in active(session) if each.lane is lane), None)


def former(session: Session, lane: LaneName | None) -> Schedule | None:
    """The schedule of this lane that was switched off last, to go back to."""
    off = _schedules().where(DigestScheduleRow.lane == lane_key(lane), ~DigestScheduleRow.active)
    found = session.execute(off.order_by(DigestScheduleRow.active_since.desc(), DigestScheduleRow.id.desc()).limit(1)).first()
    return None if found is None else _schedule(*found)


def set_schedule(
    session: Session,
    lane: LaneName | None,
    rhythm: Rhythm,
    *,
    recipients: Sequence[int],
    mails: bool,
    user_id: int,
    now: datetime,
) -> int:
    """Put this schedule in the place of the lane's former one; returns its id. The same as stands already is no change."""
    take_turns(session, _LOCK)
    chosen = tuple(sorted(set(recipients)))
    stands = of_lane(session, lane)
    if stands is not None and (stands.rhythm, stands.recipients, stands.mails) == (rhythm, chosen, mails):
        return stands.id
    _off(session, lane)
    row = {
        "lane": lane_key(lane),
        "every": rhythm.every.value,
        "weekday": rhythm.weekday,
        "hour": rhythm.hour,
        "recipients": list(chosen),
        "mails": mails,
        "made_by": user_id,
        "made_at": now,
        "active": True,
        "active_since": now,
    }
    schedule_id: int = session.execute(insert(core(DigestScheduleRow)).returning(core(DigestScheduleRow).c.id), row).scalar_one()
    return schedule_id


def switch_on(session: Session, schedule_id: int, *, now: datetime) -> None:
    """Put a schedule back in the place of what its lane has now; on already is no change. Raises Unknown."""
    take_turns(session, _LOCK)
    schedule = load(session, schedule_id)
    if not schedule.active:
        _off(session, schedule.lane)
        session.execute(update(DigestScheduleRow).where(DigestScheduleRow.id == schedule_id).values(active=True, active_since=now))


def switch_off(session: Session, schedule_id: int) -> None:
    """No further digest by this schedule; what it prepared stays. Raises Unknown."""
    load(session, schedule_id)
    session.execute(update(DigestScheduleRow).where(DigestScheduleRow.id == schedule_id).values(active=False))


def _off(session: Session, lane: LaneName | None) -> None:
    standing = (DigestScheduleRow.lane == lane_key(lane), DigestScheduleRow.active)
    session.execute(update(DigestScheduleRow).where(*standing).values(active=False))


def last_until(session: Session, schedule_id: int) -> datetime | None:
    """Up to when the newest digest of this schedule reaches; None where it has none."""
    newest = select(DigestRow.until).where(DigestRow.schedule_id == schedule_id).order_by(DigestRow.until.desc()).limit(1)
    return session.execute(newest).scalar_one_or_none()
