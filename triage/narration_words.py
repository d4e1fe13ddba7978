"""The words that the checker of digests knows, from narration_words.yaml, where people read and mend them."""

from collections.abc import Iterator
from importlib.resources import files

import yaml

Meaning = tuple[str, str]
"""What kind of word it is, and which: ("concept", "overdue")."""

KINDS = ("concept", "flow", "blocker", "status", "reason", "mover", "lane", "moment", "direction", "quantity", "negation", "cause")

_WORDS: dict[str, dict[str, list[str]]] = yaml.safe_load((files("triage") / "narration_words.yaml").read_text(encoding="utf-8"))


def _meanings() -> Iterator[tuple[str, Meaning]]:
    for kind in KINDS:
        for which, phrases in _WORDS[kind].items():
            yield from ((phrase, (kind, which)) for phrase in phrases)
    for both, phrases in _WORDS["both"].items():
        flow, concept = both.split()
        for phrase in phrases:
            yield phrase, ("concept", concept)
            yield phrase, ("flow", flow)


PHRASES: dict[str, list[Meaning]] = {}
for _phrase, _meaning in _meanings():
    PHRASES.setdefault(_phrase, []).append(_meaning)

HEDGES = frozenset(_WORDS["hedges"])
CONNECTING = frozenset(_WORDS["connecting"])
HARMLESS = frozenset(_WORDS["harmless"])
