"""What a person approves is what they saw, and one thing is open once."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from store import decisions, episodes, patients, suggestions
from store.errors import AnotherIsOpen, IllegalDecision, StaleSuggestion
from store.patients import Added
from tests.builders import CALL, LANES, MARIA, NOW, REFERRAL, a_note, a_patient, a_reading, a_reviewer, a_suggestion, the
from workflow import moves
from workflow.suggestions import TaskPayload
from workflow.vocabulary import Action, ClosureReason, OwnerRole, RejectReason, Standing

CALL_LATER = TaskPayload(action=Action.CALL_PATIENT, owner_role=OwnerRole.NURSE_REVIEWER, due=date(2026, 6, 1))


def accept(session, card, reviewer, **given):
    version = episodes.load(session, card.episode_id).version
    return decisions.accept(session, LANES, card.id, **({"reviewer": reviewer, "episode_version": version, "now": NOW} | given))


def test_an_approval_of_an_earlier_reading_applies_nothing(database):
    """A second reading gave the same card another owner and date; pressing Accept on the old page must not accept those."""
    with database.write() as session:
        note, reviewer = a_note(session, items=[a_suggestion(CALL)]), a_reviewer(session)
        shown = the("task", suggestions.of_note(session, note.id))
        item = replace(a_suggestion(CALL), payload=CALL_LATER)
        suggestions.save_reading(session, note.id, a_reading(item, reader="llm:2"), now=NOW)

    with pytest.raises(StaleSuggestion, match="read again"), database.write() as session:
        accept(session, shown, reviewer, reading_id=shown.reading_id)

    with database.write() as session:
        now_shown = the("task", suggestions.of_note(session, note.id))
        done = accept(session, now_shown, reviewer, reading_id=now_shown.reading_id)
    assert (now_shown.payload, done.after.tasks[0].due) == (CALL_LATER, date(2026, 6, 1))


def test_what_was_rejected_can_be_added_by_hand_on_the_same_words(database):
    """Wrong as suggested, right as the reviewer says it: the later word counts."""
    with database.write() as session:
        note, reviewer = a_note(session, items=[a_suggestion(CALL)]), a_reviewer(session)
        card = the("task", suggestions.of_note(session, note.id))
        decisions.reject(session, card.id, reviewer=reviewer, reason=RejectReason.OTHER, now=NOW)
        version = episodes.load(session, card.episode_id).version
        done = decisions.add_missed(
            session, LANES, note.id, CALL_LATER, card.start, card.end, reviewer=reviewer, episode_version=version, now=NOW
        )

    assert (done.suggestion.standing, done.suggestion.final) == (Standing.EDITED, CALL_LATER)


def test_a_task_that_two_notes_told_cannot_lose_its_ground_in_silence(database):
    """The second accept changed nothing because the task stood; undoing the first would take it from both."""
    with database.write() as session:
        patient, reviewer = a_patient(session), a_reviewer(session)
        assert patient
        cards = [the("task", suggestions.of_note(session, a_note(session, name, items=[a_suggestion(CALL)]).id)) for name in ("n-1", "n-2")]
        first, second = (accept(session, card, reviewer) for card in cards)
        assert (len(first.events) > 0, second.events) == (True, ())

    with pytest.raises(IllegalDecision, match="Undo that first"), database.write() as session:
        decisions.undo_last(session, LANES, cards[0].id, reviewer=reviewer, now=NOW)

    with database.write() as session:
        decisions.undo_last(session, LANES, cards[1].id, reviewer=reviewer, now=NOW)
        undone = decisions.undo_last(session, LANES, cards[0].id, reviewer=reviewer, now=NOW)
    assert undone.after.tasks == ()


def test_a_closed_episode_stays_closed_beside_a_newer_open_one(database):
    """Two open episodes of one patient in one lane would share out the notes by chance."""
    with database.write() as session:
        old = a_note(session, "n-1").episode_id
        episode = episodes.load(session, old)
        closing = moves.close(episode, REFERRAL, now=NOW, actor=MARIA, reason=ClosureReason.CARE_COMPLETED)
        closed = episodes.record(session, old, closing, expected_version=episode.version)
        newer = a_note(session, "n-2").episode_id
    assert newer != old

    again = moves.reopen(closed, REFERRAL, now=NOW, actor=MARIA, text="came back")
    with pytest.raises(AnotherIsOpen), database.write() as session:
        episodes.record(session, old, again, expected_version=closed.version)


def test_the_database_itself_holds_one_open_episode_a_lane(database):
    """Whatever code comes to write it."""
    opening = moves.open_episode(REFERRAL, now=NOW, actor=MARIA, reason="x")
    with database.write() as session:
        patient = a_patient(session)
        episodes.create(session, patient, REFERRAL.name, opening)
    with pytest.raises(IntegrityError), database.write() as session:
        episodes.create(session, patient, REFERRAL.name, opening)


def test_a_thinner_export_erases_no_contact_details(database):
    """A file without a phone column says nothing about the phone."""
    full = patients.NewPatient("ehr", "7", "Ana Ruiz", date(1970, 1, 2), "es", "555-0101", None, "Eastside", "calls after 16:00")
    thin = patients.NewPatient("ehr", "7", "Ana Ruiz", date(1970, 1, 2))
    moved = replace(thin, phone="555-0199")
    with database.write() as session:
        became = [patients.add_patient(session, one, now=NOW) for one in (full, thin, moved)]
        row = patients.find(session, "ehr", "7")
        assert row is not None
        kept = (row.language, row.phone, row.site, row.contact_preference)

    assert became == [Added.NEW, Added.KNOWN, Added.UPDATED]
    assert kept == ("es", "555-0199", "Eastside", "calls after 16:00")
