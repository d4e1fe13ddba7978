"""Tiny builders for the tests of the LLM assistant."""

from datetime import datetime
from typing import Any

from pydantic import SecretStr

from triage.assistants.llm import LLMAssistant, LLMSettings
from triage.reading import Note
from workflow.vocabulary import LaneName

KEY = "sk-canary-4242"
TEXT = "Called pt x2, no answer, LVM. Daughter says no ride on weekdays. Try again Thurs."


def a_note(text: str = TEXT, **changes: Any) -> Note:
    """A note of Tuesday 10 March 2026 by a care coordinator."""
    values: dict[str, Any] = {
        "id": "n-1",
        "lane": LaneName.POST_VISIT,
        "written_at": datetime.fromisoformat("2026-03-10T15:20:00-05:00"),
        "author_role": "care_coordinator",
        "source": "call_log",
        "text": text,
    }
    return Note(**(values | changes))


def an_assistant(base_url: str, **changes: Any) -> LLMAssistant:
    """Asks the service at `base_url`; `changes` are settings."""
    values: dict[str, Any] = {"base_url": base_url, "model": "fake", "api_key": SecretStr(KEY), "budget_s": 5.0}
    return LLMAssistant(LLMSettings(**(values | changes)))


def a_reply(**lists: Any) -> dict[str, Any]:
    """A reply of the right shape; empty where nothing is given."""
    return {"tasks": [], "blockers": [], "outreach_attempts": [], "escalation": None} | lists


def a_task(quote: object = "Try again Thurs", **changes: Any) -> dict[str, Any]:
    """A task item of a reply."""
    return {"quote": quote, "action": "call_patient", "owner_role": "care_coordinator", "time_phrase": None} | changes


def a_blocker(quote: str = "no ride on weekdays", category: str = "transport") -> dict[str, Any]:
    """A blocker item of a reply."""
    return {"quote": quote, "category": category}
