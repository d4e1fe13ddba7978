"""The four answers, as they stand and as they would stand after accepting: status, next action, owner, blocked by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from review_ui import words
from store.notes import StoredNote
from store.suggestions import Suggestion
from workflow.episode import Episode, fold_from
from workflow.events import Event, person
from workflow.lanes import Lane
from workflow.moves import apply_suggestion
from workflow.people import People
from workflow.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the four. `after` is None where accepting would not change it."""

    question: str
    now: str
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The four answers if this suggestion were accepted, or why it cannot be."""

    answers: tuple[Answer, ...]
    refusal: str = ""

    @property
    def changes(self) -> bool:
        return any(answer.after is not None for answer in self.answers)


QUESTIONS = ("Status", "Next action", "Owner", "Blocked by")


def stand(episode: Episode, today: date, people: People) -> tuple[str, str, str, str]:
    """The four answers in words."""
    owner = episode.owner_role.label + (f" ({people.name(episode.owner)})" if episode.owner else "")
    blocked = ", ".join(category.label for category in episode.blocked_by) or "nothing"
    if not episode.is_open:
        return episode.status.label, "none", owner, blocked
    return episode.status.label, f"{episode.next_action.label}, {words.day(episode.due, today)}", owner, blocked


def as_it_stands(episode: Episode, today: date, people: People) -> Preview:
    """The four answers, nothing changed."""
    return Preview(tuple(Answer(question, now) for question, now in zip(QUESTIONS, stand(episode, today, people), strict=True)))


def preview(
    episode: Episode, lane: Lane, suggestion: Suggestion, note: StoredNote, *, username: str, people: People, now: datetime
) -> Preview:
    """What accepting this suggestion would make of the four answers. Pure: nothing is written."""
    today = lane.calendar.local_day(now)
    try:
        events = apply_suggestion(
            episode, lane, suggestion.payload, now=now, actor=person(username), evidence=suggestion.evidence, happened_at=note.written_at
        )
    except Refusal as refusal:
        return Preview(as_it_stands(episode, today, people).answers, str(refusal))
    return Preview(compared(episode, events, today, people))


def compared(episode: Episode, events: Sequence[Event], today: date, people: People) -> tuple[Answer, ...]:
    """The four answers, and what they become by these events."""
    after = fold_from(episode, events)
    assert after is not None  # noqa: S101 — an episode never folds to nothing
    pairs = zip(QUESTIONS, stand(episode, today, people), stand(after, today, people), strict=True)
    return tuple(Answer(question, was, would if would != was else None) for question, was, would in pairs)
