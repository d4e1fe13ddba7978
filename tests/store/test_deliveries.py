"""What is on its way out: bound to an approval, changed by one only, told once."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from store import deliveries
from store.deliveries import DeliveryState
from store.tables import DraftDecisionRow
from tests.approved import BODY, a_decision, a_draft, an_approved
from tests.builders import NOW, a_note, a_reviewer
from workflow.vocabulary import Channel

LATER = NOW + timedelta(minutes=3)


@pytest.fixture
def delivery_id(database) -> int:
    with database.write() as session:
        note = a_note(session)
        return an_approved(session, note.episode_id, a_reviewer(session).id)


def test_a_delivery_carries_the_approved_words_and_who_approved_them(database, delivery_id):
    """Sending needs nothing else, and reads nothing that came later."""
    with database.read() as session:
        found = deliveries.load(session, delivery_id)
    assert (found.body, found.approved_by, found.approver, found.state) == (BODY, "dana", "Dana Whitfield", DeliveryState.WAITING)
    assert found.text_hash == deliveries.hash_of(found.subject, found.body)
    assert "rosa@example.org" not in repr(found)
    assert BODY not in repr(found)


@pytest.mark.parametrize("action", ["approve", "reject", "undo"])
def test_the_database_takes_no_delivery_without_an_approval_of_these_words(database, delivery_id, action):
    """R13: of an approval not for other words; of anything else not at all."""
    with database.write() as session:
        draft_id = a_draft(session, deliveries.load(session, delivery_id).episode_id, cause="touch-2")
        decision = a_decision(session, draft_id, a_reviewer(session, "maria", "Maria").id, action)
        own = session.execute(select(DraftDecisionRow.text_hash).where(DraftDecisionRow.id == decision)).scalar_one()
    text_hash = deliveries.hash_of("", "Other words.") if action == "approve" else own
    given = {"channel": Channel.EMAIL, "address": "a@example.org", "send_after": NOW, "now": NOW}
    with database.write() as session, pytest.raises(IntegrityError):
        deliveries.enqueue(session, approval_id=decision, text_hash=text_hash, **given)


def test_it_is_due_when_its_undo_window_is_over_and_claimed_by_one(database, delivery_id):
    """Two workers may both see it; one sends it."""
    with database.write() as session:
        assert deliveries.due(session, NOW) == []
        assert not deliveries.claim(session, delivery_id, now=NOW)
        assert [found for found, _ in deliveries.due(session, LATER)] == [delivery_id]
        assert deliveries.claim(session, delivery_id, now=LATER)
        assert not deliveries.claim(session, delivery_id, now=LATER)
        assert deliveries.hanging(session, LATER) == [(delivery_id, LATER)]


def test_undone_in_time_it_never_leaves_and_too_late_it_says_so(database, delivery_id):
    with database.write() as session:
        approval = deliveries.load(session, delivery_id).approval_id
        assert deliveries.cancel(session, approval, why="undone", now=NOW)
        assert not deliveries.claim(session, delivery_id, now=LATER)
        assert not deliveries.cancel(session, approval, why="undone", now=NOW)
        second = an_approved(session, deliveries.load(session, delivery_id).episode_id, 1, cause="touch-2")
        assert deliveries.claim(session, second, now=LATER)
        assert not deliveries.cancel(session, deliveries.load(session, second).approval_id, why="undone", now=LATER)


def test_what_is_told_twice_is_one_report(database, delivery_id):
    """Providers call back more than once."""
    with database.write() as session:
        assert deliveries.report(session, delivery_id, told="SM1:delivered", kind="delivered", now=NOW)
        assert not deliveries.report(session, delivery_id, told="SM1:delivered", kind="delivered", now=LATER)
        assert [report.kind for report in deliveries.reports(session, delivery_id)] == ["delivered"]
