"""When a step is due, from the time phrases in and around its clause."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from triage.assistants.embedded.clauses import Clause
from triage.assistants.embedded.features import Seen
from triage.dates import TimePhrase
from triage.day_sums import next_weekday
from triage.time_words import DAY, weekday
from workflow.vocabulary import Action

_VISITS = {Action.SCHEDULE_APPOINTMENT}
_OF_VISITS = {Action.SCHEDULE_APPOINTMENT, Action.CONFIRM_APPOINTMENT, Action.ARRANGE_SUPPORT}
_BOOKED_BY = re.compile(
    r"^(?:by|before|ahead of|no later|due|today|asap|stat|tomorrow|tmrw|eow|eod|eom|cob|end of|this week|now|right away|same)"
)
_RETURN = re.compile(
    r"\b(?:rtc|return|f/?u|follow[- ]?up|fu|rv|review|see (?:me|us|him|her|pt|you)|back (?:with|in|to)|recheck|visit|appt|"
    r"appointment|slot|come|visita|cita|see)\b"
)
_STEP_VERB = re.compile(
    r"\b(?:will|'ll|i'm|call|ring|phone|check|try|look|go through|move|rebook|books?|schedules?|opens?|puts?|chase|ask|again|"
    r"works?|handles?|fax|send|text|find|decides?|tries|retry|retries|rings|calls|asks|goes|checks|rebooks)\b"
)
_VISIT = r"visit|appt|appointment|chair|slot|surgery|scan|mri|echo|infusion|test|procedure|session|opening|spot"
_OF_THE_VISIT = re.compile(rf"(?:'s)? (?:\w+ )?(?:{_VISIT}|start|pair|clinic|run|reminder|at \d|\d)")
_OF_THE_SLOT = re.compile(rf"(?:'s)? (?:{_VISIT})\b")
_SEEN_THEN = re.compile(r"\b(?:see|seen|come back|be back)\b")
_ORDERED = re.compile(r"\b(?:ordered|placed|sent|written|given|told|called|started)\s*$")
_BY_WAY_OF = re.compile(r"\b(?:text|sms|call|phone|e-?mail|portal|him|her|them|pt|patient)\s*$|\bday before,? $")
_OTHER_DATE = re.compile(r"\d/\d|\d(?:st|nd|rd|th)\b")
_NOW = re.compile(
    r"(?<!until )(?<!just )(?<!by )(?<!for )(?<!only )(?<!up to )(?<!as of )(?<!is )(?<!are )\bnow\b(?! (?:that|on|has|is|and then))"
)
_HOURS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_CLOCK = re.compile(
    rf"\b(?:at|by|before|around|after) (?:noon|midday|lunch|bedtime|[012]\d[0-5]\d(?: ?h(?:rs)?)?|"
    rf"(?:\d{{1,2}}(?::\d\d)?|{_HOURS})(?: ?(?:am|pm|a\.m\.|p\.m\.)|(?: ?o'clock)?))"
    r"(?![\w/%:-]|\.\d| ?(?:mg|units?|days?|weeks?|wks?|months?|hours?|hrs?|min|times?|visits?|st|nd|rd|th)\b)"
    r"|\bbefore (?:i|we) (?:leave|go|close)\b"
)
_EACH = re.compile(rf"\b(?:every|each) (?P<day>{DAY})\b")
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
    return _pick(seen, action, lead, sentence.start) or _within_the_day(seen, action, start, end)


def _within_the_day(seen: Seen, action: Action, start: int, end: int) -> Due | None:
    """ "Page Dr. X now", "I ring her at 3", "rerun it each Monday": where no day is told, the clock or the week tells it."""
    if any(start <= time.start < end for time in seen.times):
        return None
    folded, text = seen.split.folded, seen.note.text
    each = _EACH.search(folded, start, end)
    if each:
        return Due(next_weekday(weekday(each["day"]), seen.note.day), text[each.start() : each.end()])
    told = _NOW.search(folded, start, end) or (None if action in _OF_VISITS else _CLOCK.search(folded, start, end))
    return Due(seen.note.day, text[told.start() : told.end()]) if told else None


def _pick(seen: Seen, action: Action, times: list[TimePhrase], start: int) -> Due | None:
    folded = seen.split.folded
    for time in times:
        day = time.resolve(seen.note.written_at)
        if day is None or day < seen.note.day:
            continue
        words = time.text
        if action in _VISITS and not _of_the_booking(folded, time, start):
            continue
        if action is Action.CONFIRM_APPOINTMENT and _names_the_visit(folded, time, start):
            continue
        if action is Action.ARRANGE_SUPPORT and time.fixed and not time.before and _for_the_ride(folded, time):
            continue
        if action is Action.OTHER and words.startswith("today") and _ORDERED.search(folded, start, time.start):
            continue
        return Due(day, words)
    return None


def _of_the_booking(folded: str, time: TimePhrase, start: int) -> bool:
    """Whether the time is that of the booking itself; the wished-for time of the visit is not."""
    words = folded[time.start : time.end]
    before = folded[start : time.start]
    if _BOOKED_BY.match(words):
        return True
    if _OF_THE_SLOT.match(folded, time.end, time.end + 30) or _SEEN_THEN.search(before):
        return False
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


def _names_the_visit(folded: str, time: TimePhrase, start: int) -> bool:
    """ "Confirm the 12/3 chair on the 1st": the chair's date is not when to confirm it."""
    words = folded[time.start : time.end]
    if time.before or words.startswith(("by", "before")):
        return False
    if _OF_THE_VISIT.match(folded, time.end, time.end + 30):
        return True
    dated = time.fixed and any(character.isdigit() for character in words)
    return dated and not _BY_WAY_OF.search(folded, start, time.start) and not _OTHER_DATE.search(folded, start, time.start)


def _for_the_ride(folded: str, time: TimePhrase) -> bool:
    """ "Put him on the driver's run for 8/27": that is the day of the ride, not of the asking."""
    words = folded[time.start : time.end]
    if words.startswith(("by", "before")):
        return False
    return (
        "for " in folded[time.start - 4 : time.start + 4]
        or folded.startswith("'s", time.end)
        or bool(_OF_THE_VISIT.match(folded, time.end, time.end + 30))
    )
