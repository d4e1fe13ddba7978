"""What a text claims that can be wrong: its numbers, days, times, sums, phone numbers, addresses and names, and which of them no fact says.

`claims` finds them, `untraced` leaves those that no value of the given facts supports. What cannot be traced is reported: a fact that a
text may use must carry each such part among its `values`, and

- a length of time ("5 days") is supported by a number whose role names a unit of time ("days", "overdue_days"), or by a day so far away;
- money and percentages are supported by a number whose role says so ("cost", "percent", "share");
- any other number is supported by a number whose role names no such thing;
- a weekday alone needs a day within the week around `day`, and "tomorrow" or "next week" needs `day` to be known at all;
- strings among the values support what stands in them, but for days that depend on when they were written;
- what the text quotes word for word, in quotation marks, from a string among the values is not looked at.

Whether a sentence says of these things what the record says (negation, direction, who did it) is not seen here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from triage.assistants.redaction.found import folded
from triage.assistants.redaction.patterns import EMAIL, PHONE, SPOKEN_PHONE, URL
from triage.claimed_days import DayWords, day_claims
from triage.claimed_names import COURTESY, name_spans
from triage.dates import fold
from triage.day_sums import add_months, after_business_days
from triage.number_words import EN_ONES, NUMBER_WORDS, ORDINALS_ES, value_of
from triage.time_words import ORDINAL_WORD, ORDINALS
from triage.writing import Fact, Value


class ClaimKind(StrEnum):
    NUMBER = "number"
    DAY = "day"
    TIME = "time"
    DURATION = "duration"
    MONEY = "money"
    PERCENT = "percent"
    PHONE = "phone"
    ADDRESS = "address"
    """An e-mail address or a link."""
    CODE = "code"
    """Letters with digits, or a long number: of a record, a claim, a form."""
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time: `count` of `unit`, which is minute, hour, day, business day, week, month or year."""

    count: float
    unit: str


ClaimValue = int | float | str | DayWords | Length


@dataclass(frozen=True, slots=True)
class Claim:
    """`text[start:end]`, and what it says: digits of a phone, a time as "15:30", "03:30?" where it may be either half of the day, or
    "morning"; a name as folded words with a space between; an address, a code in small letters."""

    kind: ClaimKind
    value: ClaimValue
    start: int
    end: int


def claims(text: str, language: str = "en", *, day: date | None = None) -> list[Claim]:
    """What `text` claims, left to right, never overlapping. `language` is a BCP-47 tag; of others than English and Spanish only what is
    written in digits or with a capital is found. `day` is when it is written: "tomorrow" counts from there."""
    lowered = fold(text)
    short = language.partition("-")[0].lower()
    taken = bytearray(len(text))
    found: list[Claim] = []
    for claim in _all(text, lowered, short, day):
        if claim.end > claim.start and not any(taken[claim.start : claim.end]):
            taken[claim.start : claim.end] = b"\1" * (claim.end - claim.start)
            found.append(claim)
    found.extend(Claim(ClaimKind.NAME, value, start, end) for start, end, value in name_spans(text, taken))
    return sorted(found, key=lambda claim: claim.start)


def untraced(text: str, facts: Sequence[Fact], *, language: str = "en", also: Iterable[Value] = (), day: date | None = None) -> list[Claim]:
    """The claims of `text` that no value of `facts`, nor `also`, supports, left to right. `day` is when the text is written."""
    evidence = _Evidence([*((role, value) for fact in facts for role, value in fact.values.items()), *(("", value) for value in also)], day)
    quoted = list(evidence.quoted_in(text))
    return [
        claim
        for claim in claims(text, language, day=day)
        if not any(start <= claim.start and claim.end <= end for start, end in quoted) and not evidence.supports(claim)
    ]


# --- Finding -----------------------------------------------------------------------------------------------------------------------

_UNITS = {
    "minute": r"minutes?|mins?|minutos?",
    "hour": r"hours?|hrs?|horas?",
    "day": r"days?|d[ií]as?|nights?|noches",
    "week": r"weeks?|wks?|semanas?",
    "fortnight": r"fortnights?|quincenas?",
    "month": r"months?|mos|meses|mes",
    "year": r"years?|yrs?|años?",
}
_UNIT = "|".join(_UNITS.values())
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_TIME = re.compile(
    r"(?<![\w:.])(?P<h>\d{1,2})(?:[:.](?P<m>\d\d))? ?(?P<half>[ap])\.? ?m\b\.?"
    r"|(?<![\w:.])(?P<h2>\d{1,2}):(?P<m2>\d\d)(?::\d\d)?(?![\w:])"
    r"|\blas? (?P<h3>\d{1,2})(?::(?P<m3>\d\d))? (?:de|por|en) la (?P<half3>mañana|tarde|noche)"
    r"|\b(?P<word>noon|midday|midnight|mediod[ií]a|medianoche)\b"
)
_PART = re.compile(
    r"(?<!good )(?<!buenas )(?<!buenos )\b(?:in the |por la |en la |las? |por las |en las )?"
    r"(?P<part>mornings?|afternoons?|evenings?|nights?|mañanas|(?<=la )mañana|tardes?|noches?)\b"
)
_PARTS = {"mor": "morning", "aft": "afternoon", "eve": "evening", "nig": "night", "mañ": "morning", "tar": "afternoon", "noc": "night"}
_HOURS = {"morning": range(12), "afternoon": range(12, 18), "evening": range(17, 22), "night": range(18, 24)}
_PERCENT = re.compile(rf"(?<![\w.])(?P<n>{_DIGITS}) ?(?:%|percent\b|per cent\b|por ciento\b|percentage points?\b|points?\b)")
_MONEY = re.compile(rf"(?:[$€£]|\busd |\beur ) ?(?P<n>{_DIGITS})|(?<![\w.])(?P<n2>{_DIGITS}) ?(?:dollars?|usd|euros?|d[oó]lares|bucks)\b")
_AGE = re.compile(r"(?<![\w.])(?P<n>\d{1,3})[ -]?(?:years?|yrs?|y)[ /-]?(?:old|o)\b|\b(?P<n2>\d{1,3}) años de edad")
_CODE = re.compile(r"(?<!\w)(?=[\w-]*[^\W\d_])(?=[\w-]*\d)\w+(?:-\w+)*|(?<![\w.])0\d+(?![\w.])|(?<![\w.])\d{7,}(?![\w.])")
_TIMES_OVER = re.compile(r"(?<!\w)x ?(?P<n>\d{1,3})\b|\b(?P<n2>\d{1,3})x\b|\b(?P<n3>\d{1,3})(?:st|nd|rd|th)\b")
_NUMBER = re.compile(rf"(?P<n>{_DIGITS})")
_EN_WORDS: tuple[tuple[str, int | float], ...] = (
    (r"half an? dozen", 6),
    (r"(?:an? )?dozen", 12),
    (r"(?:an? )?couple(?: of)?", 2),
    (r"(?:an? )?pair(?: of)?", 2),
    (r"twice|doubled?|twofold|both", 2),
    (r"thrice|triple[ds]?|threefold", 3),
    (r"quadruple[ds]?", 4),
    (r"half|halved", 0.5),
    (r"single", 1),
    (r"(?<!at )once(?! (?:the|a|an|he|she|they|we|it|you|this|that|his|her|their|your|our|i|is|all|there)\b)", 1),
)
_ES_WORDS: tuple[tuple[str, int | float], ...] = (
    (r"media docena", 6),
    (r"(?:una )?docena", 12),
    (r"(?:un )?par de", 2),
    (r"doble|amb[oa]s|se duplic[oó]", 2),
    (r"triple", 3),
    (r"mitad", 0.5),
    (r"(?:una (?:sola )?vez)(?! (?:que|el|la)\b)", 1),
)
_MANY = {
    "en": (r"several|multiple|numerous|repeatedly|an? few|dozens|hundreds|countless"),
    "es": (r"vari[oa]s|much[oa]s veces|repetidas veces|docenas|cientos|unas cuantas|unos cuantos"),
}
_NO_ORDINAL = r"(?<!at )(?<!a )(?:{words})(?! (?:name|thing|of all|aid|opinion)\b)"  # "at first", "first name", "a second opinion"
_NO_ONE = r"(?<!no )(?<!any )(?<!every )(?<!some )(?<!the )(?<!this )(?<!that )(?<!which )(?<!each )one(?! (?:of|another|at a time)\b)"
_NO_UNO = r"(?<!cada )(?<!ning)uno(?! de\b)"


def _all(text: str, lowered: str, language: str, day: date | None) -> Iterator[Claim]:
    """Every claim but names; of overlapping ones the first counts, so what is longer and more certain comes first."""
    for pattern in (EMAIL, URL):
        for match in pattern.finditer(text):
            what = match.group().rstrip(" .,;:!?)")
            yield Claim(ClaimKind.ADDRESS, what.lower().removeprefix("https://").rstrip("/"), match.start(), match.start() + len(what))
    for match in PHONE.finditer(text):
        yield Claim(ClaimKind.PHONE, _phone(match.group()), match.start(), match.end())
    for match in SPOKEN_PHONE.finditer(text):
        yield Claim(ClaimKind.PHONE, _phone(_in_digits(match.group())), match.start(), match.end())
    yield from _times(lowered)
    yield from (Claim(ClaimKind.DAY, words, start, end) for start, end, words in day_claims(text, lowered, language, day))
    for match in _PART.finditer(lowered):
        yield Claim(ClaimKind.TIME, _PARTS[match["part"][:3]], *match.span())
    for match in _AGE.finditer(lowered):
        which = "n" if match["n"] else "n2"
        yield Claim(ClaimKind.NUMBER, int(match[which]), *match.span(which))
    yield from _amounts(lowered)
    yield from _lengths(lowered, language)
    for match in _TIMES_OVER.finditer(lowered):
        yield Claim(ClaimKind.NUMBER, int(match["n"] or match["n2"] or match["n3"]), *match.span())
    for match in _CODE.finditer(lowered):
        yield Claim(ClaimKind.CODE, match.group(), *match.span())
    for match in _NUMBER.finditer(lowered):
        yield Claim(ClaimKind.NUMBER, _float(match["n"]), *match.span())
    yield from _worded(lowered, language)
    for place, character in enumerate(text):
        if character.isnumeric() and not character.isdecimal():
            yield Claim(ClaimKind.NUMBER, character, place, place + 1)


def _times(lowered: str) -> Iterator[Claim]:
    for match in _TIME.finditer(lowered):
        if match["word"]:
            yield Claim(ClaimKind.TIME, "00:00" if match["word"].startswith(("midn", "median")) else "12:00", *match.span())
            continue
        hour, minute = int(match["h"] or match["h2"] or match["h3"]), int(match["m"] or match["m2"] or match["m3"] or 0)
        if hour > 23 or minute > 59:
            continue
        half = match["half"] or ({"mañana": "a", "tarde": "p", "noche": "p"}[match["half3"]] if match["half3"] else "")
        if half:
            yield Claim(ClaimKind.TIME, f"{hour % 12 + (12 if half == 'p' else 0):02}:{minute:02}", *match.span())
        else:
            open_half = 1 <= hour <= 12 and not match["h2"].startswith("0")
            yield Claim(ClaimKind.TIME, f"{hour:02}:{minute:02}{'?' if open_half else ''}", *match.span())


def _amounts(lowered: str) -> Iterator[Claim]:
    for match in _MONEY.finditer(lowered):
        yield Claim(ClaimKind.MONEY, _float(match["n"] or match["n2"]), *match.span())
    for match in _PERCENT.finditer(lowered):
        yield Claim(ClaimKind.PERCENT, _float(match["n"]), *match.span())


def _lengths(lowered: str, language: str) -> Iterator[Claim]:
    words = NUMBER_WORDS.get(language)
    number = rf"(?:{_DIGITS}|(?:an? )?couple of|half an?|an?(?! (?:minute|second))|una?{'|' + words if words else ''})"
    pattern = (
        rf"(?<![\w.])(?P<n>{number})(?: ?(?:-|to|or|and|a|o|y) ?(?P<to>{number}))?[ -]?"
        rf"(?P<business>(?:business|working|clinic) )?(?P<unit>{_UNIT}|(?<=\d)[dhw])(?P<business2> h[aá]biles| laborables)?(?!\w)"
    )
    for match in re.finditer(pattern, lowered):
        unit = next(name for name, forms in _UNITS.items() if re.fullmatch(f"{forms}|{name[0]}", match["unit"]))
        count = _count(match["n"], language)
        if unit == "fortnight":
            count, unit = count * 2, "week"
        if unit == "day" and (match["business"] or match["business2"]):
            unit = "business day"
        if match["to"]:
            yield Claim(ClaimKind.DURATION, Length(count, unit), *match.span("n"))
            yield Claim(ClaimKind.DURATION, Length(_count(match["to"], language), unit), match.start("to"), match.end())
        else:
            yield Claim(ClaimKind.DURATION, Length(count, unit), *match.span())


def _worded(lowered: str, language: str) -> Iterator[Claim]:
    if language not in NUMBER_WORDS:
        return
    for pattern, value in _EN_WORDS if language == "en" else _ES_WORDS:
        for match in re.finditer(rf"\b(?:{pattern})\b", lowered):
            yield Claim(ClaimKind.NUMBER, value, *match.span())
    for match in re.finditer(rf"\b(?:{_MANY[language]})\b", lowered):
        yield Claim(ClaimKind.NUMBER, match.group(), *match.span())
    ordinals = ORDINALS if language == "en" else ORDINALS_ES
    ordinal = ORDINAL_WORD if language == "en" else "|".join(sorted(ordinals, key=lambda word: (-len(word), word)))
    for match in re.finditer(rf"\b(?:{_NO_ORDINAL.format(words=ordinal)})\b", lowered):
        yield Claim(ClaimKind.NUMBER, ordinals[match.group()], *match.span())
    alone = _NO_ONE if language == "en" else _NO_UNO
    for match in re.finditer(rf"(?<![\w-])(?:{NUMBER_WORDS[language]})(?![\w-])", lowered):
        article = match.group() in {"a", "an", "un", "una"}
        pronoun = match.group() in {"one", "uno"} and not re.compile(alone).match(lowered, match.start())
        if not article and not pronoun:
            yield Claim(ClaimKind.NUMBER, value_of(match.group(), language), *match.span())


def _count(words: str, language: str) -> float:
    if words[0].isdecimal():
        return _float(words)
    if "couple" in words:
        return 2
    if words.startswith("half"):
        return 0.5
    return 1 if words in {"a", "an", "un", "una"} else value_of(words, language)


def _float(digits: str) -> int | float:
    plain = digits.replace(",", "")
    return float(plain) if "." in plain or len(plain) > 15 else int(plain)  # nobody counts so far, and int() refuses thousands of digits


_DIGIT_WORDS = {**{word: str(value) for word, value in EN_ONES.items()}, "oh": "0"}


def _in_digits(spoken: str) -> str:
    return re.sub("|".join(_DIGIT_WORDS), lambda match: _DIGIT_WORDS[match.group().lower()], spoken, flags=re.IGNORECASE)


def _phone(text: str) -> str:
    """The digits of a phone, without the country's 1, and with an extension after an x."""
    main, _, extension = re.sub(r"(?i)\s?(?:x|ext\.?|extension)\s?", "x", text, count=1).partition("x")
    digits = re.sub(r"\D", "", main)
    return digits[-10:] + ("x" + re.sub(r"\D", "", extension) if extension else "")


# --- Tracing -----------------------------------------------------------------------------------------------------------------------

_MINUTES = {"minute": 1, "hour": 60, "day": 1440, "week": 10080}
_MONTHS = {"month": 1, "year": 12}
_MONEY_ROLES = frozenset({"money", "cost", "costs", "price", "copay", "amount", "balance", "fee", "dollars", "usd"})
_SHARE_ROLES = frozenset({"percent", "percentage", "share", "rate", "points"})
_UNIT_ROLES = {form: unit for unit in ("minute", "hour", "day", "week", "month", "year") for form in (unit, f"{unit}s")}
_FEWEST = {"dozens": 24, "docenas": 24, "hundreds": 200, "cientos": 200}
_MANY_FROM = 3
_QUOTED = re.compile(r"[\"“«](?P<what>[^\"“”«»]{3,})[\"”»]")
_CAPITALISED = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.-](?=[^\W\d_]))*")


@dataclass(frozen=True, slots=True)
class _Number:
    value: float
    role: frozenset[str]

    @property
    def unit(self) -> str | None:
        unit = next((_UNIT_ROLES[word] for word in self.role if word in _UNIT_ROLES), None)
        return "business day" if unit == "day" and "business" in self.role else unit

    @property
    def plain(self) -> bool:
        return self.unit is None and not self.role & (_MONEY_ROLES | _SHARE_ROLES)


class _Evidence:
    """The values that a text may rest on, sorted by what they can support."""

    def __init__(self, values: Sequence[tuple[str, Value]], day: date | None) -> None:
        self.day = day
        self.numbers: list[_Number] = []
        self.days: list[date] = []
        self.moments: list[datetime] = []
        self.strings: list[str] = []
        for role, value in values:
            match value:
                case datetime():
                    self.moments.append(value)
                    self.days.append(value.date())
                case date():
                    self.days.append(value)
                case str():
                    self.strings.append(value)
                case bool():
                    pass
                case _:
                    self.numbers.append(_Number(value, frozenset(role.lower().split("_"))))
        told = [claim for text in self.strings for language in ("en", "es") for claim in claims(text, language)]
        self.told = {(claim.kind, claim.value) for claim in told}
        self.told_days = [claim.value for claim in told if isinstance(claim.value, DayWords) and not claim.value.relative]
        self.names = [
            {folded(piece) for word in _CAPITALISED.findall(text) if word[0].isupper() for piece in _pieces(word)} for text in self.strings
        ]

    def quoted_in(self, text: str) -> Iterator[tuple[int, int]]:
        """The places of `text` in quotation marks that stand word for word in a string."""
        for match in _QUOTED.finditer(text):
            what = " ".join(match["what"].split()).rstrip(".,…")
            if any(what in " ".join(one.split()) for one in self.strings):
                yield match.span("what")

    def supports(self, claim: Claim) -> bool:
        match claim.value:
            case DayWords() as words:
                return any(words.fits(day) for day in self.days) or any(words.is_said_by(told) for told in self.told_days)
            case Length() as length:
                return self._lasts(length) or (claim.kind, claim.value) in self.told
        if claim.kind is ClaimKind.NAME:
            wanted = set(str(claim.value).split()) - COURTESY
            return any(wanted <= name for name in self.names)
        if (claim.kind, claim.value) in self.told:
            return True
        match claim.kind, claim.value:
            case ClaimKind.NUMBER, str(word):
                return any(number.plain and number.value >= _FEWEST.get(word, _MANY_FROM) for number in self.numbers)
            case ClaimKind.NUMBER, int() | float() as value:
                return any(number.plain and number.value == value for number in self.numbers)
            case ClaimKind.MONEY, int() | float() as value:
                return any(number.value == value for number in self.numbers if number.role & _MONEY_ROLES)
            case ClaimKind.PERCENT, int() | float() as value:
                return any(value in {number.value, round(number.value * 100, 6)} for number in self.numbers if number.role & _SHARE_ROLES)
            case ClaimKind.TIME, str(time):
                told = {str(value) for kind, value in self.told if kind is ClaimKind.TIME}
                return any(_at(time, moment) for moment in self.moments) or (
                    time.endswith("?") and bool({time[:5], f"{int(time[:2]) % 12 + 12:02}{time[2:5]}"} & told)
                )
        return False

    def _lasts(self, length: Length) -> bool:
        return any(_same(length, Length(number.value, number.unit)) for number in self.numbers if number.unit) or any(
            other in self.days for other in self._away(length)
        )

    def _away(self, length: Length) -> Iterator[date]:
        """The days that are `length` from today, before and after."""
        if self.day is None or length.count != int(length.count) or length.count > 4000:
            return
        count = int(length.count)
        for sign in (1, -1):
            match length.unit:
                case "day":
                    yield self.day + timedelta(days=sign * count)
                case "week":
                    yield self.day + timedelta(weeks=sign * count)
                case "month" | "year":
                    yield add_months(self.day, sign * count * _MONTHS[length.unit])
                case "business day" if sign > 0:
                    yield after_business_days(count, self.day)


def _same(one: Length, other: Length) -> bool:
    for table in (_MINUTES, _MONTHS):
        if one.unit in table and other.unit in table:
            return one.count * table[one.unit] == other.count * table[other.unit]
    return one == other


def _at(time: str, moment: datetime) -> bool:
    if time in _HOURS:
        return moment.hour in _HOURS[time]
    hour, minute = int(time[:2]), int(time[3:5])
    return moment.minute == minute and (moment.hour % 12 == hour % 12 if time.endswith("?") else moment.hour == hour)


def _pieces(word: str) -> list[str]:
    return [word, *re.split(r"['’.-]", word)]
