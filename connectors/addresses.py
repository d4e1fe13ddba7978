"""Addresses and numbers that something can be sent to, out of what people wrote into the record."""

import re
from email.errors import HeaderParseError
from email.headerregistry import Address
from ipaddress import ip_address

import phonenumbers

MOST = 254
"""Characters of an e-mail address (RFC 5321)."""

_PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def email(text: str) -> str | None:
    """One plain address; None where `text` is none, or is one that this program does not write to (quoted, or with other letters)."""
    text = text.strip()
    if len(text) > MOST or not _PLAIN.fullmatch(text) or ".." in text:
        return None
    try:
        return Address(addr_spec=text).addr_spec
    except (HeaderParseError, ValueError, IndexError):
        return None


def number(text: str, region: str) -> str | None:
    """A phone number in international form ("+13125550100"); None where `text` is none. `region` ("US") is that of numbers without one.

    A number with an extension takes no message and is none; neither is one without its area code.
    """
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if parsed.extension or phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def is_loopback(host: str) -> bool:
    """Whether `host` can be reached from this machine alone. A name other than localhost may lead anywhere."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
