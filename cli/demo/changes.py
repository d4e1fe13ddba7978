"""The demo's digests, written from what its record holds: last week's is published, this week's a draft. A schedule strikes on Mondays."""

from datetime import UTC, date, datetime, time, timedelta

from store import digest_schedules, digests, users
from store.database import Database
from store.lanes import Lanes
from triage import digesting
from workflow.calendar import Calendar
from workflow.digests import Every, Rhythm
from workflow.vocabulary import LaneName

LANES: tuple[LaneName | None, ...] = (None, LaneName.REFERRAL)
MONDAYS = Rhythm(Every.WEEK, 0, 7)


def write_two(database: Database, lanes: Lanes, *, now: datetime) -> int:
    """Last week's digest, which Ruth published on its Monday, and this week's draft, of all lanes and of one; returns how many."""
    calendar = next(iter(lanes.values())).calendar
    today = calendar.local_day(now)
    monday = today - timedelta(days=today.weekday())
    this_week = _begins(calendar, monday)
    if this_week + timedelta(hours=9) > now:  # early on a Monday the week before is this week still
        monday -= timedelta(days=7)
        this_week = _begins(calendar, monday)
    last_week, published = _begins(calendar, monday - timedelta(days=7)), this_week + timedelta(hours=9)
    with database.read() as session:
        ruth = users.by_username(session, "ruth")
    for lane in LANES:
        first = digesting.prepare(
            database, lanes, digesting.from_templates, lane, last_week, this_week, user_id=ruth.id, now=this_week + timedelta(hours=8)
        )
        with database.write() as session:
            stored = digests.load(session, first)
            digesting.publish(session, stored, digests.wording(session, stored), user_id=ruth.id, now=published)
        digesting.prepare(database, lanes, digesting.from_templates, lane, this_week, now, user_id=ruth.id, now=now)
    with database.write() as session:
        team = [users.set_email(session, username, f"{username}@lakeside.example").id for username in ("maria", "dana", "ruth")]
        digest_schedules.set_schedule(session, None, MONDAYS, recipients=team, mails=True, user_id=ruth.id, now=now)
    return 2 * len(LANES)


def _begins(calendar: Calendar, day: date) -> datetime:
    return datetime.combine(day, time(), calendar.tz).astimezone(UTC)
