"""How good the texts are that an assistant writes, against checklists: what is supported, what is said, what is forbidden, how it reads.

A checklist is written from what the reader of the text needs, before any text is seen. It asks for things and not for phrasings: each item
is a few patterns with the words that people would use. The same arithmetic serves every kind of text; what a case is made of, and whether
a line is supported by its record, is the business of the module of that kind.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, field_validator

from evals.statistics.intervals import Measure, wilson
from triage.reading_grade import reading_grade

EASY = 8.0
"""The highest Flesch-Kincaid grade at which a text for the team counts as plain."""


class LineLike(Protocol):
    """A line or sentence of a text."""

    @property
    def text(self) -> str: ...


class Must(BaseModel):
    """One thing that has to be said: `what` in words for people, `all` the patterns that must be found, whatever their case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    all: tuple[str, ...]

    @field_validator("all")
    @classmethod
    def _are_patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        if not patterns:
            raise ValueError("a thing to be said needs a pattern")
        return compiled(patterns)

    def said_in(self, parts: Sequence[str]) -> bool:
        """Whether one of these parts, the whole text or its lines, holds all the patterns."""
        return any(all(found(pattern, part) for pattern in self.all) for part in parts)


class Checklist(Protocol):
    """What a case asks of its text."""

    @property
    def id(self) -> str: ...
    @property
    def must(self) -> Sequence[Must]: ...
    @property
    def must_not(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class TextScore:
    """One text: its lines and which of them are supported, the items it left unsaid of `wanted`, and the forbidden patterns it holds.

    `grade` is None for a text without words.
    """

    case: str
    lines: tuple[str, ...]
    supported: tuple[bool, ...]
    wanted: int
    unsaid: tuple[str, ...]
    against: tuple[str, ...]
    grade: float | None

    @property
    def unsupported(self) -> tuple[str, ...]:
        """The lines with something in them that the record does not say."""
        return tuple(line for line, holds in zip(self.lines, self.supported, strict=True) if not holds)


@dataclass(frozen=True, slots=True)
class WritingScores:
    """All texts of a set, one a case. `most` is how many lines a text may have, None where nothing limits them."""

    texts: tuple[TextScore, ...]
    most: int | None = None

    @property
    def support(self) -> Measure:
        """The share of lines of which everything is supported."""
        return rate(holds for text in self.texts for holds in text.supported)

    @property
    def coverage(self) -> Measure:
        """The share of the things to be said that were said."""
        wanted, unsaid = sum(text.wanted for text in self.texts), sum(len(text.unsaid) for text in self.texts)
        return share(wanted - unsaid, wanted)

    @property
    def clean(self) -> Measure:
        """The share of texts that say nothing their checklist forbids."""
        return rate(not text.against for text in self.texts)

    @property
    def short(self) -> Measure:
        """The share of texts with no more lines than they may have, and at least one."""
        return rate(bool(text.lines) and (self.most is None or len(text.lines) <= self.most) for text in self.texts)

    @property
    def plain(self) -> Measure:
        """The share of texts, of those with words, that read at grade 8 or below."""
        return rate(text.grade <= EASY for text in self.texts if text.grade is not None)

    @property
    def grade(self) -> float | None:
        """The reading grade of all texts together; None where there are no words."""
        return grade_of([line for text in self.texts for line in text.lines])

    def as_json(self) -> dict[str, Any]:
        """The numbers with what stands behind them, and by case what went wrong."""
        measures = {name: getattr(self, name) for name in ("support", "coverage", "clean", "short", "plain")}
        return {
            "texts": len(self.texts),
            "lines": sum(len(text.lines) for text in self.texts),
            **{name: _plain(measure) for name, measure in measures.items()},
            "against": sum(len(text.against) for text in self.texts),
            "grade": self.grade,
            "misses": {
                text.case: {"unsupported": list(text.unsupported), "unsaid": list(text.unsaid), "against": list(text.against)}
                for text in self.texts
                if text.unsupported or text.unsaid or text.against
            },
        }


def score_text(case: Checklist, lines: Sequence[str], supported: Sequence[bool], *, within: Literal["text", "line"] = "text") -> TextScore:
    """One text against its checklist. `within` says whether the patterns of an item may lie anywhere in the text or must share a line.

    Raises ValueError where `supported` does not answer for each line.
    """
    if len(lines) != len(supported):
        raise ValueError(f"{len(lines)} lines, but {len(supported)} answers whether they are supported")
    whole = "\n".join(lines)
    parts = [whole] if within == "text" else lines
    return TextScore(
        case=case.id,
        lines=tuple(lines),
        supported=tuple(supported),
        wanted=len(case.must),
        unsaid=tuple(must.what for must in case.must if not must.said_in(parts)),
        against=tuple(pattern for pattern in case.must_not if found(pattern, whole)),
        grade=grade_of(lines),
    )


def grade_of(lines: Sequence[str]) -> float | None:
    """The Flesch-Kincaid grade of these English lines (`triage.reading_grade`); None where they hold no word."""
    return reading_grade("\n".join(lines), "en")


def rate(answers: Iterable[bool]) -> Measure:
    """The share of these that are true."""
    each = list(answers)
    return share(sum(each), len(each))


def share(part: int, whole: int) -> Measure:
    """`part` of `whole` with its Wilson interval; no value where `whole` is 0."""
    return Measure(part / whole, whole, *wilson(part, whole)) if whole else Measure(None, 0)


def found(pattern: str, text: str) -> bool:
    """Whether the pattern is somewhere in the text, whatever the case."""
    return re.search(pattern, text, re.IGNORECASE) is not None


def compiled(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """These patterns, once each of them is known to be one. Raises ValueError naming the one that is not."""
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no pattern: {error}") from None
    return patterns


def _plain(measure: Measure) -> dict[str, float | int | None]:
    return {"value": measure.value, "n": measure.n, "low": measure.low, "high": measure.high}
