"""Words that are names, and words that are not: given and family names of many countries from Faker's lists, against ordinary words.

`ordinary_words.txt` holds what notes write with a small letter, months, languages, states and payers; a word in it is a name only where
something beside it says so ("Dr. Young", "his wife June"). `nicknames.txt` has one family of given names a line.
"""

import re
from functools import cache
from importlib import import_module
from importlib.resources import files

import yaml

from triage.assistants.redaction.found import folded

_APART = re.compile(r"[\s'’.-]+")


@cache
def _cue_words() -> dict[str, str]:
    told: dict[str, str] = yaml.safe_load(_file("cue_words.yaml"))
    return told


def cue_words(group: str) -> frozenset[str]:
    """One group of `cue_words.yaml`, which says there what it is for."""
    return frozenset(_cue_words()[group].split())


@cache
def names() -> frozenset[str]:
    """Given and family names, folded, each word by itself."""
    found: set[str] = set()
    for locale in cue_words("locales"):
        provider = import_module(f"faker.providers.person.{locale}").Provider
        for list_ in (attribute for attribute in dir(provider) if "first_name" in attribute or "last_name" in attribute):
            told = getattr(provider, list_)
            if isinstance(told, tuple | list | dict):
                found.update(word for name in told for word in _APART.split(folded(name)) if len(word) > 1)
    return frozenset(found)


@cache
def ordinary_words() -> frozenset[str]:
    """Words that say something else more often than they name somebody, folded."""
    return frozenset(_file("ordinary_words.txt").split())


@cache
def _nicknames() -> dict[str, frozenset[str]]:
    families = [frozenset(line.split()) for line in _file("nicknames.txt").splitlines() if line]
    return {name: frozenset().union(*(family for family in families if name in family)) for name in frozenset().union(*families)}


def nicknames(name: str) -> frozenset[str]:
    """What people called `name` (folded) are called too; `name` itself may be among it."""
    return _nicknames().get(name, frozenset())


def _file(name: str) -> str:
    return (files("triage.assistants.redaction") / name).read_text(encoding="utf-8")
