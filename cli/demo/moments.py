"""When the things of a story happened, in a clinic that is closed at weekends and seeded at any hour."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SATURDAY = 5
CLOSE_BEHIND = timedelta(minutes=4)
"""How far behind the one before something is placed that would otherwise come before it: a weekend's things move to Friday."""

TIGHT = timedelta(minutes=2)


def chance(*about: object) -> int:
    """A number that depends on nothing but `about`, for what must look random and be the same in every seeding."""
    return int.from_bytes(hashlib.sha256("|".join(map(str, about)).encode()).digest()[:4])


def place(when: Sequence[tuple[int, time]], *, now: datetime, zone: str, key: str) -> list[datetime]:
    """Moments in UTC for (days ago, time of day) pairs that are in order of time; they come back in that order, each after the one before.

    Weekends become the Friday before. What would lie ahead of `now` moves to some minutes before it, and what came before it moves along.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    moments: list[datetime] = []
    for days_ago, at in when:
        moment = datetime.combine(_weekday(today - timedelta(days=days_ago)), at, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        if moments and moment <= moments[-1]:
            moment = moments[-1] + CLOSE_BEHIND
        moments.append(moment)
    latest = now.astimezone(UTC) - timedelta(minutes=4 + chance(key, "latest") % 90)
    for index in reversed(range(len(moments))):
        moments[index] = min(moments[index], latest)
        latest = moments[index] - TIGHT
    return moments


def _weekday(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - SATURDAY + 1))
