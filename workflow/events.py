"""What can happen to an episode. An episode's state is the fold of its events (`workflow.episode.evolve`).

An event is an envelope (which number, when recorded, by whom) around one change. The actor is a person or a rule of the lane:
there is no third kind, so nothing a model says can be recorded as having changed an episode.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from workflow.vocabulary import (
    Action,
    BlockerCategory,
    Channel,
    ClosureReason,
    EscalationAnswer,
    EscalationReason,
    LaneName,
    Limit,
    Outcome,
    OwnerRole,
    Status,
)

OfferEnd = Literal["returned", "withdrawn"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Actor(_Frozen):
    """Who did it: a signed-in person by user name, or a rule of the lane as the consequence of what a person did or of time passing."""

    kind: Literal["person", "rule"]
    name: str = Field(min_length=1)


RULE = Actor(kind="rule", name="lane rules")


def person(name: str) -> Actor:
    """The signed-in person with user name `name`."""
    return Actor(kind="person", name=name)


class EpisodeOpened(_Frozen):
    kind: Literal["episode_opened"] = "episode_opened"
    lane: LaneName
    reason: str
    owner_role: OwnerRole
    next_action: Action
    due: date


class StatusSet(_Frozen):
    kind: Literal["status_set"] = "status_set"
    status: Status
    why: str = ""


class OwnerSet(_Frozen):
    """`owner` is a user name, or None for the role's queue."""

    kind: Literal["owner_set"] = "owner_set"
    owner_role: OwnerRole
    owner: str | None = None
    why: str = ""


class OwnerOffered(_Frozen):
    """Handed over to a person who has not accepted yet; the owner stays. `text` is what the next owner needs to know."""

    kind: Literal["owner_offered"] = "owner_offered"
    owner_role: OwnerRole
    owner: str
    text: str


class OfferEnded(_Frozen):
    """An offer ended without being accepted; the owner stays. `text` is a person's reason, `why` a rule's."""

    kind: Literal["offer_ended"] = "offer_ended"
    how: OfferEnd
    text: str = ""
    why: str = ""


class NextActionSet(_Frozen):
    """`task` is the open task this is, or None for the lane's own next step. `pinned` where a person chose it."""

    kind: Literal["next_action_set"] = "next_action_set"
    action: Action
    task: int | None = None
    pinned: bool = False


class DueSet(_Frozen):
    kind: Literal["due_set"] = "due_set"
    due: date
    why: str = ""


class TaskAdded(_Frozen):
    """`task` numbers the tasks of one episode from 1."""

    kind: Literal["task_added"] = "task_added"
    task: int
    action: Action
    owner_role: OwnerRole
    due: date
    detail: str = ""


class TaskMoved(_Frozen):
    kind: Literal["task_moved"] = "task_moved"
    task: int
    due: date


class TaskCompleted(_Frozen):
    kind: Literal["task_completed"] = "task_completed"
    task: int


class TaskCancelled(_Frozen):
    kind: Literal["task_cancelled"] = "task_cancelled"
    task: int
    why: str = ""


class BlockerSet(_Frozen):
    kind: Literal["blocker_set"] = "blocker_set"
    category: BlockerCategory
    detail: str = ""


class BlockerCleared(_Frozen):
    kind: Literal["blocker_cleared"] = "blocker_cleared"
    category: BlockerCategory
    why: str = ""


class OutreachLogged(_Frozen):
    """`happened_at` is when the patient was tried, which may be well before it was recorded; `beyond` the contact limits it went beyond."""

    kind: Literal["outreach_logged"] = "outreach_logged"
    channel: Channel
    outcome: Outcome
    count: int
    happened_at: AwareDatetime
    text: str = ""
    beyond: tuple[Limit, ...] = ()


class Escalated(_Frozen):
    """`cause` names what raised it, so that the rules raise one cause once. The rest is how the episode stood before it was raised."""

    kind: Literal["escalated"] = "escalated"
    reason: EscalationReason
    to: OwnerRole
    cause: str
    text: str = ""
    role_before: OwnerRole | None = None
    owner_before: str | None = None
    status_before: Status | None = None


class EscalationAnswered(_Frozen):
    """A person acknowledged the escalation that stands. `helper` is named where the answer is help."""

    kind: Literal["escalation_answered"] = "escalation_answered"
    answer: EscalationAnswer
    helper: str | None = None
    text: str = ""


class EscalationEnded(_Frozen):
    """`forgotten` where what had raised it no longer counts, so that the rules may raise its cause again."""

    kind: Literal["escalation_ended"] = "escalation_ended"
    why: str = ""
    forgotten: bool = False


class EpisodeClosed(_Frozen):
    kind: Literal["episode_closed"] = "episode_closed"
    reason: ClosureReason
    text: str = ""


class EpisodeReopened(_Frozen):
    kind: Literal["episode_reopened"] = "episode_reopened"
    text: str
    owner_role: OwnerRole
    next_action: Action
    due: date


class Retracted(_Frozen):
    """Undo: the events numbered `seqs` are taken back. They stay in the log; the fold passes over them."""

    kind: Literal["retracted"] = "retracted"
    seqs: tuple[int, ...]
    why: str = ""


Change = Annotated[
    EpisodeOpened
    | StatusSet
    | OwnerSet
    | OwnerOffered
    | OfferEnded
    | NextActionSet
    | DueSet
    | TaskAdded
    | TaskMoved
    | TaskCompleted
    | TaskCancelled
    | BlockerSet
    | BlockerCleared
    | OutreachLogged
    | Escalated
    | EscalationAnswered
    | EscalationEnded
    | EpisodeClosed
    | EpisodeReopened
    | Retracted,
    Field(discriminator="kind"),
]

CHANGE: TypeAdapter[Change] = TypeAdapter(Change)
"""Parses and checks a change from a dict or JSON."""


class Event(_Frozen):
    """One change of one episode. `seq` counts the episode's events from 1 without gaps; `at` is when it was recorded."""

    seq: int = Field(ge=1)
    at: AwareDatetime
    actor: Actor
    change: Change
