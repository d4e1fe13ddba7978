"""A summary of a patient's context held to its facts, whoever wrote it.

Each clause of a line must be borne out by one fact that the line cites: every number, day and name, in the order in which the fact has
them; every word that says something; and whether it is told as so or as not so. What is only suggested, or only told by a note, is
told as that. Words in quotation marks are words of the source. Strict on purpose: what cannot be bound to a fact is not shown.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from triage.assistants.checked import Problem
from triage.claims import claims, untraced
from triage.dates import fold
from triage.writing import Fact, Line

MOST_LINES = 5

_QUOTE = re.compile(r"[“\"](?P<words>[^“”\"]*)[”\"]")
_INNER = str.maketrans({"“": "'", "”": "'", '"': "'"})
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")
_CLAUSE = re.compile(r"\s+(?:and|but|while|though|although|whereas)\s+")
_PART = re.compile(r",\s+(?:so|and|but)\s+")
_WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")
_NOT = re.compile(r"\b(?:no|not|never|nobody|none|nothing|without|unable|cannot|neither|nor|failed to|[a-z]+n't)\b")
_SUBJECT = re.compile(r"^\s*(?:the )?patient(?='s| (?:is|was|has|asked|speaks|prefers|replied|declined)\b)", re.IGNORECASE)
_PLAIN = frozenset(
    {
        "a",
        "an",
        "the",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "has",
        "have",
        "had",
        "it",
        "its",
        "he",
        "she",
        "they",
        "his",
        "her",
        "their",
        "this",
        "that",
        "these",
        "those",
        "who",
        "which",
        "of",
        "on",
        "in",
        "at",
        "for",
        "since",
        "to",
        "by",
        "with",
        "from",
        "as",
        "there",
        "still",
        "now",
        "yet",
        "so",
        "far",
        "s",
        "no",
        "not",
        "never",
        "nobody",
        "none",
        "nothing",
        "without",
        "neither",
        "nor",
        "today",
        "and",
        "or",
        "also",
        "then",
        "until",
    }
)
"""Words that say nothing by themselves. Negations are looked at apart."""

_TOLD_AS = {
    "flag": re.compile(r"\bsuggest"),
    "undecided": re.compile(r"\bsuggest|\bdecided\b"),
    "appointment": re.compile(r"\bnotes?\b"),
    "deadline": re.compile(r"\bnotes?\b"),
    "preference": re.compile(r"\b(?:asked|prefers?|wish)"),
}
"""What a sentence that rests on such a fact must say of how sure it is."""


def check_summary(lines: Sequence[Line], facts: Sequence[Fact], *, day: date) -> list[Problem]:
    """What in these lines the facts that they cite do not bear out. `day` is when they are written."""
    by_id = {fact.id: fact for fact in facts}
    problems = [Problem(f"More than {MOST_LINES} lines.")] if len(lines) > MOST_LINES else []
    for place, line in enumerate(lines):
        cited = [by_id[one] for one in line.facts if one in by_id]
        problems += [Problem(words, place) for words in _wrong(line.text, cited, day)]
    return problems


def _wrong(text: str, cited: Sequence[Fact], day: date) -> Iterator[str]:
    text = _without_facts(text, cited)
    for match in _QUOTE.finditer(text):
        if not any(_stands_in(match["words"], fact) for fact in cited):
            yield f"no fact that is cited has the words “{match['words']}”."
    plain = _QUOTE.sub(" ", text)
    for sentence in _SENTENCE.split(plain):
        for clause in _CLAUSE.split(sentence):
            if not _content(clause, day) and not claims(clause, day=day) and not _NOT.search(fold(clause)):
                continue
            bearing = [fact for fact in cited if _bears_out(fact, clause, day)]
            if not bearing:
                yield f"no fact that is cited says “{clause.strip()}” as it stands there."
            elif not any(_told_as(fact, sentence) for fact in bearing):
                yield f"“{sentence.strip()}” tells as certain what is not."


def _without_facts(text: str, cited: Sequence[Fact]) -> str:
    """The text without sentences that are a cited fact to the letter: whatever words of other people they hold, the fact says just that."""
    for fact in sorted(cited, key=lambda one: -len(one.said)):
        whole = re.compile(rf"(?:^\s*|(?<=[.!?”])\s+){re.escape(fact.said)}(?=\s|$)")
        text = whole.sub("", text, count=1)
    return text


def _stands_in(words: str, fact: Fact) -> bool:
    """Whether these words, but for line ends and a cut at the end, are the source's own."""
    wanted = " ".join(words.rstrip("… .").split())
    told = [source.quote for source in fact.sources] + [value for value in fact.values.values() if isinstance(value, str)]
    return bool(wanted) and any(wanted in " ".join(one.translate(_INNER).split()) for one in told)


def _bears_out(fact: Fact, clause: str, day: date) -> bool:
    said = _QUOTE.sub(" ", fact.said)
    return any(_says(part, fact, clause, day) for part in dict.fromkeys([said, *_SENTENCE.split(said), *_PART.split(said)]))


def _says(part: str, fact: Fact, clause: str, day: date) -> bool:
    known = {word[:5] for word in _words(part)}
    if any(word[:5] not in known for word in _content(clause, day)):
        return False
    if len(_NOT.findall(fold(clause))) != len(_NOT.findall(fold(part))):
        return False
    alone = Fact(fact.id, fact.topic, part, {"said": part, **{role: v for role, v in fact.values.items() if role != "quote"}})
    if untraced(clause, [alone], day=day):
        return False
    return _in_order([claim.value for claim in claims(clause, day=day)], [claim.value for claim in claims(part, day=day)])


def _in_order(told: Sequence[object], said: Sequence[object]) -> bool:
    """Whether what is told comes in the order in which it is said; what the fact only has among its values may come anywhere."""
    at = 0
    for value in told:
        if value in said:
            if value not in said[at:]:
                return False
            at = said.index(value, at) + 1
    return True


def _told_as(fact: Fact, sentence: str) -> bool:
    wanted = _TOLD_AS.get(fact.topic)
    return wanted is None or bool(wanted.search(fold(sentence)))


def _content(text: str, day: date) -> list[str]:
    """The words that say something, but for numbers, days and names: those are claims, and traced as such."""
    bare = _SUBJECT.sub("", text)
    for claim in reversed(claims(bare, day=day)):
        bare = f"{bare[: claim.start]} {bare[claim.end :]}"
    return [word for word in _words(bare) if word not in _PLAIN]


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text))
