"""No text that says more than its facts is ever returned, whoever wrote it.

A check is code that knows no assistant: it looks at the request and at the text, and tells what is wrong. Whoever wrote is asked once more,
with what was wrong in words. A text with something wrong in it is not mended by us and not shown; the stand-in's is. Where that one does
not hold either, a summary or a narration loses the lines that do not, and a draft or a name is not given at all: half of a message is
another message.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from triage.assistants.fallback import in_place_of
from triage.assistants.protocol import Assistant, AssistantError, NoUsableAnswer
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
    Summary,
    Written,
)

log = logging.getLogger(__name__)

W = TypeVar("W", Draft, Summary, Narration, PatternName)
MOST_SUMMARY_LINES = 5
MOST_REMARKS = 10
MOST_REMARK_CHARS = 300
"""A remark quotes what was written; it is not to make a request without end."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, in words for the model that is asked again. `line` is the place of the line meant, from 0; None means the whole.

    What does not refuse a text is told once, and a text that has it all the same is returned: that it reads hard, say.
    """

    words: str
    line: int | None = None
    refuses: bool = True


@dataclass(frozen=True, slots=True)
class Checks:
    """What each kind of text is held to, beside citing facts that exist."""

    draft: Callable[[DraftRequest, Draft], Sequence[Problem]]
    summary: Callable[[ContextRequest, Summary], Sequence[Problem]]
    narration: Callable[[ChangesRequest, Narration], Sequence[Problem]]
    name: Callable[[PatternRequest, PatternName], Sequence[Problem]]


def _nothing(_request: object, _written: object) -> Sequence[Problem]:
    return ()


CITATIONS_ALONE = Checks(_nothing, _nothing, _nothing, _nothing)
"""For tests, and for whoever checks afterwards: what is cited exists, and nothing more is known of it."""


def draft_problems(checks: Checks, request: DraftRequest, draft: Draft) -> list[Problem]:
    """What is wrong with a draft."""
    unknown = _unknown(draft.facts, request.facts)
    return [
        *([] if draft.body.strip() else [Problem("The message is empty.")]),
        *([Problem(f"There is no fact {', '.join(unknown)}.")] if unknown else []),
        *checks.draft(request, draft),
    ]


def summary_problems(checks: Checks, request: ContextRequest, summary: Summary) -> list[Problem]:
    """What is wrong with a summary."""
    many = [Problem(f"More than {MOST_SUMMARY_LINES} lines.")] if len(summary.lines) > MOST_SUMMARY_LINES else []
    return [*many, *_uncited(summary.lines, request.facts), *checks.summary(request, summary)]


def narration_problems(checks: Checks, request: ChangesRequest, narration: Narration) -> list[Problem]:
    """What is wrong with a narration."""
    return [*_uncited(narration.sentences, request.facts), *checks.narration(request, narration)]


def name_problems(checks: Checks, request: PatternRequest, name: PatternName) -> list[Problem]:
    """What is wrong with a name."""
    return [*([] if name.name.strip() else [Problem("The name is empty.")]), *checks.name(request, name)]


def _uncited(lines: Sequence[Line], facts: Sequence[Fact]) -> list[Problem]:
    problems = []
    for place, line in enumerate(lines):
        if not line.text.strip():
            problems.append(Problem("The line is empty.", place))
        if not line.facts:
            problems.append(Problem("The line rests on no fact. Every line names the facts it rests on.", place))
        elif unknown := _unknown(line.facts, facts):
            problems.append(Problem(f"There is no fact {', '.join(unknown)}.", place))
    return problems


def _unknown(cited: Sequence[str], facts: Sequence[Fact]) -> list[str]:
    known = {fact.id for fact in facts}
    return [one for one in cited if one not in known]


class Checked:
    """Asks `assistant`, and `stand_in` where what came does not hold. Without a stand-in, or where it wrote already, what holds is kept.

    `again` is whether the assistant is asked once more before that: one that says the same to the same facts is not. Nothing is done to a
    reading: what it says is grounded in its note already.
    """

    def __init__(self, assistant: Assistant, checks: Checks, stand_in: Assistant | None = None, *, again: bool = True) -> None:
        self._assistant, self._checks, self._stand_in, self._again = assistant, checks, stand_in, again

    @property
    def identity(self) -> Identity:
        """Who is asked first."""
        return self._assistant.identity

    def read_note(self, note: Note) -> Reading:
        """The assistant's reading. Raises what the assistant raises."""
        return self._assistant.read_note(note)

    def draft_outreach(self, request: DraftRequest) -> Draft:
        """A draft that holds. Raises NoUsableAnswer where none does, and what the assistants raise."""

        def check(written: Draft) -> list[Problem]:
            return draft_problems(self._checks, request, written)

        draft = self._best(lambda one, remarks: one.draft_outreach(replace(request, remarks=remarks)), check, _no_lines)
        if _refusing(check(draft)):
            raise _refused(draft)
        return draft

    def summarise_context(self, request: ContextRequest) -> Summary:
        """A summary of which every line holds. Raises NoUsableAnswer where none does, and what the assistants raise."""

        def check(written: Summary) -> list[Problem]:
            return summary_problems(self._checks, request, written)

        summary = self._best(lambda one, remarks: one.summarise_context(replace(request, remarks=remarks)), check, lambda one: one.lines)
        while refusing := _refusing(check(summary)):
            summary = replace(summary, lines=_without(summary, summary.lines, refusing))
        return summary

    def narrate_changes(self, request: ChangesRequest) -> Narration:
        """A narration of which every sentence holds. Raises NoUsableAnswer where none does, and what the assistants raise."""

        def check(written: Narration) -> list[Problem]:
            return narration_problems(self._checks, request, written)

        narration = self._best(
            lambda one, remarks: one.narrate_changes(replace(request, remarks=remarks)), check, lambda one: one.sentences
        )
        while refusing := _refusing(check(narration)):
            narration = replace(narration, sentences=_without(narration, narration.sentences, refusing))
        return narration

    def name_pattern(self, request: PatternRequest) -> PatternName:
        """A name that holds. Raises NoUsableAnswer where none does, and what the assistants raise."""

        def check(written: PatternName) -> list[Problem]:
            return name_problems(self._checks, request, written)

        name = self._best(lambda one, remarks: one.name_pattern(replace(request, remarks=remarks)), check, _no_lines)
        if _refusing(check(name)):
            raise _refused(name)
        return name

    def _best(
        self,
        ask: Callable[[Assistant, tuple[str, ...]], W],
        check: Callable[[W], Sequence[Problem]],
        lines: Callable[[W], Sequence[Line]],
    ) -> W:
        """The assistant's text where it holds, at the first try or the second; else the stand-in's, whether it holds or not."""
        written = ask(self._assistant, ())
        problems = check(written)
        if problems and self._again and not self._stood_in(written):
            written, problems = self._once_more(ask, check, written, problems, lines(written))
        if not _refusing(problems) or self._stand_in is None or self._stood_in(written):
            return written
        log.warning(
            "A text of the %s assistant did not hold (%d problems): the stand-in writes.", written.identity.assistant, len(problems)
        )
        try:
            return in_place_of(written.stood_in_for or written.identity.assistant, ask(self._stand_in, ()), written.calls)
        except AssistantError as error:
            error.calls = written.calls + error.calls
            raise

    def _stood_in(self, written: Written) -> bool:
        """Whether the stand-in wrote already: it would say the same again."""
        return self._stand_in is not None and written.identity == self._stand_in.identity

    def _once_more(
        self,
        ask: Callable[[Assistant, tuple[str, ...]], W],
        check: Callable[[W], Sequence[Problem]],
        written: W,
        problems: Sequence[Problem],
        lines: Sequence[Line],
    ) -> tuple[W, Sequence[Problem]]:
        """The better of two tries, with the calls of both. A second try that fails leaves the first standing."""
        try:
            second = ask(self._assistant, _remarks(problems, lines))
        except AssistantError as error:
            if not (error.retryable or isinstance(error, NoUsableAnswer)):
                raise
            return _paid(written, written.calls + error.calls), problems
        calls, wrong = written.calls + second.calls, check(second)
        if (len(_refusing(wrong)), len(wrong)) <= (len(_refusing(problems)), len(problems)):
            return _paid(second, calls), wrong
        return _paid(written, calls), problems


def _no_lines(_written: object) -> Sequence[Line]:
    return ()


def _remarks(problems: Sequence[Problem], lines: Sequence[Line]) -> tuple[str, ...]:
    told = (problem.words if problem.line is None else f"“{lines[problem.line].text}”: {problem.words}" for problem in problems)
    return tuple(words[-MOST_REMARK_CHARS:] for words in list(told)[:MOST_REMARKS])


def _paid(written: W, calls: tuple[Call, ...]) -> W:
    return replace(written, calls=calls, usage=written.usage | totals(calls)) if calls else written


def _refusing(problems: Sequence[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.refuses]


def _without(written: Written, lines: Sequence[Line], problems: Sequence[Problem]) -> tuple[Line, ...]:
    """The lines that nothing is wrong with. Raises NoUsableAnswer where the whole is wrong, or no line is left."""
    wrong = {problem.line for problem in problems}
    kept = tuple(line for place, line in enumerate(lines) if place not in wrong)
    if None in wrong or not kept or len(kept) == len(lines):
        raise _refused(written)
    return kept


def _refused(written: Written) -> NoUsableAnswer:
    error = NoUsableAnswer(
        f"What the {written.identity.assistant} assistant wrote says something that the record does not say, or says it in a way that is "
        "not allowed. It was not used: a person must write it."
    )
    error.calls = written.calls
    return error
