"""The parts put together: from the settings to a text that is checked, recorded, paid for, and written without names where it leaves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.settings import settings
from cli.wiring import Record, build_assistant, open_record
from store import sent
from tests.builders import a_note
from tests.triage.misbehaving_server import MisbehavingServer, answers, replies
from tests.triage.writing_builders import JOBS, a_context_request, a_fact, words_of
from triage.assistants.protocol import AssistantMisconfigured, NoUsableAnswer
from triage.reading import Identity
from triage.writing import ContextRequest, Line, Summary

GOOD = JOBS["summarise_context"][1]
NO_RIDE = a_fact("The patient has no ride.")
INVENTED = {"lines": [{"facts": [1], "text": "The patient missed 14 visits."}]}


@pytest.fixture
def record(data_dir: Path) -> Iterator[Record]:
    """An empty record."""
    opened = open_record()
    yield opened
    opened.close()


def choose(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"TRIAGE_{name}", value)
    settings.cache_clear()


def test_the_worker_s_assistant_writes_and_what_it_sent_is_found_at_the_episode(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the names replaced where somebody says so."""
    with record.database.write() as session:
        episode = a_note(session).episode_id
    with MisbehavingServer(replies(GOOD)) as server:
        choose(monkeypatch, ASSISTANT="llm", LLM_BASE_URL=server.base_url, LLM_MODEL="m", LLM_REDACT="always")
        written = build_assistant(settings(), record=record).summarise_context(
            a_context_request(a_fact("Daughter Marisol has no car, so the patient has no ride.", episode=episode))
        )
    assert (words_of(written), written.stood_in_for) == (["The patient has no ride."], None)
    with record.database.read() as session:
        (call,) = sent.of_writing(session, episode_id=episode)
    assert "Marisol" not in "".join(call.messages)


def test_a_text_that_invents_something_is_replaced_by_the_embedded_assistant_s(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """After one re-ask; both calls are recorded."""
    with MisbehavingServer(replies(INVENTED)) as server:
        choose(monkeypatch, ASSISTANT="llm", LLM_BASE_URL=server.base_url, LLM_MODEL="m")
        written = build_assistant(settings(), record=record).summarise_context(a_context_request(NO_RIDE))
        assert len(server.requests) == 2
        assert "14" in server.requests[1].user_text()
    assert (written.identity.assistant, written.stood_in_for) == ("embedded", "llm")
    assert "14" not in "".join(words_of(written))
    with record.database.read() as session:
        assert len(sent.of_writing(session, job="summarise_context")) == 2


def test_the_embedded_assistant_writes_where_the_service_is_down(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """R8."""
    with MisbehavingServer(answers(503)) as server:
        choose(monkeypatch, ASSISTANT="llm", LLM_BASE_URL=server.base_url, LLM_MODEL="m")
        written = build_assistant(settings(), record=record).summarise_context(a_context_request(NO_RIDE))
    assert (written.identity.assistant, written.stood_in_for, written.usage["calls"]) == ("embedded", "llm", 1)


def test_without_a_record_a_failure_shows_as_it_is(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An eval measures the model, not its stand-in; and it is held to the same checks."""
    with MisbehavingServer(replies(INVENTED)) as server:
        choose(monkeypatch, LLM_BASE_URL=server.base_url, LLM_MODEL="m")
        with pytest.raises(NoUsableAnswer):
            build_assistant(settings(), "llm").summarise_context(a_context_request(NO_RIDE))


def test_a_prompt_is_chosen_for_each_job_by_name_and_version(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several with commas between; the newest where none is named, and a sentence for one that is not there."""
    with MisbehavingServer(replies(GOOD)) as server:
        choose(monkeypatch, LLM_BASE_URL=server.base_url, LLM_MODEL="m")
        several = build_assistant(settings(), "llm", "read_note@v1,summarise_context@v1")
        assert several.identity.version == "v1"
        assert several.summarise_context(a_context_request(NO_RIDE)).identity.prompt == "summarise_context"
        assert build_assistant(settings(), "llm", "summarise_context@v1").identity.version == "v2"
        with pytest.raises(AssistantMisconfigured, match="summarise_context@v9"):
            build_assistant(settings(), "llm", "summarise_context@v9")


def test_the_embedded_assistant_s_texts_are_checked_too(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """No text is shown because a template wrote it."""
    choose(monkeypatch, ASSISTANT="embedded")

    def inventing(request: ContextRequest, identity: Identity) -> Summary:
        (fact,) = request.facts
        return Summary(identity=identity, lines=(Line(fact.said, (fact.id,)), Line("The patient missed 14 visits.", (fact.id,))))

    monkeypatch.setattr("triage.assistants.embedded.summarising.summarise_context", inventing)
    written = build_assistant(settings(), record=record).summarise_context(a_context_request(NO_RIDE))
    assert words_of(written) == ["The patient has no ride."]
