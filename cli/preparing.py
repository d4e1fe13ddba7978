"""What is prepared of an episode each time that it moved: the steps, put together."""

from functools import partial

from store.database import Database
from store.lanes import Lanes
from triage.assistants.protocol import Assistant
from triage.preparing import Step
from triage.record_jobs import look_over
from workflow.clinic import Clinic


def steps_of(database: Database, lanes: Lanes, assistant: Assistant, clinic: Clinic) -> list[Step]:  # noqa: ARG001
    """In the order in which they are taken."""
    return [partial(look_over, database, lanes)]
