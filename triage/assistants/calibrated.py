"""The number beside a suggestion, as decisions have taught it, for any assistant."""

from collections.abc import Callable
from dataclasses import replace

from triage.assistants.protocol import Assistant
from triage.confidence import Confidence
from triage.reading import Grounded, Identity, Note, Reading
from triage.writing import (
    ChangesRequest,
    ContextRequest,
    Draft,
    DraftRequest,
    Narration,
    PatternName,
    PatternRequest,
    Summary,
)


class Calibrated:
    """Asks `assistant`, and puts the learnt chance of being accepted in place of the number that it gave; that one is kept beside it.

    What it writes has no such number, and is handed on as it is.
    `learnt` is asked for every note, and is None at cold start. What was learnt about a stand-in counts for its readings.
    """

    def __init__(self, assistant: Assistant, learnt: Callable[[], Confidence | None]) -> None:
        self._assistant, self._learnt = assistant, learnt

    @property
    def identity(self) -> Identity:
        """Who is asked."""
        return self._assistant.identity

    def read_note(self, note: Note) -> Reading:
        """The assistant's reading with learnt confidence. Raises what the assistant raises."""
        reading, learnt = self._assistant.read_note(note), self._learnt()
        if learnt is None:
            return reading
        return replace(reading, items=tuple(_calibrated(item, reading.identity.assistant, learnt) for item in reading.items))

    def draft_outreach(self, request: DraftRequest) -> Draft:
        """The assistant's."""
        return self._assistant.draft_outreach(request)

    def summarise_context(self, request: ContextRequest) -> Summary:
        """The assistant's."""
        return self._assistant.summarise_context(request)

    def narrate_changes(self, request: ChangesRequest) -> Narration:
        """The assistant's."""
        return self._assistant.narrate_changes(request)

    def name_pattern(self, request: PatternRequest) -> PatternName:
        """The assistant's."""
        return self._assistant.name_pattern(request)


def _calibrated(item: Grounded, assistant: str, learnt: Confidence) -> Grounded:
    known = learnt.of(assistant, item.payload.kind)
    if known is None:
        return item
    return replace(item, confidence=known.map.of(item.confidence), own_confidence=item.confidence, decisions=known.decisions)
