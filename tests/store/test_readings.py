"""What an assistant makes of a note is stored once; what a person decided about it does not come back."""

import pytest
from sqlalchemy import func, select

from store import decisions, notes, review, suggestions
from store.errors import Unknown
from store.tables import ReadingRow, SuggestionRow
from tests.builders import CALL, LANES, NO_RIDE, NOW, TEXT, a_note, a_reading, a_reviewer, a_suggestion, everything, the
from workflow.suggestions import TaskPayload
from workflow.vocabulary import Action, OwnerRole, RejectReason, Standing


def save(session, note_id, *items, reader="embedded:2"):
    return suggestions.save_reading(session, note_id, a_reading(*items, reader=reader), now=NOW)


def standings(session, note_id):
    rows = session.execute(select(SuggestionRow.evidence, SuggestionRow.standing).where(SuggestionRow.note_id == note_id))
    return {row.evidence: row.standing for row in rows}


def test_a_reading_is_saved_exactly_once(database):
    """A job that runs twice after a crash must not double the cards."""
    with database.write() as session:
        note = a_note(session)
        assert save(session, note.id, *everything()) is True
        assert save(session, note.id, *everything()) is False
        assert save(session, note.id) is False

        assert session.execute(select(func.count()).select_from(ReadingRow)).scalar_one() == 1
        assert len(suggestions.of_note(session, note.id)) == len(everything())


def test_a_suggestion_carries_its_words(database):
    """Evidence is the note's own text at the span."""
    with database.write() as session:
        note = a_note(session, items=everything())
        for suggestion in suggestions.of_note(session, note.id):
            assert TEXT[suggestion.start : suggestion.end] == suggestion.evidence
            assert (suggestion.standing, suggestion.origin, suggestion.final) == (Standing.PENDING, "assistant", None)


def test_suggestions_come_in_the_order_of_their_words(database):
    """The reviewer reads the note from the top."""
    with database.write() as session:
        note = a_note(session, items=list(reversed(everything())))
        starts = [suggestion.start for suggestion in suggestions.of_note(session, note.id)]

    assert starts == sorted(starts)


def test_one_reading_says_one_thing_once(database):
    """The same label on the same words, told twice by a model, is one card."""
    with database.write() as session:
        note = a_note(session, items=[a_suggestion(), a_suggestion(confidence=0.2)])

        assert len(suggestions.of_note(session, note.id)) == 1


def test_a_new_reading_supersedes_what_it_no_longer_says(database):
    """A better prompt replaces the pending cards of the worse one."""
    with database.write() as session:
        note = a_note(session, items=[a_suggestion(), a_suggestion(NO_RIDE, "No ride")])
        save(session, note.id, a_suggestion(NO_RIDE, "No ride"))

        assert standings(session, note.id) == {"Will call again Thurs": "superseded", "No ride": "pending"}
        assert [s.evidence for s in suggestions.of_note(session, note.id)] == ["No ride"]


def test_a_superseded_suggestion_reappears_when_it_is_made_again(database):
    """The third prompt agrees with the first: the same card, not a second one."""
    with database.write() as session:
        note = a_note(session, items=[a_suggestion()])
        save(session, note.id, reader="2")
        save(session, note.id, a_suggestion(), reader="3")

        assert standings(session, note.id) == {"Will call again Thurs": "pending"}


def test_a_rejected_suggestion_does_not_come_back(database):
    """“I said no to that” must hold for every later prompt."""
    with database.write() as session:
        note = a_note(session, items=[a_suggestion()])
        reviewer = a_reviewer(session)
        (card,) = suggestions.of_note(session, note.id)
        decisions.reject(session, card.id, reviewer=reviewer, reason=RejectReason.NOT_IN_NOTE, now=NOW)
        save(session, note.id, a_suggestion(words="will call again thurs".replace("w", "W", 1).replace("thurs", "Thurs")))

        assert standings(session, note.id) == {"Will call again Thurs": "rejected"}
        assert review.reviewed_by(session, note.id) == "Dana Whitfield"


def test_new_evidence_makes_a_new_suggestion(database):
    """The same label on other words is a new question, and the note waits for review again."""
    with database.write() as session:
        note = a_note(session, items=[a_suggestion()])
        reviewer = a_reviewer(session)
        (card,) = suggestions.of_note(session, note.id)
        decisions.reject(session, card.id, reviewer=reviewer, reason=RejectReason.NOT_IN_NOTE, now=NOW)
        save(session, note.id, a_suggestion(words="Called pt"))

        assert standings(session, note.id) == {"Will call again Thurs": "rejected", "Called pt": "pending"}
        assert review.reviewed_by(session, note.id) is None


def test_what_was_accepted_is_not_made_again_nor_superseded(database):
    """A later reading neither doubles nor takes away what a person decided."""
    with database.write() as session:
        note = a_note(session, items=[a_suggestion(), a_suggestion(NO_RIDE, "No ride")])
        reviewer = a_reviewer(session)
        task = the("task", suggestions.of_note(session, note.id))
        decisions.accept(session, LANES, task.id, reviewer=reviewer, episode_version=1, now=NOW)
        save(session, note.id, reader="2")
        save(session, note.id, a_suggestion(), reader="3")

        assert standings(session, note.id) == {"Will call again Thurs": "accepted", "No ride": "superseded"}


def test_the_fingerprint_forgives_case_and_punctuation_only():
    """“No ride.” and “no ride” are the same words; another label or word is not."""
    same = suggestions.fingerprint(NO_RIDE, "No ride")
    later = TaskPayload(action=Action.CALL_PATIENT, owner_role=OwnerRole.SCHEDULER)

    assert suggestions.fingerprint(NO_RIDE, "  no RIDE.") == same
    assert suggestions.fingerprint(NO_RIDE, "No rides") != same
    assert suggestions.fingerprint(CALL, "No ride") != same
    assert suggestions.fingerprint(CALL, "x") == suggestions.fingerprint(later, "x")
    assert suggestions.fingerprint(NO_RIDE, "\ud800")


def test_a_reading_of_an_unknown_note_is_refused(database):
    """A job for a note that is not there is a fault, not an empty reading."""
    with database.write() as session, pytest.raises(Unknown, match=r"^There is no such note\.$"):
        save(session, 4711)


def test_a_fault_shows_until_the_note_is_read(database):
    """The page says why a note has no cards, and stops saying so once it has been read."""
    with database.write() as session:
        failing, fine = a_note(session, "n-1"), a_note(session, "n-2")
        suggestions.record_fault(session, failing.id, "The model is away.", now=NOW)
        suggestions.record_fault(session, failing.id, "The model is still away.", now=NOW)
        both = [failing.id, fine.id]

        assert review.faults(session, both) == {failing.id: "The model is still away."}
        assert notes.unread(session) == both
        save(session, failing.id)
        assert review.faults(session, both) == {}


def test_an_unknown_suggestion_is_unknown(database):
    """A link to a card that never was."""
    with database.read() as session, pytest.raises(Unknown, match=r"^There is no such suggestion\.$"):
        suggestions.load(session, 1)
