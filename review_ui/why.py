"""Why a suggestion is there, in words: its quote, how its date came about, who read the note, where the confidence comes from, and how
others like it were decided."""

from review_ui import words
from store.findings import RECORD
from store.notes import StoredNote
from store.precedents import Precedents
from store.suggestions import Suggestion
from store.tables import ReadingRow
from workflow.suggestions import OutreachAttemptPayload, TaskPayload

Because = tuple[str, str]
"""What is explained, and the explanation. The words may come from a note: they are shown as text."""

HASH_SHOWN = 12
"""Characters of the reader's content hash: enough to name it to `triage recall --model`."""


def why(item: Suggestion, note: StoredNote, reading: ReadingRow | None, alike: Precedents, zone: str) -> list[Because]:
    """The explanation of one suggestion, in the order in which a reviewer asks."""
    told = [("Words", f"{words.quoted(item.evidence, 200)}, in the note of {words.day(note.written_at.date())} {note.written_at.year}")]
    told += [("Over the record", item.why)] if item.why else []
    told += [(name, text) for name, text in (("Due", _due(item, note)), ("How often", _count(item))) if text]
    if item.origin == "reviewer" or reading is None:
        return [*told, ("Made by", "a reviewer, by hand: no assistant had suggested it")]
    return [*told, ("Read by", _reader(reading, zone)), ("How sure", _how_sure(item, reading)), ("Others like it", _alike(alike))]


def _due(item: Suggestion, note: StoredNote) -> str:
    if not isinstance(item.payload, TaskPayload):
        return ""
    due, phrase = item.payload.due, item.time_phrase
    if due is not None and phrase:
        return f"{words.day(due)}: “{phrase}”, counted by rule from the note’s own day, {words.day(note.written_at.date())}"
    if due is not None:
        return f"{words.day(due)}, by rule from the note’s own day, {words.day(note.written_at.date())}"
    if phrase:
        return f"“{phrase}” is no day that the rules can compute; the lane’s cadence gives one"
    return "the note gives no time for it; the lane’s cadence gives one"


def _count(item: Suggestion) -> str:
    if not isinstance(item.payload, OutreachAttemptPayload):
        return ""
    return f"{words.plural(item.payload.count, 'time')}, counted by rule from the note’s words"


def _reader(reading: ReadingRow, zone: str) -> str:
    hashed = reading.content_hash[:HASH_SHOWN]
    if reading.assistant == RECORD:
        who = f"rules that look over the notes together (version {reading.prompt_version}, {hashed})"
    elif reading.assistant == "embedded":
        who = f"the embedded assistant ({reading.model}, version {reading.prompt_version}, model {hashed}), with rules for owner and date"
    else:
        who = f"{reading.model}, prompt {reading.prompt}@{reading.prompt_version} ({hashed})"
    stood_in = f", standing in for the {reading.stood_in_for} assistant, which did not answer" if reading.stood_in_for else ""
    return f"{who}{stood_in}, {words.moment(reading.at, zone)}"


def _how_sure(item: Suggestion, reading: ReadingRow) -> str:
    """What the number on the card was learnt from. It is about the kind of suggestion and how sure its reader was, not about the label."""
    kind = item.kind.label.lower()
    if reading.assistant == RECORD:
        return f"{words.likelihood(item.confidence)}: a starting value of these rules, not yet from decisions"
    if item.learnt_from is not None:
        who = "the embedded assistant" if reading.assistant == "embedded" else "the model"
        basis = f"learnt from {words.plural(item.learnt_from, 'decision')} about {kind} suggestions of {who}, by how sure it was"
        return f"{words.likelihood(item.confidence)}, {basis}; edited counts as accepted"
    cold = "learnt from labelled notes" if reading.assistant == "embedded" else f"a starting value for every {kind} suggestion of a model"
    return f"{words.likelihood(item.confidence)}: {cold}, not yet from decisions"


def _alike(alike: Precedents) -> str:
    """How those with the same label were decided, whoever read them and however sure."""
    if not alike.decided:
        return "nobody has decided one with this label lately"
    counted = f"{alike.accepted} accepted as they were, {alike.edited} edited, {alike.rejected} rejected"
    return f"{alike.decided} with this label decided lately, whoever read the note: {counted}"
