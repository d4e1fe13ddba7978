"""An assistant that is told no names: it reads the note with surrogates, and its reading is put back into the words of the note."""

import hashlib
from dataclasses import replace

from triage.assistants.protocol import Assistant
from triage.assistants.redaction.replacing import redact
from triage.assistants.redaction.surrogates import Redacted
from triage.reading import Grounded, Identity, Note, Reading

VERSION = "1"
"""Of what is replaced and by what. Another one can change an answer, so it is part of who reads."""


class Redacting:
    """Asks `inner` about notes in which identifiers are replaced. Evidence comes back verbatim, in places of the original note."""

    def __init__(self, inner: Assistant) -> None:
        self._inner = inner

    @property
    def identity(self) -> Identity:
        """The inner assistant's; its content hash tells that it reads notes without names."""
        return _without_names(self._inner.identity)

    def read_note(self, note: Note) -> Reading:
        """The inner assistant's reading of the note without its identifiers. Raises what the inner one raises."""
        redacted = redact(note.text, note.about)
        role = redact(note.author_role, note.about).text
        reading = self._inner.read_note(replace(note, text=redacted.text, author_role=role, about=None))
        items = tuple(_restored(item, redacted, note.text) for item in reading.items)
        return replace(reading, identity=_without_names(reading.identity), items=items)


def _without_names(identity: Identity) -> Identity:
    told = f"{identity.content_hash} redacted {VERSION}"
    return replace(identity, content_hash=hashlib.sha256(told.encode()).hexdigest())


def _restored(item: Grounded, redacted: Redacted, text: str) -> Grounded:
    start, end = redacted.original_span(item.start, item.end)
    return replace(item, start=start, end=end, time_phrase=_phrase(item, redacted, text))


def _phrase(item: Grounded, redacted: Redacted, text: str) -> str | None:
    """The original words of the time phrase, the ones within the evidence where they stand there too."""
    phrase = item.time_phrase
    if not phrase:
        return phrase
    inside = redacted.text.find(phrase, item.start, item.end)
    at = inside if inside >= 0 else redacted.text.find(phrase)
    if at < 0:
        return phrase
    start, end = redacted.original_span(at, at + len(phrase))
    return text[start:end]
