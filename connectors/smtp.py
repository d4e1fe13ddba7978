"""E-mail out, by SMTP: one plain-text message, one recipient, once.

TLS is required for every host but this machine. What the server answers decides what became of the message; a connection that is lost
between its words and the answer leaves that open, and nobody sends it again by itself.
"""

import re
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from enum import StrEnum

import aiosmtplib
from pydantic import SecretStr

from connectors import addresses
from connectors.deadline import within
from connectors.outgoing import Accepted, NobodyKnows, Refused, TryLater
from store.deliveries import Delivery

NO_SECRET = SecretStr("")

MOST_NAME, MOST_SUBJECT = 80, 200
"""Characters of a name or subject that go into a header."""

_ENHANCED = re.compile(r"^\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
_NO_SUCH = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
"""Enhanced codes for an address that does not exist (RFC 3463, RFC 7505)."""


class Security(StrEnum):
    """How the way to the mail server is secured: from the first byte, after STARTTLS, or not, which only this machine may be."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The mail server, and who writes. `sender` is the clinic's address, `reply_to` another one where answers go, or empty."""

    host: str
    sender: str
    port: int = 587
    user: str = ""
    password: SecretStr = NO_SECRET
    security: Security = Security.STARTTLS
    sender_name: str = ""
    reply_to: str = ""
    budget_s: float = 30.0


class Mail:
    """The way out by e-mail."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings

    def send(self, delivery: Delivery) -> Accepted:
        """Send an approved text. Raises Refused, TryLater or NobodyKnows."""
        words = {"subject": delivery.subject, "body": delivery.body}
        return send_mail(self.settings, compose(self.settings, to=delivery.address, key=delivery.key, at=delivery.changed_at, **words))

    def ask(self, key: str) -> Accepted | None:  # noqa: ARG002
        """A mail server cannot be asked."""
        return None


def compose(settings: SmtpSettings, *, to: str, subject: str, body: str, key: str, at: datetime) -> EmailMessage:
    """A plain-text message whose Message-ID is made of `key`: sent twice, everybody on its way can tell. Raises Refused."""
    recipient, sender = addresses.email(to), addresses.email(settings.sender)
    if recipient is None:
        raise Refused("This is not an e-mail address that can be written to. Correct it in the patient’s record.", no_such_address=True)
    if sender is None:
        raise TryLater("The clinic’s own e-mail address is not set, or is none (TRIAGE_CLINIC_EMAIL).")
    message = EmailMessage(policy=WIRE)
    message["From"] = Address(_line(settings.sender_name, MOST_NAME), addr_spec=sender)
    message["To"] = Address(addr_spec=recipient)
    if reply_to := addresses.email(settings.reply_to):
        message["Reply-To"] = Address(addr_spec=reply_to)
    message["Subject"] = _line(subject, MOST_SUBJECT)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{key}@{sender.rpartition('@')[2]}>"
    message.set_content(body.replace("\r\n", "\n").replace("\r", "\n").replace("\0", ""), cte="quoted-printable")
    return message


def send_mail(settings: SmtpSettings, message: EmailMessage) -> Accepted:
    """Hand one message to the mail server. Raises Refused, TryLater or NobodyKnows; returns what the server knows it by, its Message-ID."""
    if settings.security is Security.NONE and not addresses.is_loopback(settings.host):
        raise TryLater("Nothing was sent: without TLS e-mails leave this machine for no other (TRIAGE_SMTP_SECURITY).")
    talk = _Talk(settings, message)
    try:
        within(settings.budget_s, talk.all)
    except (Refused, TryLater, NobodyKnows):
        raise
    except Exception as error:  # noqa: BLE001 — a hostile server may make the library raise anything
        if talk.handed_over:
            raise NobodyKnows("The connection to the mail server was lost after the message was sent, before its answer.") from None
        raise TryLater(f"The mail server could not be reached or did not keep to the protocol ({type(error).__name__}).") from None
    return Accepted(str(message["Message-ID"]))


class _Step(StrEnum):
    """What the server was asked when it said no."""

    RECIPIENT = "recipient"
    MESSAGE = "message"


@dataclass(slots=True)
class _Talk:
    """One conversation with a server. `handed_over` from the moment in which it may have the message."""

    settings: SmtpSettings
    message: EmailMessage
    handed_over: bool = False

    async def all(self) -> None:
        """From the greeting to the answer."""
        client = aiosmtplib.SMTP(
            hostname=self.settings.host,
            port=self.settings.port,
            timeout=self.settings.budget_s,
            use_tls=self.settings.security is Security.TLS,
            start_tls=self.settings.security is Security.STARTTLS,
            tls_context=ssl.create_default_context() if self.settings.security is not Security.NONE else None,
            local_hostname=str(self.message["Message-ID"]).rpartition("@")[2].rstrip(">"),
        )
        try:
            await self._sign_in(client)
            await self._hand_over(client)
        finally:
            client.close()  # without QUIT: the answer is there, and a server that is slow to part changes nothing about it

    async def _sign_in(self, client: aiosmtplib.SMTP) -> None:
        try:
            await client.connect()
            if self.settings.user:
                await client.login(self.settings.user, self.settings.password.get_secret_value())
            sender = self.message["From"].addresses[0].addr_spec
            await client.mail(sender)
        except aiosmtplib.SMTPNotSupported as error:
            raise TryLater("The mail server offers no TLS or no sign-in. Nothing was sent; check the settings (triage doctor).") from error
        except aiosmtplib.SMTPResponseException as error:
            words = {aiosmtplib.SMTPAuthenticationError: "our sign-in", aiosmtplib.SMTPSenderRefused: "our sender address"}
            raise TryLater(f"The mail server did not accept {words.get(type(error), 'the conversation')} ({_code(error)}).") from error
        except ssl.SSLError as error:
            raise TryLater("The mail server’s certificate could not be verified. Nothing was sent.") from error

    async def _hand_over(self, client: aiosmtplib.SMTP) -> None:
        step = _Step.RECIPIENT
        try:
            await client.rcpt(self.message["To"].addresses[0].addr_spec)
            step = _Step.MESSAGE
            self.handed_over = True
            await client.data(self.message.as_bytes())
        except aiosmtplib.SMTPResponseException as error:
            if 500 <= error.code < 600:
                raise Refused(_refusal(error, step), no_such_address=step is _Step.RECIPIENT and _no_such(error)) from error
            if 400 <= error.code < 500:
                raise TryLater(f"The mail server does not take the {step.value} for now ({_code(error)}).") from error
            raise


def _refusal(error: aiosmtplib.SMTPResponseException, step: _Step) -> str:
    if step is _Step.MESSAGE:
        return f"The mail server refused the message ({_code(error)})."
    return (
        f"The mail server says that there is no such address ({_code(error)})."
        if _no_such(error)
        else (f"The mail server refused the address ({_code(error)}).")
    )


def _no_such(error: aiosmtplib.SMTPResponseException) -> bool:
    """Whether an answer to the recipient says that it does not exist. Without an enhanced code, 550, 551 and 553 say so."""
    found = _ENHANCED.match(error.message)
    return ".".join(found.groups()) in _NO_SUCH if found else error.code in {550, 551, 553}


def _code(error: aiosmtplib.SMTPResponseException) -> str:
    """The answer's numbers, never its text: that may quote the address."""
    found = _ENHANCED.match(error.message)
    return f"{error.code} {'.'.join(found.groups())}" if found else str(error.code)


def _line(text: str, most: int) -> str:
    """One line that is fit for a header: no line breaks, no control or direction characters, not too long."""
    words = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return words if len(words) <= most else f"{words[: most - 1]}…"
