"""Labelled notes: JSON Lines, one note a line, in the format of docs/dataset.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from triage.reading import Note
from workflow.suggestions import BlockerPayload, EscalationPayload, OutreachAttemptPayload, TaskPayload
from workflow.vocabulary import LaneName

Quote = Annotated[str, StringConstraints(min_length=1)]


class GoldTask(TaskPayload):
    evidence: Quote


class GoldBlocker(BlockerPayload):
    evidence: Quote


class GoldAttempt(OutreachAttemptPayload):
    evidence: Quote


class GoldEscalation(EscalationPayload):
    evidence: Quote


class Gold(BaseModel):
    """What people hold to be right for one note."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tasks: tuple[GoldTask, ...] = ()
    blockers: tuple[GoldBlocker, ...] = ()
    outreach_attempts: tuple[GoldAttempt, ...] = ()
    escalation: GoldEscalation | None = None

    def evidence(self) -> list[str]:
        """Every quote, in no particular order."""
        return list(self.places().values())

    def places(self) -> dict[str, str]:
        """Every quote by the place of its item in `gold`, such as "tasks.0"."""
        groups = ("tasks", "blockers", "outreach_attempts")
        quotes = {f"{group}.{number}": item.evidence for group in groups for number, item in enumerate(getattr(self, group))}
        return quotes | ({"escalation": self.escalation.evidence} if self.escalation else {})

    def as_line(self) -> dict[str, Any]:
        """The `gold` object of a line, without our `kind` tags."""
        line: dict[str, Any] = {
            group: [item.model_dump(mode="json", exclude={"kind"}) for item in getattr(self, group)]
            for group in ("tasks", "blockers", "outreach_attempts")
        }
        line["escalation"] = self.escalation.model_dump(mode="json", exclude={"kind"}) if self.escalation else None
        return line


class LabelledNote(BaseModel):
    """One line. `gold` is absent where nobody has labelled the note; unknown keys are kept and written back."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: str = Field(min_length=1)
    lane: LaneName
    written_at: AwareDatetime
    author_role: str
    source: str
    text: str
    gold: Gold | None = None

    def note(self) -> Note:
        """The note alone, without what people said about it."""
        patient = (self.model_extra or {}).get("patient")
        return Note(
            self.id, self.lane, self.written_at, self.author_role, self.source, self.text, patient if isinstance(patient, str) else None
        )


class BadLine(Exception):
    """A line that is not a labelled note. `reason` says what is wrong and how to mend it, and quotes nothing of the note."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"line {number}: {reason}")
        self.number, self.reason = number, reason


def parse_line(line: str, number: int) -> LabelledNote:
    """One line as a labelled note. Raises BadLine, also where a gold evidence does not occur in the text."""
    try:
        labelled = LabelledNote.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the line"
        raise BadLine(number, f"{where}: {first['msg']}") from None
    if labelled.gold:
        for place, quote in labelled.gold.places().items():
            if quote not in labelled.text:
                raise BadLine(number, f"the evidence of {place} does not occur in the text, verbatim")
    return labelled


def load(path: Path) -> list[LabelledNote]:
    """All notes of a file, in order; blank lines are passed over. Raises BadLine or OSError."""
    return list(iterate(path.read_text(encoding="utf-8").split("\n")))


def iterate(lines: Iterator[str] | list[str]) -> Iterator[LabelledNote]:
    """Labelled notes of an open file or a list of lines. Raises BadLine at the first bad one."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield parse_line(line, number)
