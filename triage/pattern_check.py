"""Whether a pattern's name, by whatever assistant, may be shown: short, of the words of its evidence, and about nobody."""

import re

from triage.assistants.embedded.shorthand import spelled_out
from triage.assistants.redaction.names import named
from triage.writing import PatternRequest
from workflow.vocabulary import BlockerCategory, EscalationReason, LaneName, OwnerRole

MOST_WORDS = 8
MOST_LETTERS = 80
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_JOINING_WORDS = """
a an and are at by can cannot for from in into is it long no not of on or out still the their to too with without waiting wait missing late
lack need needs needed unable problem problems patient patients clinic before after between while escalation
"""
_JOINING = frozenset(_JOINING_WORDS.split())
"""Words that a name may add: they join what the evidence says and claim nothing of their own."""


def problems(name: str, request: PatternRequest) -> list[str]:
    """Why this name may not be shown, in sentences; none where it may."""
    words = _WORD.findall(name)
    found = []
    if not words:
        found.append("It has no words.")
    if len(words) > MOST_WORDS or len(name) > MOST_LETTERS:
        found.append(f"It is longer than {MOST_WORDS} words.")
    if re.search(r"\d", name):
        found.append("It has a number in it.")
    if not name.isprintable():
        found.append("It has signs that cannot be printed.")
    if re.search(r"[<>{}@#\[\]\\|]|://", name):
        found.append("It has signs that no name needs.")
    if named(name):
        found.append("It has the name of a person in it.")
    told = {_stem(word) for quote in request.quotes for word in (*_WORD.findall(quote), *_WORD.findall(spelled_out(quote)))}
    shared = {
        _stem(word)
        for kind in (BlockerCategory, EscalationReason, LaneName, OwnerRole)
        for each in kind
        for word in _WORD.findall(each.label)
    }
    strange = [word for word in words if word.lower() not in _JOINING and _stem(word) not in told | shared]
    if strange:
        found.append(f"Neither the evidence nor the vocabulary has: {', '.join(strange)}.")
    return found


def _stem(word: str) -> str:
    """The word without its ending, so that "notes" is grounded in "note" and "authorized" in "authorization"."""
    small = re.sub(r"['’]s?$", "", word.lower())
    for ending in ("izations", "ization", "ations", "ation", "ings", "ing", "ers", "ied", "ies", "ed", "er", "es", "s", "y"):
        if small.endswith(ending) and len(small) - len(ending) >= 4:
            return small[: -len(ending)]
    return small
