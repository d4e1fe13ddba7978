"""The assistant itself: reads a note with the fitted model, without a network and without waiting."""

from contextlib import suppress
from functools import cached_property
from pathlib import Path

from triage.assistants.embedded.calibration import confidence
from triage.assistants.embedded.decode import candidates, judge
from triage.assistants.embedded.embedding import Embedder, embedder
from triage.assistants.embedded.features import see
from triage.assistants.embedded.model import Model, fingerprint, keep, kept_at, recall
from triage.reading import Grounded, Identity, Note, Reading

VERSION = "1"


class EmbeddedAssistant:
    """Implements `triage.assistants.protocol.Assistant`. Nothing changes after construction, so threads may share one."""

    def __init__(self, model: Model, using: Embedder | None = None) -> None:
        self._model = model
        self._embedder = using or embedder()

    @classmethod
    def load(cls, cache_dir: Path) -> "EmbeddedAssistant":
        """The assistant with the model of this code and data: from `cache_dir` where it is kept, else fitted now (under a minute) and kept.

        A cache folder that cannot be written costs the next start a fitting, nothing else.
        """
        content_hash = fingerprint()
        path = kept_at(cache_dir, content_hash)
        model = recall(path, content_hash)
        if model is None:
            from triage.assistants.embedded.fitting import train

            model = train()
            with suppress(OSError):
                keep(model, path)
        return cls(model)

    @cached_property
    def identity(self) -> Identity:
        """Names the fitted model by the hash of its data, code and libraries."""
        return Identity("embedded", "wordllama-256+linear", "embedded", VERSION, self._model.content_hash)

    def read_note(self, note: Note) -> Reading:
        """Suggestions grounded in the note's own words. Never raises on any text; an empty reading is a right answer."""
        seen = see(note, self._embedder)
        settings = self._model.settings
        items = tuple(
            Grounded(one.payload, one.start, one.end, confidence(one.raw, settings.sigmoids[one.kind]), one.time_phrase)
            for one in candidates(judge(seen, self._model.heads), settings.thresholds)
        )
        return Reading(self.identity, items)
