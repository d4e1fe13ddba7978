"""The job that reads a note: load, ask, save. Run at least once, written once."""

import logging
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.orm import Session

from store import notes, suggestions
from store.database import Database
from store.jobs import Job, JobQueue
from store.notes import Enqueue
from store.suggestions import NewReading, NewSuggestion
from triage.assistants.protocol import Assistant, AssistantError, AssistantUnavailable
from triage.reading import Note, Reading

READ_NOTE = "read_note"

SOON_S = 15.0
"""Wait after the service was unavailable and named no time of its own."""

LATER_S = 300.0
"""Wait after a fault that a person must mend first; the note is tried again so that mending is enough."""

LONGEST_WAIT_S = 3600.0

logger = logging.getLogger(__name__)


def read_note(database: Database, assistant: Assistant, note_id: int) -> float | None:
    """Read one stored note and save what comes of it; None when done, or the seconds to wait before trying again.

    A failure is recorded with the note and never loses it; one that nobody foresaw is raised again, for the queue to try later.
    Idempotent: one reading per note and reader.
    """
    with database.read() as session:
        stored = notes.load(session, note_id)
    note = Note(
        stored.external_id, stored.lane, stored.written_at, stored.author_role, stored.kind, stored.text, patient=str(stored.patient_id)
    )
    try:
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
        suggestions=[NewSuggestion(item.payload, item.start, item.end, item.confidence, item.time_phrase) for item in reading.items],
    )


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
