"""Static sentence embeddings: the mean of the 256-number word-piece vectors that ship inside the wordllama package.

The files are opened directly: importing wordllama reconfigures the root logger and loads an HTTP client, and neither belongs in a
process that only averages vectors. No download can happen.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from tokenizers import Tokenizer

Floats = npt.NDArray[np.float32]

WIDTH = 256
_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"


class Embedder:
    """Turns texts into rows of unit length. Safe to share between threads: nothing changes after loading."""

    def __init__(self, vectors: Floats, tokenizer: Tokenizer) -> None:
        self._vectors = vectors
        self._tokenizer = tokenizer

    def embed(self, texts: list[str]) -> Floats:
        """One row of WIDTH numbers for each text, of length 1; zeros for a text without word pieces."""
        rows = np.zeros((len(texts), WIDTH), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            ids = self._tokenizer.encode(text, add_special_tokens=False).ids  # one at a time: no thread pool, so forking stays safe
            if ids:
                total = self._vectors[ids].sum(axis=0, dtype=np.float32)
                row[:] = total / max(float(np.linalg.norm(total)), 1e-6)
        return rows


@cache
def embedder() -> Embedder:
    """The shared embedder, loaded at first use. Raises FileNotFoundError where the wordllama package is not installed whole."""
    root = _package()
    with safe_open(root / _WEIGHTS, framework="np") as weights:
        vectors = np.ascontiguousarray(weights.get_tensor("embedding.weight"), dtype=np.float32)
    return Embedder(vectors, Tokenizer.from_file(str(root / _TOKENIZER)))


def _package() -> Path:
    spec = find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("The wordllama package, which carries the word vectors, is not installed.")
    return Path(spec.submodule_search_locations[0])
