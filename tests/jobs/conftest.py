"""Workers as processes of their own, killed at the latest when the test ends."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from store import notes
from store.database import Database
from store.jobs import JobQueue
from store.tables import ReadingRow
from tests.builders import LANES, NOW, a_new_note, a_patient
from triage.jobs import enqueue_reading

LEASE_S = 3.0
"""Shorter than a clinic's, so that the suite is quick; still three heartbeats."""


class Bench:
    """One database, its queue, and the workers on it."""

    def __init__(self, database: Database, queue: JobQueue, side_file: Path) -> None:
        self.database, self.queue, self.side_file = database, queue, side_file
        self.side_file.touch()
        self.workers: list[subprocess.Popen[str]] = []

    def add_notes(self, *texts: str) -> None:
        """Import these notes, each with its reading enqueued, in one transaction."""
        with self.database.write() as session:
            a_patient(session)
            for number, text in enumerate(texts):
                note = a_new_note(f"n-{number}", text=text)
                notes.add_note(session, note, lanes=LANES, now=NOW, enqueue=enqueue_reading(self.queue))

    def start_worker(self) -> subprocess.Popen[str]:
        arguments = [self.database.url, str(self.side_file), str(LEASE_S)]
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.worker_process", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.workers.append(worker)
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
        return worker

    def stop_worker(self, worker: subprocess.Popen[str]) -> None:
        """Ask it to stop, and wait until it has."""
        worker.communicate(timeout=30)
        assert worker.returncode == 0

    def read_by_now(self) -> int:
        """How many readings are stored."""
        with self.database.read() as session:
            return session.execute(select(func.count()).select_from(ReadingRow)).scalar_one()

    def begun(self) -> list[str]:
        """The note of every reading that was begun, in order."""
        return self.side_file.read_text().split()

    def wait_until(self, holds: Callable[[], bool], *, seconds: float = 40) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"not within {seconds} s; {self.read_by_now()} notes read, {self.queue.waiting()} jobs wait"
            time.sleep(0.05)


@pytest.fixture
def bench(database: Database, queue: JobQueue, tmp_path: Path) -> Iterator[Bench]:
    """An empty record, ready for notes and workers."""
    made = Bench(database, queue, tmp_path / "begun.txt")
    yield made
    for worker in made.workers:
        if worker.poll() is None:
            worker.kill()
        worker.communicate()
