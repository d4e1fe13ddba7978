"""What an assistant is asked to write, and what it writes: facts in, lines out, each naming the facts that it rests on.

An assistant gets facts and nothing else, so that code can check afterwards that every number, day and name of a text is one of theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from triage.calls import Call
from triage.reading import Identity
from workflow.clinic import Clinic
from workflow.vocabulary import Action, BlockerCategory, DraftForm, LaneName

Value = int | float | str | date | datetime


@dataclass(frozen=True, slots=True)
class Source:
    """Where the record says it: a note, an event (its number in the episode), or a field of the patient, like "patient.language".

    `quote` is verbatim words of the note.
    """

    episode: int | None = None
    note: int | None = None
    event: int | None = None
    field: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that the record says. `said` is the whole of it in one plain English sentence.

    `id` is what lines cite, unique in a request. `values` are the parts that a text can get wrong, by their role: {"before": 17,
    "after": 11}, {"day": date(2026, 3, 12)}, {"name": "Rosa Delgado"}. `episodes` are the patients behind it.
    """

    id: str
    topic: str
    said: str
    values: Mapping[str, Value] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    episodes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line or sentence of a text, with the ids of the facts that it rests on."""

    text: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """A message to a patient is wanted. `language` is a BCP-47 tag, `purpose` the step it is for, `patient` the name to greet.

    `facts` are all it may say beside greeting, clinic and request. `day` is the clinic's day. `remarks`, here and below, tell in words what
    was wrong with a text that was written before: it is to be written anew without that.
    """

    form: DraftForm
    language: str
    lane: LaneName
    purpose: Action
    patient: str
    clinic: Clinic
    day: date
    facts: tuple[Fact, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContextRequest:
    """What matters now about one episode is wanted, in at most five lines. `day` is the clinic's day."""

    lane: LaneName
    day: date
    facts: tuple[Fact, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangesRequest:
    """What changed in the queue between two moments is wanted, in sentences a lead can read aloud. `lane` is None for all lanes."""

    lane: LaneName | None
    since: datetime
    until: datetime
    facts: tuple[Fact, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PatternRequest:
    """A name of a few words is wanted for a cause that several episodes share. `quotes` are words of their notes, `terms` frequent ones."""

    category: BlockerCategory | None
    quotes: tuple[str, ...]
    terms: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Who wrote it. `stood_in_for` names the assistant that failed, or whose text did not pass the checks, where this is a stand-in's."""

    identity: Identity
    stood_in_for: str | None = None
    calls: tuple[Call, ...] = ()
    usage: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(Written):
    """A drafted message. `subject` is empty where the form has none; `facts` are the ids of those used."""

    subject: str
    body: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary(Written):
    """A patient's context, most urgent first."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Narration(Written):
    """What changed in the queue."""

    sentences: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternName(Written):
    """A name for a pattern: a few words, with no name or number of a patient in it."""

    name: str
