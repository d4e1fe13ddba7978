"""What was sent is kept as it went, once."""

import json

from sqlalchemy import func, select

from store import patients, sent, suggestions
from store.tables import NoteRow, SentTextRow
from tests.builders import NOW, a_note, a_patient
from tests.triage.llm_builders import a_reply, an_assistant
from tests.triage.misbehaving_server import MisbehavingServer, answers, replies
from tests.triage.writing_builders import JOBS, a_changes_request, a_context_request, a_draft_request, a_fact, a_pattern_request
from triage.assistants.protocol import AssistantError
from triage.assistants.redaction.assistant import Redacting
from triage.jobs import read_note
from triage.recorded import Recorded

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


def test_what_was_sent_to_have_something_written_is_found_by_episode_and_by_job(database):
    """A digest is found at every episode that it is about; the texts of all calls are kept once, with those about notes."""
    with database.write() as session:
        one, two = (a_note(session, name, patient=name).episode_id for name in ("p-1", "p-2"))
        sent.record_writing(session, "draft_outreach", [one], "models.example", "m", [RULES, NOTE], now=NOW)
        sent.record_writing(session, "narrate_changes", [two, one, one], "models.example", "m", [RULES, OTHER], now=NOW)
        sent.record_writing(session, "name_pattern", [], "models.example", "m", [RULES], now=NOW)

    with database.read() as session:
        assert [call.job for call in sent.of_writing(session, episode_id=one)] == ["draft_outreach", "narrate_changes"]
        assert [call.messages for call in sent.of_writing(session, episode_id=two)] == [(RULES, OTHER)]
        assert [call.messages for call in sent.of_writing(session, job="name_pattern")] == [(RULES,)]
        assert [call.job for call in sent.of_writing(session, episode_id=one, job="narrate_changes")] == ["narrate_changes"]
        assert session.execute(select(func.count()).select_from(SentTextRow)).scalar() == 3


def test_every_call_to_write_is_recorded_before_it_is_made(database):
    """By the episodes of its facts and of their sources; the calls that fail too."""
    with database.write() as session:
        one, two = (a_note(session, name, patient=name).episode_id for name in ("p-1", "p-2"))
    asks = {
        "draft_outreach": lambda it: it.draft_outreach(a_draft_request(a_fact(episode=one))),
        "summarise_context": lambda it: it.summarise_context(a_context_request(a_fact(episode=one))),
        "narrate_changes": lambda it: it.narrate_changes(a_changes_request(a_fact(id="a", episode=one), a_fact(id="b", episode=two))),
        "name_pattern": lambda it: it.name_pattern(a_pattern_request()),
    }
    for job, ask in asks.items():
        for behaviour in (replies(JOBS[job][1]), answers(503)):
            with MisbehavingServer(behaviour) as server:
                try:
                    ask(Recorded(an_assistant(server.base_url), database))
                except AssistantError:
                    assert behaviour is not None
                went = server.requests[0].json()["messages"]
            with database.read() as session:
                assert [json.loads(message) for message in sent.of_writing(session, job=job)[-1].messages] == went

    with database.read() as session:
        assert [call.job for call in sent.of_writing(session, episode_id=two)] == ["narrate_changes"] * 2
        assert len(sent.of_writing(session, episode_id=one)) == 6
