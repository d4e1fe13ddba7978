"""The one protocol between us and any model."""

from typing import Protocol

from triage.calls import Call
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


class AssistantError(Exception):
    """An assistant could not answer. The message is a sentence for the person who watches the job; it never holds note text.

    `calls` are the requests to a model's service that were made in vain: they are paid for like others.
    """

    retryable = False
    calls: tuple[Call, ...] = ()


class AssistantUnavailable(AssistantError):
    """The model's service is down, slow or refusing for now: try again later or let another assistant stand in.

    `retry_after` is in seconds where the service named it, else None.
    """

    retryable = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class AssistantMisconfigured(AssistantError):
    """A wrong key, model name or address: a person must mend the settings; no retry helps."""


class NoUsableAnswer(AssistantError):
    """The model answered, and after the bounded re-asks the answer still could not be used."""


class Assistant(Protocol):
    """What can be asked. Implementations are safe to call from several threads.

    What is written rests on the facts of the request and on nothing else: `triage.assistants.checked` holds every assistant to it.
    """

    @property
    def identity(self) -> Identity:
        """Who answers: stored with every suggestion."""
        ...

    def read_note(self, note: Note) -> Reading:
        """The tasks, blockers, outreach attempts and escalation the note gives cause for, each grounded in its words.

        An empty reading is a right answer. Raises AssistantError; never returns an invented default.
        """
        ...

    def draft_outreach(self, request: DraftRequest) -> Draft:
        """A message to the patient, in the language and form of the request. It is a draft: nothing is sent without a person's approval.

        Raises AssistantError; NoUsableAnswer for a language that this assistant does not write.
        """
        ...

    def summarise_context(self, request: ContextRequest) -> Summary:
        """What matters now about one episode, in at most five lines, the most urgent first; each cites the facts that it rests on.

        What the record does not say is said to be unknown. Raises AssistantError.
        """
        ...

    def narrate_changes(self, request: ChangesRequest) -> Narration:
        """What changed in the queue, in sentences to read aloud; each cites the facts that it rests on. Raises AssistantError."""
        ...

    def name_pattern(self, request: PatternRequest) -> PatternName:
        """A name of a few words for a cause that several episodes share, with nobody's name or number in it. Raises AssistantError."""
        ...
