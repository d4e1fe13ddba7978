"""Tiny builders: each names only what the case is about."""

from typing import Any

from evals.cases import Case, compare_note
from evals.predictions import Predicted, Prediction
from evals.scoring import Scores, score
from triage.labelled import Gold, LabelledNote

TEXT = "Called pt x2, no answer. Will call again Thurs; fax PCP for the ECG. No ride. BP 190/110, very worried."


def a_task(evidence: str = "Will call again Thurs", **changes: Any) -> dict[str, Any]:
    return {"action": "call_patient", "owner_role": "care_coordinator", "due": None, "evidence": evidence} | changes


def a_blocker(category: str = "transport", evidence: str = "No ride") -> dict[str, Any]:
    return {"category": category, "evidence": evidence}


def an_attempt(evidence: str = "Called pt x2, no answer", **changes: Any) -> dict[str, Any]:
    return {"channel": "call", "outcome": "no_answer", "count": 2, "evidence": evidence} | changes


def an_escalation(reason: str = "worsening_symptoms", evidence: str = "BP 190/110") -> dict[str, Any]:
    return {"reason": reason, "evidence": evidence}


def a_reading(**groups: Any) -> dict[str, Any]:
    return {"tasks": [], "blockers": [], "outreach_attempts": [], "escalation": None} | groups


def a_note(name: str = "n-1", text: str = TEXT, *, gold: dict[str, Any] | None = None, **changes: Any) -> LabelledNote:
    note = {"id": name, "lane": "post_visit", "written_at": "2026-03-10T15:20:00-05:00", "author_role": "nurse", "source": "call_log"}
    return LabelledNote.model_validate(note | {"text": text, "gold": gold or a_reading()} | changes)


def a_prediction(name: str = "n-1", **groups: Any) -> Prediction:
    return Prediction(id=name, reading=Predicted.model_validate(a_reading(**groups)))


def a_case(gold: dict[str, Any], predicted: dict[str, Any] | None, text: str = TEXT) -> Case:
    """One note compared; `gold` and `predicted` are groups of a reading."""
    reading = None if predicted is None else Predicted.model_validate(a_reading(**predicted))
    return compare_note(a_note(text=text), Gold.model_validate(a_reading(**gold)), reading)


def scored(gold: dict[str, Any], predicted: dict[str, Any] | None, text: str = TEXT) -> Scores:
    """Scores of one note."""
    predictions = [] if predicted is None else [a_prediction(**predicted)]
    return score([a_note(text=text, gold=a_reading(**gold))], predictions)


def perfect(notes: list[LabelledNote]) -> list[Prediction]:
    """Predictions that say exactly what gold says."""
    return [Prediction(id=note.id, reading=Predicted.model_validate(note.gold.as_line())) for note in notes if note.gold]
