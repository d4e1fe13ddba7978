"""The embedded assistant names a pattern: its category, and the phrase that is its own."""

import math
import re
from collections import Counter
from functools import cache

from triage.assistants.embedded.model import training_notes
from triage.assistants.embedded.shorthand import spelled_out
from triage.reading import Identity
from triage.writing import PatternName, PatternRequest
from workflow.vocabulary import EscalationReason

LONGEST = 4
MOST_WORDS = 8
_REASONS = frozenset(reason.label for reason in EscalationReason)
_WORD = re.compile(r"[a-zà-ÿ]+(?:['’-][a-zà-ÿ]+)*")
_LITTLE_WORDS = """
a an and any are as at be been but by can can't cannot could did didn't do does doesn't for from get gets got had has hasn't have he her
here him his how i if in is isn't it its just me my no nor not of off on or our out over patient pt said says she so still than that the
their them then there they this to told too until up us was we were what when which who will with without won't would you your again x s t
all also am being back missing need needs needed still waiting week weeks day days month months first next last two three yet way call
called calls calling say want wants new old done made make asks asked tried try them going go goes went come came comes before after since
because only into more most never now one today
el la los las de del en y que un una mi se su al por para con
"""
_LITTLE = frozenset(_LITTLE_WORDS.split())
"""Words that begin or end no name: they say nothing by themselves."""


def name_pattern(request: PatternRequest, identity: Identity) -> PatternName:
    """ "Transport: wheelchair van": the category in its words and the phrase that is said most and elsewhere least.

    Where no phrase occurs in several quotes it is one word of the first, which is the nearest to all. An escalation's reason, if the terms
    hold it, stands in the place of the category.
    """
    label = request.category.label if request.category else next((term for term in request.terms if term in _REASONS), "Escalation")
    room = MOST_WORDS - len(label.split())
    phrase = _phrase(request.quotes, request.terms, min(LONGEST, room), frozenset(_words(label)))
    return PatternName(name=f"{label}: {phrase}" if phrase else label, identity=identity)


def _phrase(quotes: tuple[str, ...], terms: tuple[str, ...], longest: int, of_label: frozenset[str]) -> str:
    counts: Counter[str] = Counter()
    for quote in quotes:
        counts.update(_phrases(quote, longest))
    counts = Counter({phrase: count for phrase, count in counts.items() if _telling(phrase, of_label) > 0})
    least = max(2, round(0.15 * len(quotes)))
    own = dict.fromkeys(terms, 1.5)
    scored = [(count * _telling(phrase, of_label) * own.get(phrase, 1.0), phrase) for phrase, count in counts.items() if count >= least]
    if not scored:
        nearest = [(-_telling(word, of_label), word) for word in _phrases(quotes[0], 1) if len(word) > 2] if quotes else []
        return min(nearest)[1] if nearest and min(nearest)[0] < 0 else ""
    best, chosen = min((-score, phrase) for score, phrase in scored)
    if " " not in chosen:  # one word says little: the next that is not part of it stands beside it
        beside = [(-score, phrase) for score, phrase in scored if not set(phrase.split()) & {chosen, f"{chosen}s"} and " " not in phrase]
        if beside and min(beside)[0] <= best / 3:
            return ", ".join((chosen, min(beside)[1]))
    return chosen


def _phrases(quote: str, longest: int) -> set[str]:
    """Runs of words that neither begin nor end with a little word."""
    words = _words(spelled_out(quote))
    return {
        " ".join(words[start : start + length])
        for length in range(1, longest + 1)
        for start in range(len(words) - length + 1)
        if words[start] not in _LITTLE and words[start + length - 1] not in _LITTLE
    }


def _telling(phrase: str, of_label: frozenset[str]) -> float:
    """How much a phrase tells: the rarity of its words in notes at large, those of the category's own label counting nothing."""
    notes, seen = _notes()
    worth = [0.0 if word in of_label else math.log(notes / (1 + seen[word])) for word in phrase.split() if word not in _LITTLE]
    return sum(worth) / len(worth) ** 0.3 if worth else 0.0


@cache
def _notes() -> tuple[int, Counter[str]]:
    """How many labelled notes there are, and in how many each word occurs."""
    seen: Counter[str] = Counter()
    total = 0
    for notes in training_notes().values():
        for labelled in notes:
            total += 1
            seen.update(set(_words(spelled_out(labelled.text))))
    return total, seen


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))
