"""The migrations make exactly the tables the program expects, and a database at any other state is refused."""

from importlib.resources import files

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from store import check, episodes
from store.database import Database, open_engine
from store.errors import NotMigrated
from store.migrate import require_current, revision, upgrade
from store.tables import Base, EpisodeRow
from tests.builders import MARIA, NOW, REFERRAL, a_note
from workflow import moves, undoing
from workflow.vocabulary import ClosureReason


@pytest.fixture
def empty(empty_url):
    opened = Database(empty_url)
    yield opened
    opened.dispose()


def of_dbos(_object, name, kind, _reflected, _compare_to):
    """Leaves out the tables that DBOS makes for the jobs."""
    return not (kind == "table" and name not in {*Base.metadata.tables, "alembic_version"})


def test_migrating_an_empty_database_gives_the_tables_of_the_program(empty):
    """Otherwise a fresh clinic and an upgraded one run on different schemas."""
    upgrade(empty)

    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": of_dbos, "compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_checks_stand_in_the_migrated_database_too(empty):
    """Autogenerate does not compare CHECK constraints, and two of them hold the line between the model and people."""
    upgrade(empty)

    for table in Base.metadata.sorted_tables:
        named = {c.name for c in table.constraints if str(c.name or "").startswith("ck_")}
        assert {check["name"] for check in inspect(empty.engine).get_check_constraints(table.name)} == named


def test_upgrading_twice_is_harmless(database, queue):
    """Every start upgrades the embedded database."""
    with database.write() as session:
        a_note(session)

    upgrade(database)
    queue.migrate()

    require_current(database)
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM notes")).scalar() == 1


def test_an_empty_database_is_refused_with_what_to_run(empty):
    """A web server on an empty PostgreSQL must say so, not fail on the first page."""
    assert revision(empty) is None
    with pytest.raises(NotMigrated, match=r"^The database is not up to date\. Run: triage db upgrade$"):
        require_current(empty)


def test_a_database_of_a_newer_program_is_refused(database):
    """Older code on a newer schema would write rows that the newer code cannot read."""
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '2031_01_01_later'"))

    with pytest.raises(NotMigrated, match=r"written by a newer Care Triage \(migration 2031_01_01_later\)\. Update the program\.$"):
        require_current(database)


@pytest.mark.parametrize("url", ["mysql://root@localhost/x", "sqlite://", "sqlite:///"])
def test_a_database_we_cannot_run_on_is_refused_in_words(url):
    """The address is a setting; the message goes to the person who wrote it."""
    with pytest.raises(ValueError, match="sqlite:///"):
        open_engine(url)


def test_the_embedded_file_is_for_its_owners_eyes(tmp_path):
    """Patient data on a shared machine."""
    database = Database(f"sqlite:///{tmp_path / 'deep' / 'triage.db'}")
    upgrade(database)
    database.dispose()

    assert (tmp_path / "deep" / "triage.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("taken_back", [False, True])
def test_an_older_record_s_reopened_episodes_learn_when(database, taken_back):
    """Their states are then what their events fold to; a reopening that was taken back counts for nothing."""
    with database.write() as session:
        note = a_note(session)
        for move, given in ((moves.close, {"reason": ClosureReason.CARE_COMPLETED}), (moves.reopen, {"text": "back"})):
            before = episodes.load(session, note.episode_id)
            after = episodes.record(
                session,
                note.episode_id,
                move(before, REFERRAL, now=NOW, actor=MARIA, **given),
                expected_version=before.version,
            )
        if taken_back:
            history = episodes.history(session, note.episode_id)
            undone = undoing.undo(history, [after.version], REFERRAL, now=NOW, actor=MARIA)
            episodes.record(session, note.episode_id, undone, expected_version=after.version)
        row = session.get_one(EpisodeRow, note.episode_id)
        row.state = {name: value for name, value in row.state.items() if name != "reopened_at"}
    with database.read() as session:
        assert len(list(check.problems(session))) == (0 if taken_back else 1)

    script = ScriptDirectory(str(files("store") / "migrations")).get_revision("2026_11_25_reopened")
    with database.engine.execution_options(writes=True).begin() as connection, Operations.context(MigrationContext.configure(connection)):
        script.module.upgrade()

    with database.read() as session:
        assert list(check.problems(session)) == []
        assert episodes.load(session, note.episode_id).reopened_at == (None if taken_back else NOW)
