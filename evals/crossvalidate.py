"""How well the embedded assistant reads notes of people it has not learnt from: `python -m evals.crossvalidate`, with the `fit` extra.

Authors are dealt into folds; each fold's notes are read by a network fitted to the other authors alone, with the settings that ship. The
lists of phrases were written by somebody who had read the first five authors, so those five flatter a little; the others do not.
"""

import json
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evals.cases import Case, compare_notes
from evals.predictions import Prediction, line_of, parse_line
from evals.scoring import HEADLINE, measure
from triage.assistants.embedded.assistant import EmbeddedAssistant
from triage.assistants.embedded.fitting import fit_without
from triage.assistants.embedded.model import fitted, training_notes
from triage.assistants.embedded.network import Network
from triage.labelled import LabelledNote

FOLDS = 3
SHOWN = (
    "tasks.f1",
    "tasks.owner_accuracy",
    "tasks.due_accuracy",
    "blockers.micro_f1",
    "blockers.macro_f1",
    "outreach_attempts.f1",
    "escalation.f1",
    "grounding",
)


def folds() -> dict[str, list[tuple[LabelledNote, Prediction]]]:
    """For each author: the notes, and what the network fitted without that author's fold made of them."""
    authors = training_notes()
    found: dict[str, list[tuple[LabelledNote, Prediction]]] = {}
    for fold in range(FOLDS):
        held_out = sorted(authors)[fold::FOLDS]
        folder = fit_without(held_out)
        try:
            reader = EmbeddedAssistant(replace(fitted(), network=Network(folder)))
            for author in held_out:
                found[author] = [(note, _read(reader, note)) for note in authors[author]]
        finally:
            shutil.rmtree(folder)
    return found


def _read(reader: EmbeddedAssistant, labelled: LabelledNote) -> Prediction:
    note = labelled.note()
    return parse_line(json.dumps(line_of(note, reader.read_note(note))), 1)


def _row(name: str, cases: Sequence[Case]) -> str:
    values = measure(cases, {path: HEADLINE[path] for path in SHOWN})
    cells = (values[path].value for path in SHOWN)
    return f"{name:<20}" + "".join(f"{'–' if value is None else f'{value:.3f}':>12}" for value in cells)


def main() -> None:
    """Prints one row of scores an author and one over all."""
    began = time.monotonic()
    found = folds()
    print(f"{'author held out':<20}" + "".join(f"{path.split('.')[-1][:6] + ' ' + path[:4]:>12}" for path in SHOWN))  # noqa: T201
    everything: list[Case] = []
    for author, read in found.items():
        cases = compare_notes([note for note, _ in read], [prediction for _, prediction in read])
        everything += cases
        print(_row(author, cases))  # noqa: T201 — this is a report
    print(_row("all", everything))  # noqa: T201
    print(f"{len(everything)} notes, {time.monotonic() - began:.0f} s, {os.cpu_count()} cores, NumPy {np.__version__}")  # noqa: T201


if __name__ == "__main__":
    main()
