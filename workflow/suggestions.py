"""What a person can accept: the four payloads a suggestion can carry.

A payload is what the reader of a note proposes and what a reviewer may edit. It holds no evidence and no confidence: those belong
to the suggestion that carries it. `workflow.moves.apply_suggestion` says what each becomes once a person accepts it.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from workflow.vocabulary import (
    Action,
    BlockerCategory,
    Channel,
    EscalationReason,
    Outcome,
    OwnerRole,
    SuggestionKind,
)

MOST_ATTEMPTS = 99
"""More attempts than this in one entry are a slip of the pen or of a model."""


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TaskPayload(_Payload):
    """A step still to come. `due` is a day in the clinic's zone, or None where the note gives no time (the lane's cadence then decides)."""

    kind: Literal[SuggestionKind.TASK] = SuggestionKind.TASK
    action: Action
    owner_role: OwnerRole
    due: date | None = None


class BlockerPayload(_Payload):
    """What keeps the patient from moving now."""

    kind: Literal[SuggestionKind.BLOCKER] = SuggestionKind.BLOCKER
    category: BlockerCategory


class OutreachAttemptPayload(_Payload):
    """Contacts already made; `count` is how often with this outcome."""

    kind: Literal[SuggestionKind.OUTREACH_ATTEMPT] = SuggestionKind.OUTREACH_ATTEMPT
    channel: Channel
    outcome: Outcome
    count: int = Field(default=1, ge=1, le=MOST_ATTEMPTS)


class EscalationPayload(_Payload):
    """Cause for a person to look sooner than the routine cadence."""

    kind: Literal[SuggestionKind.ESCALATION] = SuggestionKind.ESCALATION
    reason: EscalationReason


Payload = Annotated[
    TaskPayload | BlockerPayload | OutreachAttemptPayload | EscalationPayload,
    Field(discriminator="kind"),
]

PAYLOAD: TypeAdapter[Payload] = TypeAdapter(Payload)
"""Parses and checks a payload from a dict or JSON."""
