"""R9, R10: every way in which a model's service can fail ends in a typed error that names the remedy, in time, and tells no secret."""

import gzip
import json
import shutil
import socket
import time
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from store.database import Database
from store.review import faults
from store.tables import ReadingRow
from tests import builders
from tests.triage.llm_builders import KEY, TEXT, a_note, a_reply, a_task, an_assistant
from tests.triage.misbehaving_server import Behaviour, MisbehavingServer, answers, completion, drips, floods, hangs, http, replies, resets
from tests.triage.test_llm_fallback import Fake
from triage.assistants.fallback import Fallback
from triage.assistants.llm import LLMAssistant, ReplyFormat
from triage.assistants.protocol import AssistantError, AssistantMisconfigured, AssistantUnavailable, NoUsableAnswer
from triage.jobs import read_note

ECHO = {"error": {"message": f"you said {TEXT} with {KEY}", "code": "whatever"}}
"""Services echo the request in their errors; none of it may reach a message of ours."""

JSON_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n"
WHOLE = json.dumps(completion(a_reply())).encode()
BOMB = gzip.compress(b" " * 5_000_000)


@dataclass(frozen=True)
class Fault:
    """What the service does, the error it ends in, a word of the remedy, and how many requests it may cost."""

    name: str
    behaviour: Behaviour
    error: type[AssistantError]
    remedy: str
    asks: int = 1


FAULTS = [
    Fault("429", answers(429, ECHO), AssistantUnavailable, "tried again"),
    Fault("500", answers(500, ECHO), AssistantUnavailable, "tried again"),
    Fault("503", answers(503, b"<html>busy</html>", {"content-type": "text/html"}), AssistantUnavailable, "tried again"),
    Fault("408", answers(408, ECHO), AssistantUnavailable, "tried again"),
    Fault("401 bad key", answers(401, ECHO), AssistantMisconfigured, "TRIAGE_LLM_API_KEY"),
    Fault("402 unpaid", answers(402, ECHO), AssistantMisconfigured, "account"),
    Fault("403 key not allowed", answers(403, ECHO), AssistantMisconfigured, "TRIAGE_LLM_API_KEY"),
    Fault("404 wrong model", answers(404, ECHO), AssistantMisconfigured, "TRIAGE_LLM_MODEL"),
    Fault("405 no such service", answers(405, ECHO), AssistantMisconfigured, "TRIAGE_LLM_BASE_URL"),
    Fault("400 unknown setting", answers(400, ECHO), AssistantMisconfigured, "reply format"),
    Fault("400 note too long", answers(400, {"error": {"code": "context_length_exceeded"}}), NoUsableAnswer, "TRIAGE_LLM_CONTEXT_CHARS"),
    Fault("400 filtered", answers(400, {"error": {"code": "content_filter"}}), NoUsableAnswer, "person"),
    Fault("400 wrong model", answers(400, {"error": {"code": "model_not_found"}}), AssistantMisconfigured, "settings"),
    Fault("reset", resets, AssistantUnavailable, "tried again"),
    Fault("empty answer", lambda *_: None, AssistantUnavailable, "tried again"),
    Fault("cut wire", answers(200, WHOLE[:40], length=len(WHOLE)), AssistantUnavailable, "tried again"),
    Fault("no HTTP", lambda line, *_: line.sendall(b"SSH-2.0-OpenSSH_9.9\r\n"), AssistantUnavailable, "tried again"),
    Fault("cut JSON", answers(200, WHOLE[:-9]), AssistantUnavailable, "TRIAGE_LLM_BASE_URL"),
    Fault("HTML in a 200", answers(200, b"<html>login</html>", {"content-type": "text/html"}), AssistantUnavailable, "TRIAGE_LLM_BASE_URL"),
    Fault("HTML called JSON", answers(200, b"<html>login</html>"), AssistantUnavailable, "TRIAGE_LLM_BASE_URL"),
    Fault("JSON, but a list", answers(200, []), AssistantUnavailable, "TRIAGE_LLM_BASE_URL"),
    Fault("JSON nested too deep", answers(200, b"[" * 200_000), AssistantUnavailable, "TRIAGE_LLM_BASE_URL"),
    Fault("choices of another kind", answers(200, {"choices": [7]}), AssistantUnavailable, "TRIAGE_LLM_BASE_URL"),
    Fault("choices null and an error", answers(200, {"choices": None, "error": ECHO}), AssistantUnavailable, "tried again"),
    Fault("choices empty", answers(200, {"choices": []}), NoUsableAnswer, "person"),
    Fault("no choices", answers(200, {}), NoUsableAnswer, "person"),
    Fault("content filter", replies(None, finish_reason="content_filter"), NoUsableAnswer, "person"),
    Fault("refusal", replies(None, refusal="I cannot"), NoUsableAnswer, "person"),
    Fault("cut for length", replies('{"tasks": [', finish_reason="length"), NoUsableAnswer, "TRIAGE_LLM_CONTEXT_CHARS"),
    Fault("cut JSON in the reply, twice", replies('{"tasks": [{"quote": "Try ag'), NoUsableAnswer, "reply format", asks=2),
    Fault("content empty", replies(""), NoUsableAnswer, "reply format", asks=2),
    Fault("content null", replies(None), NoUsableAnswer, "reply format", asks=2),
    Fault("half a character", replies("\ud83d"), NoUsableAnswer, "reply format", asks=2),
    Fault("half a character in a quote", replies(a_reply(tasks=[a_task("\ud83d")])), NoUsableAnswer, "reply format", asks=2),
    Fault("no JSON, twice", replies("Certainly! Here you are:"), NoUsableAnswer, "reply format", asks=2),
    Fault("a word that is not ours", replies(a_reply(tasks=[a_task(action="close_episode")])), NoUsableAnswer, "reply format", asks=2),
    Fault("a field too many", replies(a_reply(priority="urgent")), NoUsableAnswer, "reply format", asks=2),
    Fault("a field too few", replies({"tasks": []}), NoUsableAnswer, "reply format", asks=2),
    Fault("a null where a list is due", replies(a_reply(tasks=None)), NoUsableAnswer, "reply format", asks=2),
    Fault("a number where words are due", replies(a_reply(tasks=[a_task(quote=7)])), NoUsableAnswer, "reply format", asks=2),
    Fault("a thousand tasks", replies(a_reply(tasks=[a_task()] * 1000)), NoUsableAnswer, "reply format", asks=2),
    Fault("an unreadable charset", answers(500, ECHO, {"content-type": "text/html; charset=rot13"}), AssistantUnavailable, "tried again"),
    Fault("too many bytes in an error", floods(500), NoUsableAnswer, "longer than allowed"),
    Fault("too many bytes", floods(200), NoUsableAnswer, "longer than allowed"),
    Fault("compressed", answers(200, BOMB, {"content-encoding": "gzip"}), AssistantMisconfigured, "gateway"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_ends_in_a_typed_error_that_names_the_remedy(fault: Fault) -> None:
    """A job can act on the type, a person on the sentence; neither ever sees the note, the key or an invented reading."""
    with MisbehavingServer(fault.behaviour) as server, pytest.raises(AssistantError) as caught:
        an_assistant(server.base_url).read_note(a_note())

    assert type(caught.value) is fault.error
    assert fault.remedy in str(caught.value)
    logged = "".join(traceback.format_exception(caught.value))
    assert not any(secret in logged for secret in (KEY, TEXT, "no ride", "you said"))
    assert len(server.requests) == fault.asks


def test_every_fault_leaves_the_note_in_a_state_that_somebody_can_act_on(tmp_path: Path, sqlite_template: Path) -> None:
    """R9, at the record: read by the stand-in, or tried again later with the reason beside the note; never half a reading."""
    shutil.copy(sqlite_template, tmp_path / "record.db")
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    with database.write() as session:
        notes = {fault.name: builders.a_note(session, fault.name).id for fault in FAULTS}
    for fault in FAULTS:
        with MisbehavingServer(fault.behaviour) as server:
            model = an_assistant(server.base_url)
            assert (read_note(database, model, notes[fault.name]) or 0) > 0
            wait = read_note(database, Fallback(model, Fake("embedded")), notes[fault.name])
            assert (wait is None) is (fault.error is not AssistantMisconfigured), fault.name

    with database.read() as session:
        read = {row.note_id: row.stood_in_for for row in session.scalars(select(ReadingRow))}
        told = faults(session, list(notes.values()))
    database.dispose()
    covered = {notes[fault.name] for fault in FAULTS if fault.error is not AssistantMisconfigured}
    assert read == dict.fromkeys(covered, "llm")
    assert all(fault.remedy in told[notes[fault.name]] for fault in FAULTS if fault.error is AssistantMisconfigured)


SLOW: dict[str, Behaviour] = {
    "says nothing": hangs,
    "drips the status line": drips(b"HTTP/1.1 200"),
    "drips the headers": drips(b"HTTP/1.1 200 OK\r\nx-padding: "),
    "drips the body": drips(JSON_HEAD + b'{"choices": ['),
    "drips an error's body": drips(b"HTTP/1.1 500 Oops\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n"),
}


@pytest.mark.parametrize("behaviour", SLOW.values(), ids=SLOW.keys())
def test_no_call_outlives_its_budget(behaviour: Behaviour) -> None:
    """R10: a read time-out starts anew with every byte, so a dripping server would hold a worker for ever."""
    with MisbehavingServer(behaviour) as server:
        began = time.monotonic()
        with pytest.raises(AssistantUnavailable, match=r"within 0\.3 seconds"):
            an_assistant(server.base_url, budget_s=0.3).read_note(a_note())
        assert time.monotonic() - began < 0.3 + 1


def test_the_budget_covers_the_re_asks() -> None:
    """Two asks of just under the budget are not twice the budget."""

    def slow_nonsense(connection: socket.socket, *_: object) -> None:
        time.sleep(0.25)
        connection.sendall(http(200, json.dumps(completion("nonsense")).encode()))

    with MisbehavingServer(slow_nonsense) as server:
        began = time.monotonic()
        with pytest.raises(AssistantUnavailable):
            an_assistant(server.base_url, budget_s=0.4, max_reasks=5).read_note(a_note())
        assert time.monotonic() - began < 0.4 + 1


def test_a_service_that_is_not_there_is_unavailable() -> None:
    """Nobody listens at the address: the message says where to look."""
    with MisbehavingServer(hangs) as server:
        closed = server.base_url
    with pytest.raises(AssistantUnavailable, match="TRIAGE_LLM_BASE_URL"):
        an_assistant(closed).read_note(a_note())


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    """S10: the note would be posted a second time, to whatever host the answer names."""
    with MisbehavingServer(replies(a_reply())) as elsewhere:
        here = answers(status, b"", {"location": f"{elsewhere.base_url}/chat/completions"})
        with MisbehavingServer(here) as server, pytest.raises(AssistantMisconfigured, match="redirect"):
            an_assistant(server.base_url).read_note(a_note())
    assert elsewhere.requests == []


def in_a_minute() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "in a minute"}, 60),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "1e300"}, 24 * 3600),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_time_a_service_names_is_told_to_the_caller(status: int, headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds or a date; what cannot be read is no time at all, and nobody waits longer than a day."""
    told = {name: in_a_minute() if value == "in a minute" else value for name, value in headers.items()}
    with MisbehavingServer(answers(status, {}, told)) as server, pytest.raises(AssistantUnavailable) as caught:
        an_assistant(server.base_url).read_note(a_note())
    if seconds is None:
        assert caught.value.retry_after is None
    else:
        assert caught.value.retry_after == pytest.approx(seconds, abs=5 if seconds == 60 else 0.01)


def test_no_call_is_made_before_the_time_that_the_service_named() -> None:
    """R10: an early call makes an overloaded service worse. The wait that is left is told instead."""
    with MisbehavingServer(answers(429, {}, {"retry-after": "600"}), replies(a_reply())) as server:
        assistant = an_assistant(server.base_url)
        for _ in range(20):
            with pytest.raises(AssistantUnavailable) as caught:
                assistant.read_note(a_note())
            assert 590 < (caught.value.retry_after or 0) <= 600
    assert len(server.requests) == 1


def test_after_the_named_time_the_service_is_asked_again() -> None:
    """A quiet time ends by itself."""
    with MisbehavingServer(answers(429, {}, {"retry-after-ms": "40"}), replies(a_reply())) as server:
        assistant = an_assistant(server.base_url)
        with pytest.raises(AssistantUnavailable):
            assistant.read_note(a_note())
        time.sleep(0.06)
        assert assistant.read_note(a_note()).items == ()


def test_a_good_second_answer_is_used() -> None:
    """One re-ask says what was wrong; its answer counts like a first one."""
    with MisbehavingServer(replies("Sure!"), replies(a_reply(tasks=[a_task()]))) as server:
        reading = an_assistant(server.base_url).read_note(a_note())
    assert [TEXT[item.start : item.end] for item in reading.items] == ["Try again Thurs"]
    assert reading.usage["calls"] == 2
    said = [message["content"] for message in server.requests[1].json()["messages"]]
    assert said[-2] == "Sure!"
    assert "JSON" in said[-1]


@pytest.mark.parametrize("reply_format", list(ReplyFormat))
def test_nonsense_is_refused_in_every_reply_format(reply_format: ReplyFormat) -> None:
    """Three ways to ask for the shape, one way to fail."""
    with MisbehavingServer(replies("no json here")) as server, pytest.raises(NoUsableAnswer):
        an_assistant(server.base_url, reply_format=reply_format).read_note(a_note())
    assert len(server.requests) == 2


@pytest.mark.parametrize(("arguments", "error"), [("{", NoUsableAnswer), (None, AssistantUnavailable), (7, AssistantUnavailable)])
def test_a_tool_call_without_usable_arguments_is_no_answer(arguments: object, error: type[AssistantError]) -> None:
    """Cut JSON is the model's fault and asked for again; no text at all is the service's."""
    call = {"id": "t1", "type": "function", "function": {"name": "NoteReply", "arguments": arguments}}
    with MisbehavingServer(replies(None, tool_calls=[call])) as server, pytest.raises(error):
        an_assistant(server.base_url, reply_format=ReplyFormat.TOOLS).read_note(a_note())


def test_only_the_needed_headers_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """The openai client would send details of the machine, and whatever OPENAI_* variables say, to any service."""
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "x-secret: canary\nauthorization: Bearer other")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-canary")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with MisbehavingServer(replies(a_reply())) as server:
        an_assistant(server.base_url).read_note(a_note())
    headers = server.requests[0].headers
    assert set(headers) <= {
        "host",
        "content-type",
        "content-length",
        "accept",
        "accept-encoding",
        "user-agent",
        "authorization",
        "connection",
    }
    assert headers["authorization"] == f"Bearer {KEY}"


def test_neither_note_nor_key_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """S11: at DEBUG the libraries underneath would log whole requests."""
    caplog.set_level("DEBUG")
    for behaviour in (replies(a_reply(tasks=[a_task("not there")])), replies("nonsense"), answers(500, ECHO)):
        with MisbehavingServer(behaviour) as server:
            _read_or_fail(an_assistant(server.base_url))
    assert not any(secret in caplog.text for secret in (KEY, "no ride", "Try again", "not there"))


def _read_or_fail(assistant: LLMAssistant) -> None:
    try:
        assistant.read_note(a_note())
    except AssistantError:
        return


BAD_SETTINGS: dict[str, dict[str, Any]] = {
    "a file": {"base_url": "file:///etc/passwd"},
    "no host": {"base_url": "http://"},
    "a user in the address": {"base_url": "http://user:secret@host/v1"},
    "a query": {"base_url": "http://host/v1?key=secret"},
    "a port that is none": {"base_url": "http://host:port/v1"},
    "a line end in the address": {"base_url": "http://host/v1\n"},
    "no model": {"model": " "},
    "a key with a line end": {"api_key": "secret\n"},
    "no time": {"budget_s": 0},
    "all the time": {"budget_s": float("inf")},
    "no number": {"budget_s": float("nan")},
    "re-asks without end": {"max_reasks": 1000},
    "tiny replies": {"max_reply_bytes": 1},
    "tiny windows": {"context_chars": 1},
}


@pytest.mark.parametrize("changes", BAD_SETTINGS.values(), ids=BAD_SETTINGS.keys())
def test_settings_that_cannot_work_are_refused_at_the_start(changes: dict[str, Any]) -> None:
    """Better at the start than on the first note; and no secret is shown."""
    values = {"base_url": "http://127.0.0.1:9/v1"} | changes
    if "api_key" in values:
        values["api_key"] = SecretStr(values["api_key"])
    with pytest.raises(AssistantMisconfigured) as caught:
        an_assistant(**values)
    assert "secret" not in str(caught.value)
