"""What a patient asked about being contacted: of the patient, over all episodes, never rewritten."""

from datetime import timedelta

import pytest

from store import contact, patients
from store.errors import Unknown
from tests.builders import NOW, a_note, a_patient, a_reviewer
from workflow.refusals import Refusal
from workflow.vocabulary import Channel, LaneName


@pytest.fixture
def patient(database) -> int:
    with database.write() as session:
        a_reviewer(session)
        return a_patient(session, zone="America/Denver")


def say(database, patient, act, channel, reason="she said so", days=0.0):
    with database.write() as session:
        act(session, patient, channel, reason, user_id=1, now=NOW + timedelta(days=days))


def standing(database, patient):
    with database.read() as session:
        return contact.facts(session, patient).do_not_contact


def test_a_wish_stands_with_who_when_and_why_until_it_is_lifted(database, patient):
    """A person recorded it, a person lifts it, and both stay in the record."""
    say(database, patient, contact.ask, Channel.CALL)
    (wish,) = standing(database, patient)
    assert (wish.channel, wish.reason, wish.since, wish.by) == (Channel.CALL, "she said so", NOW, "Dana Whitfield")

    say(database, patient, contact.lift, Channel.CALL, "called us herself", days=1)
    assert standing(database, patient) == ()
    with database.read() as session:
        entries = contact.history(session, patient)
    assert [(entry.lifted, entry.reason) for entry in entries] == [(False, "she said so"), (True, "called us herself")]


def test_asked_again_after_lifting_it_stands_since_then(database, patient):
    """The last entry counts."""
    for days, act in enumerate((contact.ask, contact.lift, contact.ask)):
        say(database, patient, act, Channel.SMS, days=days)

    assert [wish.since for wish in standing(database, patient)] == [NOW + timedelta(days=2)]


def test_all_channels_and_one_channel_are_wishes_of_their_own(database, patient):
    """Lifting “at all” does not lift “no calls”, which was asked separately."""
    say(database, patient, contact.ask, None)
    say(database, patient, contact.ask, Channel.CALL)
    say(database, patient, contact.lift, None)

    assert [wish.channel for wish in standing(database, patient)] == [Channel.CALL]


def test_asking_or_lifting_twice_is_recorded_once(database, patient):
    """A double click."""
    for act in (contact.lift, contact.ask, contact.ask, contact.lift, contact.lift):
        say(database, patient, act, None)

    with database.read() as session:
        assert [entry.lifted for entry in contact.history(session, patient)] == [False, True]


@pytest.mark.parametrize("act", [contact.ask, contact.lift])
def test_a_reason_is_needed(database, patient, act):
    """Whoever reads it next year wants to know."""
    with pytest.raises(Refusal, match=r"^Say w"):
        say(database, patient, act, None, "  ")
    assert standing(database, patient) == ()


def test_it_holds_for_every_episode_of_the_patient_and_for_nobody_else(database, patient):
    """Two lanes, one patient."""
    say(database, patient, contact.ask, None)
    with database.write() as session:
        one, two = a_note(session, "n-1"), a_note(session, "n-2", lane=LaneName.CARE_GAP)
        other = a_patient(session, "p-9", name="Ben Okoro")
        assert {contact.patient_of(session, note.episode_id) for note in (one, two)} == {patient}
        found = contact.facts_of(session, [patient, other])
        with pytest.raises(Unknown):
            contact.patient_of(session, 99)

    assert [len(found[each].do_not_contact) for each in (patient, other)] == [1, 0]
    assert [found[each].zone for each in (patient, other)] == ["America/Denver", None]


def test_a_zone_comes_with_the_patient_and_a_later_file_without_one_keeps_it(database, patient):
    """Like the other contact details."""
    with database.write() as session:
        a_patient(session)
        assert patients.load(session, patient).zone == "America/Denver"
