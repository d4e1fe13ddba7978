"""`triage eval compare`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.evals.options import AsJson, print_json

CASES_SHOWN = 20


def compare(
    before: Annotated[Path, typer.Argument(help="Folder of the first run.")],
    after: Annotated[Path, typer.Argument(help="Folder of the second run.")],
    as_json: AsJson = False,
) -> None:
    """Is the second run better, worse, or too close to tell? Both are taken on the same notes."""
    from evals import compare as comparing
    from evals import runs
    from evals.errors import RunsDoNotPair
    from evals.reports.markdown import TITLES, number

    first, second = runs.load(before).scores, runs.load(after).scores
    if first is None or second is None:
        raise RunsDoNotPair("the runs were made on notes without gold, so there is nothing to compare")
    compared = comparing.compare(first, second)
    if as_json:
        differences = {
            d.path: {"before": d.before, "after": d.after, "low": d.low, "high": d.high, "verdict": d.verdict, "words": d.in_words()}
            for d in compared.differences
        }
        sides = {"mended": compared.mended, "broken": compared.broken}
        cases = {side: [{"id": miss.note_id, "what": miss.in_words()} for miss in misses] for side, misses in sides.items()}
        print_json({"notes": compared.notes, "differences": differences, **cases})
        return
    typer.echo(f"{compared.notes} notes of {compared.clusters} patients or notes drawn together")
    for one in compared.differences:
        typer.echo(f"  {TITLES[one.path][0]:<32} {number(one.before)} -> {number(one.after)}  {one.in_words()}")
    for words, misses in (("Mended", compared.mended), ("Broken", compared.broken)):
        typer.echo(f"{words}: {len(misses)}")
        for miss in misses[:CASES_SHOWN]:
            typer.echo(f"  {miss.note_id}: {miss.in_words()}")
        if len(misses) > CASES_SHOWN:
            typer.echo(f"  ... and {len(misses) - CASES_SHOWN} more (all of them with --json)")
