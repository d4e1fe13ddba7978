"""`triage lane rehearse`: what a changed file would have made of the record, in sentences and for programs."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import Result

from cli.wiring import open_record
from store import episodes
from store.tables import AccessRow, EventRow
from tests.builders import a_patient
from workflow import moves
from workflow.events import person
from workflow.vocabulary import Channel, ClosureReason, LaneName, Outcome

Run = Callable[..., Result]


@pytest.fixture
def record_of_a_clinic() -> None:
    """Rosa, tried twice in vain; Ben, closed as no longer needed; and one whose log does not hold."""
    record = open_record()
    lane, now = record.lanes[LaneName.REFERRAL], datetime.now(UTC)
    with record.database.write() as session:
        for number, name in enumerate(("Rosa Alvarez", "Ben Ode"), 1):
            patient = a_patient(session, f"p-{number}", name=name)
            opened = moves.open_episode(lane, now=now - timedelta(days=2), actor=person("maria"), reason="Cardiology referral")
            episode_id = episodes.create(session, patient, lane.name, opened)
            for hours in (20, 10) if number == 1 else ():
                episode, at = episodes.load(session, episode_id), now - timedelta(hours=hours)
                tried = moves.log_outreach(episode, lane, now=at, actor=person("maria"), channel=Channel.CALL, outcome=Outcome.NO_ANSWER)
                episodes.record(session, episode_id, tried, expected_version=episode.version)
            if number == 2:
                episode = episodes.load(session, episode_id)
                closed = moves.close(
                    episode, lane, now=now - timedelta(hours=5), actor=person("ruth"), reason=ClosureReason.NO_LONGER_NEEDED
                )
                episodes.record(session, episode_id, closed, expected_version=episode.version)
    record.close()


@pytest.fixture
def changed(triage: Run, data_dir: Path) -> Path:
    """Two tries instead of three, and one reason less to close."""
    file = data_dir / "referral.yaml"
    text = triage("lane", "show", "referral").stdout
    file.write_text(text.replace("after_failed_attempts: 3", "after_failed_attempts: 2").replace("  - no_longer_needed\n", ""), "utf-8")
    return file


def test_who_would_have_gone_otherwise_and_what_is_refused(triage: Run, record_of_a_clinic: None, changed: Path) -> None:
    """With names, reasons, what the file changes, and what a replay cannot know."""
    told = triage("lane", "rehearse", changed, "--days", "30")

    assert told.exit_code == 0, told.output
    assert "2 episodes, 5 acts of people" in told.stdout
    assert "  closure_reasons: no_longer_needed -> —" in told.stdout
    assert "  escalation.after_failed_attempts: 3 -> 2" in told.stdout
    assert "2 patients would have gone otherwise" in told.stdout
    assert "Rosa Alvarez (p-1, episode 1)\n    Escalates " in told.stdout
    assert "to nurse reviewer: 2 failed tries since the patient was last in touch." in told.stdout
    assert "1 act of people that these rules refuse:\n  Ben Ode (p-2, episode 2)" in told.stdout
    assert "ruth closed: no longer needed." in told.stdout
    assert "A replay cannot know" in told.stdout


def test_the_same_for_programs(triage: Run, record_of_a_clinic: None, changed: Path) -> None:
    """Whole, and nothing else on stdout."""
    told = json.loads(triage("lane", "rehearse", changed, "--json").stdout)

    assert [change["key"] for change in told["changes"]] == ["closure_reasons", "escalation.after_failed_attempts"]
    assert (told["lane"], told["episodes"], told["acts"], told["unreadable"]) == ("referral", 2, 5, [])
    assert [(case["patient"], len(case["refused"])) for case in told["past"]] == [("Rosa Alvarez", 0), ("Ben Ode", 1)]
    assert set(told["tomorrow"]) == {"day", "escalate", "no_longer", "next_failed_try"}


def test_a_rehearsal_changes_nothing_and_is_recorded(triage: Run, record_of_a_clinic: None, changed: Path) -> None:
    """It reads patients, so the access log has it."""
    record = open_record()
    with record.database.read() as session:
        before = [row.id for row in session.scalars(select(EventRow))]
    triage("lane", "rehearse", changed)
    with record.database.read() as session:
        after = [row.id for row in session.scalars(select(EventRow))]
        looks = [(row.action, row.subject) for row in session.scalars(select(AccessRow))]
    record.close()

    assert before == after
    assert looks == [("rehearse", "lane referral")]


def test_a_file_that_does_not_hold_is_not_rehearsed(triage: Run, changed: Path) -> None:
    """It is told as `check` tells it."""
    changed.write_text(changed.read_text("utf-8").replace("first_owner: care_coordinator", "first_owner: boss"), "utf-8")

    told = triage("lane", "rehearse", changed)

    assert (told.exit_code, told.stdout) == (1, "")
    assert "first_owner: 'boss' is no word for this" in told.stderr


def test_a_file_that_changes_nothing_says_so(triage: Run, data_dir: Path) -> None:
    """Before anybody reads an empty report as good news."""
    same = data_dir / "referral.yaml"
    same.write_text(triage("lane", "show", "referral").stdout, "utf-8")

    assert "says the same as the rules in force" in triage("lane", "rehearse", same).stdout


def test_a_log_that_does_not_hold_is_told_and_the_others_are_rehearsed(triage: Run, record_of_a_clinic: None, changed: Path) -> None:
    """One broken episode must not hide the rest."""
    record = open_record()
    with record.database.write() as session:
        patient = a_patient(session, "p-3", name="Eva Lind")
        lane = record.lanes[LaneName.REFERRAL]
        opened = moves.open_episode(lane, now=datetime.now(UTC), actor=person("maria"), reason="x")
        broken = episodes.create(session, patient, lane.name, opened)
        values = {"episode_id": broken, "seq": 2, "at": datetime.now(UTC), "actor_kind": "person", "actor": "m", "kind": "task_completed"}
        session.add(EventRow(**values, body={"kind": "task_completed", "task": 9}))
    record.close()

    told = triage("lane", "rehearse", changed).stdout

    assert "The log of 1 episode does not hold: triage db check" in told
    assert "Rosa Alvarez" in told
