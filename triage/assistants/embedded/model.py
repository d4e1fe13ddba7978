"""The fitted model: its heads and its settings, how it is fitted, kept and found again.

It is kept as one `.npz` of plain arrays (read with `allow_pickle=False`), named by a hash of everything it depends on: the training data,
the source of this package and of the date rules, and the versions of the libraries that fit it. So a stale model is never found, and
two processes that fit at once write the same file, each by an atomic rename.
"""

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np

from triage import dates, day_sums, time_words
from triage.assistants.embedded.heads import Head
from triage.labelled import LabelledNote, load

HERE = Path(__file__).parent
TRAINING = HERE / "training"
PHRASES = HERE / "phrases"
_DATE_RULES = tuple(Path(module.__file__ or "") for module in (dates, day_sums, time_words))
KINDS = ("task", "blocker", "attempt", "escalation")
HEADS = ("action", "blocker", "outcome", "channel", "reason")


@dataclass(frozen=True, slots=True)
class Settings:
    """What is chosen by cross-validation: the least probability at which each kind is suggested, and the sigmoid (slope, offset) that turns
    a raw probability's log-odds into the chance that a reviewer agrees."""

    thresholds: Mapping[str, float]
    sigmoids: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Model:
    heads: Mapping[str, Head]
    settings: Settings
    content_hash: str


def training_notes(folder: Path = TRAINING) -> dict[str, list[LabelledNote]]:
    """Labelled notes by author: one file an author. Raises BadLine where a line is not a labelled note."""
    return {path.stem: load(path) for path in sorted(folder.glob("*.jsonl"))}


@cache
def fingerprint() -> str:
    """A hash of the training data, the code that reads and fits it, and the library versions."""
    digest = hashlib.sha256()
    sources = [*sorted(HERE.glob("*.py")), *_DATE_RULES, *sorted(TRAINING.glob("*.jsonl")), *sorted(PHRASES.glob("*.tsv"))]
    for path in sources:
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    for package in ("numpy", "scipy", "scikit-learn", "wordllama", "tokenizers"):
        digest.update(f"{package}={version(package)}\0".encode())
    return digest.hexdigest()


def kept_at(folder: Path, content_hash: str) -> Path:
    """Where the model with this hash is kept under the cache folder."""
    return folder / f"embedded-{content_hash[:24]}.npz"


def keep(model: Model, path: Path) -> None:
    """Writes the model, all or nothing. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    index = model.heads[HEADS[0]].index
    arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = {"names": _as_bytes(sorted(index, key=lambda name: index[name]))}
    about: dict[str, object] = {"content_hash": model.content_hash, "heads": {}}
    described: dict[str, object] = {}
    for name, head in model.heads.items():
        described[name] = {"classes": head.classes, "exclusive": head.exclusive}
        arrays |= {f"{name}.sparse": head.sparse, f"{name}.dense": head.dense, f"{name}.offset": head.offset}
    about |= {"heads": described, "thresholds": dict(model.settings.thresholds), "sigmoids": dict(model.settings.sigmoids)}
    arrays["about"] = _as_bytes(about)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def recall(path: Path, content_hash: str) -> Model | None:
    """The model kept at `path`, or None where there is none, or it is damaged, or it is another one."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            about = json.loads(file["about"].tobytes())
            if about["content_hash"] != content_hash:
                return None
            index = {name: number for number, name in enumerate(json.loads(file["names"].tobytes()))}
            heads = {
                name: Head(
                    tuple(kind["classes"]), kind["exclusive"], index, file[f"{name}.sparse"], file[f"{name}.dense"], file[f"{name}.offset"]
                )
                for name, kind in about["heads"].items()
            }
        sigmoids = {kind: (float(slope), float(offset)) for kind, (slope, offset) in about["sigmoids"].items()}
        return Model(heads, Settings(about["thresholds"], sigmoids), content_hash)
    except (OSError, ValueError, KeyError, TypeError, EOFError, AttributeError, zipfile.BadZipFile, zlib.error):
        return None  # a damaged cache is refitted, never trusted


def _as_bytes(value: object) -> "np.ndarray[tuple[int], np.dtype[np.uint8]]":
    return np.frombuffer(json.dumps(value).encode(), dtype=np.uint8)


def phrases(name: str, folder: Path = PHRASES) -> Sequence[tuple[str, str]]:
    """Labelled phrases of one list: (label, phrase) pairs. An absent list is an empty one."""
    path = folder / f"{name}.tsv"
    if not path.exists():
        return ()
    lines = (line.split("\t", 1) for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#"))
    return [(label, phrase) for label, phrase in lines]
