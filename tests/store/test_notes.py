"""Notes and patients come in once, and stay as they came."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta, timezone
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError

from store import episodes, notes, patients
from store.errors import AlreadyKnown, Unknown
from store.patients import Added, NewPatient
from store.tables import EpisodeRow, NoteRow, PatientRow
from tests.builders import LANES, MARIA, NOW, REFERRAL, TEXT, a_new_note, a_note, a_patient, no_job
from workflow import moves
from workflow.vocabulary import ClosureReason, LaneName


def add(session, note, enqueue=no_job):
    return notes.add_note(session, note, lanes=LANES, now=NOW, enqueue=enqueue)


def count(session, table):
    return session.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_note_is_stored_once_and_read_once(database):
    """Importing the same file twice changes nothing and asks the model nothing."""
    asked = []
    with database.write() as session:
        a_patient(session)
        told = [add(session, a_new_note(), lambda _, note_id: asked.append(note_id)) for _ in range(3)]

    assert (told, len(asked)) == ([Added.NEW, Added.KNOWN, Added.KNOWN], 1)
    with database.read() as session:
        assert (count(session, NoteRow), count(session, EpisodeRow)) == (1, 1)


@pytest.mark.parametrize("changed", [{"text": "other words"}, {"written_at": NOW}, {"lane": LaneName.CARE_GAP}])
def test_a_known_id_with_other_content_is_refused(database, changed):
    """Notes never change; the sentence says what to do with a correction."""
    with database.write() as session:
        a_note(session)
        with pytest.raises(AlreadyKnown, match=r"^note n-1 is already known with another text.* give a correction an id of its own\.$"):
            add(session, a_new_note(**changed))


def test_a_note_comes_back_as_it_went_in(database):
    """Text to the last invisible sign, and the hour in the note's own zone: relative dates count from there."""
    text = "  Añ\u200bo\r\n\tline 2 🚑 " + TEXT
    written = datetime(2026, 3, 10, 23, 30, 15, 123456, tzinfo=timezone(timedelta(hours=-5)))
    with database.write() as session:
        note_id = a_note(session, text=text, written_at=written).id

    with database.read() as session:
        stored = notes.load(session, note_id)
    assert (stored.text, stored.written_at, stored.written_at.utcoffset()) == (text, written, timedelta(hours=-5))
    assert stored.written_at.date() == date(2026, 3, 10)


def test_notes_of_one_patient_and_lane_share_the_open_episode(database):
    """One patient in one lane is one line of the queue."""
    with database.write() as session:
        first, second = a_note(session, "n-1"), a_note(session, "n-2")
        other_lane = a_note(session, "n-3", lane=LaneName.CARE_GAP)

    assert first.episode_id == second.episode_id != other_lane.episode_id


def test_a_note_after_closing_opens_a_new_episode(database):
    """A closed episode is finished work."""
    with database.write() as session:
        first = a_note(session, "n-1")
        episode = episodes.load(session, first.episode_id)
        events = moves.close(episode, REFERRAL, now=NOW, actor=MARIA, reason=ClosureReason.CARE_COMPLETED)
        episodes.record(session, first.episode_id, events, expected_version=episode.version)

        assert a_note(session, "n-2").episode_id != first.episode_id


def test_a_note_of_an_unknown_patient_is_refused(database):
    """A wrong id must not open an episode for nobody."""
    with database.write() as session:
        with pytest.raises(Unknown, match=r"^patient p-9 is not known\. Import the patients first, or mend the id\.$"):
            add(session, a_new_note(patient="p-9"))
        assert count(session, NoteRow) == 0


def test_a_note_without_a_patient_is_kept_for_a_stand_in(database):
    """A fax without a name still needs somebody to look at it, and never joins another patient."""
    with database.write() as session:
        first, second = a_note(session, "n-1", patient=None), a_note(session, "n-2", patient=None)
        stand_in = patients.load(session, first.patient_id)

    assert first.patient_id != second.patient_id
    assert (stand_in.identified, stand_in.name) == (False, "Patient not identified")


def test_the_same_id_of_two_sources_is_two_notes(database):
    """Ids are a source's own."""
    with database.write() as session:
        assert a_note(session, source="ehr").id != a_note(session, source="fax").id


def test_notes_that_nobody_read_can_be_listed(database):
    """After a restore, these are the ones to enqueue again."""
    with database.write() as session:
        read, unread = a_note(session, "n-1", items=[]), a_note(session, "n-2")

        assert notes.unread(session) == [unread.id]
        assert read.id != unread.id
        with pytest.raises(Unknown):
            notes.load(session, 4711)


@pytest.mark.parametrize("many", [1, 4])
def test_one_note_posted_by_many_at_once_is_one_note(database, many):
    """R11: one is new and the rest are known, whoever was first; `many` distinct notes of one patient share one episode."""
    with database.write() as session:
        a_patient(session)
    barrier = Barrier(8)

    def post(number):
        barrier.wait(timeout=20)
        with database.write() as session:
            return add(session, a_new_note(f"n-{number % many}"))

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(post, range(8)))

    assert sorted(told) == [Added.KNOWN] * (8 - many) + [Added.NEW] * many
    with database.read() as session:
        assert (count(session, NoteRow), count(session, EpisodeRow)) == (many, 1)


def test_a_patient_is_stored_once(database):
    """By (source, external id) alone."""
    patient = NewPatient(source="ehr", external_id="p-1", name="Rosa Alvarez", birth_date=date(1951, 4, 2))
    with database.write() as session:
        assert [patients.add_patient(session, patient, now=NOW) for _ in range(2)] == [Added.NEW, Added.KNOWN]
        with pytest.raises(AlreadyKnown, match="already known with another name or birth date"):
            patients.add_patient(session, NewPatient(source="ehr", external_id="p-1", name="Rosa Diaz"), now=NOW)
        assert count(session, PatientRow) == 1


def test_patients_who_look_alike_are_told_and_never_merged(database):
    """Two women of one name and birthday are two women until a person says otherwise."""
    with database.write() as session:
        a_patient(session, "p-1")
        twin = NewPatient(source="ehr", external_id="p-2", name="Rosa Alvarez", birth_date=date(1951, 4, 2))

        assert patients.same_person_elsewhere(session, twin)
        assert patients.add_patient(session, twin, now=NOW) is Added.NEW
        assert not patients.same_person_elsewhere(session, NewPatient(source="ehr", external_id="p-3", name="Rosa Alvarez"))


def test_age_counts_full_years(database):
    """The day before the birthday is still last year's age."""
    with database.write() as session:
        patient = patients.load(session, a_patient(session))

    assert (patient.age(date(2026, 4, 1)), patient.age(date(2026, 4, 2))) == (74, 75)


def test_a_moment_without_a_zone_is_not_stored(database):
    """It would mean another hour on every machine."""
    note = a_new_note(written_at=NOW.replace(tzinfo=None))
    with database.write() as session:
        a_patient(session)
        with pytest.raises(StatementError, match="a moment must carry its zone"):
            add(session, note)
