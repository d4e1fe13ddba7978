"""Tiny builders for the tests of what assistants write. They need neither the templates nor the checks of the house."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from triage.assistants.checked import Checks, Problem
from triage.assistants.protocol import Assistant, AssistantError
from triage.calls import Call, totals
from triage.reading import Identity, Note, Reading
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
    Source,
    Summary,
    Value,
    Written,
)
from workflow.clinic import Clinic
from workflow.vocabulary import Action, BlockerCategory, DraftForm, LaneName

CLINIC = Clinic("Lakeside Clinic", "312-555-0100", "care@lakeside.example", "https://triage.lakeside.example")
ROSE = "17 patients were overdue on Monday and 11 are now."
RIDE = "A note of 3 March says that the patient has no ride."


def a_fact(said: str = RIDE, id: str = "ride", *, quote: str = "", episode: int | None = None, **values: Value) -> Fact:  # noqa: A002
    """One fact; `values` by their roles."""
    sources = (Source(episode=episode, note=1 if quote else None, quote=quote),)
    return Fact(id, "blocker", said, values, sources, () if episode is None else (episode,))


def a_draft_request(*facts: Fact, **changes: Any) -> DraftRequest:
    """A text message in English to Rosa."""
    given: dict[str, Any] = {
        "form": DraftForm.SMS,
        "language": "en",
        "lane": LaneName.REFERRAL,
        "purpose": Action.CALL_PATIENT,
        "patient": "Rosa Delgado",
        "clinic": CLINIC,
        "day": date(2026, 3, 10),
        "facts": facts or (a_fact(),),
    }
    return DraftRequest(**(given | changes))


def a_context_request(*facts: Fact) -> ContextRequest:
    """About an episode with these facts."""
    return ContextRequest(LaneName.REFERRAL, date(2026, 3, 10), facts or (a_fact(),))


def a_changes_request(*facts: Fact) -> ChangesRequest:
    """About a week of the referral lane."""
    told = facts or (a_fact(ROSE, "overdue", before=17, after=11),)
    return ChangesRequest(LaneName.REFERRAL, datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC), told)


def a_pattern_request(*quotes: str) -> PatternRequest:
    """About rides."""
    return PatternRequest(BlockerCategory.TRANSPORT, quotes or ("no ride to dialysis", "cab never came"), ("ride", "cab"))


JOBS: dict[str, tuple[Callable[[Assistant], Any], dict[str, Any]]] = {
    "draft_outreach": (
        lambda one: one.draft_outreach(a_draft_request()),
        {"facts": [1], "subject": "", "body": "Hello Rosa Delgado, this is Lakeside Clinic. Please call 312-555-0100."},
    ),
    "summarise_context": (
        lambda one: one.summarise_context(a_context_request()),
        {"lines": [{"facts": [1], "text": "The patient has no ride."}]},
    ),
    "narrate_changes": (
        lambda one: one.narrate_changes(a_changes_request()),
        {"lines": [{"facts": [1], "text": "Overdue patients fell from 17 to 11."}]},
    ),
    "name_pattern": (lambda one: one.name_pattern(a_pattern_request()), {"name": "No ride to dialysis"}),
}
"""How each text is asked for, and a good reply of a model to it."""


def words_of(written: Any) -> list[str]:
    """All that a person would see of it."""
    match written:
        case Draft():
            return [written.subject, written.body]
        case Summary():
            return [line.text for line in written.lines]
        case Narration():
            return [line.text for line in written.sentences]
        case PatternName():
            return [written.name]
    raise TypeError(type(written))


class Scribe:
    """Writes the texts it was given, one after the other and the last for ever; or fails as told. Remembers what it was asked."""

    def __init__(self, name: str, *texts: str | AssistantError, facts: Sequence[str] = ("ride",), calls: int = 0) -> None:
        self.identity = Identity(name, "m", "p", "v1", f"hash of {name}")
        self.asked: list[Any] = []
        self._texts, self._facts, self._calls = texts or ("The patient has no ride.",), tuple(facts), calls

    def read_note(self, note: Note) -> Reading:
        self.asked.append(note)
        return Reading(self.identity)

    def draft_outreach(self, request: DraftRequest) -> Draft:
        text, made = self._next(request)
        return Draft(subject="", body=text, facts=self._facts, **made)

    def summarise_context(self, request: ContextRequest) -> Summary:
        text, made = self._next(request)
        return Summary(lines=self._lines(text), **made)

    def narrate_changes(self, request: ChangesRequest) -> Narration:
        text, made = self._next(request)
        return Narration(sentences=self._lines(text), **made)

    def name_pattern(self, request: PatternRequest) -> PatternName:
        text, made = self._next(request)
        return PatternName(name=text, **made)

    def _lines(self, text: str) -> tuple[Line, ...]:
        return tuple(Line(line, self._facts) for line in text.split("\n"))

    def _next(self, request: Any) -> tuple[str, dict[str, Any]]:
        self.asked.append(request)
        text = self._texts[min(len(self.asked), len(self._texts)) - 1]
        calls = tuple(Call(1.0, 10, 5) for _ in range(self._calls))
        if isinstance(text, AssistantError):
            text.calls = calls
            raise text
        return text, {"identity": self.identity, "calls": calls, "usage": totals(calls) if calls else {}}


def numbers(text: str) -> set[str]:
    """Its figures."""
    return set(re.findall(r"\d+", text))


def _numbers_of(request: Any) -> set[str]:
    facts = " ".join(fact.said for fact in getattr(request, "facts", ()))
    return numbers(f"{facts} {CLINIC.phone}")


def _check(request: Any, written: Written) -> list[Problem]:
    lined = isinstance(written, Summary | Narration)
    return [
        Problem(f"no fact says {number}.", place if lined else None)
        for place, text in enumerate(words_of(written))
        for number in sorted(numbers(text) - _numbers_of(request))
    ]


FIGURES = Checks(_check, _check, _check, _check)
"""A small check of our own: every figure of a text is one of the facts' or of the clinic's phone."""
