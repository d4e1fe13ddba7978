"""The wire: one request, one answer, held to size, without redirects, retries, proxies or anything else from the environment.

Time is held by `wall_clock`. Connections are kept for the next note, but not for long: one that the service closes while a request is under
way is a note that was not read.
"""

import asyncio
import json
import logging
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any
from weakref import finalize

import httpx2
import openai
from openai.types.chat import ChatCompletion

from triage.assistants.hosts import host_of
from triage.assistants.llm import envelope, faults
from triage.assistants.llm.quiet import QuietTime
from triage.assistants.llm.settings import LLMSettings
from triage.assistants.llm.wall_clock import loop
from triage.assistants.protocol import AssistantUnavailable
from triage.assistants.sending import Sent, record
from triage.calls import Call

for _name in ("openai", "instructor", "httpx2", "httpcore2"):
    # At DEBUG these write requests and answers into logs: the note, and with it the patient.
    logging.getLogger(_name).setLevel(logging.WARNING)

CONNECTIONS = httpx2.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=2.0)
"""Seconds an idle connection is kept. The services that close theirs soonest do so after five."""


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
        super().__init__(verify=_trusted(), trust_env=False, limits=CONNECTIONS)
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


class Service:
    """One model's service: where it is, the connections to it, and when it may be asked again. For all threads that ask it."""

    def __init__(self, settings: LLMSettings, quiet: QuietTime) -> None:
        self._settings, self._quiet = settings, quiet

    @cached_property
    def _openai(self) -> openai.AsyncOpenAI:
        # Made where it is used, in the one loop of all conversations: no two of them can make it at once.
        http = httpx2.AsyncClient(transport=GuardedTransport(self._settings), trust_env=False, follow_redirects=False, timeout=None)
        finalize(self, _close, http)
        return openai.AsyncOpenAI(
            base_url=self._settings.base_url,
            api_key="set-by-our-transport",
            max_retries=0,
            timeout=None,  # `wall_clock` holds the time; a second clock would only race it
            http_client=http,
        )

    def check_quiet(self) -> None:
        """Raises AssistantUnavailable while the service wants to be left alone."""
        self._quiet.check()

    async def complete(self, request: dict[str, Any], calls: list[Call]) -> ChatCompletion:
        """One answer that is whole: not cut, not refused, not filtered. Raises AssistantError for everything else.

        It is recorded before it is sent, and not sent where that fails. However it ends, what it took is added to `calls`.
        """
        messages = tuple(json.dumps(message, ensure_ascii=False) for message in request["messages"])
        # In a thread: the record waits for its disk, and all other conversations would wait with it.
        await asyncio.to_thread(record, Sent(host_of(self._settings.base_url), self._settings.model, messages))
        began = time.monotonic()
        content = b""
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
        finally:  # a conversation that ran out of time is cancelled here
            calls.append(self._taken(time.monotonic() - began, envelope.tokens(content)))
        return envelope.unwrap(content)

    def _taken(self, seconds: float, told: tuple[int, int] | None) -> Call:
        prices = self._settings.prices
        seconds = round(seconds, 3)
        return Call(seconds, *told, prices.of(*told) if prices else None) if told else Call(seconds)


def _close(http: httpx2.AsyncClient) -> None:
    """Gives the connections back, in the loop that they belong to."""
    asyncio.run_coroutine_threadsafe(http.aclose(), loop())
