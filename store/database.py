"""Opening the database: SQLite in WAL by default, PostgreSQL by URL, the same code on both.

SQLite comes from `pysqlite3`, because Python's own is often older than 3.51.3 and open to the WAL-reset fault when several
connections write. Writers take the write lock at once (BEGIN IMMEDIATE), so two of them queue instead of failing half-way; readers
see one snapshot and block nobody. `synchronous=FULL` makes a commit survive a power cut.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session

from store.moved import WHEN_MOVED, Moved

BUSY_MS = 30_000
"""How long a SQLite writer waits for another before giving up."""


def sqlite_url(folder: Path) -> str:
    """The URL of the embedded database in `folder`."""
    return f"sqlite:///{folder / 'care-triage.db'}"


def open_engine(url: str) -> Engine:
    """An engine for `url`, a `sqlite:///` or `postgresql://` one. Bound parameters never show in errors: they are patient data."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database:
            raise ValueError("the embedded database needs a file: sqlite:////path/to/care-triage.db")
        folder = Path(parsed.database).parent
        folder.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, module=sqlite, hide_parameters=True)
        _prepare_sqlite(engine)
        return engine
    if parsed.get_backend_name() in {"postgresql", "postgres"}:
        return create_engine(parsed.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_pre_ping=True)
    raise ValueError(f"{parsed.get_backend_name()} is not supported: use sqlite:///file or postgresql://user@host/name")


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-16384")  # 16 MB a connection; the default of 2 reads a page's rows again and again
        connection.execute("PRAGMA recursive_triggers=ON")  # else INSERT OR REPLACE would delete past the append-only triggers
        database = connection.execute("PRAGMA database_list").fetchone()[2]
        if database:
            Path(database).chmod(0o600)  # patient data: the owner's eyes only

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


class Database:
    """One database; hands out sessions. Safe to share between threads. `when_moved` is told of every episode that moves (`store.moved`)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.when_moved: Moved | None = None
        self.engine = open_engine(url)
        self._writer = self.engine.execution_options(writes=True)
        # SQLite reads from one snapshot anyway; PostgreSQL must be asked to.
        self._reader = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that writes: commits at the end, rolls back on any exception."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            session.info[WHEN_MOVED] = self.when_moved
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One snapshot to read from."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def take_turns(session: Session, lock: int) -> None:
    """Wait until no other transaction that took `lock` is under way. SQLite's writers queue anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})


def default_folder() -> Path:
    """Where the embedded database lives unless TRIAGE_DATA_DIR says otherwise: the user's data folder."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "care-triage"
