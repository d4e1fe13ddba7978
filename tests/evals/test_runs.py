"""Runs: kept as files, resumed after a cut, never mixed."""

import json
import threading
from pathlib import Path

import pytest

from evals import runs
from evals.errors import DataDoesNotFit, FolderIsTaken
from evals.reports.markdown import as_markdown
from evals.runs import run
from tests.evals.builders import a_note, a_reading, a_task
from triage.assistants.protocol import AssistantMisconfigured, AssistantUnavailable, NoUsableAnswer
from triage.calls import Call
from triage.reading import Grounded, Identity, Note, Reading
from workflow.suggestions import TaskPayload
from workflow.vocabulary import Action, OwnerRole

CALL = TaskPayload(action=Action.CALL_PATIENT, owner_role=OwnerRole.CARE_COORDINATOR)
TEXT = "Call pt."


class Fake:
    """Reads "Call pt" as a task in every note, except where told to fail; remembers what it was asked."""

    def __init__(self, *, version: str = "1", failing: dict[str, Exception] | None = None, stood_in_for: str | None = None) -> None:
        self.identity = Identity("fake", "none", "read_note", version, "0" * 64)
        self.asked: list[str] = []
        self._failing = failing or {}
        self._stood_in_for = stood_in_for
        self._lock = threading.Lock()

    def read_note(self, note: Note) -> Reading:
        with self._lock:
            self.asked.append(note.id)
        if note.id in self._failing:
            raise self._failing[note.id]
        return Reading(self.identity, (Grounded(CALL, 0, 7, 0.9),), refused=1, stood_in_for=self._stood_in_for, usage={"tokens": 10})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Five notes, each with one call to make."""
    path = tmp_path / "data.jsonl"
    write(path, 5)
    return path


def write(path: Path, notes: int) -> None:
    labelled = [a_note(f"n-{i}", TEXT, gold=a_reading(tasks=[a_task("Call pt")])) for i in range(notes)]
    path.write_text("".join(note.model_dump_json() + "\n" for note in labelled))


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_run_leaves_what_made_it_its_predictions_and_its_scores(data, tmp_path):
    """Anybody can later tell which reader, which data and which code a number came from."""
    out = tmp_path / "run"

    made = run(data, Fake(), out)

    document = json.loads((out / "run.json").read_text())
    assert document["identity"]["assistant"] == "fake"
    assert (document["data"]["sha256"], len(document["data"]["sha256"])) == (made.sha256, 64)
    assert (document["notes"], document["answered"], document["failed"], document["refused"], document["usage"]) == (
        5,
        5,
        0,
        5,
        {"tokens": 50},
    )
    assert document["finished"] >= document["started"]
    assert {"python", "numpy", "commit"} <= document["made_with"].keys()
    assert [line["id"] for line in lines(out / "predictions.jsonl")] == [f"n-{i}" for i in range(5)]
    assert json.loads((out / "scores.json").read_text())["tasks"]["f1"] == 1.0
    assert made.scores is not None
    assert made.scores.seconds == made.seconds
    assert sorted(path.name for path in out.iterdir()) == [
        "errors.jsonl",
        "predictions.jsonl",
        "reliability.svg",
        "run.json",
        "scores.json",
    ]


def test_an_error_on_one_note_is_a_missing_answer_and_the_run_goes_on(data, tmp_path):
    """The reason is kept, the note's text is not, and the score counts the miss."""
    out = tmp_path / "run"

    made = run(data, Fake(failing={"n-1": NoUsableAnswer("the answer could not be used")}), out)

    assert lines(out / "errors.jsonl") == [{"id": "n-1", "error": "NoUsableAnswer", "reason": "the answer could not be used"}]
    assert (made.answered, made.failed) == (4, 1)
    assert made.scores is not None
    assert (made.scores.missing, made.scores.value("tasks.recall")) == (1, 4 / 5)


def test_what_a_run_cost_is_kept_with_what_was_paid_in_vain(data, tmp_path):
    """Money that bought no answer is money too, also where the note is read in a later sitting."""
    refused = NoUsableAnswer("refused")
    refused.calls = (Call(0.5, 100, 3, 0.01),)
    out = tmp_path / "run"

    first = run(data, Fake(failing={"n-1": refused}), out)
    kept = lines(out / "errors.jsonl")[0]["calls"]
    second = run(data, Fake(), out)

    paid = {"calls": 1, "tokens_in": 100, "tokens_out": 3, "seconds": 0.5, "cost": 0.01}
    assert first.in_vain == second.in_vain == runs.load(out).in_vain == paid
    assert kept == [{"seconds": 0.5, "tokens_in": 100, "tokens_out": 3, "cost": 0.01}]
    assert second.usage == {"tokens": 50}
    assert "in vain: 1 calls, 100 tokens read, 3 written, cost 0.0100" in as_markdown(second.scores, made_by=second)


def test_resuming_reads_only_what_is_missing(data, tmp_path):
    """A run of an hour that lost one note should not cost another hour."""
    out = tmp_path / "run"
    run(data, Fake(failing={"n-1": AssistantUnavailable("busy")}), out)
    again = Fake()

    made = run(data, again, out)

    assert again.asked == ["n-1"]
    assert (made.answered, made.failed) == (5, 0)
    assert (out / "errors.jsonl").read_text() == ""
    assert [line["id"] for line in lines(out / "predictions.jsonl")] == [f"n-{i}" for i in range(5)]


def test_a_run_killed_in_the_middle_of_a_line_resumes_with_that_note(data, tmp_path):
    """A torn line is cut off and its note read again."""
    out = tmp_path / "run"
    run(data, Fake(), out)
    kept = (out / "predictions.jsonl").read_bytes().split(b"\n")
    (out / "predictions.jsonl").write_bytes(b"\n".join(kept[:2]) + b'\n{"id": "n-2", "rea')
    again = Fake()

    made = run(data, again, out)

    assert again.asked == ["n-2", "n-3", "n-4"]
    assert made.answered == 5


def test_a_wrong_setting_stops_the_run_and_keeps_what_is_done(data, tmp_path):
    """A wrong key fails on every note: five hundred identical errors help nobody."""
    out = tmp_path / "run"
    reader = Fake(failing={"n-2": AssistantMisconfigured("the key was refused")})

    with pytest.raises(AssistantMisconfigured):
        run(data, reader, out)

    assert reader.asked == ["n-0", "n-1", "n-2"]
    assert json.loads((out / "run.json").read_text())["finished"] is None
    assert run(data, Fake(), out).answered == 5


def test_a_folder_with_another_readers_run_is_refused(data, tmp_path):
    """Predictions of two prompts in one file would be nobody's."""
    run(data, Fake(), tmp_path / "run")

    with pytest.raises(FolderIsTaken, match="choose another folder"):
        run(data, Fake(version="2"), tmp_path / "run")


def test_a_folder_with_a_run_on_other_data_is_refused(data, tmp_path):
    """Also where the file at the same path has changed since."""
    run(data, Fake(), tmp_path / "run")
    write(data, 6)

    with pytest.raises(FolderIsTaken, match="on other data"):
        run(data, Fake(), tmp_path / "run")


@pytest.mark.parametrize(("name", "text"), [("predictions.jsonl", ""), ("run.json", "{}"), ("run.json", "not json")])
def test_a_folder_that_nobody_can_make_sense_of_is_refused(data, tmp_path, name, text):
    """Nothing that is not ours is overwritten."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).write_text(text)

    with pytest.raises(FolderIsTaken):
        run(data, Fake(), tmp_path / "run")

    assert (tmp_path / "run" / name).read_text() == text


def test_threads_read_every_note_once_and_leave_the_same_predictions(data, tmp_path):
    """The order in which answers come is no part of the result."""
    write(data, 40)
    reader = Fake(failing={"n-7": NoUsableAnswer("no")})

    run(data, reader, tmp_path / "many", threads=8)
    run(data, Fake(failing={"n-7": NoUsableAnswer("no")}), tmp_path / "one")

    assert sorted(reader.asked) == sorted(f"n-{i}" for i in range(40))
    many, one = ([line["id"] for line in lines(tmp_path / name / "predictions.jsonl")] for name in ("many", "one"))
    assert many == one


def test_a_wrong_setting_stops_threads_too(data, tmp_path):
    """The rest of the queue is dropped, not worked through."""
    write(data, 200)
    reader = Fake(failing={f"n-{i}": AssistantMisconfigured("no key") for i in range(200)})

    with pytest.raises(AssistantMisconfigured):
        run(data, reader, tmp_path / "run", threads=2)

    assert len(reader.asked) < 200


def test_progress_starts_where_the_run_resumes_and_ends_at_the_whole(data, tmp_path):
    """What a progress bar shows."""
    seen: list[tuple[int, int]] = []
    run(data, Fake(failing={"n-3": NoUsableAnswer("no")}), tmp_path / "run")

    run(data, Fake(), tmp_path / "run", progress=lambda done, notes: seen.append((done, notes)))

    assert seen == [(4, 5), (5, 5)]


def test_answers_of_a_stand_in_are_counted(data, tmp_path):
    """A score that the fallback earned must not be credited to the model."""
    assert run(data, Fake(stood_in_for="llm"), tmp_path / "run").stood_in == 5


def test_a_run_can_be_loaded_and_scored_afresh(data, tmp_path):
    """Scoring rules may improve after a run was made."""
    made = run(data, Fake(), tmp_path / "run")

    loaded = runs.load(tmp_path / "run")

    assert loaded.as_json() == made.as_json()
    assert loaded.scores is not None
    assert made.scores is not None
    assert loaded.scores.as_json() == made.scores.as_json()


def test_a_run_is_not_scored_on_data_that_has_changed(data, tmp_path):
    """Old predictions against new labels would look like a result; a moved file may be named."""
    run(data, Fake(), tmp_path / "run")
    moved = data.rename(tmp_path / "moved.jsonl")

    assert runs.load(tmp_path / "run", data=moved).answered == 5
    with pytest.raises(DataDoesNotFit, match="is not there"):
        runs.load(tmp_path / "run")
    write(data, 3)
    with pytest.raises(DataDoesNotFit, match="contents differ"):
        runs.load(tmp_path / "run")
    with pytest.raises(FolderIsTaken, match="holds no run"):
        runs.load(tmp_path / "elsewhere")


def test_data_that_holds_an_id_twice_is_refused_before_anything_is_asked(data, tmp_path):
    """Resuming goes by id."""
    data.write_text(data.read_text() * 2)
    reader = Fake()

    with pytest.raises(DataDoesNotFit, match="twice"):
        run(data, reader, tmp_path / "run")

    assert reader.asked == []


def test_the_folder_name_tells_data_and_reader_and_is_safe(data):
    """The same two give the same folder, so a run that was cut off is found again."""
    name = runs.folder_name(data, Identity("llm", "org/Model:7b", "read_note", "v2", "abcdef0123456789"))

    assert name == "data-llm-org_Model_7b-read_note@v2-abcdef012345"
