"""Numbers written in words, English and Spanish, up to the thousands: "twenty-one", "a hundred and five", "treinta y dos".

Patterns are over folded text (`triage.dates.fold`).
"""

import re


def _counted(words: str, first: int, step: int = 1) -> dict[str, int]:
    """The words of a count, in its order."""
    return {word: first + step * place for place, word in enumerate(words.split())}


EN_ONES = _counted("zero one two three four five six seven eight nine", 0)
_EN_TEENS = _counted("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10)
_EN_TENS = _counted("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
_ES_ONES = _counted("cero uno dos tres cuatro cinco seis siete ocho nueve", 0) | {"un": 1, "una": 1}
_ES_TEENS = _counted("diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte", 10)
_ES_TEENS |= {"dieciseis": 16, "veintiun": 21, "veintiún": 21, "veintiuna": 21}
_ES_TEENS |= {
    f"veinti{word}": 20 + value
    for word, value in {**_ES_ONES, "dós": 2, "trés": 3, "séis": 6}.items()
    if value and word not in {"un", "una"}
}
_ES_TENS = _counted("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10)
_ES_HUNDREDS = {"cien": 100, "ciento": 100, "quinientos": 500, "setecientos": 700, "novecientos": 900}
_ES_HUNDREDS |= {f"{word}cient{end}": value * 100 for word, value in _ES_ONES.items() if value in {2, 3, 4, 6, 8} for end in ("os", "as")}


def _any(words: dict[str, int]) -> str:
    return "(?:" + "|".join(sorted(words, key=lambda word: (-len(word), word))) + ")"


_EN_SMALL = rf"(?:{_any(_EN_TENS)}(?:[ -]{_any({w: v for w, v in EN_ONES.items() if v})})?|{_any(_EN_TEENS)}|{_any(EN_ONES)})"
_EN = rf"(?:(?:{_EN_SMALL}|an?) (?:hundred|thousand)(?:,? (?:and )?{_EN_SMALL}(?: hundred(?: (?:and )?{_EN_SMALL})?)?)?|{_EN_SMALL})"
_ES_SMALL = rf"(?:{_any(_ES_TENS)}(?: y {_any(_ES_ONES)})?|{_any(_ES_TEENS)}|{_any(_ES_ONES)})"
_ES_BELOW_THOUSAND = rf"(?:{_any(_ES_HUNDREDS)}(?: {_ES_SMALL})?|{_ES_SMALL})"
_ES = rf"(?:(?:{_ES_BELOW_THOUSAND} )?mil(?: {_ES_BELOW_THOUSAND})?|{_ES_BELOW_THOUSAND})"

NUMBER_WORDS = {"en": _EN, "es": _ES}
"""A pattern for a number in words, by language."""

_VALUES = {
    "en": {**EN_ONES, **_EN_TEENS, **_EN_TENS, "a": 1, "an": 1, "hundred": 100, "thousand": 1000},
    "es": {**_ES_ONES, **_ES_TEENS, **_ES_TENS, **_ES_HUNDREDS, "mil": 1000},
}


def value_of(words: str, language: str) -> int:
    """The value of what `NUMBER_WORDS[language]` matched."""
    total = now = 0
    for word in re.findall(r"[^\W\d_]+", words):
        value = _VALUES[language].get(word)
        if value is None:  # "and", "y"
            continue
        if value == 1000:
            total, now = total + (now or 1) * 1000, 0
        elif word == "hundred":
            now = (now or 1) * 100
        else:
            now += value
    return total + now


ORDINALS_ES = {
    stem + end: value
    for value, stems in enumerate(("primer", "segund", "tercer", "cuart", "quint", "sext", "séptim", "octav", "noven", "décim"), 1)
    for stem in (stems,)
    for end in ("o", "a")
} | {"primer": 1, "tercer": 3}
"""Spanish ordinals; the English ones are in `triage.time_words`."""
