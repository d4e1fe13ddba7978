"""Recall: what one prompt or model version brought about, put up for review again by a person.

A recall is an entry of its own beside the decision, which stays as it is and stays in force. It is open until a reviewer confirms
the decision or takes it back by undo. Append-only like decisions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, delete, exists, insert, select
from sqlalchemy.orm import Session, aliased

from store.errors import IllegalDecision
from store.suggestions import Suggestion, as_suggestion
from store.tables import DecisionRow, NoteRow, PatientRow, ReadingRow, RecallRow, ReviewRow, SuggestionRow, UserRow
from workflow.vocabulary import Standing

IN_FORCE = (Standing.ACCEPTED.value, Standing.EDITED.value)
SHORTEST_HASH = 6
"""Characters of a content hash from which it names a model; every recall line shows twelve."""


@dataclass(frozen=True, slots=True)
class ReaderName:
    """Who read: a prompt file by name and version, or any reader by the beginning of its content hash. One of the two."""

    prompt: str = ""
    version: str = ""
    content_hash: str = ""

    @classmethod
    def parse(cls, prompt: str | None, model: str | None) -> "ReaderName":
        """From NAME@VERSION or a hash. Raises ValueError, with what to type."""
        if (prompt is None) == (model is None):
            raise ValueError("Name a prompt (NAME@VERSION) or a model (the beginning of its hash), one of the two.")
        if prompt is not None:
            name, _, version = prompt.partition("@")
            if not name or not version:
                raise ValueError(f"{prompt!r} is no NAME@VERSION, such as read_note@v1.")
            return cls(prompt=name, version=version)
        if model is None or len(model) < SHORTEST_HASH or not model.isalnum():
            raise ValueError(f"Give at least {SHORTEST_HASH} characters of the model's hash; Why? on a suggestion shows it.")
        return cls(content_hash=model)

    def __str__(self) -> str:
        return f"prompt {self.prompt}@{self.version}" if self.prompt else f"model {self.content_hash}"

    def matches(self) -> ColumnElement[bool]:
        """The readings that this reader made."""
        if self.prompt:
            return and_(ReadingRow.prompt == self.prompt, ReadingRow.prompt_version == self.version)
        return ReadingRow.content_hash.startswith(self.content_hash, autoescape=True)


@dataclass(frozen=True, slots=True)
class Recall:
    """An open recall of a suggestion: who asked for a second look, when and why."""

    suggestion_id: int
    decision_id: int
    asked_by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InForce:
    """An accepted suggestion, how it came about, and whether it is up for review again."""

    suggestion: Suggestion
    patient: str
    reader: str
    content_hash: str
    decision_id: int
    decided_by: str
    decided_at: datetime
    is_recalled: bool


def _open() -> Select[RecallRow]:
    """Recalls that nobody has answered: the last word about the suggestion, and the decision still stands."""
    later = aliased(RecallRow)
    answered = exists().where(later.suggestion_id == RecallRow.suggestion_id, later.id > RecallRow.id)
    taken_back = exists().where(DecisionRow.suggestion_id == RecallRow.suggestion_id, DecisionRow.undoes == RecallRow.decision_id)
    return select(RecallRow).where(RecallRow.act == "reopen", ~answered, ~taken_back)


def open_suggestions() -> Select[int]:
    """Ids of the suggestions that are up for review again."""
    return _open().with_only_columns(RecallRow.suggestion_id)


def open_on(session: Session, note_id: int) -> dict[int, Recall]:
    """The open recalls on a note, by suggestion."""
    rows = (
        _open()
        .add_columns(UserRow.name)
        .join(UserRow, UserRow.id == RecallRow.user_id)
        .join(SuggestionRow, SuggestionRow.id == RecallRow.suggestion_id)
        .where(SuggestionRow.note_id == note_id)
    )
    return {row.suggestion_id: Recall(row.suggestion_id, row.decision_id, name, row.reason, row.at) for row, name in session.execute(rows)}


def made_by(session: Session, reader: ReaderName) -> list[InForce]:
    """Every suggestion of this reader that a person accepted, edited or not, and that stands; oldest decision first."""
    undone = select(DecisionRow.undoes).where(DecisionRow.undoes.is_not(None))
    rows = session.execute(
        select(SuggestionRow, ReadingRow, PatientRow.name, DecisionRow, UserRow.name)
        .join(ReadingRow, ReadingRow.id == SuggestionRow.reading_id)
        .join(NoteRow, NoteRow.id == SuggestionRow.note_id)
        .join(PatientRow, PatientRow.id == NoteRow.patient_id)
        .join(DecisionRow, DecisionRow.suggestion_id == SuggestionRow.id)
        .join(UserRow, UserRow.id == DecisionRow.reviewer_id)
        .where(reader.matches(), SuggestionRow.standing.in_(IN_FORCE))
        .where(DecisionRow.action.in_(("accept", "edit")), DecisionRow.id.not_in(undone))
        .order_by(DecisionRow.id)
    ).all()
    again = set(session.scalars(open_suggestions()))
    return [
        InForce(
            suggestion=as_suggestion(row),
            patient=patient,
            reader=f"{reading.prompt}@{reading.prompt_version} ({reading.model})",
            content_hash=reading.content_hash,
            decision_id=decision.id,
            decided_by=who,
            decided_at=decision.at,
            is_recalled=row.id in again,
        )
        for row, reading, patient, decision, who in rows
    ]


def reopen(session: Session, found: Sequence[InForce], *, user_id: int, reason: str, now: datetime) -> int:
    """Put these up for review again, those that are not up already; returns how many. Their notes wait for review anew.

    Raises IllegalDecision without a reason.
    """
    if not reason.strip():
        raise IllegalDecision("Say why these are to be looked at again; the reviewers see it.")
    fresh = [one for one in found if not one.is_recalled]
    for one in fresh:
        record(session, one.suggestion.id, one.decision_id, "reopen", user_id=user_id, reason=reason.strip(), now=now)
    session.execute(delete(ReviewRow).where(ReviewRow.note_id.in_({one.suggestion.note_id for one in fresh})))
    return len(fresh)


def record(session: Session, suggestion_id: int, decision_id: int, act: str, *, user_id: int, reason: str, now: datetime) -> None:
    """One entry: a person asked for a second look, or gave it and confirmed."""
    values = {"suggestion_id": suggestion_id, "decision_id": decision_id, "act": act, "user_id": user_id, "reason": reason, "at": now}
    session.execute(insert(RecallRow).values(**values))
