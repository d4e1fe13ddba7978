"""A fence that what stands in it cannot close: it carries a random marker, new for every call, which does not occur in it."""

import re
import secrets
from collections.abc import Callable

from triage.assistants.protocol import NoUsableAnswer

_MOST_TRIES = 100


def random_marker() -> str:
    """Sixty-four random bits, in hex."""
    return secrets.token_hex(8)


def marker_for(text: str, new_marker: Callable[[], str] = random_marker) -> str:
    """A marker that does not occur in `text`, in any letter case. Raises NoUsableAnswer where a broken source offers none."""
    folded = text.casefold()
    for _ in range(_MOST_TRIES):
        marker = new_marker()
        if marker.casefold() not in folded:
            return marker
    raise NoUsableAnswer("No marker could be found to fence what is sent. Check the machine's source of random numbers.")


def sendable(text: str) -> str:
    """`text` with halves of broken characters replaced, one for one so that places stay: JSON cannot carry them."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def plain_words(text: str) -> str:
    """A short field from the source (the author's role) without anything that could look like more than words."""
    return " ".join(re.findall(r"\w+", text))[:60] or "unknown"
