"""The embedded assistant beside medSpaCy: the same notes on the same core, how fast and how good at finding blockers.

medSpaCy runs twice: with the sentence splitter that it loads by default, and with spaCy's own, which is much quicker.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.measuring import ROOT, ROUNDS, Measure, over_rounds
from benchmarks.reading import one_round
from benchmarks.reading_child import PUBLIC
from evals import scoring
from evals.predictions import Prediction
from evals.scoring import Scores
from triage import labelled
from workflow.vocabulary import BlockerCategory

NAME = "peer"
PYTHON = ROOT / ".venv-medspacy" / "bin" / "python"
INSTALLED = ROOT / ".venv-medspacy" / ".installed"  # which `make bench-peer` leaves last, so that half an installation is none
PEER = "medSpaCy"
QUICK = "medSpaCy, spaCy’s sentences"


def run(_folder: Path) -> list[Measure]:
    """Each round starts the three processes afresh, one after the other. Measures nothing, and says so, where medSpaCy is not installed."""
    if not INSTALLED.exists():
        print(f"{NAME}: {PEER} is not installed; `make bench-peer` installs it (Python 3.11). Going on without it.", file=sys.stderr)
        return []
    whose: dict[str, tuple[str, Path | str]] = {
        PEER: ("medspacy", PYTHON),
        QUICK: ("medspacy_quick", PYTHON),
        "ours": ("assistant", sys.executable),
    }
    for who, python in whose.values():
        one_round(who, warm_up=True, python=python)
    rounds = [{name: one_round(who, python=python) for name, (who, python) in whose.items()} for _ in range(ROUNDS)]
    n = f"{rounds[0]['ours']['notes']} notes, {ROUNDS} rounds"

    def each(what: str, key: str, unit: str, *, remark: str = "") -> list[Measure]:
        ours, peer, quick = ([one[name][key] for one in rounds] for name in ("ours", PEER, QUICK))
        return [
            over_rounds(NAME, what, ours, unit, n, baseline=peer, against=PEER, remark=remark),
            over_rounds(NAME, f"{what}: {PEER}", peer, unit, n),
            over_rounds(NAME, f"{what}: {QUICK}", quick, unit, n, baseline=peer, against=PEER),
        ]

    return [
        *each("notes read", "notes_per_s", "notes/s"),
        *each("notes read per second of CPU", "notes_per_cpu_s", "notes/s", remark="what the core itself was used, whoever else wanted it"),
        *each("memory peak", "peak_mb", "MB"),
        *each("ready", "ready_s", "s", remark="from starting Python; bytecode compiled"),
        *_blockers({name: found["blockers"] for name, found in rounds[0].items()}),
    ]


def _blockers(found: dict[str, dict[str, list[dict[str, str]]]]) -> list[Measure]:
    """How good the blockers are that each reader found (by note), by the rules of docs/dataset.md."""
    notes = labelled.load(PUBLIC)
    scores = {name: scoring.score(notes, _predictions(by_note)) for name, by_note in found.items()}
    return [
        *_beside("blockers, micro F1", "blockers.micro_f1", scores),
        *_beside("blockers, macro F1", "blockers.macro_f1", scores),
        *(_category(category, scores) for category in scoring.NAMED_BLOCKERS),
    ]


def _predictions(by_note: dict[str, list[dict[str, str]]]) -> list[Prediction]:
    return [Prediction.model_validate({"id": name, "reading": {"blockers": blockers}}) for name, blockers in by_note.items()]


def _beside(what: str, path: str, scores: Mapping[str, Scores]) -> list[Measure]:
    """Ours with its ratio to medSpaCy's, then both of medSpaCy's."""

    def one(name: str, title: str) -> Measure:
        score = scores[name].measures[path]
        between = f"95 %: {score.low:.3f} to {score.high:.3f}" if score.low is not None and score.high is not None else ""
        return Measure(NAME, title, score.value or 0.0, "", f"{score.n} blockers", remark=between)

    ours, *peers = one("ours", what), one(PEER, f"{what}: {PEER}"), one(QUICK, f"{what}: {QUICK}")
    return [replace(ours, ratio=ours.value / peers[0].value, against=PEER), *peers]


def _category(category: BlockerCategory, scores: Mapping[str, Scores]) -> Measure:
    """Our F1 in one category, its ratio to medSpaCy's where it found any, and medSpaCy's as the remark."""
    path = f"blockers.by_class.{category}.f1"
    ours, peer = (scores[name].measures[path].value or 0.0 for name in ("ours", PEER))
    n = f"{scores['ours'].measures[path].n} blockers"
    ratio = ours / peer if peer else None
    return Measure(NAME, f"blockers, {category.label.lower()}, F1", ours, "", n, ratio, PEER, remark=f"{PEER} {peer:.3f}")
