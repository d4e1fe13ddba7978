"""The shapes of what a model writes: the facts before the words that rest on them, so that the model looks first and words second."""

from pydantic import BaseModel, ConfigDict, Field

from triage.assistants.checked import MOST_SUMMARY_LINES

MOST_SENTENCES = 12
"""What can be read aloud in a minute or two."""
MOST_CITED = 40
"""Facts that one line can rest on: more is no citation."""


class _Text(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class DraftText(_Text):
    """A message to a patient."""

    facts: list[int] = Field(max_length=MOST_CITED)
    subject: str
    body: str


class CitedLine(_Text):
    """One line or sentence with the numbers of its facts."""

    facts: list[int] = Field(max_length=MOST_CITED)
    text: str


class SummaryText(_Text):
    """A patient's context."""

    lines: list[CitedLine] = Field(max_length=MOST_SUMMARY_LINES)


class NarrationText(_Text):
    """What changed in the queue."""

    lines: list[CitedLine] = Field(max_length=MOST_SENTENCES)


class NameText(_Text):
    """A name for a pattern."""

    name: str
