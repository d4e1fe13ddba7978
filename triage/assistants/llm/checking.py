"""From the model's reply to suggestions: every quote is placed in the note, every date and count is computed. Pure.

What does not hold becomes a complaint, which goes back to the model once. What still does not hold is left out and counted.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from triage.assistants.llm.counts import count
from triage.assistants.llm.schema import AttemptItem, BlockerItem, EscalationItem, NoteReply, TaskItem
from triage.dates import resolve
from triage.grounding import Span, ground
from triage.reading import Grounded
from workflow.suggestions import BlockerPayload, EscalationPayload, OutreachAttemptPayload, Payload, TaskPayload
from workflow.vocabulary import EscalationReason, SuggestionKind

MOST_QUOTE_CHARS = 500
"""A longer quote is no evidence but a copy of the note. The longest a person marked, attempts over many dates, are under 300."""

PRIORS: dict[SuggestionKind, float] = {
    SuggestionKind.TASK: 0.6,
    SuggestionKind.BLOCKER: 0.6,
    SuggestionKind.OUTREACH_ATTEMPT: 0.7,
    SuggestionKind.ESCALATION: 0.5,
}
"""Cold start: the guessed share that reviewers accept, by kind, until decisions have taught better. Never the model's own certainty."""

Confidence = Callable[[Payload], float]
"""The probability, 0 to 1, that a reviewer accepts a payload."""


def prior(payload: Payload) -> float:
    """The cold-start probability of `PRIORS`."""
    return PRIORS[payload.kind]


@dataclass(frozen=True, slots=True)
class Checked:
    """What held of one reply, with places counted in the text that was read; `complaints` are for the model; `refused` counts items."""

    items: tuple[Grounded, ...] = ()
    complaints: tuple[str, ...] = ()
    refused: int = 0

    @property
    def worth(self) -> int:
        """How many items are grounded."""
        return len(self.items)


class _Checker:
    def __init__(self, text: str, written_at: datetime, confidence: Confidence) -> None:
        self.text, self.written_at, self.confidence = text, written_at, confidence
        self.items: list[Grounded] = []
        self.complaints: list[str] = []
        self.refused = 0

    def add(self, where: str, quote: str, payload: Payload, time_phrase: str | None = None) -> None:
        span = self._place(where, quote)
        if span is None:
            self.refused += 1
            return
        self.items.append(Grounded(payload, span.start, span.end, self.confidence(payload), time_phrase))

    def words(self, where: str, phrase: str) -> str | None:
        """The note's own words for `phrase`, or None after a complaint: without them there is no date and no count."""
        span = ground(phrase, self.text)
        if span is None:
            self.complaints.append(f"{where}: {phrase!r} does not occur in the note. Copy the note's exact words, or leave it out.")
            return None
        return self.text[span.start : span.end]

    def _place(self, where: str, quote: str) -> Span | None:
        if len(quote) > MOST_QUOTE_CHARS:
            self.complaints.append(
                f"{where}.quote is longer than {MOST_QUOTE_CHARS} characters. Quote only the words that carry the label."
            )
            return None
        span = ground(quote, self.text)
        if span is None:
            self.complaints.append(
                f"{where}.quote {quote!r} does not occur in the note. Copy one run of the note's exact words, or leave the item out."
            )
        return span

    def task(self, where: str, item: TaskItem) -> None:
        phrase = self.words(f"{where}.time_phrase", item.time_phrase) if item.time_phrase else None
        due = resolve(phrase, self.written_at) if phrase else None
        self.add(where, item.quote, TaskPayload(action=item.action, owner_role=item.owner_role, due=due), phrase)

    def blocker(self, where: str, item: BlockerItem) -> None:
        self.add(where, item.quote, BlockerPayload(category=item.category))

    def attempt(self, where: str, item: AttemptItem) -> None:
        told = [words for phrase in item.counted if (words := self.words(f"{where}.counted", phrase))]
        self.add(where, item.quote, OutreachAttemptPayload(channel=item.channel, outcome=item.outcome, count=count(told)))

    def escalation(self, where: str, item: EscalationItem) -> None:
        self.add(where, item.quote, EscalationPayload(reason=item.reason))


def check(reply: NoteReply, text: str, written_at: datetime, confidence: Confidence = prior) -> Checked:
    """The items of `reply` that stand in `text`, and what to tell the model about the rest.

    `written_at` is the note's own moment, in its own zone: dates count from its day.
    """
    checker = _Checker(text, written_at, confidence)
    for index, task in enumerate(reply.tasks):
        checker.task(f"tasks[{index}]", task)
    for index, blocker in enumerate(reply.blockers):
        checker.blocker(f"blockers[{index}]", blocker)
    for index, attempt in enumerate(reply.outreach_attempts):
        checker.attempt(f"outreach_attempts[{index}]", attempt)
    if reply.escalation:
        checker.escalation("escalation", reply.escalation)
    return Checked(without_duplicates(checker.items), tuple(checker.complaints), checker.refused)


def without_duplicates(items: Iterable[Grounded]) -> tuple[Grounded, ...]:
    """Each thing once, the first telling of it, in the order of the note.

    The same step or attempt told by overlapping words is one. A category blocks once. Of escalations the first reason of the guide stays.
    """
    kept: list[Grounded] = []
    for item in sorted(items, key=lambda item: (item.start, item.end)):
        if not any(_same(item, other) for other in kept):
            kept.append(item)
    order = list(EscalationReason)
    escalations = [item for item in kept if isinstance(item.payload, EscalationPayload)]
    weightiest = min(escalations, key=lambda item: order.index(_reason(item)), default=None)
    return tuple(item for item in kept if item not in escalations or item is weightiest)


def _reason(item: Grounded) -> EscalationReason:
    assert isinstance(item.payload, EscalationPayload)  # noqa: S101 — the caller chose by this type
    return item.payload.reason


def _same(one: Grounded, other: Grounded) -> bool:
    overlap = one.start < other.end and other.start < one.end
    match one.payload, other.payload:
        case TaskPayload(action=action), TaskPayload(action=other_action):
            return overlap and action == other_action
        case BlockerPayload(category=category), BlockerPayload(category=other_category):
            return category == other_category
        case OutreachAttemptPayload() as attempt, OutreachAttemptPayload() as other_attempt:
            return overlap and (attempt.channel, attempt.outcome) == (other_attempt.channel, other_attempt.outcome)
    return False
