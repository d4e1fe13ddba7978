"""The monthly view reads only the episodes that its months can be about."""

from datetime import date

import pytest

from benchmarks import years
from benchmarks.histories import NOW
from store import courses, monthly
from store.tables import EpisodeRow
from workflow.monthly import Case, Month, admin, care, operations


@pytest.mark.parametrize("first", [date(2026, 11, 1), date(2026, 9, 1), date(2025, 8, 1)])
def test_the_numbers_are_those_of_every_episode(database, lanes, first):
    """What is left out, closed long before and due on no day of the months, is in none of the numbers."""
    years.fill(database.url, 300)
    month = Month(first)

    with database.read() as session:
        shown = {each.title: each for each in monthly.view(session, lanes, month, now=NOW)}
        everything = [Case(row.id, lanes[row.lane].name, course) for row, course in _all(session)]

    for asked, which in ((month, "now"), (month.before, "before")):
        assert getattr(shown["Care"], which) == care(everything, lanes, asked)
        worked = operations(everything, lanes, asked, NOW)
        assert getattr(shown["Operations"], which)[: len(worked)] == worked
        assert getattr(shown["Administration"], which) == admin(everything, lanes, asked, NOW)


def _all(session):
    return [(session.get(EpisodeRow, episode_id), course) for episode_id, course in courses.courses(session).items()]
