"""What a job is: enqueued with its cause, tried until it is done, and in nobody's way."""

import signal
import time

import pytest
from sqlalchemy import func, inspect, select, text

from store import notes, review
from store.jobs import workers_alive
from store.tables import Base, FaultRow, NoteRow, WorkerRow
from tests.builders import LANES, NOW, a_new_note, a_patient
from triage.jobs import enqueue_reading

FINE = "No ride."

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where the database makes no difference, one is enough: workers take seconds to start."""


def test_a_job_of_a_rolled_back_transaction_never_runs(bench):
    """A job without its note would fail for ever; a note without its job would never be read."""

    def import_and_fail():
        with bench.database.write() as session:
            a_patient(session)
            notes.add_note(session, a_new_note("n-9"), lanes=LANES, now=NOW, enqueue=enqueue_reading(bench.queue))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        import_and_fail()
    assert bench.queue.waiting() == 0

    bench.add_notes(FINE)
    bench.start_worker()
    bench.wait_until(lambda: bench.queue.waiting() == 0)

    assert bench.begun() == ["n-0"]


def test_the_same_key_twice_is_one_job(bench):
    """Enqueuing what is enqueued already is harmless."""
    with bench.database.write() as session:
        for _ in range(3):
            bench.queue.enqueue(session, "read_note", 1, key="read_note-1")

    assert bench.queue.waiting() == 1


def test_a_job_carries_an_id_and_no_pickle(bench):
    """Whoever can write the database must not be able to run code in a worker, and no text of a note lies in a job."""
    bench.add_notes("Rosa Alvarez has no ride.")

    ours = set(Base.metadata.tables)
    found = ""
    with bench.database.read() as session:
        for schema in (None,) if bench.database.is_sqlite else ("dbos",):
            for table in inspect(session.connection()).get_table_names(schema=schema):
                if table not in ours:
                    name = f"{schema}.{table}" if schema else table
                    found += repr([tuple(row) for row in session.execute(text(f"SELECT * FROM {name}"))])
    assert "read_note-1" in found
    assert "care_triage_json" in found
    assert "pickle" not in found
    assert "Alvarez" not in found


@on_sqlite
def test_an_assistant_that_is_away_is_asked_again(bench):
    """The note waits, the page says why, and once the model is back it is read."""
    bench.add_notes(f"AWAY 0.3 {FINE}")
    worker = bench.start_worker()
    bench.wait_until(lambda: bench.read_by_now() == 1)

    bench.stop_worker(worker)
    assert bench.begun() == ["n-0", "n-0"]
    with bench.database.read() as session:
        assert list(session.scalars(select(FaultRow.message))) == ["The model is away."]
        note_id = session.scalars(select(NoteRow.id)).one()
        assert review.faults(session, [note_id]) == {}


@on_sqlite
def test_notes_that_cannot_be_read_do_not_hold_up_the_others(bench):
    """More of them than one worker reads at once: every other note is read all the same."""
    bench.add_notes(*["POISON"] * 12, *[FINE] * 5)
    bench.start_worker()

    def faults() -> int:
        with bench.database.read() as session:
            return session.execute(select(func.count()).select_from(FaultRow)).scalar_one()

    # A reading is written before its job has ended.
    bench.wait_until(lambda: bench.read_by_now() == 5 and faults() == 12 and bench.queue.waiting() == 12, seconds=15)

    with bench.database.read() as session:
        assert review.count_unread(session) == 12


@on_sqlite
def test_a_fault_that_nobody_foresaw_loses_no_note(bench):
    """A bug, or the database away for a moment: the job is tried again, not given up."""
    bench.add_notes(f"BUG {FINE}")
    bench.start_worker()

    bench.wait_until(lambda: bench.read_by_now() == 1, seconds=15)

    assert bench.begun() == ["n-0", "n-0"]
    with bench.database.read() as session:
        assert list(session.scalars(select(FaultRow.message))) == ["unforeseen: ZeroDivisionError."]


@on_sqlite
def test_stopping_finishes_what_was_begun_and_leaves(bench):
    """A deploy loses no work and leaves no row that looks like a living worker."""
    bench.add_notes(*[f"SLOW {FINE}"] * 60)
    worker = bench.start_worker()
    bench.wait_until(lambda: len(bench.begun()) >= 4)

    bench.stop_worker(worker)

    begun = bench.begun()
    assert bench.read_by_now() == len(begun) == len(set(begun)) < 60
    assert bench.queue.waiting() == 60 - len(begun)
    with bench.database.read() as session:
        assert session.execute(select(func.count()).select_from(WorkerRow)).scalar_one() == 0
        assert workers_alive(session) == 0


@on_sqlite
def test_a_waiting_job_outlives_the_worker_that_began_it(bench):
    """A deploy in the middle of an outage: what waits for the model is tried by the next worker."""
    bench.add_notes(f"AWAY 3 {FINE}")
    first = bench.start_worker()
    bench.wait_until(lambda: len(bench.begun()) == 1)
    bench.stop_worker(first)
    assert bench.read_by_now() == 0

    bench.start_worker()
    bench.wait_until(lambda: bench.read_by_now() == 1, seconds=15)


@on_sqlite
def test_a_paused_worker_that_wakes_does_not_write_twice(bench):
    """R5: its lease ran out and another read the note; waking, it changes nothing."""
    bench.add_notes(*[f"SLOW {FINE}"] * 3)
    paused = bench.start_worker()
    bench.wait_until(lambda: len(bench.begun()) == 3)
    paused.send_signal(signal.SIGSTOP)
    started = time.monotonic()
    other = bench.start_worker()
    bench.wait_until(lambda: bench.read_by_now() == 3)
    assert time.monotonic() - started > 1

    paused.send_signal(signal.SIGCONT)
    bench.wait_until(lambda: bench.queue.waiting() == 0)
    bench.stop_worker(paused)
    bench.stop_worker(other)

    assert bench.read_by_now() == 3
