"""Who looked at or did what, by ids alone. Each entry's hash covers the one before, so an entry changed or missing in between shows.

That the newest entries were cut off, or the whole chain was written anew, shows only beside a head hash and count kept elsewhere:
`triage db check` prints them.
"""

import hashlib
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from store.database import take_turns
from store.tables import AccessRow

FIRST = "0" * 64
_LOCK = 715_208
"""Held while an entry is chained."""


def record_access(session: Session, username: str, action: str, subject: str, *, now: datetime) -> None:
    """Append an entry, such as ("maria", "read", "episode 12"). `subject` names ids, never a patient."""
    take_turns(session, _LOCK)
    previous = session.execute(select(AccessRow.hash).order_by(AccessRow.id.desc()).limit(1)).scalar() or FIRST
    chained = _hash(previous, now, username, action, subject)
    session.execute(insert(AccessRow).values(at=now, username=username, action=action, subject=subject, previous=previous, hash=chained))


def broken_at(session: Session) -> int | None:
    """The id of the first entry that does not follow from the one before, or None where the chain holds."""
    previous = FIRST
    with session.scalars(select(AccessRow).order_by(AccessRow.id).execution_options(yield_per=1000)) as rows:
        for row in rows:
            if row.previous != previous or row.hash != _hash(previous, row.at, row.username, row.action, row.subject):
                return row.id
            previous = row.hash
    return None


def _hash(previous: str, at: datetime, *parts: str) -> str:
    return hashlib.sha256("\x1f".join((previous, at.isoformat(timespec="microseconds"), *parts)).encode()).hexdigest()
