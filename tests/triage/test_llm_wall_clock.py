"""R10: the budget holds whatever the conversation does."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from triage.assistants.llm.quiet import QuietTime
from triage.assistants.llm.wall_clock import run_within
from triage.assistants.protocol import AssistantUnavailable


async def seven() -> int:
    return 7


def test_an_answer_in_time_is_returned() -> None:
    """The usual case."""
    assert run_within(5, seven) == 7


def test_an_error_is_raised_where_the_caller_waits() -> None:
    """Though it happened in another thread."""

    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        run_within(5, fail)


def test_what_cannot_be_cancelled_is_left_behind() -> None:
    """A name look-up cannot be cancelled, and closing an event loop waits for it: the caller does not."""

    found = threading.Event()

    async def look_up_for_long() -> None:
        await asyncio.to_thread(found.wait, 10)

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        run_within(0.1, look_up_for_long)
    assert time.monotonic() - began < 0.1 + 1
    found.set()


def test_a_caller_inside_an_event_loop_is_served_too() -> None:
    """A sync function that is called from an async one must not trip over the loop that already runs."""

    async def outer() -> int:
        return run_within(5, seven)

    with ThreadPoolExecutor(1) as fresh:  # this thread may have a loop already: the browser tests leave one
        assert fresh.submit(lambda: asyncio.run(outer())).result() == 7


def test_a_quiet_time_tells_what_is_left_and_ends() -> None:
    """The longest wish stands; a shorter one later does not end it."""
    now = 100.0
    quiet = QuietTime(lambda: now)
    quiet.begin(30)
    quiet.begin(5)
    now = 110.0
    with pytest.raises(AssistantUnavailable) as caught:
        quiet.check()
    assert caught.value.retry_after == 20
    now = 130.0
    quiet.check()
