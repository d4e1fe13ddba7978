"""The job that sends what people approved, once each.

The table of deliveries is the only truth of what is to leave. Every second a worker looks at what is due (`strike`) and enqueues a durable
job for each; nothing is enqueued at the approval, so that undoing is one change of one row, and putting off another.

A job looks once more whether the text may leave and claims it, both in one transaction; then, and never in one, it calls the provider;
then it says what became of it. A process that dies in between leaves the state `sending`: once the claim is older than any call can
last, the provider is asked, where it can be, and else the state is `unknown` and a person looks. It is never sent again by itself.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from connectors import coming_back
from connectors.outgoing import Accepted, NobodyKnows, Refused, TryLater, Way, Ways
from store import contact, deliveries, episodes, inbound
from store.database import Database
from store.decisions import Reviewer
from store.deliveries import Delivery, DeliveryState
from store.errors import StaleDelivery, Unknown
from store.jobs import Beat, Job, JobQueue
from store.lanes import Lanes
from workflow.leaving import APPROVAL_LASTS, Void, may_leave

SEND = "send"

CLAIM_LASTS = timedelta(seconds=90)
"""Longer than any call to a provider can take: after so long, whoever claimed a delivery is dead."""

AGAIN = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
"""Waits after tries that surely did not leave; the last one repeats until the approval is a day old."""

LOOK_AGAIN = timedelta(minutes=5)
"""How often it is looked whether a person has reviewed a message that asked for no more."""

HELD = "The patient wrote something that may ask for no more messages. It waits until that is reviewed."
LOST = "Nobody knows whether this left: the program stopped while it was sent. Look at the provider, then say: it left, or it did not."

Clock = Callable[[], datetime]

logger = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The clock; tests pass another."""
    return datetime.now(UTC)


def strike(database: Database, queue: JobQueue, *, clock: Clock = utc_now) -> None:
    """Enqueue a job for everything that is due, and for what hangs. One moment of one delivery is one job, whoever enqueues it."""
    now = clock()
    with database.read() as session:
        due = [(one, f"due-{moment.isoformat()}") for one, moment in deliveries.due(session, now)]
        due += [(one, f"hangs-{moment.isoformat()}") for one, moment in deliveries.hanging(session, now - CLAIM_LASTS)]
    if due:
        with database.write() as session:
            for delivery_id, moment in due:
                queue.enqueue(session, SEND, delivery_id, key=f"{SEND}-{delivery_id}-{moment}")


def send(database: Database, lanes: Lanes, ways: Ways, delivery_id: int, *, clock: Clock = utc_now) -> float | None:
    """Send one delivery if it may leave; None when nothing more is to be done now, or the seconds to wait."""
    now = clock()
    with database.write() as session:
        try:
            delivery = deliveries.load(session, delivery_id)
        except Unknown:
            return None
        if delivery.state is DeliveryState.WAITING:
            if delivery.send_after > now:  # this machine's clock is behind that of the one which enqueued the job
                return (delivery.send_after - now).total_seconds()
            if not _claimed(session, lanes, ways, delivery, now):
                return None
            died = False
        elif delivery.state is DeliveryState.SENDING and now - delivery.changed_at >= CLAIM_LASTS:
            died = True
        else:
            return None
    if died:
        _find_out(database, lanes, ways.get(delivery.channel), delivery, LOST, clock)
    else:
        _call(database, lanes, ways[delivery.channel], delivery, clock)
    return None


def jobs(database: Database, lanes: Lanes, ways: Ways, *, clock: Clock = utc_now) -> dict[str, Job]:
    """What a worker registers."""
    return {SEND: lambda delivery_id: send(database, lanes, ways, delivery_id, clock=clock)}


def beat(database: Database) -> Beat:
    """What a worker does every second."""
    return lambda queue: strike(database, queue)


def settle_unknown(database: Database, lanes: Lanes, delivery_id: int, *, did_leave: bool, by: Reviewer, now: datetime) -> None:
    """A person looked at the provider and says what became of a delivery that nobody knew about. Raises Unknown or StaleDelivery."""

    def settle(session: Session) -> bool:
        delivery = deliveries.load(session, delivery_id)
        if delivery.state is not DeliveryState.UNKNOWN:
            return False
        words = f"{by.name} looked at the provider: it {'left' if did_leave else 'did not leave'}."
        deliveries.report(session, delivery_id, told=f"settled {now.isoformat()}", kind="settled", text=words, now=now)
        if did_leave:
            return coming_back.left(session, lanes, delivery, why=words, at=delivery.changed_at, now=now)
        return deliveries.mark(session, delivery_id, DeliveryState.FAILED, before=(DeliveryState.UNKNOWN,), why=words, now=now)

    if not coming_back.told(database, settle):
        raise StaleDelivery("It is known by now what became of this message. Look again.")


def _claimed(session: Session, lanes: Lanes, ways: Ways, delivery: Delivery, now: datetime) -> bool:
    """The last look, and the claim. False where it does not leave now; the delivery then says why."""
    episode = episodes.load(session, delivery.episode_id)
    verdict = may_leave(
        deliveries.approval(session, delivery),
        episode,
        lanes[episode.lane],
        contact.facts(session, delivery.patient_id),
        channel=delivery.channel,
        at=now,
    )
    if isinstance(verdict, Void):
        deliveries.mark(session, delivery.id, DeliveryState.CANCELLED, before=(DeliveryState.WAITING,), why=verdict.why, now=now)
        return False
    if delivery.channel not in ways:
        words = f"{delivery.channel.label} is not set up, so it was not sent. Send it by hand and log the attempt."
        deliveries.mark(session, delivery.id, DeliveryState.BY_HAND, before=(DeliveryState.WAITING,), why=words, now=now)
        return False
    if verdict is not None:
        deliveries.put_off(session, delivery.id, verdict.until, before=DeliveryState.WAITING, why=verdict.why, now=now)
        return False
    if inbound.waits_for_a_look(session, delivery.patient_id, delivery.channel):
        deliveries.put_off(session, delivery.id, now + LOOK_AGAIN, before=DeliveryState.WAITING, why=HELD, now=now)
        return False
    return deliveries.claim(session, delivery.id, now=now)


def _call(database: Database, lanes: Lanes, way: Way, delivery: Delivery, clock: Clock) -> None:
    """Call the provider, outside of any transaction, and say what became of it."""
    try:
        accepted = way.send(delivery)
    except Refused as error:
        _not_taken(database, lanes, delivery, error, clock())
    except TryLater as error:
        _again(database, delivery, error, clock())
    except NobodyKnows as error:
        _find_out(database, lanes, way, delivery, f"Nobody knows whether this left. {error} Look at the provider, then say.", clock)
    except Exception as error:  # noqa: BLE001 — whatever went wrong, it may have left
        logger.error("Delivery %d: the connector failed (%s).", delivery.id, type(error).__name__)  # noqa: TRY400 — its text may hold patient data
        _find_out(database, lanes, way, delivery, LOST, clock)
    else:
        _left(database, lanes, delivery, accepted, clock())


def _left(database: Database, lanes: Lanes, delivery: Delivery, accepted: Accepted, now: datetime) -> None:
    coming_back.told(database, lambda session: coming_back.left(session, lanes, delivery, provider_id=accepted.provider_id, now=now))


def _not_taken(database: Database, lanes: Lanes, delivery: Delivery, error: Refused, now: datetime) -> None:
    coming_back.told(
        database,
        lambda session: coming_back.not_taken(session, lanes, delivery, str(error), no_such_address=error.no_such_address, now=now),
    )


def _again(database: Database, delivery: Delivery, error: TryLater, now: datetime) -> None:
    """It surely did not leave: another try later, while the approval lasts."""
    with database.write() as session:
        tries = sum(report.kind == "tried" for report in deliveries.reports(session, delivery.id))
        deliveries.report(session, delivery.id, told=f"try {tries + 1}", kind="tried", text=str(error), now=now)
        wait = max(AGAIN[min(tries, len(AGAIN) - 1)], timedelta(seconds=error.after_s or 0))
        if now + wait > delivery.approved_at + APPROVAL_LASTS:
            words = f"{error} It was tried {tries + 1} times and did not leave."
            deliveries.mark(session, delivery.id, DeliveryState.FAILED, before=(DeliveryState.SENDING,), why=words, now=now)
        else:
            words = f"{error} It is tried again."
            deliveries.put_off(session, delivery.id, now + wait, before=DeliveryState.SENDING, why=words, now=now)


def _find_out(database: Database, lanes: Lanes, way: Way | None, delivery: Delivery, words: str, clock: Clock) -> None:
    """It may have left. Ask the provider by the key, where it can be asked; else a person looks."""
    accepted = None
    try:
        accepted = way.ask(delivery.key) if way is not None else None
    except Exception as error:  # noqa: BLE001 — asking changes nothing
        logger.error("Delivery %d: the provider could not be asked (%s).", delivery.id, type(error).__name__)  # noqa: TRY400
    if accepted is not None:
        _left(database, lanes, delivery, accepted, clock())
        return
    with database.write() as session:
        deliveries.mark(session, delivery.id, DeliveryState.UNKNOWN, before=(DeliveryState.SENDING,), why=words, now=clock())
