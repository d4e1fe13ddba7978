"""How well the embedded assistant reads notes of people it has not learnt from: `python -m evals.crossvalidate`.

Leave one author out: each author's training notes are read by a model fitted to the other authors alone, thresholds and calibration
included. The phrase lists were written by somebody who had also read the training notes, so for each fold the phrases that echo the
author held out are left out as well (`fitting.without_echoes`).
"""

import json
import os
import time
from collections.abc import Mapping, Sequence

import numpy as np

from evals.cases import Case, compare_notes
from evals.predictions import Prediction, line_of, parse_line
from evals.scoring import HEADLINE, measure
from triage.assistants.embedded.assistant import EmbeddedAssistant
from triage.assistants.embedded.embedding import embedder
from triage.assistants.embedded.fitting import Prepared, fit, one_thread, prepare, read_phrases, without_echoes
from triage.assistants.embedded.model import Model, training_notes

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


def folds() -> dict[str, list[tuple[Prepared, Prediction]]]:
    """For each author: the notes, what the model fitted without that author made of them."""
    using = embedder()
    authors = {author: prepare(notes, using) for author, notes in training_notes().items()}
    lists = read_phrases(using)
    found: dict[str, list[tuple[Prepared, Prediction]]] = {}
    for author, held_out in authors.items():
        others: Mapping[str, Sequence[Prepared]] = {name: notes for name, notes in authors.items() if name != author}
        heads, settings = fit(others, without_echoes(lists, held_out))
        reader = EmbeddedAssistant(Model(heads, settings, f"without {author}"), using)
        found[author] = [(one, _read(reader, one)) for one in held_out]
    return found


def _read(reader: EmbeddedAssistant, one: Prepared) -> Prediction:
    note = one.labelled.note()
    return parse_line(json.dumps(line_of(note, reader.read_note(note))), 1)


def _row(name: str, cases: Sequence[Case]) -> str:
    values = measure(cases, {path: HEADLINE[path] for path in SHOWN})
    cells = (values[path].value for path in SHOWN)
    return f"{name:<20}" + "".join(f"{'–' if value is None else f'{value:.3f}':>12}" for value in cells)


def main() -> None:
    """Prints one row of scores an author and one over all."""
    began = time.monotonic()
    with one_thread():
        found = folds()
    print(f"{'author held out':<20}" + "".join(f"{path.split('.')[-1][:6] + ' ' + path[:4]:>12}" for path in SHOWN))  # noqa: T201
    everything: list[Case] = []
    for author, read in found.items():
        cases = compare_notes([one.labelled for one, _ in read], [prediction for _, prediction in read])
        everything += cases
        print(_row(author, cases))  # noqa: T201 — this is a report
    print(_row("all", everything))  # noqa: T201
    print(f"{len(everything)} notes, {time.monotonic() - began:.0f} s, {os.cpu_count()} cores, NumPy {np.__version__}")  # noqa: T201


if __name__ == "__main__":
    main()
