"""CSV that a spreadsheet opens as text: no cell of it runs.

A cell that a spreadsheet would run as a formula gets an apostrophe before it, as OWASP advises against CSV injection; what comes back can
be read with exactly those apostrophes taken off again. Every cell is quoted, so that a spreadsheet which expects another delimiter does not
cut one in two. The file begins with a byte-order mark because that is how a spreadsheet knows UTF-8.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

BOM = "\ufeff"

# Spreadsheets run a cell that begins so, some after white space, some in full-width characters.
_FORMULA = re.compile(r"'*\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|'*[\t\r\n]")


def guarded(cell: str) -> str:
    """A cell that no spreadsheet runs."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """The cell that `guarded` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def lines(rows: Iterable[Sequence[str]], delimiter: str = ",") -> Iterator[str]:
    """The file, a row at a time."""
    line = io.StringIO()
    writer = csv.writer(line, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    yield BOM
    for row in rows:
        writer.writerow([guarded(cell) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
