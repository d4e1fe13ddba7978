"""Figures that clinicians write into notes, and which way is worse.

The bounds are those at which common patient instructions say to call: weight gain of 3 lb in some days or 5 lb in a week, blood pressure
over 160, oxygen at 92 % or less, glucose over 250 or under 70, a fever from 100.4 °F. They choose whom a person looks at, nothing else.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from triage.record.notes import Finding, Quote, RecordNote
from workflow.vocabulary import EscalationReason

SPAN = timedelta(days=30)
"""Older figures are another story."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One kind of figure. It worsens where it `rises` (else falls) by at least `by` and ends at or beyond `at`; `within` days at most."""

    name: str
    pattern: re.Pattern[str]
    rises: bool
    by: float
    at: float
    low: float
    high: float
    unit: str = ""
    within: int = 30


def _pattern(names: str, figure: str = r"\d{1,3}(?:\.\d)?", after: str = "") -> re.Pattern[str]:
    return re.compile(rf"\b(?:{names})\b[^\d\n;]{{0,18}}?(?P<value>{figure})(?![\d/]|\.\d){after}")


MEASURES = (
    Measure(
        "pain", re.compile(r"\b(?:pain|dolor)\b[^\d\n;]{0,24}?(?P<value>\d{1,2})\s?(?:/|out of|of|de)\s?10\b"), True, 2, 6, 0, 10, " of 10"
    ),
    Measure("pain", re.compile(r"(?<![\d/])(?P<value>\d{1,2})\s?/\s?10\b (?:\w+ ){0,2}pain\b"), True, 2, 6, 0, 10, " of 10"),
    Measure("weight", _pattern("wt|weight|weighs|weighed|weighing|peso|pesa"), True, 5, 0, 60, 700, " lb", 10),
    Measure(
        "systolic blood pressure",
        re.compile(r"\b(?:bp|b/p|blood pressure|presion|presión)\b[^\d\n;]{0,18}?(?P<value>\d{2,3})\s?/\s?\d{2,3}\b"),
        True,
        15,
        160,
        60,
        260,
    ),
    Measure("glucose", _pattern("glucose|bg|blood sugars?|sugars?|fbs|fsbs|cbg|azucar|azúcar|glucosa", r"\d{2,3}"), True, 50, 250, 20, 700),
    Measure(
        "oxygen", _pattern("o2 sats?|o2|sats?|spo2|pulse ox|oxygen|oxigeno|oxígeno", r"\d{2,3}", r"(?: ?%)?"), False, 2, 92, 60, 100, " %"
    ),
    Measure("temperature", _pattern("temp|temperature|tmax|fever of|fever|fiebre", r"\d{2,3}(?:\.\d)?"), True, 0.8, 100.4, 95, 107, " °F"),
    Measure("PHQ-9", _pattern(r"phq-?9|phq", r"\d{1,2}"), True, 5, 10, 0, 27),
)

_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "1": 1, "2": 2, "3": 3, "4": 4, "una": 1, "dos": 2, "tres": 3}
_PILLOWS = re.compile(r"\b(?P<value>one|two|three|four|[1-4]|una|dos|tres)[ -](?:pillows?|almohadas?)\b")
_NOT_NOW = re.compile(
    r"\b(?:goal|target|if|should|when|above|over|greater|under|below|less than|parameters?|baseline|last year|history|hx|call (?:if|us)|"
    r"dry weight|ideal|usual|normally|at discharge was|si|meta|was supposed)\b|[<>≥≤]"
)
"""A figure in such a clause is a bound or lies behind."""


@dataclass(frozen=True, slots=True)
class _Seen:
    day: date
    value: float
    quote: Quote


def worsening_values(notes: Sequence[RecordNote]) -> Iterator[Finding]:
    """A finding for each kind of figure that worsened from note to note, up to the newest note that gives it."""
    by_name: dict[str, list[_Seen]] = {}
    measures: dict[str, Measure] = {}
    for note in notes:
        for measure in MEASURES:
            seen = _last(note, measure)
            if seen is not None:
                measures[measure.name] = measure
                series = by_name.setdefault(measure.name, [])
                if series and series[-1].quote.note == note.id:
                    continue
                series.append(seen)
    for name, series in by_name.items():
        finding = _worsened(measures[name], series)
        if finding is not None:
            yield finding
    pillows = _pillows(notes)
    if pillows is not None:
        yield pillows


def _last(note: RecordNote, measure: Measure) -> _Seen | None:
    """The last such figure of the note that tells how the patient is."""
    found = None
    for clause, words in note.clauses():
        if _NOT_NOW.search(words):
            continue
        for match in measure.pattern.finditer(words):
            value = float(match["value"])
            if measure.low <= value <= measure.high:
                found = _Seen(note.day, value, note.quote(clause))
    return found


def _worsened(measure: Measure, series: Sequence[_Seen]) -> Finding | None:
    """From the best figure of the time before to the newest, through the ones between; None where the newest is not the worst."""
    sign = 1 if measure.rises else -1
    newest = series[-1]
    before = [s for s in series[:-1] if newest.day - s.day <= min(SPAN, timedelta(days=measure.within)) and s.day < newest.day]
    if not before or sign * newest.value < sign * measure.at or any(sign * s.value >= sign * newest.value for s in before):
        return None
    first = min(before, key=lambda s: sign * s.value)
    if sign * (newest.value - first.value) < measure.by:
        return None
    path = [s for s in before if s.day >= first.day] + [newest]
    told = " to ".join(f"{s.value:g}" for s in (path if len(path) <= 4 else [path[0], *path[-3:]]))
    verb = "rose" if measure.rises else "fell"
    return Finding(
        EscalationReason.WORSENING_SYMPTOMS,
        tuple(s.quote for s in path),
        f"{measure.name[0].upper()}{measure.name[1:]} {verb} from {told}{measure.unit} over {len(path)} notes.",
    )


def _pillows(notes: Sequence[RecordNote]) -> Finding | None:
    """More pillows to sleep on from note to note: breath that gets shorter lying down."""
    seen = [
        (_WORDS[match["value"]], note.day, note.quote(clause))
        for note in notes
        for clause, words in note.clauses()
        if (match := _PILLOWS.search(words)) and not _NOT_NOW.search(words)
    ]
    if len(seen) < 2 or seen[-1][1] == seen[0][1]:
        return None
    newest = seen[-1]
    before = [s for s in seen[:-1] if s[0] < newest[0] and timedelta() < newest[1] - s[1] <= SPAN]
    if not before:
        return None
    why = f"Sleeps on {newest[0]} pillows, {before[0][0]} before."
    return Finding(EscalationReason.WORSENING_SYMPTOMS, (before[0][2], newest[2]), why)
