"""How many of the identifiers in a note are replaced before it is sent: `python -m evals.identifiers [FILE]`.

Each line of the file is a note, the patient's record, and where its identifiers stand, by kind and whether the record knows them. One is
found where every letter and digit of it is replaced; a replacement counts as right where it touches one.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from evals.statistics.intervals import wilson
from triage.assistants.redaction.replacing import redact
from triage.reading import Person

MEASURED = Path(__file__).parent / "data" / "identifiers.jsonl"
"""Never looked at while rules are made or mended; `identifiers_tuning.jsonl` is there for that."""


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Identifier(_Line):
    """`text[start:end]` names somebody."""

    start: int
    end: int
    kind: str
    in_record: bool


class Record(_Line):
    """What the patient's record says."""

    name: str
    birth_date: date | None
    phone: str | None
    email: str | None
    external_id: str | None

    def person(self) -> Person:
        """As the replacer is told."""
        return Person(self.name, self.birth_date, self.phone or "", self.email or "", self.external_id or "")


class PlantedNote(_Line):
    """One line of the file."""

    id: str
    text: str
    patient: Record
    identifiers: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts by (in the record, kind); of `replaced` spans, `right` touch an identifier."""

    notes: int
    planted: Counter[tuple[bool, str]]
    found: Counter[tuple[bool, str]]
    replaced: int
    right: int

    def row(self, in_record: bool, kind: str | None = None) -> tuple[int, int]:
        """How many were found, of how many; of all kinds without one."""
        keys = [key for key in self.planted if key[0] is in_record and kind in {None, key[1]}]
        return sum(self.found[key] for key in keys), sum(self.planted[key] for key in keys)


def load(path: Path) -> list[PlantedNote]:
    """All notes of a file. Raises pydantic's ValidationError or OSError."""
    return [PlantedNote.model_validate_json(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def measure(notes: Sequence[PlantedNote]) -> Figures:
    """What `redact` finds in `notes`."""
    planted: Counter[tuple[bool, str]] = Counter()
    found: Counter[tuple[bool, str]] = Counter()
    replaced = right = 0
    for note in notes:
        pieces = redact(note.text, note.patient.person()).pieces
        covered = {place for piece in pieces for place in range(piece.original_start, piece.original_end)}
        for one in note.identifiers:
            key = (one.in_record, one.kind)
            planted[key] += 1
            found[key] += all(place in covered for place in range(one.start, one.end) if note.text[place].isalnum())
        replaced += len(pieces)
        right += sum(any(one.start < piece.original_end and piece.original_start < one.end for one in note.identifiers) for piece in pieces)
    return Figures(len(notes), planted, found, replaced, right)


def lines(figures: Figures) -> Iterator[str]:
    """The figures as a Markdown table."""
    yield "| Identifiers | Found | Of | Recall | 95 % interval |"
    yield "|---|---:|---:|---:|---|"
    for in_record, title in ((True, "In the patient's record"), (False, "Others")):
        yield _row(f"**{title}**", *figures.row(in_record))
        for kind in sorted(kind for known, kind in figures.planted if known is in_record):
            yield _row(kind.replace("_", " "), *figures.row(in_record, kind))
    yield _row("**Replacements that touch an identifier** (precision)", figures.right, figures.replaced)


def _row(title: str, part: int, whole: int) -> str:
    low, high = wilson(part, whole)
    return f"| {title} | {part} | {whole} | {part / whole:.1%} | {low:.1%} to {high:.1%} |"


def main(arguments: Sequence[str]) -> None:
    """Prints the table for the file named, or the measured one."""
    figures = measure(load(Path(arguments[0]) if arguments else MEASURED))
    print(f"{figures.notes} notes\n")  # noqa: T201 — this is a report
    print("\n".join(lines(figures)))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
