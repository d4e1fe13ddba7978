"""The assistant itself: reads a note with the fitted model and writes from templates, without a network connection and without waiting."""

from functools import cached_property

from triage.assistants.embedded import drafting, naming, narrating, summarising
from triage.assistants.embedded.decode import candidates, judge
from triage.assistants.embedded.features import see
from triage.assistants.embedded.model import Model, fitted
from triage.reading import Grounded, Identity, Note, Reading
from triage.sigmoid import through
from triage.writing import ChangesRequest, ContextRequest, Draft, DraftRequest, Narration, PatternName, PatternRequest, Summary

VERSION = "2"


class EmbeddedAssistant:
    """Implements `triage.assistants.protocol.Assistant`. Nothing changes after construction, so threads may share one."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @classmethod
    def load(cls) -> "EmbeddedAssistant":
        """The assistant with the model that ships in the package. Raises OSError where the package is damaged."""
        return cls(fitted())

    @cached_property
    def identity(self) -> Identity:
        """Names the fitted model by the hash of its files."""
        return Identity("embedded", "minilm-3+wide", "embedded", VERSION, self._model.content_hash)

    def read_note(self, note: Note) -> Reading:
        """Suggestions grounded in the note's own words. Never raises on any text; an empty reading is a right answer."""
        seen = see(note)
        settings = self._model.settings
        items = tuple(
            Grounded(one.payload, one.start, one.end, through(one.raw, settings.sigmoids[one.kind]), one.time_phrase)
            for one in candidates(judge(seen, self._model.network.scores(seen)), settings.thresholds)
        )
        return Reading(self.identity, items)

    def draft_outreach(self, request: DraftRequest) -> Draft:
        """See `drafting`."""
        return drafting.draft_outreach(request, self.identity)

    def summarise_context(self, request: ContextRequest) -> Summary:
        """See `summarising`."""
        return summarising.summarise_context(request, self.identity)

    def narrate_changes(self, request: ChangesRequest) -> Narration:
        """See `narrating`."""
        return narrating.narrate_changes(request, self.identity)

    def name_pattern(self, request: PatternRequest) -> PatternName:
        """See `naming`."""
        return naming.name_pattern(request, self.identity)
