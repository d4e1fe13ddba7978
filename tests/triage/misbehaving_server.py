"""A small HTTP server on loopback that does to a client what bad networks, gateways and models do.

A behaviour is a function that is given the open connection and the request and sends what it likes. The server keeps every request.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as JSON."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    def user_text(self) -> str:
        """The first user message: the one that holds the note."""
        return next(str(message["content"]) for message in self.json()["messages"] if message["role"] == "user")


Behaviour = Callable[[socket.socket, Request, threading.Event], None]


class MisbehavingServer:
    """Answers the n-th request with the n-th behaviour, and every later one with the last. A context manager."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self._behaviours = behaviours
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self.requests: list[Request] = []

    @property
    def origin(self) -> str:
        """For example http://127.0.0.1:40123."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def base_url(self) -> str:
        """What a client of an OpenAI-compatible service is given."""
        return f"{self.origin}/v1"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def settle(self) -> None:
        """Waits until every connection that was taken so far is closed."""
        for thread in self._threads[1:]:  # the first takes them
            thread.join(timeout=5)

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        # A client that gives up closes its end while we still write: that is what it should do.
        with connection, suppress(OSError):
            request = read_request(connection)
            self.requests.append(request)
            self._behaviours[min(len(self.requests), len(self._behaviours)) - 1](connection, request, self._closing)


def read_request(connection: socket.socket) -> Request:
    """The next request. Raises ConnectionResetError where the client has left."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, body = data.split(b"\r\n\r\n", 1)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += _some(connection)
    return Request(first.split(" ")[1], headers, body)


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionResetError
    return data


def http(status: int, body: bytes, headers: dict[str, str] | None = None, *, length: int | None = None) -> bytes:
    """A whole HTTP answer; `length` claims another length than the body has."""
    every = {"content-type": "application/json", "content-length": str(len(body) if length is None else length), "connection": "close"}
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in (every | (headers or {})).items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answers(status: int, body: object = None, headers: dict[str, str] | None = None, *, length: int | None = None) -> Behaviour:
    """Answers at once. `body` is sent as it is where it is bytes, else as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    def behave(connection: socket.socket, _: Request, __: threading.Event) -> None:
        connection.sendall(http(status, raw, headers, length=length))

    return behave


def completion(content: object, *, finish_reason: str | None = "stop", **message: object) -> dict[str, Any]:
    """A chat completion whose content is `content`, as JSON unless it is text or None."""
    text = content if content is None or isinstance(content, str) else json.dumps(content)
    choice = {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": text} | message}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    return {"id": "c1", "object": "chat.completion", "created": 0, "model": "fake", "choices": [choice], "usage": usage}


def replies(content: object, **more: Any) -> Behaviour:
    """Answers with a chat completion."""
    return answers(200, completion(content, **more))


def obeys(decide: Callable[[str], object]) -> Behaviour:
    """A model that does what `decide` makes of the user message."""

    def behave(connection: socket.socket, request: Request, _: threading.Event) -> None:
        connection.sendall(http(200, json.dumps(completion(decide(request.user_text()))).encode()))

    return behave


def resets(connection: socket.socket, _: Request, __: threading.Event) -> None:
    """Cuts the line with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hangs(_: socket.socket, __: Request, closing: threading.Event) -> None:
    """Says nothing."""
    closing.wait(10)


def drips(head: bytes, seconds: float = 0.05) -> Behaviour:
    """Sends `head`, then one more byte every so often, for ever: no pause is long enough for a read time-out."""

    def behave(connection: socket.socket, _: Request, closing: threading.Event) -> None:
        connection.sendall(head)
        while not closing.wait(seconds):
            connection.sendall(b" ")

    return behave


def floods(status: int) -> Behaviour:
    """An answer without end, as fast as it goes."""

    def behave(connection: socket.socket, _: Request, closing: threading.Event) -> None:
        connection.sendall(f"HTTP/1.1 {status} Whatever\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n".encode())
        while not closing.is_set():
            connection.sendall(b" " * 65536)

    return behave
