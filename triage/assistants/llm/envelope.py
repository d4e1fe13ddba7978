"""What a successful answer must be before anybody reads it. Much that fails arrives as a 200.

Only the fields below are taken over: an answer is written by somebody else, and the openai types build themselves from whatever keys they
are given.
"""

import json
from typing import Annotated, Literal

from openai.types.chat import ChatCompletion
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from triage.assistants.llm.fence import sendable
from triage.assistants.protocol import AssistantError, AssistantUnavailable, NoUsableAnswer

MOST_TOKENS = 100_000_000
"""For one call; more is no count but an attack on the day's sums."""


class _Part(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)


class _Function(_Part):
    name: str = ""
    arguments: Annotated[str, AfterValidator(sendable)]


class _ToolCall(_Part):
    id: str = ""
    type: Literal["function"] = "function"
    function: _Function


class _Message(_Part):
    role: Literal["assistant"] = "assistant"
    content: Annotated[str, AfterValidator(sendable)] | None = None  # it is sent back with a complaint
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(_Part):
    message: _Message
    finish_reason: str | None = None


class _Usage(_Part):
    prompt_tokens: int = Field(ge=0, le=MOST_TOKENS)
    completion_tokens: int = Field(default=0, ge=0, le=MOST_TOKENS)  # what a service leaves out where it wrote nothing


class _Envelope(_Part):
    choices: list[_Choice] | None = None
    error: object = None


def tokens(content: bytes) -> tuple[int, int] | None:
    """Tokens read and written as the service counted them; None where it does not say, or says what cannot be."""
    try:
        usage = _Usage.model_validate(json.loads(content)["usage"])
    except (ValueError, RecursionError, LookupError, TypeError):  # pydantic's ValidationError is a ValueError
        return None
    return usage.prompt_tokens, usage.completion_tokens


def unwrap(content: bytes) -> ChatCompletion:
    """The first choice of a chat completion that is whole. Raises AssistantError where it is cut, filtered, refused or missing."""
    try:
        envelope = _Envelope.model_validate(json.loads(content))
    except (ValueError, RecursionError):  # pydantic's ValidationError is a ValueError
        raise AssistantUnavailable(
            "The model's service answered with something that is no chat completion. Check TRIAGE_LLM_BASE_URL (most end in /v1) "
            "and any gateway in between; it is tried again later."
        ) from None
    if not envelope.choices:
        raise _nothing(envelope)
    choice = envelope.choices[0]
    if choice.finish_reason == "content_filter":
        raise NoUsableAnswer("The content filter of the model's service stopped the answer: this one is for a person.")
    if choice.message.refusal:
        raise NoUsableAnswer("The model refused. This one is for a person, or try another model.")
    if choice.finish_reason == "length":
        raise NoUsableAnswer("The model's answer was cut for length. Raise the longest reply, or lower TRIAGE_LLM_CONTEXT_CHARS.")
    return ChatCompletion.construct(choices=[choice.model_dump()])


def _nothing(envelope: _Envelope) -> AssistantError:
    if envelope.error is not None:
        return AssistantUnavailable("The model's service reported an error inside a successful answer. It is tried again later.")
    return NoUsableAnswer("The model's service gave no answer at all. This one is for a person, or try another model.")
