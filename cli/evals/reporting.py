"""`triage eval report`."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    data: Annotated[Path | None, typer.Option(help="Where the data set is now, if it has moved.")] = None,
    misses: Annotated[bool, typer.Option(help="Add every note on which it went wrong. That quotes the notes.")] = False,
    out: Annotated[Path | None, typer.Option(help="File to write; standard output unless given.")] = None,
) -> None:
    """A run's report as Markdown. The reliability plot is put beside it; where the report is printed, into the run's folder."""
    from evals import misses as went_wrong
    from evals import runs
    from evals.errors import DataDoesNotFit
    from evals.files import write_text
    from evals.reports import reliability_plot
    from evals.reports.markdown import as_markdown

    known = runs.load(folder, data=data)
    if known.scores is None:
        raise DataDoesNotFit("the run was made on notes without gold, so there is nothing to report")
    plot = (out.parent if out else folder) / reliability_plot.NAME
    write_text(plot, reliability_plot.svg(known.scores.calibration))
    page = as_markdown(known.scores, made_by=known, plot=plot.name if out else str(plot))
    if misses:
        page += "\n" + went_wrong.as_markdown(known.scores.cases)
    if out:
        write_text(out, page)
    else:
        typer.echo(page, nl=False)
