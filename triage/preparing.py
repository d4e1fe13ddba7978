"""The job that prepares what people will want to see of an episode once it moved: one key a moment, so that it is done once for each."""

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from store.jobs import Job, JobQueue
from store.moved import Moved
from triage.assistants.protocol import AssistantUnavailable
from triage.jobs import LONGEST_WAIT_S, SOON_S

PREPARE = "prepare"

Step = Callable[[int], None]
"""Prepares one thing for the episode with this id, as it stands now. Idempotent, and quick where nothing is to be done."""


def prepare(steps: Sequence[Step], episode_id: int) -> float | None:
    """Take every step; None when done, or the seconds to wait where an assistant was unavailable. Other steps are taken all the same."""
    wait = None
    for step in steps:
        try:
            step(episode_id)
        except AssistantUnavailable as error:
            wait = min(error.retry_after if error.retry_after is not None else SOON_S, LONGEST_WAIT_S)
    return wait


def jobs(steps: Sequence[Step]) -> dict[str, Job]:
    """What a worker registers."""
    return {PREPARE: lambda episode_id: prepare(steps, episode_id)}


def enqueue_preparing(queue: JobQueue) -> Moved:
    """What a database calls when an episode moved (`Database.when_moved`)."""

    def enqueue(session: Session, episode_id: int, moment: str) -> None:
        queue.enqueue(session, PREPARE, episode_id, key=f"{PREPARE}-{episode_id}-{moment}", urgent=False)

    return enqueue
