"""The fitted model that ships with this package: the network, and the settings learnt beside it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from triage.assistants.embedded.network import Network
from triage.labelled import LabelledNote, load

HERE = Path(__file__).parent
TRAINING = HERE / "training"
PHRASES = HERE / "phrases"
FITTED = HERE / "fitted"
KINDS = ("task", "blocker", "attempt", "escalation")


@dataclass(frozen=True, slots=True)
class Settings:
    """What is chosen on notes of authors the network had not seen: the least probability at which each kind is suggested, and the sigmoid
    (slope, offset) that turns a raw probability's log-odds into the chance that a reviewer agrees."""

    thresholds: Mapping[str, float]
    sigmoids: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Model:
    network: Network
    settings: Settings
    content_hash: str


def fitted(folder: Path = FITTED) -> Model:
    """The model kept in `folder`. Raises OSError or KeyError where it is not whole: the package is damaged."""
    about = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    sigmoids = {kind: (float(slope), float(offset)) for kind, (slope, offset) in about["sigmoids"].items()}
    return Model(Network(folder), Settings(about["thresholds"], sigmoids), fingerprint(folder))


@cache
def fingerprint(folder: Path = FITTED) -> str:
    """A hash of the fitted files: it names the model in every suggestion."""
    digest = hashlib.sha256()
    for name in ("encoder.onnx", "wide.npz", "tokenizer.json", "settings.json"):
        digest.update(name.encode() + b"\0" + hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()


def learnt_from() -> str:
    """A hash of the labelled data, to tell whether the fitted model was learnt from it."""
    digest = hashlib.sha256()
    for path in (*sorted(TRAINING.glob("*.jsonl")), *sorted(PHRASES.glob("*.tsv"))):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def training_notes(folder: Path = TRAINING) -> dict[str, list[LabelledNote]]:
    """Labelled notes by author: one file an author. Raises BadLine where a line is not a labelled note."""
    return {path.stem: load(path) for path in sorted(folder.glob("*.jsonl"))}


def phrases(name: str, folder: Path = PHRASES) -> Sequence[tuple[str, str]]:
    """Labelled phrases of one list: (label, phrase) pairs. An absent list is an empty one."""
    path = folder / f"{name}.tsv"
    if not path.exists():
        return ()
    lines = (line.split("\t", 1) for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#"))
    return [(label, phrase) for label, phrase in lines]
