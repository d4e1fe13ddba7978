"""Lane files: the shipped five hold, and a broken one says where and how to mend it."""

from datetime import date

import pytest

from store.lanes import load_lanes
from tests.builders import LANES, a_lane
from workflow.lanes import LaneError, parse_lane
from workflow.vocabulary import Action, BlockerCategory, LaneName, Outcome, OwnerRole, Status

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


def broken(old: str, new: str) -> str:
    """The message for the good file with one thing changed."""
    assert old in GOOD
    with pytest.raises(LaneError) as refused:
        parse_lane(GOOD.replace(old, new), "referral.yaml")
    return str(refused.value)


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


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("owners: [care", "owners: [janitor, care", ("owners.0", "Input should be 'care_coordinator'")),
        ("first_owner: care_coordinator", "first_owner: clinician", ("owners lacks clinician, whom other keys name",)),
        ("zone: America/Chicago", "zone: Chicago", ("calendar.zone", "write one like America/Chicago")),
        ("after_failed_attempts: 3", "after_failed_attempts: 0", ("escalation.after_failed_attempts", "greater than or equal to 1")),
        ("after_failed_attempts: 3", "failed_to: clinician", ("escalation.failed_to", "Extra inputs are not permitted")),
        ("new: 1, ", "", ("cadence", "by_status needs a number of business days for: new")),
        ("scheduled: 1", "scheduled: 261", ("cadence", "business days run from 0 to 260")),
        ("scheduled: 1", "scheduled: soon", ("cadence.by_status.scheduled", "valid integer")),
        ("closure_reasons: [care_completed]", "closure_reasons: []", ("closure_reasons", "at least 1 item")),
        (
            "closure_reasons",
            "status_when_blocked: {transport: closed}\nclosure_reasons",
            ("status_when_blocked", "closing is a person’s act"),
        ),
        ("closure_reasons", "status_after_outreach: {no_answer: escalated}\nclosure_reasons", ("escalation has rules of its own",)),
        ("title: Referral follow-through\n", "", ("title", "Field required")),
        ("first_action: call_patient", "first_action: [call", ("line ", "not valid YAML")),
        ("state: IL", "closed: [2026-13-45]", ("not valid YAML",)),
        ("name: referral", "name: referral\n\tx: 1", ("line 2", "not valid YAML")),
    ],
)
def test_a_broken_file_says_where_and_how_to_mend_it(old, new, parts):
    """A team edits these by hand: file, key or line, and the remedy, in one message."""
    message = broken(old, new)

    assert message.startswith("referral.yaml: ")
    for part in parts:
        assert part in message


def test_every_fault_of_a_file_is_told_at_once():
    """Nobody should mend a file one message at a time."""
    lines = broken("first_owner: care_coordinator\nfirst_action: call_patient", "first_owner: x\nfirst_action: y").splitlines()

    assert [line.split(": ")[1] for line in lines] == ["first_owner", "first_action"]


@pytest.mark.parametrize("text", ["", "- a\n- b", "just words", "\x00", "42", "null"])
def test_a_file_that_is_no_lane_at_all_is_refused_in_words(text):
    """An empty or foreign file is a slip that a sentence can help with."""
    with pytest.raises(LaneError, match=r"^x\.yaml: "):
        parse_lane(text, "x.yaml")


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


def test_a_lane_cannot_be_changed_once_read():
    """Rules are shared by every request; a stray assignment must not change them for all."""
    with pytest.raises(ValueError, match="frozen"):
        LANES[LaneName.REFERRAL].title = "Other"
    assert LANES[LaneName.REFERRAL].calendar.closed == frozenset[date]()
