"""`triage digest`: what changed in the queue, for people and for programs."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from typer.testing import Result

from cli.digesting import period
from cli.settings import settings
from cli.telling import CannotRun
from cli.wiring import open_record
from store import access, episodes
from store.tables import AccessRow
from tests.builders import LANES, MARIA, a_patient
from tests.triage.misbehaving_server import MisbehavingServer, replies
from workflow import moves
from workflow.vocabulary import BlockerCategory, EscalationReason, LaneName

Run = Callable[..., Result]
ZONE = ZoneInfo("America/Chicago")
THURSDAY = datetime(2026, 3, 12, 15, 0, tzinfo=UTC)


@pytest.fixture
def moved(triage: Run) -> None:
    """Two patients of the referral lane: one open for three weeks and blocked yesterday, one who came in and was escalated."""
    record = open_record()
    lane, now = LANES[LaneName.REFERRAL], datetime.now(UTC)
    with record.database.write() as session:
        for external_id, name, days, move, given in (
            ("p-1", "Rosa Delgado", 21, moves.set_blocker, {"category": BlockerCategory.TRANSPORT}),
            ("p-2", "Earl Whitcomb", 2, moves.escalate, {"reason": EscalationReason.SAFETY_CONCERN}),
        ):
            opening = moves.open_episode(lane, now=now - timedelta(days=days), actor=MARIA, reason="x")
            number = episodes.create(session, a_patient(session, external_id, name=name), lane.name, opening)
            episode = episodes.load(session, number)
            events = move(episode, lane, now=now - timedelta(days=1), actor=MARIA, **given)
            episodes.record(session, number, events, expected_version=episode.version)
    record.close()


def test_people_read_sentences_with_the_episodes_behind_them(triage: Run, moved: None) -> None:
    """The lane's week until now."""
    said = triage("digest", "--lane", "referral").stdout.splitlines()

    assert said[0].endswith("the queue grew from 1 to 2 active patients: 1 came in and nobody was closed. [1, 2]")
    assert any(line.startswith("Earl Whitcomb was escalated on ") and line.endswith(". [2]") for line in said)
    assert "Rosa Delgado became blocked by transport. [1]" in said


def test_programs_read_the_contract(triage: Run, moved: None) -> None:
    """Facts, and sentences with the facts and episodes they rest on."""
    document = json.loads(triage("digest", "--lane", "referral", "--since", "2020-01-01", "--json").stdout)

    assert document.keys() == {"facts", "sentences"}
    facts = {fact["id"]: fact for fact in document["facts"]}
    assert facts["active"]["values"] == {"before": 0, "after": 2}
    assert facts["period"]["values"]["since"] == "2020-01-01"
    for sentence in document["sentences"]:
        assert sentence.keys() == {"text", "facts", "episodes"}
        assert sentence["facts"]
        assert set(sentence["facts"]) <= facts.keys()
        assert sentence["episodes"] == sorted({number for each in sentence["facts"] for number in facts[each]["episodes"]})


def test_a_text_that_does_not_hold_is_replaced_and_that_is_said(triage: Run, moved: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model swaps two numbers; nobody reads it."""
    false = {"lines": [{"facts": [2], "text": "The queue grew from 2 to 1 active patients."}]}
    with MisbehavingServer(replies(false)) as server:
        for name, value in {"ASSISTANT": "llm", "LLM_BASE_URL": server.base_url, "LLM_MODEL": "m"}.items():
            monkeypatch.setenv(f"TRIAGE_{name}", value)
        settings.cache_clear()
        ran = triage("digest", "--lane", "referral")
    assert "from 2 to 1" not in ran.stdout
    assert "from 1 to 2" in ran.stdout
    assert "the embedded one wrote this" in ran.stderr


def test_an_empty_queue_is_told(triage: Run) -> None:
    """No patient, no error."""
    assert triage("digest").stdout == "The queue is empty, and nobody came in.\n"


def test_looking_is_written_down(triage: Run, moved: None) -> None:
    """It shows patients' names."""
    triage("digest", "--lane", "referral")
    record = open_record()
    with record.database.read() as session:
        entry = session.query(AccessRow).one()
        assert (entry.action, entry.subject) == ("read", "digest of referral")
        assert access.broken_at(session) is None
    record.close()


@pytest.mark.parametrize(
    ("since", "until", "begins", "ends"),
    [
        (None, None, "2026-03-05T10:00", "2026-03-12T10:00"),
        ("monday", None, "2026-03-09T00:00", "2026-03-12T10:00"),
        ("Thursday", "now", "2026-03-12T00:00", "2026-03-12T10:00"),
        ("last week", None, "2026-03-02T00:00", "2026-03-09T00:00"),
        ("last-week", "today", "2026-03-02T00:00", "2026-03-12T10:00"),
        ("2026-03-02", "2026-03-08", "2026-03-02T00:00", "2026-03-09T00:00"),
        ("2026-03-02T08:00", "2026-03-09T08:00:00-05:00", "2026-03-02T08:00", "2026-03-09T08:00"),
        ("yesterday", "yesterday", "2026-03-11T00:00", "2026-03-12T00:00"),
    ],
)
def test_moments_are_read_as_people_say_them(since: str | None, until: str | None, begins: str, ends: str) -> None:
    """In the clinic's zone; the clocks went forward on Sunday 8 March."""
    found = period(since, until, now=THURSDAY, zone=ZONE)

    assert [moment.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M") for moment in found] == [begins, ends]


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("someday", None, "--since: 'someday' is no moment that can be read; write a day (2026-03-02)"),
        ("2026-02-30", None, "--since: '2026-02-30' is no moment"),
        ("monday", "2026-13-01", "--until: '2026-13-01' is no moment"),
        ("today", "yesterday", "would end before it begins"),
        ("2027-01-01", None, "begin in the future"),
    ],
)
def test_what_cannot_be_read_is_told(since: str, until: str | None, words: str) -> None:
    """With what to write instead."""
    with pytest.raises(CannotRun, match=words.replace("(", r"\(").replace(")", r"\)")):
        period(since, until, now=THURSDAY, zone=ZONE)


def test_a_lane_that_is_none_is_told(triage: Run) -> None:
    """One line, and the exit code of what cannot be run."""
    ran = triage("digest", "--lane", "surgery")

    assert ran.exit_code == 2
    assert "'surgery' is not one of: post_visit" in ran.stderr
