"""A text with surrogates in the places of its identifiers, and the way back to the original, character by character."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from triage.assistants.redaction.found import Found, Kind, folded
from triage.assistants.redaction.record import called, name_words
from triage.reading import Person


@dataclass(frozen=True, slots=True)
class Piece:
    """`surrogate` stands at `start` of the changed text for `original`, which stands at `original_start` of the original."""

    start: int
    surrogate: str
    original_start: int
    original: str

    @property
    def end(self) -> int:
        return self.start + len(self.surrogate)

    @property
    def original_end(self) -> int:
        return self.original_start + len(self.original)


@dataclass(frozen=True, slots=True)
class Redacted:
    """`text` is what may be sent. `pieces` stand in its order."""

    text: str
    pieces: tuple[Piece, ...] = ()

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the original; what begins or ends inside a surrogate widens to all it stands for."""
        first = self._back(start, first=True)
        return first, max(first, self._back(end, first=False))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `original[start:end]` stands in `text`; what begins or ends inside an identifier widens to its whole surrogate."""
        touched = [piece for piece in self.pieces if piece.original_start < end and start < piece.original_end]
        first = min(start, touched[0].original_start) if touched else start
        last = max(end, touched[-1].original_end) if touched else end
        return self._forth(first), self._forth(last)

    def _forth(self, place: int) -> int:
        return place + sum(len(piece.surrogate) - len(piece.original) for piece in self.pieces if piece.original_end <= place)

    def _back(self, place: int, *, first: bool) -> int:
        before = bisect_right([piece.start for piece in self.pieces], place if first else place - 1) - 1
        if before < 0:
            return place
        piece = self.pieces[before]
        if place < piece.end or (not first and place == piece.end):
            return piece.original_start if first else piece.original_end
        return piece.original_end + place - piece.end


def replaced(text: str, found: Sequence[Found], person: Person | None) -> Redacted:
    """`text` with a surrogate for every identifier of `found`: the same one for the same person or number.

    Spans that touch or overlap become one; of two kinds the longer one's stays. Words of one name with a space between are one name.
    """
    whole = merged(text, found)
    numbering = _Numbering(text, person)
    pieces: list[Piece] = []
    parts: list[str] = []
    done = length = 0
    for start, end, kind in whole:
        original = text[start:end]
        surrogate = numbering.surrogate(kind, original)
        parts += [text[done:start], surrogate]
        length += start - done
        pieces.append(Piece(length, surrogate, start, original))
        length += len(surrogate)
        done = end
    return Redacted("".join(parts) + text[done:], tuple(pieces))


_INITIAL = re.compile(r"(?:^|[\W_])[^\W_]$")


def merged(text: str, found: Iterable[Found]) -> list[Found]:
    """`found` from the left, apart from one another: what touches or overlaps is one, and so are words of one name."""
    joined: list[tuple[Found, int]] = []  # with the length of the longest part, whose kind stays
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if joined:
            last, longest = joined[-1]
            gap = r"[ \t-]|\.[ \t]?" if _INITIAL.search(text[max(last.start, last.end - 2) : last.end]) else r"[ \t-]"
            both_names = last.kind is one.kind is Kind.NAME and re.fullmatch(gap, text[last.end : one.start])
            if one.start < last.end or both_names:
                length = one.end - one.start
                kind = one.kind if length > longest else last.kind
                joined[-1] = Found(last.start, max(last.end, one.end), kind), max(longest, length)
                continue
        joined.append((one, one.end - one.start))
    return [one for one, _ in joined]


class _Numbering:
    """Counts the people and numbers of one text. The patient comes first, so that every note about somebody calls them [NAME_1]."""

    def __init__(self, text: str, person: Person | None) -> None:
        self._taken = folded(text)
        self._counts: Counter[Kind] = Counter()
        self._known: dict[tuple[Kind, str], str] = {}
        self._people: list[tuple[set[str], str]] = []
        if person is not None and person.name:
            self._people.append((called(person.name), self._next(Kind.NAME)))

    def surrogate(self, kind: Kind, original: str) -> str:
        if kind is Kind.NAME:
            return self._person(original)
        key = (kind, "".join(character for character in folded(original) if character.isalnum()))
        if key not in self._known:
            self._known[key] = self._next(kind)
        return self._known[key]

    def _person(self, original: str) -> str:
        words = set(name_words(original)) or {folded(original)}
        for known, surrogate in self._people:
            if words <= known:
                return surrogate
            if known < words:
                known.update(words)
                return surrogate
        surrogate = self._next(Kind.NAME)
        self._people.append((words, surrogate))
        return surrogate

    def _next(self, kind: Kind) -> str:
        while True:
            self._counts[kind] += 1
            surrogate = f"[{kind}_{self._counts[kind]}]"
            if surrogate.lower() not in self._taken:
                return surrogate
