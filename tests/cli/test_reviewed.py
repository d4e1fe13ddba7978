"""What counts as reviewed, and how many acts of a person stand behind it."""

from cli.reviewed import reviewed_notes
from store import decisions, suggestions
from store.database import Database
from tests.builders import LANES, NOW, a_note, a_reviewer, a_suggestion
from workflow.vocabulary import RejectReason


def test_acts_are_decisions_and_saying_that_there_is_nothing_in_a_note(database: Database) -> None:
    """A note that settled itself with its last decision has no act besides those."""
    with database.write() as session:
        dana = a_reviewer(session)
        decided = a_note(session, "n-1", items=[a_suggestion()])
        empty = a_note(session, "n-2", items=[])
        a_note(session, "n-3", items=[a_suggestion()])
        (card,) = suggestions.of_note(session, decided.id)
        decisions.reject(session, card.id, reviewer=dana, reason=RejectReason.OTHER, now=NOW)
        decisions.undo_last(session, LANES, card.id, reviewer=dana, now=NOW)
        decisions.reject(session, card.id, reviewer=dana, reason=RejectReason.OTHER, now=NOW)
        decisions.finish_note(session, empty.id, reviewer=dana, now=NOW)

        found = {note.id: (note.review_acts, note.is_finished) for note in reviewed_notes(session)}

    assert found == {str(decided.id): (3, True), str(empty.id): (1, True)}
