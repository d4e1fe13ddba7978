"""One process that reads the notes of a fresh record: through the queue with a worker, or one after the other in a plain loop."""

import json
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, insert, select

from benchmarks.seeding import new_record, patient_rows, public_notes
from store import notes
from store.database import Database
from store.jobs import JobQueue, Worker
from store.lanes import load_lanes
from store.notes import NewNote
from store.tables import NoteRow, PatientRow, ReadingRow
from triage.jobs import enqueue_reading, jobs, read_note
from triage.reading import Identity, Note, Reading

NOTES = 200
ASSISTANT_MS = 5
TIMEOUT_S = 120.0


class Waiting:
    """An assistant that takes `ASSISTANT_MS` and finds nothing. Notes when it answered first, and when it has answered them all."""

    identity = Identity("fake", "fake", "fake", "1", "0" * 12)

    def __init__(self) -> None:
        self.first: float | None = None
        self.answered = 0
        self.all_answered = threading.Event()
        self._lock = threading.Lock()

    def read_note(self, note: Note) -> Reading:  # noqa: ARG002 — the protocol's own shape
        time.sleep(ASSISTANT_MS / 1000)
        with self._lock:
            self.first = self.first or time.perf_counter()
            self.answered += 1
            if self.answered >= NOTES:
                self.all_answered.set()
        return Reading(self.identity)


def main(how: str, path: Path) -> None:
    """Seed, read all notes, and print what it came to as one line of JSON."""
    database = new_record(path)
    ids = _seed(database, enqueued=how == "worker")
    assistant = Waiting()
    began, began_cpu = time.perf_counter(), time.process_time()
    if how == "loop":
        for note_id in ids:
            read_note(database, assistant, note_id)
        stop = None
    else:
        worker = Worker(database, jobs(database, assistant))
        worker.start()
        stop = worker.stop
        assistant.all_answered.wait(TIMEOUT_S)
        while _readings(database) < NOTES and time.perf_counter() - began < TIMEOUT_S:
            time.sleep(0.005)
    ended, ended_cpu = time.perf_counter(), time.process_time()
    if stop:
        stop()
    if _readings(database) != NOTES:
        raise RuntimeError(f"{_readings(database)} of {NOTES} notes were read in {ended - began:.0f} s")
    first = assistant.first or ended
    since = began if how == "loop" else first  # a worker that starts looks around first; that is told on its own
    print(
        json.dumps(
            {
                "notes": NOTES,
                "assistant_ms": ASSISTANT_MS,
                "notes_per_s": NOTES / (ended - since),
                "first_s": first - began,
                "cpu_ms": (ended_cpu - began_cpu) * 1000 / NOTES,
            }
        ),
        flush=True,
    )


def _seed(database: Database, *, enqueued: bool) -> list[int]:
    """Store the notes, with their jobs or without; returns the notes' ids."""
    now = datetime.now(UTC)
    queue = JobQueue(database)
    enqueue = enqueue_reading(queue) if enqueued else lambda _session, _note_id: None
    with database.write() as session:
        session.execute(insert(PatientRow), patient_rows(NOTES, now))
        for number in range(NOTES):
            note = public_notes()[number % len(public_notes())]
            ids = ("bench", f"n-{number}", f"p-{number + 1}")
            new = NewNote(*ids, note.lane, "", note.author_role, note.source, note.written_at, note.text)
            notes.add_note(session, new, lanes=load_lanes(), now=now, enqueue=enqueue)
        stored = list(session.scalars(select(NoteRow.id).order_by(NoteRow.id)))
    queue.close()
    return stored


def _readings(database: Database) -> int:
    with database.read() as session:
        return session.execute(select(func.count()).select_from(ReadingRow)).scalar_one()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
