"""A budget of wall-clock seconds that holds whatever the other side does.

A client's own timeout bounds the wait for the next byte: a server that drips one byte a second holds it for ever. Here the whole
conversation runs under one deadline, in a thread with an event loop of its own, so that it can be cancelled at any await. The caller
waits a moment longer than the deadline and no more: a name look-up, which nothing can cancel, is left behind with its thread.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

GRACE_S = 0.5
"""How long after the deadline the connection may take to close."""


def run_within(budget_s: float, conversation: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What `conversation()` returns. Raises TimeoutError after `budget_s` seconds, else whatever the conversation raises."""
    answer: Future[T] = Future()

    async def under_a_deadline() -> T:
        async with asyncio.timeout(budget_s):
            return await conversation()

    def work() -> None:
        try:
            answer.set_result(asyncio.run(under_a_deadline()))
        except BaseException as error:  # noqa: BLE001 — handed to the caller, who waits in another thread
            answer.set_exception(error)

    context = contextvars.copy_context()  # whoever records what is sent is known by it
    threading.Thread(target=context.run, args=(work,), name="llm-conversation", daemon=True).start()
    return answer.result(timeout=budget_s + GRACE_S)
