"""Checks of single values. What SQLite would store and PostgreSQL refuse is refused here, alike for both.

Each function takes a cell as the file has it and returns the value we store, or raises ValueError with a sentence that says what is
wrong and how to mend it. Space around a value is no part of it, except in the text of a note, which is kept as it came.
"""

import re
import string
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.refusals import SPREADSHEET_TEXT, shown
from store.patients import UNIDENTIFIED
from workflow.vocabulary import LaneName, OwnerRole

ID_LENGTH = 64
NAME_LENGTH = 200
TEXT_LENGTH = 200_000
EARLIEST = date(1900, 1, 1)
AHEAD = timedelta(days=366)
"""How far ahead of now a note may be dated. A little happens with clocks and demo data; more is a slip of the keyboard."""

WIDEST_OFFSET = timedelta(hours=14)
SPACE = " \t\u00a0"
"""Stripped around values. Line breaks are not: in an id or an address they are a fault, and in an e-mail an attack on its headers."""

# Control, format (bidi overrides, zero-width and tag characters), surrogate, private use, line and paragraph separators.
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?: ?(?:Z|z|[+-]\d{2}:?\d{2}))?", re.ASCII)
_SPREADSHEET_DAY = re.compile(r"\d{5}(?:[.,]\d+)?", re.ASCII)
_TWO_WAYS = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})\b.*")
_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_PHONE = re.compile(r"\+?[\d ()./-]+(?:(?:;ext=| ?(?:ext\.?|x|#) ?)\d{1,6})?", re.IGNORECASE | re.ASCII)
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8})*)")


@dataclass(frozen=True, slots=True)
class Setting:
    """What the values of one import are read against. `zone` is that of moments without an offset; None refuses them."""

    now: datetime
    zone: ZoneInfo | None = None


def plain(value: object) -> str:
    """A JSON value that has to be a string. Numbers are refused: they have lost their leading zeros, or are about to."""
    if not isinstance(value, str):
        kind = "true or false" if isinstance(value, bool) else "a number" if isinstance(value, int | float) else "a list or an object"
        raise ValueError(f"is {kind}; write it as text, in double quotes")  # noqa: TRY004 — pydantic takes ValueErrors
    return value


def line(limit: int) -> Callable[[object], str]:
    """A checker for one line of visible text of at most `limit` characters, NFC, so that twins in different spelling meet."""

    def check(value: object) -> str:
        text = unicodedata.normalize("NFC", plain(value).strip(SPACE))
        if not text.strip():
            raise ValueError("is empty")
        hidden = next((char for char in text if unicodedata.category(char) in INVISIBLE), None)
        if hidden is not None:
            raise ValueError(f"{shown(text)} holds the invisible character U+{ord(hidden):04X}; type it again without it")
        if len(text) > limit:
            raise ValueError(f"is {len(text)} characters long and may have {limit}; is a column missing or shifted?")
        return text

    return check


_id_line, _name_line, _address_line = line(ID_LENGTH), line(NAME_LENGTH), line(254)


def identifier(value: object) -> str:
    """An id of another system, as text: leading zeros count."""
    text = _id_line(value)
    if _SCIENTIFIC.fullmatch(text):
        raise ValueError(f"{shown(text)} is a long number that a spreadsheet has cut; {SPREADSHEET_TEXT}")
    if text.startswith(UNIDENTIFIED):
        raise ValueError(f"{shown(text)} begins with “{UNIDENTIFIED}”, which Care Triage keeps for itself; leave the cell empty")
    return text


def person_name(value: object) -> str:
    """A name of a person: one line with at least one letter, of any script."""
    text = _name_line(value)
    if not any(char.isalpha() for char in text):
        raise ValueError(f"{shown(text)} has no letter in it; is a column shifted?")
    return text


def calendar_day(text: str) -> date:
    """A day written year-month-day. Raises ValueError for anything else, saying what it looks like."""
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{shown(text)} is not a day of the calendar") from None
    if _SPREADSHEET_DAY.fullmatch(text):
        raise ValueError(f"{shown(text)} looks like a spreadsheet's day number; format the column as yyyy-mm-dd and export again")
    if _TWO_WAYS.fullmatch(text):
        raise ValueError(f"{shown(text)} can be read as more than one day; write year-month-day, like 1958-04-30")
    raise ValueError(f"{shown(text)} is not a date; write year-month-day, like 1958-04-30")


def birth_date(value: object, setting: Setting) -> date:
    """A birth date from 1900 to today. Today is where the date line has it first, so that nobody is born tomorrow."""
    born = calendar_day(plain(value).strip(SPACE))
    if born < EARLIEST:
        raise ValueError(f"{shown(value)} is before 1900; correct it, or leave the cell empty where it is not known")
    if born > (setting.now.astimezone(UTC) + WIDEST_OFFSET).date():
        raise ValueError(f"{shown(value)} is in the future; correct the year")
    return born


def moment(value: object, setting: Setting) -> datetime:
    """A moment with its own offset, as ISO 8601, like 2026-03-10T15:20:00-05:00; in `setting.zone` where it says no offset."""
    text = plain(value).strip(SPACE)
    found = _MOMENT.fullmatch(text)
    if not found:
        if _DATE.fullmatch(text):
            raise ValueError(f"{shown(text)} lacks the time of day; write it like {text}T15:20:00-05:00")
        if _TWO_WAYS.fullmatch(text) or _SPREADSHEET_DAY.fullmatch(text):
            calendar_day(text)
        raise ValueError(f"{shown(text)} is not a moment; write it like 2026-03-10T15:20:00-05:00")
    try:
        at = datetime.fromisoformat(text.replace(" -", "-").replace(" +", "+").replace(" Z", "Z").replace("z", "Z"))
    except ValueError:
        raise ValueError(f"{shown(text)} is not a day and time of the calendar") from None
    if at.year < EARLIEST.year or at.year > setting.now.year + 2:
        raise ValueError(f"{shown(text)} is not a year a note was written in; correct it")
    if at.tzinfo is None:
        at = _in_zone(at, text, setting.zone)
    offset = at.utcoffset()
    if offset is None or abs(offset) > WIDEST_OFFSET:
        raise ValueError(f"{shown(text)} has an offset that no place on earth has; write it like -05:00")
    if at > setting.now + AHEAD:
        raise ValueError(f"{shown(text)} is more than a year in the future; correct the year")
    return at


def _in_zone(local: datetime, text: str, zone: ZoneInfo | None) -> datetime:
    if zone is None:
        raise ValueError(f"{shown(text)} has no time zone; write {text}-05:00, or name the zone of the file (--zone America/Chicago)")
    first, second = local.replace(tzinfo=zone), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        raise ValueError(f"{shown(text)} never was in {zone.key}: the clocks were put forward; correct it, or write its offset")
    raise ValueError(f"{shown(text)} was twice in {zone.key}: the clocks were put back; write its offset")


def phone(value: object) -> str:
    """A phone number as people write it, with an extension or not; kept as it came."""
    text = _id_line(value)
    if any(char.isalpha() for char in re.sub(r"(?i)ext\.?|x", "", text)):
        raise ValueError(f"{shown(text)} has letters in it; write digits, like +1 312 555 0100 ext 12, and leave the cell empty for none")
    number = re.split(r"(?i);?ext|x|#", text)[0]
    if not _PHONE.fullmatch(text) or not 7 <= sum(char in string.digits for char in number) <= 15:
        raise ValueError(f"{shown(text)} is not one phone number of 7 to 15 digits; write it like +1 312 555 0100 ext 12")
    return text


def email(value: object) -> str:
    """One plain address. A line break in it would write headers of its own into a message, so it is refused, never cut."""
    raw = plain(value)
    if any(char in raw for char in "\r\n"):
        raise ValueError("holds a line break; keep one address on one line")
    text = _address_line(raw)
    if text.count("@") > 1 or any(char in text for char in ",;"):
        raise ValueError(f"{shown(text)} is more than one address; keep the one to write to")
    if not _EMAIL.fullmatch(text) or ".." in text or text.startswith("."):
        raise ValueError(f"{shown(text)} is not an e-mail address; write it like maria@example.org, without a name around it")
    return text


def language(value: object) -> str:
    """A language tag (BCP 47), like en, es or zh-Hant; the first part in small letters."""
    text = plain(value).strip(SPACE)
    found = _LANGUAGE.fullmatch(text)
    if not found or len(text) > 35:
        raise ValueError(f"{shown(text)} is not a language code; write en for English, es for Spanish, vi for Vietnamese")
    return found[1].lower() + found[2].replace("_", "-")


def zone(value: object) -> str:
    """A time zone by its name, like America/Chicago."""
    text = plain(value).strip(SPACE)
    try:
        return ZoneInfo(text).key
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{shown(text)} is no time zone; write one like America/Chicago") from None


def lane_name(value: object) -> LaneName:
    """One of the five lanes, forgiving case, spaces and hyphens."""
    try:
        return LaneName.parse(_id_line(value))
    except ValueError as error:
        raise ValueError(str(error)) from None


def author_role(value: object) -> str:
    """Who wrote, as a role: an owner role in its own spelling, anything else as it came."""
    text = _id_line(value)
    try:
        return OwnerRole.parse(text).value
    except ValueError:
        return text


def note_text(value: object) -> str:
    """The text of a note, kept exactly as it came: hidden characters too, which pages show inert. Refuses what cannot be stored whole."""
    text = plain(value)
    if "\0" in text:
        raise ValueError(f"holds a NUL byte at character {text.index(chr(0)) + 1}; export the file again as text")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("holds half a character (a lone surrogate); export the note again")
    if len(text) > TEXT_LENGTH:
        raise ValueError(f"is {len(text):,} characters long and may have {TEXT_LENGTH:,}; split the note, nothing is ever cut off")
    if not any(unicodedata.category(char) not in INVISIBLE and not char.isspace() for char in text):
        raise ValueError("is empty: there is nothing to read in this note")
    return text
