"""What the Review page asks: which notes wait, in which order, and who else is there."""

from datetime import date, timedelta

import pytest

from store import decisions, episodes, review, suggestions
from store.review import Pace
from tests.builders import CALL, LANES, MARIA, NO_RIDE, NOW, REFERRAL, TODAY, WORSE, a_note, a_reading, a_reviewer, a_suggestion
from workflow import moves
from workflow.vocabulary import LaneName, RejectReason


def urgent(confidence=0.99):
    return a_suggestion(WORSE, "Chest pain worse today", confidence=confidence)


def a_card(confidence):
    return a_suggestion(CALL, confidence=confidence)


def in_order(session, **given):
    rows = review.waiting(session, **({"today": TODAY} | given))
    return [row.note_id for row in rows]


def test_notes_wait_by_urgency_then_due_date_then_doubt(database):
    """What cannot wait first, then what is due by today, then the least certain; empty readings last, unread ones not at all."""
    with database.write() as session:
        sure = a_note(session, "sure", patient="p-1", items=[a_card(0.9)])
        empty = a_note(session, "empty", patient="p-2", items=[])
        doubtful = a_note(session, "doubtful", patient="p-3", items=[a_card(0.3), a_suggestion(NO_RIDE, "No ride", confidence=0.95)])
        due = a_note(session, "due", patient="p-4", items=[a_card(0.99)])
        pain = a_note(session, "pain", patient="p-5", items=[urgent(), a_card(0.5)])
        same = a_note(session, "same", patient="p-6", items=[a_card(0.9)])
        a_note(session, "unread", patient="p-7")
        moved = moves.set_due(episodes.load(session, due.episode_id), REFERRAL, now=NOW, actor=MARIA, due=TODAY)
        episodes.record(session, due.episode_id, moved, expected_version=1)

        expected = [note.id for note in (pain, due, doubtful, sure, same, empty)]
        assert in_order(session) == expected
        assert in_order(session, limit=2) == expected[:2]
        assert review.count_waiting(session) == 6
        assert review.count_unread(session) == 1
        first, *_, last = review.waiting(session, today=TODAY)
        assert (first.pending, first.urgent, first.least_certain, first.patient) == (2, True, 0.5, "Rosa Alvarez")
        assert (last.pending, last.urgent, last.least_certain) == (0, False, None)


def test_a_note_with_nothing_in_it_is_not_hurried_by_its_episode(database):
    """An overdue episode does not make an empty reading pressing."""
    with database.write() as session:
        card, empty = a_note(session, "n-1", patient="p-1", items=[a_card(0.9)]), a_note(session, "n-2", patient="p-2", items=[])

        assert in_order(session, today=date(2027, 1, 1)) == [card.id, empty.id]


def test_the_list_is_of_one_lane_where_one_is_asked_for(database):
    """A coordinator works one lane at a time."""
    with database.write() as session:
        a_note(session, "n-1", items=[a_card(0.9)])
        gap = a_note(session, "n-2", lane=LaneName.CARE_GAP, items=[a_card(0.9)])

        assert in_order(session, lane=LaneName.CARE_GAP) == [gap.id]
        assert review.count_waiting(session, LaneName.CARE_GAP) == 1


def test_a_reviewed_note_waits_no_more(database):
    """Decided means out of the list; undone means back."""
    with database.write() as session:
        note, dana = a_note(session, items=[a_card(0.9)]), a_reviewer(session)
        (card,) = suggestions.of_note(session, note.id)
        decisions.reject(session, card.id, reviewer=dana, reason=RejectReason.OTHER, now=NOW)
        assert in_order(session) == []

        decisions.undo_last(session, LANES, card.id, reviewer=dana, now=NOW)
        assert in_order(session) == [note.id]


def test_pace_counts_decisions_that_stand(database):
    """Neither an undo nor what it undid; median seconds a card, over those that were timed."""
    with database.write() as session:
        dana, lee = a_reviewer(session), a_reviewer(session, "lee", "Lee")
        cards = [suggestions.of_note(session, a_note(session, f"n-{n}", items=[a_card(0.9)]).id)[0] for n in range(4)]
        for card, seconds in zip(cards, [2.0, 10.0, 3.0, None], strict=True):
            decisions.reject(session, card.id, reviewer=dana, reason=RejectReason.OTHER, now=NOW, seconds=seconds)
        decisions.undo_last(session, LANES, cards[0].id, reviewer=dana, now=NOW)

        assert review.pace(session, dana.id, NOW) == Pace(decided=3, median_seconds=6.5)
        assert review.pace(session, dana.id, NOW + timedelta(seconds=1)) == Pace(decided=0, median_seconds=None)
        assert review.pace(session, lee.id, NOW) == Pace(decided=0, median_seconds=None)


def test_people_on_one_note_see_each_other(database):
    """Until they move on, or have been away for a minute and a half."""
    with database.write() as session:
        dana, lee = a_reviewer(session), a_reviewer(session, "lee", "Lee Brandt")
        first, second = a_note(session, "n-1"), a_note(session, "n-2")
        for _ in range(2):
            review.note_seen(session, first.id, lee.id, now=NOW)

        assert review.others_here(session, dana.id, now=NOW + timedelta(seconds=89)) == {first.id: ["Lee Brandt"]}
        assert review.others_here(session, lee.id, now=NOW) == {}
        assert review.others_here(session, dana.id, now=NOW + timedelta(seconds=91)) == {}
        review.note_seen(session, second.id, lee.id, now=NOW)
        assert review.others_here(session, dana.id, now=NOW) == {second.id: ["Lee Brandt"]}


@pytest.mark.parametrize("readers", [[], ["v1"], ["v1", "v2"]])
def test_the_newest_reading_comes_last(database, readers):
    """The page names who read last, and for each card who made it."""
    with database.write() as session:
        note = a_note(session)
        for reader in readers:
            suggestions.save_reading(session, note.id, a_reading(reader=reader), now=NOW)
        found = review.readings(session, note.id)

        assert [row.reader for row in found.values()] == readers
