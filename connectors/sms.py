"""SMS out, through a provider's HTTP API: a form posted to /Messages, JSON back, the delivery's key against doubles.

The shape is that of Twilio and its likes. One request, one answer, held to time and size, to one host that the settings allow, without
redirects, retries, proxies or anything else from the environment.
"""

import json
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode, urlsplit

import httpx2
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from connectors import addresses
from connectors.deadline import within
from connectors.outgoing import Accepted, NobodyKnows, Refused, TryLater
from store.deliveries import Delivery

for _name in ("httpx2", "httpcore2"):
    # At DEBUG these write requests into logs: the number and the words.
    logging.getLogger(_name).setLevel(logging.WARNING)

NO_SUCH_NUMBER = frozenset({21211, 21214, 21217, 21401, 21614, 30005, 30006})
"""The provider's codes for a number that is none, does not exist, or takes no SMS (https://www.twilio.com/docs/api/errors)."""

ASKED_TO_STOP = frozenset({21610, 30004})
"""Codes for a patient who asked the provider, with STOP, for no more messages, or whose phone blocks them."""

NO_SECRET = SecretStr("")

FAILED = frozenset({"failed", "undelivered", "canceled"})
UNDER_WAY = frozenset({"accepted", "scheduled", "queued", "sending", "sent", "delivered", "read"})


Answer = tuple[int, httpx2.Headers, bytes]
"""Status, headers and body of an answer."""


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """The provider. `sender` is the clinic's number there, `callback_url` where it tells what became of a message, signed with `secret`.

    `region` is the country of numbers that name none. `allowed_hosts` are those beside this machine that messages may go to.
    """

    base_url: str
    account: str
    token: SecretStr
    sender: str
    callback_url: str = ""
    secret: SecretStr = NO_SECRET
    region: str = "US"
    allowed_hosts: frozenset[str] = frozenset()
    budget_s: float = 20.0
    most_bytes: int = 65_536

    def wrong(self) -> str:
        """What of this cannot be sent with, in a sentence; empty where all is well."""
        host = urlsplit(self.base_url).hostname or ""
        if not addresses.is_loopback(host):
            if host not in self.allowed_hosts:
                return "TRIAGE_SMS_ALLOWED_HOSTS does not name the host of TRIAGE_SMS_BASE_URL: messages go to no host that nobody allowed."
            if urlsplit(self.base_url).scheme != "https":
                return "TRIAGE_SMS_BASE_URL must begin with https:// for a host other than this machine."
        if addresses.number(self.sender, self.region) is None:
            return "TRIAGE_SMS_SENDER is not set, or is no phone number."
        return ""


class _Message(BaseModel):
    """What the provider says of a message; whatever else it says is left alone."""

    model_config = ConfigDict(extra="ignore")

    sid: str = Field(min_length=1, max_length=200)
    status: str = ""
    error_code: int | None = None


class _Found(BaseModel):
    model_config = ConfigDict(extra="ignore")

    messages: list[_Message] = Field(max_length=10)


class Sms:
    """The way out by SMS."""

    def __init__(self, settings: SmsSettings) -> None:
        self.settings = settings

    def send(self, delivery: Delivery) -> Accepted:
        """Send an approved text. Raises Refused, TryLater or NobodyKnows."""
        if wrong := self.settings.wrong():
            raise TryLater(f"Nothing was sent: {wrong}")
        to = addresses.number(delivery.address, self.settings.region)
        if to is None:
            raise Refused("This is not a number that an SMS can go to. Correct it in the patient’s record.", no_such_address=True)
        form = {"To": to, "From": self.settings.sender, "Body": delivery.body}
        if self.settings.callback_url:
            form["StatusCallback"] = callback_of(self.settings.callback_url, delivery.key)
        status, headers, content = self._exchange("POST", "/Messages", form, {"idempotency-key": delivery.key})
        return _outcome(status, headers, content)

    def ask(self, key: str) -> Accepted | None:
        """Look the try up by its key. None where the provider does not know it, failed it, or offers no such question."""
        if self.settings.wrong():
            return None
        try:
            status, _, content = self._exchange("GET", f"/Messages?{urlencode({'IdempotencyKey': key})}", None, {})
            found = _Found.model_validate_json(content).messages if status == 200 else []
        except (TryLater, NobodyKnows, ValidationError):
            return None
        return next((Accepted(one.sid) for one in found if one.status in UNDER_WAY), None)

    def _exchange(
        self, method: str, path: str, form: Mapping[str, str] | None, more: Mapping[str, str]
    ) -> tuple[int, httpx2.Headers, bytes]:
        """One request and its answer. Raises TryLater where it surely never went, NobodyKnows where it may have."""
        try:
            return within(self.settings.budget_s, lambda: self._converse(method, path, form, more))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol, httpx2.InvalidURL):
            raise TryLater("The SMS provider could not be reached.") from None
        except Exception as error:  # noqa: BLE001 — a hostile server may make the library raise anything
            raise NobodyKnows(f"The SMS provider gave no usable answer ({type(error).__name__}).") from None

    async def _converse(self, method: str, path: str, form: Mapping[str, str] | None, more: Mapping[str, str]) -> Answer:
        headers = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "care-triage", **more}
        auth = (self.settings.account, self.settings.token.get_secret_value())
        timeout = httpx2.Timeout(None, connect=self.settings.budget_s / 2)  # before it is through, nothing was sent
        transport = httpx2.AsyncHTTPTransport(verify=_trusted(), trust_env=False, retries=0)
        async with (
            httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=timeout) as client,
            client.stream(method, self.settings.base_url.rstrip("/") + path, data=form, headers=headers, auth=auth) as answer,
        ):
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise ValueError("compressed")
            content = b""
            async for chunk in answer.aiter_raw():
                content += chunk
                if len(content) > self.settings.most_bytes:
                    raise ValueError("too long")
            return answer.status_code, answer.headers, content


def callback_of(url: str, key: str) -> str:
    """Where the provider tells of one message: it knows the message before its own answer reaches us."""
    return f"{url}?{urlencode({'key': key})}"


def _outcome(status: int, headers: httpx2.Headers, content: bytes) -> Accepted:
    code = _error_code(content)
    if 200 <= status < 300:
        try:
            message = _Message.model_validate_json(content)
        except ValidationError:
            raise NobodyKnows("The SMS provider took the message and gave no usable answer.") from None
        if message.status in FAILED:
            raise refusal(message.error_code)
        return Accepted(message.sid)
    if status in {401, 403, 404, 407} or 300 <= status < 400:
        raise TryLater(f"The SMS provider did not accept us (HTTP {status}). Check the settings: triage doctor.")
    if status in {425, 429, 503}:
        raise TryLater(f"The SMS provider takes no messages for now (HTTP {status}).", after_s=_retry_after(headers))
    if 400 <= status < 500 and status not in {408, 409, 499}:
        raise refusal(code, status)
    raise NobodyKnows(f"The SMS provider failed while it had the message (HTTP {status}).")


def refusal(code: int | None, status: int | None = None) -> Refused:
    """What a refusal with this code means to people."""
    said = f"code {code}" if code is not None else f"HTTP {status}" if status is not None else "no code"
    if code in NO_SUCH_NUMBER:
        return Refused(f"The SMS provider says that this number does not exist or takes no SMS ({said}).", no_such_address=True)
    if code in ASKED_TO_STOP:
        return Refused(f"The patient asked the SMS provider for no more messages, or their phone blocks them ({said}).")
    return Refused(f"The SMS was not delivered ({said}).")


def _error_code(content: bytes) -> int | None:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return None
    code = said.get("error_code") or said.get("code") if isinstance(said, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) and 0 <= code < 10**6 else None


def _retry_after(headers: httpx2.Headers) -> float | None:
    value = headers.get("retry-after", "")
    return float(value) if value.isdecimal() and len(value) < 7 else None


@cache
def _trusted() -> ssl.SSLContext:
    """The machine's own certificate authorities; reading them takes longer than everything else about a connection."""
    return httpx2.create_ssl_context(trust_env=False)
