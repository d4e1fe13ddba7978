"""`triage recall`, on the embedded database and as a person at a terminal meets it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import Result

from cli.wiring import open_record
from store import decisions, episodes, recalls, suggestions, users
from tests.builders import LANES, MARIA, REFERRAL, a_note, a_reviewer, everything, the
from workflow import moves
from workflow.vocabulary import UserRole

Run = Callable[..., Result]
NOW = datetime.now(UTC)


@pytest.fixture
def decided(data_dir: Path) -> None:
    """Of one note the task and the attempt were accepted, and the task is done since."""
    record = open_record()
    with record.database.write() as session:
        users.add_user(session, "ruth", "Ruth Adeyemi", UserRole.LEAD, None, now=NOW)
        dana = a_reviewer(session)
        note = a_note(session, items=everything())
        for kind in ("task", "outreach_attempt"):
            card = the(kind, suggestions.of_note(session, note.id))
            before = episodes.load(session, note.episode_id)
            after = decisions.accept(session, LANES, card.id, reviewer=dana, episode_version=before.version, now=NOW).after
        done = moves.complete_task(after, REFERRAL, now=NOW, actor=MARIA, task=1)
        episodes.record(session, note.episode_id, done, expected_version=after.version)
    record.close()


@pytest.mark.usefixtures("decided")
@pytest.mark.parametrize("reader", [("--prompt", "read_note@1"), ("--model", "abc")])
def test_what_a_reader_brought_about_is_listed(triage: Run, reader: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With patient, day, who decided, and what stands in the way of taking it back."""
    monkeypatch.setattr(recalls, "SHORTEST_HASH", 3)  # the builders' hash is short

    result = triage("recall", *reader)

    assert result.exit_code == 0, result.output
    task, attempt, total = result.stdout.splitlines()
    assert task.startswith("Rosa Alvarez, episode 1, note 1: Call patient “Will call again Thurs”; accepted by Dana Whitfield, ")
    assert task.endswith(
        "; read by read_note@1 (heads), abc; cannot be taken back: Something that came later builds on this. Undo that first."
    )
    assert attempt.startswith("Rosa Alvarez, episode 1, note 1: Call, no answer “Called pt, no answer”; accepted by Dana Whitfield, ")
    assert total.startswith("2 accepted suggestions in force by ")
    assert total.endswith("; 1 of them cannot be taken back as things stand.")


@pytest.mark.usefixtures("decided")
def test_reopening_is_a_persons_act_with_a_reason(triage: Run) -> None:
    """Both stand in the record; asked again, nothing is put up twice."""
    words = ("recall", "--prompt", "read_note@1", "--reopen", "--as", "ruth", "--reason", "promises taken for tasks")

    first, second = triage(*words), triage(*words)

    assert first.stdout.endswith("\n2 put up for review again.\n")
    assert second.stdout.endswith("\n0 put up for review again. 2 were up already.\n")
    assert "; up for review again" in second.stdout
    record = open_record()
    with record.database.read() as session:
        asked = recalls.open_on(session, 1).values()
        assert {(one.asked_by, one.reason) for one in asked} == {("Ruth Adeyemi", "promises taken for tasks")}
    record.close()


def test_a_reader_that_did_nothing_is_told_so(triage: Run) -> None:
    """An empty list is an answer."""
    result = triage("recall", "--prompt", "read_note@v9")

    assert (result.exit_code, result.stdout) == (0, "0 accepted suggestions in force by prompt read_note@v9.\n")
