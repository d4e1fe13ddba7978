"""The parts put together: a model with prices and a daily budget, a record, and the assistant that stands in."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.examples import PUBLIC
from cli.main import app
from cli.settings import settings
from cli.spending import spent_today
from cli.wiring import Record, build_assistant, open_record
from tests.builders import a_note
from tests.triage.llm_builders import a_reply
from tests.triage.misbehaving_server import MisbehavingServer, replies
from triage.jobs import read_note


@pytest.fixture
def record(data_dir: Path) -> Iterator[Record]:
    """An empty record."""
    opened = open_record()
    yield opened
    opened.close()


def test_the_worker_s_assistant_stops_calling_when_the_day_s_budget_is_spent(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the settings to the stored readings: each call costs 0.0004, so two of them spend 0.0008."""
    with MisbehavingServer(replies(a_reply())) as server:
        bounds = {"LLM_PRICE_IN": "2", "LLM_PRICE_OUT": "10", "LLM_DAILY_BUDGET": "0.0008"}
        for name, value in {"ASSISTANT": "llm", "LLM_BASE_URL": server.base_url, "LLM_MODEL": "m", **bounds}.items():
            monkeypatch.setenv(f"TRIAGE_{name}", value)
        settings.cache_clear()
        assistant = build_assistant(settings(), record=record)
        for number in range(4):
            with record.database.write() as session:
                note_id = a_note(session, f"n-{number}", text=f"No ride on weekdays, visit {number}.").id
            assert read_note(record.database, assistant, note_id) is None

        assert len(server.requests) == 2
    spent = spent_today(record.database, record.lanes)
    assert (spent.calls, spent.tokens, round(spent.cost, 6)) == (2, 240, 0.0008)


def test_an_eval_that_is_run_again_costs_nothing(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until somebody removes the answers that are kept."""
    data = data_dir / "data.jsonl"
    data.write_text("".join(PUBLIC.read_text("utf-8").splitlines(keepends=True)[:3]), "utf-8")
    with MisbehavingServer(replies(a_reply())) as server:
        for name, value in {"BASE_URL": server.base_url, "MODEL": "m", "PRICE_IN": "2", "PRICE_OUT": "10"}.items():
            monkeypatch.setenv(f"TRIAGE_LLM_{name}", value)

        def spent_on(out: str) -> dict[str, float]:
            settings.cache_clear()
            words = ["eval", "run", "--data", str(data), "--assistant", "llm", "--out", str(data_dir / out), "--json"]
            usage: dict[str, float] = json.loads(CliRunner().invoke(app, words).stdout)["run"]["usage"]
            return usage

        first, again = spent_on("first"), spent_on("again")
        assert (first["calls"], round(first["cost"], 6)) == (3, 0.0012)
        assert (again["calls"], again["cost"], again["cached"]) == (0, 0.0, 3)

        assert CliRunner().invoke(app, ["cache", "clear"]).stdout == "3 kept answers removed.\n"
        assert spent_on("third")["calls"] == 3

        monkeypatch.setenv("TRIAGE_LLM_CACHE", "false")
        assert spent_on("fourth")["calls"] == 3
