"""What each kind of text is held to before anybody sees it: the checks of this house in the shape that `Checked` takes. Pure."""

from collections.abc import Iterable, Sequence

from triage.assistants.checked import Checks, Problem
from triage.claims import untraced
from triage.narration_check import check_narration
from triage.writing import (
    ChangesRequest,
    ContextRequest,
    Draft,
    DraftRequest,
    Fact,
    Line,
    Narration,
    PatternName,
    PatternRequest,
    Summary,
    Value,
)

MOST_NAME_WORDS, MOST_NAME_CHARS = 8, 60


def _draft(request: DraftRequest, draft: Draft) -> Sequence[Problem]:
    clinic = request.clinic
    also: list[Value] = [*filter(None, (request.patient, clinic.name, clinic.phone, clinic.email, clinic.address)), "911"]
    return [
        _no_fact_says(text[claim.start : claim.end])
        for text in (draft.subject, draft.body)
        for claim in untraced(text, request.facts, language=request.language, also=also, day=request.day)
    ]


def _summary(request: ContextRequest, summary: Summary) -> Sequence[Problem]:
    return [
        _no_fact_says(line.text[claim.start : claim.end], place)
        for place, line in enumerate(summary.lines)
        for claim in untraced(line.text, _of(line, request.facts), day=request.day)
    ]


def _narration(request: ChangesRequest, narration: Narration) -> Sequence[Problem]:
    return [Problem(found.words, found.sentence) for found in check_narration(narration.sentences, request.facts)]


def _name(_request: PatternRequest, name: PatternName) -> Sequence[Problem]:
    words = len(name.name.split())
    return [
        *([Problem(f"{words} words: at most {MOST_NAME_WORDS}.")] if words > MOST_NAME_WORDS else []),
        *([Problem(f"{len(name.name)} characters: at most {MOST_NAME_CHARS}.")] if len(name.name) > MOST_NAME_CHARS else []),
        *(Problem(f"“{name.name[claim.start : claim.end]}” is a name or a number: leave it out.") for claim in untraced(name.name, ())),
    ]


CHECKS = Checks(_draft, _summary, _narration, _name)


def _of(line: Line, facts: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.id in line.facts]


def _no_fact_says(words: str, line: int | None = None) -> Problem:
    return Problem(f"no fact that is cited says “{words}”.", line)
