"""What the SMS provider tells: what became of a message, and what patients answer.

A telling is believed if it is signed: HMAC-SHA256 with the shared secret over "timestamp.address.body", in hex, in `X-Signature`, with
`X-Timestamp` in seconds since 1970, at most five minutes away from our clock. Told twice it is one telling, so a replay changes nothing.
"""

import hashlib
import hmac
import logging
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from urllib.parse import parse_qs

from sqlalchemy.orm import Session

from connectors import addresses, coming_back
from connectors.sms import FAILED, UNDER_WAY, SmsSettings, refusal
from store import deliveries, inbound
from store.database import Database
from store.deliveries import Delivery
from store.errors import Unknown
from store.lanes import Lanes
from store.notes import Enqueue
from workflow.vocabulary import Channel

REPLAY_S = 300
"""Seconds that a signature may be old, or our clocks differ."""

MOST_BYTES = 65_536
MOST_FIELDS = 50
ARRIVED = frozenset({"delivered", "read"})

logger = logging.getLogger(__name__)


class Taken(Enum):
    """What became of a telling; the value is the HTTP status of the answer."""

    YES = 200
    UNREADABLE = 400
    NOT_SIGNED = 403


@dataclass(frozen=True, slots=True)
class SmsCallbacks:
    """Takes what the provider tells. `enqueue` has the note that an answer becomes read."""

    database: Database
    lanes: Lanes
    enqueue: Enqueue
    settings: SmsSettings

    def take(self, *, query: str, timestamp: str, signature: str, body: bytes, now: datetime) -> Taken:
        """Take one telling: `query` is that of the address it was posted to. Nothing of it is logged but ids."""
        if not is_signed(self.settings, query=query, timestamp=timestamp, signature=signature, body=body, now=now):
            logger.warning("A telling of the SMS provider was not signed as it must be; nothing was done.")
            return Taken.NOT_SIGNED
        try:
            form = {name: values[0] for name, values in _fields(body.decode()).items()}
            key = _fields(query).get("key", [""])[0]
        except ValueError:
            return Taken.UNREADABLE
        sid = form.get("MessageSid", "")
        if not sid or len(sid) > 200:
            return Taken.UNREADABLE
        if "From" in form and "MessageStatus" not in form:
            coming_back.told(self.database, lambda session: self._answered(session, sid, form, now))
        else:
            coming_back.told(self.database, lambda session: self._became(session, sid, key, form, now))
        return Taken.YES

    def _became(self, session: Session, sid: str, key: str, form: dict[str, str], now: datetime) -> None:
        """What became of a message of ours."""
        delivery = _delivery(session, sid, key)
        status = form.get("MessageStatus", "")
        if delivery is None or delivery.channel is not Channel.SMS:
            logger.info("The SMS provider told of a message that is none of ours.")
            return
        kind = status if status in FAILED | UNDER_WAY else "other"
        if not deliveries.report(session, delivery.id, told=f"{coming_back.a_name(sid)} {kind}", kind=kind, now=now):
            return
        if status in ARRIVED:
            coming_back.delivered(session, self.lanes, delivery, provider_id=sid, now=now)
        elif status in FAILED:
            code = form.get("ErrorCode", "")
            error = refusal(int(code) if code.isdecimal() and code.isascii() and len(code) < 7 else None)
            coming_back.came_back(session, self.lanes, delivery, str(error), no_such_address=error.no_such_address, now=now)
        elif status in UNDER_WAY:
            coming_back.left(session, self.lanes, delivery, provider_id=sid, now=now)

    def _answered(self, session: Session, sid: str, form: dict[str, str], now: datetime) -> None:
        """A message that came in. It is a patient's where we wrote to this number and one patient alone has it."""
        text, sender = form.get("Body", ""), form["From"]
        number = addresses.number(sender, self.settings.region)
        ours = [one for one, to in inbound.written_to(session, Channel.SMS) if number and self._same(to, number)]
        patients = {patient_id for patient_id, phone in inbound.phones(session) if number and self._same(phone, number)}
        written = [deliveries.load(session, one) for one in ours]
        patients |= {delivery.patient_id for delivery in written}
        if written and len(patients) == 1:
            last = written[0]
            coming_back.replied(
                session, self.lanes, self.enqueue, last, channel=Channel.SMS, name=sid, address=number or "", text=text, now=now
            )
            return
        why = "Several patients have this number." if len(patients) > 1 else "Nobody was written to at this number."
        coming_back.nobodys(session, Channel.SMS, sid, address=number or sender, text=text, why=why, now=now)

    def _same(self, written: str, number: str) -> bool:
        """Whether a number as people wrote it is this one; an extension is left out, since the patient answers from the same line."""
        last = number[-4:]
        digits = "".join(char for char in written if char.isdecimal())
        if last not in digits:
            return False
        main = written.lower().partition("x")[0].removesuffix("e").partition("#")[0].partition(";")[0]
        return addresses.number(main, self.settings.region) == number


def is_signed(settings: SmsSettings, *, query: str, timestamp: str, signature: str, body: bytes, now: datetime) -> bool:
    """Whether this was signed with our secret, lately. Without a secret nothing is."""
    if not settings.secret.get_secret_value() or not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
        return False
    expected = signed(settings, query=query, timestamp=timestamp, body=body)
    return (
        hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")) and abs(now.timestamp() - int(timestamp)) <= REPLAY_S
    )


def signed(settings: SmsSettings, *, query: str, timestamp: str, body: bytes) -> str:
    """The signature, as the provider makes it."""
    address = f"{settings.callback_url}?{query}" if query else settings.callback_url
    secret = settings.secret.get_secret_value().encode()
    return hmac.new(secret, f"{timestamp}.{address}.".encode() + body, hashlib.sha256).hexdigest()


def _fields(text: str) -> dict[str, list[str]]:
    """The fields of a form. Raises ValueError where there are too many, or they are no text."""
    return parse_qs(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=MOST_FIELDS, errors="strict")


def _delivery(session: Session, sid: str, key: str) -> Delivery | None:
    """The message told of: by the key in the address, which we know before the provider's answer, or by the provider's own name for it."""
    if key:
        try:
            delivery = deliveries.by_key(session, key)
        except Unknown:
            return None
        return delivery if delivery.provider_id in {None, sid} else None
    try:
        return deliveries.by_provider_id(session, sid)
    except Unknown:
        return None
