"""`triage db`: bring the record up to date, and check that it holds."""

import typer

from cli.telling import FINDINGS

app = typer.Typer(no_args_is_help=True, help="The database.")


@app.command()
def upgrade() -> None:
    """Create what is missing. Safe to run at any time; what is stored stays."""
    from cli.settings import settings
    from cli.wiring import migrate, open_database
    from store.jobs import JobQueue
    from store.migrate import revision

    database = open_database(settings())
    queue = JobQueue(database)
    try:
        before = revision(database)
        migrate(database, queue)
        after = revision(database)
    finally:
        queue.close()
        database.dispose()
    typer.echo(f"The database is up to date ({after})." if before == after else f"The database went from {before or 'empty'} to {after}.")


@app.command()
def check() -> None:
    """Replay every episode from its events, and verify quotes and the access log; ends with 1 where something does not hold."""
    from cli.wiring import open_record
    from store.check import problems

    record = open_record(create=False)
    found = 0
    try:
        with record.database.read() as session:
            for problem in problems(session):
                found += 1
                typer.echo(problem)
    finally:
        record.close()
    if found:
        raise typer.Exit(FINDINGS)
    typer.echo("Everything holds: episodes equal their events, quotes are in their notes, the access log is whole.")
