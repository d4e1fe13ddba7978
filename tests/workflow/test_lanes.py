"""Lane files: the shipped five hold, and a broken one says where and how to mend it."""

from datetime import date

import pytest
from pydantic import ValidationError

from store.lanes import load_lanes
from tests.builders import LANES, a_lane
from workflow.lane_file import parse_lane
from workflow.lanes import LaneError
from workflow.vocabulary import Action, BlockerCategory, EscalationReason, LaneName, Outcome, OwnerRole, Status

GOOD = """\
name: referral
title: Referral follow-through
calendar: {zone: America/Chicago, state: IL}
owners: [care_coordinator, nurse_reviewer, admin_lead]
first_owner: care_coordinator
first_action: call_patient
closure_reasons: [care_completed]
cadence:
  by_status: {new: 1, needs_outreach: 1, waiting_on_patient: 1, waiting_on_provider: 1, waiting_on_documents: 1, scheduled: 1, escalated: 0}
escalation: {after_failed_attempts: 3}
"""


@pytest.mark.parametrize("name", list(LaneName))
def test_every_shipped_lane_parses_and_is_its_own(name):
    """Five files, five lanes, each under its name."""
    lane = LANES[name]

    assert lane.name is name
    assert set(lane.owners) == set(OwnerRole)
    assert lane.next_action(Status.NEW) in Action
    assert lane.touch_days(Status.ESCALATED) == 0


@pytest.mark.parametrize("name", list(LaneName))
def test_every_shipped_lane_has_an_answer_for_every_named_blocker(name):
    """A blocker without a status would leave “whose move is it” open."""
    named = set(BlockerCategory) - {BlockerCategory.OTHER}

    assert set(LANES[name].status_when_blocked) == named
    assert set(LANES[name].cadence.by_blocker) == named


def test_the_most_specific_cadence_wins():
    """Outcome before blocker before status, as the file's comment says."""
    lane = LANES[LaneName.REFERRAL]
    blocked = (BlockerCategory.SCHEDULING_CAPACITY, BlockerCategory.LANGUAGE)

    assert lane.touch_days(Status.NEW) == 2
    assert lane.touch_days(Status.NEW, blocked) == 2
    assert lane.touch_days(Status.NEW, (BlockerCategory.SCHEDULING_CAPACITY,)) == 5
    assert lane.touch_days(Status.NEW, blocked, Outcome.WRONG_NUMBER) == 1
    assert lane.touch_days(Status.WAITING_ON_PATIENT, (BlockerCategory.OTHER,), Outcome.REACHED) == 5


def test_a_status_without_a_next_action_takes_the_first():
    """There is always a next action."""
    assert (
        a_lane(next_action_by_status={}, first_action=Action.CALL_PATIENT)
        .model_copy(update={"next_action_by_status": {}})
        .next_action(Status.SCHEDULED)
        is Action.CALL_PATIENT
    )


def test_the_good_file_is_good():
    """So that what the other tests break is the only thing broken."""
    lane = parse_lane(GOOD, "referral.yaml")

    assert (lane.first_owner, lane.escalation.after_days_overdue) == (OwnerRole.CARE_COORDINATOR, None)


def test_a_teams_file_stands_in_for_the_shipped_one(tmp_path):
    """A team copies one file and edits it; the other four stay as shipped."""
    (tmp_path / "referral.yaml").write_text(GOOD.replace("after_failed_attempts: 3", "after_failed_attempts: 5"), encoding="utf-8")

    lanes = load_lanes(tmp_path)

    assert lanes[LaneName.REFERRAL].escalation.after_failed_attempts == 5
    assert lanes[LaneName.CARE_GAP] == LANES[LaneName.CARE_GAP]


def test_a_file_under_another_lanes_name_is_refused(tmp_path):
    """Copied from the referral lane and not renamed inside."""
    (tmp_path / "care_gap.yaml").write_text(GOOD, encoding="utf-8")

    with pytest.raises(LaneError, match=r"name is referral, but the file is that of care_gap"):
        load_lanes(tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"first_owner": "clinician"}, "first_owner: clinician is not among the owners"),
        ({"escalation": {"overdue_to": "clinician"}}, "escalation.overdue_to: clinician is not among the owners"),
        ({"status_when_blocked": {"transport": "closed"}}, "closing is a person’s act"),
        ({"statuses": ["scheduled"]}, "is not among the statuses of this lane"),
    ],
)
def test_a_lane_that_contradicts_itself_is_none(changes, words):
    """However it is made: the rules rely on it."""
    with pytest.raises(ValidationError, match=words):
        a_lane(owners=sorted(set(OwnerRole) - {OwnerRole.CLINICIAN}), first_action="call_patient", **changes)


def test_four_statuses_are_always_there():
    """An episode begins, comes back to us, is raised and ends in every lane."""
    lane = a_lane().model_copy(update={"statuses": ()})

    assert [status for status in Status if lane.uses(status)] == [Status.NEW, Status.NEEDS_OUTREACH, Status.ESCALATED, Status.CLOSED]


def test_an_episode_in_a_status_that_the_file_no_longer_uses_still_has_a_next_touch():
    """A team drops a status while patients stand in it."""
    lane = a_lane().model_copy(update={"cadence": a_lane().cadence.model_copy(update={"by_status": {Status.NEEDS_OUTREACH: 2}})})

    assert lane.touch_days(Status.SCHEDULED) == 2


def test_an_escalation_goes_by_its_reason_or_else_by_the_status():
    """What is urgent the same day; who cannot be reached, the next."""
    lane = a_lane(cadence={"by_escalation": {EscalationReason.REPEATED_FAILED_OUTREACH: 3}})

    assert lane.escalated_days(EscalationReason.REPEATED_FAILED_OUTREACH) == 3
    assert lane.escalated_days(EscalationReason.WORSENING_SYMPTOMS) == 0


def test_a_lane_cannot_be_changed_once_read():
    """Rules are shared by every request; a stray assignment must not change them for all."""
    with pytest.raises(ValueError, match="frozen"):
        LANES[LaneName.REFERRAL].title = "Other"
    assert LANES[LaneName.REFERRAL].calendar.closed == frozenset[date]()
