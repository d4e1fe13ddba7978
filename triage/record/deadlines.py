"""A day by which something must have happened, told in one note, that comes near or passes while another says that it has not."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from triage.dates import TimePhrase, find_time_phrases
from triage.record.notes import Finding, Quote, RecordNote
from workflow.episode import Episode
from workflow.lanes import Lane
from workflow.vocabulary import EscalationReason, Status

NEAR = 5
"""Business days from which a deadline is at risk."""

LATE_STAYS = 14
"""Calendar days after which a passed deadline is no news."""

_DEADLINE = re.compile(
    r"\b(?:deadline|due (?:by|on)|expir\w+|runs? out|valid (?:until|through|thru|till)|good (?:until|through|thru|till)|cut ?-?off|"
    r"last day|no later than|must (?:be|have|see|get|start)\b|has to be|needs? to be (?:seen|done|in|back|scheduled|"
    r"completed|submitted|started)|"
    r"appeal (?:by|window|period|has to)|closes?\b|window (?:closes|ends)|ends\b|lapses?|required (?:by|before|within)|"
    r"before (?:the )?(?:surgery|procedure|infusion|chemo|scan|visit|dialysis)|(?:surgery|procedure|infusion|chemo|"
    r"cath) (?:is |was |set |scheduled |booked ){0,2}(?:for|on)|"
    r"vence\w*|fecha limite|fecha límite|a mas tardar|a más tardar|antes del?)\b"
)
_DONE = re.compile(
    r"\b(?:done|completed|received|approved|extended|renewed|submitted|resolved|cleared|in hand|came through|was seen|"
    r"attended|kept (?:the|her|his)|"
    r"cancel\w*|resched\w*|postponed|pushed (?:back|out)|no longer|withdrawn|got it|scheduled for|ya (?:llego|llegó|"
    r"esta|está)|aprobad\w+)\b"
)
_NOT_DONE = re.compile(
    r"\b(?:still|not (?:yet|received|back|here|done|signed|approved|scheduled|sent|in)|no (?:answer|response|reply|word|"
    r"report|records?|fax|decision|auth\w*|slots?|date)|"
    r"waiting|awaiting|pending|missing|never|hasn't|haven't|has not|have not|nothing (?:back|yet|from)|outstanding|denied|unable|stuck|"
    r"todavia|todavía|aun no|aún no|pendiente|falta\w*)\b"
)


@dataclass(frozen=True, slots=True)
class _Deadline:
    day: date
    quote: Quote
    said: str
    written: date


def deadlines_at_risk(notes: Sequence[RecordNote], episode: Episode, lane: Lane, now: datetime) -> Iterator[Finding]:
    """At most one finding: the deadline that is nearest, with the newest words that say that what it is for has not happened."""
    if episode.status is Status.SCHEDULED and not episode.blockers:
        return
    today = lane.calendar.local_day(now)
    soon = lane.calendar.add_business_days(today, NEAR)
    told = [one for note in notes for one in _deadlines(note)]
    latest: dict[date, _Deadline] = {}
    for one in told:
        latest.setdefault(one.day, one)  # where it was told first
    for day in sorted(latest):
        one = latest[day]
        if not (day <= soon and (today - day).days <= LATE_STAYS):
            continue
        open_since = [quote for note in notes if note.day >= one.written and note.id != one.quote.note for quote in _undone(note)]
        settled = any(_settles(note) for note in notes if note.id != one.quote.note and note.day >= one.written)
        if not open_since or (settled and not episode.blockers):
            continue
        when = f"passed on {_in_words(day)}" if day < today else "is today" if day == today else f"is {_in_words(day)}"
        blocked = f"; blocked by {', '.join(b.label.lower() for b in episode.blocked_by)}" if episode.blocked_by else ""
        why = f"A deadline {when}, and a later note says that something is still missing{blocked}."
        yield Finding(EscalationReason.TIME_CRITICAL, (one.quote, open_since[-1]), why)
        return


def _deadlines(note: RecordNote) -> Iterator[_Deadline]:
    for clause, words in note.clauses():
        found = _DEADLINE.search(words)
        if found is None:
            continue
        text = note.text[clause.start : clause.end]
        after = [phrase for phrase in find_time_phrases(text) if phrase.end > found.start()]
        for phrase in after[:1]:
            day = phrase.resolve(note.written_at)
            if day is not None and day >= note.day and _names_the_end(phrase, found):
                yield _Deadline(day, note.quote(clause), phrase.text, note.day)


def _names_the_end(phrase: TimePhrase, found: re.Match[str]) -> bool:
    """Whether the time stands close to the word that makes it a deadline."""
    return phrase.start - found.end() <= 30


def _undone(note: RecordNote) -> list[Quote]:
    return [note.quote(clause) for clause, words in note.clauses() if _NOT_DONE.search(words)][:1]


def _settles(note: RecordNote) -> bool:
    return any(_DONE.search(words) and not _NOT_DONE.search(words) for _, words in note.clauses())


def _in_words(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"
