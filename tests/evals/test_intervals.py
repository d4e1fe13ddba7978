"""Intervals against known values and an independent implementation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from evals.scoring import score
from evals.statistics.intervals import bounds, clustered, ratio, redraw, wilson
from tests.evals.builders import a_note, a_prediction, a_reading, a_task


@given(st.integers(1, 500).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_wilson_intervals_are_those_of_scipy(pair):
    """Also at 0 and at all, where simpler intervals have no width."""
    part, whole = pair
    expected = binomtest(part, whole).proportion_ci(method="wilson")

    assert wilson(part, whole) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_an_interval_of_nothing_is_refused():
    """An undefined rate is never reported as 0."""
    with pytest.raises(ValueError, match="no interval"):
        wilson(0, 0)


def test_the_bootstrap_of_a_mean_is_close_to_theory():
    """A hundred notes, half of them right: about 0.5 +- 1.96 * 0.05."""
    counts = np.array([[i % 2, 1.0] for i in range(100)])
    totals = redraw(counts)

    low, high = bounds(ratio(totals[:, 0], totals[:, 1])) or (None, None)

    assert (low, high) == pytest.approx((0.402, 0.598), abs=0.015)


def test_notes_of_one_patient_are_drawn_together():
    """Ten notes of one patient are one fact, not ten: the interval must be as wide as for two patients."""
    assert clustered(np.array([[1.0], [2.0], [4.0]]), ["a", "b", "a"]).tolist() == [[5.0], [2.0]]
    names = [f"n-{i}" for i in range(20)]
    gold = a_reading(tasks=[a_task()])
    found = [a_prediction(name, tasks=[a_task()] if i < 10 else []) for i, name in enumerate(names)]

    apart = score([a_note(name, gold=gold) for name in names], found)
    together = score([a_note(name, gold=gold, patient="p" if i < 10 else "q") for i, name in enumerate(names)], found)

    assert (apart.clusters, together.clusters) == (20, 2)
    assert (together.measures["tasks.f1"].low, together.measures["tasks.f1"].high) == (0, 1)
    assert apart.measures["tasks.f1"].low > 0.3


def test_one_cluster_alone_has_no_bootstrap_interval():
    """Redrawing one note gives that note: no width would look like certainty."""
    only = score([a_note(gold=a_reading(tasks=[a_task()]))], [a_prediction(tasks=[a_task()])]).measures["tasks.f1"]

    assert (only.value, only.low, only.high) == (1, None, None)


def test_a_perfect_f1_has_no_bootstrap_interval_but_its_precision_has_wilsons():
    """Three right notes of three redraw to three right notes: "1.00 to 1.00" would promise what three notes cannot."""
    names = ["n-1", "n-2", "n-3"]
    scores = score(
        [a_note(name, gold=a_reading(tasks=[a_task()])) for name in names], [a_prediction(name, tasks=[a_task()]) for name in names]
    )

    assert (scores.value("tasks.f1"), scores.measures["tasks.f1"].low) == (1, None)
    assert scores.measures["tasks.precision"].low == pytest.approx(0.4385, abs=1e-3)


def test_draws_in_which_a_value_is_undefined_are_left_out():
    """A rare class is absent from some redrawn sets; that says nothing about its score."""
    assert bounds(np.array([np.nan, 0.5, 0.5])) == (0.5, 0.5)
    assert bounds(np.array([np.nan])) is None
