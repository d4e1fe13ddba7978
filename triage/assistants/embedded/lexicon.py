"""What the annotation guide says about words, as named patterns over folded text. Each is one feature of a clause; the heads weigh them.

RE2 seeks a whole table at once, in time linear in the text whatever the patterns are. It knows ASCII letters only, so both sides are
spelled without accents: "señora" is sought as "senora", which finds a note that leaves the tilde out as well.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import re2

from triage.assistants.embedded.lexicon_signs import ALARM, CONTACT, HINDERS
from triage.assistants.embedded.lexicon_steps import MOOD, STEPS, THINGS

GROUPS = {"m": MOOD, "s": STEPS, "t": THINGS, "h": HINDERS, "o": CONTACT, "a": ALARM}
OPEN_MOODS = (
    "m:will",
    "m:need",
    "m:to_be",
    "m:start_verb",
    "m:comma_verb",
    "m:actor_to",
    "m:name_to",
    "m:actor_present",
    "m:please",
    "m:can_you",
    "m:ing_future",
    "m:want",
    "m:box_open",
)
SHUT_MOODS = ("m:done", "m:past", "m:not_needed", "m:patient_will", "m:advise", "m:self_do", "m:weak")


@dataclass(frozen=True, slots=True)
class _Sought:
    """The patterns of one table, and the cue that each of them shows."""

    names: tuple[str, ...]
    patterns: re2.Set


def cues(clause: str) -> list[str]:
    """Names of the cues that a folded clause shows."""
    text = _unaccented(clause).encode(errors="replace")
    return [table.names[number] for table in _tables() for number in table.patterns.Match(text) or ()]


@cache
def _tables() -> tuple[_Sought, ...]:
    """One set a table: a set of all of them would have too many states to keep, and be slower than its parts."""
    return tuple(_sought(group, table) for group, table in GROUPS.items())


def _sought(group: str, table: Mapping[str, str]) -> _Sought:
    patterns = re2.Set.SearchSet()
    for pattern in table.values():
        patterns.Add(_unaccented(pattern))
    patterns.Compile()
    return _Sought(tuple(f"{group}:{name}" for name in table), patterns)


def _unaccented(text: str) -> str:
    return text if text.isascii() else text.translate(_LETTERS)


_LETTERS = {code: unicodedata.normalize("NFD", chr(code))[0] for code in range(0xC0, 0x250)}
