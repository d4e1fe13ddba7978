"""Recall: what one prompt or model version brought about is found and put before people again; nothing is taken back by itself."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from store import check, decisions, episodes, notes, recalls, review, suggestions
from store.errors import IllegalDecision
from store.recalls import ReaderName
from store.tables import DecisionRow, RecallRow
from tests.builders import CALL, LANES, MARIA, NO_RIDE, NOW, REFERRAL, TODAY, a_note, a_reading, a_reviewer, a_suggestion, everything, the
from workflow import moves
from workflow.vocabulary import OwnerRole, RejectReason, Standing

OLD, HASH = ReaderName("read_note", "1"), ReaderName(content_hash="abcdef")


@pytest.fixture
def clinic(database):
    """A note of which Dana accepted the task (edited), the attempt and the escalation, and rejected the blockers."""

    class Clinic:
        def __init__(self, session):
            self.note_id = a_note(session, items=everything()).id
            self.dana, self.ruth = a_reviewer(session), a_reviewer(session, "ruth", "Ruth Adeyemi")
            self.episode_id = notes.load(session, self.note_id).episode_id
            cards = suggestions.of_note(session, self.note_id)
            self.task, self.attempt, self.alarm = the("task", cards), the("outreach_attempt", cards), the("escalation", cards)
            mine = CALL.model_copy(update={"owner_role": OwnerRole.NURSE_REVIEWER})
            self.accept(session, self.task, payload=mine)
            self.accept(session, self.attempt)
            for card in cards:
                if card.kind == "blocker":
                    decisions.reject(session, card.id, reviewer=self.dana, reason=RejectReason.NOT_IN_NOTE, now=NOW)
            self.accept(session, self.alarm)

        def accept(self, session, card, **given):
            version = episodes.load(session, card.episode_id).version
            return decisions.accept(session, LANES, card.id, reviewer=self.dana, episode_version=version, now=NOW, **given)

        def recall(self, session, reader=OLD, reason="v1 takes promises for tasks"):
            return recalls.reopen(session, recalls.made_by(session, reader), user_id=self.ruth.id, reason=reason, now=NOW)

    with database.write() as session:
        return Clinic(session)


def waiting(session):
    return {item.note_id: item.pending for item in review.waiting(session, today=TODAY)}


def test_every_accepted_suggestion_of_a_prompt_is_listed_with_who_decided(database, clinic):
    """Edited ones too: the person began from what this prompt said. Rejected ones did nothing."""
    with database.write() as session:
        a_note(session, "n-2", items=None)
        other = a_reading(a_suggestion(NO_RIDE, "No ride"), reader="llm:2")
        note = a_note(session, "n-3")
        suggestions.save_reading(session, note.id, other.__class__(**{**_fields(other), "prompt_version": "2"}), now=NOW)
        clinic.accept(session, suggestions.of_note(session, note.id)[0])

        found = recalls.made_by(session, OLD)

    assert [one.suggestion.id for one in found] == [clinic.task.id, clinic.attempt.id, clinic.alarm.id]
    first = found[0]
    assert (first.patient, first.decided_by, first.decided_at, first.is_recalled) == ("Rosa Alvarez", "Dana Whitfield", NOW, False)
    assert first.suggestion.standing is Standing.EDITED


def _fields(reading):
    return {name: getattr(reading, name) for name in type(reading).__dataclass_fields__}


def test_a_model_is_named_by_the_beginning_of_its_hash(database):
    """Why? shows twelve characters; they are enough here."""
    with database.write() as session:
        note = a_note(session)
        reading = a_reading(a_suggestion())
        suggestions.save_reading(session, note.id, type(reading)(**{**_fields(reading), "content_hash": "abcdef0123"}), now=NOW)
        dana = a_reviewer(session)
        card = suggestions.of_note(session, note.id)[0]
        decisions.accept(session, LANES, card.id, reviewer=dana, episode_version=1, now=NOW)

        assert len(recalls.made_by(session, HASH)) == 1
        assert recalls.made_by(session, ReaderName(content_hash="abcdef%")) == []
        assert recalls.made_by(session, ReaderName(content_hash="bcdef0")) == []


def test_what_was_undone_or_added_by_hand_is_not_this_readers(database, clinic):
    """Nothing of it is in force, or it was never the reader's."""
    with database.write() as session:
        decisions.undo_last(session, LANES, clinic.alarm.id, reviewer=clinic.dana, now=NOW)
        version = episodes.load(session, clinic.episode_id).version
        decisions.add_missed(session, LANES, clinic.note_id, NO_RIDE, 0, 9, reviewer=clinic.dana, episode_version=version, now=NOW)

        assert [one.suggestion.id for one in recalls.made_by(session, OLD)] == [clinic.task.id, clinic.attempt.id]


def test_reopening_puts_the_note_back_into_the_queue_and_changes_nothing_else(database, clinic):
    """The decisions stay in history and in force until a person takes one back."""
    with database.write() as session:
        assert review.reviewed_by(session, clinic.note_id) == "Dana Whitfield"
        before, made = episodes.load(session, clinic.episode_id), list(session.scalars(select(DecisionRow.id)))
        assert clinic.recall(session) == 3

    with database.read() as session:
        assert waiting(session) == {clinic.note_id: 3}
        assert review.count_waiting(session) == 1
        assert (episodes.load(session, clinic.episode_id), list(session.scalars(select(DecisionRow.id)))) == (before, made)
        recall = recalls.open_on(session, clinic.note_id)[clinic.task.id]
        assert (recall.asked_by, recall.reason, recall.at) == ("Ruth Adeyemi", "v1 takes promises for tasks", NOW)
        assert list(check.problems(session)) == []


def test_reopening_twice_asks_once(database, clinic):
    """A slip of the hand gives nobody the work twice."""
    with database.write() as session:
        assert clinic.recall(session) == 3
        assert clinic.recall(session) == 0
        assert len(list(session.scalars(select(RecallRow)))) == 3


def test_a_recall_has_a_reason(database, clinic):
    """The reviewers see it, and the record keeps it."""
    with database.write() as session, pytest.raises(IllegalDecision, match="Say why"):
        clinic.recall(session, reason="  ")
    with pytest.raises(DatabaseError, match="ck_recalls_reason"), database.write() as session:
        recalls.record(session, clinic.task.id, 1, "reopen", user_id=clinic.ruth.id, reason="", now=NOW)


def test_confirming_leaves_the_decision_and_settles_the_note(database, clinic):
    """The last of them finishes the note again; who confirmed is kept."""
    with database.write() as session:
        clinic.recall(session)
        for card in (clinic.task, clinic.attempt):
            decisions.confirm(session, card.id, reviewer=clinic.dana, now=NOW)
        with pytest.raises(IllegalDecision, match=r"^Decide every suggestion on this note first\.$"):
            decisions.finish_note(session, clinic.note_id, reviewer=clinic.dana, now=NOW)
        assert waiting(session) == {clinic.note_id: 1}
        decisions.confirm(session, clinic.alarm.id, reviewer=clinic.dana, now=NOW)

        assert waiting(session) == {}
        assert review.reviewed_by(session, clinic.note_id) == "Dana Whitfield"
        assert suggestions.load(session, clinic.task.id).standing is Standing.EDITED
        assert {row.act: row.user_id for row in session.scalars(select(RecallRow))} == {"reopen": clinic.ruth.id, "confirm": clinic.dana.id}
        with pytest.raises(IllegalDecision, match="not up for review again"):
            decisions.confirm(session, clinic.task.id, reviewer=clinic.dana, now=NOW)


def test_undoing_takes_it_back_and_accepting_anew_is_not_asked_again(database, clinic):
    """After undo it is pending, with everything that means; the recall is answered."""
    with database.write() as session:
        clinic.recall(session)
        decisions.undo_last(session, LANES, clinic.task.id, reviewer=clinic.dana, now=NOW)

        assert suggestions.load(session, clinic.task.id).standing is Standing.PENDING
        assert set(recalls.open_on(session, clinic.note_id)) == {clinic.attempt.id, clinic.alarm.id}
        assert waiting(session) == {clinic.note_id: 3}
        clinic.accept(session, suggestions.load(session, clinic.task.id))
        assert set(recalls.open_on(session, clinic.note_id)) == {clinic.attempt.id, clinic.alarm.id}
        assert clinic.recall(session, reason="once more") == 1


def test_what_cannot_be_taken_back_says_why(database, clinic):
    """The task was done since: it is put up all the same, and a person is told what stands in the way."""
    with database.write() as session:
        before = episodes.load(session, clinic.episode_id)
        done = moves.complete_task(before, REFERRAL, now=NOW, actor=MARIA, task=1)
        episodes.record(session, clinic.episode_id, done, expected_version=before.version)
        found = recalls.made_by(session, OLD)

        told = [decisions.why_not_undone(session, LANES, one.suggestion, now=NOW) for one in found]
        assert told == ["Something that came later builds on this. Undo that first.", "", ""]
        assert clinic.recall(session) == 3
        assert episodes.load(session, clinic.episode_id).version == before.version + len(done)


@pytest.mark.parametrize(
    ("prompt", "model", "told"),
    [
        (None, None, "one of the two"),
        ("read_note@v1", "abcdef", "one of the two"),
        ("read_note", None, "no NAME@VERSION"),
        (None, "abc", "6"),
    ],
)
def test_a_reader_is_named_in_one_of_two_ways(prompt, model, told):
    """A recall of everything by a slip would bury the desk."""
    with pytest.raises(ValueError, match=told):
        ReaderName.parse(prompt, model)
