"""Names of people whom the record does not know: family, neighbours, staff.

A word is a name where its neighbours say so (a title, a kinship, a profession, a greeting), or where it has a capital and is known as a
name and not as an ordinary word. What was found once is found again wherever it stands in the note.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from triage.assistants.redaction.found import MARKS, Found, Kind, folded
from triage.assistants.redaction.lexicon import cue_words, names, ordinary_words

_TITLES = cue_words("titles")
_PROFESSIONS = cue_words("professions")
_KIN = cue_words("kin")
_BEFORE = cue_words("before")
_SPOKEN = re.compile(r"\b(?:this is|my name is|name is|ask for|aqu[ií] (?:es|habla)|soy)\s+(?P<what>[a-zà-þ'’-]+(?:\s+[a-zà-þ'’-]+)?)")
_DOES = cue_words("does")
_ORGANIZATION = cue_words("organization")
_CALENDAR = cue_words("calendar")
_TOKEN = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{MARKS}]|['’](?=[^\W\d_]))*")
_PARTICLES = cue_words("particles")


class _Word(NamedTuple):
    start: int
    end: int
    fold: str
    """Without a possessive s."""
    capital: bool
    shouted: bool


class _Note:
    def __init__(self, text: str) -> None:
        self.text = text
        self.words = [_word(match) for match in _TOKEN.finditer(text)]
        small = sum(character.islower() for character in text)
        self.shouts = small < sum(character.isupper() for character in text)
        self.end = len(text.rstrip(" .\n"))

    def gap(self, index: int) -> str:
        """What stands between word `index` and the one before."""
        return self.text[self.words[index - 1].end : self.words[index].start] if 0 < index < len(self.words) else "\n"

    def known(self, index: int) -> bool:
        return self.words[index].fold in names()

    def ordinary(self, index: int) -> bool:
        return self.words[index].fold in ordinary_words()

    def begins_sentence(self, index: int) -> bool:
        return index == 0 or bool(re.search(r"[.!?:;\n•*-]\s*[\"“(]?\s*$", self.gap(index)))

    def can_be_name(self, index: int) -> bool:
        """Has a capital, is no abbreviation of a few capitals, and does not begin the name of an organization."""
        word = self.words[index]
        if not word.capital or word.fold in _TITLES or word.fold in _PROFESSIONS:
            return False
        return (not word.shouted or len(word.fold) > 3) and not self._of_an_organization(index)

    def _of_an_organization(self, index: int) -> bool:
        after = index + 1
        while after < len(self.words) and after < index + 3 and self.gap(after) in {" ", "-"} and self.words[after].capital:
            if self.words[after].fold in _ORGANIZATION:
                return True
            after += 1
        return False


def _word(match: re.Match[str]) -> _Word:
    piece = match.group()
    possessive = len(piece) > 2 and piece[-1] in "sS" and piece[-2] in "'’"
    end = match.end() - (2 if possessive else 0)
    core = piece[: end - match.start()]
    fold = re.sub(rf"[{MARKS}]", "", folded(core)).replace("’", "'")
    return _Word(match.start(), end, fold.replace("'", "") if "'" in fold else fold, core[0].isupper(), core.isupper() and len(core) > 1)


def named(text: str) -> list[Found]:
    """Every name in `text` that its neighbours or the lists of names give away; spans may overlap."""
    note = _Note(text)
    sure = {index for index in range(len(note.words)) if _is_named(note, index)}
    sure |= {index for start, end in _spoken(text, note) for index in range(start, end)}
    _spread(note, sure)
    told = {note.words[index].fold for index in sure}
    again = {word for word in told - ordinary_words() if len(word) > 2}
    sure |= {
        index
        for index, word in enumerate(note.words)
        if word.fold in again or (word.fold in told and word.capital and not note.begins_sentence(index))
    }
    return [Found(note.words[index].start, note.words[index].end, Kind.NAME) for index in sorted(sure)] + list(_initials(note, sure))


def _is_named(note: _Note, index: int) -> bool:
    """Whether word `index` is a name by itself or by its neighbours, the surest signs first."""
    word = note.words[index]
    titled = _after_title(note, index)
    if not word.capital:
        related = _after_kin(note, index) and note.known(index)
        return (titled or related) and not note.ordinary(index) and len(word.fold) > 2
    if titled and word.fold not in _TITLES | _PROFESSIONS and len(word.fold) > 1:
        return True
    if not note.can_be_name(index) or len(word.fold) < 2:
        return False
    if note.known(index) and not note.ordinary(index):
        return True
    if _after_kin(note, index) or _before_profession(note, index) or _signs(note, index):
        return not note.ordinary(index) or note.known(index)
    if note.ordinary(index):
        return note.known(index) and word.fold not in _CALENDAR and not note.begins_sentence(index) and _after_cue(note, index)
    return (not note.begins_sentence(index) and not word.shouted) or _acts(note, index) or _after_cue(note, index)


def _after_title(note: _Note, index: int) -> bool:
    if index == 0:
        return False
    before = note.words[index - 1].fold
    return before in _TITLES and bool(re.fullmatch(r"\.?[ \t]{0,2}" if len(before) < 4 else r"[ \t]{1,2}", note.gap(index)))


def _after_kin(note: _Note, index: int) -> bool:
    if index == 0 or not re.fullmatch(r"[ \t]|,[ \t]|[ \t]?[(“\"'][ \t]?|:[ \t]|[ \t]=[ \t]|-", note.gap(index)):
        return False
    before = note.words[index - 1]
    return before.fold in _KIN or (before.fold in _PROFESSIONS and note.gap(index) != ", ")


def _before_profession(note: _Note, index: int) -> bool:
    after = index + 1
    while after < len(note.words) and after <= index + 2:
        if note.words[after].fold in _PROFESSIONS | _KIN and re.fullmatch(r",?[ \t]{1,2}|[ \t]?\(", note.gap(after)):
            kin = note.words[after].fold in _KIN
            return (
                (note.words[after].shouted and not kin and ("," in note.gap(after) or not note.ordinary(index)))
                or "(" in note.gap(after)
                or (kin and "," in note.gap(after))
            )
        after += 1
    return False


def _after_cue(note: _Note, index: int) -> bool:
    """A capital in the middle of a sentence, right after a word that people follow, and no word that notes know."""
    if index == 0 or not re.fullmatch(r"[ \t]|[ \t]?[/:][ \t]?|,[ \t]|[ \t]?\(|[ \t]?\"", note.gap(index)):
        return False
    return note.words[index - 1].fold in _BEFORE


def _acts(note: _Note, index: int) -> bool:
    """At the start of a sentence: an unknown word that does what people do ("Rivka says", "Xue will"), or has an initial before it."""
    after = index + 1
    does = after < len(note.words) and note.gap(after) == " " and note.words[after].fold in _DOES
    return does or (index > 0 and len(note.words[index - 1].fold) == 1 and note.words[index - 1].capital and note.gap(index) in {". ", "."})


def _signs(note: _Note, index: int) -> bool:
    """A name alone at the end, after a dash or on a line of its own."""
    word = note.words[index]
    return word.end >= note.end - 25 and bool(re.search(r"(?:[-–—~]{1,2}|\n)\s*$", note.text[: word.start]))


def _spoken(text: str, note: _Note) -> Iterator[tuple[int, int]]:
    """Names in small letters, as a transcript writes them, after "this is" and its like."""
    starts = [word.start for word in note.words]
    for match in _SPOKEN.finditer(text):
        told: list[int] = []
        for index in range(bisect_left(starts, match.start("what")), bisect_left(starts, match.end("what"))):
            if note.ordinary(index) or (not note.known(index) and not told and len(note.words[index].fold) < 4):
                break
            told.append(index)
        if told:
            yield told[0], told[-1] + 1


def _spread(note: _Note, sure: set[int]) -> None:
    """A capital beside a name belongs to it: "Marisol Whitefeather", "Greene-Parks", "Vander Meer"."""
    for index in range(1, len(note.words)):
        word = note.words[index]
        beside = note.gap(index)
        if index - 1 in sure and index not in sure and beside in {" ", "-"}:
            joined = beside == "-" or not note.ordinary(index) or note.known(index)
            surname = word.capital and len(word.fold) > 1 and joined and not _ends_name(note, index)
            if surname or (word.fold in _PARTICLES and note.gap(index + 1) == " " and note.words[index + 1].capital):
                sure.add(index)
    for index in range(len(note.words) - 2, -1, -1):
        if index + 1 in sure and index not in sure and note.gap(index + 1) in {" ", "-"} and note.can_be_name(index):
            unknown = not note.ordinary(index) and not note.begins_sentence(index)
            if len(note.words[index].fold) > 1 and (unknown or (note.known(index) and not note.ordinary(index))):
                sure.add(index)


def _ends_name(note: _Note, index: int) -> bool:
    word = note.words[index]
    return word.fold in _TITLES | _PROFESSIONS | _KIN | _ORGANIZATION or (word.shouted and not note.shouts)


def _initials(note: _Note, sure: set[int]) -> Iterator[Found]:
    """An initial before or after a name: "J. Halloran", "Kirsten O."."""
    for index, word in enumerate(note.words):
        if len(word.fold) == 1 and word.capital:
            before = index + 1 in sure and note.gap(index + 1) in {". ", ".", " "}
            pronoun = word.fold == "i" and note.text[word.end : word.end + 1] != "."
            if before or (index - 1 in sure and note.gap(index) == " " and not pronoun):
                yield Found(word.start, word.end, Kind.NAME)
