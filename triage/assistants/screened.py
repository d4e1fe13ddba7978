"""A note, and facts that quote notes, without the words that speak to a machine: for any assistant."""

import re
from collections.abc import Iterable
from dataclasses import replace

from triage.assistants.protocol import Assistant
from triage.orders import orders, without_orders
from triage.reading import Identity, Note, Reading
from triage.writing import (
    ChangesRequest,
    ContextRequest,
    Draft,
    DraftRequest,
    Fact,
    Narration,
    PatternName,
    PatternRequest,
    Summary,
    Value,
)


class Screened:
    """Asks `assistant`, which gets blanks where the note speaks to its reader: an order it never saw cannot be obeyed, nor quoted.

    Every other word of a note keeps its place. An item that reaches over a blank is left out and counted: what it quotes is not one run of
    words. Of a fact, which is never pointed into, the rest is closed up; one that has no word left is no fact.
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

    def draft_outreach(self, request: DraftRequest) -> Draft:
        """The assistant's draft from the rest of the facts. Raises what the assistant raises."""
        patient, remarks = screened(request.patient), _texts(request.remarks)
        return self._assistant.draft_outreach(replace(request, patient=patient, facts=_facts(request.facts), remarks=remarks))

    def summarise_context(self, request: ContextRequest) -> Summary:
        """The assistant's summary of the rest of the facts. Raises what the assistant raises."""
        return self._assistant.summarise_context(replace(request, facts=_facts(request.facts), remarks=_texts(request.remarks)))

    def narrate_changes(self, request: ChangesRequest) -> Narration:
        """The assistant's narration of the rest of the facts. Raises what the assistant raises."""
        return self._assistant.narrate_changes(replace(request, facts=_facts(request.facts), remarks=_texts(request.remarks)))

    def name_pattern(self, request: PatternRequest) -> PatternName:
        """The assistant's name for the rest of the quotes and terms. Raises what the assistant raises."""
        quotes, terms, remarks = _texts(request.quotes), _texts(request.terms), _texts(request.remarks)
        return self._assistant.name_pattern(replace(request, quotes=quotes, terms=terms, remarks=remarks))


_QUOTED = re.compile(r"(?<=“)[^“”]*(?=”)|(?<=\")[^\"]*(?=\")|(?<=«)[^«»]*(?=»)")


def screened(text: str) -> str:
    """`text` without what speaks to a machine.

    Quotations in it are looked at by themselves first: an order in one is not to take the words around it along.
    """
    return _closed_up(_QUOTED.sub(lambda match: _closed_up(match.group()), text))


def _closed_up(text: str) -> str:
    return " ".join(without_orders(text).split()) if orders(text) else text


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in map(screened, texts) if re.search(r"\w", text))


def _facts(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    return tuple(fact for fact in map(_fact, facts) if re.search(r"\w", fact.said))


def _fact(fact: Fact) -> Fact:
    said = fact.said
    for source in fact.sources:
        if source.quote and orders(source.quote):
            said = said.replace(source.quote, screened(source.quote))
    return replace(
        fact,
        said=screened(said),
        values={role: _value(value) for role, value in fact.values.items()},
        sources=tuple(replace(source, quote=screened(source.quote)) for source in fact.sources),
    )


def _value(value: Value) -> Value:
    return screened(value) if isinstance(value, str) else value
