"""Outreach drafts from templates: warm, short, plain, and nothing in them that the request does not say.

The words are in `drafts/en.yaml` and `drafts/es.yaml`, to be read aloud. For any other language the English text stands, and the check of
the language says so. A voicemail names neither purpose nor step, and an SMS neither place nor person.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files

import yaml

from triage.private_words import is_private
from triage.reading import Identity
from triage.writing import Draft, DraftRequest, Fact
from workflow.vocabulary import Action, DraftForm

LANGUAGES = ("en", "es")
SPOKEN = frozenset({DraftForm.PHONE_SCRIPT, DraftForm.VOICEMAIL})
ABOUT_VISIT = frozenset({Action.CONFIRM_APPOINTMENT, Action.SEND_INSTRUCTION})
"""An SMS for these names the day of the visit, and has no room for another."""
WITH_SUBJECT = frozenset({DraftForm.EMAIL, DraftForm.PORTAL})

_BRACES = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class _Words:
    """One language's file."""

    team: str
    day: str
    short_day: str
    date: str
    time: str
    at_one: str
    halves: list[str]
    weekdays: list[str]
    months: list[str]
    appointment: str
    ride: str
    interpreter: str
    documents: dict[str, str]
    subject: str
    forms: dict[str, str]
    tries: str
    asks: dict[str, dict[str, str]]


@dataclass(slots=True)
class _Known:
    """What may stand in braces, each made when asked for. `used` collects the facts behind what was taken."""

    parts: Mapping[str, Callable[[], str | None]]
    facts: Mapping[str, Fact]
    used: set[str] = field(default_factory=set)


_TOPIC_OF = {
    "due": "due",
    "caller": "caller",
    "document": "document",
    "ride": "ride",
    "interpreter": "interpreter",
    "count": "tries",
    "since": "tries",
}
"""The fact behind what stands in braces; day, time and place are those of the appointment."""
_OF_APPOINTMENT = ("day", "time", "place")


def draft_outreach(request: DraftRequest, identity: Identity) -> Draft:
    """The message that `request` asks for. Never raises on any request; a step without words of its own asks for a call."""
    words = _words(language_of_text(request.language))
    known = _known(request, words)
    body = _composed(words.forms[request.form.value], known)
    subject = _filled(words.subject, known) if request.form in WITH_SUBJECT else None
    ids = tuple(fact.id for fact in request.facts if fact.id in known.used)
    return Draft(identity=identity, subject=subject or "", body=body, facts=ids)


def language_of_text(language: str) -> str:
    """The language in which a patient with this BCP-47 tag is written to here: theirs where there are words for it, else English."""
    short = language.partition("-")[0].lower()
    return short if short in LANGUAGES else "en"


def first_name(name: str) -> str:
    """ "Rosa" of "Rosa Delgado", "DELGADO, ROSA" and "Delgado, Rosa M."."""
    family, comma, given = name.partition(",")
    told = (given if comma and given.strip() else family).split()
    first = told[0] if told else name
    return first.title() if first.isupper() and len(first) > 2 else first


@cache
def _words(language: str) -> _Words:
    text = (files("triage.assistants.embedded") / "drafts" / f"{language}.yaml").read_text(encoding="utf-8")
    return _Words(**yaml.safe_load(text))


def _known(request: DraftRequest, words: _Words) -> _Known:
    facts = {fact.topic: fact for fact in reversed(request.facts)}
    sms = request.form is DraftForm.SMS
    clinic = request.clinic
    told = _Known({}, facts)
    ask = words.asks.get(request.purpose.value, words.asks[Action.CALL_PATIENT.value])
    length = "short" if sms else "spoken" if request.form in SPOKEN else "long"
    # A clinic's name may tell what the patient is seen for, to whoever hears or sees it.
    discreet = None if is_private(clinic.name) and (sms or request.form in SPOKEN) else clinic.name or None

    def value(topic: str, role: str) -> object:
        fact = facts.get(topic)
        return fact.values.get(role) if fact is not None else None

    def text(topic: str, role: str) -> Callable[[], str | None]:
        return lambda: str(found) if (found := value(topic, role)) else None

    def day(topic: str, role: str, *, short: bool = False) -> Callable[[], str | None]:
        return lambda: _day(found, words, short=short or sms) if isinstance(found := value(topic, role), date) else None

    def place() -> str | None:
        found = value("appointment", "place")
        return None if sms or not isinstance(found, str) else found

    def count() -> str | None:
        found = value("tries", "count")
        return str(found) if isinstance(found, int) and found > 1 else None

    told.parts = {
        "name": lambda: request.patient,
        "first": lambda: first_name(request.patient),
        "clinic": lambda: discreet,
        "team": lambda: discreet or words.team,
        "phone": lambda: clinic.phone or None,
        "today": lambda: words.date.format(month=words.months[request.day.month - 1], number=request.day.day, year=request.day.year),
        "due": lambda: None if sms and "appointment" in facts and request.purpose in ABOUT_VISIT else day("due", "day")(),
        "caller": text("caller", "name"),
        "document": lambda: words.documents.get(str(value("document", "document"))),
        "ride": lambda: words.ride if "ride" in facts and "appointment" in facts else None,
        "interpreter": lambda: words.interpreter if "interpreter" in facts and "appointment" in facts else None,
        "day": day("appointment", "day"),
        "time": lambda: _time(value("appointment", "time"), words),
        "place": place,
        "count": count,
        "since": day("tries", "since"),
        "appointment": lambda: _filled(words.appointment, told),
        "tries": lambda: _filled(words.tries, told) if "tries" in facts else None,
        "ask": lambda: _composed(ask[length], told),
        "voicemail": lambda: _composed(words.forms[DraftForm.VOICEMAIL.value], told),
    }
    return told


def _composed(template: str, known: _Known) -> str:
    """The template's paragraphs with what is known; sentences that lack something, and paragraphs without any, are left out."""
    paragraphs = []
    for paragraph in template.strip().split("\n\n"):
        kept_lines = paragraph.startswith("| ")
        told = [filled for line in paragraph.removeprefix("| ").splitlines() if (filled := _filled(line.strip(), known))]
        if told:
            paragraphs.append(("\n" if kept_lines else " ").join(told))
    return "\n\n".join(paragraphs)


def _filled(sentence: str, known: _Known) -> str | None:
    """The first of the sentence's ways of saying it of which everything is known, or None."""
    for way in sentence.split(" || "):
        before = set(known.used)
        parts = {name: known.parts[name]() for name in _BRACES.findall(way)}
        told = {name: part for name, part in parts.items() if part}
        if len(told) == len(parts):
            known.used |= {known.facts[topic].id for name in parts if (topic := _topic(name)) in known.facts}
            return way.format(**told).replace("..", ".")  # "8:30 a. m.."
        known.used = before  # what was tried in vain counts for nothing
    return None


def _topic(name: str) -> str:
    return "appointment" if name in _OF_APPOINTMENT else _TOPIC_OF.get(name, "")


def _day(day: date, words: _Words, *, short: bool) -> str:
    parts = {"weekday": words.weekdays[day.weekday()], "month": words.months[day.month - 1], "number": day.day}
    return (words.short_day if short else words.day).format(**parts)


def _time(value: object, words: _Words) -> str | None:
    """ "8:30 am" of "08:30"."""
    found = re.fullmatch(r"(\d\d?):(\d\d)", str(value))
    if found is None:
        return None
    hour = int(found[1])
    way = words.at_one if hour % 12 == 1 else words.time
    return way.format(hour=(hour - 1) % 12 + 1, minute=found[2], half=words.halves[hour >= 12])
