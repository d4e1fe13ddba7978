"""The lists of drafts, and the raw rows behind their measures."""

from datetime import date, timedelta

import pytest

from store import deliveries, draft_list, draft_measures, drafts
from store.draft_list import NOBODY, DraftFilter
from tests.builders import NOW, a_note, a_patient, a_reviewer
from tests.drafts import BODY, a_draft, approve
from workflow.vocabulary import DraftForm, DraftRejectReason, LaneName


@pytest.fixture
def dana(database):
    """Two episodes of two lanes, with a draft each, and Dana who decides."""
    with database.write() as session:
        a_note(session)
        a_patient(session, "p-2", name="Ben Okoro")
        a_note(session, "n-2", patient="p-2", lane=LaneName.CARE_GAP)
        a_draft(session, 1)
        a_draft(session, 2, form=DraftForm.LETTER)
        return a_reviewer(session)


def ids(found):
    return [each.draft_id for each in found]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (DraftFilter(), {1, 2}),
        (DraftFilter(lane=LaneName.CARE_GAP), {2}),
        (DraftFilter(form=DraftForm.SMS), {1}),
        (DraftFilter(whose="dana"), set()),
        (DraftFilter(whose=NOBODY), {1, 2}),
    ],
)
def test_what_waits_is_narrowed(database, dana, asked, expected):
    with database.read() as session:
        found = draft_list.waiting(session, asked)
        assert draft_list.count_waiting(session, asked) == len(expected)

    assert set(ids(found)) == expected
    assert [each.due for each in found] == sorted(each.due for each in found)


def test_a_draft_moves_from_list_to_list(database, dana):
    """Waiting, on its way, settled; taken back it waits again."""

    def stand():
        with database.read() as session:
            lists = (
                draft_list.waiting(session),
                draft_list.under_way(session),
                draft_list.settled(session, since=NOW - timedelta(days=7)),
            )
            return [set(ids(each)) for each in lists]

    with database.write() as session:
        delivery = approve(session, 1, dana)
        drafts.reject(session, 2, reviewer=dana, reason=DraftRejectReason.OTHER, now=NOW)
    assert stand() == [set(), {1}, {2}]
    with database.write() as session:
        drafts.undo(session, 1, reviewer=dana, now=NOW)
        drafts.undo(session, 2, reviewer=dana, now=NOW)
    assert stand() == [{1, 2}, set(), set()]
    with database.write() as session:
        delivery = approve(session, 1, dana)
        deliveries.claim(session, delivery, now=NOW + timedelta(hours=1))
    assert stand() == [{2}, {1}, set()]
    sending, sent = deliveries.DeliveryState.SENDING, deliveries.DeliveryState.SENT
    with database.write() as session:
        deliveries.mark(session, delivery, sent, before=(sending,), now=NOW)
    assert stand() == [{2}, set(), {1}]


def test_the_draft_that_waits_for_an_episode(database, dana):
    with database.read() as session:
        assert draft_list.waiting_of(session, [1, 2, 3]) == {1: 1, 2: 2}


def test_due_episodes_come_oldest_first_and_from_where_one_left_off(database, dana):
    """Those with a draft waiting are left out."""
    with database.write() as session:
        found = draft_list.due_without(session, date(2027, 1, 1), list(_actions()), after=None, most=9)
        assert found == []
        for number in (1, 2):
            drafts.withdraw(session, number, "gone")
        found = draft_list.due_without(session, date(2027, 1, 1), list(_actions()), after=None, most=9)
        assert draft_list.due_without(session, date(2027, 1, 1), list(_actions()), after=found[0], most=9) == found[1:]
        assert draft_list.due_without(session, date(2020, 1, 1), list(_actions()), after=None, most=9) == []

    assert found == sorted(found)
    assert {episode for _, episode in found} == {1, 2}


def _actions():
    from workflow.vocabulary import Action

    return Action


def test_what_became_of_each_draft(database, dana):
    """Unchanged is no change at all; a quarter of the words is a quarter."""
    words = len(BODY.split())
    with database.write() as session:
        approve(session, 1, dana, seconds=3.0)
        drafts.reject(session, 2, reviewer=dana, reason=DraftRejectReason.TOO_LONG, now=NOW, seconds=9.0)
        third = a_draft(session, 1, cause="task-2", body=BODY)
        edited = BODY.replace("Hello", "Dear") + " Thank you."
        seen = drafts.load(session, third).text.hash
        drafts.save_text(session, third, "", edited, seen=seen, reviewer=dana, now=NOW)
        approve(session, third, dana)
        fourth = a_draft(session, 1, cause="task-3")
        approve(session, fourth, dana, seconds=5.0)
        drafts.undo(session, fourth, reviewer=dana, now=NOW)
    with database.read() as session:
        found = draft_measures.outcomes(session, NOW, NOW + timedelta(seconds=1))
        assert draft_measures.outcomes(session, NOW + timedelta(seconds=1), NOW + timedelta(days=1)) == []
        assert len(draft_measures.outcomes(session, NOW, NOW + timedelta(days=1), lane=LaneName.CARE_GAP)) == 1

    assert [(each.standing, each.changed, each.seconds) for each in found] == [
        ("approved", 0.0, 3.0),
        ("rejected", None, 9.0),
        ("approved", pytest.approx(3 / (words + 2)), None),
        ("pending", None, None),
    ]
    assert (found[1].reason, found[0].prompt, found[1].lane) == ("too_long", "draft_outreach@1", "care_gap")
