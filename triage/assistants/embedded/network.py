"""The network that judges the units of a note, as it is run: ONNX Runtime on one thread, and one row of weights per named feature.

It has two parts whose scores are added. The deep part is an encoder (the first layers of MiniLM, fitted to the labelled notes) that reads
the whole note and scores each unit from the mean, the first and the strongest of its tokens. The wide part is linear in the named features.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from triage.assistants.embedded.features import Seen, Unit
from triage.assistants.embedded.heads import WIDTH, Floats

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MOST_TOKENS = 300
"""Of the note at a time; a longer one is judged in several pieces, cut between sentences."""
OPEN, CLOSE = 101, 102  # the tokens that stand before and after a text
_SHUT = np.float32(-1e4)
_AT_ONCE = 64  # units whose names are looked up together: a note of a hundred pages must not fill the memory
_LONE = re.compile("[\ud800-\udfff]")  # half a character, which no tokenizer takes


@dataclass(frozen=True, slots=True)
class Pooling:
    """Which tokens each unit is made of: [units, tokens], all without the tokens before and after the text put in."""

    mean: Floats
    first: Floats
    shut: Floats


class Network:
    """Judges the units of notes. Nothing changes after construction but what is loaded at first use, so threads may share one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _session(self) -> "InferenceSession":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # notes are read side by side; threads of one would only wait
        return onnxruntime.InferenceSession(str(self._folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self._folder / "tokenizer.json"))

    @cached_property
    def _wide(self) -> tuple[dict[str, int], Floats]:
        with np.load(self._folder / "wide.npz", allow_pickle=False) as file:
            names = json.loads(file["names"].tobytes())
            weights = file["weights"].astype(np.float32)
        unknown = np.zeros((1, weights.shape[1]), dtype=np.float32)  # the last row, for names that were not learnt
        return {name: row for row, name in enumerate(names)}, np.vstack([weights, unknown])

    def scores(self, seen: Seen) -> Floats:
        """[units, WIDTH]: clauses first, then sentences, in the columns of `heads`."""
        units = seen.units
        scores = np.zeros((len(units), WIDTH), dtype=np.float32)
        if not units:
            return scores
        tokens = self._tokenizer.encode(plain(seen.split.folded, seen.note.text), add_special_tokens=False)
        spans = token_spans(units, tokens.offsets)
        for rows, start, end in pieces(seen, spans):
            ids = np.array([[OPEN, *tokens.ids[start:end], CLOSE]], dtype=np.int64)
            pooled = pooling([spans[row] for row in rows], start, end)
            put = {"ids": ids, "mean": pooled.mean, "first": pooled.first, "shut": pooled.shut}
            scores[rows] = self._session.run(None, put)[0]
        for start in range(0, len(units), _AT_ONCE):
            scores[start : start + _AT_ONCE] += self._wide_scores(units[start : start + _AT_ONCE])
        return scores

    def _wide_scores(self, units: Sequence[Unit]) -> Floats:
        """[units, WIDTH]: what the named features add."""
        index, weights = self._wide
        rows = [index.get(name, -1) for unit in units for name in unit.names]
        values = np.fromiter(chain.from_iterable(unit.names.values() for unit in units), dtype=np.float32, count=len(rows))
        starts = np.cumsum([0, *(len(unit.names) for unit in units[:-1])])  # every unit has names: that of its mood at least
        return np.asarray(np.add.reduceat(weights[rows] * values[:, None], starts, axis=0), dtype=np.float32)


def plain(folded: str, text: str) -> str:
    """The part of the note that was cut up, with a visible sign for each line end: the tokenizer would drop it."""
    return _LONE.sub("?", text[: len(folded)]).replace("\n", "¶")


def token_spans(units: tuple[Unit, ...], offsets: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """[start, end) in tokens of each unit; empty where no token lies in it."""
    starts = np.array([start for start, _ in offsets], dtype=np.int64)
    ends = np.array([end for _, end in offsets], dtype=np.int64)
    first = np.searchsorted(ends, [unit.place.start for unit in units], side="right")
    last = np.searchsorted(starts, [unit.place.end for unit in units], side="left")
    return [(int(start), int(end)) for start, end in zip(first, last, strict=True)]


def pieces(seen: Seen, spans: list[tuple[int, int]]) -> list[tuple[list[int], int, int]]:
    """The note in pieces of at most MOST_TOKENS where sentences allow: (rows of its units, first token, token behind the last)."""
    clauses = len(seen.clauses)
    found: list[tuple[list[int], int, int]] = []
    of_sentence: dict[int, list[int]] = {}
    for row, unit in enumerate(seen.clauses):
        of_sentence.setdefault(unit.place.sentence, []).append(row)
    for number in range(len(seen.sentences)):
        row = clauses + number
        start, end = spans[row]
        rows = [*of_sentence.get(number, ()), row]
        if found and end - found[-1][1] <= MOST_TOKENS:
            found[-1] = ([*found[-1][0], *rows], found[-1][1], max(end, found[-1][2]))
        else:
            found.append((rows, start, min(end, start + MOST_TOKENS)))
    return found


def pooling(spans: list[tuple[int, int]], start: int, end: int) -> Pooling:
    """The tokens of units within the piece [start, end); the piece's opening token is column 0."""
    mean = np.zeros((len(spans), end - start + 2), dtype=np.float32)
    first = np.zeros_like(mean)
    shut = np.full_like(mean, _SHUT)
    for row, span in enumerate(spans):
        left, right = max(span[0], start) - start + 1, min(span[1], end) - start + 1
        if right > left:
            mean[row, left:right] = 1.0 / (right - left)
            first[row, left] = 1.0
            shut[row, left:right] = 0.0
    return Pooling(mean, first, shut)
