"""The wire: one request, one answer, held to size, without redirects, retries, proxies or anything else from the environment.

Time is held by `wall_clock`. A client is opened for one conversation and closed with it: nothing is shared between threads, and a
connection costs little beside the seconds that a model thinks.
"""

import json
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx2
import openai
from openai.types.chat import ChatCompletion

from triage.assistants.hosts import host_of
from triage.assistants.llm import envelope, faults
from triage.assistants.llm.quiet import QuietTime
from triage.assistants.llm.settings import LLMSettings
from triage.assistants.protocol import AssistantUnavailable
from triage.assistants.sending import Sent, record

for _name in ("openai", "instructor", "httpx2", "httpcore2"):
    # At DEBUG these write requests and answers into logs: the note, and with it the patient.
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(slots=True)
class Usage:
    """What a reading cost: calls made, tokens as the service counted them (0 where it does not say)."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def add(self, tokens_in: int, tokens_out: int) -> None:
        """Counts the tokens of one answer."""
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out


class _CappedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, most_bytes: int) -> None:
        self._stream, self._left = stream, most_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._left -= len(chunk)
            if self._left < 0:
                raise faults.ReplyTooLong
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


@cache
def _trusted() -> ssl.SSLContext:
    """The machine's own certificate authorities; reading them takes longer than everything else about a connection."""
    return httpx2.create_ssl_context(trust_env=False)


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """Sends only the headers that are needed, and stops an answer that is too long or compressed."""

    def __init__(self, settings: LLMSettings) -> None:
        super().__init__(verify=_trusted(), trust_env=False)
        self._key = settings.api_key.get_secret_value()
        self._most_bytes = settings.max_reply_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises what httpx2 raises, and ReplyTooLong or ReplyCompressed."""
        # A new request: the openai client reads marks of its own from the headers of the old one once the answer is here.
        bare = httpx2.Request(
            request.method,
            request.url,
            headers=self._only_needed(request.headers),
            stream=request.stream,
            extensions=request.extensions,
        )
        response = await super().handle_async_request(bare)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise faults.ReplyCompressed
        assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101 — an async transport has no other
        response.stream = _CappedStream(response.stream, self._most_bytes)
        return response

    def _only_needed(self, headers: httpx2.Headers) -> httpx2.Headers:
        # The openai client adds headers about this machine, and more from OPENAI_* variables.
        needed = {name: headers[name] for name in ("host", "content-type", "content-length") if name in headers}
        needed |= {"accept": "application/json", "accept-encoding": "identity", "user-agent": "care-triage"}
        return httpx2.Headers(needed | ({"authorization": f"Bearer {self._key}"} if self._key else {}))


class Client:
    """Asks one service. Used within one conversation; see `opened`."""

    def __init__(self, http: httpx2.AsyncClient, settings: LLMSettings, quiet: QuietTime, usage: Usage) -> None:
        self._settings, self._quiet, self._usage = settings, quiet, usage
        self._openai = openai.AsyncOpenAI(
            base_url=settings.base_url,
            api_key="set-by-our-transport",
            max_retries=0,
            timeout=None,  # `wall_clock` holds the time; a second clock would only race it
            http_client=http,
        )

    async def complete(self, request: dict[str, Any]) -> ChatCompletion:
        """One answer that is whole: not cut, not refused, not filtered. Raises AssistantError for everything else."""
        messages = tuple(json.dumps(message, ensure_ascii=False) for message in request["messages"])
        record(Sent(host_of(self._settings.base_url), self._settings.model, messages))
        self._usage.calls += 1
        try:
            raw = await self._openai.chat.completions.with_raw_response.create(**request)
            content = raw.content
        except openai.APIStatusError as error:
            fault = faults.of_status(error.status_code, error.response.text, error.response.headers, datetime.now(UTC))
            if isinstance(fault, AssistantUnavailable) and fault.retry_after:
                self._quiet.begin(fault.retry_after)
            raise fault from None
        except Exception as error:  # noqa: BLE001 — whatever the libraries trip over in a hostile answer is the service's fault
            raise faults.of_connection(error) from None
        self._usage.add(*envelope.tokens(content))
        return envelope.unwrap(content)


@asynccontextmanager
async def opened(settings: LLMSettings, quiet: QuietTime, usage: Usage) -> AsyncIterator[Client]:
    """A client for one conversation, closed at its end. Raises AssistantUnavailable while the service wants to be left alone."""
    quiet.check()
    async with httpx2.AsyncClient(transport=GuardedTransport(settings), trust_env=False, follow_redirects=False, timeout=None) as http:
        yield Client(http, settings, quiet, usage)
