"""Answering an escalation: inform, help, take over; acknowledged once, on time or not."""

from datetime import date

import pytest

from tests.builders import Story, a_call_task, a_failed_call, a_lane, changes_of, kinds
from workflow import escalating, moves, owning
from workflow import events as ev
from workflow.events import person
from workflow.people import People
from workflow.refusals import NotOpen, Refusal, Unavailable
from workflow.vocabulary import Action, EscalationAnswer, EscalationReason, OwnerRole, Status

DANA, LEE = person("dana"), person("lee")
COORDINATOR, NURSE = OwnerRole.CARE_COORDINATOR, OwnerRole.NURSE_REVIEWER
INFORM, HELP, TAKE_OVER = EscalationAnswer


def raised(story=None):
    """Maria owns it and waits for the patient; then she escalates."""
    story = story or Story()
    story.do(owning.claim)
    story.do(moves.set_status, status=Status.WAITING_ON_PATIENT)
    story.do(moves.escalate, reason=EscalationReason.WORSENING_SYMPTOMS, text="chest pain")
    return story


def owner(story):
    return story.episode.owner_role, story.episode.owner


def answer(story, answer, actor=DANA, **given):
    return story.do(escalating.answer_escalation, actor=actor, answer=answer, **given)


def test_unanswered_it_lies_in_the_queue_it_was_raised_to():
    """Somebody there sees it; whose it was is not forgotten."""
    story = raised()
    standing = story.episode.escalation
    assert standing is not None

    assert owner(story) == (NURSE, None)
    assert (standing.role_before, standing.owner_before, standing.status_before) == (COORDINATOR, "maria", Status.WAITING_ON_PATIENT)
    assert standing.acknowledged is None


def test_inform_ends_it_and_everything_goes_on_as_before():
    """They know; Maria keeps it."""
    story = raised()
    before = story.episode.due

    events = answer(story, INFORM, text="saw the note, routine")

    assert kinds(events)[:2] == ["escalation_answered", "owner_set"]
    assert [event.actor.kind for event in events] == ["person"] + ["rule"] * (len(events) - 1)
    episode = story.episode
    assert (episode.escalation, episode.status, owner(story)) == (None, Status.WAITING_ON_PATIENT, (COORDINATOR, "maria"))
    assert episode.next_action is not Action.ESCALATE_TO_CLINICIAN
    assert episode.due > before


def test_inform_keeps_the_owner_though_the_next_task_is_another_role_s():
    """Maria had it with a scheduler's task open; she has it again."""
    story = Story()
    story.do(moves.add_task, action=Action.SCHEDULE_APPOINTMENT, owner_role=OwnerRole.SCHEDULER)
    story.do(moves.set_owner, owner_role=COORDINATOR, owner="maria")
    story.do(moves.escalate, reason=EscalationReason.SAFETY_CONCERN)

    answer(story, INFORM)

    assert owner(story) == (COORDINATOR, "maria")
    assert story.episode.next_action is Action.SCHEDULE_APPOINTMENT


def test_help_leaves_the_owner_and_names_who_helps():
    """It stands until a status is set, and then the owner stays too."""
    story = raised()

    answer(story, HELP, helper="lee", text="will call with her")

    standing = story.episode.escalation
    assert standing is not None
    assert standing.acknowledged is not None
    assert (standing.acknowledged.by, standing.acknowledged.helper, standing.acknowledged.text) == ("dana", "lee", "will call with her")
    assert owner(story) == (COORDINATOR, "maria")
    story.do(moves.set_status, status=Status.NEEDS_OUTREACH)
    assert owner(story) == (COORDINATOR, "maria")


def test_whoever_answers_helps_unless_another_is_named():
    """And an owner is not their own helper."""
    story = raised()
    answer(story, HELP)
    assert story.episode.escalation is not None
    assert story.episode.escalation.acknowledged is not None
    assert story.episode.escalation.acknowledged.helper == "dana"

    with pytest.raises(Refusal, match=r"^maria owns this anyway\. Name somebody else as helper, or choose inform\.$"):
        answer(raised(), HELP, helper="maria")


def test_taking_over_makes_one_the_owner_also_once_it_has_ended():
    """Dana keeps what she took."""
    story = raised()

    answer(story, TAKE_OVER)

    assert owner(story) == (NURSE, "dana")
    assert story.episode.status is Status.ESCALATED
    story.do(moves.set_status, status=Status.SCHEDULED)
    assert owner(story) == (NURSE, "dana")


def a_scheduler_s_task(story):
    story.do(moves.add_task, action=Action.SCHEDULE_APPOINTMENT, owner_role=OwnerRole.SCHEDULER)


def test_what_was_taken_over_stays_though_the_next_task_is_another_role_s():
    """Dana took it with a scheduler's task open; no queue gets it from her."""
    story = Story()
    a_scheduler_s_task(story)
    story.do(moves.escalate, reason=EscalationReason.SAFETY_CONCERN)
    answer(story, TAKE_OVER)

    story.do(moves.set_status, status=Status.NEEDS_OUTREACH)

    assert (owner(story), story.episode.next_action) == ((NURSE, "dana"), Action.SCHEDULE_APPOINTMENT)


@pytest.mark.parametrize("ended", ["by a status", "by an undo"])
def test_who_owned_it_before_owns_it_again_though_the_next_task_is_another_role_s(ended):
    """Maria had it with a scheduler's task open; nobody answered."""
    story = Story()
    a_scheduler_s_task(story)
    story.do(moves.set_owner, owner_role=COORDINATOR, owner="maria")
    tried = a_failed_call(story)
    a_failed_call(story.later(hours=1), count=2)
    assert owner(story) == (NURSE, None)

    if ended == "by a status":
        story.do(moves.set_status, status=Status.NEEDS_OUTREACH)
    else:
        story.undo(tried)

    assert story.episode.escalation is None
    assert (owner(story), story.episode.next_action) == ((COORDINATOR, "maria"), Action.SCHEDULE_APPOINTMENT)


def test_a_later_answer_changes_the_first_but_not_when_it_was_acknowledged():
    """First looked at on time, taken over a day later by another."""
    story = raised()
    answer(story, HELP)
    story.later(hours=30)
    answer(story, TAKE_OVER, actor=LEE)

    standing = story.episode.escalation
    assert standing is not None
    assert standing.acknowledged is not None
    assert (standing.acknowledged.by, standing.acknowledged.answer) == ("dana", TAKE_OVER)
    assert escalating.acknowledged_on_time(standing, story.lane) is True
    assert owner(story) == (NURSE, "lee")
    assert answer(story, TAKE_OVER, actor=LEE) == []
    answer(story, HELP)
    assert owner(story) == (COORDINATOR, "maria")


@pytest.mark.parametrize(("hours", "on_time"), [(0, True), (8, True), (24, False)])
def test_it_is_acknowledged_on_time_by_the_lane_s_cadence(hours, on_time):
    """Referral: escalated is due the same business day. Late, it is due anew."""
    story = raised()
    assert story.episode.escalation is not None
    assert escalating.acknowledge_by(story.episode.escalation, story.lane) == date(2026, 3, 10)
    assert escalating.acknowledged_on_time(story.episode.escalation, story.lane) is None

    answer(story.later(hours=hours), HELP)

    assert escalating.acknowledged_on_time(story.episode.escalation, story.lane) is on_time
    assert story.episode.due == date(2026, 3, 10 if on_time else 11)


def test_each_reason_has_its_own_time_to_be_acknowledged():
    """The panel, the due date and the self-check go by the same number of days."""
    reason = EscalationReason.TIME_CRITICAL
    story = Story(a_lane(cadence={"by_escalation": {reason: 3}}))
    story.do(moves.escalate, reason=reason)
    assert story.episode.escalation is not None
    assert escalating.acknowledge_by(story.episode.escalation, story.lane) == story.episode.due == date(2026, 3, 13)

    answer(story.later(days=6), HELP)

    assert escalating.acknowledged_on_time(story.episode.escalation, story.lane) is False
    assert story.episode.due == date(2026, 3, 19)


def test_raised_again_before_an_answer_the_first_owner_is_remembered():
    """A second reason must not make the nurses' queue the one to go back to."""
    story = raised()
    story.do(moves.escalate, reason=EscalationReason.SAFETY_CONCERN, to=OwnerRole.CLINICIAN)

    answer(story, INFORM)

    assert (owner(story), story.episode.status) == ((COORDINATOR, "maria"), Status.WAITING_ON_PATIENT)


def test_what_was_handed_elsewhere_since_stays_there():
    """Billing got it by hand: informing does not take it away from them."""
    story = raised()
    story.do(owning.hand_over, owner_role=OwnerRole.BILLING_SUPPORT, note="prior auth")

    answer(story, INFORM)

    assert owner(story) == (OwnerRole.BILLING_SUPPORT, None)


def test_ended_by_a_status_unanswered_it_goes_back_to_whose_it_was():
    """The person, and not only the role."""
    story = raised()

    story.do(moves.set_status, status=Status.NEEDS_OUTREACH)

    assert owner(story) == (COORDINATOR, "maria")


@pytest.mark.parametrize("given", [{"answer": INFORM}, {"answer": HELP, "helper": "lee"}])
def test_what_goes_back_to_somebody_away_lies_in_their_queue(given):
    """Maria left after she escalated."""
    story = raised()

    answer(story, people=People({}, {"maria": "Maria Lopez is away until 4 December"}), **given)

    assert owner(story) == (COORDINATOR, None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"answer": TAKE_OVER}, "End that under My account first"),
        ({"answer": HELP}, "End that under My account first"),
        ({"answer": HELP, "actor": LEE, "helper": "dana"}, "Name somebody else"),
    ],
)
def test_nobody_helps_or_takes_over_while_away(given, said):
    """Refused with what to do."""
    with pytest.raises(Unavailable, match=rf"^Dana Ruiz is away until 4 December\. {said}\.$"):
        answer(raised(), people=People({}, {"dana": "Dana Ruiz is away until 4 December"}), **given)


def test_nothing_is_answered_that_does_not_stand():
    """Somebody ended it first."""
    with pytest.raises(NotOpen, match=r"^No escalation stands here any more\."):
        answer(Story(), INFORM)


def test_a_rule_does_not_raise_again_what_was_answered():
    """One cause is raised once, also after they know."""
    story = Story()
    for _ in range(3):
        a_failed_call(story)
    answer(story, INFORM)

    a_failed_call(story)

    assert story.episode.escalation is None


@pytest.mark.parametrize("one", EscalationAnswer)
def test_an_answer_can_be_taken_back(one):
    """As if it had not been given."""
    story = raised()
    a_call_task(story)
    before = story.episode.model_copy(update={"version": 0})

    story.undo(answer(story, one))

    assert story.episode.model_copy(update={"version": 0}) == before


def test_an_escalation_whose_past_was_not_recorded_goes_to_the_first_owner():
    """Raised by an older program: nobody knows any more whose it was."""
    story = raised()
    assert story.episode.escalation is not None
    unknown = story.episode.escalation.model_copy(update={"role_before": None, "owner_before": None, "status_before": None})
    old = story.episode.model_copy(update={"escalation": unknown})

    events = escalating.answer_escalation(old, story.lane, now=story.now, actor=DANA, answer=INFORM)

    assert ev.OwnerSet(owner_role=story.lane.first_owner, why="inform") in changes_of(events)
    assert ev.StatusSet(status=Status.NEEDS_OUTREACH, why="as before it was escalated") in changes_of(events)
