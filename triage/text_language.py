"""In which language a text is: English or Spanish, told by their function words, sentence by sentence.

Own code, because the texts are a few words long and full of names, and only these two have to be told apart: detectors by letter
statistics (langid, fastText) need a longer text, and call "Hi Rosa, gracias" Italian.
"""

import re
from dataclasses import dataclass

from triage.grounding import Span

_ENGLISH = """
the a an and or of to for you your yours we our us is are was were be been will would can could please call calls this that with
if at on it have has had do does did not from by when what who as about so there here may need needs hi hello dear thank thanks i
my me he she they them their his her want wants back time help soon know tell ask any let's just friendly hope sorry how it's im
"""
_SPANISH = """
el la los las un una unos unas y o u de del al para por que usted ustedes su sus nosotros nos es son fue era ser esta este estamos
estan con si en le lo les se ha han hay no como cuando donde quien mas pero porque hola estimado estimada gracias favor llame
llamenos llamar puede podemos queremos tiene tenemos necesita necesitamos mi me yo ella ellos cita dia semana buenos buenas tardes
dias soy somos hemos sobre cualquier habla hablar hablo llamo llamamos llama escribe escribimos escribo puedo quisiera esperamos
"""
_WORDS = {"en": frozenset(_ENGLISH.split()), "es": frozenset(_SPANISH.split())}
FUNCTION_WORDS = _WORDS["en"] | _WORDS["es"]
_BOTH = _WORDS["en"] & _WORDS["es"]
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_BARE = str.maketrans("áéíóúüñ", "aeiouun")
_LATIN_AT_LEAST = 0.5


@dataclass(frozen=True, slots=True)
class InLanguage:
    """One sentence and its language, "en" or "es", or None where it does not show."""

    language: str | None
    span: Span


def sentences_by_language(text: str) -> list[InLanguage]:
    """Every sentence of `text` with its language."""
    return [InLanguage(_of(match.group()), Span(*match.span())) for match in _SENTENCE.finditer(text) if match.group().strip()]


def language_of(text: str) -> str | None:
    """The language of most of the words of `text`: "en", "es", or None where neither shows."""
    return _of(text)


def is_latin(text: str) -> bool:
    """Whether most of the letters are Latin."""
    letters = [character for character in text if character.isalpha()]
    return not letters or sum(character < "\u0250" for character in letters) / len(letters) >= _LATIN_AT_LEAST


def _of(text: str) -> str | None:
    words = [word.lower().translate(_BARE) for word in _WORD.findall(text)]
    said = {language: sum(word in known - _BOTH for word in words) for language, known in _WORDS.items()}
    said["es"] += sum(character in "ñ¿¡" for character in text.lower())
    first, second = sorted(said, key=lambda language: said[language], reverse=True)
    return first if said[first] >= 2 and said[first] >= 2 * said[second] else None
