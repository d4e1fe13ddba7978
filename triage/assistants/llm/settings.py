"""What a person must say about the model's service. Read from the environment by `cli`, never here."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from pydantic import SecretStr

from triage.assistants.hosts import host_of, is_allowed, leaves_machine
from triage.assistants.protocol import AssistantMisconfigured
from triage.calls import Prices

NO_KEY = SecretStr("")
"""Servers on one's own machine usually want none."""


class ReplyFormat(StrEnum):
    """How the model is held to the reply's shape. Servers differ in what they know."""

    JSON_SCHEMA = "json_schema"
    """`response_format`: OpenAI, Azure, vLLM, Ollama, llama.cpp. The reply is shaped while it is written."""
    TOOLS = "tools"
    """A forced tool call, for services that know tools and no `response_format`."""
    TEXT = "text"
    """The schema in the prompt and JSON found in the text: works everywhere, with the most re-asks."""


@dataclass(frozen=True, slots=True)
class LLMSettings:
    """The model's service and the limits it is held to.

    `base_url` is the address up to and with `/v1`. `budget_s` is wall-clock seconds for one conversation, re-asks included; a note longer
    than `context_chars` characters is read in windows, each with a budget of its own. `max_reply_bytes` is per HTTP answer.
    Notes go to a service on this machine, or to one of `allowed_hosts` (with or without a port).
    `temperature` and `max_reply_tokens` are not sent where None: some hosted models refuse them. Without `prices` money is not known.
    Raises AssistantMisconfigured, naming the setting to mend.
    """

    base_url: str
    model: str
    api_key: SecretStr = NO_KEY
    budget_s: float = 60.0
    max_reasks: int = 1
    max_reply_bytes: int = 1_000_000
    temperature: float | None = 0.0
    context_chars: int = 12_000
    max_reply_tokens: int | None = None
    reply_format: ReplyFormat = ReplyFormat.JSON_SCHEMA
    prices: Prices | None = None
    allowed_hosts: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuses what could only fail later, on a note, and a host that nobody allowed."""
        for holds, remedy in (
            (_is_plain_address(self.base_url), "TRIAGE_LLM_BASE_URL must be http:// or https:// with a host, without user, query or #"),
            (bool(self.model.strip()), "TRIAGE_LLM_MODEL must name a model"),
            (self._key_fits_a_header(), "the API key holds characters that cannot stand in a header: copy it again, without line ends"),
            (0 < self.budget_s <= 3600, "the time budget must be more than 0 seconds and at most an hour"),
            (0 <= self.max_reasks <= 5, "the number of re-asks must be 0 to 5"),
            (self.max_reply_bytes >= 1_000, "the largest reply must be at least 1000 bytes"),
            (self.context_chars >= 200, "the window of a long note must be at least 200 characters"),
            (self.max_reply_tokens is None or self.max_reply_tokens > 0, "the longest reply must be a positive number of tokens"),
        ):
            if not holds:
                raise AssistantMisconfigured(f"The settings of the model's service cannot be used: {remedy}.")
        if self.is_remote and not is_allowed(self.base_url, self.allowed_hosts):
            raise AssistantMisconfigured(
                f"Notes are not sent to {host_of(self.base_url)}: it is not this machine, and TRIAGE_LLM_ALLOWED_HOSTS does not name it. "
                "If your organisation allows patients' notes to go there, put the host there; else use a service on this machine."
            )

    @property
    def is_remote(self) -> bool:
        """Whether notes leave this machine."""
        return leaves_machine(self.base_url)

    def _key_fits_a_header(self) -> bool:
        return all("!" <= character <= "~" for character in self.api_key.get_secret_value())


def _is_plain_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return False
    has_more = parts.username is not None or parts.password is not None or parts.query or parts.fragment
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not has_more and url.isascii() and url == url.strip()
