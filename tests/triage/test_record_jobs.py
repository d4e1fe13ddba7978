"""The step that looks over a record once it moved."""

from datetime import timedelta

from cli.reviewed import reviewed_notes
from store import decisions, suggestions
from tests.builders import LANES, NOW, a_note, a_reviewer, the
from triage.record_jobs import look_over
from workflow.vocabulary import EscalationReason, LaneName, SuggestionKind

LATER = "Pt called, pain 8/10 and not sleeping."


def notes(database):
    with database.write() as session:
        a_note(session, "n-0", text="Pain 4/10, walking.", written_at=NOW - timedelta(days=4), lane=LaneName.POST_VISIT, items=[])
        later = a_note(session, "n-1", text=LATER, written_at=NOW, lane=LaneName.POST_VISIT, items=[])
        return later.id, later.episode_id


def test_an_escalation_is_suggested_and_nothing_changes(database):
    """A suggestion with its evidence from each note; the episode stays as it is."""
    note_id, episode_id = notes(database)
    look_over(database, LANES, episode_id, now=NOW)
    look_over(database, LANES, episode_id, now=NOW)
    with database.read() as session:
        card = the("escalation", suggestions.of_note(session, note_id))

    assert (card.payload.reason, card.evidence) == (EscalationReason.WORSENING_SYMPTOMS, "Pt called, pain 8/10 and not sleeping")
    assert card.why == "Pain rose from 4 to 8 of 10 over 2 notes."


def test_it_is_no_answer_to_what_the_note_alone_says(database):
    """An exported data set holds what one note gives cause for."""
    note_id, episode_id = notes(database)
    look_over(database, LANES, episode_id, now=NOW)
    with database.write() as session:
        card = the(SuggestionKind.ESCALATION, suggestions.of_note(session, note_id))
        decisions.accept(session, LANES, card.id, reviewer=a_reviewer(session), episode_version=1, now=NOW)
    with database.read() as session:
        (exported,) = (one for one in reviewed_notes(session) if one.text == LATER)

    assert exported.items == ()
