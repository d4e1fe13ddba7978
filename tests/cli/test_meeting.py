"""`triage agenda` and `triage self-check` on a record with one patient who was left lying."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import Result

from cli.wiring import open_record
from store import episodes
from tests.builders import a_note
from workflow import moves
from workflow.events import person
from workflow.vocabulary import EscalationReason

Run = Callable[..., Result]


@pytest.fixture
def left_lying(triage: Run) -> None:
    """Rosa, whose note came in in March 2026 and whose episode was escalated five days ago."""
    record = open_record()
    with record.database.write() as session:
        a_note(session)
        episode = episodes.load(session, 1)
        ago = datetime.now(UTC) - timedelta(days=5)
        lane = record.lanes[episode.lane]
        events = moves.escalate(episode, lane, now=ago, actor=person("maria"), reason=EscalationReason.SAFETY_CONCERN)
        episodes.record(session, 1, events, expected_version=1)
    record.close()


def test_the_agenda_is_told_with_its_reasons(triage: Run, left_lying: None) -> None:
    """For one lane or all."""
    said = triage("agenda", "--lane", "referral").stdout

    assert said.startswith("Escalated (1)\n  Rosa Alvarez: escalated to nurse reviewer for 5 days: safety concern")
    assert triage("agenda").stdout == said
    assert triage("agenda", "--lane", "care-gap").stdout == "Nobody to talk about.\n"


def test_the_self_check_is_told_by_question(triage: Run, left_lying: None) -> None:
    """With how many fail it, and what to do."""
    said = triage("self-check").stdout

    assert said.startswith("1 of 1 open episodes fail.\n")
    assert "    1  Has somebody claimed what is past its due date? Claim it, or hand it over to a person.\n" in said
