"""Answers that a model gave already: asked the same again, nobody is called and nothing is paid.

What is kept is the model's reply as it was accepted, not what we made of it: quotes are placed and dates computed afresh each time, so that
a better rule shows in the next eval without a call. A failure is never kept.
"""

import contextlib
import hashlib
import json
import logging
import os
import secrets
from pathlib import Path
from typing import Protocol

log = logging.getLogger(__name__)


class Answers(Protocol):
    """Kept replies by key. Asked by several threads, and by several processes at once."""

    def get(self, key: str) -> str | None:
        """The reply kept under `key`, as JSON, or None."""
        ...

    def put(self, key: str, reply: str) -> None:
        """Keeps a reply."""
        ...


def key_of(*parts: object) -> str:
    """One key for everything that an answer depends on; `parts` are plain JSON values. In hex."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class AnswerFiles:
    """One file a reply under `folder`. They quote notes, so they are for their owner's eyes alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> str | None:
        """The reply, or None where there is none that can be read."""
        try:
            return self._path(key).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def put(self, key: str, reply: str) -> None:
        """Puts the reply in place at once: nobody ever reads half of one. A disk that is full costs the next call, not this reading."""
        path = self._path(key)
        beside = path.with_name(f"{key}.{secrets.token_hex(4)}.new")
        try:
            for folder in (self._folder, path.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                    file.write(reply)
                beside.replace(path)
            finally:
                beside.unlink(missing_ok=True)
        except OSError as error:
            log.warning("An answer of the model could not be kept (%s): the same will be asked again.", error.strerror)

    def clear(self) -> int:
        """Removes all of them; returns how many there were."""
        removed = 0
        for path in list(self._folder.glob("*/*")):
            path.unlink(missing_ok=True)
            removed += path.suffix == ".json"
        for folder in [*self._folder.glob("*"), self._folder]:
            with contextlib.suppress(OSError):  # somebody keeps an answer at this moment
                folder.rmdir()
        return removed

    def count(self) -> int:
        """How many are kept."""
        return sum(1 for _ in self._folder.glob("*/*.json"))

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"
