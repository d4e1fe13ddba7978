"""Reading CSV as people export it: any common delimiter and line end, with the line of every fault.

A file is read twice: once to see that its structure holds to the end, so that a file with a broken quote is refused before a row of it
is stored, and once to hand out its rows. Neither pass holds more than one row.
"""

import csv
import io
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from connectors.encodings import LIMIT_MB, ends_with_line_end
from connectors.refusals import FileRefused, Refusal, Row, shown
from connectors.refused_file import WHY, csv_lines
from connectors.rows import What, column, detect, heading, required, unknown_content
from connectors.spreadsheet import unguarded
from connectors.values import SPACE

DELIMITERS = ",;\t|"
HEADING_LENGTH = 32_768
MEND_QUOTES = "Inside a cell in double quotes, write every double quote twice; the export option is often called “quote all text cells”."
CUT_OFF = "The last line has no line end. If the file was cut off, its last row may be incomplete: compare it with the source."


class _Lines:
    """The physical lines of a text, counted, with those of the record being read."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.number = 0
        self.held: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self.held.append(line)
        return line


class CsvTable:
    """The rows of one CSV file. Raises FileRefused on making where its heading or its structure does not hold."""

    suffix = "csv"

    def __init__(self, file: BinaryIO, codec: str, what: What | None) -> None:
        self._file = file
        self._codec = codec
        # Process-wide, so as large as any file may be. A cell too long for its column is a fault of its row alone, which it could
        # not be if the parser gave up in the middle of it and took the rest for rows.
        csv.field_size_limit(LIMIT_MB * 1_000_000)
        self.delimiter, self._before = self._find_delimiter()
        headings = self._read_headings()
        # Where our own refused file comes back mended, its first column goes and its guarded cells are what they were.
        self._why = next((place for place, text in enumerate(headings) if heading(text) == WHY), None)
        self.headings = tuple(self._as_it_was(headings))
        self.what = what or detect(self.headings) or self._nobody_knows()
        self._columns = self._match()
        self.warnings = self._unused()
        self.total = sum(1 for _ in self._records())
        if self.total and not ends_with_line_end(file):
            self.warnings.append(CUT_OFF)

    def __iter__(self) -> Generator[Row | Refusal, None, None]:
        """Rows with something in them, and refusals of those whose cells cannot be told apart."""
        width = len(self.headings)
        for line, record in self._records():
            if isinstance(record, Refusal):
                yield record
                continue
            cells = tuple(self._as_it_was(record))
            count = f"has {len(cells)} cells where the heading has {width}"
            if len(cells) < width:
                yield Refusal(line, f"{count}: a cell is missing, or the file was cut off here", cells)
            elif any(cell.strip() for cell in cells[width:]):
                yield Refusal(line, f"{count}: put a cell that has {shown(self.delimiter)} in it in double quotes", cells)
            else:
                yield Row(line, self._values(cells), cells)

    def refused_lines(self, refusals: list[Refusal]) -> Iterator[str]:
        """The refused rows as a file of the same columns, each with its reason."""
        return csv_lines(self.headings, self.delimiter, refusals)

    def _values(self, cells: tuple[str, ...]) -> dict[str, object]:
        filled = zip(self._columns, cells, strict=False)
        return {name: cell for name, cell in filled if name is not None and (cell if name == "text" else cell.strip(SPACE))}

    def _as_it_was(self, cells: list[str]) -> list[str]:
        if self._why is None:
            return cells
        return [unguarded(cell) for place, cell in enumerate(cells) if place != self._why]

    @contextmanager
    def _text(self) -> Iterator[io.TextIOWrapper]:
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, encoding=self._codec, newline="")  # line ends stay: a cell may hold some
        try:
            yield text
        finally:
            text.detach()  # the file is not ours to close

    def _find_delimiter(self) -> tuple[str, int]:
        """The delimiter under which the heading has most of our columns, and how many lines stand before the heading."""
        with self._text() as text:
            for before, line in enumerate(iter(lambda: text.readline(HEADING_LENGTH), "")):
                if len(line) == HEADING_LENGTH:
                    raise FileRefused("The first line is longer than any heading. The first line must name the columns.")
                if line.lower().startswith("sep="):  # a spreadsheet's own way to name its delimiter
                    continue
                if line.strip():
                    return max(DELIMITERS, key=lambda delimiter: _known_columns(line, delimiter)), before
        raise FileRefused("The file has no lines with anything in them. Export it again.")

    def _records(self, *, from_heading: bool = False) -> Generator[tuple[int, list[str] | Refusal], None, None]:
        """The line and cells of every record that has a filled cell, without the heading. Raises FileRefused where a quote is left open."""
        heading_to_come = not from_heading
        with self._text() as text:
            lines = _Lines(text)
            for _ in range(self._before):
                next(lines)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            while True:
                start = lines.number + 1
                lines.held.clear()
                record: list[str] | Refusal
                try:
                    record = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    record = _broken(start, lines.held, at_end="unexpected end" in str(error))
                if heading_to_come:
                    heading_to_come = False
                elif isinstance(record, Refusal) or any(cell.strip() for cell in record):
                    yield start, record

    def _read_headings(self) -> list[str]:
        records = self._records(from_heading=True)
        _, headings = next(records)
        records.close()
        if isinstance(headings, Refusal):
            raise FileRefused(f"The heading {headings.reason}.")
        return headings

    def _nobody_knows(self) -> What:
        raise FileRefused(unknown_content(self.headings))

    def _match(self) -> list[str | None]:
        """Our column for each heading, None for those we do not know."""
        columns = [column(text, self.what) for text in self.headings]
        for name in filter(None, columns):
            twice = [shown(text) for text, ours in zip(self.headings, columns, strict=True) if ours == name]
            if len(twice) > 1:
                raise FileRefused(f"Several columns are {name}: {', '.join(twice)}. Keep the one that holds, and import again.")
        missing = [name for name in required(self.what) if name not in columns]
        if missing:
            found = ", ".join(shown(text) for text in self.headings[:20])
            raise FileRefused(
                f"A list of {self.what.value} needs the column {' and '.join(missing)}. The heading has: {found}. "
                "Rename the column that holds it, or export it too."
            )
        return columns

    def _unused(self) -> list[str]:
        unused = [shown(text) for text, ours in zip(self.headings, self._columns, strict=True) if ours is None and text.strip()]
        return [f"Columns that were not used: {', '.join(unused)}."] if unused else []


def _known_columns(line: str, delimiter: str) -> tuple[int, int]:
    """How good a delimiter is for a heading: how many of our columns it yields, then how many cells."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return 0, 0
    return max(len({column(cell, what) for cell in cells} - {None}) for what in What), len(cells)


def _broken(start: int, held: list[str], *, at_end: bool) -> Refusal:
    """What a record is whose quotes do not hold: refused alone where its end is sure, else the end of the file's good sense."""
    record = "".join(held)
    if len(held) == 1 and record.count('"') % 2 == 0:
        reason = "has a double quote in the middle of a quoted cell: write it twice, and close the cell with one"
        return Refusal(start, reason, (record.rstrip("\r\n"),))
    if at_end:
        # Two quotes in a row are a quote that is meant, or an empty cell; of the rest the last one is open.
        opened = record.replace('""', "..").rfind('"')
        where = f"A double quote that is opened on line {start + len((record[:opened] + 'x').splitlines()) - 1} is never closed"
    else:
        where = f"The row that starts on line {start} has a double quote that is not closed as it should be"
    raise FileRefused(
        f"{where}, so nobody can tell where that row ends. Nothing was stored. {MEND_QUOTES} "
        "If the file was cut off, copy or export it again."
    )
