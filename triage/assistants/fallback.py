"""When the model's service is down, another assistant stands in, and what it answers says so."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from triage.assistants.protocol import Assistant, AssistantError, NoUsableAnswer
from triage.calls import Call, totals
from triage.reading import Identity, Note, Reading
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

log = logging.getLogger(__name__)

A = TypeVar("A", Reading, Draft, Summary, Narration, PatternName)


def in_place_of(failed: str, answer: A, calls: tuple[Call, ...]) -> A:
    """`answer` as that of a stand-in for the assistant called `failed`, which made `calls` in vain."""
    return replace(
        answer,
        stood_in_for=failed,
        calls=calls + answer.calls,
        usage=totals(calls) | answer.usage if calls else answer.usage,
    )


class Fallback:
    """Asks `first`; where it cannot answer now, asks `stand_in`.

    Wrong settings are not covered up: AssistantMisconfigured goes through to the person who can mend them.
    """

    def __init__(self, first: Assistant, stand_in: Assistant) -> None:
        self._first = first
        self._stand_in = stand_in

    @property
    def identity(self) -> Identity:
        """Who is asked first. A stand-in's answer carries the stand-in's own identity."""
        return self._first.identity

    def read_note(self, note: Note) -> Reading:
        """The first assistant's reading, or the stand-in's with `stood_in_for` set and the calls that were made in vain.

        Raises AssistantMisconfigured, and what the stand-in raises.
        """
        # The note's id is enough to find it.
        return self._either(f"note {note.id!r}", lambda one: one.read_note(note))

    def draft_outreach(self, request: DraftRequest) -> Draft:
        """As `read_note`."""
        return self._either("draft", lambda one: one.draft_outreach(request))

    def summarise_context(self, request: ContextRequest) -> Summary:
        """As `read_note`."""
        return self._either("context", lambda one: one.summarise_context(request))

    def narrate_changes(self, request: ChangesRequest) -> Narration:
        """As `read_note`."""
        return self._either("changes", lambda one: one.narrate_changes(request))

    def name_pattern(self, request: PatternRequest) -> PatternName:
        """As `read_note`."""
        return self._either("pattern", lambda one: one.name_pattern(request))

    def _either(self, what: str, ask: Callable[[Assistant], A]) -> A:
        try:
            return ask(self._first)
        except AssistantError as error:
            if not (error.retryable or isinstance(error, NoUsableAnswer)):
                raise
            # Messages of these errors hold no words of notes.
            log.warning("%s: the %s assistant stands in. %s", what, self._stand_in.identity.assistant, error)
            try:
                return in_place_of(self._first.identity.assistant, ask(self._stand_in), error.calls)
            except AssistantError as second:
                second.calls = error.calls + second.calls
                raise
