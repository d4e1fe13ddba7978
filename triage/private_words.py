"""Words that tell somebody's health: where they stand in a text, also spelled out, with digits for letters or with marks between.

Found by a list made by hand (`private_words.yaml`), in English and Spanish. It sees words, not meanings: "the thing we talked about" tells
as much to somebody who knows, and is not found.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from triage.grounding import Span

KINDS = ("diagnosis", "medicine", "test", "result", "procedure", "specialty", "symptom", "stay")
IN_WORDS = {
    "diagnosis": "a diagnosis",
    "medicine": "a medicine",
    "test": "a test",
    "result": "a result",
    "procedure": "a procedure or treatment",
    "specialty": "a specialty",
    "symptom": "a symptom",
    "stay": "a hospital stay",
}
_SYMBOLS = {
    "💊": "medicine",
    "💉": "medicine",
    "🩸": "test",
    "🦠": "diagnosis",
    "🧬": "test",
    "🤰": "diagnosis",
    "🎗": "diagnosis",
    "🏥": "stay",
    "🩺": "test",
}
_ALIKE = str.maketrans("авеікмнорстхуѕіј", "abeikmhopctxysij")  # Cyrillic letters that look Latin
_FOR_LETTERS = str.maketrans("01345@$!|", "oieasasil")
_SPELLED = re.compile(r"(?<![a-z0-9])[a-z0-9](?:[^a-z0-9\n]{1,3}[a-z0-9](?![a-z0-9])){2,}")
_LONG_WORD = re.compile(r"(?<![a-z])[a-z]{6,}(?![a-z])")
_LETTERS_AND_SIGNS = re.compile(r"(?<![a-z0-9@$!|])(?=[a-z0-9@$!|]*[a-z])(?=[a-z0-9@$!|]*[0-9@$!|][a-z])[a-z0-9@$!|]{4,}")


@dataclass(frozen=True, slots=True)
class Private:
    """`text[start:end]` tells something of this kind, one of `KINDS`."""

    start: int
    end: int
    kind: str

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


def private_words(text: str) -> list[Private]:
    """Every private word of `text`, left to right, never overlapping."""
    plain, places = _plain(text)
    harmless = [match.span() for match in _patterns()["harmless"].finditer(plain)]
    found: list[Private] = []
    for kind, start, end in sorted(_all(plain, text, places), key=lambda one: (one[1], -one[2])):
        begins, ends = places[start], places[end - 1] + 1
        in_harmless = any(first <= start and end <= last for first, last in harmless)
        if not in_harmless and (not found or begins >= found[-1].end):
            found.append(Private(begins, ends, kind))
    return found


def is_private(text: str) -> bool:
    """Whether `text` holds a private word."""
    return bool(private_words(text))


def _all(plain: str, text: str, places: list[int]) -> Iterator[tuple[str, int, int]]:
    patterns = _patterns()
    spoken = _LETTERS_AND_SIGNS.sub(lambda match: match.group().translate(_FOR_LETTERS), plain)
    for kind in KINDS:
        for written in {plain, spoken}:
            yield from ((kind, *match.span()) for match in patterns[kind].finditer(written))
    yield from (("medicine", *match.span()) for match in patterns["endings"].finditer(plain))
    for match in _LONG_WORD.finditer(plain):
        if (heard := _heard_as(match.group())) is not None:
            yield heard, *match.span()
    for match in _SPELLED.finditer(plain):
        word = re.sub(r"[^a-z0-9]", "", match.group())
        if (spelled := next((kind for kind in KINDS if _longer_than_two(patterns[kind], word)), None)) is not None:
            yield spelled, *match.span()
    shouted = sum(c.isupper() for c in text) > sum(c.islower() for c in text)
    if not shouted:
        at = {place: index for index, place in reversed(list(enumerate(places)))}
        for match in patterns["capitals"].finditer(text):
            yield "diagnosis", at[match.start()], at[match.end() - 1] + 1
    for index, place in enumerate(places):
        if (symbol := _SYMBOLS.get(text[place])) is not None:
            yield symbol, index, index + 1


def _plain(text: str) -> tuple[str, list[int]]:
    """`text` in small letters without accents and invisible characters, and for each character its place in `text`."""
    plain: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for piece in unicodedata.normalize("NFKD", character).lower().translate(_ALIKE):
            if unicodedata.category(piece) not in {"Mn", "Cf"}:
                plain.append("'" if piece in "’‘`´" else "-" if piece in "‐‑‒–—−" else piece)
                places.append(place)
    return "".join(plain), places


@cache
def _lists() -> dict[str, list[str]]:
    told: dict[str, str] = yaml.safe_load((files("triage") / "private_words.yaml").read_text(encoding="utf-8"))
    return {name: [" ".join(words.split()) for words in text.split("|")] for name, text in told.items()}


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    lists = _lists()
    patterns = {
        name: re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(_entry, _longest(lists[name])))})(?![a-z0-9])") for name in (*KINDS, "harmless")
    }
    patterns["endings"] = re.compile(rf"(?<![a-z0-9])[a-z]{{3,}}(?:{'|'.join(_longest(lists['endings']))})(?![a-z0-9])")
    dotted = [r"\.?".join(map(re.escape, words)) for words in _longest(lists["capitals"])]  # "D.M." too
    patterns["capitals"] = re.compile(rf"(?<![\w'’.])(?:{'|'.join(dotted)})(?![\w'’])")
    return patterns


def _longer_than_two(pattern: re.Pattern[str], word: str) -> bool:
    return any(len(match.group()) > 2 for match in pattern.finditer(word))


def _heard_as(word: str) -> str | None:
    """The kind of a long word by its sound: "dialisys" and "glucoze" sound like what they mean."""
    sound = _sound(word)
    whole, stems = _sounds()
    return whole.get(sound) or next((kind for stem, kind in stems if sound.startswith(stem)), None)


@cache
def _sounds() -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    listed = [(word, kind) for kind in KINDS for word in _lists()[kind]]
    whole = {_sound(word): kind for word, kind in listed if _LONG_WORD.fullmatch(word)}
    stems = ((word.removesuffix("*"), kind) for word, kind in listed if word.endswith("*"))
    return whole, tuple((_sound(stem), kind) for stem, kind in stems if _LONG_WORD.fullmatch(stem))


def _sound(word: str) -> str:
    for written, spoken in (("ph", "f"), ("y", "i"), ("z", "s"), ("ce", "se"), ("ci", "si"), ("k", "c"), ("h", ""), ("v", "b")):
        word = word.replace(written, spoken)
    return re.sub(r"(.)\1", r"\1", word)


def _longest(words: list[str]) -> list[str]:
    return sorted(words, key=lambda word: (-len(word), word))


def _entry(words: str) -> str:
    return re.escape(words).replace(r"\*", "[a-z]*").replace(r"\ ", r"[\s_.'-]{1,3}")
