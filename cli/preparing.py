"""What is prepared of an episode each time that it moved: the steps, put together."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial

from store.database import Database
from store.lanes import Lanes
from triage.assistants.protocol import Assistant
from triage.context_jobs import refresh
from triage.draft_jobs import Drafting
from triage.preparing import Step
from triage.record_jobs import look_over
from workflow.clinic import Clinic


def steps_of(database: Database, lanes: Lanes, assistant: Assistant, clinic: Clinic) -> list[Step]:
    """In the order in which they are taken."""
    return [
        partial(look_over, database, lanes),
        partial(refresh, database, lanes, assistant),
        drafting_of(database, lanes, lambda: assistant, clinic).step,
    ]


def drafting_of(database: Database, lanes: Lanes, assistant: Callable[[], Assistant], clinic: Clinic) -> Drafting:
    """Who prepares outreach drafts. The assistant is put together when the first is wanted."""
    return Drafting(database, lanes, cache(assistant), clinic, lambda: datetime.now(UTC))
