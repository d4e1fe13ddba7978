"""Examples for the prompt: from the record's reviewed notes, or from a file of labelled ones. None is ever from an eval set."""

import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import evals
from triage import labelled
from triage.assistants.llm.examples import Example, as_example, text_key
from triage.assistants.llm.neighbours import Neighbours
from triage.reading import Note

if TYPE_CHECKING:
    from cli.settings import Settings
    from store.database import Database

PUBLIC = Path(evals.__file__).parent / "data" / "public.jsonl"
"""The public eval set: a note of it shown as an example would make its scores worthless."""

MOST_NOTES = 2_000
"""Reviewed notes to choose from, the newest: beyond a few hundred of a team's own, more change little and take long to read."""

FRESH_S = 600.0
"""How old the choice may grow before the record is asked for what was reviewed since."""


class ReviewedExamples:
    """From the notes of the record that reviewers have finished with: what they accepted, edited or added is the right answer.

    Names, numbers and addresses of the patients are taken out, as in an export.
    """

    def __init__(self, database: "Database", *, most: int, most_chars: int) -> None:
        self._database, self._most, self._most_chars = database, most, most_chars
        self._choosing = threading.Lock()
        self._chosen_at = float("-inf")
        self._neighbours = self._choose_among([])

    @property
    def name(self) -> str:
        """The same as the record grows: which examples were shown is kept with each reading."""
        return self._neighbours.name

    def examples_for(self, note: Note) -> Sequence[Example]:
        """Examples for a stored note."""
        with self._choosing:
            if time.monotonic() - self._chosen_at > FRESH_S:
                self._neighbours = self._choose_among(reviewed_examples(self._database))
                self._chosen_at = time.monotonic()
        return self._neighbours.examples_for(note)

    def _choose_among(self, pool: Sequence[Example]) -> Neighbours:
        return Neighbours(pool, name="reviewed notes", most=self._most, most_chars=self._most_chars)


def reviewed_examples(database: "Database") -> list[Example]:
    """The newest finished notes that can be examples, newest first; none with the words of an eval set, names taken out or not."""
    from cli.reviewed import reviewed_notes
    from evals.errors import ReviewDoesNotFit
    from evals.export import export

    held_out = keys_of([PUBLIC])
    found: list[Example] = []
    with database.read() as session:
        for note in reviewed_notes(session, newest=MOST_NOTES):
            if text_key(note.text) in held_out:
                continue
            try:
                lines = list(export([note], salt="ids are not used"))
            except ReviewDoesNotFit:  # accepted evidence that is no longer in the text: its reviewer is told by the export
                continue
            found += [one for line in lines if (one := as_example(line, note_id=note.id, patient=note.patient_id))]
    return found


def examples_of_file(path: Path, chosen: "Settings", *, held_out: Iterable[Path] = ()) -> Neighbours:
    """From labelled notes, as `triage eval export` writes them; notes of the public set and of the files `held_out` are left out.

    Lines without `patient` count as notes of patients of their own. Raises BadLine or OSError.
    """
    from evals import files

    pool = [one for line in labelled.load(path) if (one := as_example(line))]
    return Neighbours(
        pool,
        name=f"notes of {files.sha256(path)}",
        most=chosen.llm_examples,
        most_chars=chosen.llm_example_chars,
        held_out=keys_of([PUBLIC, *held_out]),
    )


def keys_of(paths: Iterable[Path]) -> frozenset[str]:
    """The keys of all texts in these files."""
    return frozenset(text_key(line.text) for path in paths for line in labelled.load(path))
