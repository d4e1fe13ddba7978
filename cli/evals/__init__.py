"""`triage eval`: each command in a module of its own."""

import typer

from cli.evals import comparing, exporting, reporting, running, writing

app = typer.Typer(no_args_is_help=True, help="How good the suggestions are, against what people hold to be right.")
app.command("run")(running.run)
app.command("writing")(writing.writing)
app.command("score")(running.score)
app.command("compare")(comparing.compare)
app.command("report")(reporting.report)
app.command("export")(exporting.export)
