"""Days as texts name them: "Thu 12 Mar", "March 12, 2026", "12/3", "el jueves 12 de marzo", "Thursday", "tomorrow", "next week"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from triage.day_sums import add_months, monday, month_end
from triage.time_words import DAY, DIA, MES, MONTH, MONTHS, ORDINAL_WORD, day_number, weekday


@dataclass(frozen=True, slots=True)
class DayWords:
    """What words say of a day; None is what they leave open. `first` to `last` bound it, where they count from today or name a stretch.

    `relative` days depend on when it was written; `habit` is a weekday as such ("on Mondays"). `word` is kept where no day is known to
    count from, and where the date does not exist; such words fit nothing.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    first: date | None = None
    last: date | None = None
    relative: bool = False
    habit: bool = False
    word: str = ""

    def fits(self, day: date) -> bool:
        """Whether these words may mean `day`."""
        if self.word:
            return False
        told = (self.year, self.month, self.day, self.weekday)
        within = (self.first is None or self.first <= day) and (self.last is None or day <= self.last)
        return within and all(mine in {None, its} for mine, its in zip(told, (day.year, day.month, day.day, day.weekday()), strict=True))

    def is_said_by(self, other: "DayWords") -> bool:
        """Whether `other` says all that these words say, so that both mean the same day."""
        if self.relative or self.word or self.habit != other.habit:
            return False
        mine, its = (self.year, self.month, self.day, self.weekday), (other.year, other.month, other.day, other.weekday)
        return all(one in {None, two} for one, two in zip(mine, its, strict=True)) and any(one is not None for one in mine)


def day_claims(text: str, lowered: str, language: str, day: date | None) -> Iterator[tuple[int, int, DayWords]]:
    """Start, end and meaning of every day that `text` names; `lowered` is it folded. The longer of overlapping ones comes first."""
    for match in _ISO.finditer(lowered):
        yield *match.span(), _dated(int(match["y"]), int(match["m"]), int(match["d"]), None, match.group())
    for match in _SLASHED.finditer(lowered):
        one, two = int(match["a"]), int(match["b"])
        month, number = (two, one) if (language == "es") != (max(one, two) > 12 and (two > 12) == (language == "es")) else (one, two)
        year = int(match["y"]) + (2000 if len(match["y"]) == 2 else 0) if match["y"] else None
        if (match["y"] and match["sep"] != ".") or (match["sep"] == "/" and 1 <= month <= 12 and 1 <= number <= 31):
            yield *match.span(), _dated(year, month, number, match["w"], match.group())
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(lowered):
            if _is_month(match, text):
                year = int(match["y"]) if match["y"] else None
                yield *match.span(), _dated(year, MONTHS[match["m"][:3]], day_number(match["d"]), match["w"], match.group())
    for match in _WEEKDAY_THE.finditer(lowered):
        yield *match.span(), _dated(None, None, day_number(match["d"]), match["w"], match.group())
    for match in _OF_MONTH.finditer(lowered):
        yield *match.span(), _dated(None, None, day_number(match["d"] or match["d2"]), None, match.group())
    for match in _MONTH_ALONE.finditer(lowered):
        if _is_month(match, text):
            yield *match.span(), DayWords(year=int(match["y"]) if match["y"] else None, month=MONTHS[match["m"][:3]])
    for match in _YEAR.finditer(lowered):
        yield *match.span("y"), DayWords(year=int(match["y"]))
    yield from _weekdays(text, lowered, day)
    for pattern_, away in _AWAY:
        for match in pattern_.finditer(lowered):
            yield *match.span(), _stretch(day, match.group(), away, away)
    for match in _STRETCH.finditer(lowered):
        yield *match.span(), _of_stretch(match, day)


_NUMBER = rf"(?:\d{{1,2}}(?:st|nd|rd|th|º|\.º)?|{ORDINAL_WORD})"
_SHORT = r"(?:lun|mié|mie|jue|vie|sáb|sab|dom)"
_ANY_DAY = rf"(?:{DAY}|{DIA}|{_SHORT})"
_WEEK = rf"(?:(?P<w>{_ANY_DAY})\.?,? (?:el |the )?)?"
_ANY_MONTH = rf"(?:{MES}|{MONTH}|ene|abr|ago|dic)"
_END = r"(?![\w/])"
_ISO = re.compile(r"(?<![\w-])(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?:[t ]\d\d:\d\d[\d:.+z-]*)?(?![\w-])")
_SLASHED = re.compile(rf"(?<![\w/.-]){_WEEK}(?P<a>\d{{1,2}})(?P<sep>[/.-])(?P<b>\d{{1,2}})(?:(?P=sep)(?P<y>\d{{4}}|\d\d))?(?![\w/]|[.-]\d)")
_DAY_MONTH = re.compile(
    rf"(?<!\w){_WEEK}(?:the )?(?P<d>{_NUMBER}|primero)(?: of| de|-)?[ -]?(?P<m>{_ANY_MONTH})\b\.?(?:,? (?:del? )?(?P<y>20\d\d|19\d\d)\b)?"
)
_MONTH_DAY = re.compile(rf"(?<!\w){_WEEK}(?P<m>{_ANY_MONTH})\b\.? (?:the )?(?P<d>{_NUMBER})(?![\w%:]|[.,]\d)(?:,? (?P<y>20\d\d|19\d\d)\b)?")
_WEEKDAY_THE = re.compile(
    rf"(?<!\w)(?P<w>{_ANY_DAY})\.?,? (?:(?:the|el) )?(?P<d>\d{{1,2}}(?:st|nd|rd|th)?|{ORDINAL_WORD}){_END}(?!:|%|[.,]\d| ?[ap]\.?m)"
)
_COUNTS = (
    r"(?! (?:time|call|attempt|try|letter|visit|dose|floor|request|notice|opinion|fall|fax|message|party|one|grade|week|year|line|set|trip|"
    r"of (?:the )?(?:three|four|five))\b)"
)
_OF_MONTH = re.compile(rf"\bthe (?P<d>\d{{1,2}}(?:st|nd|rd|th)){_END}{_COUNTS}|\bel (?:d[ií]a )?(?P<d2>\d{{1,2}}){_END}(?!:|%| ?mg)")
_MONTH_ALONE = re.compile(rf"(?<!\w)(?P<m>{MES}|{MONTH})\b(?:,? (?:de )?(?P<y>(?:20|19)\d\d)\b)?")
_YEAR = re.compile(r"\b(?:in|since|of|until|by|en|desde|de|hasta) (?P<y>20\d\d|19\d\d)\b(?![/-])")
_NEAR = re.compile(
    rf"(?<!\w)(?P<how>next |last |past |this |coming |every |each |on |los |cada |el pr[oó]ximo |este |el pasado )?(?P<w>{DAY}|{DIA})"
    r"(?P<many>s(?<=days))?(?P<then> pasado| que viene| pr[oó]ximo)?(?!\w)"
)
_AWAY = [
    (re.compile(rf"(?<!\w)(?:{words})(?!\w)"), days)
    for words, days in (
        (r"(?:the )?day after tomorrow|pasado mañana", 2),
        (r"(?:the )?day before yesterday|anteayer|antier|antes de ayer", -2),
        (r"tomorrow(?: (?:morning|afternoon|evening|night))?|tmrw|(?<!la )(?<!esta )mañana(?: (?:por|en) la (?:mañana|tarde|noche))?", 1),
        (r"yesterday(?: (?:morning|afternoon|evening))?|last night|ayer(?: (?:por|en) la (?:mañana|tarde|noche))?|anoche", -1),
        (r"today|tonight|this (?:morning|afternoon|evening)|same day|hoy(?: mismo)?|esta (?:mañana|tarde|noche)", 0),
    )
]
_STRETCH = re.compile(
    r"(?<!\w)(?:(?P<how>this|next|last|past|coming|previous) (?P<what>week|weekend|month|year)"
    r"|(?P<esta>est[ae]) (?P<what2>semana|mes|año)|(?:la |el )?(?P<sig>pr[oó]xim[oa]) (?P<what3>semana|mes|año)"
    r"|(?P<what4>semana|mes|año) (?P<que>que viene|que entra|pasad[oa]))(?!\w)"
)


def _dated(year: int | None, month: int | None, number: int, week: str | None, word: str) -> DayWords:
    try:
        date(year or 2024, month or 1, number)
    except ValueError:
        return DayWords(word=word)
    return DayWords(year=year, month=month, day=number, weekday=weekday(week) if week else None)


def _is_month(match: re.Match[str], text: str) -> bool:
    """ "May", "march" and "mar" are words beside being months: alone, or before a number, they need their capital."""
    start = match.start("m")
    alone = "d" not in match.groupdict()
    if match["m"] in {"may", "march", "mar", "sep", "dec", "jan"}:
        before = text[:start].rstrip()
        asks = alone and match["m"] in {"may", "march"} and (not before or before[-1] in ".!?:;")  # "May we call?"
        return text[start].isupper() and not asks
    return True


def _weekdays(text: str, lowered: str, day: date | None) -> Iterator[tuple[int, int, DayWords]]:
    for match in _NEAR.finditer(lowered):
        word, start = match["w"], match.start("w")
        if len(word) < 5 and not text[start].isupper() and not word.endswith("s"):  # "sat on the porch"
            continue
        number, how = weekday(word), (match["how"] or match["then"] or "").strip()
        if match["many"] or how in {"every", "each", "los", "cada"}:
            yield match.start(), match.end(), DayWords(weekday=number, habit=True)
            continue
        start = match.start() if how not in {"", "on"} else start
        if day is None:
            yield start, match.end(), DayWords(weekday=number, relative=True)
            continue
        back, on = (-7, 7)
        if how in {"last", "past", "el pasado", "pasado"}:
            back, on = -14, -1
        elif how in {"next", "coming", "el próximo", "el proximo", "próximo", "proximo", "que viene"}:
            back, on = 1, 14
        first, last = day + timedelta(days=back), day + timedelta(days=on)
        yield start, match.end(), DayWords(weekday=number, first=first, last=last, relative=True)


def _stretch(day: date | None, word: str, first: int, last: int) -> DayWords:
    if day is None:
        return DayWords(word=word, relative=True)
    return DayWords(first=day + timedelta(days=first), last=day + timedelta(days=last), relative=True)


def _of_stretch(match: re.Match[str], day: date | None) -> DayWords:
    if day is None:
        return DayWords(word=match.group(), relative=True)
    what = match["what"] or match["what2"] or match["what3"] or match["what4"]
    back = match["how"] in {"last", "past", "previous"} or (match["que"] or "").startswith("pasad")
    on = match["how"] in {"next", "coming"} or bool(match["sig"]) or (match["que"] or "").startswith("que")
    move = -1 if back else 1 if on else 0
    if what in {"week", "semana"}:
        first = monday(day, move)
        last = first + timedelta(days=6)
    elif what == "weekend":
        first = monday(day, move) + timedelta(days=5)
        last = first + timedelta(days=1)
    elif what in {"month", "mes"}:
        first = add_months(day.replace(day=1), move)
        last = month_end(first)
    else:
        first, last = date(day.year + move, 1, 1), date(day.year + move, 12, 31)
    return DayWords(first=first, last=last, relative=True)
