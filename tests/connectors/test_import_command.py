"""`triage import` as a person and a script meet it. (It stands here, not in tests/cli, beside what it drives.)"""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import cli.wiring
from cli.main import app


class _Record:
    """What `open_record` hands out, on the test's own database."""

    def __init__(self, intake: Any) -> None:
        from store.lanes import load_lanes

        self.database, self.lanes = intake.database, load_lanes()
        self.enqueue = lambda _session, note_id: intake.enqueued.append(note_id)

    def close(self) -> None:
        """The fixture closes the database."""


@pytest.fixture
def triage_import(intake: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command on bytes."""
    monkeypatch.setattr(cli.wiring, "open_record", lambda: _Record(intake))

    def run(data: bytes, *options: str, name: str = "list.csv") -> Result:
        path: Path = intake.folder / name
        path.write_bytes(data)
        return CliRunner().invoke(app, ["import", str(path), *options])

    return run


def test_all_rows_in_ends_with_0(triage_import: Any) -> None:
    """And says so in one line."""
    result = triage_import(b"patient_id,name\n1,Ana\n")

    assert (result.exit_code, result.output) == (0, "list.csv: 1 new, 0 known, 0 refused (patients)\n")


def test_refused_rows_end_with_1_and_are_named(triage_import: Any) -> None:
    """A scheduled import fails visibly, and its log says what to mend and where; markup in a cell stays text."""
    result = triage_import(b"patient_id,name,email\n1,Ana,[red]x\x1b[2J\n")

    assert result.exit_code == 1
    assert "  line 2: email: “[red]x\\u001b[2J” holds the invisible character U+001B" in result.output
    assert "list.refused.csv" in result.output


def test_a_refused_file_ends_with_2_and_a_sentence(triage_import: Any) -> None:
    """On stderr, without a traceback."""
    result = triage_import(b"%PDF-1.7")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("triage: The file is no text but a PDF")


def test_scripts_read_json(triage_import: Any) -> None:
    """The same facts, one object, whatever happened."""
    some = triage_import(b"patient_id,name\n1,Ana\n2,\n", "--json", "--source", "clinic-a")
    none = triage_import(b"", "--json")

    report = json.loads(some.stdout)
    assert (some.exit_code, report["new"], report["refused"]) == (1, 1, [{"line": 3, "reason": "name is empty"}])
    assert report["source"] == "clinic-a"
    assert none.stderr == ""
    assert (none.exit_code, json.loads(none.stdout)) == (2, {"file": "list.csv", "error": "The file is empty. Export it again."})


def test_options_reach_the_import(triage_import: Any) -> None:
    """A zone by name, a kind of row, a format; a zone that is none is told."""
    note = b"note_id,lane,written_at,text\nn1,referral,2026-03-10 15:20,LVM\n"

    assert triage_import(note, "--zone", "America/Chicago", "--what", "notes", "--format", "csv").exit_code == 0
    wrong = triage_import(note, "--zone", "Mars/Olympus")
    assert (wrong.exit_code, wrong.stderr) == (2, "triage: Mars/Olympus is no time zone; write one like America/Chicago.\n")
