"""Prediction lines: what `triage read` writes, and what anybody else's reader may write to be scored beside ours.

A line is `{"id": ..., "reading": {"tasks": [...], "blockers": [...], "outreach_attempts": [...], "escalation": ...}}`. Items have the keys
of gold plus `confidence` and `span`, which may be left out. Other keys of the line (the note's own, its gold) are passed over; an unknown
key inside the reading is an error, because a misspelt one would silently count as nothing found.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evals.errors import PredictionsDoNotFit
from evals.matching import Span
from triage.labelled import BadLine, GoldAttempt, GoldBlocker, GoldEscalation, GoldTask
from triage.reading import Note, Reading

SHAPE = 'A line is {"id": ..., "reading": {"tasks", "blockers", "outreach_attempts", "escalation"}}, as `triage read` writes it.'


class _Marks(BaseModel):
    """What a prediction may carry beyond the keys of gold."""

    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    span: tuple[Annotated[int, Field(ge=0)], int] | None = None

    @model_validator(mode="after")
    def span_holds_something(self) -> Self:
        if self.span is not None and self.span[0] >= self.span[1]:
            raise ValueError("span is [start, end) in characters, with start before end")
        return self


class PredictedTask(_Marks, GoldTask):
    """A predicted task."""


class PredictedBlocker(_Marks, GoldBlocker):
    """A predicted blocker."""


class PredictedAttempt(_Marks, GoldAttempt):
    """A predicted outreach attempt."""


class PredictedEscalation(_Marks, GoldEscalation):
    """A predicted escalation."""


Item = PredictedTask | PredictedBlocker | PredictedAttempt | PredictedEscalation


class Predicted(BaseModel):
    """The `reading` of one line. Empty lists and null are an answer: nothing found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tasks: tuple[PredictedTask, ...] = ()
    blockers: tuple[PredictedBlocker, ...] = ()
    outreach_attempts: tuple[PredictedAttempt, ...] = ()
    escalation: PredictedEscalation | None = None

    def items(self) -> list[Item]:
        """Every item, the escalation last."""
        found: list[Item] = [*self.tasks, *self.blockers, *self.outreach_attempts]
        return [*found, self.escalation] if self.escalation else found


class Prediction(BaseModel):
    """One line. A null `reading` says that the reader gave no answer for this note; it counts as missing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(min_length=1)
    reading: Predicted | None


def line_of(note: Note, reading: Reading) -> dict[str, Any]:
    """The prediction line of one reading."""
    return {"id": note.id, "reading": reading.as_line(note.text)}


def parse_line(line: str, number: int) -> Prediction:
    """One line as a prediction. Raises BadLine with the line's number, the place in it, and what a line should look like."""
    try:
        return Prediction.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the line"
        raise BadLine(number, f"{where}: {first['msg']}. {SHAPE}") from None


def iterate(lines: Iterable[str]) -> Iterator[Prediction]:
    """Predictions of an open file or a list of lines; blank lines are passed over. Raises BadLine, also where an id comes twice."""
    first_seen: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        prediction = parse_line(line, number)
        if prediction.id in first_seen:
            raise BadLine(number, f"id: {prediction.id} stands on line {first_seen[prediction.id]} already; keep one of the two")
        first_seen[prediction.id] = number
        yield prediction


def load(path: Path) -> list[Prediction]:
    """All predictions of a file, in order. Raises BadLine, PredictionsDoNotFit where it is not UTF-8, or OSError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise PredictionsDoNotFit(f"{path} is not UTF-8 text; write the predictions as UTF-8") from None
    return list(iterate(text.split("\n")))


def place(item: Item, text: str) -> Span | None:
    """Where the item's evidence stands in `text`, in characters, or None where it is not a verbatim part of it.

    The item's own span counts where it cuts out exactly the evidence; else (no span, or one counted in other units) the leftmost
    occurrence. Evidence of white space only says nothing and counts as not in the text.
    """
    if not item.evidence.strip():
        return None
    if item.span and text[slice(*item.span)] == item.evidence:
        return item.span
    start = text.find(item.evidence)
    return None if start < 0 else (start, start + len(item.evidence))
