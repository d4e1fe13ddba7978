"""Examples for the prompt: from the record's reviewed notes, or from a file of labelled ones. None is ever from an eval set."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import evals
from triage import labelled
from triage.assistants.llm.examples import Example, Examples, as_example, text_key
from triage.assistants.llm.neighbours import Neighbours
from triage.assistants.llm.schema import NoteReply
from triage.reading import Note, Person

if TYPE_CHECKING:
    from cli.settings import Settings
    from store.database import Database
    from triage.assistants.redaction.surrogates import Redacted

People = Callable[[Example], Person | None]
"""Whom an example is about, where that is known."""

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
    from evals.datasets.export import export
    from evals.errors import ReviewDoesNotFit

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


class RedactedExamples:
    """The examples of `inner` with identifiers replaced, each by its own patient's record as far as `people` knows them.

    For a service that is told no names: neither the note's nor, beside it, those of other patients.
    """

    def __init__(self, inner: Examples, people: People) -> None:
        self._inner, self._people = inner, people

    @property
    def name(self) -> str:
        """The inner one's: that names are replaced is told by the identity of the assistant that reads without them."""
        return self._inner.name

    def examples_for(self, note: Note) -> Sequence[Example]:
        """The inner one's choice; their answers quote what is sent of them."""
        return tuple(redacted_example(one, self._people(one)) for one in self._inner.examples_for(note))


def redacted_example(example: Example, person: Person | None) -> Example:
    """`example` as it may be sent: its text, its author's role, and in its answer every quote, in the words of the text that is sent."""
    from triage.assistants.redaction.replacing import redact

    text, role = redact(example.text, person), redact(example.author_role, person)
    answer = json.loads(example.answer)
    for item in [*answer["tasks"], *answer["blockers"], *answer["outreach_attempts"], *filter(None, [answer["escalation"]])]:
        said = partial(_sent_words, quote=item["quote"], original=example.text, sent=text)
        if item.get("time_phrase"):
            item["time_phrase"] = said(item["time_phrase"])
        if "counted" in item:
            item["counted"] = [said(words) for words in item["counted"]]
        item["quote"] = said(item["quote"])
    return replace(example, author_role=role.text, text=text.text, answer=NoteReply.model_validate(answer).model_dump_json())


def people_of(database: "Database") -> People:
    """Looks patients up in the record."""
    from store import patients
    from store.errors import Unknown
    from triage.jobs import person_of

    def person(example: Example) -> Person | None:
        try:
            with database.read() as session:
                return person_of(patients.load(session, int(example.patient or "")))
        except (ValueError, Unknown):
            return None

    return person


def nobody(_: Example) -> None:
    """Where there is no record: patients are found as anybody else is."""


def _sent_words(words: str, quote: str, original: str, sent: "Redacted") -> str:
    """`words` of the original as they stand in what is sent; those within `quote` where they stand there too. All are in the note."""
    near = original.find(quote)
    at = original.find(words, near, near + len(quote))
    at = at if at >= 0 else original.index(words)
    start, end = sent.span(at, at + len(words))
    return sent.text[start:end]


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
