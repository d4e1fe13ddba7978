"""How the model is learnt: heads from labelled units, settings from notes of authors the heads had not seen."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from triage.assistants.embedded import calibration
from triage.assistants.embedded.decode import Judged, judge
from triage.assistants.embedded.embedding import Embedder, Floats, embedder
from triage.assistants.embedded.examples import ACTIONS, BLOCKERS, CHANNELS, NONE, OUTCOMES, REASONS, Labels, label
from triage.assistants.embedded.features import Seen, Unit, see, see_phrase
from triage.assistants.embedded.heads import Head, fit_exclusive, fit_separate, matrix, vocabulary
from triage.assistants.embedded.model import Model, Settings, fingerprint, phrases, training_notes
from triage.labelled import Gold, LabelledNote

STRENGTH = {"action": 2.0, "blocker": 2.0, "outcome": 1.0, "channel": 1.0, "reason": 1.0}
"""Inverse regularisation of each head, chosen by leave-one-author-out cross-validation."""
PHRASE_WEIGHT = {"action": 0.6, "blocker": 1.0, "outcome": 0.6, "channel": 0.6, "reason": 0.6}
"""A phrase without a note around it counts less than a clause in one."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_ECHO = 0.7  # share of a phrase's words found in one unit from which on the phrase counts as taken from it
_SHORT = 3  # shorter phrases are common property
_RARE = 200


VECTOR_SCALE = {"action": 1.5, "blocker": 1.0, "outcome": 1.0, "channel": 1.0, "reason": 1.0}
"""How much the embedding counts beside the named features, chosen likewise."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A labelled note, seen and labelled unit by unit: the costly part, done once for all folds."""

    labelled: LabelledNote
    gold: Gold
    seen: Seen
    labels: Labels


@dataclass(frozen=True, slots=True)
class PhraseList:
    units: tuple[Unit, ...]
    vectors: Floats
    labels: tuple[str, ...]


def prepare(notes: Sequence[LabelledNote], using: Embedder) -> list[Prepared]:
    """Notes with gold, ready to be learnt from or scored on; those without are passed over."""
    prepared: list[Prepared] = []
    for labelled in notes:
        if labelled.gold is not None:
            seen = see(labelled.note(), using)
            prepared.append(Prepared(labelled, labelled.gold, seen, label(seen, labelled.gold)))
    return prepared


def read_phrases(using: Embedder) -> dict[str, PhraseList]:
    """The lists of phrases, by the name of the head they teach."""
    lists: dict[str, PhraseList] = {}
    for name in ("action", "blocker", "outcome", "channel", "reason"):
        pairs = phrases(name)
        if pairs:
            shown = [see_phrase(phrase, using) for _, phrase in pairs]
            vectors = np.concatenate([vector for _, vector in shown])
            lists[name] = PhraseList(tuple(unit for unit, _ in shown), vectors, tuple(tag for tag, _ in pairs))
    return lists


def without_echoes(lists: Mapping[str, PhraseList], held_out: Sequence[Prepared]) -> dict[str, PhraseList]:
    """The lists without the phrases whose words stand, nearly all, in one clause or sentence of the notes held out.

    The phrases were written by people who had also read the training notes; without this, cross-validation would flatter.
    """
    heard = [frozenset(_WORD.findall(unit.text)) for note in held_out for unit in (*note.seen.clauses, *note.seen.sentences)]
    holding: dict[str, list[frozenset[str]]] = {}
    for words in heard:
        for word in words:
            holding.setdefault(word, []).append(words)

    def echoes(unit: Unit) -> bool:
        words = set(_WORD.findall(unit.text))
        rarest = min((holding.get(word, []) for word in words if word in holding), key=len, default=[])
        near = [*rarest, *(one for word in words for one in holding.get(word, ()) if len(holding[word]) < _RARE)]
        return len(words) >= _SHORT and any(len(words & one) >= _ECHO * len(words) for one in near)

    kept: dict[str, PhraseList] = {}
    for name, one in lists.items():
        rows = [row for row, unit in enumerate(one.units) if not echoes(unit)]
        kept[name] = PhraseList(tuple(one.units[row] for row in rows), one.vectors[rows], tuple(one.labels[row] for row in rows))
    return kept


def fit_heads(notes: Sequence[Prepared], lists: Mapping[str, PhraseList]) -> dict[str, Head]:
    """The five heads, from the units of `notes` and the lists of phrases."""
    clauses = [unit for note in notes for unit in note.seen.clauses]
    sentences = [unit for note in notes for unit in note.seen.sentences]
    clause_vectors = np.concatenate([note.seen.clause_vectors for note in notes])
    sentence_vectors = np.concatenate([note.seen.sentence_vectors for note in notes])
    extra = [unit for one in lists.values() for unit in one.units]
    index = vocabulary([*clauses, *sentences, *extra])

    def rows(name: str, units: list[Unit], vectors: Floats) -> tuple[list[Unit], Floats, np.ndarray[tuple[int], np.dtype[np.float64]]]:
        more = lists.get(name)
        weights = np.ones(len(units))
        if more is None:
            return units, vectors, weights
        return (
            [*units, *more.units],
            np.concatenate([vectors, more.vectors]),
            np.append(weights, np.full(len(more.units), PHRASE_WEIGHT[name])),
        )

    def exclusive(name: str, classes: Sequence[str], labels: list[str], units: list[Unit], vectors: Floats) -> Head:
        all_units, all_vectors, weights = rows(name, units, vectors)
        tags = [*labels, *(lists[name].labels if name in lists else ())]
        table = matrix(all_units, all_vectors * VECTOR_SCALE[name], index)
        return _unscaled(fit_exclusive(table, tags, weights, classes, index, STRENGTH[name]), VECTOR_SCALE[name])

    all_units, all_vectors, weights = rows("blocker", clauses, clause_vectors)
    sets = [found for note in notes for found in note.labels.blockers]
    sets += [frozenset(tag.split("+")) - {NONE} for tag in (lists["blocker"].labels if "blocker" in lists else ())]
    return {
        "action": exclusive("action", ACTIONS, [tag for note in notes for tag in note.labels.actions], clauses, clause_vectors),
        "blocker": fit_separate(matrix(all_units, all_vectors, index), sets, weights, BLOCKERS, index, STRENGTH["blocker"]),
        "outcome": exclusive("outcome", OUTCOMES, [tag for note in notes for tag in note.labels.outcomes], sentences, sentence_vectors),
        "channel": exclusive("channel", CHANNELS, [tag for note in notes for tag in note.labels.channels], sentences, sentence_vectors),
        "reason": exclusive("reason", REASONS, [tag for note in notes for tag in note.labels.reasons], sentences, sentence_vectors),
    }


def _unscaled(head: Head, scale: float) -> Head:
    """The head for embeddings as they are, from one fitted to embeddings times `scale`."""
    return replace(head, dense=head.dense * np.float32(scale))


def fit(authors: Mapping[str, Sequence[Prepared]], lists: Mapping[str, PhraseList]) -> tuple[dict[str, Head], Settings]:
    """Heads from all authors, and settings from each author's notes as read by heads that had not seen that author."""
    unseen: list[tuple[Judged, Gold]] = []
    if len(authors) > 1:
        for author, notes in authors.items():
            others = fit_heads([note for name, rest in authors.items() if name != author for note in rest], without_echoes(lists, notes))
            unseen += [(judge(note.seen, others), note.gold) for note in notes]
    heads = fit_heads([note for notes in authors.values() for note in notes], lists)
    return heads, calibration.settle(unseen)


@contextmanager
def one_thread() -> Iterator[None]:
    """Numerical libraries on one thread: on small matrices more of them only wait for each other."""
    import sklearn.linear_model  # noqa: F401 — loaded first, so that the limit reaches its threads too
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1):
        yield


def train() -> Model:
    """The model of the labelled data in the repository, deterministically. Takes some tens of seconds on one core."""
    using = embedder()
    authors = {author: prepare(notes, using) for author, notes in training_notes().items()}
    with one_thread():
        heads, settings = fit(authors, read_phrases(using))
    return Model(heads, settings, fingerprint())
