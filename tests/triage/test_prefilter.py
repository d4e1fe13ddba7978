"""The prefilter: quick, and never without a pattern that occurs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.dates import _RULES, fold
from triage.prefilter import Prefilter, loosened

PATTERNS = [pattern for pattern, _, _ in _RULES]
MAY_OCCUR = Prefilter([pattern.pattern for pattern in PATTERNS])
WORDS = st.sampled_from(
    ["by", "on", "before", "next", "this", "the", "of", "in", "within", "two", "10", "noon", "am", "now", "asap", "eod"]
)
DAYS = st.sampled_from(
    ["monday", "fri", "lunes", "mañana", "weekend", "tomorrow", "3/5", "15th", "(4th", "july", "2026-03-04", "weeks", "month"]
)


@pytest.mark.parametrize(
    ("pattern", "loose"),
    [
        (r"(?<![\w/])(?P<d>\d+)(?! ?%)", r"(?:\d+)"),
        (r"\bcall\b(?=(?:s|[)]))x", "callx"),
        (r"\(?no", r"\(?no"),
    ],
)
def test_what_re2_lacks_is_left_out(pattern: str, loose: str) -> None:
    """The rest stays as it is."""
    assert loosened(pattern) == loose
    assert re.compile(loose)


@given(st.lists(WORDS | DAYS, max_size=12))
def test_no_time_phrase_is_missed(words: list[str]) -> None:
    """What Python finds, the prefilter named."""
    text = fold(" ".join(words))

    occurring = {number for number, pattern in enumerate(PATTERNS) if pattern.search(text)}

    assert occurring <= set(MAY_OCCUR.of(text))
