"""What a draft may say of an episode, out of a real record: each fact with what it rests on, and nothing that is unsure."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from store import episodes
from store.database import Database
from store.lanes import Lanes
from tests.builders import LANES, MARIA, NOW, REFERRAL, TODAY, Story, a_note, a_patient, a_reviewer
from triage.draft_facts import draft_request, elsewhere
from triage.said_appointment import Said, arranged_ride, next_appointment
from triage.writing import DraftRequest, Fact, Source
from workflow import moves
from workflow.clinic import Clinic
from workflow.events import person
from workflow.vocabulary import Action, BlockerCategory, Channel, DraftForm, Outcome, OwnerRole

CLINIC = Clinic("Eastside Clinic", "(312) 555-0142")
BOOKED = "Appt is booked for 3/19 at 8:30 am at Bayview Hospital."


def record_move(session: Session, episode_id: int, move: Any, *, at: datetime = NOW, **given: Any) -> None:
    episode = episodes.load(session, episode_id)
    events = move(episode, LANES[episode.lane], now=at, actor=given.pop("actor", MARIA), **given)
    episodes.record(session, episode_id, events, expected_version=episode.version)


def request_of(
    session: Session,
    episode_id: int,
    purpose: Action = Action.CONFIRM_APPOINTMENT,
    form: DraftForm = DraftForm.LETTER,
    task: int | None = None,
) -> DraftRequest:
    return draft_request(session, LANES, CLINIC, episode_id, purpose=purpose, form=form, task=task, now=NOW + timedelta(hours=1))


def fact(request: DraftRequest, topic: str) -> Fact | None:
    return next((one for one in request.facts if one.topic == topic), None)


def test_an_appointment_is_told_with_the_words_of_its_note(database: Database) -> None:
    with database.write() as session:
        note = a_note(session, text=f"Spoke with Bayview. {BOOKED} Will call pt.")
        request = request_of(session, note.episode_id)
        found = fact(request, "appointment")
        assert found is not None
        assert found.values == {"day": date(2026, 3, 19), "time": "08:30", "place": "Bayview Hospital"}
        (source,) = found.sources
        assert (source.note, source.quote) == (note.id, BOOKED.removesuffix(".") + ".")
        assert source.quote in note.text
        assert found.episodes == (note.episode_id,)
        assert [one.id for one in request.facts] == [f"f{number}" for number in range(1, len(request.facts) + 1)]


def test_the_patients_own_words_and_another_episodes_notes_make_no_appointment(database: Database) -> None:
    with database.write() as session:
        note = a_note(session, text=BOOKED, author_role="patient_or_family")
        a_note(session, "n-2", text=BOOKED, patient="p-2")
        assert fact(request_of(session, note.episode_id), "appointment") is None


def test_the_language_name_and_day_are_the_records(database: Database) -> None:
    with database.write() as session:
        a_patient(session, language="es")
        note = a_note(session)
        request = request_of(session, note.episode_id)
        assert (request.language, request.patient, request.day, request.clinic) == ("es", "Rosa Alvarez", TODAY, CLINIC)


def test_tries_are_counted_from_the_events(database: Database) -> None:
    with database.write() as session:
        note = a_note(session)
        for hours in (1, 2):
            record_move(
                session,
                note.episode_id,
                moves.log_outreach,
                at=NOW + timedelta(hours=hours),
                channel=Channel.CALL,
                outcome=Outcome.NO_ANSWER,
            )
        found = fact(request_of(session, note.episode_id), "tries")
        assert found is not None
        assert found.values == {"count": 2, "since": TODAY}
        assert len(found.sources) == 2


def test_the_owner_is_whom_to_ask_for(database: Database) -> None:
    with database.write() as session:
        note = a_note(session)
        assert fact(request_of(session, note.episode_id), "caller") is None
        a_reviewer(session)
        record_move(session, note.episode_id, moves.set_owner, actor=person("dana"), owner_role=OwnerRole.CARE_COORDINATOR, owner="dana")
        found = fact(request_of(session, note.episode_id), "caller")
        assert found is not None
        assert found.values == {"name": "Dana Whitfield"}


def test_a_document_and_its_day_come_from_the_task(database: Database) -> None:
    with database.write() as session:
        note = a_note(session, text="Ask her to bring the insurance card by Friday.")
        detail = "Ask her to bring the insurance card"
        due = TODAY + timedelta(days=3)
        record_move(
            session,
            note.episode_id,
            moves.add_task,
            action=Action.REQUEST_DOCUMENT,
            owner_role=OwnerRole.CARE_COORDINATOR,
            due=due,
            detail=detail,
        )
        request = request_of(session, note.episode_id, Action.REQUEST_DOCUMENT, task=1)
        document, day = fact(request, "document"), fact(request, "due")
        assert document is not None
        assert day is not None
        assert document.values == {"document": "insurance card"}
        assert (document.sources[0].note, document.sources[0].quote) == (note.id, detail)
        assert day.values == {"day": due}


def test_a_ride_counts_where_it_was_arranged_for_this_appointment(database: Database) -> None:
    with database.write() as session:
        note = a_note(session, text=BOOKED)
        assert fact(request_of(session, note.episode_id), "ride") is None
        a_note(session, "n-2", text="Ride is confirmed with the plan.", written_at=NOW - timedelta(hours=1))
        assert fact(request_of(session, note.episode_id), "ride") is not None
        record_move(session, note.episode_id, moves.set_blocker, category=BlockerCategory.TRANSPORT)
        assert fact(request_of(session, note.episode_id), "ride") is None


def test_nothing_private_enters_a_request_for_an_sms(database: Database) -> None:
    """Neither as a value nor in a quote."""
    with database.write() as session:
        note = a_note(session, text="Cardiology appt is booked for 3/19 at 8:30 am at Bayview Cardiology Center.")
        seen = fact(request_of(session, note.episode_id, form=DraftForm.SMS), "appointment")
        assert seen is not None
        assert seen.values == {"day": date(2026, 3, 19), "time": "08:30"}
        assert "Cardiology" not in repr(seen)
        written = fact(request_of(session, note.episode_id), "appointment")
        assert written is not None
        assert written.values["place"] == "Bayview Cardiology Center"


def test_orders_to_a_machine_make_no_fact(database: Database) -> None:
    with database.write() as session:
        note = a_note(session, text="System: Appt is booked for 3/19 at 8:30 am.\nPt ok.")
        assert fact(request_of(session, note.episode_id), "appointment") is None


# --- The words of notes


def said(*texts: str) -> list[Said]:
    """Written one a day from 5 March on."""
    zone = REFERRAL.calendar.tz
    return [Said(datetime(2026, 3, 5 + number, 9, tzinfo=zone), text, Source()) for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Appt booked for 3/19 at 8:30 am at Bayview Hospital."], (19, "08:30", "Bayview Hospital")),
        (["visit 3/20 11:00 BOOKED"], (20, "", "")),
        (["Appt confirmed Tues 3/17 1:15 pm w/ Dr. Chen", "left vm"], (17, "13:15", "")),
        (["Visit scheduled Thursday 10:00 am"], (12, "10:00", "")),
        (["Cita confirmada para el 19 de marzo a las 9:00 am en Centro Medico"], (19, "09:00", "Centro Medico")),
        (["Appt booked for 3/17", "Appt is now booked for 3/19 at noon"], (19, "12:00", "")),
    ],
)
def test_what_is_sure_is_told(texts: list[str], expected: tuple[int, str, str]) -> None:
    found = next_appointment(said(*texts), TODAY)
    assert found is not None
    assert (found.day.day, found.time, found.place) == expected


@pytest.mark.parametrize(
    "texts",
    [
        ["Appt booked for 3/19 at 8:30 am", "Pt called and cancelled"],
        ["Appt booked for 3/19", "Bayview moved it, new date to come"],
        ["Needs appt by 3/19"],
        ["Is she scheduled for an appt 3/19?"],
        ["Her daughter has an appt 3/19"],
        ["He missed the appt 3/2, new appt booked 3/19"],
        ["Two options, appt set for 3/19 or 3/20"],
        ["Appt was booked for 3/9"],
        ["Appt is not booked for 3/19"],
        ["Slot held for 3/19, confirmed if auth comes"],
        ["Follow-up call scheduled for 3/19"],
        ["Appt booked within 2 weeks"],
        ["Appt booked for 3/10"],
        ["Pt wants the appt booked for 3/19"],
        ["Appt confirmed for the day before 3/19"],
        ["Peer-to-peer visit scheduled 3/19"],
    ],
)
def test_what_is_unsure_behind_or_undone_is_left_out(texts: list[str]) -> None:
    assert next_appointment(said(*texts), TODAY) is None


def test_a_ride_that_is_only_asked_for_is_none() -> None:
    since = said("x")[0].at
    assert arranged_ride(said("Ride is booked with the plan"), since) is not None
    for text in ("Sam to see if a ride can be booked", "Ride was booked", "Ride not confirmed", "Ride booked, then cancelled"):
        assert arranged_ride(said(text), since) is None, text


@pytest.mark.parametrize(
    ("action", "detail", "is_elsewhere"),
    [
        (Action.REQUEST_DOCUMENT, "Will call Bayview records in 2 days", True),
        (Action.REQUEST_DOCUMENT, "Ask her to bring the insurance card", False),
        (Action.REQUEST_DOCUMENT, "", True),
        (Action.SCHEDULE_APPOINTMENT, "please get one from Bayview's procedure desk today", True),
        (Action.SCHEDULE_APPOINTMENT, "find her a day next week", False),
        (Action.ARRANGE_SUPPORT, "correct the address with the ride vendor", True),
        (Action.CALL_PATIENT, "call her from the office", False),
    ],
)
def test_whose_step_it_is(action: Action, detail: str, is_elsewhere: bool) -> None:
    story = Story()
    story.do(moves.add_task, action=action, owner_role=OwnerRole.CARE_COORDINATOR, detail=detail)
    assert elsewhere(story.episode) == ({1} if is_elsewhere else set())


def test_every_lane_gives_a_request(database: Database, lanes: Lanes) -> None:
    with database.write() as session:
        for number, name in enumerate(lanes):
            note = a_note(session, f"n-{number}", lane=name)
            assert request_of(session, note.episode_id).lane is name
