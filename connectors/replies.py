"""E-mails that come back: bounces and delivery reports (RFC 3464, and those that only look like one), and what patients answer.

Our Message-ID is made of the delivery's key, which nobody can guess: a mail that carries it is about that message. An answer counts as the
patient's if it comes from the address that was written to; any other is kept for a person to look at.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.headerregistry import AddressHeader
from email.message import EmailMessage, Message
from email.policy import default as modern
from html.parser import HTMLParser

from sqlalchemy.orm import Session

from connectors import coming_back
from store import deliveries
from store.database import Database
from store.deliveries import Delivery
from store.errors import Unknown
from store.lanes import Lanes
from store.notes import Enqueue
from workflow.vocabulary import Channel

MOST_BYTES = 10 * 1024 * 1024
"""A longer mail is none that a patient types; it is refused whole."""

MOST_PARTS = 200

_KEY = re.compile(r"<([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})@[A-Za-z0-9.-]{1,253}>")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<!\d)(5[0-5]\d)(?!\d)")
_NO_SUCH = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4"})
_WROTE = re.compile(
    r"^(on .{5,200} wrote:|el .{5,200} escribió:|am .{5,200} schrieb.*:|-{2,}\s*(original message|mensaje original).*)$", re.IGNORECASE
)
_ROBOTS = ("mailer-daemon", "postmaster")


class NotAMail(ValueError):
    """It cannot be read as an e-mail, or is too long; the message says which."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a mail server says became of a message: `action` is "failed", "delayed", "delivered"; `status` like "5.1.1", or empty."""

    action: str
    status: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody wrote back: their own words, without what they quoted."""

    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class ComeBack:
    """One mail that came back. `key` is that of the delivery it is about; None where it names none. `what` is None for a robot's answer."""

    name: str
    key: str | None
    what: Bounce | Answer | None


def receive(database: Database, lanes: Lanes, enqueue: Enqueue, raw: bytes, *, now: datetime) -> str:
    """Take in one mail as it came, and do what it demands. Returns what was done, in words without patient data. Raises NotAMail."""
    mail = read(raw)
    return coming_back.told(database, lambda session: _take(session, lanes, enqueue, mail, now))


def read(raw: bytes) -> ComeBack:
    """What a mail says, and about which message. Raises NotAMail."""
    if len(raw) > MOST_BYTES:
        raise NotAMail(f"This mail is longer than {MOST_BYTES // 2**20} MB.")
    try:
        message = message_from_bytes(raw, policy=modern)
        parts = list(_parts(message))
        bounce = _bounce(message, parts)
        key = _key_of_bounce(parts, raw) if bounce is not None else _key_of_answer(message)
        what = bounce if bounce is not None else None if _is_from_a_robot(message) else Answer(_sender(message), _own_words(message))
        name = _header(message, "Message-ID")
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # Python's parser of headers raises all of these at hostile ones.
        raise NotAMail(f"This cannot be read as an e-mail ({type(error).__name__}).") from None
    return ComeBack(name or hashlib.sha256(raw).hexdigest(), key, what)


def _take(session: Session, lanes: Lanes, enqueue: Enqueue, mail: ComeBack, now: datetime) -> str:
    delivery = _delivery(session, mail.key)
    match mail.what:
        case Bounce() as bounce:
            if delivery is None:
                return "A delivery report about no message of ours."
            return _bounced(session, lanes, delivery, bounce, mail, now)
        case Answer() as answer:
            return _answered(session, lanes, enqueue, delivery, answer, mail, now)
        case None:
            if delivery is not None:
                deliveries.report(session, delivery.id, told=f"robot {coming_back.a_name(mail.name)}", kind="automatic answer", now=now)
            return "An automatic answer."


def _bounced(session: Session, lanes: Lanes, delivery: Delivery, bounce: Bounce, mail: ComeBack, now: datetime) -> str:
    told = f"{bounce.action} {coming_back.a_name(mail.name)}"
    if not deliveries.report(session, delivery.id, told=told, kind=bounce.action, text=bounce.status, now=now):
        return "A delivery report that is known."
    if bounce.action in {"delivered", "relayed", "expanded"}:
        if bounce.action == "delivered":
            coming_back.delivered(session, lanes, delivery, now=now)
        return f"Delivery {delivery.id}: {bounce.action}."
    if bounce.action == "delayed":
        return f"Delivery {delivery.id}: delayed; the mail server goes on trying."
    no_such = bounce.status in _NO_SUCH
    said = f" ({bounce.status})" if bounce.status else ""
    words = f"It came back: {'there is no such address' if no_such else 'the patient’s mail server did not take it'}{said}."
    coming_back.came_back(session, lanes, delivery, words, no_such_address=no_such, now=now)
    return f"Delivery {delivery.id}: came back."


def _answered(
    session: Session, lanes: Lanes, enqueue: Enqueue, delivery: Delivery | None, answer: Answer, mail: ComeBack, now: datetime
) -> str:
    if delivery is not None and answer.sender.casefold() == delivery.address.strip().casefold():
        coming_back.replied(
            session, lanes, enqueue, delivery, channel=Channel.EMAIL, name=mail.name, address=answer.sender, text=answer.text, now=now
        )
        return f"Delivery {delivery.id}: answered."
    why = "It answers no message of ours." if delivery is None else "It answers a message of ours, from another address than that went to."
    coming_back.nobodys(
        session,
        Channel.EMAIL,
        mail.name,
        address=answer.sender,
        text=answer.text,
        why=why,
        now=now,
        delivery_id=delivery.id if delivery else None,
    )
    return "A mail that is surely no one patient’s; it waits for a person to look."


def _delivery(session: Session, key: str | None) -> Delivery | None:
    try:
        return deliveries.by_key(session, key) if key else None
    except Unknown:
        return None


def _parts(message: Message) -> list[Message]:
    found: list[Message] = []
    for part in message.walk():
        found.append(part)
        if len(found) > MOST_PARTS:
            raise ValueError("too many parts")
    return found


def _bounce(message: Message, parts: list[Message]) -> Bounce | None:
    """The report of a mail server, as RFC 3464 writes it or in its own way; None where the mail is none."""
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            fields = "\n".join(str(block) for block in _blocks(part))
            action = re.search(r"(?im)^Action:\s*([a-z]{1,20})", fields)
            status = re.search(r"(?im)^Status:\s*([245]\.\d{1,3}\.\d{1,3})", fields)
            return Bounce(action.group(1).lower() if action else "failed", status.group(1) if status else "")
    sender = _sender(message).partition("@")[0].casefold()
    empty_path = _header(message, "Return-Path").strip() == "<>"
    if sender not in _ROBOTS and not (empty_path and not _header(message, "In-Reply-To")):
        return None
    words = _words(message)
    found = _STATUS.search(words)
    if found:
        return Bounce("delayed" if found.group(1) == "4" else "delivered" if found.group(1) == "2" else "failed", ".".join(found.groups()))
    code = _CODE.search(words)
    return Bounce("failed", "5.1.1" if code and code.group(1) in {"550", "551", "553"} else "") if code else None


def _blocks(part: Message) -> list[Message | str]:
    """The blocks of a delivery status: Python parses them as messages, unless the part came encoded."""
    content = part.get_payload()
    if isinstance(content, list):
        return [block for block in content if isinstance(block, Message)]
    decoded = part.get_payload(decode=True)
    return [decoded.decode("utf-8", "replace") if isinstance(decoded, bytes) else str(content)]


def _key_of_bounce(parts: list[Message], raw: bytes) -> str | None:
    """The key in the headers of the message that came back: as a part of its own, or quoted anywhere in the text."""
    for part in parts[1:]:
        if found := _KEY.search(_header(part, "Message-ID")):
            return found.group(1)
    texts = [_decoded(part) for part in parts if not part.is_multipart()]
    return next((found.group(1) for text in (*texts, raw.decode("latin-1")) if (found := _KEY.search(text))), None)


def _key_of_answer(message: Message) -> str | None:
    """The key in what the mail says it answers."""
    headers = [*message.get_all("In-Reply-To", []), *reversed(message.get_all("References", []))]
    return next((found[-1] for header in headers if (found := _KEY.findall(str(header)))), None)


def _is_from_a_robot(message: Message) -> bool:
    automatic = _header(message, "Auto-Submitted").strip().casefold()
    marked = bool(_header(message, "X-Autoreply")) or _header(message, "Precedence").casefold() == "auto_reply"
    return marked or automatic not in {"", "no"}


def _header(message: Message, name: str) -> str:
    """A header on one line; empty where there is none."""
    return " ".join(str(message.get(name, "")).split())


def _sender(message: Message) -> str:
    header = message.get("From")
    if not isinstance(header, AddressHeader) or len(header.addresses) != 1:
        return ""
    return header.addresses[0].addr_spec


def _words(message: Message) -> str:
    """The text of a mail: the plain part, or what is readable of the HTML one."""
    if not isinstance(message, EmailMessage):
        return ""
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    text = _decoded(body)
    if body.get_content_type() != "text/html":
        return text
    reader = _Readable()
    reader.feed(text)
    reader.close()
    return "".join(reader.found)


def _own_words(message: Message) -> str:
    """What the sender wrote, without what they quoted below it, and with a word on what came attached."""
    lines: list[str] = []
    for line in _words(message).replace("\r\n", "\n").split("\n"):
        if _WROTE.match(line.strip()):
            break
        if not line.lstrip().startswith(">"):
            lines.append(line.rstrip())
    attached = sum(part.get_content_disposition() == "attachment" for part in _parts(message))
    more = f"\n\n[{attached} attached file(s) were not taken over. They are in the mailbox.]" if attached else ""
    return "\n".join(lines).strip() + more


def _decoded(part: Message) -> str:
    """The text of a part in whatever letters it claims to be; what cannot be read is replaced."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


class _Readable(HTMLParser):
    """The text of an HTML mail; what is not meant to be read is left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in {"script", "style", "head", "blockquote"}
        if tag in {"br", "p", "div", "tr", "li"}:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "head", "blockquote"} and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(data)
