"""A story file: patients, their notes, what a good reviewer kept of each, and what people did afterwards."""

from datetime import date, time
from importlib.resources import files
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from triage.labelled import Gold
from workflow.vocabulary import (
    Action,
    BlockerCategory,
    Channel,
    ClosureReason,
    EscalationReason,
    LaneName,
    Outcome,
    OwnerRole,
    Status,
)


class BrokenStory(ValueError):
    """A story file that does not hold; the message names file, patient and key."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _OnADay(_Part):
    """`days_ago` counts back from the day the demo is seeded; `at` is the clinic's time."""

    days_ago: int = Field(ge=0, le=365)
    at: time


class StoryNote(_OnADay):
    author: str
    author_role: str
    source: str
    text: str
    gold: Gold

    @field_validator("text")
    @classmethod
    def _without_the_block_end(cls, text: str) -> str:
        return text.rstrip("\n")


class _Act(_OnADay):
    by: str
    text: str = ""


class LogOutreach(_Act):
    move: Literal["log_outreach"]
    channel: Channel
    outcome: Outcome
    count: int = 1


class AddTask(_Act):
    move: Literal["add_task"]
    action: Action
    owner_role: OwnerRole
    due_in_days: int | None = None


class CompleteTask(_Act):
    move: Literal["complete_task"]
    action: Action


class CancelTask(_Act):
    move: Literal["cancel_task"]
    action: Action


class SetBlocker(_Act):
    move: Literal["set_blocker"]
    category: BlockerCategory


class ClearBlocker(_Act):
    move: Literal["clear_blocker"]
    category: BlockerCategory


class SetStatus(_Act):
    move: Literal["set_status"]
    status: Status


class SetOwner(_Act):
    move: Literal["set_owner"]
    owner_role: OwnerRole


class Escalate(_Act):
    move: Literal["escalate"]
    reason: EscalationReason


class SetDue(_Act):
    move: Literal["set_due"]
    in_days: int


class Close(_Act):
    move: Literal["close"]
    reason: ClosureReason


class Reopen(_Act):
    move: Literal["reopen"]


Act = Annotated[
    LogOutreach
    | AddTask
    | CompleteTask
    | CancelTask
    | SetBlocker
    | ClearBlocker
    | SetStatus
    | SetOwner
    | Escalate
    | SetDue
    | Close
    | Reopen,
    Field(discriminator="move"),
]


class Story(_Part):
    """One patient in one lane. `then` holds what people did besides deciding on the notes' suggestions."""

    name: str
    mrn: str
    birth_date: date
    language: str
    phone: str
    site: str
    contact_preference: str | None = None
    opened_days_ago: int = Field(ge=0, le=365)
    reason: str
    notes: tuple[StoryNote, ...]
    then: tuple[Act, ...] = ()


def load_stories() -> list[tuple[LaneName, Story]]:
    """All stories with their lanes, a file a lane. Raises BrokenStory."""
    folder = files("cli") / "demo" / "stories"
    return [(lane, story) for lane in LaneName for story in parse_stories(folder.joinpath(f"{lane.value}.yaml").read_text("utf-8"), lane)]


def parse_stories(text: str, lane: LaneName) -> list[Story]:
    """The stories in the text of a lane's file. Raises BrokenStory, also for a quote that its note does not hold."""
    stories = []
    for raw in yaml.safe_load(text):
        try:
            story = Story.model_validate(raw)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BrokenStory(f"{lane.value}.yaml: {raw.get('name')}: {where}: {first['msg']}") from None
        for note in story.notes:
            for quote in note.gold.evidence():
                if quote not in note.text:
                    raise BrokenStory(f"{lane.value}.yaml: {story.name}: {quote!r} is not in the note of {note.days_ago} days ago")
        stories.append(story)
    return stories
