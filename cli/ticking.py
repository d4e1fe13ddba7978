"""`triage tick`: what the passing of time demands, now. The jobs do the same every hour."""

from datetime import UTC, datetime

import typer

from cli.telling import FINDINGS


def tick() -> None:
    """Raise what is late, give back the work of people away, and ask the day's self-check. For a cron line; twice is as good as once."""
    from cli.settings import settings
    from cli.wiring import open_record
    from store import owning, self_checks
    from store.clock import raise_overdue

    record = open_record(settings())
    now = datetime.now(UTC)
    try:
        done = raise_overdue(record.database, record.lanes, now=now)
        released = owning.release_unavailable(record.database, record.lanes, now=now)
        ran = self_checks.run_if_due(record.database, record.lanes, now=now)
    finally:
        record.close()
    typer.echo(f"{done.looked_at} open episodes could be late; {done.raised} were raised.")
    typer.echo(f"{released} were given back for people who are away or have left.")
    if ran is None:
        typer.echo("The self-check of this day has run already.")
    else:
        typer.echo(f"{ran.failing} of {ran.episodes} open episodes fail the self-check.")
    if done.failed:
        typer.echo(f"{done.failed} could not be read. What does not hold: triage db check", err=True)
        raise typer.Exit(FINDINGS)
