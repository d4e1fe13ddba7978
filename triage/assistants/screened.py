"""A note without the words that speak to a machine, for any assistant."""

from dataclasses import replace

from triage.assistants.protocol import Assistant
from triage.orders import orders, without_orders
from triage.reading import Identity, Note, Reading


class Screened:
    """Asks `assistant`, which gets blanks where the note speaks to its reader: an order it never saw cannot be obeyed, nor quoted.

    Every other word keeps its place. An item that reaches over a blank is left out and counted: what it quotes is not one run of words.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    @property
    def identity(self) -> Identity:
        """Who is asked."""
        return self._assistant.identity

    def read_note(self, note: Note) -> Reading:
        """The assistant's reading of the rest of the note. Raises what the assistant raises."""
        blanks = orders(note.text)
        if not blanks:
            return self._assistant.read_note(note)
        reading = self._assistant.read_note(replace(note, text=without_orders(note.text)))
        kept = tuple(item for item in reading.items if not any(item.start < end and start < item.end for start, end in blanks))
        return replace(reading, items=kept, refused=reading.refused + len(reading.items) - len(kept))
