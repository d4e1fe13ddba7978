"""`triage mail`: e-mails that come back, handed over by the mail server."""

import sys
from pathlib import Path
from typing import Annotated

import typer

TRY_AGAIN = 75
"""What a mail server reads as "try again later" (EX_TEMPFAIL of sysexits.h); nothing is lost then."""

app = typer.Typer(no_args_is_help=True, help="E-mails that come back: bounces and answers.")


@app.callback()
def mail() -> None:
    """E-mails that come back."""


@app.command("receive")
def receive(file: Annotated[str, typer.Argument(metavar="FILE|-", help="One e-mail as it came; - reads what is piped in.")]) -> None:
    """Take in one e-mail: a bounce or an answer to a message of ours. For a mail server to pipe to; twice the same mail is one."""
    from datetime import UTC, datetime

    from cli.telling import sentence
    from cli.wiring import open_record
    from connectors import replies
    from triage.jobs import enqueue_reading

    try:
        raw = sys.stdin.buffer.read(replies.MOST_BYTES + 1) if file == "-" else Path(file).read_bytes()
        record = open_record()
        try:
            enqueue = enqueue_reading(record.queue, urgent=True)
            typer.echo(replies.receive(record.database, record.lanes, enqueue, raw, now=datetime.now(UTC)))
        finally:
            record.close()
    except replies.NotAMail as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    except Exception as error:  # noqa: BLE001 — whatever it is, the mail server keeps the mail and tries again
        typer.echo(sentence(error) or f"The e-mail could not be taken in ({type(error).__name__}). It may be handed over again.", err=True)
        raise typer.Exit(TRY_AGAIN) from None
