"""A budget of wall-clock seconds that holds whatever the other side does.

A client's own timeout bounds the wait for the next byte: a server that drips one byte a second holds it for ever. Here the whole
conversation runs under one deadline, as a task that can be cancelled at any await. All conversations of a process share one event loop in
a thread of its own, so that they share connections, and so that a thousand of them cost no thousand loops. The caller waits a moment
longer than the deadline and no more: a name look-up, which nothing can cancel, is left behind.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")

GRACE_S = 0.5
"""How long after the deadline the connection may take to close."""

_starting = threading.Lock()


def run_within(budget_s: float, conversation: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What `conversation()` returns. Raises TimeoutError after `budget_s` seconds, else whatever the conversation raises."""

    async def under_a_deadline() -> T:
        async with asyncio.timeout(budget_s):
            return await conversation()

    # It runs in a copy of the caller's context variables: by them is known whoever records what is sent.
    return asyncio.run_coroutine_threadsafe(under_a_deadline(), loop()).result(timeout=budget_s + GRACE_S)


def loop() -> asyncio.AbstractEventLoop:
    """The event loop of all conversations, running until the process ends."""
    with _starting:
        return _running()


@cache
def _running() -> asyncio.AbstractEventLoop:
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, name="llm-conversations", daemon=True).start()
    return made
