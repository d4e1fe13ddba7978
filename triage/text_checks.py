"""What each kind of text is held to before anybody sees it: the checks of this house in the shape that `Checked` takes. Pure.

A draft is checked here for its words alone. Whether it may leave, and where to, is checked anew when a person decides and when it leaves.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time

from triage.assistants.checked import Checks, Problem
from triage.assistants.redaction.lexicon import names
from triage.assistants.redaction.record import name_words
from triage.claims import untraced
from triage.draft_checks import Check, Verdict, check_draft
from triage.narration_check import check_narration
from triage.reading_grade import FORMULA
from triage.writing import ChangesRequest, ContextRequest, Draft, DraftRequest, Fact, Line, Narration, PatternName, PatternRequest, Summary
from workflow.contact import MayContact

MOST_NAME_WORDS, MOST_NAME_CHARS = 8, 60

_FREE = MayContact((), 0, 0)
_OF_LEAVING = frozenset({"consent", "quiet hours", "address"})
_OF_READING = frozenset({"reading grade", "language"})
"""Warn of a language that code does not read, whatever is written in it."""


def _draft(request: DraftRequest, draft: Draft) -> Sequence[Problem]:
    checks = check_draft(
        draft.subject,
        draft.body,
        form=request.form,
        language=request.language,
        patient=request.patient,
        clinic=request.clinic,
        facts=request.facts,
        may=_FREE,
        address=None,
        at=datetime.combine(request.day, time(12), UTC),
    )
    return list(_about_words(request, draft, checks))


def _about_words(request: DraftRequest, draft: Draft, checks: Iterable[Check]) -> Iterator[Problem]:
    readable = request.language.partition("-")[0].lower() in FORMULA
    for check in checks:
        if check.verdict is Verdict.HOLDS or check.name in _OF_LEAVING:
            continue
        if check.verdict is Verdict.BLOCKS:
            capitals_alone = check.name == "right name" and not readable and not _strangers(request, draft, check)
            yield Problem(check.words, refuses=not capitals_alone)
        elif (readable or check.name not in _OF_READING) and (request.clinic.phone or check.name != "callback"):
            yield Problem(check.words, refuses=False)


def _strangers(request: DraftRequest, draft: Draft, check: Check) -> bool:
    """In a language that code does not read, a capital names nobody yet: two words that are known as names do."""
    own = {*name_words(request.patient), *name_words(request.clinic.name)}
    told = {word for span in check.spans for word in name_words(draft.body[span.start : span.end])}
    return len((told - own) & names()) > 1


def _summary(request: ContextRequest, summary: Summary) -> Sequence[Problem]:
    return [
        Problem(f"no fact that is cited says “{line.text[claim.start : claim.end]}”.", place)
        for place, line in enumerate(summary.lines)
        for claim in untraced(line.text, _of(line, request.facts), day=request.day)
    ]


def _of(line: Line, facts: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.id in line.facts]


def _narration(request: ChangesRequest, narration: Narration) -> Sequence[Problem]:
    return [Problem(one.words, one.sentence) for one in check_narration(narration.sentences, request.facts)]


def _name(_request: PatternRequest, name: PatternName) -> Sequence[Problem]:
    words = len(name.name.split())
    return [
        *([Problem(f"{words} words: at most {MOST_NAME_WORDS}.")] if words > MOST_NAME_WORDS else []),
        *([Problem(f"{len(name.name)} characters: at most {MOST_NAME_CHARS}.")] if len(name.name) > MOST_NAME_CHARS else []),
        *(Problem(f"“{name.name[claim.start : claim.end]}” is a name or a number: leave it out.") for claim in untraced(name.name, ())),
    ]


CHECKS = Checks(_draft, _summary, _narration, _name)
