"""What a good reviewer would have decided about the suggestions on a note, given what the story's author would keep of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cli.demo.moments import chance
from evals.matching import closeness, match, occurrences, overlap
from store.suggestions import Suggestion
from triage.dates import resolve
from triage.labelled import Gold, GoldAttempt, GoldBlocker, GoldEscalation, GoldTask
from workflow.suggestions import BlockerPayload, EscalationPayload, OutreachAttemptPayload, Payload, TaskPayload
from workflow.vocabulary import RejectReason

GoldItem = GoldTask | GoldBlocker | GoldAttempt | GoldEscalation
SLIPS = 41
"""One accept in so many begins with a slip of the key, which is undone: reviewers do that, and the history should show it."""

_PATIENT_WILL = re.compile(
    r"\b(he|she|they|pt|patient|mom|dad|daughter|son|wife|husband|family)\b.{0,12}\b(will|to|going to)\b", re.IGNORECASE
)
_DONE = re.compile(r"\b(done|sent|faxed|called|booked|scheduled|placed|received|reached|spoke|confirmed|approved|texted)\b", re.IGNORECASE)
_OVER = re.compile(r"\b(approved|resolved|no longer|was|had|cleared|arrived|came|used to)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Step:
    """One key pressed. `payload` is what the reviewer made of it, for an accept or an addition."""

    kind: Literal["accept", "reject", "undo", "add"]
    suggestion_id: int | None = None
    payload: Payload | None = None
    reason: RejectReason | None = None
    start: int = 0
    end: int = 0


def steps(text: str, written_at: datetime, suggestions: Sequence[Suggestion], gold: Gold) -> list[Step]:
    """The keys in the order of the words: each suggestion decided once, then what nobody suggested."""
    wanted: list[GoldItem] = [*gold.tasks, *gold.blockers, *gold.outreach_attempts, *([gold.escalation] if gold.escalation else [])]
    places = {item.evidence: occurrences(text, item.evidence) for item in wanted}

    def suits(item: GoldItem, suggestion: Suggestion) -> float | None:
        if not _same_label(item, suggestion.payload):
            return None
        near = closeness(places[item.evidence], (suggestion.start, suggestion.end))
        if near is None and isinstance(item, GoldBlocker | GoldEscalation):
            return 0.0  # what blocks, and that somebody should look, is said of the note; other words for it are as good
        return near

    matched = match(wanted, suggestions, suits)
    kept = {suggestion.id: item for item, suggestion in matched.pairs}
    pressed: list[Step] = []
    for suggestion in suggestions:
        item = kept.get(suggestion.id)
        if item is None:
            pressed.append(Step("reject", suggestion.id, reason=_why_not(suggestion, wanted, text)))
            continue
        if chance("slip", text, suggestion.start, suggestion.kind) % SLIPS == 0:
            pressed += [Step("reject", suggestion.id, reason=RejectReason.ALREADY_DONE), Step("undo", suggestion.id)]
        pressed.append(Step("accept", suggestion.id, payload=_final(item, suggestion.payload, written_at)))
    for item in matched.missed:
        start, end = places[item.evidence][0]
        pressed.append(Step("add", payload=_final(item, None, written_at), start=start, end=end))
    return pressed


def _same_label(item: GoldItem, payload: Payload) -> bool:
    match item, payload:
        case GoldTask(), TaskPayload():
            return item.action is payload.action
        case GoldBlocker(), BlockerPayload():
            return item.category is payload.category
        case GoldAttempt(), OutreachAttemptPayload():
            return (item.channel, item.outcome) == (payload.channel, payload.outcome)
        case GoldEscalation(), EscalationPayload():
            return True  # the reason is edited where it is another
        case _:
            return False


def _final(item: GoldItem, suggested: Payload | None, written_at: datetime) -> Payload:
    """The payload a reviewer lets stand. Stories hold no dates: the day is that of the words, or the suggestion's where those name none."""
    match item:
        case GoldTask():
            due = resolve(item.evidence, written_at)
            if due is None and isinstance(suggested, TaskPayload):
                due = suggested.due
            return TaskPayload(action=item.action, owner_role=item.owner_role, due=due)
        case GoldBlocker():
            return BlockerPayload(category=item.category)
        case GoldAttempt():
            return OutreachAttemptPayload(channel=item.channel, outcome=item.outcome, count=item.count)
        case GoldEscalation():
            return EscalationPayload(reason=item.reason)


def _why_not(suggestion: Suggestion, wanted: Sequence[GoldItem], text: str) -> RejectReason:
    """A fitting reason, from what else the note holds and from the suggestion's own words."""
    span, words = (suggestion.start, suggestion.end), suggestion.evidence
    if any(_same_label(item, suggestion.payload) for item in wanted):
        return RejectReason.DUPLICATE
    same_words = [item for item in wanted if any(overlap(place, span) for place in occurrences(text, item.evidence))]
    if same_words:
        return RejectReason.WRONG_KIND
    match suggestion.payload:
        case TaskPayload() if _PATIENT_WILL.search(words):
            return RejectReason.PATIENT_WILL_DO_IT
        case TaskPayload() if _DONE.search(words):
            return RejectReason.ALREADY_DONE
        case TaskPayload():
            return RejectReason.NOT_OURS if chance("not ours", words) % 3 == 0 else RejectReason.NOT_IN_NOTE
        case BlockerPayload() if _OVER.search(words):
            return RejectReason.OUT_OF_DATE
        case EscalationPayload():
            return RejectReason.OTHER
        case _:
            return RejectReason.NOT_IN_NOTE
