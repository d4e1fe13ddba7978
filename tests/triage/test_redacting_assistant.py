"""A model elsewhere reads a note without names; what it says comes back in the words of the note."""

import json
from datetime import date

import pytest

from tests.triage.llm_builders import a_blocker, a_note, a_reply, a_task, an_assistant
from tests.triage.misbehaving_server import MisbehavingServer, hangs, replies
from triage.assistants.hosts import host_of, is_allowed, leaves_machine
from triage.assistants.llm import LLMSettings
from triage.assistants.protocol import AssistantError, AssistantMisconfigured
from triage.assistants.redaction.assistant import Redacting
from triage.assistants.sending import Sent, recorded_by
from triage.reading import Person
from workflow.suggestions import TaskPayload

ROSA = Person("Rosa Delgado", date(1965, 2, 14), "(312) 555-0142", "rosa@mail.example", "11230-7")
TEXT = "Reached Rosa (DOB 2/14/65) at 312-555-0142. Daughter Marisol has no car. Call Marisol or Rosa D. back before Thurs, 3/19."


def test_only_surrogates_are_sent_and_evidence_comes_back_verbatim() -> None:
    """The span, the quote, the date and its words, of the original note."""
    said = a_reply(
        tasks=[a_task("Call [NAME_2] or [NAME_1] back", time_phrase="before Thurs")], blockers=[a_blocker("Daughter NAME_2 has no car")]
    )
    with MisbehavingServer(replies(said)) as server:
        inner = an_assistant(server.base_url)
        assistant = Redacting(inner)
        reading = assistant.read_note(a_note(TEXT, about=ROSA, author_role="nurse Keisha Brown"))

    went = server.requests[0].body.decode()
    assert not [word for word in ("Rosa", "Delgado", "Marisol", "555", "0142", "2/14", "1965", "Keisha") if word in went]
    assert "Thurs, 3/19" in went
    assert [TEXT[item.start : item.end] for item in reading.items] == ["Daughter Marisol has no car", "Call Marisol or Rosa D. back"]
    task = next(item for item in reading.items if isinstance(item.payload, TaskPayload))
    assert (task.time_phrase, task.payload.due) == ("before Thurs", date(2026, 3, 11))
    assert reading.identity == assistant.identity
    assert reading.identity.content_hash != inner.identity.content_hash


def test_a_time_phrase_with_a_name_in_it_is_the_notes_own() -> None:
    """People read it beside the date."""
    said = a_reply(tasks=[a_task("Call [NAME_2] or [NAME_1] back", time_phrase="[NAME_1] back before Thurs")])
    with MisbehavingServer(replies(said)) as server:
        reading = Redacting(an_assistant(server.base_url)).read_note(a_note(TEXT, about=ROSA))

    assert reading.items[0].time_phrase == "Rosa D. back before Thurs"


def test_every_call_is_told_to_the_recorder_before_it_is_made() -> None:
    """Re-asks too, and calls that fail."""
    calls: list[Sent] = []
    with MisbehavingServer(replies(a_reply(tasks=[a_task("not in the note")])), hangs) as server:
        with recorded_by(calls.append):
            Redacting(an_assistant(server.base_url, budget_s=1.0)).read_note(a_note(TEXT, about=ROSA))
        requests = [request.json()["messages"] for request in server.requests]
        host = host_of(server.base_url)

    assert [[json.loads(message) for message in call.messages] for call in calls] == requests
    assert {(call.host, call.model) for call in calls} == {(host, "fake")}
    assert len(calls) == 2
    assert "Rosa" not in "".join(calls[0].messages)


def test_what_cannot_be_recorded_is_not_sent() -> None:
    """A full disk must not make a secret of what left the machine."""

    def fail(_: Sent) -> None:
        raise OSError("disk full")

    with MisbehavingServer(replies(a_reply())) as server:
        with pytest.raises(OSError, match="disk full"), recorded_by(fail):
            an_assistant(server.base_url).read_note(a_note(TEXT))
        assert server.requests == []


@pytest.mark.parametrize(
    "url", ["https://api.example/v1", "http://10.0.0.5:8000/v1", "http://127.0.0.1.evil.example/v1", "http://2130706433/v1"]
)
def test_a_host_that_nobody_allowed_is_refused_with_what_to_do(url: str) -> None:
    """Before a note can go there."""
    with pytest.raises(AssistantMisconfigured, match=r"Notes are not sent to .*TRIAGE_LLM_ALLOWED_HOSTS"):
        LLMSettings(url, "m")


@pytest.mark.parametrize("allowed", ["api.example", "API.example", "api.example:8443", " api.example "])
def test_an_allowed_host_is_used(allowed: str) -> None:
    """With or without its port."""
    assert LLMSettings("https://API.example:8443/v1", "m", allowed_hosts=frozenset({"other.example", allowed})).is_remote


@pytest.mark.parametrize("allowed", ["", "example", "api.example:443", "api.example.evil.example", "*"])
def test_a_host_is_allowed_by_its_whole_name_alone(allowed: str) -> None:
    """No pattern, no part."""
    assert not is_allowed("https://api.example:8443/v1", frozenset({allowed}))


@pytest.mark.parametrize("url", ["http://127.0.0.1:11434/v1", "http://[::1]:8000/v1", "http://localhost/v1", "http://127.8.8.8/v1"])
def test_this_machine_needs_no_permission(url: str) -> None:
    """Nothing leaves."""
    assert not LLMSettings(url, "m").is_remote
    assert not leaves_machine(url)


def test_what_fails_inside_fails_outside() -> None:
    """The wrapper hides no fault from the one that stands in."""
    with MisbehavingServer(hangs) as server, pytest.raises(AssistantError):
        Redacting(an_assistant(server.base_url, budget_s=0.3)).read_note(a_note(TEXT, about=ROSA))
