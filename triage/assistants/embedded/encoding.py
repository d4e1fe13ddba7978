"""Vectors for a few words of a note, from the encoder that judges clauses: words of like meaning lie near each other.

The encoder ships with one output, its scores. What its layers make of the words is read by naming two more of its values as outputs: ONNX
is protobuf, and the bytes of a message written behind a model's own are merged into it. Which layers, and how they are weighted, was
measured (docs/patterns.md).
"""

import math
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from triage.assistants.embedded.features import see_phrase
from triage.assistants.embedded.heads import Floats
from triage.assistants.embedded.model import FITTED, training_notes
from triage.assistants.embedded.network import CLOSE, MOST_TOKENS, OPEN
from triage.assistants.embedded.shorthand import spelled_out

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

LAYERS = (
    "/encoder/embeddings/word_embeddings/Gather_output_0",  # each word by itself
    "/encoder/encoder/layer.1/output/LayerNorm/LayerNormalization_output_0",  # each word among the others
)
CUES = 0.1
"""Share of the cues of the lexicon in the likeness of two texts; the layers have equal parts of the rest."""
_MOST_LETTERS = 600


class Encoder:
    """Nothing changes after construction but what is loaded at first use. Not quick to load: a second or two."""

    def __init__(self, folder: Path = FITTED) -> None:
        self._folder = folder

    @cached_property
    def _session(self) -> "InferenceSession":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        model = (self._folder / "encoder.onnx").read_bytes() + b"".join(_output(layer) for layer in LAYERS)
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self._folder / "tokenizer.json"))

    @cached_property
    def _known(self) -> tuple[list[str], dict[int, float], Counter[str]]:
        """From the labelled notes: evidence of blockers and escalations, how much each word piece tells, how often each cue is shown."""
        evidence: list[str] = []
        seen: Counter[int] = Counter()
        total = 0
        for notes in training_notes().values():
            for labelled in notes:
                total += 1
                seen.update(set(self._tokens(labelled.text)))
                if labelled.gold is not None:
                    evidence += [blocker.evidence for blocker in labelled.gold.blockers]
                    evidence += [labelled.gold.escalation.evidence] if labelled.gold.escalation else []
        telling = {piece: math.sqrt(max(math.log(total / (1 + times)), 0.05)) for piece, times in seen.items()}
        telling[-1] = math.sqrt(math.log(total))
        cues: Counter[str] = Counter()
        for words in evidence:
            cues.update(see_phrase(words).cues)
        return evidence, telling, cues

    @cached_property
    def _spaces(self) -> list[tuple[Floats, Floats]]:
        """For each layer its mean and its axes over the evidence of the labelled notes, the longest axes drawn in by half their logarithm.

        Without it all clauses would be alike: what they share, that they are clauses of notes, is most of what a layer says.
        """
        spaces = []
        for pooled in self._pooled(self._known[0]):
            mean = pooled.mean(axis=0)
            _, lengths, axes = np.linalg.svd(pooled - mean, full_matrices=False)
            spread = np.sqrt(lengths / math.sqrt(len(pooled))) + 1e-6
            spaces.append((mean, np.asarray(axes.T / spread, dtype=np.float32)))
        return spaces

    def vectors(self, texts: Sequence[str]) -> Floats:
        """[texts, width], each of length 1: the cosine of two is how alike they are. The same texts give the same vectors."""
        pooled = self._pooled(texts)
        layers = [
            _unit(np.asarray((part - mean) @ axes, dtype=np.float32)) for part, (mean, axes) in zip(pooled, self._spaces, strict=True)
        ]
        share = math.sqrt((1 - CUES) / len(layers))
        return _unit(np.hstack([*(share * layer for layer in layers), math.sqrt(CUES) * self._cues(texts)]).astype(np.float32))

    def _pooled(self, texts: Sequence[str]) -> list[Floats]:
        """[texts, width] of each layer: the mean of its word pieces, those that tell more counting more."""
        telling = self._known[1]
        made: list[list[Floats]] = [[] for _ in LAYERS]
        for text in texts:
            pieces = self._tokens(spelled_out(text))[:MOST_TOKENS] or [OPEN]
            length = len(pieces) + 2
            weights = np.array([telling.get(piece, telling[-1]) for piece in pieces], dtype=np.float32)
            put = {"ids": np.array([[OPEN, *pieces, CLOSE]], dtype=np.int64)}
            put |= {name: np.zeros((1, length), dtype=np.float32) for name in ("mean", "first", "shut")}
            for rows, values in zip(made, self._session.run(list(LAYERS), put), strict=True):
                rows.append(weights @ values[0][1:-1] / weights.sum())
        return [np.array(rows, dtype=np.float32) for rows in made]

    def _cues(self, texts: Sequence[str]) -> Floats:
        """[texts, cues]: what the lexicon finds in a text, rare cues counting more; a row without any is zeros."""
        evidence, _, seen = self._known
        column = {cue: number for number, cue in enumerate(sorted(seen))}
        found = np.zeros((len(texts), len(column)), dtype=np.float32)
        for row, text in enumerate(texts):
            for cue in see_phrase(text[:_MOST_LETTERS]).cues:
                if cue in column:
                    found[row, column[cue]] = math.log(len(evidence) / seen[cue])
        return _unit(found)

    def _tokens(self, text: str) -> list[int]:
        plain = text.encode(errors="replace").decode()
        ids: list[int] = self._tokenizer.encode(plain.lower(), add_special_tokens=False).ids
        return ids


def _unit(rows: Floats) -> Floats:
    """Each row with length 1; a row of zeros stays."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _output(name: str) -> bytes:
    """A `ModelProto` that has nothing but one more output of its graph."""
    return _field(7, _field(12, _field(1, name.encode())))  # ModelProto.graph, GraphProto.output, ValueInfoProto.name


def _field(number: int, content: bytes) -> bytes:
    """A protobuf field that holds bytes; of fewer than 128, so that its length is one byte."""
    if len(content) > 127:
        raise ValueError("this name of a layer is too long to be written in one byte of length")
    return bytes((number << 3 | 2, len(content))) + content
