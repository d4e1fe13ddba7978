"""A note that is longer than the model's window is read in pieces, cut where a reader would pause. Nothing is left out."""

import re
from dataclasses import dataclass

_PAUSES = (re.compile(r"\n[^\S\n]*\n\s*"), re.compile(r"\n"), re.compile(r"(?<=[.!?;])\s+"), re.compile(r"\s+"))
"""From the best place to cut to the worst: paragraph, line, sentence, word."""


@dataclass(frozen=True, slots=True)
class Window:
    """`text` stands in the note from character `start` on."""

    start: int
    text: str


def split(text: str, limit: int) -> list[Window]:
    """Windows of at most `limit` characters which, joined, are exactly `text`.

    A cut falls on the best pause in the second half of the window, and inside a word only where there is no pause at all.
    """
    windows: list[Window] = []
    start = 0
    while len(text) - start > limit:
        end = _cut(text, start, limit)
        windows.append(Window(start, text[start:end]))
        start = end
    windows.append(Window(start, text[start:]))
    return windows


def _cut(text: str, start: int, limit: int) -> int:
    for pause in _PAUSES:
        ends = [match.end() for match in pause.finditer(text, start + limit // 2, start + limit)]
        if ends:
            return ends[-1]
    return start + limit
