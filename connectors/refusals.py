"""Saying no: to a whole file, or to one row of it. Every reason tells what is wrong and how to mend it."""

from dataclasses import dataclass

from pydantic import ValidationError

SHOWN = 40
"""Characters of a value that a reason quotes."""

SPREADSHEET_TEXT = "format the column as text in the spreadsheet and export again"


class FileRefused(Exception):
    """Nothing of the file was stored. The message is a sentence for the person who chose the file."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the file has it. `line` is where it starts, counted from 1; `values` are the cells of known columns that are not empty;
    `raw` is what goes to the refused file: the cells of a CSV row, or the line of a JSON Lines file."""

    line: int
    values: dict[str, object]
    raw: tuple[str, ...] | str


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that was not stored, and why."""

    line: int
    reason: str
    raw: tuple[str, ...] | str


def shown(value: object) -> str:
    """A value as a reason quotes it: short, on one line, with nothing that a terminal or a page would obey."""
    text = value if isinstance(value, str) else repr(value)
    short = text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
    return f"“{printable(short)}”"


def printable(text: str) -> str:
    """`text` with control, format and other invisible characters written as \\uXXXX."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def sentence(error: ValidationError) -> str:
    """What a row model found wrong, one part a column, in the order of the columns."""
    parts = []
    for problem in error.errors(include_url=False, include_input=False):
        column = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "missing":
            parts.append(f"{column} is empty")
        else:
            reason = str(problem.get("ctx", {}).get("error", problem["msg"]))
            parts.append(f"{column}{': ' if reason.startswith(('“', chr(39))) else ' '}{reason}")
    return "; ".join(parts)
