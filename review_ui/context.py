"""What every page needs: the open record, the clock, and how cookies are set."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.outgoing import Ways
from connectors.sms_callbacks import SmsCallbacks
from store.database import Database
from store.deliveries import UNDO_WINDOW
from store.lanes import Lanes
from triage.assistants.budget import DailyBudget
from workflow.clinic import UNNAMED, Clinic
from workflow.lanes import Lane
from workflow.vocabulary import LaneName


def utc_now() -> datetime:
    """The clock; tests pass another."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Site:
    """One running web app. `demo_user` is signed in without a password, which `cli` allows on loopback only.

    `daily_budget` is what the model's calls may cost in a day, where they are bounded; `lanes_dir` the team's own lane files,
    `clinic` who speaks to patients. `ways` are the channels by which messages leave, `sms_callbacks` takes what the SMS provider tells,
    where there is one; `undo_window` is how long an approval can be taken back before its message leaves.
    """

    database: Database
    lanes: Lanes
    clock: Callable[[], datetime] = utc_now
    secure_cookies: bool = False
    demo_user: str | None = None
    daily_budget: DailyBudget | None = None
    lanes_dir: Path | None = None
    clinic: Clinic = UNNAMED
    ways: Ways = field(default_factory=dict)
    sms_callbacks: SmsCallbacks | None = None
    undo_window: timedelta = UNDO_WINDOW

    def lane(self, name: LaneName) -> Lane:
        """A lane by name."""
        return self.lanes[name]

    @property
    def zone(self) -> str:
        """The zone of pages that show several lanes: the first lane's."""
        return next(iter(self.lanes.values())).calendar.zone

    def today(self, now: datetime) -> date:
        """The clinic's day at `now`."""
        return now.astimezone(ZoneInfo(self.zone)).date()

    def midnight(self, now: datetime) -> datetime:
        """When the clinic's day at `now` began."""
        return datetime.combine(self.today(now), time(), ZoneInfo(self.zone)).astimezone(UTC)
