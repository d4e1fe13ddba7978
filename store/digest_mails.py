"""Mails about digests: one of each kind to a person about a digest, once in effect, and nothing in them but counts.

A mail is claimed before it is handed over, in a transaction of its own. One that is found claimed later has an end that nobody knows:
it is never sent again by itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store import digests
from store.digests import DigestStanding, insert_of
from store.errors import Unknown
from store.tables import DigestMailRow, UserRow, core
from workflow.digests import LaneFigures
from workflow.vocabulary import LaneName

HANGING = timedelta(minutes=10)
"""A mail that was claimed so long ago and not ended is taken for one whose end nobody knows. No try takes as long."""

Kind = Literal["ready", "published"]
End = Literal["sent", "failed", "unknown", "dropped"]
Enqueue = Callable[[Session, int], None]
"""Called with the id of a mail that waits, in the transaction in which it began to wait."""


def nobody(_session: Session, _mail_id: int) -> None:
    """Stands in where no job is enqueued: the worker's hourly round finds what waits."""


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a mail is made of: to whom, which digest and when, and counts. No words of the digest, so no patient."""

    mail_id: int
    kind: Kind
    address: str
    digest_id: int
    lane: LaneName | None
    since: datetime
    until: datetime
    figures: tuple[LaneFigures, ...]


@dataclass(frozen=True, slots=True)
class Mailed:
    """What became of a mail, for the page. `to` is a person's name."""

    id: int
    kind: Kind
    to: str
    state: str
    why: str
    at: datetime


def post(session: Session, digest_id: int, user_ids: Iterable[int], kind: Kind, *, now: datetime, enqueue: Enqueue = nobody) -> int:
    """Have a mail of this kind go to each of these people who is active, has an address and was not written to; returns to how many."""
    able = select(UserRow.id).where(UserRow.id.in_(set(user_ids)), UserRow.active, UserRow.email.is_not(None)).order_by(UserRow.id)
    row = {"digest_id": digest_id, "kind": kind, "state": "waiting", "why": "", "tries": 0, "changed_at": now}
    once = insert_of(session)(core(DigestMailRow)).on_conflict_do_nothing().returning(core(DigestMailRow).c.id)
    posted = 0
    for user_id in session.scalars(able).all():
        mail_id = session.execute(once, row | {"user_id": user_id}).scalar_one_or_none()
        if mail_id is not None:
            enqueue(session, mail_id)
            posted += 1
    return posted


def again(session: Session, mail_id: int, *, now: datetime, enqueue: Enqueue = nobody) -> None:
    """A person has a mail that failed, or whose end nobody knows, go out once more; any other is left as it is. Raises Unknown."""
    _load(session, mail_id)
    over = (DigestMailRow.id == mail_id, DigestMailRow.state.in_(("failed", "unknown")))
    renewed = update(core(DigestMailRow)).where(*over).values(state="waiting", why="", tries=0, changed_at=now)
    if session.execute(renewed).rowcount == 1:  # type: ignore[attr-defined]
        enqueue(session, mail_id)


def claim(session: Session, mail_id: int, *, now: datetime) -> Letter | None:
    """Begin to send this mail; None where there is nothing (more) to send. Raises Unknown.

    Claimed before and not ended, it becomes unknown. Dropped where the digest was withdrawn, or the person has no address any more.
    """
    session.execute(select(DigestMailRow.id).where(DigestMailRow.id == mail_id).with_for_update())
    row = _load(session, mail_id)
    if row.state == "sending" and row.changed_at < now - HANGING:
        end(session, mail_id, "unknown", "It was being sent when the process stopped: it may have arrived.", now=now)
    if row.state != "waiting":
        return None
    digest = digests.load(session, row.digest_id)
    user = session.get_one(UserRow, row.user_id)
    wanted = DigestStanding.PUBLISHED if row.kind == "published" else DigestStanding.DRAFT
    if digest.standing is not wanted:
        end(session, mail_id, "dropped", f"The digest is {digest.standing.label.lower()} now.", now=now)
        return None
    if not user.active or not user.email:
        end(session, mail_id, "dropped", "The person has no address any more.", now=now)
        return None
    _set(session, row.id, state="sending", tries=row.tries + 1, changed_at=now)
    kind: Kind = "ready" if row.kind == "ready" else "published"
    return Letter(mail_id, kind, user.email, digest.id, digest.lane, digest.since, digest.until, digest.figures)


def end(session: Session, mail_id: int, state: End, why: str = "", *, now: datetime) -> None:
    """What became of it, in the end."""
    _set(session, mail_id, state=state, why=why, changed_at=now)


def put_back(session: Session, mail_id: int, why: str, *, now: datetime) -> int:
    """It was certainly not sent and waits for the next try; returns how many tries there were."""
    _set(session, mail_id, state="waiting", why=why, changed_at=now)
    return _load(session, mail_id).tries


def waiting(session: Session) -> list[int]:
    """Mails that wait, and those that were claimed and not ended, the oldest first."""
    unended = DigestMailRow.state.in_(("waiting", "sending"))
    return list(session.scalars(select(DigestMailRow.id).where(unended).order_by(DigestMailRow.id)))


def of_digest(session: Session, digest_id: int) -> list[Mailed]:
    """The mails about a digest by the names of those they go to."""
    rows = session.execute(
        select(DigestMailRow, UserRow.name)
        .join(UserRow, UserRow.id == DigestMailRow.user_id)
        .where(DigestMailRow.digest_id == digest_id)
        .order_by(UserRow.name, DigestMailRow.id)
    )
    return [Mailed(row.id, "ready" if row.kind == "ready" else "published", name, row.state, row.why, row.changed_at) for row, name in rows]


def _load(session: Session, mail_id: int) -> DigestMailRow:
    row = session.get(DigestMailRow, mail_id, populate_existing=True)
    if row is None:
        raise Unknown("There is no such mail.")
    return row


def _set(session: Session, mail_id: int, **values: object) -> None:
    session.execute(update(core(DigestMailRow)).where(DigestMailRow.id == mail_id).values(**values))
