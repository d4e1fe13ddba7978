"""One act on many episodes: assign, set the due date, set the status. Each episode makes its own move of it, or refuses."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from workflow import moves
from workflow.episode import Episode
from workflow.events import Actor, Event
from workflow.lanes import Lane
from workflow.people import ANYBODY, People
from workflow.vocabulary import OwnerRole, Status


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Assign(_Frozen):
    """To the queue of a role, to a person, or to a person in a role. Without a role, each episode keeps the one it has.

    It is theirs at once: many are handed out, not offered one by one. An offer that stood ends, unless it goes back to its own queue.
    """

    kind: Literal["assign"] = "assign"
    owner_role: OwnerRole | None = None
    owner: str | None = None


class SetDue(_Frozen):
    kind: Literal["due"] = "due"
    due: date


class SetStatus(_Frozen):
    kind: Literal["status"] = "status"
    status: Status


Act = Annotated[Assign | SetDue | SetStatus, Field(discriminator="kind")]

ACT: TypeAdapter[Act] = TypeAdapter(Act)
"""Parses and checks an act from a dict or JSON."""


def move(episode: Episode, lane: Lane, act: Act, *, now: datetime, actor: Actor, why: str = "", people: People = ANYBODY) -> list[Event]:
    """What `act` is for this episode; [] where it already stands so. Raises Refusal, Unavailable for whoever is away among them."""
    match act:
        case Assign(owner_role=role, owner=owner):
            role = role or episode.owner_role
            return moves.set_owner(episode, lane, now=now, actor=actor, owner_role=role, owner=owner, why=why, people=people)
        case SetDue(due=due):
            return moves.set_due(episode, lane, now=now, actor=actor, due=due, why=why)
        case SetStatus(status=status):
            return moves.set_status(episode, lane, now=now, actor=actor, status=status, why=why, people=people)
