"""What matters now about an episode, as the Patient page shows it: lines, where each stands in the record, and who worded them."""

from dataclasses import dataclass
from datetime import datetime

from review_ui import words
from store.contexts import Context
from store.timeline import EpisodeView, EventEntry, NoteEntry
from triage.context_jobs import Cited, ContextLine, Shown

FIELDS = {
    "patient.do_not_contact": "what the patient asked",
    "patient.contact_preference": "what the patient asked",
    "patient.episodes": "other episodes",
}
"""What a field of the patient is called beside a line; others are the patient’s record."""


@dataclass(frozen=True, slots=True)
class Cite:
    """Where a line stands in the record: a place on this page, or without one a field of the patient. `quote` is words of a note."""

    label: str
    place: str
    quote: str


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    cites: tuple[Cite, ...]


@dataclass(frozen=True, slots=True)
class Matters:
    """The panel. `stale` are the lines that an assistant worded before the record moved, and `stale_said` says so."""

    lines: tuple[Line, ...]
    said: str
    stale: tuple[Line, ...]
    stale_said: str


def matters(shown: Shown, view: EpisodeView, zone: str) -> Matters:
    """The panel of one episode."""
    moments: dict[str, datetime] = {}
    for entry in view.timeline:
        if isinstance(entry, NoteEntry):
            moments[f"note-{entry.note.id}"] = entry.at
        elif isinstance(entry, EventEntry):
            moments[f"event-{entry.event.seq}"] = entry.at
    stale_said = ""
    if shown.stale is not None:
        changes = words.plural(shown.behind, "change") if shown.behind else "what came since"
        stale_said = f"Out of date: {_who(shown.stale)} wrote this {words.moment(shown.stale.at, zone)}, before {changes}"
    said = "Put together just now from the record." if shown.written is None else f"By {_who(shown.written)}, checked against the record."
    return Matters(
        tuple(_line(line, moments, zone) for line in shown.lines),
        said,
        tuple(_line(line, {}, zone) for line in shown.stale_lines),
        stale_said,
    )


def as_json(panel: Matters) -> dict[str, object]:
    """The panel for a program: each line with the places of the record that it rests on."""
    return {
        "lines": [
            {
                "text": line.text,
                "rests_on": [{"at": cite.place, "what": cite.label, "quote": cite.quote} for cite in line.cites],
            }
            for line in panel.lines
        ],
        "said": panel.said,
    }


def _line(line: ContextLine, moments: dict[str, datetime], zone: str) -> Line:
    cites = dict.fromkeys(_cite(one, moments, zone) for one in line.cited)
    return Line(line.text, tuple(cites))


def _cite(cited: Cited, moments: dict[str, datetime], zone: str) -> Cite:
    place = f"note-{cited.note}" if cited.note else f"event-{cited.event}" if cited.event else ""
    if place in moments:
        day = words.moment(moments[place], zone).split(",", maxsplit=1)[0].rsplit(" ", maxsplit=1)[0]
        return Cite(f"{'note' if cited.note else 'entry'} of {day}", place, cited.quote)
    return Cite(FIELDS.get(cited.field, "the patient’s record"), "", "")


def _who(context: Context) -> str:
    if context.assistant == "embedded":
        return "the embedded assistant"
    return f"{context.model}, prompt {context.prompt}@{context.prompt_version}"
