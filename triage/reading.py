"""A note as an assistant sees it, and what an assistant makes of it."""

from dataclasses import dataclass, field
from datetime import date, datetime

from triage.calls import Call
from workflow.suggestions import (
    BlockerPayload,
    EscalationPayload,
    OutreachAttemptPayload,
    Payload,
    TaskPayload,
)
from workflow.vocabulary import LaneName


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a note is about, as the record knows them: what must not leave the machine. Empty is what the record does not say."""

    name: str = ""
    birth_date: date | None = None
    phone: str = ""
    email: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """One note. `written_at` is aware and carries the note's own offset: relative dates count from its local day.

    `author_role` is free text from the source ("nurse", "care_coordinator", "patient", ...), as is `source` ("call_log", "fax", ...).
    `patient` tells the notes of one patient from those of others, where it is known; it is never sent to a model.
    `about` is the patient where the record knows them; no model is ever told it.
    """

    id: str
    lane: LaneName
    written_at: datetime
    author_role: str
    source: str
    text: str
    patient: str | None = None
    about: Person | None = None

    @property
    def day(self) -> date:
        """The note's own calendar day, in its own zone."""
        return self.written_at.date()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who made a suggestion. `version` and `content_hash` name the prompt file, or the fitted model of the embedded assistant."""

    assistant: str
    model: str
    prompt: str
    version: str
    content_hash: str

    @property
    def key(self) -> str:
        """Names this reader in job and reading keys; one note has one reading per key."""
        return f"{self.assistant}:{self.model}:{self.prompt}@{self.version}:{self.content_hash[:12]}"


@dataclass(frozen=True, slots=True)
class Grounded:
    """One suggestion with its evidence: `text[start:end]` of the note, in characters, verbatim.

    `confidence` is the probability, 0 to 1, that a reviewer accepts it. `time_phrase` is the note's own words for the due date. Where the
    confidence was learnt from `decisions`, so many, `own_confidence` is the number that the assistant itself gave; else both are None.
    """

    payload: Payload
    start: int
    end: int
    confidence: float
    time_phrase: str | None = None
    own_confidence: float | None = None
    decisions: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one assistant made of one note. `refused` counts items whose quote could not be grounded and were dropped.

    `stood_in_for` names the assistant that failed where this reading is a stand-in's. `calls` are the requests to a model's service that it
    took, those of the assistant that failed included; `usage` sums them, with the seconds of the whole reading. `examples` are the ids of
    the notes that were shown to the model as examples.
    """

    identity: Identity
    items: tuple[Grounded, ...] = ()
    refused: int = 0
    stood_in_for: str | None = None
    usage: dict[str, float] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    examples: tuple[str, ...] = ()

    def as_line(self, text: str) -> dict[str, object]:
        """The `reading` object of `triage read`: DATASET keys plus `confidence` and `span` for every item."""
        line: dict[str, object] = {"tasks": [], "blockers": [], "outreach_attempts": [], "escalation": None}
        for item in self.items:
            entry = item.payload.model_dump(mode="json", exclude={"kind"})
            entry |= {"evidence": text[item.start : item.end], "confidence": round(item.confidence, 4), "span": [item.start, item.end]}
            match item.payload:
                case TaskPayload():
                    _list(line, "tasks").append(entry)
                case BlockerPayload():
                    _list(line, "blockers").append(entry)
                case OutreachAttemptPayload():
                    _list(line, "outreach_attempts").append(entry)
                case EscalationPayload():
                    line["escalation"] = entry
        return line


def _list(line: dict[str, object], key: str) -> list[object]:
    entries = line[key]
    assert isinstance(entries, list)  # noqa: S101 — built a few lines above
    return entries
