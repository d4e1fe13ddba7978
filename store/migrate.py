"""Bringing a database up to date, and saying whether it is."""

from importlib.resources import as_file, files

from alembic.command import upgrade as alembic_upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, exists, select, text
from sqlalchemy.orm import Session

from store import episodes, intervals, past
from store.database import Database
from store.errors import NotMigrated
from store.tables import EventRow, IntervalRow

_LOCK = 715_210


def _config() -> Config:
    config = Config()
    with as_file(files("store") / "migrations") as folder:
        config.set_main_option("script_location", str(folder))
    return config


def upgrade(database: Database) -> None:
    """Apply the migrations that are missing. Safe to call at any time; existing data stays."""
    config = _config()
    with database.engine.execution_options(writes=True).begin() as connection:
        if not database.is_sqlite:  # two processes that start at once take turns; SQLite's writers do anyway
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        alembic_upgrade(config, "head")
        _fill_projections(connection)


def _fill_projections(connection: Connection) -> None:
    """Make the past states and the intervals of a record that is older than they are."""
    with Session(connection) as session:
        past.catch_up(session)
        if session.scalar(select(exists().where(EventRow.id > 0))) and not session.scalar(select(exists().where(IntervalRow.number > 0))):
            intervals.rebuild(session, episodes.histories(session))
            session.flush()


def revision(database: Database) -> str | None:
    """The migration the database stands at, or None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_current(database: Database) -> None:
    """Raise NotMigrated, saying what to run, unless the database is exactly what this program expects."""
    script = ScriptDirectory.from_config(_config())
    head, current = script.get_current_head(), revision(database)
    if current == head:
        return
    if current is not None and current not in {step.revision for step in script.walk_revisions()}:
        raise NotMigrated(f"The database was written by a newer Care Triage (migration {current}). Update the program.")
    raise NotMigrated("The database is not up to date. Run: triage db upgrade")
