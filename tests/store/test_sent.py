"""What was sent is kept as it went, once."""

import json

from sqlalchemy import func, select

from store import patients, sent, suggestions
from store.tables import NoteRow, SentTextRow
from tests.builders import NOW, a_note, a_patient
from tests.triage.llm_builders import a_reply, an_assistant
from tests.triage.misbehaving_server import MisbehavingServer, answers, replies
from triage.assistants.redaction.assistant import Redacting
from triage.jobs import read_note

RULES, NOTE, OTHER = ('{"role": "system", "content": "rules"}', '{"role": "user", "content": "a"}', '{"role": "user", "content": "b"}')


def test_a_call_comes_back_as_it_was_recorded(database):
    """In order, of this note alone; the instructions of all calls are kept once."""
    with database.write() as session:
        one, two = a_note(session, "n-1").id, a_note(session, "n-2").id
        sent.record(session, one, "models.example", "m", [RULES, NOTE], now=NOW)
        sent.record(session, one, "models.example", "m", [RULES, NOTE, NOTE, OTHER], now=NOW)
        sent.record(session, two, "models.example", "m", [RULES, OTHER], now=NOW)

    with database.read() as session:
        calls = sent.of_note(session, one)
        assert [call.messages for call in calls] == [(RULES, NOTE), (RULES, NOTE, NOTE, OTHER)]
        assert (calls[0].host, calls[0].model, calls[0].at) == ("models.example", "m", NOW)
        assert session.execute(select(func.count()).select_from(SentTextRow)).scalar() == 3


def test_the_job_records_what_was_sent_without_the_names_in_the_record(database):
    """The patient's record reaches the one who replaces, and no model."""
    with database.write() as session:
        a_patient(session, "p-1", name="Hope Wheeler", phone="417-555-0141")
        note = a_note(session, "n-1", patient="p-1", text="hope wheeler 4175550141 has hope.").id
    with MisbehavingServer(replies(a_reply())) as server:
        assert read_note(database, Redacting(an_assistant(server.base_url)), note) is None
        went = server.requests[0].json()["messages"]

    with database.read() as session:
        (call,) = sent.of_note(session, note)
        assert [json.loads(message) for message in call.messages] == went
        assert "wheeler" not in "".join(call.messages)
        assert "0141" not in "".join(call.messages)
        assert len(suggestions.of_note(session, note)) == 0


def test_a_call_that_failed_is_recorded_too(database):
    """It left the machine all the same."""
    with database.write() as session:
        note = a_note(session).id
    with MisbehavingServer(answers(503)) as server:
        assert read_note(database, an_assistant(server.base_url), note) is not None

    with database.read() as session:
        assert len(sent.of_note(session, note)) == 1


def test_a_note_of_nobody_known_has_no_record_to_go_by(database):
    """The stand-in patient's name and id are ours, and no identifiers."""
    with database.write() as session:
        note = a_note(session, "n-1", patient=None, text="Patient not identified. Call back.").id
        assert not patients.load(session, session.get(NoteRow, note).patient_id).identified
    with MisbehavingServer(replies(a_reply())) as server:
        read_note(database, Redacting(an_assistant(server.base_url)), note)

        assert "Patient not identified" in server.requests[0].user_text()
