"""What a model's service is told to have something written is recorded first, and by the episodes that it is about."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from store import sent
from store.database import Database
from triage.assistants.protocol import Assistant
from triage.assistants.sending import Sent, recorded_by
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
)


class Recorded:
    """Asks `assistant`; every call that it makes in order to write is recorded in `database` before it is made.

    What is sent to have a note read is recorded by the job that reads it (`triage.jobs`), which knows the note's number.
    """

    def __init__(self, assistant: Assistant, database: Database) -> None:
        self._assistant, self._database = assistant, database

    @property
    def identity(self) -> Identity:
        """Who is asked."""
        return self._assistant.identity

    def read_note(self, note: Note) -> Reading:
        """The assistant's."""
        return self._assistant.read_note(note)

    def draft_outreach(self, request: DraftRequest) -> Draft:
        """The assistant's."""
        with self._recording("draft_outreach", request.facts):
            return self._assistant.draft_outreach(request)

    def summarise_context(self, request: ContextRequest) -> Summary:
        """The assistant's."""
        with self._recording("summarise_context", request.facts):
            return self._assistant.summarise_context(request)

    def narrate_changes(self, request: ChangesRequest) -> Narration:
        """The assistant's."""
        with self._recording("narrate_changes", request.facts):
            return self._assistant.narrate_changes(request)

    def name_pattern(self, request: PatternRequest) -> PatternName:
        """The assistant's. The quotes of a pattern do not say whose they are, so its calls are found by their job alone."""
        with self._recording("name_pattern", ()):
            return self._assistant.name_pattern(request)

    @contextmanager
    def _recording(self, job: str, facts: Iterable[Fact]) -> Iterator[None]:
        episodes = about(facts)

        def record(call: Sent) -> None:
            with self._database.write() as session:
                sent.record_writing(session, job, episodes, call.host, call.model, call.messages, now=datetime.now(UTC))

        with recorded_by(record):
            yield


def about(facts: Iterable[Fact]) -> set[int]:
    """The episodes that facts are about, by what they say of themselves and by their sources."""
    return {
        episode
        for fact in facts
        for episode in (*fact.episodes, *(source.episode for source in fact.sources if source.episode is not None))
    }
