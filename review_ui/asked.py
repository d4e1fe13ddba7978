"""What a move form on the Patient page hands to its move."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import FormData

from workflow.episode import Episode
from workflow.events import Actor, Event, person
from workflow.lanes import Lane
from workflow.people import People


@dataclass(frozen=True, slots=True)
class Asked:
    """The form, and who sent it when. `people` are those who can own something."""

    form: FormData
    now: datetime
    username: str
    lane: Lane
    people: People

    @property
    def actor(self) -> Actor:
        return person(self.username)


Make = Callable[[Episode, Asked], list[Event]]
