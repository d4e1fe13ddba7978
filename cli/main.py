"""The `triage` command. Subcommands live in modules of their own and import what they need when they run, so that help comes at once."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from cli import (
    accounts,
    caching,
    databases,
    digesting,
    doctoring,
    evals,
    lanes,
    mailing,
    meeting,
    outreach,
    patterns,
    prompts,
    reading,
    recalling,
    sending,
    serving,
    showing,
    ticking,
    training,
)
from cli.telling import tell

IMPORT_HELP = "Import patients or notes, and say what was new, known, and refused and why."


class Commands(TyperGroup):
    """Runs a subcommand and turns what a person can mend into one line on stderr; a traceback is left for our own mistakes."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command asked for. `import` takes its options from the connectors, which are loaded only for it."""
        name, command, rest = super().resolve_command(ctx, args)
        if name == "import":
            importing = typer.Typer(add_completion=False)
            importing.command("import", help=IMPORT_HELP)(import_module("cli.importing").import_command)
            command = typer.main.get_command(importing)
        return name, command, rest

    def invoke(self, ctx: Any) -> Any:
        """The subcommand's result. Exits with 2, and a sentence, for every error that tells what to mend."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            code = tell(error)
            if code is None:
                raise
            raise typer.Exit(code) from error


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # those print the values of variables, which are patient data and secrets
    help="Care Triage reads the notes, suggests structured answers with the words of the note as evidence, and a person decides.",
)
app.command("demo")(showing.demo)
app.command("serve")(serving.serve)
app.command("worker")(serving.worker)
app.command("tick")(ticking.tick)
app.command("import", help=IMPORT_HELP)(lambda: None)
app.command("read")(reading.read)
app.command("sent")(sending.show)
app.add_typer(evals.app, name="eval")
app.command("train")(training.train)
app.add_typer(lanes.app, name="lane")
app.add_typer(prompts.app, name="prompts")
app.add_typer(caching.app, name="cache")
app.command("agenda")(meeting.agenda)
app.command("digest")(digesting.digest)
app.command("self-check")(meeting.self_check)
app.command("patterns")(patterns.patterns)
app.command("outreach")(outreach.outreach)
app.command("recall")(recalling.recall)
app.add_typer(mailing.app, name="mail")
app.add_typer(accounts.app, name="user")
app.add_typer(databases.app, name="db")
app.command("doctor")(doctoring.doctor)

if __name__ == "__main__":
    app()
