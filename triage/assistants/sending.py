"""What is sent to a model's service is told first to whoever set out to record it, and is not sent where that fails.

A context variable, since between the job that records and the wire that sends stand wrappers that need not know of it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """One call: `messages` are the exact messages of the request, each as JSON. `host` has its port where the address names one."""

    host: str
    model: str
    messages: tuple[str, ...]


Recorder = Callable[[Sent], None]

_recorder: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


@contextmanager
def recorded_by(recorder: Recorder) -> Iterator[None]:
    """Every call made inside is told to `recorder`, in the thread that makes it."""
    token = _recorder.set(recorder)
    try:
        yield
    finally:
        _recorder.reset(token)


def record(sent: Sent) -> None:
    """Tell the recorder, where there is one. Raises what the recorder raises: then nothing must be sent."""
    recorder = _recorder.get()
    if recorder is not None:
        recorder(sent)
