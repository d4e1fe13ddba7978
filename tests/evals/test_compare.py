"""Two runs on the same notes."""

import pytest

from evals.compare import COMPARED, Difference, compare
from evals.errors import RunsDoNotPair
from evals.scoring import Scores, score
from tests.evals.builders import a_note, a_prediction, a_reading, a_task


def a_run(right: set[int], *, notes: int = 100, patients: int | None = None) -> Scores:
    """Scores of a reader that finds the one task in the notes of `right` and nothing in the others."""
    gold = a_reading(tasks=[a_task()])
    extra = [{"patient": str(i % patients)} if patients else {} for i in range(notes)]
    labelled = [a_note(f"n-{i}", gold=gold, **extra[i]) for i in range(notes)]
    return score(labelled, [a_prediction(f"n-{i}", tasks=[a_task()] if i in right else []) for i in range(notes)])


def tasks_f1(before: Scores, after: Scores) -> Difference:
    return next(one for one in compare(before, after).differences if one.path == "tasks.f1")


def test_a_run_that_finds_much_more_is_better_and_the_other_way_round_worse():
    """40 of 100 against 80 of 100 is no accident; the points bound F1 0.57 -> 0.89."""
    some, many = a_run(set(range(40))), a_run(set(range(80)))

    better, worse = tasks_f1(some, many), tasks_f1(many, some)

    assert (better.verdict, worse.verdict) == ("better", "worse")
    assert better.low is not None
    assert better.high is not None
    assert better.low < 160 / 180 - 80 / 140 < better.high
    assert worse.low == pytest.approx(-better.high)
    assert worse.in_words() == better.in_words().replace("better", "worse")


def test_a_small_difference_is_too_close_to_tell_and_says_how_many_notes_would_do():
    """One note more of a hundred; a reader deserves to know what it would take."""
    words = tasks_f1(a_run(set(range(50))), a_run({*range(1, 50), 60, 61})).in_words()

    assert words.startswith("too close to tell on 100 notes; about ")


def test_a_run_is_too_close_to_itself():
    """Nothing is better than itself, and no number of notes would change that."""
    assert tasks_f1(a_run({1, 2}), a_run({1, 2})).in_words() == "too close to tell on 100 notes"


def test_pairing_sees_what_two_separate_intervals_would_not():
    """The same notes plus eight more: the intervals of the two overlap widely, the paired difference is clear."""
    one, other = a_run(set(range(50))), a_run(set(range(60)))
    before, after = one.measures["tasks.f1"], other.measures["tasks.f1"]

    assert before.high is not None
    assert after.low is not None
    assert before.high > after.low
    assert tasks_f1(one, other).verdict == "better"


def test_a_gain_on_one_patient_alone_does_not_count_as_many():
    """Ten notes of one patient are one fact."""
    few = 3
    gained = {i for i in range(100) if i % few == 0}

    assert tasks_f1(a_run(set(), patients=few), a_run(gained, patients=few)).verdict == "too close to tell"
    assert tasks_f1(a_run(set()), a_run(gained)).verdict == "better"


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.031, 0.068, "better by 3 to 7 points"),
        (-0.068, -0.031, "worse by 3 to 7 points"),
        (0.001, 0.04, "better by up to 4 points"),
        (0.001, 0.012, "better by up to 1 point"),
        (0.028, 0.032, "better by 3 points"),
        (0.001, 0.002, "better by less than a point"),
        (-0.02, 0.02, "too close to tell on 412 notes"),
        (None, None, "too close to tell on 412 notes"),
    ],
)
def test_a_difference_in_words(low, high, words):
    """A point is a hundredth; both ends of the interval are said."""
    assert Difference("tasks.f1", 0.5, 0.5, low, high, 412).in_words() == words


def test_enough_notes_is_an_estimate_of_two_digits():
    """Half width 4 points, difference 2.7 points, 412 notes: 412 * (4 / 2.7)^2 = 904, said as 910."""
    assert Difference("tasks.f1", 0.8, 0.827, -0.013, 0.067, 412).in_words() == "too close to tell on 412 notes; about 910 would do"


def test_a_score_that_is_undefined_in_one_run_is_not_compared():
    """No attempts in gold and none predicted: there is nothing to be better at."""
    difference = next(one for one in compare(a_run({1}), a_run({2})).differences if one.path == "outreach_attempts.f1")

    assert difference.in_words() == "nothing to compare: undefined in at least one run"


def test_mended_and_broken_cases_are_told():
    """The flips are what a maintainer reads after the verdict."""
    comparison = compare(a_run({1, 2}), a_run({2, 3}))

    assert [miss.note_id for miss in comparison.mended] == ["n-3"]
    assert [miss.note_id for miss in comparison.broken] == ["n-1"]
    assert [one.path for one in comparison.differences] == list(COMPARED)


def test_runs_on_different_notes_are_refused():
    """A difference between data sets is no difference between readers."""
    with pytest.raises(RunsDoNotPair):
        compare(a_run({1}), a_run({1}, notes=99))
