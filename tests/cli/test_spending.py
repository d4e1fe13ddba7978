"""The parts put together: a model with prices and a daily budget, a record, and the assistant that stands in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
