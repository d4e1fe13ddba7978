"""Refused rows, written so that they can be mended and imported again.

The file has the columns of the one it came from, and before them `refused_because`. Its cells are guarded (`connectors.spreadsheet`); on
the way back in, which that first column shows, exactly those apostrophes are taken off again. Reasons come first so that rows which are too
short or too long stay so, and are not taken for whole ones when nobody mended them.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from connectors import spreadsheet
from connectors.refusals import Refusal

WHY = "refused_because"
"""The column that refused files carry; a file that has it is one of ours, mended and coming back."""

WRAPPED = "line_as_it_was"
"""The key under which a line that is no JSON object is kept."""

_SAFE = re.compile(r"[^\w.() -]")
_OURS = re.compile(r"\.refused(-\d+)?$")
OWNER_ONLY = 0o600
MOST_FILES = 1000


class NoRoom(Exception):
    """A folder that is full of refused files of one name."""


def csv_lines(headings: tuple[str, ...], delimiter: str, refusals: Iterable[Refusal]) -> Iterator[str]:
    """Refused CSV rows, safe to open in a spreadsheet."""
    rows = ((WHY, *headings), *((refusal.reason, *refusal.raw) for refusal in refusals))
    return spreadsheet.lines(rows, delimiter)


def json_line(reason: str, found: dict[str, object] | None, raw: str) -> str:
    """One refused line: the object with its reason, or the line as it was where it is no object or cannot be written again."""
    if found is not None:
        try:
            text = json.dumps({WHY: reason} | {key: value for key, value in found.items() if key != WHY}, ensure_ascii=False)
            text.encode()
        except (RecursionError, UnicodeEncodeError):
            pass
        else:
            return text + "\n"
    return json.dumps({WHY: reason, WRAPPED: raw}) + "\n"


def safe_name(name: str) -> str:
    """A file name of letters, digits, spaces, dots, brackets and hyphens, made from one that may hold anything."""
    return _SAFE.sub("_", Path(name).name).strip(". ")[:100] or "import"


def write(folder: Path, name: str, suffix: str, lines: Iterable[str]) -> Path:
    """Write `lines` into a new file in `folder`, named for the imported file `name`, never over one that is there. Returns where it is.

    Raises OSError, or NoRoom.
    """
    stem = _OURS.sub("", safe_name(Path(name).stem))
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, MOST_FILES):
        path = folder / f"{stem}.refused{'' if number == 1 else f'-{number}'}.{suffix}"
        try:
            # Patient data: the owner's eyes only; and O_EXCL follows no link that somebody left there.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        except FileExistsError:
            continue
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        return path
    raise NoRoom(f"{MOST_FILES - 1} files of this name are there")
