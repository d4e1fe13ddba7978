"""The deny-list: what the patient's own record says of them, wherever it stands in a text and however it is written."""

import re
from collections.abc import Iterator
from datetime import date

from triage.assistants.redaction.found import MARKS, Found, Kind, folded
from triage.assistants.redaction.lexicon import nicknames, ordinary_words
from triage.reading import Person

_GAP = r"[\s().,/+\-–—]{0,3}"
"""What people put between the digits of a number."""
_DIGITS = ("zero|oh|o", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_MONTHS = (
    "jan(?:uary)?|enero|ene", "feb(?:ruary)?|febrero", "mar(?:ch)?|marzo|mzo", "apr(?:il)?|abril|abr", "may|mayo", "june?|junio",
    "july?|julio", "aug(?:ust)?|agosto|ago", "sept?(?:ember)?|sep?tiembre", "oct(?:ober)?|octubre", "nov(?:ember)?|noviembre",
    "dec(?:ember)?|diciembre|dic",
)  # fmt: skip
_SHORTEST_PHONE, _SHORTEST_ID, _SHORTEST_NUMBER = 7, 4, 5


def in_record(person: Person, text: str) -> list[Found]:
    """Every place where `text` tells what the record says of `person`; spans may overlap."""
    plain = folded(text)
    return [
        *_names(person.name, text, plain),
        *_all(_phone(person.phone), plain, Kind.PHONE),
        *_all(_email(person.email), plain, Kind.EMAIL),
        *_all(_external_id(person.external_id), plain, Kind.ID),
        *(_all(_birth_date(person.birth_date), plain, Kind.BIRTH_DATE) if person.birth_date else ()),
    ]


def name_words(name: str) -> list[str]:
    """The words of a name, folded, those of two letters and more."""
    return [word for word in re.findall(rf"[^\W\d_](?:[^\W\d_]|[{MARKS}'’])*", folded(name)) if len(word) > 1]


def called(name: str) -> set[str]:
    """The words of a name and their nicknames, folded."""
    words = [*name_words(name), *name_words(name.replace("-", ""))]
    return {*words, *(nickname for word in words for nickname in nicknames(word))}


def _names(name: str, text: str, plain: str) -> Iterator[Found]:
    """The words of the name, its nicknames and, with a capital, its shortenings ("Gwen"). Ordinary words ("hope") need a capital too."""
    capitals = any(character.isupper() for character in text)
    for word in called(name):
        for found in _all(_spelled(word), plain, Kind.NAME):
            if word not in ordinary_words() or not capitals or text[found.start].isupper():
                yield found
    full = name_words(name)
    for match in re.finditer(rf"(?<!\w)[^\W\d_](?:[^\W\d_]|[{MARKS}])+(?!\w)", plain):
        short = match.group()
        if len(short) > 2 and text[match.start()].isupper() and short not in ordinary_words() and any(w.startswith(short) for w in full):
            yield Found(*match.span(), Kind.NAME)


def _spelled(word: str) -> str:
    letters = [r"['’]?" if letter in "'’" else re.escape(letter) for letter in word]
    return rf"(?<![^\W\d_]){f'[{MARKS}]*'.join(letters)}(?=s?(?![^\W\d_]))"


def _phone(phone: str) -> str | None:
    digits = "".join(re.findall(r"\d", phone))
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    if len(digits) < _SHORTEST_PHONE:
        return None
    spoken = [rf"(?:{digit}|\b(?:{_DIGITS[int(digit)]})\b)" for digit in digits]
    area = _GAP.join(spoken[:-7])
    return rf"(?<!\d)(?:\(?(?:\+?1{_GAP})?\(?{area}{_GAP})?{_GAP.join(spoken[-7:])}(?!\d)" if area else rf"(?<!\d){_GAP.join(spoken)}(?!\d)"


def _email(email: str) -> str | None:
    if "@" not in email:
        return None
    said = {"@": r"\s*(?:@|\(at\)|\bat\b)\s*", ".": r"\s*(?:\.|\bdot\b)\s*"}
    return rf"(?<![\w.]){''.join(said.get(letter, re.escape(letter)) for letter in folded(email.strip()))}(?![\w@])"


def _external_id(external_id: str) -> str | None:
    """Short numbers are left to what stands before them ("MRN 118"): alone they could be any number of a note."""
    signs = re.findall(r"[^\W_]", folded(external_id))
    while len(signs) > 1 and signs[0] == "0":
        signs.pop(0)
    if len(signs) < (_SHORTEST_NUMBER if all(sign.isdigit() for sign in signs) else _SHORTEST_ID):
        return None
    return r"(?<![^\W_])(?:0[\s\-]?)*" + r"[\s./\-–#]{0,2}".join(map(re.escape, signs)) + r"(?![^\W_])"


def _birth_date(day: date) -> str:
    year, short = f"{day.year:04}", f"['’]?{day.year % 100:02}"
    m, d, y, between = f"0?{day.month}", f"0?{day.day}", f"(?:{year}|{short})", r"\s?[/.\-–\s]\s?"
    month, ordinal = f"(?:{_MONTHS[day.month - 1]})\\.?", f"{d}(?:st|nd|rd|th)?"
    of = r"[\s,.\-]*(?:de[l]?\s+)?(?:of\s+)?"
    forms = (
        f"{m}{between}{d}{between}{y}",
        f"{d}{between}{m}{between}{y}",
        f"{year}[/.\\-]?{day.month:02}[/.\\-]?{day.day:02}",
        f"{day.month:02}{day.day:02}{year}",
        f"{month}{of}{ordinal}[\\s,]*{y}",
        f"{ordinal}{of}{month}{of}{y}",
        rf"(?<=birthday is )(?:{month} {ordinal}|{m}/{d})",
    )
    return rf"(?<![\w/])(?:{'|'.join(forms)})(?![\w/])"


def _all(pattern: str | None, plain: str, kind: Kind) -> Iterator[Found]:
    if pattern is not None:
        yield from (Found(*match.span(), kind) for match in re.finditer(pattern, plain))
