"""Which hosts are this machine, and which are not."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether `host` can be reached from this machine alone. A name other than localhost may lead anywhere."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def host_of(url: str) -> str:
    """The host of an address, in small letters, with its port where it names one."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""


def leaves_machine(url: str) -> bool:
    """Whether what is sent to `url` leaves this machine."""
    return not is_loopback(urlsplit(url).hostname or "")


def is_allowed(url: str, allowed: frozenset[str]) -> bool:
    """Whether `allowed`, hosts with or without a port, names the host of `url`."""
    return bool({host_of(url), urlsplit(url).hostname or ""} & {host.strip().lower() for host in allowed})
