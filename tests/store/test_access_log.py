"""Who looked at what, in a chain that shows what was changed or removed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from store import access, check
from store.tables import AccessRow
from tests.builders import NOW

ENTRIES = 6


@pytest.fixture
def logged(database):
    """A log of six entries."""
    with database.write() as session:
        for number in range(ENTRIES):
            access.record_access(session, "dana", "read", f"episode {number}", now=NOW + timedelta(seconds=number))
    return database


def tamper(database, statement):
    """What somebody who owns the database can do: drop the triggers, then write."""
    with database.write() as session:
        if database.is_sqlite:
            session.execute(text("DROP TRIGGER access_log_no_update"))
            session.execute(text("DROP TRIGGER access_log_no_delete"))
        else:
            session.execute(text("DROP TRIGGER access_log_no_change ON access_log"))
        session.execute(text(statement))


def test_an_untouched_log_holds(logged):
    """The check must not cry wolf."""
    with logged.read() as session:
        assert access.broken_at(session) is None
        assert list(check.problems(session)) == []


@pytest.mark.parametrize(
    ("statement", "entry"),
    [
        ("UPDATE access_log SET username = 'mallory' WHERE id = 3", 3),
        ("UPDATE access_log SET subject = 'episode 9' WHERE id = 1", 1),
        ("UPDATE access_log SET action = 'export' WHERE id = 6", 6),
        ("UPDATE access_log SET at = '2020-01-01 00:00:00' WHERE id = 4", 4),
        ("DELETE FROM access_log WHERE id = 1", 2),
        ("DELETE FROM access_log WHERE id IN (3, 4)", 5),
        ("UPDATE access_log SET id = 99 WHERE id = 2", 3),
    ],
)
def test_a_changed_or_missing_entry_shows(logged, statement, entry):
    """Each entry's hash covers the one before; the check names the first that does not follow."""
    tamper(logged, statement)

    with logged.read() as session:
        assert access.broken_at(session) == entry
        assert [f"entry {entry} does not follow" in told for told in check.problems(session)] == [True]


def test_the_chain_holds_when_many_write_at_once(database):
    """Two readers in one second must not both follow the same entry."""

    def read(number):
        with database.write() as session:
            access.record_access(session, f"user-{number}", "read", "episode 1", now=NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(read, range(24)))

    with database.read() as session:
        assert access.broken_at(session) is None
        assert len(session.scalars(select(AccessRow.id)).all()) == 24
