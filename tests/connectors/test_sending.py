"""The job that sends: the last look, the claim, the call, and what becomes of it. On both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from connectors import sending
from connectors.outgoing import Accepted, NobodyKnows, Refused, TryLater
from connectors.sms import Sms
from connectors.smtp import Mail
from store import check, contact, deliveries, episodes, users
from store.deliveries import DeliveryState
from store.errors import StaleDelivery
from store.tables import DeliveryRow, EventRow, PatientRow
from tests.approved import BODY, a_decision, a_text
from tests.builders import LANES, MARIA
from tests.connectors.mail_server import mail_server
from tests.connectors.sending_desk import SendingDesk
from tests.connectors.sms_provider import sms_provider
from tests.connectors.test_smtp import settings
from workflow import moves
from workflow.vocabulary import Channel, ClosureReason, DraftForm, OwnerRole


@pytest.fixture
def desk(database) -> SendingDesk:
    return SendingDesk(database)


def test_what_was_approved_leaves_once_and_is_an_attempt_of_whoever_approved_it(desk):
    """The episode moves in the transaction that says it was sent."""
    found = desk.send(desk.approve())

    assert (found.state, found.provider_id) == (DeliveryState.SENT, f"id-{found.id}")
    assert [given.body for given in desk.way.sent] == [BODY]
    [attempt] = desk.attempts
    assert (attempt.channel, attempt.outcome.value, attempt.text) == (Channel.SMS, "message_sent", "SMS approved by Dana Whitfield")
    with desk.database.read() as session:
        made = session.scalars(select(EventRow).where(EventRow.kind == "outreach_logged")).one()
        assert (made.actor_kind, made.actor) == ("person", "dana")
        assert made.seq in found.event_seqs
        assert list(check.problems(session)) == []

    desk.send(found.id)
    assert len(desk.way.sent) == 1


def test_within_the_undo_window_nothing_leaves_and_undone_it_never_does(desk):
    delivery = desk.approve()
    assert desk.send(delivery, after=timedelta(seconds=119)).state is DeliveryState.WAITING
    with desk.database.write() as session:
        assert deliveries.cancel(session, desk.delivery(delivery).approval_id, why="undone by Dana", now=desk.now)

    assert desk.send(delivery).state is DeliveryState.CANCELLED
    assert desk.way.sent == []


def edited(desk, session, delivery):
    a_text(session, delivery.draft_id, body="Other words.", user_id=desk.maria.id)


def rejected(desk, session, delivery):
    a_decision(session, delivery.draft_id, desk.maria.id, "reject", at=desk.now)


def switched_off(desk, session, delivery):
    users.switch_off(session, "dana")


def moved_phone(desk, session, delivery):
    session.execute(update(PatientRow).values(phone="312 555 0999"))


def asked_not_to(desk, session, delivery):
    contact.ask(session, delivery.patient_id, None, "no messages please", user_id=desk.dana.id, now=desk.now)


def other_words_in_the_delivery(desk, session, delivery):
    """Not possible by any path of ours: the database refuses it, so the stored words are changed under the program's feet."""
    off = "DROP TRIGGER draft_texts_no_update" if desk.database.is_sqlite else "ALTER TABLE draft_texts DISABLE TRIGGER ALL"
    session.connection().exec_driver_sql(off)
    session.connection().exec_driver_sql("UPDATE draft_texts SET body = 'Pay here: http://evil.example'")


def closed(desk, session, delivery):
    _move(session, delivery, moves.close, reason=ClosureReason.CARE_COMPLETED)


def reopened(desk, session, delivery):
    closed(desk, session, delivery)
    _move(session, delivery, moves.reopen, text="came back")


def reassigned(desk, session, delivery):
    _move(session, delivery, moves.set_owner, owner_role=OwnerRole.NURSE_REVIEWER)


def _move(session, delivery, move, **given):
    episode = episodes.load(session, delivery.episode_id)
    at = delivery.approved_at + timedelta(minutes=1)
    episodes.record(
        session, delivery.episode_id, move(episode, LANES[episode.lane], now=at, actor=MARIA, **given), expected_version=episode.version
    )


VOIDING = [edited, rejected, switched_off, moved_phone, asked_not_to, closed, reopened, reassigned]


@pytest.mark.parametrize("void", VOIDING, ids=lambda one: one.__name__)
def test_what_voids_the_approval_keeps_it_from_leaving_and_says_why(desk, void):
    """R13: looked at again in the transaction of the claim."""
    delivery = desk.approve()
    desk.later(minutes=1)
    with desk.database.write() as session:
        void(desk, session, desk.delivery(delivery))

    found = desk.send(delivery)
    assert (found.state, desk.way.sent, desk.outcomes) == (DeliveryState.CANCELLED, [], [])
    assert found.why


def test_words_that_were_changed_in_the_database_do_not_leave(database):
    """Whoever can write the database past its triggers still cannot speak for the clinic: the hash is computed from the words."""
    desk = SendingDesk(database)
    delivery = desk.approve()
    with database.write() as session:
        other_words_in_the_delivery(desk, session, delivery)
    try:
        assert "not those that were approved" in desk.send(delivery).why
        assert desk.way.sent == []
    finally:
        if not database.is_sqlite:
            with database.write() as session:
                session.connection().exec_driver_sql("ALTER TABLE draft_texts ENABLE TRIGGER ALL")


def test_in_quiet_hours_it_waits_for_their_end(desk):
    desk.later(hours=13)  # 23:00 in Chicago
    found = desk.send(desk.approve())

    assert (found.state, desk.way.sent) == (DeliveryState.WAITING, [])
    assert "Quiet hours until 8:00" in found.why
    assert desk.send(found.id, after=found.send_after - desk.now).state is DeliveryState.SENT


def test_a_channel_without_a_way_out_is_left_to_people(database):
    """And says so, instead of waiting for ever."""
    desk = SendingDesk(database, ways={})
    found = desk.send(desk.approve())
    assert found.state is DeliveryState.BY_HAND
    assert found.why == "SMS is not set up, so it was not sent. Send it by hand and log the attempt."


def test_refused_for_good_it_failed_and_a_number_that_does_not_exist_is_a_failed_attempt(desk):
    desk.way.error = Refused("There is no such number.", no_such_address=True)
    found = desk.send(desk.approve())
    assert (found.state, found.why, desk.outcomes) == (DeliveryState.FAILED, "There is no such number.", ["wrong_number"])

    desk.way.error = Refused("The words were refused.")
    found = desk.send(desk.approve(cause="touch-2"))
    assert (found.state, desk.outcomes) == (DeliveryState.FAILED, ["wrong_number"])


def test_what_surely_did_not_leave_is_tried_again_with_longer_waits_for_a_day(desk):
    desk.way.error = TryLater("The mail server is away.")
    delivery = desk.approve(DraftForm.EMAIL)
    found, waits = desk.send(delivery), []
    while found.state is DeliveryState.WAITING:
        waits.append((found.send_after - desk.now).total_seconds() / 60)
        found = desk.send(delivery, after=found.send_after - desk.now)

    assert waits[:5] == [1, 5, 15, 60, 60]
    assert (found.state, desk.outcomes) == (DeliveryState.FAILED, [])
    assert found.why.startswith("The mail server is away. It was tried")
    assert len({given.key for given in desk.way.sent}) == 1


def test_tried_again_it_may_arrive(desk):
    desk.way.error = TryLater("Busy.", after_s=600)
    delivery = desk.approve()
    found = desk.send(delivery)
    assert found.send_after - desk.now == timedelta(minutes=10)
    desk.way.error = None
    assert desk.send(delivery, after=timedelta(minutes=10)).state is DeliveryState.SENT


@pytest.mark.parametrize("error", [NobodyKnows("The connection was lost."), ZeroDivisionError("a bug")])
def test_what_may_have_left_is_never_sent_again_by_itself(desk, error):
    """R14: a person looks and says."""
    desk.way.error = error
    found = desk.send(desk.approve())
    assert found.state is DeliveryState.UNKNOWN
    assert found.why.startswith("Nobody knows whether this left")

    desk.way.error = None
    assert desk.send(found.id, after=timedelta(hours=3)).state is DeliveryState.UNKNOWN
    assert len(desk.way.sent) == 1
    with desk.database.read() as session:
        assert [one.id for one in deliveries.nobody_knows(session)] == [found.id]


def test_a_provider_that_can_be_asked_by_the_key_settles_it(desk):
    desk.way.error, desk.way.knows = NobodyKnows("Lost."), Accepted("SM7")
    found = desk.send(desk.approve())
    assert (found.state, found.provider_id, desk.outcomes) == (DeliveryState.SENT, "SM7", ["message_sent"])


@pytest.mark.parametrize(("did_leave", "state", "outcomes"), [(True, "sent", ["message_sent"]), (False, "failed", [])])
def test_a_person_says_what_became_of_it_once(desk, did_leave, state, outcomes):
    desk.way.error = NobodyKnows("Lost.")
    delivery = desk.send(desk.approve()).id
    settle = {"did_leave": did_leave, "by": desk.maria, "now": desk.now}

    sending.settle_unknown(desk.database, LANES, delivery, **settle)

    found = desk.delivery(delivery)
    assert (found.state, desk.outcomes) == (state, outcomes)
    assert found.why.startswith("Maria Lopez looked at the provider")
    with pytest.raises(StaleDelivery):
        sending.settle_unknown(desk.database, LANES, delivery, **settle)


def test_a_claim_that_nobody_answers_for_is_unknown_after_a_while(desk):
    """The process died between the claim and the answer; while another may still be sending, it is left alone."""
    delivery = desk.approve()
    desk.later(minutes=3)
    with desk.database.write() as session:
        assert deliveries.claim(session, delivery, now=desk.now)

    assert desk.send(delivery, after=timedelta(seconds=89)).state is DeliveryState.SENDING
    assert desk.send(delivery, after=timedelta(seconds=1)).state is DeliveryState.UNKNOWN
    assert desk.way.sent == []


def test_whoever_wakes_late_and_knows_settles_it(desk):
    """A process that was only paused comes back with the provider's answer."""
    delivery = desk.approve()
    send = desk.way.send

    def slow(given):
        desk.later(minutes=2)
        sending.send(desk.database, LANES, desk.ways, delivery, clock=desk.clock)
        assert desk.delivery(delivery).state is DeliveryState.UNKNOWN
        return send(given)

    desk.way.send = slow
    assert desk.send(delivery).state is DeliveryState.SENT
    assert (len(desk.way.sent), desk.outcomes) == (1, ["message_sent"])


def test_a_message_that_left_while_the_episode_was_closed_is_known_to_have_left(desk):
    """The closed episode takes no attempt; nothing is lost of what happened."""
    send = desk.way.send

    def closes(given):
        with desk.database.write() as session:
            closed(desk, session, given)
        return send(given)

    desk.way.send = closes
    found = desk.send(desk.approve())
    assert (found.state, found.event_seqs, desk.outcomes) == (DeliveryState.SENT, (), [])


def test_the_strike_enqueues_what_is_due_and_what_hangs_once(desk, queue):
    """Undo and quiet hours change one row; nothing has to be found in the queue and taken back."""
    first, second = desk.approve(), desk.approve(cause="touch-2")
    sending.strike(desk.database, queue, clock=desk.clock)
    assert queue.waiting() == 0

    desk.later(minutes=3)
    for _ in range(3):
        sending.strike(desk.database, queue, clock=desk.clock)
    assert queue.waiting() == 2

    with desk.database.write() as session:
        assert deliveries.claim(session, first, now=desk.now)
        assert deliveries.cancel(session, desk.delivery(second).approval_id, why="", now=desk.now)
    desk.later(seconds=91)
    for _ in range(3):
        sending.strike(desk.database, queue, clock=desk.clock)
    assert queue.waiting() == 3


def test_by_real_servers(database):
    """From the approval to the mail server and the SMS provider, with the key that came with the approval."""
    with mail_server() as mail, sms_provider() as sms:
        desk = SendingDesk(database, ways={Channel.EMAIL: Mail(settings(mail.port)), Channel.SMS: Sms(sms.settings())})
        text, letter = desk.send(desk.approve()), desk.send(desk.approve(DraftForm.EMAIL, cause="touch-2"))

    assert (text.state, text.provider_id) == (DeliveryState.SENT, "SM1")
    assert letter.state is DeliveryState.SENT
    assert list(sms.taken) == [text.key]
    assert str(mail.taken[0]["Message-ID"]) == f"<{letter.key}@clinic.example>"
    with database.read() as session:
        assert session.execute(select(DeliveryRow.id).where(DeliveryRow.key == letter.key)).scalar_one() == letter.id


def test_no_log_or_error_of_ours_holds_words_number_or_name(desk, caplog):
    """S11, also when something fails that nobody foresaw."""
    caplog.set_level("DEBUG")
    for number, error in enumerate((ValueError(BODY), Refused("no"), NobodyKnows("?"), TryLater("later"), None)):
        desk.way.error = error
        desk.send(desk.approve(cause=f"touch-{number}"))
    for secret in (BODY, "555-0123", "5550123", "Rosa"):
        assert secret not in caplog.text
