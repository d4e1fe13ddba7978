"""The Patient page: everything that happened, newest first, and which note or person it came from."""

from datetime import timedelta

from store import decisions, episodes, suggestions, timeline
from store.timeline import EventEntry, NoteEntry
from tests.builders import LANES, MARIA, NOW, REFERRAL, a_note, a_reviewer, everything, the
from workflow import moves
from workflow.events import Retracted
from workflow.vocabulary import BlockerCategory, LaneName


def test_the_timeline_tells_notes_and_events_newest_first(database):
    """One story, whoever wrote each line of it."""
    with database.write() as session:
        note = a_note(session, items=everything())
        dana = a_reviewer(session)
        task = the("task", suggestions.of_note(session, note.id))
        later = NOW + timedelta(hours=1)
        done = decisions.accept(session, LANES, task.id, reviewer=dana, episode_version=1, now=later)
        by_hand = moves.set_blocker(done.after, REFERRAL, now=later, actor=MARIA, category=BlockerCategory.OTHER)
        episodes.record(session, note.episode_id, by_hand, expected_version=done.after.version)

    with database.read() as session:
        view = timeline.view(session, note.episode_id)
    entries = view.timeline
    events = [entry for entry in entries if isinstance(entry, EventEntry)]
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    assert [entry.event.seq for entry in events] == list(range(view.episode.version, 0, -1))
    assert isinstance(entries[-1], NoteEntry)
    assert (entries[-1].made, entries[-1].undecided, entries[-1].note.id) == (5, 4, note.id)
    assert view.patient.name == "Rosa Alvarez"


def test_an_event_says_who_did_it_and_from_which_note(database):
    """“Dana Whitfield, from the note of 10 March”, or a rule of the lane."""
    with database.write() as session:
        note = a_note(session, items=everything())
        dana = a_reviewer(session)
        task = the("task", suggestions.of_note(session, note.id))
        decisions.accept(session, LANES, task.id, reviewer=dana, episode_version=1, now=NOW)
        events = [entry for entry in timeline.view(session, note.episode_id).timeline if isinstance(entry, EventEntry)]

    told = {entry.event.change.kind: (entry.who, entry.note_id) for entry in events}
    assert told["task_added"] == ("Dana Whitfield", note.id)
    assert told["next_action_set"] == ("lane rules", note.id)
    assert told["episode_opened"] == ("lane rules", None)


def test_what_was_undone_is_shown_as_taken_back(database):
    """Nothing disappears from the story."""
    with database.write() as session:
        note = a_note(session, items=everything())
        dana = a_reviewer(session)
        task = the("task", suggestions.of_note(session, note.id))
        done = decisions.accept(session, LANES, task.id, reviewer=dana, episode_version=1, now=NOW)
        decisions.undo_last(session, LANES, task.id, reviewer=dana, now=NOW)
        events = [entry for entry in timeline.view(session, note.episode_id).timeline if isinstance(entry, EventEntry)]

    assert {entry.event.seq for entry in events if entry.taken_back} == {event.seq for event in done.events}
    assert [entry.note_id for entry in events if isinstance(entry.event.change, Retracted)] == [note.id]


def test_a_patients_other_episodes_are_named(database):
    """One patient may be in three lanes; each page leads to the others."""
    with database.write() as session:
        here, there = a_note(session, "n-1"), a_note(session, "n-2", lane=LaneName.CARE_GAP)
        a_note(session, "n-3", patient="p-2")

        assert timeline.view(session, here.episode_id).others == [(there.episode_id, LaneName.CARE_GAP, True)]
