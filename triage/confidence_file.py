"""The file in which learnt confidence is kept. A damaged one is told and passed over: then each assistant's own number is shown."""

import logging
from pathlib import Path

from pydantic import ValidationError

from triage.confidence import Confidence

NAME = "confidence.json"
"""Its name in the data folder."""

log = logging.getLogger(__name__)

_Stamp = tuple[int, int, int]


class DamagedConfidence(Exception):
    """The file is there and cannot be used; the message says what to do."""


def load(path: Path) -> Confidence | None:
    """What was learnt; None where nothing has been yet. Raises DamagedConfidence."""
    try:
        return Confidence.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        why = f"{where}: {first['msg']}"
    except OSError as error:
        why = error.strerror or type(error).__name__
    raise DamagedConfidence(
        f"{path} cannot be used ({why}), so the assistants' own numbers are shown. Run triage train: it writes the file anew."
    )


class ConfidenceFile:
    """What the file says now: it is read again whenever it was replaced, so a running process follows `triage train` by itself.

    Threads may share one: at worst two of them read the file at the same moment.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[_Stamp | None, Confidence | None] = (None, None)

    def __call__(self) -> Confidence | None:
        """What was learnt, or None at cold start, where a damaged file counts as none and is logged once."""
        stamp = self._stamp()
        known, confidence = self._known
        if stamp != known:
            try:
                confidence = load(self._path)
            except DamagedConfidence as error:
                log.warning("%s", error)
                confidence = None
            self._known = (stamp, confidence)
        return confidence

    def _stamp(self) -> _Stamp | None:
        try:
            about = self._path.stat()
        except OSError:
            return None
        return about.st_mtime_ns, about.st_size, about.st_ino
