"""An identifier in a text, and how texts are compared: every rule here says where, in characters of the original."""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What sort of identifier; the value is the word of its surrogate."""

    NAME = "NAME"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    BIRTH_DATE = "BIRTH_DATE"
    ID = "ID"
    """A number that names a person or their case: record, member, claim, account, social security."""
    ADDRESS = "ADDRESS"
    URL = "URL"


class Found(NamedTuple):
    """`text[start:end]` is an identifier."""

    start: int
    end: int
    kind: Kind


def folded(text: str) -> str:
    """`text` in small letters without accents, character for character, so that places stay."""
    return text.lower() if text.isascii() else "".join(_bare(character) for character in text)


def _bare(character: str) -> str:
    small = unicodedata.normalize("NFD", character)[0].lower()
    return small if len(small) == 1 else character


MARKS = "\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff"
"""Combining accents and invisible characters, for a character class: they may stand between the letters of a word."""


def matches(pattern: re.Pattern[str], text: str, kind: Kind) -> Iterator[Found]:
    """Where `pattern` stands in `text`, or its group "what" where it has one, without punctuation at the end."""
    group = "what" if "what" in pattern.groupindex else 0
    for match in pattern.finditer(text):
        yield Found(match.start(group), match.start(group) + len(match[group].rstrip(" .,;:")), kind)
