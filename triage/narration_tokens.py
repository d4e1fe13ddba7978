"""A sentence of a digest as tokens that mean something to its checker: names, days, numbers, words of the queue, and what is not known."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import zip_longest

from triage.narration_words import CONNECTING, HARMLESS, HEDGES, PHRASES, Meaning
from triage.number_words import NUMBER_WORDS, value_of


@dataclass(frozen=True, slots=True)
class Day:
    """A day as it was said: a weekday from 0 for Monday, a day of a month, a year; None where not said."""

    weekday: int | None = None
    of_month: tuple[int, int] | None = None
    year: int | None = None

    def fits(self, day: date) -> bool:
        """Whether `day` may be meant."""
        return self.weekday in {None, day.weekday()} and self.of_month in {None, (day.month, day.day)} and self.year in {None, day.year}


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is in small letters. `kind` is name, day, number, meaning, plain, hedge, mark (punctuation) or unknown."""

    start: int
    end: int
    text: str
    kind: str
    meanings: tuple[Meaning, ...] = ()
    number: int = 0
    name: str = ""
    day: Day = Day()

    def means(self, kind: str) -> list[str]:
        """What it means of this kind."""
        return [which for of, which in self.meanings if of == kind]


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAY = r"(?P<weekday>(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?)\b\.?"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_OF_MONTH = (
    rf"(?:the )?(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m1>{_MONTH})\b\.?"
    rf"|(?P<m2>{_MONTH})\.? (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b"
)
_ALONE = r"(?P<alone>(?:mon|tues?|wednes|thurs?|fri|satur|sun)day|mon|tues?|wed|thurs?|fri)\b"
_DAY = re.compile(rf"\b(?P<iso>\d{{4}}-\d\d-\d\d)\b|\b(?:{_WEEKDAY},? )?(?:{_OF_MONTH})(?:,? (?P<year>\d{{4}})\b)?|\b{_ALONE}")
_NUMBER = re.compile(r"(?<![\w.,:/-])(?:\d{1,3}(?:,\d{3})+|\d+)(?![\w/%]|[.,:]\d)")
_WORDED = re.compile(rf"\b(?:{NUMBER_WORDS['en']}|both|(?:a )?dozen|a single patient|a patient)\b(?!-)")
_WORD = re.compile(r"\w+(?:['-]\w+)*")
_MARK = re.compile(r"[,;:()\u2013\u2014]|(?<= )-(?= )")
_COURTESY = re.compile(r"\b(?:mr|mrs|ms|miss|mx)\b\.? ?$")


@cache
def _phrases() -> re.Pattern[str]:
    words = sorted({*PHRASES, *HEDGES}, key=lambda phrase: (-len(phrase), phrase))
    return re.compile(r"(?<![\w'-])(?:" + "|".join(map(re.escape, words)) + r")(?![\w'-]|'s\b)")


def tokens(text: str, names: Collection[str]) -> list[Token]:
    """All of `text`, left to right. `names` are those of patients; part of one counts where it can be only one."""
    lowered = text.lower().replace("\u2019", "'").replace("\u2018", "'")
    if len(lowered) != len(text):  # a letter whose small form is longer
        return [Token(0, len(text), lowered, "unknown")]
    found: list[Token] = []
    at = 0
    spans = {start: (end, name) for start, end, name in _names(text, names)}
    while at < len(text):
        if at in spans:
            end, name = spans[at]
            found.append(Token(at, end, lowered[at:end], "name", name=name))
        else:
            token = _next(lowered, at)
            if token is None:
                at += 1
                continue
            end = min([token.end, *(start for start in spans if at < start)]) if token.kind != "unknown" else token.end
            if end < token.end:
                token = Token(at, end, lowered[at:end], "unknown")
            found.append(token)
        at = end
    return list(_apart(found))


def _apart(found: list[Token]) -> Iterator[Token]:
    """ "More than" is a hedge before a number only; else it compares: "seven more than on Monday"."""
    for token, after in zip_longest(found, found[1:]):
        more, _, than = token.text.partition(" ")
        if token.kind == "hedge" and than == "than" and (after is None or after.kind != "number"):
            middle = token.start + len(more)
            yield Token(token.start, middle, more, "meaning", tuple(PHRASES[more]))
            yield Token(middle + 1, token.end, than, "plain")
        else:
            yield token


def _next(lowered: str, at: int) -> Token | None:
    """The token that begins exactly here: the longest meaning there is."""
    mark = _MARK.match(lowered, at)
    if mark:
        return Token(at, mark.end(), mark.group(), "mark")
    if not re.match(r"\w", lowered[at : at + 1]):
        return Token(at, at + 1, lowered[at], "unknown") if lowered[at : at + 1] in "%$€£#@+=<>/*\u2192" else None
    if day := _DAY.match(lowered, at):
        return Token(at, day.end(), day.group(), "day", day=_day(day))
    phrase, worded, digits = (pattern.match(lowered, at) for pattern in (_phrases(), _WORDED, _NUMBER))
    if digits:
        return Token(at, digits.end(), digits.group(), "number", number=int(digits.group().replace(",", "")))
    if worded and (phrase is None or phrase.end() < worded.end()):
        return Token(at, worded.end(), worded.group(), "number", number=_worded(worded.group()))
    if phrase:
        said = phrase.group()
        kind = "meaning" if said in PHRASES else "hedge"
        return Token(at, phrase.end(), said, kind, tuple(PHRASES.get(said, ())))
    word = _WORD.match(lowered, at)
    if word is None:
        return Token(at, at + 1, lowered[at], "unknown")
    said = word.group().removesuffix("'s")
    known = said in HARMLESS or word.group() in HARMLESS or said in CONNECTING
    return Token(at, word.end(), word.group(), "plain" if known else "unknown")


def _worded(words: str) -> int:
    special = {"both": 2, "dozen": 12, "a dozen": 12, "a patient": 1, "a single patient": 1}
    return special[words] if words in special else value_of(words, "en")


def _day(found: re.Match[str]) -> Day:
    if found["iso"]:
        try:
            day = date.fromisoformat(found["iso"])
        except ValueError:
            return Day(of_month=(0, 0))
        return Day(of_month=(day.month, day.day), year=day.year)
    weekday = found["weekday"] or found["alone"]
    month, number = found["m1"] or found["m2"], found["d1"] or found["d2"]
    return Day(
        weekday=next(place for place, name in enumerate(_WEEKDAYS) if name.startswith(weekday.rstrip(".")[:3])) if weekday else None,
        of_month=(next(place for place, name in enumerate(_MONTHS, 1) if name == month[:3]), int(number)) if month else None,
        year=int(found["year"]) if found["year"] else None,
    )


def _names(text: str, names: Collection[str]) -> Iterator[tuple[int, int, str]]:
    """Where a patient is named: by the whole name, or by a part of it that is nobody else's and stands where a name can."""
    taken = bytearray(len(text))
    parts: dict[str, set[str]] = {}
    for name in names:
        for part in name.split():
            parts.setdefault(part, set()).add(name)
    whole = [(name, name) for name in sorted(names, key=len, reverse=True)]
    single = [(part, next(iter(of))) for part, of in sorted(parts.items()) if len(of) == 1 and len(part) > 1 and part[0].isupper()]
    for said, name in (*whole, *((part, name) for part, name in single if part.lower() not in PHRASES and part.lower() not in HARMLESS)):
        for match in re.finditer(rf"(?<!\w){re.escape(said)}(?!\w)", text):
            if not any(taken[match.start() : match.end()]):
                courtesy = _COURTESY.search(text[: match.start()].lower())
                start = courtesy.start() if courtesy else match.start()
                end = match.end() + (2 if text[match.end() : match.end() + 2] in {"'s", "\u2019s"} else 0)
                taken[start:end] = b"\1" * (end - start)
                yield start, end, name
