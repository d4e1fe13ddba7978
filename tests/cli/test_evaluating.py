"""`triage eval`: a run, its report, a comparison, scores of a file, and an export of what was decided."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import Result

from cli.wiring import open_record
from store.tables import AccessRow

Run = Callable[..., Result]
PUBLIC = Path(__file__).parents[2] / "evals" / "data" / "public.jsonl"


@pytest.fixture
def some(data_dir: Path) -> Path:
    """Ten labelled notes."""
    path = data_dir / "some.jsonl"
    path.write_text("".join(PUBLIC.read_text("utf-8").splitlines(keepends=True)[:10]), encoding="utf-8")
    return path


def test_a_run_prints_the_scores_that_scripts_rely_on(triage: Run, some: Path, data_dir: Path) -> None:
    """The keys of the contract, and where the run is kept."""
    result = triage("eval", "run", "--data", some, "--assistant", "embedded", "--json")

    document = json.loads(result.stdout)
    assert {"precision", "recall", "f1", "owner_accuracy", "due_accuracy"} <= set(document["tasks"])
    assert {"micro_f1", "macro_f1"} <= set(document["blockers"])
    assert "f1" in document["outreach_attempts"]
    assert "f1" in document["escalation"]
    assert document["grounding"] in {1.0, None}
    assert {"ece", "brier", "n", "bins"} == set(document["calibration"]["all"])
    assert document["notes"] == 10
    assert document["seconds"] >= 0
    assert Path(document["folder"]).parent == data_dir / "evals" / "runs"


def test_a_run_is_reported_and_compared(triage: Run, some: Path, data_dir: Path) -> None:
    """A run beside itself has nothing to tell it from itself."""
    out = data_dir / "first"
    triage("eval", "run", "--data", some, "--out", out)

    page = triage("eval", "report", out, "--misses").stdout
    assert page.startswith("# Scores")
    assert f"](<{out / 'reliability.svg'}>)" in page
    compared = triage("eval", "compare", out, out)
    assert "too close to tell" in compared.stdout
    assert set(json.loads(triage("eval", "compare", out, out, "--json").stdout)) == {"notes", "differences", "mended", "broken"}


def test_a_report_in_a_file_has_its_plot_beside_it(triage: Run, some: Path, data_dir: Path) -> None:
    """Both can be moved together; a run of before plots were drawn has one too."""
    out, page = data_dir / "first", data_dir / "kept" / "report.md"
    page.parent.mkdir()
    triage("eval", "run", "--data", some, "--out", out)
    (out / "reliability.svg").unlink()

    assert triage("eval", "report", out, "--out", page).stdout == ""

    assert "](<reliability.svg>)" in page.read_text("utf-8")
    assert (page.parent / "reliability.svg").read_text("utf-8").startswith("<svg ")


def test_what_read_writes_can_be_scored(triage: Run, some: Path, data_dir: Path) -> None:
    """The same numbers as a run has, whoever made the file."""
    predictions = data_dir / "predictions.jsonl"
    predictions.write_text(triage("read", some).stdout, encoding="utf-8")

    scored = json.loads(triage("eval", "score", "--predictions", predictions, "--data", some, "--json").stdout)
    run = json.loads(triage("eval", "run", "--data", some, "--json").stdout)

    assert scored["tasks"] == run["tasks"]


def test_an_export_without_decisions_is_empty(triage: Run, data_dir: Path) -> None:
    """And says so, instead of failing."""
    result = triage("eval", "export", "--out", data_dir / "reviewed.jsonl")

    assert result.exit_code == 0
    assert (data_dir / "reviewed.jsonl").read_text() == ""
    assert result.stderr.startswith("0 reviewed notes.")
    record = open_record()
    with record.database.read() as session:
        entries = [(row.username, row.action, row.subject) for row in session.scalars(select(AccessRow))]
    record.close()
    assert entries == [("command line", "export", "reviewed notes")]
