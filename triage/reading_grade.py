"""The school grade for which a text reads easily.

English: Flesch-Kincaid (Kincaid et al. 1975). Spanish: Crawford (1984), "A Spanish language Fry-type readability procedure", which gives
years of schooling straight away: -0.205 sentences + 0.049 syllables per 100 words - 3.407. Both by `textstat`, which counts syllables with
hyphenation patterns that ship with it.

Measured is the wording. A line is a sentence; names, numbers and addresses, which a writer cannot choose, count as one short word each.
"""

import re
import warnings
from collections.abc import Collection
from functools import cache

with warnings.catch_warnings():  # it reads its own files through pkg_resources, which warns of its end; setuptools is held below that
    warnings.simplefilter("ignore")
    from textstat.textstat import textstatistics

FORMULA = {"en": "Flesch-Kincaid", "es": "Crawford"}

_ABBREVIATIONS = re.compile(r"(?i)\b(?:dr|dra|sr|sra|mr|mrs|ms|st|ave|no|tel)\.|\b[ap]\. ?m\.")
_FIGURES = re.compile(r"\S*\d\S*|\S+@\S+|https?://\S+|\[[^\]\n]*\]")
_TINY = "go"


def reading_grade(text: str, language: str, names: Collection[str] = ()) -> float | None:
    """The grade, 0 or more, or None for a language that no formula here is for and for a text without words. `names` are proper names."""
    short = language.partition("-")[0].lower()
    if short not in FORMULA:
        return None
    prose = _prose(text, names)
    if not re.search(r"\w", prose):
        return None
    measure = _measure(short)
    grade: float = measure.flesch_kincaid_grade(prose) if short == "en" else measure.crawford(prose)
    return max(0.0, grade)


def _prose(text: str, names: Collection[str]) -> str:
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(name)}\b", _TINY, text, flags=re.IGNORECASE)
    text = _FIGURES.sub(_TINY, _ABBREVIATIONS.sub(_TINY, text))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(line if line[-1] in ".!?" else f"{line.rstrip(',:;')}." for line in lines)


@cache
def _measure(language: str) -> textstatistics:
    """One for each language: setting it on the shared one would change what other threads measure."""
    measure = textstatistics()
    measure.set_lang(language)
    return measure
