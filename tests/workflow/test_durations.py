"""How soon, in words."""

import pytest

from workflow.durations import business_days


@pytest.mark.parametrize(
    ("said", "days"),
    [
        (0, 0),
        (260, 260),
        ("3", 3),
        ("same day", 0),
        (" Same  Day ", 0),
        ("next business day", 1),
        ("1 business day", 1),
        ("two business days", 2),
        ("48 hours", 2),
        ("24 hours", 1),
        ("a week", 5),
        ("2 weeks", 10),
    ],
)
def test_what_a_team_says_is_a_number_of_business_days(said, days):
    """The words that they use when they read the file aloud."""
    assert business_days(said) == days


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("soon", "write same day"),
        ("", "write same day"),
        ("eleven business days", "write same day"),
        ("3 days", "write 3 business days"),
        ("a day", "write 1 business day"),
        ("4 hours", "due dates are days"),
        ("-1", "write same day"),
        (-1, "write 0 to 260"),
        ("53 weeks", "write 0 to 260"),
        ("99999", "write same day"),
        ("١", "write same day"),
        (True, "write same day"),
        (1.5, "write same day"),
        (None, "write same day"),
        ([1], "write same day"),
    ],
)
def test_anything_else_is_refused_with_the_words_that_can_be_written(said, words):
    """Yes is no number, and "3 days" leaves open whether the weekend counts."""
    with pytest.raises(ValueError, match=words):
        business_days(said)
