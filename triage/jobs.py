"""The job that reads a note: load, ask, save. Run at least once, written once."""

import logging
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.orm import Session

from store import notes, patients, sent, suggestions
from store.database import Database
from store.jobs import Job, JobQueue
from store.notes import Enqueue
from store.patients import Patient
from store.suggestions import NewReading, NewSuggestion
from triage.assistants.protocol import Assistant, AssistantError, AssistantUnavailable
from triage.assistants.sending import Sent, recorded_by
from triage.reading import Grounded, Note, Person, Reading

READ_NOTE = "read_note"

SOON_S = 15.0
"""Wait after the service was unavailable and named no time of its own."""

LATER_S = 300.0
"""Wait after a fault that a person must mend first; the note is tried again so that mending is enough."""

LONGEST_WAIT_S = 3600.0

logger = logging.getLogger(__name__)


def read_note(database: Database, assistant: Assistant, note_id: int) -> float | None:
    """Read one stored note and save what comes of it; None when done, or the seconds to wait before trying again.

    What is sent to a model's service is recorded before it goes.

    A failure is recorded with the note and never loses it; one that nobody foresaw is raised again, for the queue to try later.
    Idempotent: one reading per note and reader.
    """
    with database.read() as session:
        stored = notes.load(session, note_id)
        about = person_of(patients.load(session, stored.patient_id))
    note = Note(
        stored.external_id,
        stored.lane,
        stored.written_at,
        stored.author_role,
        stored.kind,
        stored.text,
        patient=str(stored.patient_id),
        about=about,
    )
    try:
        with recorded_by(partial(_record_sent, database, note_id)):
            reading = assistant.read_note(note)
        with database.write() as session:
            suggestions.save_reading(session, note_id, as_stored(reading), now=datetime.now(UTC))
    except AssistantError as error:
        with database.write() as session:
            suggestions.record_fault(session, note_id, str(error), now=datetime.now(UTC))
        if not isinstance(error, AssistantUnavailable):
            return LATER_S
        return min(error.retry_after if error.retry_after is not None else SOON_S, LONGEST_WAIT_S)
    except Exception as error:
        with database.write() as session:  # its message may hold words of the note
            suggestions.record_fault(session, note_id, f"unforeseen: {type(error).__name__}.", now=datetime.now(UTC))
        raise
    return None


def person_of(patient: Patient) -> Person | None:
    """What the record says of a patient; None where nobody has said yet who it is."""
    if not patient.identified:
        return None
    return Person(patient.name, patient.birth_date, patient.phone or "", patient.email or "", patient.external_id)


def _record_sent(database: Database, note_id: int, call: Sent) -> None:
    with database.write() as session:
        sent.record(session, note_id, call.host, call.model, call.messages, now=datetime.now(UTC))


def as_stored(reading: Reading) -> NewReading:
    """The reading as the store takes it."""
    who = reading.identity
    return NewReading(
        reader=who.key,
        assistant=who.assistant,
        model=who.model,
        prompt=who.prompt,
        prompt_version=who.version,
        content_hash=who.content_hash,
        refused=reading.refused,
        stood_in_for=reading.stood_in_for,
        usage={**reading.usage, **_details(reading)},
        suggestions=[_suggestion(item) for item in reading.items],
    )


def _suggestion(item: Grounded) -> NewSuggestion:
    own = item.confidence if item.own_confidence is None else item.own_confidence
    return NewSuggestion(item.payload, item.start, item.end, item.confidence, item.time_phrase, own, item.decisions)


def _details(reading: Reading) -> dict[str, object]:
    """Each call by itself, and the examples that were shown."""
    return ({"each": [asdict(call) for call in reading.calls]} if reading.calls else {}) | (
        {"examples": list(reading.examples)} if reading.examples else {}
    )


def jobs(database: Database, assistant: Assistant) -> dict[str, Job]:
    """What a worker registers."""
    return {READ_NOTE: partial(read_note, database, assistant)}


def enqueue_reading(queue: JobQueue, *, urgent: bool = False) -> Enqueue:
    """What `store.notes.add_note` calls: one job per note, in the note's own transaction."""

    def enqueue(session: Session, note_id: int) -> None:
        queue.enqueue(session, READ_NOTE, note_id, key=f"{READ_NOTE}-{note_id}", urgent=urgent)

    return enqueue
