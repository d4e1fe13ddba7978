"""What became of a file: told to the person who imported it, and to scripts."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.refusals import Refusal
from connectors.rows import What

LINES_NAMED = 10
"""Lines that one warning names; the rest are counted."""


@dataclass(slots=True)
class Report:
    """Counts and reasons of one import. `rows` = new + known + refused, once it has come to its end."""

    file: str
    what: What
    source: str
    rows: int = 0
    new: int = 0
    known: int = 0
    refused: list[Refusal] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    refused_file: Path | None = None

    def as_json(self) -> dict[str, Any]:
        """The report for scripts, without the cells of refused rows."""
        return {
            "file": self.file,
            "what": self.what.value,
            "source": self.source,
            "rows": self.rows,
            "new": self.new,
            "known": self.known,
            "refused": [{"line": refusal.line, "reason": refusal.reason} for refusal in self.refused],
            "warnings": self.warnings,
            "refused_file": str(self.refused_file) if self.refused_file else None,
        }


class ImportStopped(Exception):
    """The import did not come to its end: the database or the disk failed. `report` says how far it came; what is stored is whole."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report


def named_lines(lines: list[int]) -> str:
    """ "line 4", "lines 4, 7 and 9", or "lines 1, 2, ... and 30 more"."""
    if len(lines) == 1:
        return f"line {lines[0]}"
    first = [str(line) for line in lines[:LINES_NAMED]]
    last = f"{len(lines) - LINES_NAMED:,} more" if len(lines) > LINES_NAMED else first.pop()
    return f"lines {', '.join(first)} and {last}"
