"""What is asked of the real model: by `make test-llm` of the live server, by the default suite of the recording.

`python -m tests.llm.conversations` starts the server and records anew. A recording is worth nothing for another prompt, schema or
setting: the request is matched whole, and a changed one fails with the advice to record again.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import vcr  # type: ignore[import-untyped]

from triage.assistants.llm import LLMAssistant, LLMSettings
from triage.assistants.llm.prompt_files import load
from triage.assistants.protocol import AssistantError
from triage.reading import Note, Reading
from workflow.vocabulary import LaneName

CASSETTE = Path(__file__).parents[1] / "cassettes" / "read_note_smollm2.yaml"

LEFT_VOICEMAIL = "Left voicemail. Call patient again Friday."
TOO_LONG = "No ride on weekdays. " * 550
"""More than the server's window holds, less than ours: the server must say so."""

READINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "a short note": (LEFT_VOICEMAIL, {}),
    "a reply cut for length": (LEFT_VOICEMAIL, {"max_reply_tokens": 30}),
    "a note that is too long for the model": (TOO_LONG, {}),
}
"""Note text and settings by name."""


def read(name: str, base_url: str) -> Reading:
    """One of `READINGS`, asked of the server at `base_url`. The marker of the fence is fixed, so that the request can be matched."""
    text, settings = READINGS[name]
    values: dict[str, Any] = {"base_url": base_url, "model": "smollm2", "budget_s": 900.0, "max_reasks": 0} | settings
    assistant = LLMAssistant(LLMSettings(**values), load("read_note", "v1"), new_marker=lambda: "5f1d0c2a9b7e4836")
    return assistant.read_note(a_note(text))


def a_note(text: str) -> Note:
    """A call log of Tuesday 10 March 2026."""
    moment = datetime.fromisoformat("2026-03-10T15:20:00-05:00")
    return Note("n-1", LaneName.POST_VISIT, moment, "care_coordinator", "call_log", text)


def _without_port(request: Any) -> Any:
    request.uri = f"http://127.0.0.1{request.path}"
    return request


def _essential_headers(response: Any) -> Any:
    response["headers"] = {name: value for name, value in response["headers"].items() if name.lower() == "content-type"}
    return response


def tape(mode: str) -> Any:
    """vcrpy with our rules: "none" replays and never calls, "all" records."""
    return vcr.VCR(
        record_mode=vcr.mode.NONE if mode == "none" else vcr.mode.ALL,
        match_on=["method", "path", "body"],
        filter_headers=["authorization", "user-agent", "accept", "accept-encoding", "host", "content-length"],
        before_record_request=_without_port,
        before_record_response=_essential_headers,
    ).use_cassette(str(CASSETTE))


def record() -> None:
    """Writes the cassette anew."""
    from tests.llm.server import running_server

    CASSETTE.unlink(missing_ok=True)
    with running_server() as address, tape("all"):
        for name in READINGS:
            try:
                print(name, read(name, f"{address}/v1"))  # noqa: T201 — a person runs this
            except AssistantError as error:
                print(name, error)  # noqa: T201


if __name__ == "__main__":
    record()
