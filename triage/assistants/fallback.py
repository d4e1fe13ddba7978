"""When the model's service is down, another assistant stands in, and the reading says so."""

import logging
from dataclasses import replace

from triage.assistants.protocol import Assistant, AssistantError, NoUsableAnswer
from triage.calls import totals
from triage.reading import Identity, Note, Reading

log = logging.getLogger(__name__)


class Fallback:
    """Asks `first`; where it cannot answer this note now, asks `stand_in`.

    Wrong settings are not covered up: AssistantMisconfigured goes through to the person who can mend them.
    """

    def __init__(self, first: Assistant, stand_in: Assistant) -> None:
        self._first = first
        self._stand_in = stand_in

    @property
    def identity(self) -> Identity:
        """Who is asked first. A stand-in's reading carries the stand-in's own identity."""
        return self._first.identity

    def read_note(self, note: Note) -> Reading:
        """The first assistant's reading, or the stand-in's with `stood_in_for` set and the calls that were made in vain.

        Raises AssistantMisconfigured, and what the stand-in raises.
        """
        try:
            return self._first.read_note(note)
        except AssistantError as error:
            if not (error.retryable or isinstance(error, NoUsableAnswer)):
                raise
            # Their messages hold no note text; the note's id is enough to find it.
            log.warning("note %r: the %s assistant stands in. %s", note.id, self._stand_in.identity.assistant, error)
            reading = self._stand_in.read_note(note)
            return replace(
                reading,
                stood_in_for=self._first.identity.assistant,
                calls=error.calls + reading.calls,
                usage=totals(error.calls) | reading.usage if error.calls else reading.usage,
            )
