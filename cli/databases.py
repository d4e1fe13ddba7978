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
def rebuild() -> None:
    """Make anew from the events what reports are counted from. Safe to run at any time; the events themselves are only read."""
    from cli.wiring import open_record
    from store import episodes, intervals

    record = open_record(create=False)
    try:
        with record.database.write() as session:
            count = intervals.rebuild(session, episodes.histories(session))
    finally:
        record.close()
    typer.echo(f"Made {count:,} intervals anew.")


@app.command()
def check() -> None:
    """Replay every episode from its events, and verify quotes and the access log; ends with 1 where something does not hold.

    The last line has the access log's count and head hash. Keep it elsewhere: only beside it does a log whose end was cut off show.
    """
    from sqlalchemy import func, select

    from cli.wiring import open_record
    from store.access import FIRST
    from store.check import problems
    from store.tables import AccessRow

    record = open_record(create=False)
    found = 0
    try:
        with record.database.read() as session:
            for problem in problems(session):
                found += 1
                typer.echo(problem)
            entries = session.execute(select(func.count()).select_from(AccessRow)).scalar_one()
            head = session.execute(select(AccessRow.hash).order_by(AccessRow.id.desc()).limit(1)).scalar() or FIRST
    finally:
        record.close()
    if not found:
        typer.echo("Everything holds: episodes equal their events, quotes are in their notes, access log entries follow one another.")
    typer.echo(f"Access log: {entries} entries, head {head}")
    if found:
        raise typer.Exit(FINDINGS)
