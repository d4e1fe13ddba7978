"""Reading prediction lines: strict, and clear about what is wrong."""

import json
from datetime import datetime

import pytest

from evals.errors import PredictionsDoNotFit
from evals.predictions import PredictedTask, Prediction, iterate, line_of, load, place
from tests.evals.builders import a_blocker, a_reading, a_task, an_attempt, an_escalation
from triage.labelled import BadLine
from triage.reading import Grounded, Identity, Note, Reading
from workflow.suggestions import EscalationPayload, TaskPayload
from workflow.vocabulary import Action, EscalationReason, LaneName, OwnerRole


def a_line(name: str = "n-1", **changes) -> str:
    return json.dumps({"id": name, "reading": a_reading(**changes)})


def found(evidence: str, span: tuple[int, int] | None = None) -> PredictedTask:
    return PredictedTask.model_validate(a_task(evidence, span=span))


def test_what_triage_read_writes_can_be_read_back():
    """The two ends of the contract: `Reading.as_line` and this parser."""
    note = Note("n-1", LaneName.REFERRAL, datetime.fromisoformat("2026-03-10T15:20:00-05:00"), "nurse", "fax", "Call pt. Chest pain.")
    reading = Reading(
        Identity("embedded", "m", "p", "1", "0" * 64),
        (
            Grounded(TaskPayload(action=Action.CALL_PATIENT, owner_role=OwnerRole.SCHEDULER), 0, 7, 0.87654),
            Grounded(EscalationPayload(reason=EscalationReason.WORSENING_SYMPTOMS), 9, 19, 1.0),
        ),
    )

    (prediction,) = iterate([json.dumps(line_of(note, reading))])

    assert prediction.reading is not None
    task = prediction.reading.tasks[0]
    assert (task.action, task.span, task.confidence, task.evidence) == (Action.CALL_PATIENT, (0, 7), 0.8765, "Call pt")
    assert prediction.reading.escalation is not None
    assert place(prediction.reading.escalation, note.text) == (9, 19)


def test_third_parties_may_leave_out_span_and_confidence():
    """Only the keys of gold are needed to be scored."""
    (prediction,) = iterate(
        [a_line(tasks=[a_task()], blockers=[a_blocker()], outreach_attempts=[an_attempt()], escalation=an_escalation())]
    )

    assert prediction.reading is not None
    assert [(item.span, item.confidence) for item in prediction.reading.items()] == [(None, None)] * 4


def test_the_notes_own_keys_on_the_line_are_passed_over():
    """`triage read` may write the reading beside the note and its gold."""
    line = json.dumps({"id": "n-1", "text": "x", "gold": {"anything": 1}, "reading": a_reading()})

    assert [prediction.id for prediction in iterate([line, "", "  "])] == ["n-1"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: the line: Invalid JSON"),
        ('{"reading": {}}', "line 2: id: Field required"),
        ('{"id": "n-2"}', "line 2: reading: Field required"),
        (a_line("n-2", tasks=[a_task(action="ring")]), "line 2: reading.tasks.0.action: Input should be 'call_patient'"),
        (a_line("n-2", tasks=[a_task(evidence="")]), "line 2: reading.tasks.0.evidence: String should have at least 1"),
        (a_line("n-2", tasks=[a_task(confidence=1.2)]), "line 2: reading.tasks.0.confidence: Input should be less than or equal to 1"),
        (a_line("n-2", tasks=[a_task(span=[5, 5])]), "span is .start, end. in characters"),
        (a_line("n-2", tasks=[a_task(onwer="x")]), "line 2: reading.tasks.0.onwer: Extra inputs"),
        (a_line("n-2", blocker=[]), "line 2: reading.blocker: Extra inputs"),
        (a_line("n-1"), "line 2: id: n-1 stands on line 1 already; keep one"),
    ],
)
def test_a_bad_line_is_refused_with_its_number_and_place(line, message):
    """A typing slip must not count as "nothing found"."""
    with pytest.raises(BadLine, match=message):
        list(iterate([a_line("n-1"), line]))


def test_an_error_never_repeats_the_lines_content():
    """Errors end up in logs; notes must not."""
    with pytest.raises(BadLine) as caught:
        list(iterate([a_line(tasks=[a_task("secret words", action="secret action")])]))

    assert "secret" not in str(caught.value)
    assert "triage read" in str(caught.value)


def test_a_span_counts_where_it_cuts_out_the_evidence():
    """It says which of two equal places is meant."""
    assert place(found("call", (10, 14)), "call now, call later") == (10, 14)


def test_without_a_right_span_the_leftmost_occurrence_counts():
    """Also where the span was counted in other units than characters."""
    assert place(found("call"), "call now, call later") == (0, 4)
    assert place(found("call", (11, 15)), "call now, call later") == (0, 4)
    assert place(found("ring"), "call now, call later") is None


def test_a_file_that_is_not_utf8_is_refused_and_a_byte_order_mark_is_not(tmp_path):
    """Files come from other machines too."""
    path = tmp_path / "predictions.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + a_line().encode() + b"\r\n")
    assert [type(one) for one in load(path)] == [Prediction]
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PredictionsDoNotFit, match="not UTF-8"):
        load(path)
