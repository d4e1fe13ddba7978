"""Mails about digests: that one is ready for a lead, or that one was published. Counts by lane and a link, and nothing of a patient.

What a mail says is made of `store.digest_mails.Letter`, which holds counts, two moments and a lane: there is nothing else to say.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from connectors.outgoing import NobodyKnows, Refused, TryLater
from connectors.smtp import SmtpSettings, compose, send_mail
from store import digest_mails
from store.database import Database
from store.digest_mails import Enqueue, Letter
from store.jobs import Job, JobQueue
from workflow.digests import Change, LaneFigures

SEND_DIGEST_MAIL = "send_digest_mail"
SEND_WAITING = "send_waiting_digest_mails"

MOST_TRIES = 12
FIRST_WAIT_S, LONGEST_WAIT_S = 60.0, 3600.0

FIGURES = ("active", "overdue", "blocked", "escalated")
"""What a mail tells of a lane, in this order."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """The mail server (None: none is set up), where the pages are reached, who signs, and the zone of the moments told."""

    smtp: SmtpSettings | None
    address: str
    clinic: str
    zone: str


def body(letter: Letter, mailing: Mailing) -> str:
    """What the mail says."""
    about = letter.lane.label if letter.lane else "All lanes"
    if letter.kind == "ready":
        said = "A digest is ready for you to read. Nobody sees it until you publish it."
    else:
        said = "\n\n".join(_lane(figures) for figures in letter.figures)
    period = f"From {_moment(letter.since, mailing.zone)} to {_moment(letter.until, mailing.zone)}"
    link = f"Read it (sign in first): {mailing.address.rstrip('/')}/changes/{letter.digest_id}"
    why = "This mail holds counts only. You get it because you have an account; your address stands on the page My account."
    return "\n\n".join((f"What changed in the queue: {about}", period, said, link, why)) + "\n"


def subject(letter: Letter, mailing: Mailing) -> str:
    """One line, without a patient as well."""
    about = letter.lane.label if letter.lane else "all lanes"
    said = "A digest is ready" if letter.kind == "ready" else "What changed in the queue"
    return f"{said}: {about}, up to {_day(letter.until, mailing.zone)}"


def _lane(figures: LaneFigures) -> str:
    return "\n".join([figures.lane.label, *(f"  {name.capitalize()}: {_change(getattr(figures, name))}" for name in FIGURES)])


def _change(change: Change) -> str:
    if not change.by:
        return f"{change.after} (as before)"
    return f"{change.after} ({'up' if change.by > 0 else 'down'} {abs(change.by)} from {change.before})"


def _day(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y}"


def _moment(at: datetime, zone: str) -> str:
    return f"{_day(at, zone)}, {at.astimezone(ZoneInfo(zone)):%H:%M}"


def send(database: Database, mailing: Mailing, mail_id: int, *, now: datetime) -> float | None:
    """Send one mail that waits; None when that is over, or the seconds to wait before the next try. Sent twice, it is sent once.

    It is claimed before the server is asked, in a transaction of its own. Without a mail server it waits.
    """
    if mailing.smtp is None:
        return None
    with database.write() as session:
        letter = digest_mails.claim(session, mail_id, now=now)
    if letter is None:
        return None
    try:
        message = compose(
            mailing.smtp,
            to=letter.address,
            subject=subject(letter, mailing),
            body=body(letter, mailing),
            key=f"digest-{letter.digest_id}-{letter.kind}-{mail_id}",
            at=now,
        )
        send_mail(mailing.smtp, message)
    except TryLater as error:
        return _put_back(database, mail_id, error, now=now)
    except Refused as error:
        _end(database, mail_id, "failed", str(error), now=now)
    except NobodyKnows as error:
        _end(database, mail_id, "unknown", str(error), now=now)
    else:
        _end(database, mail_id, "sent", "", now=now)
    return None


def _put_back(database: Database, mail_id: int, error: TryLater, *, now: datetime) -> float | None:
    with database.write() as session:
        tries = digest_mails.put_back(session, mail_id, str(error), now=now)
        if tries < MOST_TRIES:
            return error.after_s or min(FIRST_WAIT_S * 2 ** (tries - 1), LONGEST_WAIT_S)
        digest_mails.end(session, mail_id, "failed", f"{error} Given up after {tries} tries.", now=now)
    return None


def _end(database: Database, mail_id: int, state: digest_mails.End, why: str, *, now: datetime) -> None:
    with database.write() as session:
        digest_mails.end(session, mail_id, state, why, now=now)


def enqueue_mail(queue: JobQueue) -> Enqueue:
    """What `store.digest_mails.post` calls. A mail is claimed once, so that a job too many does nothing."""

    def enqueue(session: Session, mail_id: int) -> None:
        queue.enqueue(session, SEND_DIGEST_MAIL, mail_id, key=f"{SEND_DIGEST_MAIL}-{mail_id}-{uuid.uuid4()}")

    return enqueue


def jobs(database: Database, mailing: Mailing) -> tuple[dict[str, Job], dict[str, Job]]:
    """What a worker registers: sending one mail; and every hour, what still waits, as after a restart or once a server was set up."""

    def one(mail_id: int) -> float | None:
        return send(database, mailing, mail_id, now=datetime.now(UTC))

    def waiting(_hour: int) -> None:
        with database.read() as session:
            left = digest_mails.waiting(session)
        for mail_id in left:
            one(mail_id)

    return {SEND_DIGEST_MAIL: one}, {SEND_WAITING: waiting}
