"""Is every sentence of a digest true of the facts it cites?"""

from collections.abc import Sequence
from dataclasses import dataclass

from triage.writing import Fact, Line


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a sentence (its place, from 0), at which of its characters, and what mends it."""

    sentence: int
    start: int
    end: int
    words: str


def check_narration(sentences: Sequence[Line], facts: Sequence[Fact]) -> list[Problem]:
    """What the facts do not bear out, in the order of the text; empty where the text may be shown."""
    raise NotImplementedError
