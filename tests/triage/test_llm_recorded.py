"""The recorded conversation with a real llama.cpp server and a small real model, replayed: no server, no network."""

import re

import pytest

from tests.llm.conversations import CASSETTE, LEFT_VOICEMAIL, READINGS, read, tape
from triage.assistants.protocol import AssistantError, NoUsableAnswer
from workflow.suggestions import TaskPayload

NOBODY = "http://127.0.0.1:9/v1"
ADVICE = "The request changed: record the conversation anew with `python -m tests.llm.conversations`."


@pytest.fixture(autouse=True)
def recording() -> None:
    """Skips nothing: a missing recording is a defect."""
    assert CASSETTE.exists(), ADVICE


def test_a_recorded_reply_becomes_a_grounded_reading() -> None:
    """What a real server really sends, envelope and all, from the bytes to the suggestions."""
    with tape("none") as cassette:
        reading = read("a short note", NOBODY)
        assert cassette.play_count == 1, ADVICE
    assert reading.items
    assert all(LEFT_VOICEMAIL[item.start : item.end].strip() for item in reading.items)
    assert any(isinstance(item.payload, TaskPayload) for item in reading.items)
    assert reading.usage["tokens_in"] > 1000
    assert reading.usage["tokens_out"] > 20


@pytest.mark.parametrize(
    ("name", "remedy"), [("a reply cut for length", "cut for length"), ("a note that is too long for the model", "CONTEXT_CHARS")]
)
def test_recorded_failures_of_a_real_server_are_told_apart(name: str, remedy: str) -> None:
    """Fakes are built from what we believe; these are what llama.cpp says."""
    with tape("none"), pytest.raises(NoUsableAnswer, match=remedy):
        read(name, NOBODY)


def test_another_request_is_not_answered_from_the_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    """The body is matched whole: a recording never answers for a prompt that it was not made with."""
    monkeypatch.setitem(READINGS, "another note", ("No ride.", {}))
    with tape("none"), pytest.raises(AssistantError):
        read("another note", NOBODY)


def test_the_recording_holds_no_key_and_no_host() -> None:
    """It is read by anybody."""
    text = CASSETTE.read_text(encoding="utf-8")
    assert not re.search(r"^ +authorization:$|bearer|api[-_]key|sk-[a-z0-9]", text, re.IGNORECASE | re.MULTILINE)
    assert set(re.findall(r"https?://[^\s\"'/]+", text)) <= {"http://127.0.0.1"}
    assert "/work/" not in text
    assert "/home/" not in text
