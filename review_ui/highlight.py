"""The note's text cut into pieces at the edges of the evidence, so that overlapping quotes need no nested marks."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from store.suggestions import Suggestion
from workflow.vocabulary import SuggestionKind

SHOWN_AS = "◌"
"""Stands on the page for a character that shows nothing or turns the text around; one for one, so offsets stay true."""

_JOINERS = frozenset("\u200c\u200d")
"""Part of the writing between letters of Persian or Hindi and inside some emoji; hidden anywhere else."""

_KEPT_CONTROLS = frozenset("\n\t")
_STRONGEST = (SuggestionKind.ESCALATION, SuggestionKind.TASK, SuggestionKind.BLOCKER, SuggestionKind.OUTREACH_ATTEMPT)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of the note. `ids` are the suggestions that quote it; `kind` is the strongest of theirs."""

    text: str
    ids: tuple[int, ...]
    kind: SuggestionKind | None


def inert(text: str) -> str:
    """`text` with hidden and direction-changing characters made visible, character for character."""
    lines = text.replace("\r\n", " \n").replace("\r", "\n")
    return "".join(SHOWN_AS if _is_odd(char, lines, at) else char for at, char in enumerate(lines))


def _is_odd(char: str, text: str, at: int) -> bool:
    if char in _JOINERS and 0 < at < len(text) - 1 and not (text[at - 1].isascii() or text[at + 1].isascii()):
        return False
    return char not in _KEPT_CONTROLS and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"}


def pieces(text: str, suggestions: Sequence[Suggestion]) -> list[Piece]:
    """The whole text in order, in pieces that each lie wholly inside or outside of every quote."""
    shown = inert(text)
    edges = sorted({0, len(shown), *(edge for s in suggestions for edge in (s.start, s.end))})
    cut = []
    for start, end in pairwise(edges):
        over = [s for s in suggestions if s.start <= start and end <= s.end]
        kind = min((s.kind for s in over), key=_STRONGEST.index, default=None)
        cut.append(Piece(shown[start:end], tuple(s.id for s in over), kind))
    return cut
