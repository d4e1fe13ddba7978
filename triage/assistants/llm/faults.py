"""What a service's failure means for us: one place that turns every way to fail into one of three errors.

The messages name the remedy. They hold no word of the service's answer: services echo the request, and the request holds the note.
"""

from collections.abc import Mapping
from datetime import datetime
from ssl import SSLCertVerificationError

import httpx2

from triage.assistants.llm.quiet import retry_after
from triage.assistants.protocol import AssistantError, AssistantMisconfigured, AssistantUnavailable, NoUsableAnswer

_MISCONFIGURED: dict[int, str] = {
    400: "It did not understand the request: check the reply format and the other settings of the model's service",
    401: "It refused the key: check TRIAGE_LLM_API_KEY",
    402: "It wants to be paid: check the account",
    403: "It refused the key for this model: check TRIAGE_LLM_API_KEY and what the key may use",
    404: "It does not know the model or the address: check TRIAGE_LLM_MODEL and TRIAGE_LLM_BASE_URL",
    405: "There is no chat service at this address: check TRIAGE_LLM_BASE_URL",
}
_COMES_BACK = frozenset({408, 409, 425, 429})
_NOTE_TOO_LONG = ("context_length_exceeded", "exceed_context_size", "maximum context length", "context size")
_FILTERED = ("content_filter", "content management policy")


class ReplyTooLong(Exception):
    """The answer has more bytes than the settings allow."""


class ReplyCompressed(Exception):
    """The answer is compressed, though we asked for plain bytes; a small one could unfold to gigabytes."""


def of_status(status: int, body: str, headers: Mapping[str, str], now: datetime) -> AssistantError:
    """The error for an HTTP status that is no success. `body` is looked at for known codes and never shown."""
    said = f"The model's service answered with HTTP {status}"
    clue = body[:4000].lower()
    if status < 400:
        return AssistantMisconfigured(f"{said}, a redirect, which is never followed: set TRIAGE_LLM_BASE_URL to the final address.")
    if status in _COMES_BACK or status >= 500:
        return AssistantUnavailable(f"{said}. It is tried again later.", retry_after=retry_after(headers, now))
    if status in {400, 413, 422} and any(code in clue for code in _NOTE_TOO_LONG):
        return NoUsableAnswer(f"{said}: the note, or the list of facts, is longer than the model's window. Lower TRIAGE_LLM_CONTEXT_CHARS.")
    if status == 400 and any(code in clue for code in _FILTERED):
        return NoUsableAnswer(f"{said}: its content filter stopped the request: this one is for a person.")
    return AssistantMisconfigured(f"{said}. {_MISCONFIGURED.get(status, _MISCONFIGURED[400])}.")


def of_connection(error: BaseException) -> AssistantError:
    """The error for an exchange that broke. The chain of causes says why."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    if any(isinstance(cause, ReplyTooLong) for cause in causes):
        return NoUsableAnswer(
            "The model's answer is longer than allowed and was cut off. Raise the largest reply, or read shorter windows."
        )
    if any(isinstance(cause, ReplyCompressed) for cause in causes):
        return AssistantMisconfigured(
            "The model's service compresses its answers though asked not to. Turn that off in the gateway before it."
        )
    if any(isinstance(cause, SSLCertVerificationError) for cause in causes):
        return AssistantMisconfigured(
            "The certificate of the model's service is not trusted by this machine. Install its authority's certificate."
        )
    if any(isinstance(cause, httpx2.ConnectError) for cause in causes):
        return AssistantUnavailable("The model's service cannot be reached. Check that it runs, and TRIAGE_LLM_BASE_URL.")
    return AssistantUnavailable("The connection to the model's service broke before the answer was complete. It is tried again later.")


def out_of_time(budget_s: float) -> AssistantError:
    """The error for a conversation that outlived its budget."""
    return AssistantUnavailable(
        f"The model did not answer within {budget_s:g} seconds. It is tried again later; a slow model needs a longer budget."
    )
