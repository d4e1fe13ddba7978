"""Which of many patterns may occur in a text, in one linear pass: most texts hold few, and only those need a proper search."""

import re
from collections.abc import Sequence

import re2

_LOOKING = ("(?!", "(?=", "(?<!", "(?<=")


class Prefilter:
    """Never misses a pattern that occurs (digits of other scripts excepted: RE2 knows 0 to 9); may name one that does not."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._set = re2.Set.SearchSet()
        for pattern in patterns:
            self._set.Add(loosened(pattern))
        self._set.Compile()

    def of(self, text: str) -> list[int]:
        """The numbers of the patterns that may occur in `text`, ascending."""
        return sorted(self._set.Match(text.encode(errors="replace")) or ())


def loosened(pattern: str) -> str:
    """`pattern` without what RE2 lacks (looking around) or sees for ASCII letters alone (word ends): it matches more, never less."""
    kept: list[str] = []
    at = 0
    while at < len(pattern):
        if pattern.startswith(_LOOKING, at):
            at = _end_of_group(pattern, at)
        elif pattern.startswith(r"\b", at):
            at += 2
        else:
            width = 2 if pattern[at] == "\\" else 1
            kept.append(pattern[at : at + width])
            at += width
    return re.sub(r"\?P<\w+>", "?:", "".join(kept))  # names may stand twice in a set of patterns, and nothing is read from them


def _end_of_group(pattern: str, at: int) -> int:
    depth, in_class = 0, False
    while True:
        sign = pattern[at]
        if sign == "\\":
            at += 1
        elif in_class:
            in_class = sign != "]"
        elif sign == "[":
            in_class = True
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
