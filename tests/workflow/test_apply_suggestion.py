"""What each kind of accepted suggestion becomes: the same events as the move a person makes by hand."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from tests.builders import CALL, MARIA, NO_ANSWER, NO_RIDE, NOW, WORSE, Story, kinds
from workflow import moves
from workflow.suggestions import PAYLOAD, OutreachAttemptPayload
from workflow.vocabulary import Action, BlockerCategory, Channel, EscalationReason, Outcome, OwnerRole


@pytest.mark.parametrize(
    ("payload", "move", "given"),
    [
        (
            CALL,
            moves.add_task,
            {"action": Action.CALL_PATIENT, "owner_role": OwnerRole.CARE_COORDINATOR, "due": date(2026, 3, 12), "detail": "its words"},
        ),
        (NO_RIDE, moves.set_blocker, {"category": BlockerCategory.TRANSPORT, "detail": "its words"}),
        (
            NO_ANSWER,
            moves.log_outreach,
            {"channel": Channel.CALL, "outcome": Outcome.NO_ANSWER, "happened_at": NOW - timedelta(hours=2), "text": "its words"},
        ),
        (WORSE, moves.escalate, {"reason": EscalationReason.WORSENING_SYMPTOMS, "text": "its words"}),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_an_accepted_suggestion_is_the_move_it_stands_for(payload, move, given):
    """There is no second path by which something the model said could act."""
    story = Story()

    accepted = moves.apply_suggestion(
        story.episode, story.lane, payload, now=NOW, actor=MARIA, evidence="its words", happened_at=NOW - timedelta(hours=2)
    )

    assert accepted == move(story.episode, story.lane, now=NOW, actor=MARIA, **given)


def test_an_attempt_from_a_note_of_the_future_happened_now():
    """A source with a fast clock must not make the attempt unacceptable."""
    story = Story()

    events = moves.apply_suggestion(story.episode, story.lane, NO_ANSWER, now=NOW, actor=MARIA, happened_at=NOW + timedelta(days=1))

    assert events[0].change.happened_at == NOW


@pytest.mark.parametrize("kind", ["task", "blocker", "outreach_attempt", "escalation"])
def test_every_kind_of_suggestion_applies(kind):
    """A kind that parses but does nothing would be accepted into the void."""
    payload = {"task": CALL, "blocker": NO_RIDE, "outreach_attempt": NO_ANSWER, "escalation": WORSE}[kind]
    story = Story()

    assert kinds(moves.apply_suggestion(story.episode, story.lane, payload, now=NOW, actor=MARIA))
    assert PAYLOAD.validate_json(PAYLOAD.dump_json(payload)) == payload


@pytest.mark.parametrize("count", [0, 100, -1])
def test_a_payload_with_a_slip_in_the_count_is_refused(count):
    """A hundred calls in one note is a slip of the pen or of a model."""
    with pytest.raises(ValidationError):
        OutreachAttemptPayload(channel=Channel.CALL, outcome=Outcome.NO_ANSWER, count=count)


def test_a_payload_takes_no_other_keys():
    """A model cannot smuggle a status or a priority into a suggestion."""
    with pytest.raises(ValidationError):
        PAYLOAD.validate_python({"kind": "blocker", "category": "transport", "status": "closed"})
