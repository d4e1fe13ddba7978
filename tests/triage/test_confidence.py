"""Confidence learnt from decisions: what it teaches, what it refuses to teach, and the file in which it is kept."""

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import CALL, NO_RIDE
from tests.triage.llm_builders import a_note
from triage.assistants.calibrated import Calibrated
from triage.confidence import ISOTONIC_FROM, LEAST, Confidence, Errors, Isotonic, Learnt, Map, Platt, folds, learn
from triage.confidence_file import ConfidenceFile, DamagedConfidence, load
from triage.jobs import as_stored
from triage.reading import Grounded, Identity, Note, Reading
from triage.reliability import reliability
from workflow.vocabulary import SuggestionKind

WHEN = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
OWNS = [0.2, 0.35, 0.5, 0.65, 0.8, 0.95]
CHANCES = st.floats(0, 1)


@dataclass(frozen=True)
class Decided:
    own_confidence: float
    is_accepted: bool
    patient_id: int


def truly(own: float) -> float:
    """The planted fault: an assistant that is far too sure of itself."""
    return 1 / (1 + exp(-(1.5 * log(own / (1 - own)) - 1.5)))


def some(count: int, seed: int = 7, *, honest: bool = False) -> list[Decided]:
    """Decisions of reviewers who accept as often as `truly` says, or as often as the assistant says where it is `honest`."""
    random = np.random.default_rng(seed)
    owns = random.uniform(0.05, 0.98, count)
    chances = owns if honest else [truly(own) for own in owns]
    accepted = random.uniform(size=count) < chances
    return [Decided(float(own), bool(well), int(place) // 4) for place, (own, well) in enumerate(zip(owns, accepted, strict=True))]


def a_learnt(mapping: Map, kind: SuggestionKind = SuggestionKind.TASK, assistant: str = "embedded", decisions: int = 412) -> Learnt:
    errors = {"before": Errors(ece=0.2, brier=0.2), "after": Errors(ece=0.02, brier=0.1)}
    return Learnt(assistant=assistant, kind=kind, map=mapping, decisions=decisions, accepted=300, patients=90, **errors)


def a_confidence(*learnt: Learnt) -> Confidence:
    return Confidence(learnt_at=WHEN, learnt=learnt)


@pytest.mark.parametrize(("count", "method", "off"), [(800, "platt", 0.06), (6000, "isotonic", 0.06)])
def test_a_planted_fault_is_learnt(count: int, method: str, off: float) -> None:
    """The map says what reviewers do, and both errors fall on decisions it was not learnt from."""
    trial = learn("embedded", SuggestionKind.TASK, some(count))

    assert trial.learnt is not None
    assert (trial.outcome, trial.learnt.map.method, trial.learnt.decisions, trial.learnt.patients) == (method, method, count, count // 4)
    assert max(abs(trial.learnt.map.of(own) - truly(own)) for own in OWNS) < off
    assert trial.learnt.before.ece > 0.15
    assert trial.learnt.after.ece < 0.05
    assert trial.learnt.after.brier < trial.learnt.before.brier


def test_the_method_goes_by_the_number_of_decisions() -> None:
    """At a thousand the steps take over from the sigmoid."""
    found = [learn("embedded", SuggestionKind.TASK, some(count)).outcome for count in (ISOTONIC_FROM - 1, ISOTONIC_FROM)]

    assert found == ["platt", "isotonic"]


def test_a_constant_number_becomes_the_share_that_was_accepted() -> None:
    """A model's starting value is the same for every suggestion of a kind; 1 in 5 was accepted."""
    for count in (200, 2000):
        decided = [Decided(0.6, place % 5 == 0, place % 40) for place in range(count)]

        trial = learn("llm", SuggestionKind.BLOCKER, decided)

        assert trial.learnt is not None
        assert trial.learnt.map.of(0.6) == pytest.approx(0.2, abs=0.01)


def test_an_honest_number_stays() -> None:
    """Learning from chance alone would do worse than nothing."""
    trials = [learn("embedded", SuggestionKind.TASK, some(300, seed, honest=True)) for seed in range(12)]
    told = [trial for trial in trials if trial.learnt is None]

    assert len(told) >= 8
    assert {trial.outcome for trial in told} == {"cold start (learning would not do better)"}
    for trial in trials:
        assert trial.before is not None
        assert trial.after is not None
        assert (trial.learnt is not None) == (trial.after.ece < trial.before.ece and trial.after.brier < trial.before.brier)


@pytest.mark.parametrize(
    ("decided", "outcome"),
    [
        ([], f"cold start (0 of {LEAST} decisions)"),
        (some(12), f"cold start (12 of {LEAST} decisions)"),
        (some(LEAST - 1), f"cold start ({LEAST - 1} of {LEAST} decisions)"),
        ([replace(one, is_accepted=True) for one in some(LEAST)], "cold start (all were accepted)"),
        ([replace(one, is_accepted=False) for one in some(LEAST)], "cold start (all were rejected)"),
        ([replace(one, patient_id=1) for one in some(400)], "cold start (all about one patient)"),
    ],
)
def test_too_little_teaches_nothing(decided: list[Decided], outcome: str) -> None:
    """The assistant's own number stays, and the reason is said."""
    trial = learn("embedded", SuggestionKind.TASK, decided)

    assert (trial.learnt, trial.before, trial.after, trial.outcome) == (None, None, None, outcome)


def test_no_patient_is_on_both_sides_of_a_fold() -> None:
    """Notes of one patient are alike: judged by themselves they would flatter."""
    decided = some(203)
    judged: list[int] = []
    for rest, held in folds(decided):
        assert not {decided[place].patient_id for place in rest} & {decided[place].patient_id for place in held}
        assert sorted(rest + held) == list(range(203))
        judged += held

    assert sorted(judged) == list(range(203))


def test_two_patients_are_enough_for_two_folds() -> None:
    """A small clinic's first fifty decisions, nearly all about one patient."""
    decided = [replace(one, patient_id=int(place == 0)) for place, one in enumerate(some(60))]

    assert learn("embedded", SuggestionKind.TASK, decided).after is not None


@given(CHANCES, CHANCES, st.floats(0, 50), st.floats(-50, 50), st.lists(st.tuples(CHANCES, CHANCES), min_size=1))
def test_the_surer_of_two_never_becomes_the_less_sure(
    one: float, other: float, slope: float, offset: float, steps: list[tuple[float, float]]
) -> None:
    """The order of cards by confidence, within a kind, is the assistant's."""
    owns = sorted({own for own, _ in steps})
    knots = tuple(zip(owns, sorted(chance for _, chance in steps)[: len(owns)], strict=True))
    less, more = sorted((one, other))

    for mapping in (Platt(slope=slope, offset=offset), Isotonic(knots=knots)):
        assert 0 <= mapping.of(less) <= mapping.of(more) + 1e-12 <= 1 + 2e-12


def test_steps_as_they_are_learnt_are_steps_as_they_are_kept() -> None:
    """Out of range is level, and a file gives back the very map that was put in."""
    trial = learn("embedded", SuggestionKind.TASK, some(1500))
    assert trial.learnt is not None
    steps = trial.learnt.map
    assert isinstance(steps, Isotonic)

    assert (steps.of(0.0), steps.of(1.0)) == (steps.knots[0][1], steps.knots[-1][1])
    assert Confidence.model_validate_json(a_confidence(trial.learnt).model_dump_json()).learnt == (trial.learnt,)


def test_errors_are_those_of_ten_equal_bins() -> None:
    """Two bins: 0.25 and 0.95 on average, 0 of 2 and 1 of 2 came true; 1 belongs to the last bin."""
    told = reliability([(0.2, False), (0.29, False), (0.9, True), (1.0, False)])

    assert told.n == 4
    assert told.ece == pytest.approx((0.49 + 0.9) / 4)
    assert told.brier == pytest.approx((0.04 + 0.0841 + 0.01 + 1) / 4)
    assert [(one.count, one.right) for one in told.bins if one.count] == [(2, 0), (2, 1)]
    assert len(told.bins) == 10


def test_errors_over_nothing_are_undefined() -> None:
    """Never 0, which would look like perfection."""
    told = reliability([])

    assert (told.n, told.ece, told.brier) == (0, None, None)
    assert {(one.confidence, one.share) for one in told.bins} == {(None, None)}


# The wrapper.


class Fake:
    """Suggests a task and a blocker, each with a number of its own."""

    identity = Identity("embedded", "m", "p", "v1", "hash")

    def read_note(self, note: Note) -> Reading:
        items = (Grounded(CALL, 0, 4, 0.9, "Thurs"), Grounded(NO_RIDE, 5, 9, 0.7))
        return Reading(self.identity, items, refused=2, stood_in_for="llm", usage={"seconds": 1.0}, examples=("7",))


def test_only_the_number_changes_and_the_assistants_own_stays_beside_it() -> None:
    """What was learnt about tasks leaves the blocker alone."""
    learnt = a_confidence(a_learnt(Isotonic(knots=((0.0, 0.1), (1.0, 0.5)))))
    plain = Fake().read_note(a_note())

    reading = Calibrated(Fake(), lambda: learnt).read_note(a_note())

    task, blocker = reading.items
    assert task.confidence == pytest.approx(0.46)
    assert (task.own_confidence, task.decisions) == (0.9, 412)
    assert replace(task, confidence=0.9, own_confidence=None, decisions=None) == plain.items[0]
    assert blocker == plain.items[1]
    assert replace(reading, items=plain.items) == plain
    assert Calibrated(Fake(), lambda: learnt).identity == Fake.identity


def test_at_cold_start_the_reading_is_the_assistants() -> None:
    """Nothing learnt, nothing for this assistant, and nothing learnt from any kind of it."""
    about_another = a_confidence(a_learnt(Platt(slope=1, offset=-2), assistant="llm"))

    for learnt in (None, a_confidence(), about_another):
        assert Calibrated(Fake(), lambda known=learnt: known).read_note(a_note()) == Fake().read_note(a_note())  # type: ignore[misc]


def test_the_own_number_is_stored_with_or_without_a_learnt_one() -> None:
    """Learning reads it: from a learnt number it would feed on itself."""
    learnt = a_confidence(a_learnt(Platt(slope=1, offset=-2)))

    task, blocker = as_stored(Calibrated(Fake(), lambda: learnt).read_note(a_note())).suggestions

    assert (task.own_confidence, task.learnt_from) == (0.9, 412)
    assert task.confidence < 0.6
    assert (blocker.confidence, blocker.own_confidence, blocker.learnt_from) == (0.7, 0.7, None)


# The file.


def put(path: Path, confidence: Confidence) -> None:
    """As `triage train` does: a new file in place of the old one."""
    beside = path.with_suffix(".new")
    beside.write_text(confidence.model_dump_json(), "utf-8")
    beside.replace(path)


def test_a_running_process_follows_the_file(tmp_path: Path) -> None:
    """Learnt, learnt anew, and gone again, without a restart."""
    path = tmp_path / "confidence.json"
    current = ConfidenceFile(path)
    assert current() is None

    for decisions in (60, 90):
        put(path, a_confidence(a_learnt(Platt(slope=1, offset=0), decisions=decisions)))
        known = current()
        assert known is not None
        assert known.learnt[0].decisions == decisions
        assert current() is known  # read once

    path.unlink()
    assert current() is None


GOOD = a_confidence(a_learnt(Isotonic(knots=((0.2, 0.3), (0.9, 0.8))))).model_dump_json()


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        GOOD[:-20].encode(),
        GOOD.replace('"version":1', '"version":2').encode(),
        GOOD.replace("[0.2,0.3]", "[0.2,NaN]").encode(),
        GOOD.replace("[0.2,0.3]", "[0.2,1.3]").encode(),
        GOOD.replace("[0.2,0.3]", "[0.95,0.3]").encode(),
        GOOD.replace("[0.2,0.3]", "[0.2,0.9]").encode(),
        GOOD.replace("[[0.2,0.3],[0.9,0.8]]", "[]").encode(),
        GOOD.replace('"task"', '"tusk"').encode(),
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_told_and_counts_as_cold_start(tmp_path: Path, caplog: pytest.LogCaptureFixture, damaged: bytes) -> None:
    """A map that falls, ends half-way or holds no number must not order anybody's queue; reading goes on all the same."""
    path = tmp_path / "confidence.json"
    path.write_bytes(damaged)
    current = ConfidenceFile(path)

    with pytest.raises(DamagedConfidence, match=r"confidence\.json cannot be used .* Run triage train"):
        load(path)
    assert [Calibrated(Fake(), current).read_note(a_note()) for _ in range(2)] == [Fake().read_note(a_note())] * 2
    assert len(caplog.records) == 1


def test_a_folder_in_the_files_place_is_damage_too(tmp_path: Path) -> None:
    """Whatever the system says about it."""
    path = tmp_path / "confidence.json"
    path.mkdir()
    os.utime(path)

    with pytest.raises(DamagedConfidence, match="cannot be used"):
        load(path)
    assert ConfidenceFile(path)() is None
