"""The shape of a reply: evidence before label, so that the model finds the words first and names them second.

Every field is required and nothing else is allowed, which is also what services with strict structured output demand. The note's words
are kept out of error texts: those go into logs.
"""

from pydantic import BaseModel, ConfigDict, Field

from workflow.vocabulary import Action, BlockerCategory, Channel, EscalationReason, Outcome, OwnerRole

MOST_TASKS = 15
MOST_ATTEMPTS = 8
MOST_COUNTED = 8
"""Three to four times what the fullest labelled note has. They bound what a note can make a model pour into the review queue, and how
long a small model can turn in circles."""


class _Reply(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class TaskItem(_Reply):
    """A step still to come."""

    quote: str
    action: Action
    owner_role: OwnerRole
    time_phrase: str | None


class BlockerItem(_Reply):
    """What keeps the patient from moving now."""

    quote: str
    category: BlockerCategory


class AttemptItem(_Reply):
    """Contacts that the team already made."""

    quote: str
    channel: Channel
    outcome: Outcome
    counted: list[str] = Field(max_length=MOST_COUNTED)


class EscalationItem(_Reply):
    """Cause to look sooner than usual."""

    quote: str
    reason: EscalationReason


class NoteReply(_Reply):
    """What one note says."""

    tasks: list[TaskItem] = Field(max_length=MOST_TASKS)
    blockers: list[BlockerItem] = Field(max_length=len(BlockerCategory))
    outreach_attempts: list[AttemptItem] = Field(max_length=MOST_ATTEMPTS)
    escalation: EscalationItem | None
