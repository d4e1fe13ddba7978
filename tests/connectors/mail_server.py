"""A real SMTP server on loopback that can be told to misbehave."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

PEM = Path(__file__).parent / "loopback.pem"
"""A key and certificate for localhost and 127.0.0.1, of no other use."""


@dataclass
class MailServer:
    """What it took, in order, and how it answers."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    rcpt: str = "250 ok"
    data: str = "250 ok"
    close_after_data: bool = False
    wait_after_data_s: float = 0.0

    async def handle_RCPT(  # noqa: N802 — the names aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            message = message_from_bytes(content, policy=default)
            assert isinstance(message, EmailMessage)
            self.taken.append(message)
        if self.close_after_data:
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]
        await asyncio.sleep(self.wait_after_data_s)
        return self.data


def _anybody(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data.login == b"clinic" and data.password == b"right", handled=False)


@contextmanager
def mail_server(tls: str = "none", **given: Any) -> Iterator[MailServer]:
    """A server that runs; `tls` is "none", "starttls" or "tls"."""
    server = MailServer(**given)
    context = None
    if tls != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(PEM)
    options: dict[str, Any] = {"hostname": "127.0.0.1", "port": _free_port(), "decode_data": False}
    if tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True, "authenticator": _anybody}
    if tls == "tls":
        options |= {"ssl_context": context}
    controller = Controller(server, **options)
    controller.start()
    server.port = controller.port
    try:
        yield server
    finally:
        controller.stop()


@contextmanager
def dripping_server() -> Iterator[int]:
    """A server that greets one byte at a time and never ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"220-")
            while not over.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        over.set()
        thread.join(timeout=5)
        listening.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port
