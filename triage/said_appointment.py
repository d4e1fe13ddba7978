"""The next appointment, the ride and the interpreter, as the notes say them: by small rules over the words, and only where they are sure.

What is unsure is left out: a draft with fewer facts is right, an invented one is not. A sentence counts where it speaks of an appointment
that is made, names exactly one day to come, and says nothing that puts it in doubt. The newest words win, and words that undo an
appointment undo what was said before them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from triage.assistants.redaction.found import folded
from triage.assistants.redaction.lexicon import cue_words
from triage.dates import find_time_phrases
from triage.orders import without_orders
from triage.writing import Source


@dataclass(frozen=True, slots=True)
class Said:
    """Something written about the patient: a note, or the text of an event. `at` carries the writer's own zone."""

    at: datetime
    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class Appointment:
    """An appointment to come. `time` is like "08:30" or empty, `place` as it is written or empty; `quote` is the sentence."""

    day: date
    time: str
    place: str
    quote: str
    said: Said


_SENTENCE_END = re.compile(r"(?<![ap]\.m)(?<!\b[DMS]r)(?<!\bMrs)(?<!\bSt)[.!?;](?=\s|$)|\n")
_APPOINTMENT = re.compile(r"\b(?:appt|apt|appointment|visit|slot|cita|turno)\b")
_MADE = re.compile(
    r"\b(?:booked|scheduled|confirmed|set (?:up )?for|all set|on the books|made for|has an? (?:appt|appointment|visit|slot)|"
    r"gave (?:her|him|them)|got (?:her|him|them)|"
    r"(?:appt|appointment|visit|slot|cita) (?:is )?(?:on|for|at|es el|el)|is (?:on )?(?:for )?|stands|programad[oa]|"
    r"agendad[oa]|confirmad[oa]|reservad[oa])\b"
)
_IN_DOUBT = re.compile(
    r"\?|\bn't\b|n't\b|\b(?:no|not|never|cannot|unable|want|wants|wanted|wish|ask|asks|asked|asking|request\w*|tr(?:y|ies|ied|"
    r"ying)|tentativ\w*|maybe|perhaps|might|could|would|should|"
    r"if|unless|pending|hold|holding|held|holds|wait ?list|waiting|"
    r"call|meeting|hearing|peer|offer\w*|declin\w*|refus\w*|need\w*|please|pls|can you|was|"
    r"were|had|last|prior|previous|old|earlier|instead|"
    r"unless|until|before|after|by|due|expires?|hoping|possibl[ey]|other|another|someone|sister|brother|mother|father|daughter|"
    r"son|wife|husband|mom|dad|kids?|"
    r"neighbor|pt #|si|quiere|pidio|ofreci\w*|era|fue|estaba|hermana|hermano|hija|hijo|esposa|esposo|mama|papa)\b(?<!\bset for)"
)
_UNDONE = re.compile(
    r"\b(?:cancel\w*|resched\w*|re-?book\w*|re-?schedul\w*|no[- ]?show\w*|postpon\w*|bumped|pushed (?:back|out)|moved (?:to|up|"
    r"back|it|her|him|the)|miss(?:ed|ing) (?:the|her|his|it|appt|app|visit)|"
    r"(?:did not|didn'?t) (?:go|come|attend|make|show)|struck|lost (?:the|her|his) (?:slot|spot)|cancelad\w*|cancelo|"
    r"reprogram\w*|falto a|no asistio|released to)\b"
)
_TIME = re.compile(r"\b(?P<h>1[0-2]|0?[1-9])(?::(?P<m>[0-5]\d))? ?(?P<half>[ap])\.?m\b|\b(?P<h2>1[3-9]|2[0-3]):(?P<m2>[0-5]\d)\b|\bnoon\b")
_PLACE = re.compile(r"\b(?:at|en) (?:the )?(?P<place>[A-Z][\w&'’-]*(?: (?:of|de|and|&|[A-Z][\w&'’-]*)){0,4})")
_ARRANGED = r"\b(?:booked|confirmed|arranged|scheduled|is set|all set|set up|reservad[oa]|confirmad[oa])\b"
_RIDE = re.compile(r"\b(?:ride|transport(?:ation)?|taxi|cab|medicar|van|lyft|uber|transporte)\b")
_INTERPRETER = re.compile(r"\b(?:interpreter|interprete)\b")
_OUR_FAMILY = ("patient", "family", "caregiver", "pt")
_ORGANIZATION = cue_words("organization") | {"hospital", "clinica", "centro", "building", "suite", "office"}


def is_by_patient(author_role: str) -> bool:
    """What patients and families write is no word of the clinic's about an appointment."""
    return author_role.lower().startswith(_OUR_FAMILY)


def next_appointment(said: Sequence[Said], today: date) -> Appointment | None:
    """The appointment to come after `today` of which the newest words are sure. `said` is in any order."""
    for one in sorted(said, key=lambda each: each.at, reverse=True):
        sentences = _sentences(one.text)
        if any(_UNDONE.search(folded(sentence)) for sentence in sentences):
            return None
        found = [appointment for sentence in sentences if (appointment := _in_sentence(sentence, one)) is not None]
        days = {appointment.day for appointment in found}
        if len(days) > 1:
            return None
        if found:
            return found[0] if found[0].day > today else None
    return None


def arranged_ride(said: Sequence[Said], since: datetime) -> tuple[Said, str] | None:
    """Where it is said, at `since` or later, that a ride is arranged; with the sentence."""
    return _arranged(_RIDE, said, since)


def arranged_interpreter(said: Sequence[Said], since: datetime) -> tuple[Said, str] | None:
    """Where it is said, at `since` or later, that an interpreter is arranged; with the sentence."""
    return _arranged(_INTERPRETER, said, since)


def _arranged(what: re.Pattern[str], said: Sequence[Said], since: datetime) -> tuple[Said, str] | None:
    for one in sorted(said, key=lambda each: each.at, reverse=True):
        if one.at < since:
            break
        for sentence in _sentences(one.text):
            plain = folded(sentence)
            if what.search(plain):
                sure = re.search(_ARRANGED, plain) and not _IN_DOUBT.search(plain) and not _UNDONE.search(plain)
                return (one, sentence) if sure else None
    return None


def _in_sentence(sentence: str, said: Said) -> Appointment | None:
    plain = folded(sentence)
    if not (_APPOINTMENT.search(plain) and _MADE.search(plain)) or _IN_DOUBT.search(plain):
        return None
    phrases = find_time_phrases(sentence)
    days = {phrase.resolve(said.at) for phrase in phrases}
    day = days.pop() if len(days) == 1 else None
    if day is None or not phrases[0].fixed or phrases[0].before:
        return None
    times = {_clock(match) for match in _TIME.finditer(plain)}
    return Appointment(day, times.pop() if len(times) == 1 else "", _place(sentence), sentence, said)


def _clock(match: re.Match[str]) -> str:
    if match["h2"]:
        return f"{int(match['h2']):02}:{match['m2']}"
    if not match["h"]:
        return "12:00"
    return f"{int(match['h']) % 12 + (12 if match['half'] == 'p' else 0):02}:{match['m'] or '00'}"


def _place(sentence: str) -> str:
    """A place that says itself that it is one: "Bayview Hospital"."""
    found = [match["place"] for match in _PLACE.finditer(sentence)]
    places = [place for place in found if _ORGANIZATION & {folded(word) for word in place.split()}]
    return places[0] if len(places) == 1 else ""


def _sentences(text: str) -> list[str]:
    """The sentences, verbatim, without those that speak to a machine."""
    spoken = without_orders(text)
    sentences = []
    start = 0
    for end in [*(match.end() for match in _SENTENCE_END.finditer(spoken)), len(spoken)]:
        sentence = text[start:end].strip()
        if sentence and sentence == spoken[start:end].strip():
            sentences.append(sentence)
        start = end
    return sentences
