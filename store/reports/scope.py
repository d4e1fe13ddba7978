"""Which part of the record a report is about: a period, and perhaps one lane, owner role or site."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select

from store.tables import EpisodeRow, IntervalRow, PatientRow, core
from workflow.vocabulary import LaneName, OwnerRole

INTERVALS = core(IntervalRow).c
_E, _P = core(EpisodeRow).c, core(PatientRow).c


@dataclass(frozen=True, slots=True)
class Scope:
    """`first` to `last` are days of the clinic in `zone`, both included; nothing after `now` is known."""

    first: date
    last: date
    zone: str
    now: datetime
    lane: LaneName | None = None
    owner_role: OwnerRole | None = None
    site: str | None = None

    @property
    def begins(self) -> int:
        """The first second of the period."""
        return self.midnight(self.first)

    @property
    def ends(self) -> int:
        """The moment up to which the period is known: the midnight that ends its last day, or now."""
        return min(self.midnight(self.last + timedelta(days=1)), int(self.now.timestamp()))

    @property
    def day(self) -> date:
        """The last day of the period that has begun: what is open or overdue is told as it stood then."""
        return min(self.last, self.today)

    @property
    def today(self) -> date:
        """The clinic's day now."""
        return self.now.astimezone(ZoneInfo(self.zone)).date()

    def midnight(self, day: date) -> int:
        """The moment a day of the clinic begins."""
        return int(datetime.combine(day, time(), ZoneInfo(self.zone)).timestamp())

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """What narrows intervals to the lane, the owner role of the interval and the site of its patient."""
        narrowed: list[ColumnElement[bool]] = []
        if self.lane is not None:
            narrowed.append(INTERVALS.lane == self.lane.value)
        if self.owner_role is not None:
            narrowed.append(INTERVALS.owner_role == self.owner_role.value)
        if self.site is not None:
            of_site = select(_E.id).join(core(PatientRow), _P.id == _E.patient_id).where(_P.site == self.site)
            narrowed.append(INTERVALS.episode_id.in_(of_site))
        return narrowed


def stood_at(moment: int) -> list[ColumnElement[bool]]:
    """Intervals of open episodes that stood just before `moment`."""
    return [INTERVALS.since < moment, INTERVALS.until >= moment, INTERVALS.closed_for.is_(None)]
