"""A budget of wall-clock seconds for a whole conversation, whatever the other side does.

A client's own time-out bounds the wait for the next byte; a server that drips one byte a second would hold it for ever. Conversations run
in one event loop in a thread of its own, so that a name look-up, which nothing can cancel, is left behind when the time is over.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import TimeoutError as NotInTime
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")

GRACE_S = 0.5
"""How long after the deadline the connection may take to close."""

_starting = threading.Lock()


def within(budget_s: float, conversation: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What `conversation()` returns. Raises TimeoutError after `budget_s` seconds, else whatever the conversation raises."""

    async def under_a_deadline() -> T:
        async with asyncio.timeout(budget_s):
            return await conversation()

    with _starting:
        loop = _running()
    talk = asyncio.run_coroutine_threadsafe(under_a_deadline(), loop)
    try:
        return talk.result(timeout=budget_s + GRACE_S)
    except NotInTime:
        talk.cancel()
        raise TimeoutError from None


@cache
def _running() -> asyncio.AbstractEventLoop:
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, name="connectors", daemon=True).start()
    return made
