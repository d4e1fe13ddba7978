"""What is written and scored by `triage eval writing`."""

from enum import StrEnum


class Kind(StrEnum):
    """A kind of text with hand-written cases."""

    CONTEXT = "context"
    DIGEST = "digest"
