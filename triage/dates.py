"""From the words of a note to a calendar day, by rule 7 of the annotation guide (docs/dataset.md) and its rulings on dates.

The model, or the embedded assistant, only quotes a time phrase ("by Fri", "in 3 to 5 days"); the day is computed here, from the
note's own day in its own zone. All functions are pure, linear in the length of the text, and never raise on bad dates: the 31st of
June resolves to None.

Not time phrases, and never found: what lies behind ("since Monday", "two days ago", "last week"), how long something lasts ("for 3
weeks", "x 10 days") and how often ("every 2 weeks", "on Thursdays").
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from triage.day_sums import (
    add_months,
    after,
    after_business_days,
    monday,
    month_day,
    month_end,
    next_day_of_month,
    next_holiday,
    next_weekday,
    this_week,
)
from triage.prefilter import Prefilter
from triage.time_words import (
    BY,
    COUNTED,
    DAY,
    DAY_NUMBER,
    DIA,
    DIRECT,
    MES,
    MONTH,
    MONTHS,
    NUMBER,
    ORDINAL_WORD,
    UNIT,
    day_number,
    number,
    weekday,
)

Resolver = Callable[[re.Match[str], datetime], date | None]


@dataclass(frozen=True, slots=True)
class TimePhrase:
    """Words that name a day. `text` is verbatim, `start` and `end` its place in characters.

    `day` computes the date from a note's moment. `fixed` says that the phrase names one day of its own (a weekday, a date, a holiday)
    and not a distance: only such a day can have "the day before".
    """

    start: int
    end: int
    text: str
    match: re.Match[str]
    day: Resolver
    fixed: bool
    before: bool = False

    def resolve(self, written_at: datetime) -> date | None:
        """The day this phrase names for a note written then, or None where there is no such day."""
        try:
            day = self.day(self.match, written_at)
            return day - timedelta(days=1) if day and self.before else day
        except (ValueError, OverflowError):
            return None


def find_time_phrases(text: str) -> list[TimePhrase]:
    """Every time phrase of `text`, left to right, never overlapping."""
    lowered = fold(text)
    found: list[TimePhrase] = []
    for pattern, resolver, fixed in (_RULES[place] for place in _MAY_OCCUR.of(lowered)):
        found.extend(
            TimePhrase(match.start(), match.end(), text[match.start() : match.end()], match, resolver, fixed)
            for match in pattern.finditer(lowered)
            if _is_one(match, text, lowered)
        )
    found.sort(key=lambda phrase: (phrase.start, -phrase.end))
    kept: list[TimePhrase] = []
    for phrase in found:
        if not kept or phrase.start >= kept[-1].end:
            kept.append(_with_before(phrase, text, lowered))
    return kept


def resolve(phrase: str, written_at: datetime) -> date | None:
    """The due date that `phrase` names for a note written at `written_at`, or None where it names none.

    Of several days joined to a window ("Tuesday or Wednesday", "between the 3rd and the 5th") it is the last; otherwise the first.
    """
    found = find_time_phrases(phrase)
    days = [(one, day) for one in found if (day := one.resolve(written_at))]
    if not days:
        return None
    chosen = days[0][1]
    for (left, _), (right, day) in pairwise(days):
        if not _WINDOW.fullmatch(fold(phrase[left.end : right.start])):
            break
        chosen = max(chosen, day)
    return chosen


def fold(text: str) -> str:
    """`text` in lower case with plain quotes, dashes and spaces, character for character: places stay what they were."""
    return text.translate(_PLAIN).lower()


_PLAIN = {
    ord("İ"): "I",  # the one character whose lower case is longer than itself
    **{ord(c): "'" for c in "\u2018\u2019\u02bc\u00b4"},
    **{ord(c): '"' for c in "\u201c\u201d\u00ab\u00bb"},
    **{ord(c): "-" for c in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"},
    **{ord(c): " " for c in "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000\t\x0b\x0c\x1c\x1d\x1e\x1f\x85"},
    **{ord(c): "\n" for c in "\u2028\u2029\r"},
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),  # lone surrogates cannot be encoded, and no encoder must stumble over them
}


def _in(match: re.Match[str], at: datetime) -> date:
    count = number(match["to"] or match["n"])
    if match.groupdict().get("more"):
        count += 1
    if match["business"]:
        return after_business_days(count, at.date())
    return after(count, match["unit"], at)


def _end_of(match: re.Match[str], at: datetime) -> date | None:
    day, what = at.date(), match["what"]
    if what.endswith(("week", "wk", "semana")):
        return monday(day, 1 if "next" in what or "próxima" in what else 0) + timedelta(days=4) if "next" in what else this_week(day)
    if what.endswith(("month", "mes")):
        return month_end(day, 1 if "next" in what else 0)
    if what.endswith("year"):
        return date(day.year, 12, 31)
    month = MONTHS[what[:3]]
    return month_end(month_day(month, 28, None, day))


# --- Rules: a pattern, what it means, and whether it names one day of its own ------------------------------------------------------


def _today(_: re.Match[str], at: datetime) -> date:
    return at.date()


def _after(days: int) -> Resolver:
    return lambda _, at: at.date() + timedelta(days=days)


def _rule(pattern: str, day: Resolver, *, fixed: bool = False) -> tuple[re.Pattern[str], Resolver, bool]:
    return re.compile(rf"(?<![\w/.,:-])(?:{pattern})(?![\w/])" if pattern[0] != "@" else pattern[1:]), day, fixed


_PART = r"(?: (?:morning|afternoon|evening|night|noon|am|pm|a\.m\.|p\.m\.))?"
_SHORT_DATE = r"(?P<m>1[0-2]|0?[1-9])/(?P<d>3[01]|[12]\d|0?[1-9])(?:/(?P<y>\d{4}|\d{2}))?"

_RULES = [
    _rule(r"(?P<y>20\d\d)-(?P<m>[01]\d)-(?P<d>[0-3]\d)", lambda m, _: date(int(m["y"]), int(m["m"]), int(m["d"])), fixed=True),
    _rule(rf"{BY}(?:{DAY},? )?{_SHORT_DATE}", lambda m, at: month_day(int(m["m"]), int(m["d"]), m["y"], at.date()), fixed=True),
    _rule(
        rf"{BY}(?:{DAY}\.?,? )?(?P<m>{MONTH})\.? (?:the )?(?P<d>{DAY_NUMBER})(?:,? (?P<y>20\d\d))?(?! ?%)",
        lambda m, at: month_day(MONTHS[m["m"][:3]], day_number(m["d"]), m["y"], at.date()),
        fixed=True,
    ),
    _rule(
        rf"{BY}(?:{DAY}\.?,? |{DIA},? )?(?P<d>{DAY_NUMBER})(?: of| de)? (?P<m>{MONTH}|{MES})\b\.?(?:,? (?:de )?(?P<y>20\d\d))?",
        lambda m, at: month_day(MONTHS[m["m"][:3]], day_number(m["d"]), m["y"], at.date()),
        fixed=True,
    ),
    _rule(
        rf"(?:{DIRECT}|(?:{DAY}\.?,? ))(?:{DAY}\.?,? )?(?:the |el )?(?P<d>\d{{1,2}}(?:st|nd|rd|th)|{ORDINAL_WORD}){COUNTED}"
        rf"|the (?P<d2>\d{{1,2}}(?:st|nd|rd|th)){COUNTED}|(?:para |antes del? )?el (?:d[ií]a )?(?P<d3>\d{{1,2}})(?! ?(?:mg|%|:|-))",
        lambda m, at: next_day_of_month(m["d"] or m["d2"] or m["d3"], at.date()),
        fixed=True,
    ),
    _rule(rf"(?:by |on |before )?(?:the )?(?:{DAY} )?day after tomorrow|pasado mañana", _after(2)),
    _rule(
        rf"(?:(?:by|before|until|till?|from|starting|for) )?(?:first thing |early |late )?(?:tomorrow|tmrw|tmr|tmw|tomorow|"
        rf"tommorow|tommorrow)(?:'s)?{_PART}|2mrw|tmo",
        _after(1),
    ),
    _rule(r"(?<!esta )(?<!la )(?:para |antes de )?mañana(?: (?:por la|en la) (?:mañana|tarde))?", _after(1)),
    _rule(r"first thing in the (?:morning|am)|first thing (?:am|a\.m\.)|(?<!\d )in the (?:morning|am)|overnight", _after(1)),
    _rule(
        r"(?:(?:by|before|until|till?) )?(?:the )?(?:end of (?:the )?|later |sometime |earlier |early |before )?(?:today|2day|"
        r"tonight|tonite|tonigt)(?:'s)?|(?:eod|cob|eob)(?! (?:tomorrow|tmrw|on\b))"
        r"|(?:by |before )?(?:the )?(?:end of (?:the |this )?(?:business )?day|close of (?:the )?(?:business|day|clinic)|end of "
        r"(?:clinic|shift)|day is out)(?! (?:tomorrow|tmrw|on\b))"
        r"|(?:later )?this (?:morning|afternoon|evening|am|pm|a\.m\.|p\.m\.)|asap|a\.s\.a\.p\.?|stat|as soon as possible|same[- ]day"
        r"|(?:right|back) (?:away|now)|(?<=please )now|immediately|straight away|at once|urgently"
        r"|(?:by|before) (?:(?:noon|midday|lunch(?:time)?|midnight)|\d{1,2}(?::\d\d)? ?(?:am|pm|a\.m\.|p\.m\.))"
        rf"(?!,? (?:tomorrow|tmrw|on\b|{DAY}\b))|this (?:minute|instant)|(?:with)?in (?:the (?:next )?|an? |one |1 )hour"
        r"|hoy(?: mismo)?(?: en la (?:tarde|noche|mañana))?|esta (?:tarde|noche|mañana)|lo antes posible|cuanto antes|ahorita|ahora mismo",
        _today,
    ),
    _rule(
        rf"(?:(?:by|before|until|on|starting) )?(?:next (?:week )?(?:on )?(?P<w>{DAY})(?: of next week)?|(?P<w2>{DAY}),? (?:of "
        rf")?next (?:week|wk))\b{_PART}",
        lambda m, at: monday(at.date(), 1) + timedelta(days=weekday(m["w"] or m["w2"])),
        fixed=True,
    ),
    _rule(r"(?:a )?week from (?:today|now)|a week today|de hoy en ocho", _after(7)),
    _rule(
        rf"a week (?:from|on) (?:this )?(?P<w>{DAY})|(?P<w2>{DAY}) week",
        lambda m, at: next_weekday(weekday(m["w"] or m["w2"]), at.date()) + timedelta(days=7),
        fixed=True,
    ),
    _rule(
        rf"{BY}(?P<w>{DAY}|{DIA})(?!s)\b(?!\.?,? (?:of |{_SHORT_DATE})){_PART}(?:(?:,)? (?:at )?\d{{1,2}}(?::\d\d)? ?(?:am|pm))?",
        lambda m, at: next_weekday(weekday(m["w"]), at.date()),
        fixed=True,
    ),
    _rule(
        rf"(?:el )?(?:pr[oó]ximo (?P<w>{DIA})|(?P<w2>{DIA}) (?:que viene|pr[oó]ximo|de la pr[oó]xima semana))",
        lambda m, at: monday(at.date(), 1) + timedelta(days=weekday(m["w"] or m["w2"])),
        fixed=True,
    ),
    _rule(
        r"(?:(?:by|before|until) )?(?:the )?(?:end|back half|last part)[ -]of[ -](?:the |this )?(?P<what>next (?:week|wk)|week|wk|next "
        r"month|month|year|" + MONTH + ")",
        _end_of,
    ),
    _rule(
        r"(?:by |before )?eow|(?:by )?week'?s end|(?:later |sometime |early |some time )?this (?:week|wk)|esta semana|(?:a |al |"
        r"para el )?fin(?:al)?(?:es)? de (?:la )?semana",
        lambda _, at: this_week(at.date()),
    ),
    _rule(
        r"(?:by |before )?eom|(?:by )?month'?s end|(?:later |sometime )?this month|este mes|(?:a |al |para )?fin(?:al)?(?:es)? "
        r"de(?:l)? mes",
        lambda _, at: month_end(at.date()),
    ),
    _rule(r"(?:by |before |(?:in the )?middle of |mid[- ])?(?:the )?week after next", lambda _, at: monday(at.date(), 2)),
    _rule(r"(?:mid[- ]?|(?:in the )?middle of )next (?:week|wk)", lambda _, at: monday(at.date(), 1) + timedelta(days=2)),
    _rule(r"(?:late|later) next (?:week|wk)", lambda _, at: monday(at.date(), 1) + timedelta(days=4)),
    _rule(
        r"(?:(?:early|sometime|some time|by|before) )?next (?:week|wk)|(?:la )?(?:pr[oó]xima semana|semana que (?:viene|entra)|"
        r"semana pr[oó]xima)",
        lambda _, at: monday(at.date(), 1),
    ),
    _rule(
        r"(?:(?:early|sometime|by) )?next month|(?:el )?(?:pr[oó]ximo mes|mes que (?:viene|entra)|mes pr[oó]ximo)",
        lambda _, at: add_months(at.date().replace(day=1), 1),
    ),
    _rule(r"(?:before|ahead of) (?:the |this )?(?:long |holiday )?(?:weekend|wknd|wkend)", lambda _, at: this_week(at.date())),
    _rule(r"(?:on |over |by )?(?:this|the) (?:weekend|wknd)", lambda _, at: at.date() if at.weekday() >= 5 else next_weekday(5, at.date())),
    _rule(
        rf"(?:in|within|inside|w/?in|over|during|after|no later than|en|dentro de)(?: (?:the|about|another|"
        rf"approx(?:imately)?))?(?: (?:next|coming|pr[oó]xim[oa]s))?"
        rf" ?(?P<n>{NUMBER})(?: ?(?:-|to|or|a|o) ?(?P<to>{NUMBER}))?[ -]?(?P<business>(?:business|working|work|bus\.?|clinic) "
        rf")?(?P<unit>{UNIT})(?P<more> or (?:two|so\b)?)?(?:'? time)?(?! (?:ago|before|prior|old))",
        _in,
    ),
    _rule(
        rf"(?:next|coming) (?P<n>{NUMBER})(?: ?(?:-|to|or) ?(?P<to>{NUMBER}))?[ -]?(?P<business>(?:business|working) "
        rf")?(?P<unit>{UNIT})"
        rf"|(?P<n2>{NUMBER}) (?P<unit2>{UNIT}) from (?:now|today)",
        lambda m, at: _in(m, at) if m["n"] else after(number(m["n2"]), m["unit2"], at),
    ),
    _rule(
        r"(?:(?:by|before|until|ahead of|after) )?(?P<h>thanksgiving|christmas(?: eve)?|xmas|new year'?s?(?: day| eve)?|labor day|"
        r"memorial day|(?:the )?(?:4th|fourth) of july|independence day|halloween)",
        lambda m, at: next_holiday(m["h"].removeprefix("the "), at.date()),
        fixed=True,
    ),
    _rule(
        r"(?:(?:by|before|until|on) )?(?:the )?first of (?:the|next) month|(?:by )?the 1st of next month",
        lambda _, at: add_months(at.date().replace(day=1), 1),
        fixed=True,
    ),
]

_MAY_OCCUR = Prefilter([pattern.pattern for pattern, _, _ in _RULES])

_BEHIND = re.compile(
    r"(?:\b(?:since|last|past|previous|as of|effective|back on|dated|desde|el pasado|ending|ended|expired|each|every|cada|per|x|"
    r"ago)|/)[ :]*(?:the |this |about |early |on )?$"
)
_BEHIND_AFTER = re.compile(r"(?:'s)? (?:ago|pasad[oa]|night'?s? (?:visit|ed)|last week)\b")
_GAP = re.compile(r"(?:[a-zñáéíóú'./]+ ){0,5}$")
_BEFORE = re.compile(r"\b(?:before|ahead of|prior to|antes de(?:l)?|day before|night before|evening before)(?: (?=\S))?")
_WINDOW = re.compile(r"\W*(?:or|and|to|through|thru|-|/|o|y|a|,)?\W*")


def _is_one(match: re.Match[str], text: str, lowered: str) -> bool:
    """Whether the words found are a time to come, not history, and not an everyday word that looks like a day."""
    before = lowered[max(0, match.start() - 16) : match.start()]
    if _BEHIND.search(before) and not match.group().startswith(("by", "before")):
        return False
    if _BEHIND_AFTER.match(lowered, match.end(), match.end() + 20):
        return False
    groups = match.groupdict()
    word = groups.get("w") or groups.get("w2")
    if word in {"sat", "sun", "mon", "wed"}:  # "sat on the porch"
        start = match.start("w" if groups.get("w") else "w2")
        return text[start].isupper() or bool(re.search(r"\b(?:by|on|this|next|before|until|or) $", lowered[max(0, start - 8) : start]))
    if groups.get("m") == "may" and not groups.get("y") and "d" in groups:  # "may 2 pills"
        start = match.start("m")
        return text[start].isupper()
    return True


def _with_before(phrase: TimePhrase, text: str, lowered: str) -> TimePhrase:
    """The phrase, reaching back over "before her" or "ahead of Dr. X's" where such words make it the day before."""
    if not phrase.fixed:
        return phrase
    lead = lowered[max(0, phrase.start - 48) : phrase.end]
    own = len(lead) - (phrase.end - phrase.start)
    for match in _BEFORE.finditer(lead):
        if "noon" in lead[match.end() : own]:  # "before noon Friday" is Friday
            continue
        if match.start() >= own or _GAP.fullmatch(lead[match.end() : own]):
            start = min(phrase.start, phrase.start - own + match.start())
            return TimePhrase(start, phrase.end, text[start : phrase.end], phrase.match, phrase.day, True, before=True)
    return phrase
