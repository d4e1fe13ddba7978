"""Patterns: planted causes are found again, decisions hold, nothing personal goes in, and a name says only what the evidence does."""

from dataclasses import replace
from datetime import date
from statistics import mean

import pytest

from benchmarks.patterns import SEEDS, agreement, history, steadiness
from triage import pattern_check
from triage.assistants.embedded.encoding import Encoder
from triage.assistants.embedded.naming import name_pattern
from triage.pattern_jobs import OURS
from triage.patterns import Evidence, Known, arranged, category_of, masked, places, quotes_of
from triage.rates import Period, around, in_words, ratio, trend
from triage.reading import Person
from triage.writing import PatternRequest
from workflow.vocabulary import BlockerCategory

DAY = date(2026, 3, 2)
VANS = (
    "no wheelchair van until then",
    "needs a wheelchair van and none is free",
    "wheelchair van not available",
    "wheelchair van booked out",
)
FORMS = ("consent forms only in English", "forms not translated", "the forms are in English and he reads Spanish", "forms in English only")


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


def told(words: tuple[str, ...], category: str, first: int = 1) -> list[Evidence]:
    return [Evidence(number, number, DAY, category, each) for number, each in enumerate(words, first)]


def sought(evidence, encoder, known=()):
    return arranged(evidence, places(evidence, encoder), known)


def test_planted_causes_that_nothing_was_tuned_on_are_found(encoder):
    """Item by item, the mean adjusted Rand index over the histories is at least 0.8."""
    histories = [history("held_out", seed) for seed in range(SEEDS)]

    assert mean(agreement(sought(each.evidence, encoder), each) for each in histories) >= 0.8


def test_patterns_are_the_same_ones_next_week(encoder):
    """A lead who comes back finds what was there, under the same number."""
    kept, _ = steadiness(history("held_out", 3), encoder)

    assert kept >= 0.9


def test_the_same_evidence_gives_the_same_patterns_in_any_order(encoder):
    """A search that is cut off and done again must not shuffle what people see."""
    evidence = history("development", 1).evidence

    one, other = (sought(each, encoder) for each in (evidence, evidence[::-1]))

    assert [set(group.items) for group in one] == [set(group.items) for group in other]


def test_two_episodes_are_no_pattern_however_often_they_say_it(encoder):
    """One patient's trouble, told in six notes, is not a cause that others share."""
    evidence = [replace(each, episode=1 + number % 2) for number, each in enumerate(told(VANS + VANS, "transport"))]

    assert sought(evidence, encoder) == []
    assert len(sought(told(VANS, "transport"), encoder)) == 1


def test_what_a_person_decided_about_keeps_its_evidence_and_new_evidence_joins_it(encoder):
    """Confirmed, dismissed or merged: the next search adds to it and takes nothing away."""
    odd = Evidence(50, 50, DAY, "language", "put here by hand")
    new = Evidence(60, 60, DAY, "transport", "no wheelchair van free this month")
    known = [Known(7, {1, 2, 3, 4, 50}, is_decided=True)]

    groups = sought([*told(VANS, "transport"), odd, new, *told(FORMS, "language", 11)], encoder, known)

    by_pattern = {group.pattern: set(group.items) for group in groups}
    assert by_pattern[7] == {1, 2, 3, 4, 50, 60}
    assert by_pattern[None] == {11, 12, 13, 14}


def test_a_suggested_pattern_is_recognised_by_the_evidence_it_shares(encoder):
    """It keeps its number, with more evidence and without what left."""
    known = [Known(3, {11, 12, 13}, is_decided=False), Known(4, {1, 2, 3}, is_decided=False)]

    groups = sought([*told(VANS, "transport"), *told(FORMS, "language", 11)], encoder, known)

    assert {group.pattern: set(group.items) for group in groups} == {3: {11, 12, 13, 14}, 4: {1, 2, 3, 4}}


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("Mrs. Delgado has no ride on 3/14", "Mrs. has no ride"),
        ("Rosa can't pay the $45 copay until Friday", "can't pay the copay"),
        ("call 555-201-4478 or rosa@mail.example", "call or"),
        ("MRN 00123456 duplicate chart", "MRN duplicate chart"),
        ("", ""),
        ("😀\u202e <b>fax</b>", "😀\u202e <b>fax</b>"),
    ],
)
def test_nothing_personal_goes_into_a_pattern(words, kept):
    """Names, numbers and days of one patient are not what a cause is made of."""
    assert masked(words, Person(name="Rosa Delgado")) == kept


def test_any_text_has_a_place(encoder):
    """Evidence is people's text: empty, endless, half a character."""
    vectors = encoder.vectors(["", "x" * 5000, "\ud83d", "\x00", "no ride", "🙂🙂", "a " * 3000])

    assert vectors.shape[0] == 7
    assert ((vectors**2).sum(axis=1) < 1.001).all()


def test_quotes_are_of_different_patients_and_words():
    """Three times the same sentence shows nothing more than once."""
    evidence = [*told(VANS, "transport"), Evidence(9, 9, DAY, "transport", VANS[0]), Evidence(10, 1, DAY, "transport", "ramp too steep")]

    chosen = quotes_of(evidence, {each.id: 1 - each.id / 100 for each in evidence})

    assert [each.id for each in chosen] == [1, 2, 3, 4]
    assert category_of([*evidence, Evidence(11, 11, DAY, "other", "x")]) == "transport"


def test_the_embedded_assistant_names_a_pattern_by_its_own_phrase():
    """A few words that a lead would use, and that pass the check for any assistant's name."""
    request = PatternRequest(BlockerCategory.TRANSPORT, VANS)

    name = name_pattern(request, OURS).name

    assert name == "Transport: wheelchair van"
    assert pattern_check.problems(name, request) == []
    assert name_pattern(PatternRequest(BlockerCategory.TRANSPORT, ()), OURS).name == "Transport"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Transport: Rosa Delgado has no van",
        "Transport: 3 wheelchair vans",
        "Transport: no wheelchair van free for any of all these patients",
        "Transport: negligent driver",
        "<b>wheelchair van</b>",
        "wheelchair van\nnot available",
    ],
)
def test_a_name_that_says_more_than_its_evidence_is_not_shown(name):
    """Whoever wrote it: a name of a person, a number, a claim of its own, markup."""
    assert pattern_check.problems(name, PatternRequest(BlockerCategory.TRANSPORT, VANS))


def test_a_difference_is_only_told_where_it_is_more_than_chance():
    """3 and 7 in one week each prove nothing; 12 and 56 in eight weeks do."""
    assert in_words(Period(7, 1, 50), Period(3, 1, 50)) == (
        "Too early to tell: 3 a week after, 7 a week before. Chance alone could make such a difference."
    )
    assert in_words(Period(56, 8, 400), Period(28, 8, 400)).startswith("About half as many: 3.5 a week after, 7 a week before")
    assert in_words(Period(56, 8, 400), Period(28, 8, 200)).startswith("No clear difference")  # half as many patients were active
    assert in_words(Period(5, 4, 40), Period(0, 0, 0)).startswith("Too early to tell: no whole week")
    assert ratio(Period(0, 4, 40), Period(0, 4, 40)) is None
    assert trend([0] * 8) == trend([1] * 7) == ""
    assert trend([0, 1, 0, 1, 4, 5, 3, 4]) == "More lately: 16 in the last 4 weeks, 2 in the 4 before"
    assert trend([1, 1, 1, 1, 2, 1, 1, 2]) == "No clear change: 6 in the last 4 weeks, 4 in the 4 before"


def test_the_week_in_which_an_improvement_began_counts_on_neither_side():
    """It is half before and half after."""
    weeks = [date(2026, 3, day) for day in (2, 9, 16, 23)]

    before, after = around(weeks, [5, 4, 3, 2], [10, 10, 10, 10], start=date(2026, 3, 11), until=date(2026, 3, 25))

    assert (before.count, before.weeks, after.count, after.weeks) == (5, 1, 3, 1)
