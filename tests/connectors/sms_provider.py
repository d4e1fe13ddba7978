"""A local server that behaves like an SMS provider, and can be told to misbehave."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from connectors.sms import SmsSettings

CALLBACK = "https://triage.example.org/api/v1/callbacks/sms"


@dataclass
class Provider:
    """What it took, by idempotency key, and how it answers. `fault` is the name of one of the ways to misbehave."""

    port: int = 0
    fault: str = ""
    status: int = 201
    answer: dict[str, Any] = field(default_factory=dict)
    taken: dict[str, dict[str, str]] = field(default_factory=dict)
    posts: list[dict[str, str]] = field(default_factory=list)
    on_post: Callable[[str, dict[str, str]], None] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def sid(self, key: str) -> str:
        """What it calls the message posted with this key."""
        return f"SM{list(self.taken).index(key) + 1}"

    def settings(self, **given: Any) -> SmsSettings:
        values = {
            "base_url": f"http://127.0.0.1:{self.port}/v1",
            "account": "AC1",
            "token": SecretStr("token"),
            "sender": "+13125550199",
            "callback_url": CALLBACK,
            "secret": SecretStr("callback secret"),
            "budget_s": 2.0,
        }
        return SmsSettings(**(values | given))


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(raw, keep_blank_values=True).items()}
            provider.posts.append(form | {"authorization": self.headers["authorization"], "user-agent": self.headers["user-agent"]})
            key = self.headers["idempotency-key"]
            if provider.fault != "loses it":
                provider.taken.setdefault(key, form)
            if provider.on_post is not None:
                provider.on_post(key, form)
            match provider.fault:
                case "closes" | "loses it":
                    self.connection.close()
                    return
                case "redirects":
                    self.send_response(307)
                    self.send_header("location", f"http://127.0.0.1:{provider.port}/elsewhere")
                    self.send_header("content-length", "0")
                    self.end_headers()
                    return
                case "drips":
                    self.send_response(201)
                    self.end_headers()
                    for _ in range(200):
                        self.wfile.write(b" ")
                        self.wfile.flush()
                        time.sleep(0.05)
                    return
                case "floods":
                    self._say(b'{"sid": "' + b"x" * 10**6 + b'"}')
                    return
                case "html":
                    self._say(b"<h1>It works!</h1>")
                    return
            self._say(json.dumps({"sid": provider.sid(key), "status": "queued", "error_code": None} | provider.answer).encode())

        def do_GET(self) -> None:
            key = parse_qs(urlsplit(self.path).query).get("IdempotencyKey", [""])[0]
            known = [{"sid": provider.sid(key), "status": "sent"}] if key in provider.taken else []
            self._say(json.dumps({"messages": known}).encode(), 200)

        def _say(self, content: bytes, status: int | None = None) -> None:
            self.send_response(status or provider.status)
            for name, value in provider.headers.items():
                self.send_header(name, value)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def handle(self) -> None:
            try:
                super().handle()
            except (OSError, ValueError):
                return  # the other side left first, or we closed on purpose

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Silent."""

    return Handler


@contextmanager
def sms_provider(**given: Any) -> Iterator[Provider]:
    """A provider that runs."""
    provider = Provider(**given)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    server.daemon_threads = True
    provider.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
