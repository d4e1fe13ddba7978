"""How well patterns find causes that were planted in generated histories, how steady they are from week to week, and how quick.

The method was chosen on `pattern_causes/development.tsv` (20 causes) alone; `held_out.tsv` (10 others) is what is reported. Every wording
was written by hand, in the voices of many authors: at least 12 a cause, and unrelated ones as noise.
"""

import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from sklearn.metrics import adjusted_rand_score

from benchmarks.measuring import Measure
from triage.assistants.embedded.encoding import Encoder
from triage.patterns import Evidence, Group, Known, arranged, masked, places

CAUSES = Path(__file__).parent / "pattern_causes"
SEEDS = 10
PLANTED = 10
WEEKS = 12
NOISE = 40
NOTHING = "noise"
FIRST_DAY = date(2026, 1, 5)
BLANKS = {
    "name": ("Mrs. Alvarez", "Tom", "Ms. Chen", "Delgado", "Rosa", "Mr. Whitfield"),
    "payer": ("Aetna", "Humana", "Blue Cross", "Molina"),
    "day": ("3/14", "Tuesday", "May 2", "next week", "Friday"),
    "n": ("2", "3", "4", "5", "6"),
}


@dataclass(frozen=True, slots=True)
class History:
    """Evidence of some weeks, and the cause of each piece; noise has a cause of its own each."""

    evidence: list[Evidence]
    causes: list[str]

    def until(self, week: int) -> "History":
        """What had come in by the end of this week, counted from 1."""
        kept = [number for number, each in enumerate(self.evidence) if each.day < FIRST_DAY + timedelta(weeks=week)]
        return History([self.evidence[number] for number in kept], [self.causes[number] for number in kept])


def wordings(name: str) -> dict[str, list[tuple[str, str]]]:
    """(category, words) by cause."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in (CAUSES / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        cause, category, words = line.split("\t")
        found.setdefault(cause, []).append((category, words))
    return found


def history(name: str, seed: int, *, once: bool = False) -> History:
    """Ten causes over twelve weeks, 10 to 40 episodes each, every one in words drawn from the cause's, and 40 unrelated pieces of evidence.

    With `once`, every wording occurs once at most: no two episodes have the same words.
    """
    chance = random.Random(seed)
    known = wordings(name)
    drawn: list[tuple[str, str, str]] = []
    for cause in chance.sample(sorted(set(known) - {NOTHING}), PLANTED):
        words = known[cause]
        count = chance.randint(10, 40)
        drawn += [(cause, *one) for one in (chance.sample(words, min(count, len(words))) if once else chance.choices(words, k=count))]
    drawn += [(f"{NOTHING} {number}", *one) for number, one in enumerate(chance.sample(known[NOTHING], NOISE))]
    chance.shuffle(drawn)
    evidence = [
        Evidence(number, number, FIRST_DAY + timedelta(days=chance.randrange(7 * WEEKS)), category, masked(filled(words, chance)))
        for number, (_, category, words) in enumerate(drawn, 1)
    ]
    return History(evidence, [cause for cause, _, _ in drawn])


def filled(words: str, chance: random.Random) -> str:
    """`words` with names, days and numbers in their blanks."""
    return re.sub(r"\{(\w+)\}", lambda blank: chance.choice(BLANKS[blank[1]]), words)


def agreement(found: Sequence[Group], told: History) -> float:
    """Adjusted Rand index, item by item; what is in no pattern counts as a group of its own each."""
    label = {item: f"pattern {number}" for number, group in enumerate(found) for item in group.items}
    return float(adjusted_rand_score(told.causes, [label.get(each.id, f"none {each.id}") for each in told.evidence]))


def steadiness(told: History, encoder: Encoder) -> tuple[float, float]:
    """Share of the items of a pattern that are still in it a week later, over the last six weeks, and the agreement at the end."""
    known: list[Known] = []
    kept = asked = 0
    groups: list[Group] = []
    number = 0
    for week in range(WEEKS - 6, WEEKS + 1):
        part = told.until(week)
        groups = arranged(part.evidence, places(part.evidence, encoder), known)
        for group in groups:
            if group.pattern is None:
                number += 1
                group.pattern = number
        before = {item: each.id for each in known for item in each.items}
        now = {item: group.pattern for group in groups for item in group.items}
        asked += len(before)
        kept += sum(now.get(item) == pattern for item, pattern in before.items())
        known = [Known(group.pattern, set(group.items), is_decided=False) for group in groups if group.pattern is not None]
    return kept / max(asked, 1), agreement(groups, told)


def confirmed_early(told: History, encoder: Encoder) -> tuple[float, float]:
    """Patterns of the first eight weeks are confirmed as they are; of what came after: the share that joined one, and of those the share
    whose cause is that of most of the pattern."""
    early = told.until(8)
    groups = arranged(early.evidence, places(early.evidence, encoder), [])
    known = [Known(number, set(group.items), is_decided=True) for number, group in enumerate(groups, 1)]
    cause = {each.id: what for each, what in zip(told.evidence, told.causes, strict=True)}
    most = {each.id: Counter(cause[item] for item in each.items).most_common(1)[0][0] for each in known}
    later = arranged(told.evidence, places(told.evidence, encoder), known)
    held = {item for each in known for item in each.items}
    joined = [(item, group.pattern) for group in later if group.pattern is not None for item in group.items if item not in held]
    came = [each.id for each in told.evidence if each.id not in held and cause[each.id] in set(most.values())]
    right = [item for item, pattern in joined if cause[item] == most[pattern]]
    return len(right) / max(len(came), 1), len(right) / max(len(joined), 1)


def many(count: int) -> list[Evidence]:
    """So much evidence of twenty causes, no two pieces alike."""
    chance = random.Random(7)
    known = [(category, words) for each in wordings("development").values() for category, words in each]
    filler = [words for _, words in known]
    found = []
    for number in range(1, count + 1):
        category, words = chance.choice(known)
        more = " ".join(chance.choice(filler).split()[:3])
        found.append(
            Evidence(number, number, FIRST_DAY + timedelta(days=chance.randrange(180)), category, f"{filled(words, chance)} {more}")
        )
    return found


def run(_folder: Path) -> list[Measure]:
    """Agreement on both sets, steadiness on the held-out one, seconds for 20,000 pieces."""
    encoder = Encoder()
    measures = []
    for name in ("development", "held_out"):
        for once in (False, True):
            values = []
            for seed in range(SEEDS):
                told = history(name, seed, once=once)
                values.append(agreement(arranged(told.evidence, places(told.evidence, encoder), []), told))
            what = f"adjusted Rand index, {name.replace('_', ' ')} causes{', every wording once' if once else ''}"
            measures.append(_spread(what, values))
    told = [history("held_out", seed) for seed in range(SEEDS)]
    steady = [steadiness(each, encoder) for each in told]
    measures.append(_spread("share of items that keep their pattern when a week is added", [kept for kept, _ in steady]))
    measures.append(_spread("adjusted Rand index after twelve weekly runs", [end for _, end in steady]))
    joined = [confirmed_early(each, encoder) for each in told]
    measures.append(_spread("later items of a confirmed pattern's cause that join it", [recall for recall, _ in joined]))
    measures.append(_spread("items that join a confirmed pattern and have its cause", [right for _, right in joined]))
    began = time.monotonic()
    evidence = [replace(each, words=masked(each.words)) for each in many(20_000)]
    arranged(evidence, places(evidence, encoder), [])
    measures.append(Measure("patterns", "20,000 pieces of evidence masked, encoded and put together", time.monotonic() - began, "s", "1"))
    return measures


def _spread(what: str, values: Sequence[float]) -> Measure:
    mean = sum(values) / len(values)
    remark = f"{min(values):.2f} to {max(values):.2f}"
    return Measure("patterns", what, mean, "", f"{len(values)} histories", rounds=tuple(values), remark=remark)
