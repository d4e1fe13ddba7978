"""What people say instead of a figure: how often, how far up, how big, how many stops on the way; and which way is worse."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from triage.record.notes import Finding, Quote, RecordNote
from triage.record.others import about_somebody_else
from workflow.vocabulary import EscalationReason

SPAN = timedelta(days=30)
"""Longer ago is another story."""

_NUMBERS = {"no": 0, "once": 1, "one": 1, "twice": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_NUMBERS |= {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5}
_NUMBER = r"\d{1,2}|one|two|three|four|five|six|seven|eight|una|dos|tres|cuatro|cinco"
_DAYS = {"hour": 1 / 24, "hr": 1 / 24, "day": 1, "daily": 1, "night": 1, "morning": 1, "week": 7, "wk": 7, "month": 30, "mo": 30}
_DAYS |= {"dia": 1, "día": 1, "noche": 1, "semana": 7, "mes": 30}
_UNIT = r"(?P<unit>hour|hr|day|night|morning|week|wk|month|mo|dia|día|noche|semana|mes)s?\b"

COUNTED = {
    name: re.compile(rf"\b(?:{words})\b")
    for name, words in {
        "loose stools": r"stools?|bms?|bowel movements?|diarrh?ea|toilet|diarrea",
        "passing water": r"urinat\w+|pees?|peeing|voids?|orinar?\w*",
        "the rescue inhaler": r"inhaler|puffer|rescue|albuterol|nebuli[sz]er|nebs?",
        "nitroglycerin": r"nitro\w*",
        "spells": r"spells?|seizures?|attacks?|episodes?|palpitations|convulsion\w*",
        "headache": r"headaches?|ha|has|migraines?|dolor de cabeza",
        "vomiting": r"vomit\w*|threw up|throw\w* up|vómit\w*",
        "falls": r"falls?|fell|fallen|se cay[oó]|caídas?",
        "bleeding": r"bleed\w*|blood|nosebleeds?|sangr\w+",
        "low sugars": r"lows|low sugars?|hypos?",
        "dressing changes": r"dressings?|bandages?|gauze",
        "dizzy spells": r"dizz\w+|faint\w*|mareos?",
        "panic": r"panic\w*|crying|llora\w*",
    }.items()
}
"""What is counted and is worse when there is more of it."""

_OFTEN = re.compile(
    rf"\b(?:(?P<count>once|twice|{_NUMBER})(?:\s?(?:-|to|or)\s?(?P<upto>{_NUMBER}))?(?: ?x| times?| veces| vez)?(?: \w+)? ?"
    rf"(?:an?|per|every|each|this|this past|the past|last|the last|in the last|in the past|al|a la|por|/) ?{_UNIT}|"
    rf"every (?P<each>\d{{1,2}} )?{_UNIT.replace('unit', 'eachunit')}|"
    rf"(?P<nth>second|third|fourth|fifth)(?: \w+)? (?:this|in a|in the) {_UNIT.replace('unit', 'nthunit')}|"
    r"(?P<part>\d) (?:days )?out of (?P<whole>\d{1,2})|(?P<daily>daily|nightly|constantly|cada d[ií]a|most days|most nights|hourly))"
)

_SWOLLEN = re.compile(r"\b(?:swell\w*|swollen|edema|puff(?:y|ier|iness)|hinchad\w+|hinchaz[oó]n)\b")
_REACHES = re.compile(
    r"\b(?:up to|up|all the way to|past|above|into|reach\w*|as far as|hasta) (?:the |her |his |my |both |la |el |las |los )?"
    r"(?:top of (?:the |her |his )?)?(?:mid[- ]?)?$"
)
_HEIGHT = {
    **dict.fromkeys(("toe", "toes", "dedos"), 1),
    **dict.fromkeys(("foot", "feet", "pie", "pies"), 2),
    **dict.fromkeys(("ankle", "ankles", "tobillo", "tobillos"), 3),
    **dict.fromkeys(("shin", "shins", "calf", "calves", "pantorrilla"), 4),
    **dict.fromkeys(("knee", "knees", "rodilla", "rodillas"), 5),
    **dict.fromkeys(("thigh", "thighs", "muslo", "muslos"), 6),
    **dict.fromkeys(("hip", "hips", "groin", "ingle", "cadera"), 7),
    **dict.fromkeys(("belly", "abdomen", "stomach", "waist", "scrotum", "vientre", "barriga"), 8),
}
_PLACE = re.compile(rf"\b(?:{'|'.join(_HEIGHT)})\b")

_SIZES = {"pinhead": 0.2, "pea": 0.7, "dime": 1.8, "penny": 1.9, "nickel": 2.1, "quarter": 2.4, "half dollar": 3, "half-dollar": 3}
_SIZES |= {"walnut": 4, "golf ball": 4.3, "plum": 5, "egg": 5.5, "lemon": 6, "tennis ball": 6.7, "fist": 8, "palm": 8, "orange": 8}
_SIZES |= {"apple": 8, "hand": 10, "baseball": 7.5, "softball": 10, "grapefruit": 12}
_THINGS = "|".join(_SIZES)
_SIZED = re.compile(
    rf"\b(?:sizes? of|big as|large as) (?:an? |my |her |his )?(?P<like>{_THINGS})\b|\b(?P<sized>{_THINGS})[ -]sized?\b|"
    r"(?<![\d.])(?P<length>\d{1,2}(?:\.\d)?) ?(?P<in>cm|mm|in\b|inch)"
)
_GROWS = re.compile(
    r"\b(?:sore|wound|ulcer|open|lump|mass|bump|rash|redness|area|blister|hole|bruise|boil|abscess|[uú]lcera|herida|bulto)\b"
)

_STOPS = re.compile(
    r"\b(?:stops?|rests?|pauses?|stop|sits? down|break)\b(?: \w+){0,3}? (?P<times>once|twice|(?:two|three|four|five|six|\d) times)\b"
)
_NONE = re.compile(r"\b(?:without (?:a |any )?(?:rest\w*|stop\w*|breaks?|paus\w+)|in one go|non-?stop|all the way)\b")

_NOT_NOW = re.compile(
    r"\b(?:if|should|would|goal|when (?:she|he) was|used to|last year|years ago|call (?:if|for)|history|hx|h/o|prescribed|ordered|"
    r"told to|take|takes|si)\b"
)


@dataclass(frozen=True, slots=True)
class _Seen:
    day: date
    value: float
    quote: Quote
    said: str


def worsening_scales(notes: Sequence[RecordNote]) -> Iterator[Finding]:
    """A finding for each thing that is told as more, further up or bigger from note to note, up to the newest note that tells of it."""
    series: dict[str, list[_Seen]] = {}
    for note in notes:
        of_note: dict[str, _Seen] = {}
        for clause, words in note.clauses():
            if _NOT_NOW.search(words) or about_somebody_else(words):
                continue
            for name, value, said in _read(words, "how far up the swelling is" in series):
                of_note[name] = _Seen(note.day, value, note.quote(clause), said)
        for name, seen in of_note.items():
            series.setdefault(name, []).append(seen)
    for name, told in series.items():
        newest = told[-1]
        before = [one for one in told[:-1] if timedelta() < newest.day - one.day <= SPAN]
        if before and all(one.value < newest.value for one in before) and _much(name, min(one.value for one in before), newest.value):
            path = [*before, newest]
            said = " to ".join(f"“{one.said}”" for one in (path if len(path) <= 4 else [path[0], *path[-3:]]))
            why = f"{name[0].upper()}{name[1:]}: from {said} over {len(path)} notes."
            yield Finding(EscalationReason.WORSENING_SYMPTOMS, tuple(one.quote for one in path), why)


def _much(name: str, least: float, newest: float) -> bool:
    """A count doubles and is at least two a week; a size grows by a third; a place or a number of stops by one step."""
    if name.startswith("how often"):
        return newest >= 1.9 * least and newest >= 2 / 7
    return newest >= 1.3 * least if name == "how big it is" else newest >= least + 1


def _read(words: str, swollen_before: bool) -> Iterator[tuple[str, float, str]]:
    """The scales that a clause tells, each with its value and the words that give it."""
    often = _OFTEN.search(words)
    if often is not None:
        for name, pattern in COUNTED.items():
            if pattern.search(words):
                yield f"how often, {name}", _a_day(often), often.group()
                break
    swollen = _SWOLLEN.search(words) is not None
    places = [place for place in _PLACE.finditer(words) if swollen or (swollen_before and _REACHES.search(words[: place.start()][-40:]))]
    if places and not re.search(r"\b(?:no|denies|less|down|better|sin|menos|gone)\b", words):
        highest = max(places, key=lambda place: _HEIGHT[place.group()])
        yield "how far up the swelling is", _HEIGHT[highest.group()], highest.group()
    size = _SIZED.search(words)
    if size is not None and (_GROWS.search(words) or not size["length"]):
        yield "how big it is", _centimetres(size), size.group()
    stops = _STOPS.search(words)
    none = _NONE.search(words)
    if stops is not None:
        yield "stops on the way", _number(stops["times"].split()[0]), stops.group()
    elif none is not None:
        yield "stops on the way", 0, none.group()


def _a_day(often: re.Match[str]) -> float:
    """Times a day."""
    if often["count"]:
        return _number(often["upto"] or often["count"]) / _DAYS[often["unit"]]
    if often["eachunit"]:
        return 1 / (float(often["each"] or 1) * _DAYS[often["eachunit"]])
    if often["nth"]:
        return _NUMBERS[often["nth"]] / _DAYS[often["nthunit"]]
    if often["part"]:
        return int(often["part"]) / max(1, int(often["whole"]))
    return {"most days": 0.7, "most nights": 0.7, "hourly": 24.0, "constantly": 24.0}.get(often["daily"], 1.0)


def _centimetres(size: re.Match[str]) -> float:
    if size["length"]:
        return float(size["length"]) * {"cm": 1, "mm": 0.1}.get(size["in"], 2.54)
    return _SIZES[size["like"] or size["sized"]]


def _number(word: str) -> float:
    return _NUMBERS[word] if word in _NUMBERS else float(word)
