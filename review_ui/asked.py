"""What a move form on the Patient page hands to its move."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import FormData

from workflow.contact import ContactFacts
from workflow.episode import Episode
from workflow.events import Actor, Event, person
from workflow.lanes import Lane
from workflow.people import People


@dataclass(frozen=True, slots=True)
class Asked:
    """The form, and who sent it when.

    `people` are those who can own something, `facts` what is known about contacting the patient, `pending` counts the episode's undecided
    suggestions.
    """

    form: FormData
    now: datetime
    username: str
    lane: Lane
    people: People
    facts: ContactFacts
    pending: int

    @property
    def actor(self) -> Actor:
        return person(self.username)


Make = Callable[[Episode, Asked], list[Event]]
