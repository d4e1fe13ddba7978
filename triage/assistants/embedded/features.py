"""What the network is told of a clause or sentence beside its words in the note: named features.

Names are strings such as `w=call` (a word), `b=call_pt` (two words), `m:will` (a cue of the lexicon), `s:call+open` (a step with a mood
that leaves it to be done), `<m:past` (a cue of the unit before). The network keeps one weight per name and label.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triage.assistants.embedded.clauses import Clause, Split, split
from triage.assistants.embedded.lexicon import OPEN_MOODS, SHUT_MOODS, cues
from triage.dates import TimePhrase, find_time_phrases
from triage.reading import Note

_WORD = re.compile(r"[^\W_]+(?:['’/&.-][^\W_]+)*|[?!#@%+]")
_NAME = re.compile(r"(?<=[a-z,.] )[A-Z][\w'’-]{2,}")
_TEAM_LINE = re.compile(
    r"(?:\d[\d:/, apm.]* )?(?:us|clinic|desk|office|staff|front desk|nosotros|clinica|clínica|rn|nurse|scheduler|team|cm|"
    r"coordinator|care team|chw|ma)\b"
)
_PATIENT_LINE = re.compile(
    r"(?:\d[\d:/, apm.]* )?(?:pt|patient|ella|él|mom|mother|daughter|son|wife|husband|paciente|her|him|member|caregiver|family)\b"
)
_PATIENT_SIDE = {
    "patient",
    "family",
    "caregiver",
    "parent",
    "daughter",
    "son",
    "mother",
    "father",
    "spouse",
    "wife",
    "husband",
    "guardian",
    "neighbor",
}
_TOPICS = ("t:payer", "s:support", "t:doc", "t:outside", "t:appt", "t:phone", "t:meds", "s:close", "s:clinician_named")
_DIGIT = re.compile(r"\d")
_MOST_WORDS = 120  # of one unit
_AROUND = 0.5  # weight of a neighbour's cues beside the unit's own


@dataclass(frozen=True, slots=True)
class Unit:
    """One clause or sentence as the network sees it. `text` is folded."""

    place: Clause
    text: str
    cues: frozenset[str]
    names: dict[str, float]


@dataclass(frozen=True, slots=True)
class Seen:
    """A whole note, cut up and described."""

    note: Note
    split: Split
    times: tuple[TimePhrase, ...]
    clauses: tuple[Unit, ...]
    sentences: tuple[Unit, ...]

    @property
    def units(self) -> tuple[Unit, ...]:
        """All clauses, then all sentences: the rows of what the network says."""
        return (*self.clauses, *self.sentences)


def see(note: Note) -> Seen:
    """All units of a note with their features. Linear in the text read, which is bounded (`clauses.MOST_CHARACTERS`)."""
    parts = split(note.text)
    times = tuple(find_time_phrases(note.text[: len(parts.folded)]))
    places = {(place.start, place.end): place for place in (*parts.clauses, *parts.sentences)}  # many sentences are one clause
    shown = {key: _shown(parts.folded[place.start : place.end], place, times) for key, place in places.items()}
    clauses = _units(parts.clauses, parts.folded, note, shown)
    sentences = _units(parts.sentences, parts.folded, note, shown)
    return Seen(note, parts, times, clauses, sentences)


def see_phrase(text: str) -> Unit:
    """A phrase without a note around it: what the lists of phrases are learnt from."""
    parts = Clause(0, len(text), 0, "")
    folded = split(text).folded
    times = tuple(find_time_phrases(text))
    shown = _shown(folded, parts, times)
    return Unit(parts, folded, shown, _own(folded, shown))


def _units(places: Sequence[Clause], folded: str, note: Note, shown_at: Mapping[tuple[int, int], frozenset[str]]) -> tuple[Unit, ...]:
    shown = [shown_at[place.start, place.end] for place in places]
    lately = _lately(shown)
    units: list[Unit] = []
    for index, place in enumerate(places):
        text = folded[place.start : place.end]
        names = _own(text, shown[index])
        before = shown[index - 1] if index else frozenset({"edge"})
        after = shown[index + 1] if index + 1 < len(places) else frozenset({"edge"})
        for side, neighbour in (("<", before), (">", after)):
            for cue in neighbour:
                names[side + cue] = _AROUND
        for word in place.header.split():
            names["h=" + word] = 1.0
        speaker = who_speaks(place.header, note.author_role)
        if speaker:
            names["speaker=" + speaker] = 1.0
            names["speaker=" + speaker + ("+open" if "open" in shown[index] else "")] = 1.0
        for cue in _known_from(note.text, places, shown, index):
            names["@" + cue] = _AROUND
        for topic in lately[index]:
            names["last=" + topic] = _AROUND
            for act in ("t:them", "t:bare_call"):
                if act in shown[index]:
                    names[f"{act}+{topic}"] = 1.0
        if "t:bare_call" in shown[index]:
            names["t:bare_call+" + note.lane.value] = 1.0
        names["n=" + note.source.lower()[:40]] = _AROUND
        names["r=" + note.author_role.lower()[:40]] = _AROUND
        names["l=" + note.lane.value] = _AROUND
        units.append(Unit(place, text, shown[index], names))
    return tuple(units)


def _lately(shown: Sequence[frozenset[str]]) -> list[tuple[str, ...]]:
    """For each unit, what the note last spoke of before it: "them" and "again" point there."""
    last: tuple[str, ...] = ()
    found: list[tuple[str, ...]] = []
    for cues_here in shown:
        found.append(last)
        spoken = tuple(topic for topic in _TOPICS if topic in cues_here)
        last = spoken or last
    return found


def who_speaks(header: str, author_role: str) -> str:
    """ "team" or "patient" for a line of a thread or a note by the patient's side, else ""."""
    if _TEAM_LINE.match(header):
        return "team"
    if _PATIENT_LINE.match(header) or author_role.strip().lower().replace(" ", "_") in _PATIENT_SIDE:
        return "patient"
    return ""


def _known_from(text: str, places: Sequence[Clause], shown: Sequence[frozenset[str]], index: int) -> set[str]:
    """What the note said earlier of a name used here: "Sierra" in "try Sierra again" was the home health agency three lines above."""
    place = places[index]
    known: set[str] = set()
    for name in _NAME.findall(text[place.start : place.end][:200])[:4]:
        for earlier in range(max(0, index - 12), index):
            if name in text[places[earlier].start : places[earlier].end]:
                known |= {cue for cue in shown[earlier] if cue[:2] in {"s:", "h:", "t:"}}
                break
    return known


def _shown(text: str, place: Clause, times: Sequence[TimePhrase]) -> frozenset[str]:
    found = set(cues(text))
    if any(place.start <= time.start < place.end for time in times):
        found.add("m:time")
    if any(mood in found for mood in OPEN_MOODS):
        found.add("open")
    if any(mood in found for mood in SHUT_MOODS):
        found.add("shut")
    return frozenset(found)


def _own(text: str, shown: frozenset[str]) -> dict[str, float]:
    words = [_DIGIT.sub("0", word) for word in _WORD.findall(text)[:_MOST_WORDS]]
    weight = 1.5 / max(1.0, len(words)) ** 0.5
    names: dict[str, float] = {}
    for word in words:
        names["w=" + word] = weight
        names["p=" + word[:5]] = weight
    for left, right in zip(["^", *words], [*words, "$"], strict=True):
        names[f"b={left}_{right}"] = weight
    mood = "+open" if "open" in shown and "shut" not in shown else "+both" if "open" in shown else "+shut" if "shut" in shown else "+none"
    for cue in shown:
        names[cue] = 1.0
        if cue.startswith("s:"):
            names[cue + mood] = 1.0
    names["mood" + mood] = 1.0
    names["length=" + str(min(6, len(words) // 3))] = _AROUND
    return names
