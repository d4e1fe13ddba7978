"""`triage read`: lines in, the same lines out, with a reading."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data" / "public-notes.jsonl"
Run = Callable[..., Result]


def a_line(**more: object) -> dict[str, Any]:
    text = "Called pt x2, no answer, LVM. Try again Thurs; ask SW about transport benefit. Daughter says no ride on weekdays."
    note = {
        "id": "n-1",
        "lane": "referral",
        "written_at": "2026-03-10T15:20:00-05:00",
        "author_role": "care_coordinator",
        "source": "call_log",
    }
    return note | {"text": text} | more


def test_a_line_comes_back_as_it_was_with_a_reading(triage: Run) -> None:
    """Whatever else a line holds is the caller's and is kept, in its own writing."""
    line = a_line(written_at_assigned=True, mine={"a": [1, None]}, gold={"tasks": []})

    result = triage("read", "-", stdin=json.dumps(line) + "\n")

    out = json.loads(result.stdout)
    assert result.exit_code == 0
    assert {key: out[key] for key in line} == line
    assert set(out) - set(line) == {"reading"}


def test_a_reading_has_the_keys_of_gold_and_quotes_the_note(triage: Run) -> None:
    """Scripts rely on these keys; evidence is verbatim and stands where the span says."""
    line = a_line()

    reading = json.loads(triage("read", "-", stdin=json.dumps(line)).stdout)["reading"]

    assert list(reading) == ["tasks", "blockers", "outreach_attempts", "escalation"]
    assert reading["tasks"]
    assert reading["outreach_attempts"]
    check_items(reading, line["text"])


def check_items(reading: dict[str, Any], text: str) -> None:
    keys = {
        "tasks": {"action", "owner_role", "due"},
        "blockers": {"category"},
        "outreach_attempts": {"channel", "outcome", "count"},
        "escalation": {"reason"},
    }
    for group, own in keys.items():
        items = reading[group] if isinstance(reading[group], list) else [reading[group]] if reading[group] else []
        for item in items:
            assert set(item) == own | {"evidence", "confidence", "span"}
            assert 0 <= item["confidence"] <= 1
            assert text[slice(*item["span"])] == item["evidence"] != ""


def test_a_bad_line_is_told_with_its_number_and_the_rest_is_read(triage: Run) -> None:
    """One torn line of ten thousand costs one line, and the exit code says that there was one."""
    lines = [json.dumps(a_line(id="first")), "{", "", json.dumps(a_line(id="last"))]

    result = triage("read", "-", stdin="\n".join(lines))

    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["first", "last"]
    assert result.stderr.startswith("triage: line 2: ")
    assert result.exit_code == 1


def test_bytes_that_are_no_text_are_a_bad_line(triage: Run) -> None:
    """A file in another encoding must not end in a traceback."""
    result = triage("read", "-", stdin=b"\xff\xfe\n" + json.dumps(a_line()).encode())

    assert result.stderr == "triage: line 1: not UTF-8 text; save the file as UTF-8\n"
    assert len(result.stdout.splitlines()) == 1


def test_a_note_that_the_model_could_not_read_comes_back_without_a_reading(triage: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody stands in silently: what is measured is the assistant that was asked for."""
    monkeypatch.setenv("TRIAGE_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("TRIAGE_LLM_MODEL", "tiny")

    result = triage("read", "-", "--assistant", "llm", stdin=json.dumps(a_line()))

    assert json.loads(result.stdout)["reading"] is None
    assert "line 1" in result.stderr
    assert result.exit_code == 1


@pytest.mark.parametrize("options", [["--prompt", "read_note@v1"], ["--assistant", "llm", "--prompt", "read_note@v999"]])
def test_a_prompt_that_does_not_fit_is_told_at_once(triage: Run, monkeypatch: pytest.MonkeyPatch, options: list[str]) -> None:
    """The embedded assistant has no prompt, and a version must exist."""
    monkeypatch.setenv("TRIAGE_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("TRIAGE_LLM_MODEL", "tiny")
    result = triage("read", "-", *options, stdin=json.dumps(a_line()))

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("triage: ")


@pytest.mark.parametrize(
    ("given", "missing"),
    [({}, "TRIAGE_LLM_BASE_URL"), ({"TRIAGE_LLM_BASE_URL": "http://127.0.0.1:9/v1"}, "TRIAGE_LLM_MODEL")],
)
def test_the_llm_assistant_without_a_service_names_the_setting(
    triage: Run, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], missing: str
) -> None:
    """Notes go nowhere by default, whatever key lies in the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    result = triage("read", "-", "--assistant", "llm", stdin=json.dumps(a_line()))

    assert (result.exit_code, result.stdout) == (2, "")
    assert missing in result.stderr


def test_a_quote_that_is_not_in_the_text_is_named_and_not_repeated(triage: Run) -> None:
    """Errors end up in logs; words of a note must not."""
    gold = {"tasks": [{"action": "call_patient", "owner_role": "care_coordinator", "due": None, "evidence": "planted words"}]}

    result = triage("read", "-", stdin=json.dumps(a_line() | {"gold": gold}))

    assert "the evidence of tasks.0 does not occur in the text, verbatim" in result.stderr
    assert "planted" not in result.stderr


def test_a_reader_that_goes_away_is_no_error_worth_a_traceback(data_dir: Path) -> None:
    """`triage read notes.jsonl | head -1` ends quietly."""
    notes = data_dir / "notes.jsonl"
    notes.write_text("".join(json.dumps(a_line(id=str(number))) + "\n" for number in range(3000)), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    command = f"{sys.executable} -m cli.main read {notes} | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment, check=False)

    assert json.loads(done.stdout)["id"] == "0"
    assert done.stderr == ""


@pytest.mark.skipif(not SHARED.exists(), reason="the public notes are not beside this checkout")
def test_the_public_notes_are_read_whole(triage: Run) -> None:
    """Every line comes back, every quote is grounded."""
    result = triage("read", SHARED)

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, result.stderr) == (0, "")
    assert [line["id"] for line in lines] == [json.loads(line)["id"] for line in SHARED.read_text("utf-8").splitlines() if line.strip()]
    for line in lines:
        check_items(line["reading"], line["text"])
