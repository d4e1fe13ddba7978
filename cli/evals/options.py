"""What the commands of `triage eval` share: their options, and how they print."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from evals.scoring import Scores

Data = Annotated[Path, typer.Option("--data", help="A data set: labelled notes as JSON Lines (docs/dataset.md).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def print_table(scores: "Scores", title: str) -> None:
    """The headline scores as a table on the terminal."""
    from rich.console import Console

    from evals.reports.markdown import as_table

    Console().print(as_table(scores, title=title))


def print_json(document: dict[str, Any]) -> None:
    """One JSON object on standard output."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))
