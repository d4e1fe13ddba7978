"""A worker of its own: opens the database by URL and runs the reading jobs with a small assistant until told to stop.

Arguments: database URL, side file, seconds of lease. Prints "ready" once it works; stops when its input ends. Every reading begun is a
line of the side file. What the assistant does with a note is written in the note itself, so that the test says it.
"""

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import store.jobs
from store.database import Database
from store.jobs import Worker
from triage.assistants.protocol import AssistantUnavailable, NoUsableAnswer
from triage.jobs import jobs
from triage.reading import Grounded, Identity, Note, Reading
from workflow.suggestions import BlockerPayload, TaskPayload
from workflow.vocabulary import Action, BlockerCategory, OwnerRole

FINDINGS = {
    "No ride": BlockerPayload(category=BlockerCategory.TRANSPORT),
    "PA pending": BlockerPayload(category=BlockerCategory.AUTHORIZATION),
    "will call": TaskPayload(action=Action.CALL_PATIENT, owner_role=OwnerRole.CARE_COORDINATOR),
}
SECONDS = 0.01


class WordReader:
    """Finds three phrases. At its first try "AWAY 3" makes it unavailable for 3 s and "BUG" makes it crash; "POISON" always fails."""

    identity = Identity("words", "words", "read_note", "1", "0" * 12)

    def __init__(self, side_file: Path) -> None:
        self._side_file = side_file

    def read_note(self, note: Note) -> Reading:
        first = f"{note.id}\n" not in self._side_file.read_text().splitlines(keepends=True)
        self._write(note.id)
        if "POISON" in note.text:
            raise NoUsableAnswer("The model's answer could not be used.")
        if "AWAY" in note.text and first:
            raise AssistantUnavailable("The model is away.", retry_after=float(note.text.split()[1]))
        if "BUG" in note.text and first:
            raise ZeroDivisionError("a fault nobody foresaw, quoting Rosa Alvarez")
        time.sleep(1.5 if "SLOW" in note.text else SECONDS)
        found = [(note.text.find(words), words, payload) for words, payload in FINDINGS.items()]
        return Reading(self.identity, tuple(Grounded(payload, at, at + len(words), 0.5) for at, words, payload in found if at >= 0))

    def _write(self, line: str) -> None:
        handle = os.open(self._side_file, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(handle, f"{line}\n".encode())
        finally:
            os.close(handle)


def main(url: str, side_file: str, lease: str) -> None:
    store.jobs.AGAIN_S = 0.3  # a test does not wait a minute
    database = Database(url)
    worker = Worker(database, jobs(database, WordReader(Path(side_file))), at_once=8, lease=timedelta(seconds=float(lease)))
    worker.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    worker.stop()
    database.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
