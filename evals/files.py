"""Files of the evals: written whole or not at all, named by what is in them."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any


def sha256(path: Path) -> str:
    """The hex digest of a file's bytes: the identity of a data set. Raises OSError."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_text(path: Path, text: str) -> None:
    """Puts `text` in place at once: a reader, or a crash, sees the old file or the new one and never half of one. Raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_json(path: Path, value: object) -> None:
    """One JSON document, indented and in a fixed order, so that two versions of it differ only where they differ. Raises OSError."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def json_line(value: dict[str, Any]) -> str:
    """One line of JSON Lines, with its line end."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n"
