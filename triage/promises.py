"""Promises in a message: what it says will happen or has been done, which only the record can say.

A promise is supported by a fact of one of its topics. Found by the patterns of `promises.yaml`, English and Spanish together. "If your plan
approves it" and "Is your visit booked?" promise nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from triage.assistants.redaction.found import folded
from triage.grounding import Span
from triage.writing import Fact


@dataclass(frozen=True, slots=True)
class Promise:
    """The words at `span` say what `about` says; `topics` are those of the facts that would support it."""

    span: Span
    about: str
    topics: frozenset[str]


_ONLY_IF = re.compile(
    r"\b(?:if|whether|once|unless|until|when|before|si|cuando|hasta que|antes de que|a menos que|en cuanto)\b(?: [a-z']+){0,3} ?$"
)
_NOT_SAID = re.compile(r"\b(?:not|cannot|can't|no)(?: yet)? (?:say|know|promise|sure)\b[^.!?\n]*$")


def promises(text: str) -> list[Promise]:
    """Every promise of `text`, left to right."""
    plain = folded(text).replace("’", "'")
    found = [
        Promise(Span(*match.span()), about, topics)
        for about, topics, pattern in _patterns()
        for match in pattern.finditer(plain)
        if _is_said(plain, match)
    ]
    return sorted(found, key=lambda promise: promise.span)


def unsupported(text: str, facts: Sequence[Fact]) -> list[Promise]:
    """The promises of `text` that no fact's topic supports."""
    told = {fact.topic for fact in facts}
    return [promise for promise in promises(text) if not promise.topics & told]


def _is_said(plain: str, match: re.Match[str]) -> bool:
    """Not where it is asked, made to depend on something, or said to be unknown."""
    before = plain[max(plain.rfind(sign, 0, match.start()) for sign in ".!?\n") + 1 : match.start()]
    after = re.compile(r"[^.!?\n]*[.!?\n]?").match(plain, match.end())
    if after is not None and after.group().endswith("?") and len(before.split()) <= 2:  # "We will pay, ok?" is no question
        return "," in after.group() and not before.strip(" ¿")
    return not _ONLY_IF.search(before) and not _NOT_SAID.search(before)


@cache
def _patterns() -> tuple[tuple[str, frozenset[str], re.Pattern[str]], ...]:
    told = yaml.safe_load((files("triage") / "promises.yaml").read_text(encoding="utf-8"))
    lists = {f"{{{name}}}": words for name, words in told["lists"].items()}

    def written_out(pattern: str) -> str:
        return re.sub(r"\{[A-Z_]+\}", lambda match: lists[match.group()], pattern)

    return tuple(
        (one["about"], frozenset(one["topics"]), re.compile("|".join(written_out(pattern) for pattern in one["patterns"].splitlines())))
        for one in told["promises"]
    )
