"""Where in a note a quote stands. What cannot be placed is refused, never guessed.

A quote is compared token by token. White space, letter case and punctuation between words are forgiven; everything that can change
what was said is not: digits, the punctuation inside numbers (3.5, 1,000, 3/14), signs, symbols, and every word. There is no edit
distance: "no ride" never grounds on "ride", nor "3.5 mg" on "35 mg".

Theory of operation: text and quote become sequences of folded tokens, each with its place in the original string. The quote's sequence
is sought in the text's (Knuth, Morris, Pratt: linear in both), and a match is refused where it would cut a word joined by a hyphen
("compliant" in "non-compliant"). The span returned always lies in the original text.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple


class Span(NamedTuple):
    """`text[start:end]`, in characters of the original text."""

    start: int
    end: int


class _Token(NamedTuple):
    start: int
    end: int
    fold: str


# A word character: letter, digit, combining mark, or an invisible joiner (zero-width and bidi marks, soft hyphen), which folds away.
_INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u0900-\u0903\u093a-\u094f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_W = rf"(?:[^\W_]|[{_MARKS}{_INVISIBLE}])"
_L = r"[^\W\d_]"
_DASHES = "-\u2010\u2011\u2012\u2013\u2212"
_TOKEN = re.compile(
    rf"(?<![^\W_]){_L}/{_L}{{1,3}}(?![^\W_])"  # w/o, n/a, f/u: cutting one of these changes what it says
    rf"|(?:(?<![^\W_)\]])[{_DASHES}](?=\.?\d))?(?:(?<![^\W_])\.(?=\d))?"  # a sign, a leading decimal point
    rf"{_W}+(?:(?:(?<=\d)[.,:/{_DASHES}](?=\d)|(?<={_L})['\u2019\u02bc](?={_L})){_W}+)*%?"
    rf"|\([{_DASHES}]\)"  # "fever (-)"
    r"|[^\w\s]"  # anything else: kept where it is a symbol, passed over where it is punctuation
)
_STRIP = re.compile(rf"[{_INVISIBLE}]")
_SAME = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-") | dict.fromkeys("\u2019\u02bc", "'"))
_HYPHENS = "-\u2010\u2011"
_MOST_VERBATIM_CHECKS = 1000  # keeps a quote that occurs a hundred thousand times from costing its length each time


def ground(quote: str, text: str) -> Span | None:
    """The place of `quote` in `text`, or None where it is not there.

    The leftmost verbatim occurrence wins; failing that, the leftmost that differs in white space, case and punctuation only.
    A quote without a word, number or symbol grounds nowhere.
    """
    first: Span | None = None
    for checked, (span, verbatim) in enumerate(_occurrences(quote.strip(), text)):
        if verbatim:
            return span
        first = first or span
        if checked >= _MOST_VERBATIM_CHECKS:
            break
    return first


def occurrences(quote: str, text: str) -> list[Span]:
    """All places of `quote` in `text`, left to right, under the same rule as `ground`; they may overlap."""
    return [span for span, _ in _occurrences(quote.strip(), text)]


def _occurrences(quote: str, text: str) -> Iterator[tuple[Span, bool]]:
    sought = _tokens(quote)
    if not sought:
        return
    found = _tokens_of_note(text)
    lead = sought[0].start
    for first in _matches([token.fold for token in sought], [token.fold for token in found]):
        last = first + len(sought) - 1
        if _joined(text, found, first) or _joined(text, found, last + 1):
            continue
        start = found[first].start - lead
        if start >= 0 and text.startswith(quote, start):
            yield Span(start, start + len(quote)), True
        else:
            yield Span(found[first].start, found[last].end), False


def _joined(text: str, tokens: tuple[_Token, ...], index: int) -> bool:
    """Whether a hyphen alone stands between token `index` and the one before it, so that cutting there would cut a word."""
    if not 0 < index < len(tokens):
        return False
    start, end = tokens[index - 1].end, tokens[index].start
    return start == end or (end - start == 1 and text[start] in _HYPHENS)


def _matches(sought: list[str], found: list[str]) -> Iterator[int]:
    """Every index at which `sought` occurs in `found`, overlapping ones too. Linear in both."""
    fallback = [0] * len(sought)
    length = 0
    for index in range(1, len(sought)):
        while length and sought[index] != sought[length]:
            length = fallback[length - 1]
        length += sought[index] == sought[length]
        fallback[index] = length
    length = 0
    for index, fold in enumerate(found):
        while length and (length == len(sought) or fold != sought[length]):
            length = fallback[length - 1]
        length += fold == sought[length]
        if length == len(sought):
            yield index - length + 1


def fold_tokens(text: str) -> list[str]:
    """The folded tokens that grounding compares: two strings ground on each other where these are equal."""
    return [token.fold for token in _tokens(text)]


@lru_cache(maxsize=16)
def _tokens_of_note(text: str) -> tuple[_Token, ...]:
    # A note is asked about once for every item of a reading.
    return _tokens(text)


def _tokens(text: str) -> tuple[_Token, ...]:
    return tuple(_Token(match.start(), match.end(), fold) for match in _TOKEN.finditer(text) if (fold := _fold(match.group())))


def _fold(piece: str) -> str:
    if len(piece) == 1 and not piece.isalnum():
        return piece if unicodedata.category(piece).startswith("S") and piece != "`" else ""
    if piece.isascii():
        return piece.lower()
    bare = _STRIP.sub("", piece).translate(_SAME)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", bare).casefold())
