"""Sentences of digests made false in one place, each in a way that is sure to be false. Deterministic."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from triage.change_words import BLOCKERS, MOVERS, REASONS, STATUSES
from triage.writing import Fact, Line
from workflow.calendar import in_words
from workflow.vocabulary import BlockerCategory, LaneName

Mutation = Callable[[Line, Sequence[Fact], Random], Line | None]

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
WORDS += [f"{stem}teen" for stem in ("thir", "four", "fif", "six", "seven", "eigh", "nine")] + ["twenty"]
NUMBER = re.compile(rf"(?<![\w:])(?:\d+|{'|'.join(WORDS)})(?![\w:-])", re.IGNORECASE)
DAY = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:day)? \d{1,2} (?:[A-Z][a-z]+)")
STRANGER = "Brenda Castillo"


def _value(said: str) -> int:
    return int(said) if said.isdigit() else WORDS.index(said.lower())


def _numbers(text: str) -> list[re.Match[str]]:
    days = [match.span() for match in DAY.finditer(text)] + [match.span() for match in re.finditer(r"\d{1,2} Mar(?:ch)?|Monday 2", text)]
    return [
        found
        for found in NUMBER.finditer(text)
        if not any(start <= found.start() < end for start, end in days)
        and not re.match(r" (?:of|by) one|one another", text[found.start() :])
    ]


def _put(line: Line, start: int, end: int, words: str) -> Line:
    return replace(line, text=line.text[:start] + words + line.text[end:])


def number_changed(line: Line, facts: Sequence[Fact], chance: Random) -> Line | None:
    """Another number in the place of one."""
    found = _numbers(line.text)
    if not found:
        return None
    match = chance.choice(found)
    value = _value(match.group())
    return _put(
        line,
        *match.span(),
        str(chance.choice([each for each in (value - 2, value - 1, value + 1, value + 3, value * 10 + 1) if each >= 0])),
    )


def number_in_wrong_words(line: Line, facts: Sequence[Fact], chance: Random) -> Line | None:
    """A number becomes the word for another one."""
    found = [match for match in _numbers(line.text) if _value(match.group()) < 20]
    if not found:
        return None
    match = chance.choice(found)
    return _put(line, *match.span(), WORDS[_value(match.group()) + 1])


def numbers_swapped(line: Line, facts: Sequence[Fact], chance: Random) -> Line | None:
    """Two different numbers change places."""
    found = _numbers(line.text)
    pairs = [
        (one, other) for one in found for other in found if one.start() < other.start() and _value(one.group()) != _value(other.group())
    ]
    if not pairs:
        return None
    one, other = chance.choice(pairs)
    text = line.text[: one.start()] + other.group() + line.text[one.end() : other.start()] + one.group() + line.text[other.end() :]
    return replace(line, text=text)


def _names(facts: Sequence[Fact], ids: Sequence[str] | None = None) -> list[str]:
    return sorted(
        {str(value) for fact in facts if ids is None or fact.id in ids for role, value in fact.values.items() if role.startswith("name_")}
    )


def name_of_another(line: Line, facts: Sequence[Fact], chance: Random) -> Line | None:
    """Another patient of the queue in the place of one."""
    there = [name for name in _names(facts, line.facts) if name in line.text]
    others = [name for name in _names(facts) if name not in _names(facts, line.facts)]
    return replace(line, text=line.text.replace(chance.choice(there), chance.choice(others), 1)) if there and others else None


def name_of_nobody(line: Line, facts: Sequence[Fact], chance: Random) -> Line | None:
    """A patient whom no fact names."""
    there = [name for name in _names(facts) if name in line.text]
    return replace(line, text=line.text.replace(chance.choice(there), STRANGER, 1)) if there else None


def patients_swapped(line: Line, facts: Sequence[Fact], chance: Random) -> Line | None:
    """Two patients of different facts change places."""
    by_fact = [[name for name in _names(facts, [fact]) if name in line.text] for fact in line.facts]
    pairs = [(a, b) for one in by_fact for other in by_fact for a in one for b in other if a not in other and b not in one]
    if not pairs:
        return None
    one, other = chance.choice(pairs)
    return replace(line, text=line.text.replace(one, "\0").replace(other, one).replace("\0", other))


FLIPS = (
    ("rose", "fell"), ("grew", "shrank"), ("up", "down"), ("more", "fewer"), ("rise", "fall"), ("grown", "shrunk"),
    ("increased", "decreased"),
    ("More", "Fewer"), ("Fewer", "More"), ("fewer", "more"), ("climbed", "dropped"), ("shrank", "grew"), ("fell", "rose"), ("down", "up"),
    ("stayed at", "rose to"), ("stayed at", "fell to"), ("the same as", "up from"), ("as many as", "fewer than"), ("newly", "no longer"),
    ("no longer", "newly"), ("half as many", "twice as many"), ("most", "least"), ("longest", "shortest"), ("oldest", "newest"),
    ("biggest", "smallest"), ("less than", "more than"), ("less", "more"), ("Most", "None"), ("again", "for the first time"),
)  # fmt: skip


def direction_flipped(line: Line, facts: Sequence[Fact], chance: Random) -> Line | None:
    """Rose becomes fell."""
    there = [(word, flip) for word, flip in FLIPS if re.search(rf"\b{word}\b", line.text)]
    if not there:
        return None
    word, flip = chance.choice(there)
    return replace(line, text=re.sub(rf"\b{word}\b", flip, line.text, count=1))


def _kinds() -> Iterator[list[str]]:
    yield [BLOCKERS.get(each, each.label.lower()) for each in BlockerCategory]
    yield list(REASONS.values())
    yield list(STATUSES.values())
    yield list(MOVERS.values())
    yield [each.label for each in LaneName]


def word_swapped(line: Line, facts: Sequence[Fact], chance: Random) -> Line | None:
    """Another blocker, reason, status, mover or lane."""
    choices = [
        (word, other)
        for words in _kinds()
        for word in words
        for other in words
        if other != word and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", line.text, re.IGNORECASE)
    ]
    if not choices:
        return None
    word, other = chance.choice(choices)
    return replace(line, text=re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", other, line.text, count=1, flags=re.IGNORECASE))


NEGATIONS = (
    (r"\b(is|are|was|were|has|have)\b", r"\1 not"),
    (r"\bno named owner\b", "a named owner"),
    (r"\bnot yet been acknowledged\b", "been acknowledged"),
    (r"\bno longer\b", "still"),
    (r"\b(rose|fell|grew|shrank|stayed)\b", r"never \1"),
    (r"\b(came in|became)\b", r"never \1"),
    (r"\b[Nn]obody\b", "Somebody"),
    (r"\bcame to be\b", "ceased to be"),
    (r"\b(blocks|reached)\b", r"never \1"),
)


def negated(line: Line, facts: Sequence[Fact], chance: Random) -> Line | None:
    """The contrary."""
    there = [(pattern, words) for pattern, words in NEGATIONS if re.search(pattern, line.text)]
    if not there:
        return None
    pattern, words = chance.choice(there)
    return replace(line, text=re.sub(pattern, words, line.text, count=1))


def day_moved(line: Line, facts: Sequence[Fact], chance: Random) -> Line | None:
    """Another day."""
    days = {in_words(value): value for fact in facts for value in fact.values.values() if isinstance(value, date)}
    there = [said for said in days if said in line.text]
    if not there:
        return None
    said = chance.choice(there)
    other = in_words(days[said] + timedelta(days=chance.choice([-7, -2, -1, 1, 3, 10])))
    return replace(line, text=line.text.replace(said, other, 1)) if other not in days else None


UNRELATED = ("attempts", "due_soon", "median_age", "reopened", "closed")


def citation_changed(line: Line, facts: Sequence[Fact], chance: Random) -> Line | None:
    """One citation becomes that of another fact."""
    others = [fact.id for fact in facts if fact.id in UNRELATED and fact.id not in line.facts]
    if not line.facts or not others:
        return None
    gone = chance.choice(line.facts)
    return replace(line, facts=tuple(chance.choice(others) if each == gone else each for each in line.facts))


def citation_lost(line: Line, facts: Sequence[Fact], chance: Random) -> Line | None:
    """One citation is left out."""
    gone = chance.choice(line.facts) if line.facts else None
    return replace(line, facts=tuple(each for each in line.facts if each != gone)) if gone else None


def citation_unknown(line: Line, facts: Sequence[Fact], chance: Random) -> Line | None:
    """A fact is cited that there is not."""
    return replace(line, facts=(*line.facts, "blocked:everything"))


MUTATIONS: tuple[Mutation, ...] = (
    number_changed,
    number_in_wrong_words,
    numbers_swapped,
    name_of_another,
    name_of_nobody,
    patients_swapped,
    direction_flipped,
    word_swapped,
    negated,
    day_moved,
    citation_changed,
    citation_lost,
    citation_unknown,
)


def mutated(lines: Sequence[Line], facts: Sequence[Fact], chance: Random) -> Iterator[tuple[str, int, list[Line]]]:
    """For each mutation that fits somewhere: its name, the place of the sentence, and the digest with it."""
    for mutation in MUTATIONS:
        places = list(range(len(lines)))
        chance.shuffle(places)
        for place in places:
            false = mutation(lines[place], facts, chance)
            if false is not None and false != lines[place]:
                yield mutation.__name__, place, [*lines[:place], false, *lines[place + 1 :]]
                break


def of_another(lines: Sequence[Line], facts: Sequence[Fact], others: Sequence[Line], theirs: Sequence[Fact]) -> Iterator[Line]:
    """Sentences of another digest that are not true of this one: what they say now is another number or another patient."""
    mine, their = ({fact.id: fact for fact in each} for each in (facts, theirs))
    for line in others:
        for fact_id in line.facts:
            here, there = mine.get(fact_id), their[fact_id]
            names = [name for name in _names([there]) if name in line.text]
            if names:
                differs = here is None or not set(names) <= set(_names([here]))
            else:
                now = [there.values.get(role) for role in ("after", "count", "days") if role in there.values][:1]
                differs = here is None or now != [here.values.get(role) for role in ("after", "count", "days") if role in here.values][:1]
            if differs and line not in lines:
                yield line
                break
