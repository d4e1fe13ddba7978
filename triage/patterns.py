"""Repeated causes across episodes: evidence that says the same in different words, put together, the same way every time.

What a person decided about stays put. Evidence that came since joins it where it is near enough; the rest is put together anew, and what
comes out is recognised among the patterns known before by the evidence that they share. Pure but for the encoder, which is passed in.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Protocol

import numpy as np
from scipy.optimize import linear_sum_assignment

from triage.assistants.embedded.heads import Floats
from triage.assistants.redaction.names import named
from triage.assistants.redaction.patterns import shaped
from triage.assistants.redaction.record import in_record
from triage.dates import find_time_phrases
from triage.reading import Person
from workflow.vocabulary import BlockerCategory, EscalationReason

FEWEST_EPISODES = 3
CATEGORY = 0.1
"""Share of the category in the likeness of two pieces of evidence. Words weigh more: one cause may be filed under two categories."""

APART = 0.82
"""Evidence is put together while the mean distance (1 - cosine) of two groups is at most this."""

NEARLY = 0.5
"""Evidence that was left alone joins the group of this search whose centre it is so near to."""

JOINS = 0.4
"""A piece of evidence joins a known pattern where its cosine to the pattern's centre is at least this."""

SAME = 0.8
"""A group is a known pattern where it shares half of its evidence or its centre is at least so near."""

MOST_AT_ONCE = 4000
"""The newest pieces of evidence that are put together anew; older ones join what comes of it. Time and memory grow with its square."""

_WORDS = (*BlockerCategory.values(), *EscalationReason.values())
_COLUMN = {word: column for column, word in enumerate(dict.fromkeys(_WORDS))}
_SHAPED = re.compile(r"[\d@]|www\.|\.(?:com|org|net|gov|edu)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\S*\d\S*")
_CALENDAR = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?\b\.?"
    r"|\b(?:january|february|march|april|june|july|august|september|october|november|december|jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
    r"|\b(?:lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|domingo)\b",
    re.IGNORECASE,
)


class Vectors(Protocol):
    """What gives texts their place: the embedded assistant's encoder."""

    def vectors(self, texts: Sequence[str]) -> Floats:
        """[texts, width], rows of length 1."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words of one accepted blocker or escalation. `category` is the blocker's, or the escalation's reason; `id` the suggestion's.

    `words` are masked (`masked`): nothing personal goes further than this.
    """

    id: int
    episode: int
    day: date
    category: str
    words: str


@dataclass(frozen=True, slots=True)
class Known:
    """A pattern as it was before. `is_decided` says that a person decided about it."""

    id: int
    items: Collection[int]
    is_decided: bool


@dataclass(slots=True)
class Group:
    """Evidence of one cause: nearness to its centre by suggestion id. `pattern` is the known one that it is, None for a new one."""

    pattern: int | None
    items: dict[int, float] = field(default_factory=dict)


def masked(words: str, about: Person | None = None) -> str:
    """`words` without names, numbers, dates and addresses: what the redaction finds, every number, every day."""
    found = [*named(words), *(in_record(about, words) if about else ()), *(shaped(words) if _SHAPED.search(words) else ())]
    spans = [(each.start, each.end) for each in found] + [(each.start, each.end) for each in find_time_phrases(words)]
    kept = list(words)
    for start, end in spans:
        kept[start:end] = " " * (end - start)
    return " ".join(_CALENDAR.sub(" ", _NUMBER.sub(" ", "".join(kept))).split())


def places(evidence: Sequence[Evidence], encoder: Vectors) -> Floats:
    """[evidence, width], rows of length 1: the encoder's vectors beside the category. Words that occur twice are encoded once."""
    texts = sorted({each.words for each in evidence})
    row = {text: number for number, text in enumerate(texts)}
    vectors = encoder.vectors(texts)[[row[each.words] for each in evidence]]
    category = np.zeros((len(evidence), len(_COLUMN)), dtype=np.float32)
    for number, each in enumerate(evidence):
        if each.category in _COLUMN:
            category[number, _COLUMN[each.category]] = 1
    return np.hstack([np.sqrt(1 - CATEGORY) * vectors, np.sqrt(CATEGORY) * category]).astype(np.float32)


def grouped(vectors: Floats) -> list[int]:
    """A number for each row, the same for rows that belong together."""
    if len(vectors) < 2:
        return [0] * len(vectors)
    from sklearn.cluster import AgglomerativeClustering

    clustering = AgglomerativeClustering(n_clusters=None, distance_threshold=APART, metric="cosine", linkage="average")
    labels = clustering.fit_predict(vectors)
    # What was put together early may lie nearer to what a group became in the end.
    numbers, counts = np.unique(labels, return_counts=True)
    large = numbers[counts >= FEWEST_EPISODES]
    if len(large):
        centres = np.array([vectors[labels == number].mean(axis=0) for number in large])
        cosines = vectors @ (centres / np.linalg.norm(centres, axis=1, keepdims=True)).T
        labels = np.where(np.isin(labels, large) | (cosines.max(axis=1) >= NEARLY), large[cosines.argmax(axis=1)], labels)
    return [int(label) for label in labels]


def arranged(evidence: Sequence[Evidence], vectors: Floats, known: Sequence[Known]) -> list[Group]:
    """The patterns in this evidence: those known that still have some, then new ones, in a fixed order.

    Every group has evidence of `FEWEST_EPISODES` episodes but those a person decided about, which keep what they have. Evidence that
    belongs to none is left out.
    """
    work = _Work(evidence, vectors, known)
    work.join_decided()
    work.put_together()
    return work.groups()


class _Work:
    """The rows of the evidence, newest first, and what each has been given to."""

    def __init__(self, evidence: Sequence[Evidence], vectors: Floats, known: Sequence[Known]) -> None:
        order = sorted(range(len(evidence)), key=lambda row: (evidence[row].day, evidence[row].id), reverse=True)
        self.evidence = [evidence[row] for row in order]
        self.vectors = vectors[order]
        row_of = {each.id: row for row, each in enumerate(self.evidence)}
        self.known = {each.id: [row_of[item] for item in sorted(each.items) if item in row_of] for each in known}
        self.decided = [each.id for each in known if each.is_decided and self.known[each.id]]
        self.suggested = [each.id for each in known if not each.is_decided and self.known[each.id]]
        self.was = {row: pattern for pattern in self.suggested for row in self.known[pattern]}
        self.given = {row: pattern for pattern in self.decided for row in self.known[pattern]}
        self.new: list[list[int]] = []

    def join_decided(self) -> None:
        """Evidence that belonged to nothing joins what was decided about, where it is near."""
        if not self.decided:
            return
        centres = np.array([self._centre(self.known[pattern]) for pattern in self.decided])
        free = [row for row in range(len(self.evidence)) if row not in self.given and row not in self.was]
        for row, nearest, cosine in self._nearest(free, centres):
            if cosine >= JOINS:
                self.given[row] = self.decided[nearest]

    def put_together(self) -> None:
        """What is left, put together anew and given to the suggested patterns it is, or to new ones."""
        left = [row for row in range(len(self.evidence)) if row not in self.given]
        first = left[:MOST_AT_ONCE]
        by_label: dict[int, list[int]] = {}
        for row, label in zip(first, grouped(self.vectors[first]), strict=True):
            by_label.setdefault(label, []).append(row)
        clusters = sorted((rows for rows in by_label.values() if self._episodes(rows) >= FEWEST_EPISODES), key=lambda rows: rows[0])
        clusters = self._without_decided(clusters)
        older = left[MOST_AT_ONCE:]
        if clusters and older:
            centres = np.array([self._centre(rows) for rows in clusters])
            for row, nearest, cosine in self._nearest(older, centres):
                if cosine >= JOINS:
                    clusters[nearest].append(row)
        for rows, pattern in zip(clusters, self._recognised(clusters), strict=True):
            if pattern is None:
                self.new.append(rows)
            else:
                self.given |= dict.fromkeys(rows, pattern)

    def groups(self) -> list[Group]:
        rows_of: dict[int, list[int]] = {}
        for row, pattern in self.given.items():
            rows_of.setdefault(pattern, []).append(row)
        return [*(self._group(pattern, rows_of[pattern]) for pattern in sorted(rows_of)), *(self._group(None, rows) for rows in self.new)]

    def _without_decided(self, clusters: list[list[int]]) -> list[list[int]]:
        """Clusters that are a pattern decided about are given to it whole; the others are left."""
        if not clusters or not self.decided:
            return clusters
        decided = np.array([self._centre(self.known[pattern]) for pattern in self.decided])
        nearness = np.array([self._centre(rows) for rows in clusters]) @ decided.T
        left = []
        for rows, cosines in zip(clusters, nearness, strict=True):
            if cosines.max() >= SAME:
                self.given |= dict.fromkeys(rows, self.decided[int(cosines.argmax())])
            else:
                left.append(rows)
        return left

    def _recognised(self, clusters: list[list[int]]) -> list[int | None]:
        """For each cluster the suggested pattern that it is, each pattern at most once: those that share most, over all."""
        found: list[int | None] = [None] * len(clusters)
        if not clusters or not self.suggested:
            return found
        shared = np.zeros((len(clusters), len(self.suggested)))
        column = {pattern: number for number, pattern in enumerate(self.suggested)}
        for number, rows in enumerate(clusters):
            for pattern, count in Counter(self.was[row] for row in rows if row in self.was).items():
                shared[number, column[pattern]] = count / min(len(rows), len(self.known[pattern]))
        known = np.array([self._centre(self.known[pattern]) for pattern in self.suggested])
        near = np.array([self._centre(rows) for rows in clusters]) @ known.T
        for number, place in zip(*linear_sum_assignment(-(2 * shared + near)), strict=True):
            if shared[number, place] >= 0.5 or near[number, place] >= SAME:
                found[number] = self.suggested[place]
        return found

    def _nearest(self, rows: list[int], centres: Floats) -> list[tuple[int, int, float]]:
        """Each row with the number of its nearest centre and the cosine to it."""
        cosines = self.vectors[rows] @ centres.T
        return [(row, int(line.argmax()), float(line.max())) for row, line in zip(rows, cosines, strict=True)]

    def _centre(self, rows: list[int]) -> Floats:
        mean = self.vectors[rows].mean(axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)

    def _episodes(self, rows: list[int]) -> int:
        return len({self.evidence[row].episode for row in rows})

    def _group(self, pattern: int | None, rows: list[int]) -> Group:
        cosines = self.vectors[rows] @ self._centre(rows)
        return Group(pattern, {self.evidence[row].id: round(float(cosine), 4) for row, cosine in zip(rows, cosines, strict=True)})


def category_of(evidence: Sequence[Evidence]) -> str:
    """The category that most episodes have, the first of the vocabulary where there is a tie."""
    counts = Counter(category for _, category in {(each.episode, each.category) for each in evidence})
    return max(counts, key=lambda category: (counts[category], -_COLUMN.get(category, len(_COLUMN))))


def quotes_of(evidence: Sequence[Evidence], nearness: Mapping[int, float], most: int = 12) -> list[Evidence]:
    """Examples: the nearest to the centre first, of different words and different episodes."""
    chosen: list[Evidence] = []
    for each in sorted(evidence, key=lambda each: (-nearness[each.id], each.id)):
        if each.words and all(each.episode != other.episode and likeness(each.words, other.words) < 0.7 for other in chosen):
            chosen.append(each)
            if len(chosen) == most:
                break
    return chosen


def likeness(one: str, other: str) -> float:
    """How many of their words two texts share, 0 to 1."""
    first, second = _word_set(one), _word_set(other)
    return len(first & second) / max(len(first | second), 1)


@lru_cache(maxsize=4096)
def _word_set(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))
