"""What each kind of text is held to before anybody sees it: the checks of this house in the shape that `Checked` takes. Pure.

A draft is checked here for its words alone. Whether it may leave, and where to, is checked anew when a person decides and when it leaves.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time

from triage.assistants.checked import Checks, Problem
from triage.assistants.redaction.lexicon import names
from triage.assistants.redaction.record import name_words
from triage.context_check import check_summary
from triage.draft_checks import Check, Verdict, check_draft
from triage.narration_check import check_narration
from triage.pattern_check import problems
from triage.reading_grade import FORMULA
from triage.writing import ChangesRequest, ContextRequest, Draft, DraftRequest, Narration, PatternName, PatternRequest, Summary
from workflow.contact import MayContact

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
    return check_summary(summary.lines, request.facts, day=request.day)


def _narration(request: ChangesRequest, narration: Narration) -> Sequence[Problem]:
    return [Problem(one.words, one.sentence) for one in check_narration(narration.sentences, request.facts)]


def _name(request: PatternRequest, name: PatternName) -> Sequence[Problem]:
    return [Problem(words) for words in problems(name.name, request)]


CHECKS = Checks(_draft, _summary, _narration, _name)
