"""Not before: where a service says when to come back, nobody asks it earlier."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from triage.assistants.protocol import AssistantUnavailable

LONGEST_S = 24 * 3600.0
"""A service that asks for more than a day is broken or hostile; it is asked again after a day."""


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait from `retry-after-ms` or `retry-after` (seconds or an HTTP date), 0 to one day; None where neither can be read."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        try:
            seconds = float(value) / unit
        except ValueError:
            seconds = _until(value, now)
        if seconds >= 0:  # false for "nan" too
            return min(seconds, LONGEST_S)
    return None


def _until(http_date: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(http_date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return -1.0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


class QuietTime:
    """Shared by all threads that ask one service. `clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until = float("-inf")

    def begin(self, seconds: float) -> None:
        """No call for so many seconds; a quiet time that ends later stands."""
        with self._lock:
            self._until = max(self._until, self._clock() + seconds)

    def check(self) -> None:
        """Raises AssistantUnavailable with what is left of the quiet time, where it lasts."""
        with self._lock:
            left = self._until - self._clock()
        if left > 0:
            raise AssistantUnavailable("The model's service asked to be left alone for a while. It is tried again then.", retry_after=left)
