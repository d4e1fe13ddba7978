"""Spans and the maximum matching."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.matching import closeness, match, occurrences, overlap


def test_matching_is_the_most_where_taking_the_closest_first_loses_a_pair():
    """Gold A suits predictions 1 (best of all) and 2, gold B suits only 1: greedy pairs A-1 and strands B."""
    suits = {("A", 1): 1.0, ("A", 2): 0.1, ("B", 1): 0.5}

    matched = match(["A", "B"], [1, 2], lambda one, other: suits.get((one, other)))

    assert set(matched.pairs) == {("A", 2), ("B", 1)}
    assert (matched.missed, matched.spurious) == ((), ())


def test_among_matchings_of_one_size_the_closest_pairs_are_chosen():
    """So that owner and date are compared between items that mean the same words."""
    suits = {("A", 1): 0.2, ("A", 2): 0.9, ("B", 1): 0.9, ("B", 2): 0.2}

    assert set(match(["A", "B"], [1, 2], lambda one, other: suits.get((one, other))).pairs) == {("A", 2), ("B", 1)}


def test_what_is_not_paired_is_missed_or_spurious_in_its_order():
    """The rest of each side, as it was listed."""
    matched = match(["A", "B", "C"], [1, 2], lambda one, other: 1.0 if (one, other) == ("B", 2) else None)

    assert (matched.pairs, matched.missed, matched.spurious) == ((("B", 2),), ("A", "C"), (1,))


@given(st.lists(st.lists(st.one_of(st.none(), st.floats(0.01, 1)), min_size=4, max_size=4), min_size=1, max_size=4))
def test_no_other_pairing_has_more_pairs(values):
    """Against every pairing there is, by brute force; and the same both ways round."""
    rows = range(len(values))
    most = max(
        sum(values[row][column] is not None for row, column in zip(rows, chosen, strict=False))
        for chosen in permutations(range(4), len(values))
    )

    there = match(list(rows), list(range(4)), lambda row, column: values[row][column])
    back = match(list(range(4)), list(rows), lambda column, row: values[row][column])

    assert len(there.pairs) == len(back.pairs) == most


def test_overlap_is_the_same_both_ways_and_measured_on_the_shorter_span():
    """A short quote inside a long one overlaps it wholly."""
    assert overlap((0, 100), (40, 43))
    assert overlap((40, 43), (0, 100))
    assert not overlap((0, 10), (10, 20))


def test_every_occurrence_is_found_overlapping_ones_too():
    """ "no no no" holds "no no" twice."""
    assert occurrences("no no no", "no no") == [(0, 5), (3, 8)]


def test_closeness_takes_the_occurrence_that_suits_best():
    """Shared over united characters with the better of two places; None where no place overlaps."""
    assert closeness([(0, 4), (10, 14)], (10, 14)) == 1
    assert closeness([(0, 4), (10, 14)], (10, 18)) == pytest.approx(0.5)
    assert closeness([(0, 4)], (10, 14)) is None
    assert closeness([(0, 4)], None) is None
