"""Where predictions and gold part, item by item: what a maintainer reads to learn why a score is what it is.

Misses quote notes: keep them where the notes may be kept.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evals.cases import Case
from evals.predictions import Item
from triage.labelled import GoldAttempt, GoldTask
from workflow.suggestions import BlockerPayload, EscalationPayload, OutreachAttemptPayload, TaskPayload

MISSED, SPURIOUS, WRONG, UNGROUNDED = "missed", "spurious", "wrong", "ungrounded"
"""In gold and not found; found and not in gold; found with a wrong owner, date, count or reason; quoting what the note does not say."""


@dataclass(frozen=True, slots=True, order=True)
class Miss:
    """One difference. `what` names the item; `instead` is what was predicted where `how` is wrong; `evidence` quotes gold or prediction."""

    note_id: str
    kind: str
    how: str
    what: str
    evidence: str
    instead: str = ""

    def in_words(self) -> str:
        """One line for a person."""
        words = f"{self.how} {self.kind}: {self.what}" + (f", predicted {self.instead}" if self.instead else "")
        return f"{words} (“{' '.join(self.evidence.split())}”)"


def misses_of(case: Case) -> list[Miss]:
    """Every difference on one note, sorted."""
    return sorted({*_tasks(case), *_blockers(case), *_attempts(case), *_escalation(case), *_ungrounded(case)})


def as_json(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """One entry for each note that has misses: id, whether it was answered at all, and the misses."""
    found = [(case, misses_of(case)) for case in cases]
    return [
        {
            "id": case.note.id,
            "lane": case.note.lane.value,
            "answered": case.answered,
            "misses": [{key: value for key, value in asdict(miss).items() if key != "note_id"} for miss in misses],
        }
        for case, misses in found
        if misses
    ]


def as_markdown(cases: Sequence[Case]) -> str:
    """The misses by note, each note with its text, after a count of how often each kind of miss occurs."""
    found = [(case, misses_of(case)) for case in cases]
    often = Counter(f"{miss.how} {miss.kind}" for _, misses in found for miss in misses)
    lines = ["# Misses", "", f"{sum(bool(misses) for _, misses in found)} of {len(cases)} notes have at least one.", ""]
    lines += [f"- {name}: {times}" for name, times in often.most_common()]
    for case, misses in found:
        if misses:
            lines += ["", f"## {case.note.id} ({case.note.lane.label}, {case.note.author_role})", ""]
            lines += [] if case.answered else ["There was no answer for this note.", ""]
            # An indented block needs no fence, so nothing in the note's text can end it.
            lines += [f"    {line}" for line in case.note.text.splitlines()]
            lines += ["", *(f"- {miss.in_words()}" for miss in misses)]
    return "\n".join(lines) + "\n"


def _tasks(case: Case) -> Iterator[Miss]:
    name = case.note.id
    yield from (Miss(name, "task", MISSED, _task(task), task.evidence) for task in case.tasks.missed)
    yield from (Miss(name, "task", SPURIOUS, _task(task), task.evidence) for task in case.tasks.spurious)
    for gold, found in case.tasks.pairs:
        if gold.owner_role is not found.owner_role:
            yield Miss(name, "owner", WRONG, f"{gold.action} for {gold.owner_role}", gold.evidence, found.owner_role)
        if gold.due != found.due:
            yield Miss(name, "due date", WRONG, f"{gold.action} due {_day(gold)}", gold.evidence, _day(found))


def _blockers(case: Case) -> Iterator[Miss]:
    name = case.note.id
    for blocker in case.gold.blockers:
        if blocker.category not in case.predicted_blockers:
            yield Miss(name, "blocker", MISSED, blocker.category, blocker.evidence)
    for predicted in case.predicted.blockers:
        if predicted.category not in case.gold_blockers:
            yield Miss(name, "blocker", SPURIOUS, predicted.category, predicted.evidence)


def _attempts(case: Case) -> Iterator[Miss]:
    name = case.note.id
    yield from (Miss(name, "attempt", MISSED, _attempt(attempt), attempt.evidence) for attempt in case.attempts.missed)
    yield from (Miss(name, "attempt", SPURIOUS, _attempt(attempt), attempt.evidence) for attempt in case.attempts.spurious)
    for gold, found in case.attempts.pairs:
        if gold.count != found.count:
            yield Miss(name, "count", WRONG, _attempt(gold), gold.evidence, str(found.count))


def _escalation(case: Case) -> Iterator[Miss]:
    gold, found, name = case.gold.escalation, case.predicted.escalation, case.note.id
    if gold and found and gold.reason is not found.reason:
        yield Miss(name, "escalation reason", WRONG, gold.reason, gold.evidence, found.reason)
    if gold and not found:
        yield Miss(name, "escalation", MISSED, gold.reason, gold.evidence)
    if found and not gold:
        yield Miss(name, "escalation", SPURIOUS, found.reason, found.evidence)


def _ungrounded(case: Case) -> Iterator[Miss]:
    yield from (Miss(case.note.id, item.kind.value, UNGROUNDED, _name(item), item.evidence) for item in case.ungrounded)


def _name(item: Item) -> str:
    match item:
        case TaskPayload():
            return _task(item)
        case BlockerPayload():
            return item.category
        case OutreachAttemptPayload():
            return _attempt(item)
        case EscalationPayload():
            return item.reason


def _task(task: GoldTask) -> str:
    return f"{task.action} for {task.owner_role}, due {_day(task)}"


def _attempt(attempt: GoldAttempt) -> str:
    return f"{attempt.channel} {attempt.outcome} x{attempt.count}"


def _day(task: GoldTask) -> str:
    return task.due.isoformat() if task.due else "not told"
