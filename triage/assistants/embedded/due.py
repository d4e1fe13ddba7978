"""When a step is due, from the time phrases in and around its clause."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from triage.assistants.embedded.clauses import Clause
from triage.assistants.embedded.features import Seen
from triage.dates import TimePhrase
from workflow.vocabulary import Action

_VISITS = {Action.SCHEDULE_APPOINTMENT}
_BOOKED_BY = re.compile(
    r"^(?:by|before|ahead of|no later|due|today|asap|stat|tomorrow|tmrw|eow|eod|eom|cob|end of|this week|now|right away|same)"
)
_RETURN = re.compile(
    r"\b(?:rtc|return|f/?u|follow[- ]?up|fu|rv|review|see (?:me|us|him|her|pt|you)|back (?:with|in|to)|recheck|visit|appt|"
    r"appointment|slot|come|visita|cita|see)\b"
)
_STEP_VERB = re.compile(
    r"\b(?:will|'ll|i'm|call|ring|phone|check|try|look|go through|move|rebook|books?|schedules?|opens?|puts?|chase|ask|again|"
    r"works?|handles?|fax|send|text|find|decides?)\b"
)
_DAY_BEFORE = re.compile(
    r"\b(?:the )?(?:day|night|evening) before\b(?! yesterday)|\bbefore (?:that|the|this|her|his|their|then|it|he|she|they) "
    r"?(?:visit|appt|appointment|slot|comes?|surgery|procedure|date|day|scan|test)?\b"
)


@dataclass(frozen=True, slots=True)
class Due:
    """The day a step is due and the note's own words for it."""

    day: date
    words: str


def due(seen: Seen, action: Action, start: int, end: int, sentence: Clause) -> Due | None:
    """The due date of the step told in `text[start:end]`, or None where the note gives none for it."""
    inside = [time for time in seen.times if start <= time.start < end]
    told = _pick(seen, action, inside, start)
    if told:
        return told
    behind = _DAY_BEFORE.search(seen.split.folded, start, end)
    if behind:
        earlier = [time for time in seen.times if time.fixed and time.end <= end] or [
            time for time in seen.times if time.fixed and time.start < sentence.end
        ]
        if earlier and (day := earlier[-1].resolve(seen.note.written_at)):
            day = day if earlier[-1].before else day - timedelta(days=1)
            return Due(day, seen.note.text[behind.start() : behind.end()]) if day >= seen.note.day else None
    lead = [
        time
        for time in seen.times
        if sentence.start <= time.start and time.end <= start and start - time.end <= 3 and time.start <= sentence.start + 3
    ]
    return _pick(seen, action, lead, sentence.start)


def _pick(seen: Seen, action: Action, times: list[TimePhrase], start: int) -> Due | None:
    folded = seen.split.folded
    for time in times:
        day = time.resolve(seen.note.written_at)
        if day is None or day < seen.note.day:
            continue
        words = time.text
        if action in _VISITS and not _of_the_booking(folded, time, start):
            continue
        if action is Action.CONFIRM_APPOINTMENT and _names_the_visit(folded, time):
            continue
        return Due(day, words)
    return None


def _of_the_booking(folded: str, time: TimePhrase, start: int) -> bool:
    """Whether the time is that of the booking itself; the wished-for time of the visit is not."""
    words = folded[time.start : time.end]
    before = folded[start : time.start]
    if _BOOKED_BY.match(words):
        return True
    if (
        words.startswith(("within", "in ", "next", "for "))
        and _RETURN.search(before)
        and not re.search(r"\b(?:i'll|i will|call|ring|phone|check|try|go through)\b", before)
    ):
        return False
    return (
        bool(_STEP_VERB.search(before))
        and not re.search(r"\b(?:for|in|on|within|to|visit|appt)\s*$", before)
        and not words.startswith(("within", "for "))
    )


def _names_the_visit(folded: str, time: TimePhrase) -> bool:
    """ "Confirm the 12/3 chair on the 1st": the chair's date is not when to confirm it."""
    if time.before:
        return False
    words = folded[time.start : time.end]
    after = folded[time.end : time.end + 14]
    return bool(
        re.match(
            r"(?:'s)? (?:visit|appt|appointment|chair|slot|surgery|scan|mri|echo|infusion|test|procedure|at \d|\d|reminder|run)", after
        )
    ) and not words.startswith(("by", "before"))
