"""A patient, a person who approves, and what is on its way: set up in a line, looked at in another."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors import sending
from connectors.outgoing import Accepted, Ways
from store import deliveries, episodes
from store.database import Database
from store.decisions import Reviewer
from store.deliveries import Delivery, DeliveryState
from tests.approved import an_approved
from tests.builders import LANES, NOW, a_note, a_patient, a_reviewer
from workflow.episode import Attempt, Episode
from workflow.vocabulary import Channel, DraftForm

SOON = timedelta(minutes=3)


@dataclass
class Way:
    """Sends nothing and keeps what it was given. `error` is raised instead; `knows` is what it says when it is asked."""

    error: Exception | None = None
    knows: Accepted | None = None
    sent: list[Delivery] = field(default_factory=list)

    def send(self, delivery: Delivery) -> Accepted:
        self.sent.append(delivery)
        if self.error is not None:
            raise self.error
        return Accepted(f"id-{delivery.id}")

    def ask(self, key: str) -> Accepted | None:
        return self.knows


class SendingDesk:
    """Dana approves, Rosa is written to."""

    def __init__(self, database: Database, ways: Ways | None = None, **patient: Any) -> None:
        self.database, self.now = database, NOW
        self.way = Way()
        self.ways: Ways = {Channel.SMS: self.way, Channel.EMAIL: self.way} if ways is None else ways
        self.enqueued: list[int] = []
        with database.write() as session:
            self.patient_id = a_patient(session, **({"phone": "(312) 555-0123", "email": "rosa@example.org"} | patient))
            self.episode_id = a_note(session).episode_id
            self.dana: Reviewer = a_reviewer(session)
            self.maria: Reviewer = a_reviewer(session, "maria", "Maria Lopez")

    def clock(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def approve(self, form: DraftForm = DraftForm.SMS, *, cause: str = "touch-1", **given: Any) -> int:
        """Dana approves a draft; returns its delivery's id."""
        address = "rosa@example.org" if form is DraftForm.EMAIL else "(312) 555-0123"
        with self.database.write() as session:
            values = {"address": address, "form": form, "at": self.now, "cause": cause} | given
            return an_approved(session, self.episode_id, self.dana.id, **values)

    def send(self, delivery_id: int, *, after: timedelta = SOON) -> Delivery:
        """The undo window passes and the job runs."""
        self.now += after
        sending.send(self.database, LANES, self.ways, delivery_id, clock=self.clock)
        return self.delivery(delivery_id)

    def sent(self, form: DraftForm = DraftForm.SMS, **given: Any) -> Delivery:
        """Something that left."""
        found = self.send(self.approve(form, **given))
        assert found.state is DeliveryState.SENT
        return found

    def delivery(self, delivery_id: int) -> Delivery:
        with self.database.read() as session:
            return deliveries.load(session, delivery_id)

    @property
    def episode(self) -> Episode:
        with self.database.read() as session:
            return episodes.load(session, self.episode_id)

    @property
    def attempts(self) -> list[Attempt]:
        return list(self.episode.attempts)

    @property
    def outcomes(self) -> list[str]:
        return [attempt.outcome.value for attempt in self.attempts]

    def enqueue(self, _session: object, note_id: int) -> None:
        self.enqueued.append(note_id)
