"""What the scores of written texts count."""

from dataclasses import dataclass

import pytest
from pydantic import ValidationError

from evals.writing import Must, TextScore, WritingScores, grade_of, score_text

RIDE = Must(what="no ride since 5 March", all=(r"\bride", "5 Mar|Mar(ch)? 5"))
OWNER = Must(what="Maria owns it", all=("Maria",))


@dataclass(frozen=True)
class Asked:
    """A checklist."""

    id: str = "case"
    must: tuple[Must, ...] = (RIDE, OWNER)
    must_not: tuple[str, ...] = ("chest pain",)


def a_text(*lines: str, holds: bool = True) -> TextScore:
    return score_text(Asked(), lines, [holds] * len(lines))


def test_an_item_is_said_where_all_its_patterns_are_anywhere_in_the_text() -> None:
    text = a_text("No RIDE on weekdays.", "So it stands since 5 March.")

    assert text.unsaid == ("Maria owns it",)
    assert text.wanted == 2


def test_within_a_line_the_patterns_of_an_item_must_share_one() -> None:
    apart = score_text(Asked(), ["No ride.", "Since 5 March. Maria."], [True, True], within="line")
    together = score_text(Asked(), ["No ride since March 5.", "Maria."], [True, True], within="line")

    assert (apart.unsaid, together.unsaid) == (("no ride since 5 March",), ())


def test_what_is_forbidden_and_what_is_unsupported_is_told() -> None:
    text = score_text(Asked(), ["Maria owns it.", "Chest pain since Monday."], [True, False])

    assert text.against == ("chest pain",)
    assert text.unsupported == ("Chest pain since Monday.",)


def test_the_shares_are_taken_over_lines_items_and_texts() -> None:
    """3 lines of 4 hold, 3 items of 4 are said, 1 text of 2 is clean."""
    good = a_text("No ride since 5 March.", "Maria owns it.")
    bad = score_text(Asked(), ["Maria owns it.", "Chest pain."], [True, False])

    scores = WritingScores((good, bad), most=5)

    assert (scores.support.value, scores.support.n) == (0.75, 4)
    assert (scores.coverage.value, scores.coverage.n) == (0.75, 4)
    assert (scores.clean.value, scores.clean.n) == (0.5, 2)
    assert scores.support.low is not None
    assert scores.support.high is not None
    assert 0 < scores.support.low < 0.75 < scores.support.high < 1
    assert list(scores.as_json()["misses"]) == ["case"]


def test_a_text_of_no_lines_is_not_short_and_leaves_everything_unsaid() -> None:
    """Silence must not score well."""
    scores = WritingScores((a_text(),), most=5)

    assert (scores.support.value, scores.coverage.value, scores.short.value) == (None, 0.0, 0.0)
    assert (scores.plain.n, scores.grade) == (0, None)


def test_more_lines_than_allowed_count_as_too_long() -> None:
    scores = WritingScores((a_text(*["Maria."] * 6), a_text(*["Maria."] * 5)), most=5)

    assert scores.short.value == 0.5


def test_lines_without_a_full_stop_are_still_sentences() -> None:
    """Else five lines would read as one long sentence."""
    assert grade_of(["No ride on weekdays", "Maria owns it"]) == grade_of(["No ride on weekdays.", "Maria owns it."])


def test_hard_words_read_harder() -> None:
    easy, hard = grade_of(["Call her today."]), grade_of(["Interdisciplinary rehabilitation necessitates authorization."])

    assert easy is not None
    assert hard is not None
    assert easy < 8 < hard


def test_support_must_be_answered_for_every_line() -> None:
    with pytest.raises(ValueError, match="2 lines, but 1 answers"):
        score_text(Asked(), ["Maria.", "No ride."], [True])


def test_a_broken_pattern_is_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="no pattern"):
        Must(what="x", all=("(",))
