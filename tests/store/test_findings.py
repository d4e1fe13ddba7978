"""A suggestion over several notes: made once, kept beside the note's own reading, decided like any other."""

from datetime import timedelta

from sqlalchemy import func, select

from store import decisions, episodes, findings, suggestions
from store.findings import NewFinding, Reader
from store.tables import ReadingRow, SuggestionRow
from tests.builders import LANES, NOW, TEXT, WORSE, a_note, a_reading, a_reviewer, a_suggestion, the
from workflow.vocabulary import FAILED, EscalationReason, RejectReason, Standing, Status

RULES = Reader("record:rules@1:abc", "1", "abc")
EARLIER = "Chest pain a little, on stairs only."


def two_notes(session, *, items=()):
    first = a_note(session, "n-0", text=EARLIER, written_at=NOW - timedelta(days=4), items=[])
    return first, a_note(session, "n-1", items=items)


def found(first, second, why="Pain comes up in 2 notes and is told as worse in the last."):
    start = TEXT.index("Chest pain worse today")
    return NewFinding(WORSE, ((first.id, 0, 10), (second.id, start, start + len("Chest pain worse today"))), why, 0.6)


def save(session, episode_id, *what):
    return findings.save_findings(session, episode_id, what, RULES, now=NOW)


def test_it_is_made_once_and_carries_its_words(database):
    """A job that runs twice must not double the card; every quote is the note's own text."""
    with database.write() as session:
        first, second = two_notes(session)
        assert save(session, second.episode_id, found(first, second)) == 1
        assert save(session, second.episode_id, found(first, second)) == 0
        (card,) = suggestions.of_note(session, second.id)
        (quote,) = findings.quotes(session, [card.id])[card.id]

        assert (card.evidence, card.standing, card.why) == ("Chest pain worse today", Standing.PENDING, found(first, second).why)
        assert (quote.note_id, quote.text) == (first.id, "Chest pain")
        assert session.execute(select(func.count()).select_from(ReadingRow).where(ReadingRow.assistant == "record")).scalar_one() == 1


def test_what_the_record_no_longer_shows_goes_and_comes_back(database):
    """Undecided findings follow the record."""
    with database.write() as session:
        first, second = two_notes(session)
        save(session, second.episode_id, found(first, second))
        save(session, second.episode_id)
        assert suggestions.of_note(session, second.id) == []
        save(session, second.episode_id, found(first, second))
        assert [one.standing for one in suggestions.of_note(session, second.id)] == [Standing.PENDING]


def test_the_notes_own_suggestion_gets_the_earlier_words_instead_of_a_double(database):
    """One cause on one note is one card."""
    with database.write() as session:
        first, second = two_notes(session, items=[a_suggestion(WORSE, "Chest pain worse today")])
        assert save(session, second.episode_id, found(first, second)) == 0
        (card,) = suggestions.of_note(session, second.id)
        assert card.why
        assert len(findings.quotes(session, [card.id])[card.id]) == 1

        save(session, second.episode_id)
        (card,) = suggestions.of_note(session, second.id)
        assert (card.why, card.standing, findings.quotes(session, [card.id])) == (None, Standing.PENDING, {})


def test_a_new_reading_of_the_note_leaves_it(database):
    """Another prompt reads the note alone; it knows nothing of the record."""
    with database.write() as session:
        first, second = two_notes(session)
        save(session, second.episode_id, found(first, second))
        suggestions.save_reading(session, second.id, a_reading(reader="llm:2"), now=NOW)

        assert the("escalation", suggestions.of_note(session, second.id)).standing is Standing.PENDING


def test_what_a_person_rejected_does_not_come_back(database):
    """Nor does what they accepted; and accepting it escalates, by that person."""
    with database.write() as session:
        first, second = two_notes(session)
        save(session, second.episode_id, found(first, second))
        reviewer = a_reviewer(session)
        (card,) = suggestions.of_note(session, second.id)
        decisions.reject(session, card.id, reviewer=reviewer, reason=RejectReason.ALREADY_DONE, now=NOW)
        assert save(session, second.episode_id, found(first, second)) == 0
        assert suggestions.load(session, card.id).standing is Standing.REJECTED

        decisions.undo_last(session, LANES, card.id, reviewer=reviewer, now=NOW)
        version = episodes.load(session, second.episode_id).version
        decisions.accept(session, LANES, card.id, reviewer=reviewer, episode_version=version, now=NOW)
        save(session, second.episode_id, found(first, second))

        after = episodes.load(session, second.episode_id)
        assert (after.status, after.escalation.reason) == (Status.ESCALATED, EscalationReason.WORSENING_SYMPTOMS)
        assert suggestions.load(session, card.id).standing is Standing.ACCEPTED
        assert session.execute(select(func.count()).select_from(SuggestionRow)).scalar_one() == 1


def test_only_read_notes_are_looked_over(database):
    """What nobody has read yet may say anything; its own reading comes first."""
    with database.write() as session:
        first, second = two_notes(session)
        unread = a_note(session, "n-2", text="Worse again.", written_at=NOW)

        assert [note.id for note in findings.read_notes(session, second.episode_id)] == [first.id, second.id]
        assert unread.episode_id == second.episode_id
        assert findings.suggested_tries(session, second.episode_id, FAILED) == {}
