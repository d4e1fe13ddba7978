"""Taking in a file of patients or notes: every row is stored, known already, or refused with a reason; none is lost in silence.

Rows are validated first and then stored `BATCH` at a time, each batch in one transaction. A process that dies between two batches
leaves the first rows of the file stored and nothing of the rest; importing the file again passes over what is known and goes on.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal, Protocol
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from connectors import refused_file
from connectors.csv_rows import CsvTable
from connectors.encodings import find_encoding
from connectors.json_lines import JsonLinesTable
from connectors.refusals import FileRefused, Refusal, Row, printable, sentence
from connectors.report import ImportStopped, Report, named_lines
from connectors.rows import What, read_record
from connectors.values import Setting, identifier
from store.database import Database
from store.errors import StoreError
from store.lanes import Lanes
from store.notes import Enqueue, NewNote, add_note
from store.patients import Added, NewPatient, add_patient, same_person_elsewhere

BATCH = 200
"""Rows in one transaction: enough that commits do not count, few enough that other writers wait for milliseconds."""

Progress = Callable[[int, int], None]
"""Told the rows done and the rows of the file, after each batch."""


class Format(StrEnum):
    """How a file is written."""

    CSV = "csv"
    JSONL = "jsonl"


Rows = Generator[Row | Refusal, None, None]


class Table(Protocol):
    """The rows of one file, in whatever way they are written. `warnings` are whole once all rows were handed out."""

    suffix: str
    what: What
    warnings: list[str]
    total: int

    def __iter__(self) -> Rows: ...

    def refused_lines(self, refusals: list[Refusal]) -> Iterator[str]:
        """The refused rows, as a file like this one with reasons."""
        ...


@dataclass(slots=True)
class _Import:
    """One import under way."""

    database: Database
    lanes: Lanes
    setting: Setting
    enqueue: Enqueue
    report: Report
    alike: list[int] = field(default_factory=list)
    ahead: list[int] = field(default_factory=list)
    nobodys: int = 0
    updated: int = 0

    def take(self, rows: list[Row | Refusal]) -> None:
        """Store one batch and count what became of it."""
        ready: list[tuple[Row, NewPatient | NewNote]] = []
        for row in rows:
            if isinstance(row, Refusal):
                self.report.refused.append(row)
                continue
            try:
                record = read_record(row.values, self.report.what, self.setting)
            except ValidationError as error:
                self.report.refused.append(Refusal(row.line, sentence(error), row.raw))
            else:
                ready.append((row, record.as_new(self.report.source)))
        try:
            self._store(ready)
        except (IntegrityError, DataError):
            # Somebody imports the same rows at the same moment, or one value is more than the database takes: find out which.
            for row, new in ready:
                try:
                    self._store([(row, new)])
                except (IntegrityError, DataError):
                    reason = "the database did not take it; import it again, and if that does not help, tell the maintainer"
                    self.report.refused.append(Refusal(row.line, reason, row.raw))
        self.report.rows += len(rows)

    def _store(self, ready: list[tuple[Row, NewPatient | NewNote]]) -> None:
        """Store rows in one transaction and count them when it is through. A row that the store refuses has written nothing."""
        outcomes: list[tuple[Row, NewPatient | NewNote, Added | StoreError, bool]] = []
        with self.database.write() as session:
            for row, new in ready:
                try:
                    added, alike = self._add(session, new)
                except StoreError as error:
                    outcomes.append((row, new, error, False))
                else:
                    outcomes.append((row, new, added, alike))
        for row, new, outcome, alike in outcomes:
            if isinstance(outcome, StoreError):
                self.report.refused.append(Refusal(row.line, str(outcome), row.raw))
            elif outcome is not Added.NEW:
                self.report.known += 1
                self.updated += outcome is Added.UPDATED
            else:
                self.report.new += 1
                self._remember(row, new, alike=alike)

    def _add(self, session: Session, new: NewPatient | NewNote) -> tuple[Added, bool]:
        now = self.setting.now
        if isinstance(new, NewNote):
            return add_note(session, new, lanes=self.lanes, now=now, enqueue=self.enqueue), False
        added = add_patient(session, new, now=now)
        return added, added is Added.NEW and same_person_elsewhere(session, new)

    def _remember(self, row: Row, new: NewPatient | NewNote, *, alike: bool) -> None:
        if alike:
            self.alike.append(row.line)
        if isinstance(new, NewNote):
            self.nobodys += new.patient is None
            if new.written_at > self.setting.now:
                self.ahead.append(row.line)

    def warnings(self) -> Iterator[str]:
        """What a person should look at, of what was stored."""
        if self.report.rows == 0:
            yield "The file has a heading and no rows: there was nothing to import."
        if self.alike:
            yield (
                f"Possible duplicates: {named_lines(self.alike)} have the name and birth date of a patient known under another id. "
                "They were kept apart; look at both."
            )
        if self.ahead:
            yield f"Written in the future: {named_lines(self.ahead)}. They were stored as they are; is the time zone right?"
        if self.updated:
            yield f"{self.updated:,} known patients had other contact details or language; those of the file were taken over."
        if self.nobodys:
            yield f"{self.nobodys:,} new notes name no patient. Each waits under a patient of its own, “not identified”."


def import_file(
    path: Path,
    database: Database,
    lanes: Lanes,
    *,
    what: What | Literal["auto", "patients", "notes"] = "auto",
    source: str = "file",
    zone: ZoneInfo | None = None,
    now: datetime,
    enqueue: Enqueue,
    progress: Progress | None = None,
    file_format: Format | Literal["auto", "csv", "jsonl"] = "auto",
    encoding: str | None = None,
    refused_folder: Path | None = None,
) -> Report:
    """Import the patients or notes of a CSV or JSON Lines file into the record.

    Args: `source` names the system the file comes from; ids count within it, so two systems may use the same ones. `zone` is that of
    moments without an offset, which are refused without it. `now` is aware. `encoding` vouches for a codec where ours would guess.
    Refused rows go to a new file in `refused_folder` (default: beside `path`), to be mended and imported again.

    Raises: FileRefused where nothing could be read of it, and nothing is stored; ImportStopped where the database or disk failed.
    """
    try:
        system = identifier(source)
    except ValueError as error:
        raise FileRefused(f"The name of the system (--source) does not hold: {error}.") from None
    kind = None if what == "auto" else What(what)
    try:
        if not path.is_file():
            raise FileRefused(f"{printable(str(path))} is {'no file but a folder' if path.is_dir() else 'not there'}.")
        with path.open("rb") as file:
            found = find_encoding(file, encoding)
            table = open_table(file, found.codec, kind, None if file_format == "auto" else Format(file_format))
            report = Report(printable(path.name), table.what, system, warnings=[found.warning] if found.warning else [])
            work = _Import(database, lanes, Setting(now, zone), enqueue, report)
            _run(work, table, progress)
            report.warnings += [*table.warnings, *work.warnings()]
            report.refused.sort(key=lambda refusal: refusal.line)
            if report.refused:
                _write_refused(report, table, path, refused_folder or path.parent)
    except OSError as error:
        raise FileRefused(f"{printable(str(path))} cannot be read: {error.strerror or type(error).__name__}.") from None
    return report


def open_table(file: BinaryIO, codec: str, what: What | None, file_format: Format | None) -> Table:
    """The rows of an open file: JSON Lines where its first character opens an object or a list, else CSV. Raises FileRefused."""
    file.seek(0)
    if file_format is None:
        start = file.read(4096).decode(codec, errors="ignore").lstrip("\ufeff \t\r\n")
        file_format = Format.JSONL if start.startswith(("{", "[")) else Format.CSV
    return JsonLinesTable(file, codec, what) if file_format is Format.JSONL else CsvTable(file, codec, what)


def _run(work: _Import, table: Table, progress: Progress | None) -> None:
    try:
        with closing(iter(table)) as rows:  # lets go of the file at once, also where the import stops
            while batch := list(islice(rows, BATCH)):
                work.take(batch)
                if progress:
                    progress(work.report.rows, table.total)
    except (SQLAlchemyError, OSError, UnicodeDecodeError, FileRefused) as error:  # the last two: somebody wrote into the file meanwhile
        cause = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise ImportStopped(
            f"The import stopped after {work.report.rows:,} of {table.total:,} rows: {printable(cause)}. "
            "What is stored is whole. Import the same file again to go on.",
            work.report,
        ) from error


def _write_refused(report: Report, table: Table, path: Path, folder: Path) -> None:
    try:
        report.refused_file = refused_file.write(folder, path.name, table.suffix, table.refused_lines(report.refused))
    except (OSError, refused_file.NoRoom) as error:
        report.warnings.append(
            f"The refused rows could not be written to {printable(str(folder))} ({error}). Name another folder (--refused-dir)."
        )
