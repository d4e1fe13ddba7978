"""Where in a note a quote stands. What cannot be placed is refused, never guessed.

A quote is compared token by token. White space, letter case, quotation marks, hyphens, ligatures and other compatibility forms, and
punctuation between words are forgiven; everything that can change what was said is not: digits, the punctuation inside numbers (3.5,
1,000, 3/14), signs, symbols, question marks, slashes, and every word. There is no edit distance: "no ride" never grounds on "ride", nor
"3.5 mg" on "35 mg". Nor does a quote ground that leaves out the "not" directly before its first word or after its last.

What is still forgiven though it can change the meaning, because models tidy just that, and the page shows the note's own words beside it:
case ("US" for "us"), a full stop between two sentences where no "no" or "stop" stands before it ("Ride is set. Up to her"), a dash
between two words ("Mon-Fri"), a minus after a letter ("type O-"), a list's dash before a number ("- 5"), the question mark after a quote.

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


# A letter: also a combining mark or an invisible joiner (zero-width and bidi marks, soft hyphen), which folds away.
_INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u0900-\u0903\u093a-\u094f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_L = r"[^\W\d_]"
_WITHIN = rf"[{_MARKS}{_INVISIBLE}]"
_DASHES = "-\u2010\u2011\u2012\u2013\u2212\uff0d"
_APOSTROPHES = "'`\u00b4\u2018\u2019\u201b\u02bc\u2032\uff07"
_LINE_END = r"[-\u2010][ \t]*\r?\n[ \t]*"


def _pattern(inside: str) -> re.Pattern[str]:
    """Tokens; `inside` may stand between two letters of a word."""
    return re.compile(
        rf"(?<![^\W_]){_L}/{_L}{{1,3}}(?![^\W_])"  # w/o, n/a, f/u: cutting one of these changes what it says
        # a number, with its sign and leading decimal point
        rf"|(?:(?<![^\W_)\]])[{_DASHES}](?=\.?\d))?(?:(?<![^\W_])\.(?=\d))?\d(?:{_WITHIN}|\d|(?<=\d)[{_DASHES}.,:/](?=\d))*"
        rf"|(?:{_L}|{_WITHIN})(?:{_L}|{_WITHIN}|(?<={_L}){inside}(?={_L}))*"  # a word; "5mg" is a number and a word, as "5 mg" is
        rf"|\([{_DASHES}]\)"  # "fever (-)"
        r"|[^\w\s]"  # anything else: kept where it says something, passed over where it is punctuation
    )


_TOKEN = _pattern(rf"[{_APOSTROPHES}]")
_MENDED = _pattern(rf"(?:[{_APOSTROPHES}]|{_LINE_END})")
"""As `_TOKEN`, with words that a line end had broken made whole."""
_BROKEN = re.compile(_LINE_END)
_STRIP = re.compile(rf"[{_INVISIBLE}]")
_SAME = str.maketrans(dict.fromkeys(_DASHES, "-") | dict.fromkeys(_APOSTROPHES, "'"))
_SPOKEN = frozenset("?/&%@")
"""Punctuation that is read aloud: kept as symbols are."""
_FREE = frozenset("?/&|")
"""Tokens at which a quote may be cut, though no space stands there."""
_ALONE = frozenset(("no", "not", "yes", "none", "never", "stop", "hold", "sí", "nunca"))
_PARTED = re.compile(r"\s*[.,;:!?\u2026]|\s*\u2014|\s+[-\u2013]\s|[ \t]*[\r\n]\s*(?:[-*\u2022]|[^\W\d_a-z])")
"""After one of `_ALONE`: it answers what came before, or stands by itself. "Ride: no. Call needed" has no "no call needed"."""
_CAPITALS = re.compile(r"[ \t]*[\r\n]\s*[^\W\d_a-z]{2}")
"""In capitals, a line that ends in NOT and goes on with CALL is one sentence that was wrapped."""
_NEGATIONS = frozenset(
    ("no", "not", "never", "without", "w/o", "cannot", "unable", "neither", "nor", "denies", "denied", "sin", "nunca", "ni", "tampoco")
)
_AUXILIARIES = frozenset(
    (
        "can",
        "could",
        "will",
        "would",
        "should",
        "may",
        "might",
        "must",
        "do",
        "does",
        "did",
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "had",
    )
)
_CHANGED_ONLY_IN_FORM = ("<wide>", "<narrow>", "<compat>", "<font>", "<noBreak>", "<initial>", "<medial>", "<final>", "<isolated>")
"""Compatibility forms of the same letter. Not among them: superscripts and fractions, which would make other numbers."""
_CUT = re.compile(r"|[-\u2010\u2011]|[-\u2010][ \t]*\r?\n[ \t]*")
"""What may stand between two parts of one word: nothing, or a hyphen, at a line end too."""
_MOST_VERBATIM_CHECKS = 1000  # keeps a quote that occurs a hundred thousand times from costing its length each time


def ground(quote: str, text: str) -> Span | None:
    """The place of `quote` in `text`, or None where it is not there.

    The leftmost verbatim occurrence wins; failing that, the leftmost that differs only in what is forgiven.
    A quote without a word, number or symbol grounds nowhere, and none where the word before it denies it.
    """
    first: Span | None = None
    for checked, (span, verbatim) in enumerate(_occurrences(quote.strip(), text, whole=True)):
        if verbatim:
            return span
        first = first or span
        if checked >= _MOST_VERBATIM_CHECKS:
            break
    if first is None and (_BROKEN.search(text) or _BROKEN.search(quote)):
        first = next((span for span, _ in _occurrences(quote.strip(), text, whole=True, mend=True)), None)
    return first


def occurrences(quote: str, text: str) -> list[Span]:
    """All places of `quote` in `text`, left to right, under the same rule as `ground`; they may overlap."""
    return [span for span, _ in _occurrences(quote.strip(), text)]


def _occurrences(quote: str, text: str, *, whole: bool = False, mend: bool = False) -> Iterator[tuple[Span, bool]]:
    """With `whole`, places where the quote would leave out the "not" at its edge are passed over. With `mend`, broken words are whole."""
    sought = _tokens(quote, mend)
    if sought and sought[-1].fold == "|":
        sought = sought[:-1]
    if not sought:
        return
    found = _tokens_of_note(text, mend)
    lead = sought[0].start
    for first in _matches([token.fold for token in sought], [token.fold for token in found]):
        last = first + len(sought) - 1
        if _joined(text, found, first) or _joined(text, found, last + 1):
            continue
        if whole and _denied(text, found, first, last):
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
    if tokens[index - 1].fold in _FREE or tokens[index].fold in _FREE:
        return False
    return _CUT.fullmatch(text, tokens[index - 1].end, tokens[index].start) is not None


def _denied(text: str, tokens: tuple[_Token, ...], first: int, last: int) -> bool:
    """Whether a "not" stands directly before token `first`, or after token `last` where that waits for it ("can not")."""
    if first and not text[tokens[first - 1].end : tokens[first].start].strip():
        before = tokens[first - 1].fold
        if before == "longer" and first > 1:
            before = tokens[first - 2].fold
        if before in _NEGATIONS or before.endswith("n't"):
            return True
    after = tokens[last + 1] if last + 1 < len(tokens) else None
    return after is not None and (after.fold == "(-)" or (after.fold == "not" and tokens[last].fold in _AUXILIARIES))


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
def _tokens_of_note(text: str, mend: bool) -> tuple[_Token, ...]:
    # A note is asked about once for every item of a reading.
    return _tokens(text, mend)


def _tokens(text: str, mend: bool = False) -> tuple[_Token, ...]:
    return tuple(_scan(text, _MENDED if mend else _TOKEN))


def _scan(text: str, pattern: re.Pattern[str]) -> Iterator[_Token]:
    for match in pattern.finditer(text):
        piece = match.group()
        fold = _fold(piece)
        if fold:
            yield _Token(match.start(), match.end(), fold)
        if fold in _ALONE and _PARTED.match(text, match.end()) and not (piece.isupper() and _CAPITALS.match(text, match.end())):
            yield _Token(match.end(), match.end(), "|")


def _fold(piece: str) -> str:
    if len(piece) == 1 and not piece.isalnum():
        return _symbol(piece)
    piece = _BROKEN.sub("", piece)
    if piece.isascii():
        return piece.lower().replace("`", "'")
    bare = "".join(_plain(character) for character in _STRIP.sub("", piece).translate(_SAME))
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", bare).casefold())


def _symbol(piece: str) -> str:
    plain = _plain(piece)
    if plain in _SPOKEN:
        return plain
    return piece if unicodedata.category(piece).startswith("S") and piece not in _APOSTROPHES else ""


@lru_cache(maxsize=1024)
def _plain(character: str) -> str:
    """The plain form of a ligature, a full-width letter and the like; any other character as it is."""
    if unicodedata.decomposition(character).startswith(_CHANGED_ONLY_IN_FORM):
        return unicodedata.normalize("NFKC", character)
    return character
