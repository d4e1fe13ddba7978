"""Tiny builders: each names only what the case is about."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from store import notes, patients, suggestions, users
from store.decisions import Reviewer
from store.digests import Made, NewDigest, Sentence
from store.lanes import load_lanes
from store.notes import NewNote
from store.patients import NewPatient
from store.suggestions import NewReading, NewSuggestion, Suggestion
from store.tables import NoteRow
from workflow import moves, undoing
from workflow.episode import Episode, fold
from workflow.events import Actor, Change, Event, person
from workflow.lanes import Lane
from workflow.people import ANYBODY, People
from workflow.suggestions import BlockerPayload, EscalationPayload, OutreachAttemptPayload, Payload, TaskPayload
from workflow.vocabulary import Action, BlockerCategory, Channel, EscalationReason, LaneName, Outcome, OwnerRole, UserRole

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
TODAY = date(2026, 3, 10)  # a Tuesday
LANES = load_lanes()
REFERRAL = LANES[LaneName.REFERRAL]
MARIA = person("maria")

Move = Callable[..., list[Event]]


def a_lane(name: LaneName = LaneName.REFERRAL, **changes: Any) -> Lane:
    """A shipped lane; `changes` are keys of its file, and those of `cadence` and `escalation` may be partial."""
    raw = LANES[name].model_dump()
    for key, value in changes.items():
        raw[key] = raw[key] | value if isinstance(value, dict) else value
    return Lane.model_validate(raw)


class Story:
    """An episode and how it came about: `do` makes a move and keeps its events."""

    def __init__(self, lane: Lane = REFERRAL, now: datetime = NOW) -> None:
        self.lane, self.now = lane, now
        self.events = moves.open_episode(lane, now=now, actor=MARIA, reason="Cardiology referral")
        self.episode = fold(self.events)

    def do(self, move: Move, *, actor: Actor = MARIA, **given: Any) -> list[Event]:
        """Make the move at this story's moment and return what it recorded."""
        who = {} if move is moves.raise_by_rule else {"actor": actor}
        return self.take(move(self.episode, self.lane, now=self.now, **who, **given))

    def undo(self, events: Sequence[Event], people: People = ANYBODY) -> list[Event]:
        """Take these events back."""
        seqs = [event.seq for event in events]
        return self.take(undoing.undo(self.events, seqs, self.lane, now=self.now, actor=MARIA, people=people))

    def take(self, events: list[Event]) -> list[Event]:
        if events:
            self.events += events
            self.episode = fold(self.events)
        return events

    def later(self, **by: float) -> "Story":
        """Time passes."""
        self.now += timedelta(**by)
        return self


def an_episode(lane: Lane = REFERRAL, **changes: Any) -> Episode:
    """A new episode, with `changes` to its state."""
    return Story(lane).episode.model_copy(update=changes)


def a_failed_call(story: Story, **given: Any) -> list[Event]:
    """A call that nobody answered."""
    return story.do(moves.log_outreach, **({"channel": Channel.CALL, "outcome": Outcome.NO_ANSWER} | given))


def a_call_task(story: Story, **given: Any) -> list[Event]:
    """ "Call the patient", for the coordinator."""
    return story.do(moves.add_task, **({"action": Action.CALL_PATIENT, "owner_role": OwnerRole.CARE_COORDINATOR} | given))


def changes_of(events: Iterable[Event]) -> list[Change]:
    """What changed, without the envelopes."""
    return [event.change for event in events]


def kinds(events: Iterable[Event]) -> list[str]:
    return [event.change.kind for event in events]


# What a note suggests.

TEXT = "Called pt, no answer. Will call again Thurs. No ride to clinic. PA still pending. Chest pain worse today."

CALL = TaskPayload(action=Action.CALL_PATIENT, owner_role=OwnerRole.CARE_COORDINATOR, due=date(2026, 3, 12))
NO_RIDE = BlockerPayload(category=BlockerCategory.TRANSPORT)
PA_PENDING = BlockerPayload(category=BlockerCategory.AUTHORIZATION)
NO_ANSWER = OutreachAttemptPayload(channel=Channel.CALL, outcome=Outcome.NO_ANSWER)
WORSE = EscalationPayload(reason=EscalationReason.WORSENING_SYMPTOMS)


def a_suggestion(
    payload: Payload = CALL, words: str = "Will call again Thurs", *, text: str = TEXT, confidence: float = 0.8
) -> NewSuggestion:
    """One item of a reading, with its words found in the note."""
    start = text.index(words)
    return NewSuggestion(payload, start, start + len(words), confidence)


def everything(text: str = TEXT) -> list[NewSuggestion]:
    """One suggestion of each kind, and a second blocker."""
    return [
        a_suggestion(NO_ANSWER, "Called pt, no answer", text=text),
        a_suggestion(CALL, "Will call again Thurs", text=text),
        a_suggestion(NO_RIDE, "No ride", text=text),
        a_suggestion(PA_PENDING, "PA still pending", text=text),
        a_suggestion(WORSE, "Chest pain worse today", text=text),
    ]


def a_reading(*items: NewSuggestion, reader: str = "embedded:1") -> NewReading:
    return NewReading(
        reader=reader,
        assistant="embedded",
        model="heads",
        prompt="read_note",
        prompt_version="1",
        content_hash="abc",
        refused=0,
        stood_in_for=None,
        usage={},
        suggestions=items,
    )


def a_patient(session: Session, external_id: str = "p-1", **given: Any) -> int:
    """A stored patient's id."""
    values: dict[str, Any] = {"source": "ehr", "external_id": external_id, "name": "Rosa Alvarez", "birth_date": date(1951, 4, 2)}
    patient = NewPatient(**(values | given))
    patients.add_patient(session, patient, now=NOW)
    found = patients.find(session, patient.source, external_id)
    assert found is not None
    return found.id


def a_new_note(external_id: str = "n-1", **given: Any) -> NewNote:
    """A note as it comes in, of patient p-1."""
    values: dict[str, Any] = {
        "source": "ehr",
        "external_id": external_id,
        "patient": "p-1",
        "lane": LaneName.REFERRAL,
        "author": "Dana Whitfield",
        "author_role": "care_coordinator",
        "kind": "call_log",
        "written_at": NOW - timedelta(hours=2),
        "text": TEXT,
    }
    return NewNote(**(values | given))


def a_digest() -> NewDigest:
    """One sentence of a person's own, of the week before."""
    made = Made("embedded", "templates", "embedded", "1", "", None, {})
    return NewDigest(None, NOW - timedelta(days=7), NOW, [], (), (Sentence("A quiet week."),), made)


def no_job(_session: Session, _note_id: int) -> None:
    """Stands in for the queue where nobody will read the note."""


def a_note(session: Session, external_id: str = "n-1", *, items: Sequence[NewSuggestion] | None = None, **given: Any) -> NoteRow:
    """A stored note of patient p-1, who is stored too where needed; with `items`, it has been read."""
    note = a_new_note(external_id, **given)
    if note.patient is not None and patients.find(session, note.source, note.patient) is None:
        a_patient(session, note.patient, source=note.source)
    notes.add_note(session, note, lanes=LANES, now=NOW, enqueue=no_job)
    row = session.query(NoteRow).filter_by(source=note.source, external_id=external_id).one()
    if items is not None:
        suggestions.save_reading(session, row.id, a_reading(*items), now=NOW)
    return row


def a_reviewer(session: Session, username: str = "dana", name: str = "Dana Whitfield") -> Reviewer:
    """A stored person who decides."""
    user = users.add_user(session, username, name, UserRole.COORDINATOR, None, now=NOW)
    return Reviewer(user.id, user.username, user.name)


def the(kind: str, found: Iterable[Suggestion]) -> Suggestion:
    """The first suggestion of this kind."""
    return next(item for item in found if item.kind == kind)
