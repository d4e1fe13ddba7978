"""What every page needs: the open record, the clock, and how cookies are set."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connectors.outgoing import Ways
from connectors.sms_callbacks import SmsCallbacks
from store import digest_mails
from store.database import Database
from store.deliveries import UNDO_WINDOW
from store.digest_mails import Enqueue
from store.lanes import Lanes
from triage.assistants.budget import DailyBudget
from triage.digesting import Narrate, from_templates
from triage.draft_jobs import Drafting
from workflow.clinic import UNNAMED, Clinic
from workflow.lanes import Lane
from workflow.vocabulary import LaneName

if TYPE_CHECKING:
    from connectors.digest_mail import Mailing


def utc_now() -> datetime:
    """The clock; tests pass another."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Site:
    """One running web app. `demo_user` is signed in without a password, which `cli` allows on loopback only.

    `daily_budget` is what the model's calls may cost in a day, where they are bounded; `lanes_dir` the team's own lane files,
    `evals_dir` where data sets, runs and judgements lie, where they are shown; `clinic` who speaks to patients. `ways` are the channels by
    which messages leave, `sms_callbacks` takes what the SMS provider tells, where there is one; `undo_window` is how long an approval can
    be taken back before its message leaves. `drafting` prepares a draft that a person asks for. `narrate` words digests; `enqueue_mail` is
    told of mails about them that wait, `mailing` sends them.
    """

    database: Database
    lanes: Lanes
    clock: Callable[[], datetime] = utc_now
    secure_cookies: bool = False
    demo_user: str | None = None
    daily_budget: DailyBudget | None = None
    lanes_dir: Path | None = None
    evals_dir: Path | None = None
    clinic: Clinic = UNNAMED
    ways: Ways = field(default_factory=dict)
    sms_callbacks: SmsCallbacks | None = None
    undo_window: timedelta = UNDO_WINDOW
    drafting: Drafting | None = None
    narrate: Narrate = from_templates
    enqueue_mail: Enqueue = digest_mails.nobody
    mailing: "Mailing | None" = None

    @property
    def sends_mail(self) -> bool:
        """Whether a mail server is set up."""
        return self.mailing is not None and self.mailing.smtp is not None

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
