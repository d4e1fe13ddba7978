"""`triage tick`: what the passing of time demands, now. The jobs do the same every hour."""

from datetime import UTC, datetime

import typer

from cli.telling import FINDINGS


def tick() -> None:
    """Raise what is overdue or blocked for longer than its lane allows. For a cron line where no jobs run; twice is as good as once."""
    from cli.settings import settings
    from cli.wiring import open_record
    from store.clock import raise_overdue

    record = open_record(settings())
    try:
        done = raise_overdue(record.database, record.lanes, now=datetime.now(UTC))
    finally:
        record.close()
    typer.echo(f"{done.looked_at} open episodes could be late; {done.raised} were raised.")
    if done.failed:
        typer.echo(f"{done.failed} could not be read. What does not hold: triage db check", err=True)
        raise typer.Exit(FINDINGS)
