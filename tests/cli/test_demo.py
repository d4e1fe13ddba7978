"""The demo: seeded through the code that people use, the same every time, alive at first sight, kept on this machine."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from typer.testing import Result

from cli.demo.moments import place
from cli.demo.seed import Report, seed
from cli.demo.story import BrokenStory, load_stories, parse_stories
from cli.serving import run_server
from cli.settings import Settings
from cli.telling import CannotRun
from cli.wiring import Record, open_record
from evals.datasets.export import export
from review_ui.context import Site
from store import check, counts, courses, meetings, review, saved_views, self_checks, users
from store.queue import Moment, View
from store.tables import DecisionRow, DoNotContactRow, EventRow, NoteRow, PatientRow
from triage.assistants.embedded import EmbeddedAssistant
from workflow.vocabulary import LaneName, Status

ZONE = "America/Chicago"
NOW = datetime(2026, 3, 11, 15, 30, tzinfo=UTC)  # Wednesday, 10:30 in Chicago


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Record, Report]]:
    """A seeded record, shared by the tests of this module, which only read it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAGE_DATA_DIR", str(tmp_path_factory.mktemp("demo")))
        record = open_record(Settings(_env_file=None))  # type: ignore[call-arg]
    yield record, seed(record.database, record.lanes, EmbeddedAssistant.load(), now=NOW)
    record.close()


def test_the_demo_is_alive_at_first_sight(demo: tuple[Record, Report]) -> None:
    """Every page has something to show: a queue of every kind, notes to review, and a past."""
    record, report = demo

    with record.database.read() as session:
        stands = counts.counts(session, View(), Moment(NOW, NOW.date()))
        waiting = review.waiting(session, today=NOW.date(), limit=200)

    assert report.counted["patients"] >= 60
    assert report.counted["notes"] >= 200
    assert len(waiting) >= 50
    assert any(note.urgent for note in waiting)
    assert any(note.pending == 0 for note in waiting), "a note with nothing in it waits too"
    assert min(stands.overdue, stands.blocked, stands.escalated, stands.unclaimed) >= 3
    assert set(stands.by_status) == set(Status) - {Status.CLOSED}
    assert report.counted["patients"] - stands.active >= 10, "closed episodes"
    assert min(report.counted[kind] for kind in ("accepted", "edited", "rejected", "added", "undone")) >= 3


def test_what_lies_on_the_desks_today(demo: tuple[Record, Report]) -> None:
    """An offer to Maria, an escalation somebody helps with, a wish, minutes, shared views, a self-check: every page shows something."""
    record, _ = demo

    with record.database.read() as session:
        open_now = [case.episode for case in courses.open_cases(session, None)]
        minutes = meetings.written(session, meetings.ended(session, LaneName.REFERRAL)[0].id)
        views = saved_views.of(session, users.by_username(session, "maria"))
        asked = session.scalars(select(DoNotContactRow.reason)).all()
        checked = self_checks.last_run(session)

    assert [episode.offer.to for episode in open_now if episode.offer] == ["maria"]
    assert [e.escalation.acknowledged.by for e in open_now if e.escalation and e.escalation.acknowledged] == ["priya"]
    assert len(minutes) == 2
    assert [(view.by, view.shared) for view in views] == [("Ruth Bergström", True)] * 2
    assert len(asked) == 1
    assert checked is not None
    assert checked.failing > 0


def test_the_seeded_record_holds(demo: tuple[Record, Report]) -> None:
    """Replay equals projection, quotes are in their notes, the access log is whole: it was made by the code that people use."""
    record, _ = demo

    with record.database.read() as session:
        assert list(check.problems(session)) == []


def test_hardly_anything_in_the_stories_is_refused(demo: tuple[Record, Report]) -> None:
    """A story that breaks the rules is a defect of the story; two tasks whose days fall together on some weekdays are one, and is none."""
    assert len(demo[1].skipped) <= 2, demo[1].skipped


def test_nothing_lies_in_the_future_and_time_runs_forward(demo: tuple[Record, Report]) -> None:
    """Whatever the hour the demo is seeded at."""
    record, _ = demo

    with record.database.read() as session:
        for rows in (select(EventRow.at).order_by(EventRow.id), select(DecisionRow.at).order_by(DecisionRow.id)):
            moments = list(session.scalars(rows))
            assert moments == sorted(moments)
            assert moments[-1] <= NOW
        assert max(session.scalars(select(NoteRow.written_at))) < NOW


def test_the_same_moment_seeds_the_same_record(demo: tuple[Record, Report], tmp_path: Path) -> None:
    """A screenshot of yesterday can be taken again."""
    record, report = demo
    settings = Settings(_env_file=None, data_dir=tmp_path, database_url="", lanes_dir=None)  # type: ignore[call-arg]
    other = open_record(settings)

    again = seed(other.database, other.lanes, EmbeddedAssistant.load(), now=NOW)

    assert again == report
    assert _events(other) == _events(record)
    other.close()


def _events(record: Record) -> list[tuple[object, ...]]:
    with record.database.read() as session:
        rows = select(EventRow.episode_id, EventRow.seq, EventRow.at, EventRow.actor, EventRow.kind, EventRow.body).order_by(EventRow.id)
        return [tuple(row) for row in session.execute(rows)]


def test_what_was_decided_in_the_demo_can_be_exported(demo: tuple[Record, Report]) -> None:
    """Reviewed notes become labelled ones, without the patient's name."""
    from cli.reviewed import reviewed_notes

    record, report = demo
    with record.database.read() as session:
        labelled = list(export(reviewed_notes(session), salt="s"))
        names = {name for name in session.scalars(select(PatientRow.name)) if " " in name}

    assert len(labelled) == report.counted["notes reviewed"]
    assert sum(len(note.gold.tasks) for note in labelled if note.gold) > 100
    assert not [name for name in names for note in labelled if name in note.text]


@pytest.mark.parametrize("hours", range(0, 24 * 7, 5))
def test_moments_keep_their_order_fall_on_weekdays_and_never_lie_ahead(hours: int) -> None:
    """At any hour of any day of the week, also on a Sunday at midnight."""
    now = NOW + timedelta(hours=hours)
    when = [(9, time(8)), (3, time(16, 40)), (2, time(9)), (2, time(9)), (1, time(16)), (0, time(8, 50)), (0, time(17))]

    placed = place(when, now=now, zone=ZONE, key="x")

    assert placed == sorted(set(placed))
    assert placed[-1] < now
    today = now.astimezone(ZoneInfo(ZONE)).date()
    if today.weekday() < 5:
        assert all(moment.astimezone(ZoneInfo(ZONE)).weekday() < 5 or moment > now - timedelta(hours=12) for moment in placed)


def test_every_lane_has_stories_and_no_patient_number_comes_twice() -> None:
    """A record number names one person."""
    stories = load_stories()

    assert {lane for lane, _ in stories} == set(LaneName)
    assert len({story.mrn for _, story in stories}) == len(stories)


def test_a_broken_story_is_named() -> None:
    """By file, patient and key, for whoever writes the next one."""
    with pytest.raises(BrokenStory, match=r"referral\.yaml: Ann: mrn"):
        parse_stories("- {name: Ann, mrn: 5}", LaneName.REFERRAL)


def test_a_demo_is_never_shown_to_other_machines(demo: tuple[Record, Report]) -> None:
    """It signs everybody in."""
    record, _ = demo

    with pytest.raises(CannotRun, match="this machine only"):
        run_server(Site(record.database, record.lanes, demo_user="maria"), "0.0.0.0", 0, assistant=None)


def test_the_demo_is_seeded_once_kept_and_started_over_when_asked(triage: Callable[..., Result], data_dir: Path) -> None:
    """Its record stands beside the person's own, which is never touched."""
    first = triage("demo", "--no-serve")
    second = triage("demo", "--no-serve")
    marker = data_dir / "demo" / "seeded.json"
    marker.write_text(json.dumps({"day": "2026-01-05", "counted": {}}))
    older = triage("demo", "--no-serve")

    assert first.stdout.startswith("Seeded 66 patients and 269 notes")
    assert second.output == ""
    assert older.stderr.startswith("This demo was seeded on Mon 5 Jan")
    assert not (data_dir / "care-triage.db").exists()
