"""From decisions to labelled notes."""

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.datasets.export import ReviewedItem, ReviewedNote, as_line, export
from evals.errors import ReviewDoesNotFit
from triage.labelled import LabelledNote, parse_line
from workflow.suggestions import BlockerPayload, EscalationPayload, OutreachAttemptPayload, TaskPayload
from workflow.vocabulary import Action, BlockerCategory, Channel, EscalationReason, LaneName, Outcome, OwnerRole, Standing

TEXT = "Maria Lopez: no ride. Call Maria's son Thurs. Chest pain, very upset."
TASK = TaskPayload(action=Action.CALL_PATIENT, owner_role=OwnerRole.CARE_COORDINATOR)
NO_RIDE = BlockerPayload(category=BlockerCategory.TRANSPORT)


def a_reviewed(*items: ReviewedItem, acts: int = 1, text: str = TEXT, **changes) -> ReviewedNote:
    written_at = datetime.fromisoformat("2026-03-10T15:20:00-05:00")
    return ReviewedNote("note-7", LaneName.POST_VISIT, written_at, "nurse", "call_log", text, items, acts, **changes)


def an_item(standing: Standing = Standing.ACCEPTED, payload=NO_RIDE, evidence: str = "no ride", **changes) -> ReviewedItem:
    return ReviewedItem(standing, changes.pop("origin", "assistant"), payload, evidence, **changes)


def exported(*notes: ReviewedNote) -> list[LabelledNote]:
    return list(export(notes, salt="s3cret"))


def gold_of(note: ReviewedNote) -> dict:
    (labelled,) = exported(note)
    assert labelled.gold is not None
    return labelled.gold.as_line()


def test_accepted_edited_and_added_items_are_gold_and_rejected_ones_are_not():
    """What people let stand is what is right; what a reviewer added is what makes recall measurable."""
    edited = TASK.model_copy(update={"owner_role": OwnerRole.SCHEDULER})
    attempt = OutreachAttemptPayload(channel=Channel.CALL, outcome=Outcome.REACHED)

    gold = gold_of(
        a_reviewed(
            an_item(Standing.ACCEPTED),
            an_item(Standing.EDITED, edited, "Call Maria's son Thurs"),
            an_item(Standing.ACCEPTED, attempt, "Maria Lopez", origin="reviewer"),
            an_item(Standing.REJECTED, BlockerPayload(category=BlockerCategory.LANGUAGE)),
            an_item(Standing.SUPERSEDED, BlockerPayload(category=BlockerCategory.ELIGIBILITY)),
        )
    )

    assert gold == {
        "tasks": [{"action": "call_patient", "owner_role": "scheduler", "due": None, "evidence": "Call Maria's son Thurs"}],
        "blockers": [{"category": "transport", "evidence": "no ride"}],
        "outreach_attempts": [{"channel": "call", "outcome": "reached", "count": 1, "evidence": "Maria Lopez"}],
        "escalation": None,
    }


def test_a_note_with_a_pending_suggestion_is_left_out():
    """Half a review is no gold."""
    assert exported(a_reviewed(an_item(), an_item(Standing.PENDING, TASK, "Call"))) == []


def test_a_note_that_nobody_touched_is_left_out_and_a_finished_empty_one_is_kept():
    """Nothing found and confirmed by a person is an answer; nothing found and never seen is none."""
    assert exported(a_reviewed(acts=0)) == []
    assert gold_of(a_reviewed(acts=1)) == {"tasks": [], "blockers": [], "outreach_attempts": [], "escalation": None}


def test_of_two_escalations_the_guides_first_reason_stands():
    """Gold has room for one: the order is the guide's."""
    upset, pain = (EscalationPayload(reason=reason) for reason in (EscalationReason.PATIENT_DISTRESS, EscalationReason.WORSENING_SYMPTOMS))

    gold = gold_of(a_reviewed(an_item(payload=upset, evidence="very upset"), an_item(payload=pain, evidence="Chest pain")))

    assert gold["escalation"] == {"reason": "worsening_symptoms", "evidence": "Chest pain"}


def test_the_same_item_twice_is_one():
    """A reviewer may add what a later reading suggests as well."""
    assert len(gold_of(a_reviewed(an_item(), an_item(origin="reviewer")))["blockers"]) == 1


def test_ids_are_opaque_stable_under_one_salt_and_different_under_another():
    """Two exports of one team can be joined; nobody else can go back to the note."""
    note = a_reviewed(patient_id="patient-3")
    (one,), (same,), (other,) = exported(note), exported(note), list(export([note], salt="another"))

    assert one == same
    assert one.id != other.id
    assert "note-7" not in as_line(one)
    assert "patient-3" not in as_line(one)
    assert (one.model_extra or {})["patient"] != (other.model_extra or {})["patient"]
    with pytest.raises(ValueError, match="salt is empty"):
        export([note], salt="")


def test_names_are_taken_out_of_text_and_evidence_alike():
    """Whatever their case or spacing, as whole words; the evidence stays a verbatim part of the text."""
    text = "MARIA\n lopez (Maria's son: Lopezita) has no ride. Call Maria Lopez."
    note = a_reviewed(
        an_item(payload=TASK, evidence="Call Maria"), an_item(evidence="no ride"), text=text, redact=("Maria Lopez", "Maria", " ")
    )

    (labelled,) = exported(note)

    assert labelled.text == "[name] ([name]'s son: Lopezita) has no ride. Call [name]."
    assert labelled.gold is not None
    assert [task.evidence for task in labelled.gold.tasks] == ["Call [name]"]


def test_evidence_with_a_place_keeps_it():
    """The second "no ride" is another one than the first, also once a name before it has gone."""
    note = a_reviewed(an_item(evidence="Ana", start=8), text="no ride Ana, Ana", redact=("Ana",))

    assert gold_of(note)["blockers"][0]["evidence"] == "[name]"


@given(st.text("Ab xé\u0301.", max_size=30), st.lists(st.text("Abxé\u0301", max_size=3), max_size=3).map(tuple), st.data())
def test_evidence_stays_verbatim_whatever_is_taken_out(text, words, data):
    """A line whose evidence is not in its text is a defect, and redaction must not make one."""
    start = data.draw(st.integers(0, len(text)))
    evidence = text[start : data.draw(st.integers(start, len(text)))]
    if not evidence.strip():
        return

    (labelled,) = exported(a_reviewed(an_item(evidence=evidence, start=start), text=text, redact=words))

    assert labelled.gold is not None
    assert labelled.gold.blockers[0].evidence in labelled.text


def test_accepted_evidence_that_is_not_in_the_note_is_refused():
    """It would be a defect in the set; the message names the note and quotes nothing."""
    with pytest.raises(ReviewDoesNotFit, match="note note-7 has an accepted blocker whose evidence is not in its text"):
        exported(a_reviewed(an_item(evidence="no car")))


def test_an_exported_line_is_a_line_of_the_format():
    """It can be loaded, run on and scored like any other set."""
    (labelled,) = exported(a_reviewed(an_item(), patient_id="p"))

    assert parse_line(as_line(labelled), 1) == labelled
    assert json.loads(as_line(labelled))["written_at"] == "2026-03-10T15:20:00-05:00"
