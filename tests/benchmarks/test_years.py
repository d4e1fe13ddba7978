"""The record that coordination is measured on must be one that the moves could have made, or its numbers mean nothing."""

from sqlalchemy import func, select

from benchmarks import years
from benchmarks.coordination_child import Timer, pages, reports
from benchmarks.histories import NOW
from store.check import problems
from store.tables import EpisodeRow, EventRow, NoteRow, PatientRow


def test_a_filled_record_holds(database):
    """Moved by weeks and written in bulk, every episode still equals its events, and so do its intervals and its past."""
    written = years.fill(database.url, 300)

    with database.read() as session:
        assert list(problems(session)) == []
        assert session.scalar(select(func.count()).select_from(EpisodeRow)) == 300 == written.episodes
        assert session.scalar(select(func.count()).where(EpisodeRow.closed_at.is_(None))) == written.still_open > 0
        assert session.scalar(select(func.count()).select_from(EventRow)) == written.events
        assert session.scalar(select(func.max(EventRow.at))) <= NOW
        assert session.scalar(select(func.count()).where(EpisodeRow.status == "escalated")) > 0
        of_nobody = select(func.count()).where(EpisodeRow.patient_id.not_in(select(PatientRow.id)))
        assert session.scalar(of_nobody) == 0
        assert session.scalar(select(func.count()).select_from(NoteRow)) == 300


def test_an_episode_that_began_weeks_later_is_the_same_history(database):
    """More episodes than histories: the copies are moved, and hold as well."""
    written = years.fill(database.url, 200, different=40)

    with database.read() as session:
        assert written.histories == 40
        assert list(problems(session)) == []
        opened = session.scalars(select(EpisodeRow.opened_at)).all()
        assert len({at.date() for at in opened}) > 40
        assert opened == sorted(opened)


def test_the_store_and_plain_sql_give_the_same_answers(database, lanes):
    """A ratio to another answer says nothing: the benchmark refuses to time what differs."""
    years.fill(database.url, 300)
    timer = Timer(database, turns=1)

    measured = [*pages(timer, lanes), *reports(timer, lanes)]

    assert len(measured) > 15
