"""Identifiers in a request to write, which is many texts: each has one surrogate in all of them, and comes back to the letter.

Other than in a note, two spellings of a name are two surrogates: a surrogate that is written stands for exactly one run of letters.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from triage.assistants.protocol import NoUsableAnswer
from triage.assistants.redaction.found import Found, Kind, folded
from triage.assistants.redaction.names import named
from triage.assistants.redaction.patterns import shaped
from triage.assistants.redaction.record import in_record
from triage.assistants.redaction.surrogates import merged
from triage.grounding import Span
from triage.reading import Person

_MARK = "\ue000"
_BETWEEN = f"\n{_MARK}\n"
"""Between two texts: nothing is found that reaches over it."""

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre)"
)
_DATE = re.compile(
    rf"\b{_MONTH}\.?,? \d{{1,4}}(?:st|nd|rd|th)?\b|\b\d{{1,2}}(?:st|nd|rd|th)?(?: of| de)? {_MONTH}\b",
    re.IGNORECASE,
)
"""A patient may be called April; the third of April is a day all the same."""

_KINDS = "|".join(kind.value for kind in Kind)
_LIKE_A_SURROGATE = re.compile(rf"\[\s*[^\W\d_]\w{{0,30}}[ _-]\d+\s*\]|\b(?:{_KINDS})_\d+\b", re.IGNORECASE)


class WholeRequest:
    """The texts of one request. `names` are those of them that are people's names, `keep` the clinic's own words, which stay."""

    def __init__(self, texts: Iterable[str], *, names: Iterable[str] = (), keep: Iterable[str] = ()) -> None:
        people = list(dict.fromkeys(name for name in names if name.strip()))
        every = list(dict.fromkeys([*people, *texts]))
        whole = _BETWEEN.join(text.replace(_MARK, " ") for text in every)
        taken, counts = folded(whole), Counter[Kind]()
        self._originals: dict[str, str] = {}
        surrogates: dict[str, str] = {}
        parts: list[str] = []
        done = 0
        for start, end, kind in _identifiers(whole, people, [words for words in keep if words.strip()]):
            original = whole[start:end]
            if original not in surrogates:
                surrogates[original] = _next(kind, counts, taken)
                self._originals[surrogates[original]] = original
            parts += [whole[done:start], surrogates[original]]
            done = end
        self._told = dict(zip(every, "".join([*parts, whole[done:]]).split(_BETWEEN), strict=True))

    def without(self, text: str) -> str:
        """One of the texts with surrogates for its identifiers. Raises KeyError for a text that was not given."""
        return self._told[text]

    def back(self, text: str) -> str:
        """What was written, with the identifiers themselves. Raises NoUsableAnswer where a surrogate was altered or made up."""
        return _LIKE_A_SURROGATE.sub(self._original, text)

    def _original(self, match: re.Match[str]) -> str:
        original = self._originals.get(match.group())
        if original is None:
            raise NoUsableAnswer(
                "The model altered what stood for a name or number, so that it cannot be put back. This one is for a person."
            )
        return original


def _next(kind: Kind, counts: Counter[Kind], taken: str) -> str:
    while True:
        counts[kind] += 1
        surrogate = f"[{kind}_{counts[kind]}]"
        if surrogate.lower() not in taken:
            return surrogate


def _identifiers(whole: str, names: Sequence[str], keep: Sequence[str]) -> list[Found]:
    """From the left, apart from one another. A name that is told comes before the clinic's words and days, unless it is a part of one."""
    staying = [
        *(Span(*match.span()) for match in _DATE.finditer(whole)),
        *(span for words in keep for span in _places(words, whole)),
    ]
    told: list[Span] = []
    for name in sorted(names, key=len, reverse=True):
        for span in _places(name, whole):
            inside = any(one.start <= span.start and span.end <= one.end and one != span for one in staying)
            if not inside and not any(_meet(span, one) for one in told):
                told.append(span)
    edges = [Span(*match.span()) for match in re.finditer(_BETWEEN, whole)]
    others = [*(found for name in names for found in in_record(Person(name), whole)), *shaped(whole), *named(whole)]
    rest = merged(whole, _cut(others, [*told, *edges, *(one for one in staying if not any(_meet(one, span) for span in told))], whole))
    return sorted([*(Found(*span, Kind.NAME) for span in told), *rest])


def _places(words: str, whole: str) -> Iterator[Span]:
    """Where `words` stand by themselves; in scripts that set no spaces, wherever they stand. One word alone is known by its capitals."""
    spaced = all(letter < "\u2e80" for letter in words)
    before, after = (r"(?<![^\W\d_])", r"(?![^\W\d_])") if spaced else ("", "")
    flags = re.IGNORECASE if " " in words else re.NOFLAG
    yield from (Span(*match.span()) for match in re.finditer(before + re.escape(words.strip()) + after, whole, flags))


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _cut(found: Iterable[Found], holes: Sequence[Span], whole: str) -> Iterator[Found]:
    """`found` without the places of `holes`; what is left of one is a find of its own where it has a letter or digit."""
    starts = sorted(holes)
    for one in found:
        at = one.start
        for hole in [*(hole for hole in starts if hole.start < one.end and one.start < hole.end), Span(one.end, one.end)]:
            left = whole[at : hole.start]
            if re.search(r"[^\W_]", left):
                start = at + len(left) - len(left.lstrip())
                yield Found(start, start + len(left.strip()), one.kind)
            at = max(at, hole.end)
