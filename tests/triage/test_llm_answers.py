"""Kept answers: the same question is not paid for twice, another one is asked, and a failure is never kept."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.triage.llm_builders import TEXT, a_blocker, a_note, a_reply, a_task
from tests.triage.misbehaving_server import Behaviour, MisbehavingServer, answers, hangs, replies
from triage.assistants.llm import LLMAssistant, LLMSettings
from triage.assistants.llm.answers import AnswerFiles
from triage.assistants.llm.prompt_files import load
from triage.assistants.protocol import AssistantError
from triage.calls import Prices
from workflow.suggestions import TaskPayload

FITTING = replies(a_reply(blockers=[a_blocker()]))
UNGROUNDED = replies(a_reply(blockers=[a_blocker(), a_blocker("no such words", "language")]))


@pytest.fixture
def kept(tmp_path: Path) -> AnswerFiles:
    return AnswerFiles(tmp_path / "answers")


def an_assistant(server: MisbehavingServer, kept: AnswerFiles, version: str = "v2", **changes: Any) -> LLMAssistant:
    values: dict[str, Any] = {"base_url": server.base_url, "model": "m", "budget_s": 5.0, "prices": Prices(2.0, 10.0)} | changes
    return LLMAssistant(LLMSettings(**values), load("read_note", version), answers=kept)


def test_the_same_note_is_asked_about_once_and_the_second_reading_is_free(kept: AnswerFiles) -> None:
    """Across processes: each assistant here knows only the files."""
    with MisbehavingServer(FITTING) as server:
        first, second = (an_assistant(server, kept).read_note(a_note()) for _ in range(2))
        assert len(server.requests) == 1

    assert second.items == first.items
    assert second.usage | {"seconds": 0} == {"calls": 0, "tokens_in": 0, "tokens_out": 0, "cost": 0.0, "cached": 1, "seconds": 0}
    assert second.calls == ()
    assert "cached" not in first.usage


def test_dates_are_computed_afresh(kept: AnswerFiles) -> None:
    """The model is asked for words, so the same words of another day's note are the same question with another date."""
    with MisbehavingServer(replies(a_reply(tasks=[a_task(time_phrase="Thurs")]))) as server:
        assistant = an_assistant(server, kept)
        payloads = [
            assistant.read_note(a_note(written_at=a_note().written_at.replace(day=day), id=f"n-{day}")).items[0].payload for day in (10, 17)
        ]
        assert len(server.requests) == 1
    assert [str(payload.due) for payload in payloads if isinstance(payload, TaskPayload)] == ["2026-03-12", "2026-03-19"]


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "text": ({}, {"text": f"{TEXT} "}),
    "author's role": ({}, {"author_role": "nurse"}),
    "model": ({"model": "other"}, {}),
    "prompt": ({"version": "v1"}, {}),
    "a setting that changes answers": ({"temperature": 0.5}, {}),
}


@pytest.mark.parametrize(("settings", "note"), CHANGES.values(), ids=CHANGES.keys())
def test_another_question_is_asked(kept: AnswerFiles, settings: dict[str, Any], note: dict[str, Any]) -> None:
    """An answer to something else is a wrong answer."""
    with MisbehavingServer(FITTING) as server:
        an_assistant(server, kept).read_note(a_note())
        an_assistant(server, kept, **settings).read_note(a_note(**note))
        assert len(server.requests) == 2


def test_another_service_is_asked(kept: AnswerFiles) -> None:
    """Two services may call two models by one name."""
    with MisbehavingServer(FITTING) as one, MisbehavingServer(FITTING) as other:
        for server in (one, other):
            an_assistant(server, kept).read_note(a_note())
            assert len(server.requests) == 1


FAILURES: dict[str, Behaviour] = {
    "refusal": replies(None, refusal="no"),
    "nonsense, twice": replies("nonsense"),
    "unavailable": answers(503, {}),
    "bad key": answers(401, {}),
    "out of time": hangs,
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_is_never_kept(kept: AnswerFiles, failure: Behaviour) -> None:
    """A bad minute of the service would be a bad answer for ever."""
    with MisbehavingServer(failure) as server, pytest.raises(AssistantError):
        an_assistant(server, kept, budget_s=0.3).read_note(a_note())
    assert kept.count() == 0


def test_an_answer_whose_re_ask_failed_is_used_and_not_kept(kept: AnswerFiles) -> None:
    """What held of it stands for now; next time the re-ask may bring the rest."""
    with MisbehavingServer(UNGROUNDED, answers(503, {}), FITTING) as server:
        assistant = an_assistant(server, kept)
        assert (len(assistant.read_note(a_note()).items), kept.count()) == (1, 0)
        assert (len(assistant.read_note(a_note()).items), kept.count()) == (1, 1)


def test_the_windows_of_a_long_note_that_were_read_are_not_asked_about_again(kept: AnswerFiles) -> None:
    """A note that failed half-way costs only its other half."""
    text = "".join(f"No ride on weekdays, week {number}. " for number in range(12))
    with MisbehavingServer(FITTING, answers(503, {}), FITTING) as server:
        assistant = an_assistant(server, kept, context_chars=200)
        with pytest.raises(AssistantError):
            assistant.read_note(a_note(text))
        reading = assistant.read_note(a_note(text))
    assert reading.usage["cached"] == 1
    assert reading.usage["calls"] == len(server.requests) - 2
    assert reading.usage["cost"] > 0


@pytest.mark.parametrize("damage", ["", '{"tasks": [', '{"closed": true}', "\x00"])
def test_a_kept_answer_that_cannot_be_read_is_asked_for_again(kept: AnswerFiles, tmp_path: Path, damage: str) -> None:
    """A file cut by a full disk, or written by an older program."""
    with MisbehavingServer(FITTING) as server:
        an_assistant(server, kept).read_note(a_note())
        (path,) = tmp_path.glob("answers/*/*.json")
        path.write_text(damage, encoding="utf-8")
        assert len(an_assistant(server, kept).read_note(a_note()).items) == 1
        assert len(server.requests) == 2
        an_assistant(server, kept).read_note(a_note())
        assert len(server.requests) == 2


def test_kept_answers_are_for_their_owner_s_eyes(kept: AnswerFiles, tmp_path: Path) -> None:
    """They quote notes. And their names tell nothing."""
    with MisbehavingServer(FITTING) as server:
        an_assistant(server, kept).read_note(a_note(id="Rosa Alvarez"))
    for path in (tmp_path / "answers").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        assert "Rosa" not in path.name
    assert stat.S_IMODE((tmp_path / "answers").stat().st_mode) == 0o700


def test_a_reading_survives_an_answer_that_cannot_be_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A full or read-only disk costs the next call, not this reading."""
    (tmp_path / "answers").write_text("a file where a folder should be")
    with MisbehavingServer(FITTING) as server:
        assert len(an_assistant(server, AnswerFiles(tmp_path / "answers")).read_note(a_note()).items) == 1
    assert "could not be kept" in caplog.text
    assert "no ride" not in caplog.text


def test_many_threads_keep_and_read_at_once(kept: AnswerFiles) -> None:
    """Nobody reads half an answer, and none is lost."""
    with MisbehavingServer(FITTING) as server, ThreadPoolExecutor(8) as pool:
        assistant = an_assistant(server, kept)
        readings = list(pool.map(lambda number: assistant.read_note(a_note(f"{TEXT} {number % 4}")), range(64)))
    assert all(len(reading.items) == 1 for reading in readings)
    assert kept.count() == 4


def test_clearing_removes_them_all(kept: AnswerFiles, tmp_path: Path) -> None:
    """And the next reading asks."""
    with MisbehavingServer(FITTING) as server:
        an_assistant(server, kept).read_note(a_note())
        assert kept.clear() == 1
        assert not (tmp_path / "answers").exists()
        an_assistant(server, kept).read_note(a_note())
        assert len(server.requests) == 2
    assert AnswerFiles(tmp_path / "nowhere").clear() == 0
