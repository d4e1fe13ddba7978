"""The clinic behind the browser tests: three notes to review, two people, and what is stored about it."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from store import episodes, suggestions, users
from store.database import Database
from store.decisions import Reviewer, accept
from store.suggestions import Suggestion
from store.tables import DecisionRow
from tests.builders import CALL, LANES, NO_RIDE, NOW, a_note, a_patient, a_suggestion, everything
from tests.review_ui.desk import PASSWORD, Clock
from workflow.episode import Episode
from workflow.vocabulary import UserRole

ROSA, BEN, EVA = 1, 2, 3
"""Notes by number: one with everything in it, one with two suggestions, one with nothing found. Each is of its own patient and episode."""

BENS = "Pt has no ride to clinic on Friday. PA still pending.\r\nWill call again Thurs. Mailbox full, no ride home either."


def seed(database: Database) -> None:
    """Three notes of three patients, Maria who may sign in, and Dana."""
    with database.write() as session:
        users.add_user(session, "maria", "Maria Lopez", UserRole.COORDINATOR, PASSWORD, now=NOW)
        users.add_user(session, "dana", "Dana Whitfield", UserRole.COORDINATOR, None, now=NOW)
        a_patient(session, "p-2", name="Ben Okoro", language="es-MX")
        a_patient(session, "p-3", name="Eva Lind")
        a_note(session, "n-1", items=everything())
        items = [
            a_suggestion(NO_RIDE, "no ride to clinic", text=BENS),
            a_suggestion(CALL, "Will call again Thurs", text=BENS, confidence=0.6),
        ]
        a_note(session, "n-2", patient="p-2", text=BENS, items=items)
        a_note(session, "n-3", patient="p-3", text="Seen in clinic today. All well.", items=[])


@dataclass
class Clinic:
    """A running site and its database."""

    address: str
    database: Database
    clock: Clock

    def on(self, note: int) -> list[Suggestion]:
        with self.database.read() as session:
            return suggestions.of_note(session, note)

    def one(self, note: int, kind: str) -> Suggestion:
        """The first suggestion of this kind on a note."""
        return next(item for item in self.on(note) if item.kind.value == kind)

    def standings(self, note: int) -> dict[str, str]:
        """How each suggestion stands, by its words."""
        return {item.evidence: item.standing.value for item in self.on(note)}

    def decisions(self) -> list[DecisionRow]:
        with self.database.read() as session:
            return list(session.scalars(select(DecisionRow).order_by(DecisionRow.id)))

    def episode(self, number: int = 1) -> Episode:
        with self.database.read() as session:
            return episodes.load(session, number)

    def dana_accepts(self, suggestion_id: int) -> None:
        """Somebody else decides meanwhile."""
        with self.database.write() as session:
            dana = users.by_username(session, "dana")
            item = suggestions.load(session, suggestion_id)
            version = episodes.load(session, item.episode_id).version
            who = Reviewer(dana.id, dana.username, dana.name)
            accept(session, LANES, suggestion_id, reviewer=who, episode_version=version, now=self.clock() + timedelta(seconds=1))
