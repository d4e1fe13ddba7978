"""`triage train`: from reviewers' decisions to the number on the next card."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import insert, select, update
from typer.testing import Result

from cli import training
from cli.settings import settings
from cli.wiring import Record, build_assistant, open_record
from store import suggestions
from store.tables import SuggestionRow
from tests.builders import CALL, a_note, a_reading, a_suggestion
from triage.confidence_file import load
from triage.jobs import read_note
from workflow.suggestions import BlockerPayload
from workflow.vocabulary import BlockerCategory

Run = Callable[..., Result]


@pytest.fixture
def record(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Record]:
    """An empty record, and a terminal wide enough for a table."""
    monkeypatch.setenv("COLUMNS", "200")
    opened = open_record()
    yield opened
    opened.close()


def decide(record: Record, count: int, *, accepts: Callable[[float], float], patients: int = 40, first: int = 0) -> None:
    """So many decided tasks with numbers of their own, shown with another one that would teach nonsense."""
    random = np.random.default_rng(3)
    with record.database.write() as session:
        for number in range(patients):
            reading = a_reading(replace(a_suggestion(), own_confidence=0.5))
            note = a_note(session, f"n-{first}-{number}", patient=f"p-{number}")
            suggestions.save_reading(session, note.id, reading, now=note.written_at)
        cards = session.scalars(select(SuggestionRow).where(SuggestionRow.standing == "pending")).all()
        columns = [column.name for column in SuggestionRow.__table__.columns if column.name != "id"]
        rows = []
        for place in range(count):
            card, own = cards[place % patients], float(random.uniform(0.1, 0.95))
            standing = "accepted" if random.uniform() < accepts(own) else "rejected"
            own_numbers = {"own_confidence": own, "confidence": 0.99, "standing": standing, "fingerprint": f"{first}-{place}"}
            rows.append({name: getattr(card, name) for name in columns} | own_numbers)
        session.execute(insert(SuggestionRow), rows)
        session.execute(update(SuggestionRow).where(SuggestionRow.standing == "pending").values(standing="superseded"))


def test_decisions_teach_the_number_on_the_next_card(triage: Run, record: Record, data_dir: Path) -> None:
    """From the record to the file to a reading of a process that was running all along; its own number is kept beside it."""
    assistant = build_assistant(settings(), record=record)
    decide(record, 600, accepts=lambda own: 0.5 * own)

    result = triage("train")

    assert result.exit_code == 0, result.output
    row = next(line for line in result.stdout.splitlines() if "task" in line)
    assert "600" in row
    assert "platt" in row
    assert "A running server follows it" in result.stderr
    assert "triage train --network" in result.stderr
    learnt = load(data_dir / "confidence.json")
    assert learnt is not None
    (one,) = learnt.learnt
    assert one.before.ece > 0.2
    assert one.after.ece < 0.08
    assert one.map.of(0.9) == pytest.approx(0.45, abs=0.08)

    with record.database.write() as session:
        note = a_note(session, "new", patient="p-new", text="Call pt on Monday to confirm the ride.").id
    read_note(record.database, assistant, note)
    with record.database.read() as session:
        tasks = [item for item in suggestions.of_note(session, note) if item.kind == "task"]
    assert tasks
    for task in tasks:
        assert task.own_confidence is not None
        assert (task.confidence, task.learnt_from) == (pytest.approx(one.map.of(task.own_confidence)), 600)


def test_with_few_decisions_nothing_is_written(triage: Run, record: Record, data_dir: Path) -> None:
    """And the table says how many there are, also for kinds that nobody has decided."""
    decide(record, 12, accepts=lambda own: 0.1)

    result = triage("train")

    assert result.exit_code == 0
    assert "cold start (12 of 50 decisions)" in result.stdout
    assert result.stdout.count("cold start (0 of 50 decisions)") == 3
    assert "nothing was written" in result.stderr
    assert not (data_dir / "confidence.json").exists()


def test_what_decisions_no_longer_bear_out_is_given_up(triage: Run, record: Record, data_dir: Path) -> None:
    """Learnt once; then those decisions are gone, and the assistant's own number is shown again."""
    decide(record, 100, accepts=lambda own: 0.2 * own)
    triage("train")
    first = load(data_dir / "confidence.json")
    assert first is not None
    assert len(first.learnt) == 1

    with record.database.write() as session:
        session.execute(update(SuggestionRow).values(standing="superseded"))
    triage("train")

    second = load(data_dir / "confidence.json")
    assert second is not None
    assert second.learnt == ()


def test_a_damaged_file_is_told_by_doctor_and_mended_by_train(triage: Run, record: Record, data_dir: Path) -> None:
    """Between the two, notes are read with the assistant's own numbers."""
    assert "Confidence: cold start" in triage("doctor").stdout
    (data_dir / "confidence.json").write_text('{"version": 1, "learnt_at":', "utf-8")

    told = triage("doctor")
    assert told.exit_code == 1
    assert " X Confidence: " in told.stdout
    assert "confidence.json cannot be used" in told.stdout

    decide(record, 200, accepts=lambda own: 0.3 * own)
    assert triage("train").exit_code == 0
    told = triage("doctor")
    assert told.exit_code == 0
    assert "Confidence: learnt from decisions on 20" in told.stdout
    assert "Confidence of embedded, task: 200 decisions (platt), calibration error 0." in told.stdout


def test_evals_measure_the_assistant_and_not_what_this_record_taught(record: Record, data_dir: Path) -> None:
    """The same run on two machines gives the same numbers."""
    decide(record, 200, accepts=lambda own: 0.3 * own)

    assert type(build_assistant(settings())).__name__ == "Screened"
    assert type(build_assistant(settings(), record=record)).__name__ == "Calibrated"


def test_the_network_is_fitted_only_with_its_extra(triage: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the command says what to install, and plain `triage train` says so too, after its own half."""
    monkeypatch.setattr(training, "FIT", ("no_such_package",))

    refused, plain = triage("train", "--network"), triage("train")

    assert refused.exit_code == 2
    assert "pip install -e '.[fit]'" in refused.stderr
    assert plain.exit_code == 0
    assert "triage train --network, which needs pip install -e '.[fit]'" in plain.stderr


def test_two_assistants_learn_apart(triage: Run, record: Record, data_dir: Path) -> None:
    """What reviewers think of one model says nothing of the other."""
    decide(record, 120, accepts=lambda own: 0.2 * own)
    with record.database.write() as session:
        note = a_note(session, "n-llm", patient="p-0")
        other = BlockerPayload(category=BlockerCategory.OTHER)
        items = [replace(a_suggestion(other, "No ride"), own_confidence=0.6), replace(a_suggestion(CALL), own_confidence=0.6)]
        suggestions.save_reading(session, note.id, replace(a_reading(*items, reader="llm:1"), assistant="llm"), now=note.written_at)
        session.execute(update(SuggestionRow).where(SuggestionRow.standing == "pending").values(standing="accepted"))

    lines = triage("train").stdout.splitlines()

    assert any("llm" in line and "blocker" in line and "cold start (1 of 50 decisions)" in line for line in lines)
    document = json.loads((data_dir / "confidence.json").read_text("utf-8"))
    assert [(one["assistant"], one["kind"]) for one in document["learnt"]] == [("embedded", "task")]
