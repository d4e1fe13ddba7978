"""The self-check's rules: each with an episode that passes and one that fails, and a well-kept episode passes all."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import LANES, NOW, REFERRAL, TODAY, Story, a_call_task, a_lane
from workflow import moves, owning
from workflow.lanes import Lane
from workflow.people import People
from workflow.refusals import Refusal
from workflow.self_check import ADDRESSES, APPOINTMENT, RULES, WAITING_FOR, Subject, failures
from workflow.vocabulary import (
    Action,
    BlockerCategory,
    Channel,
    ClosureReason,
    EscalationReason,
    LaneName,
    Outcome,
    OwnerRole,
    Status,
)

PEOPLE = People(
    {name: name.title() for name in ("maria", "dana", "lee", "joy")},
    {"lee": "Lee Novak is away until 4 December", "joy": "Joy’s account is switched off"},
)
TRANSPORT, AUTHORIZATION = BlockerCategory.TRANSPORT, BlockerCategory.AUTHORIZATION


def check(story: Story, days: int = 0, *, lane: Lane = REFERRAL, **known: datetime | None) -> dict[str, str]:
    """What fails `days` calendar days after the story's last moment."""
    today = lane.calendar.local_day(story.now) + timedelta(days=days)
    return failures(Subject(story.episode, lane, today, PEOPLE, **({"touched_at": story.now} | known)))


def owned(*, by: str | None = "maria") -> Story:
    story = Story()
    if by:
        story.do(moves.set_owner, owner_role=OwnerRole.CARE_COORDINATOR, owner=by)
    return story


def with_status(status: Status) -> Story:
    story = owned()
    story.do(moves.set_status, status=status)
    return story


def blocked(category: BlockerCategory, task: Action | None = None) -> Story:
    story = owned()
    story.do(moves.set_blocker, category=category)
    if task:
        story.do(moves.add_task, action=task, owner_role=OwnerRole.CARE_COORDINATOR, due=TODAY + timedelta(days=30))
    return story


def raised() -> Story:
    story = owned()
    story.do(moves.escalate, reason=EscalationReason.SAFETY_CONCERN)
    return story


def step(detail: str) -> Story:
    story = owned()
    story.do(moves.add_task, action=Action.OTHER, owner_role=OwnerRole.CARE_COORDINATOR, detail=detail)
    return story


def confirming() -> Story:
    story = with_status(Status.SCHEDULED)
    story.do(moves.add_task, action=Action.CONFIRM_APPOINTMENT, owner_role=OwnerRole.CARE_COORDINATOR)
    return story


def calling_later() -> Story:
    story = with_status(Status.NEEDS_OUTREACH)
    a_call_task(story, due=TODAY + timedelta(days=20))
    return story


DAY = timedelta(days=1)

CASES = [
    # rule, passes, fails, what it says
    ("status", (owned(), 6), (owned(), 7), "Still new after 7 days although the lane’s cadence is 2 days."),
    ("next_action", (step("fax the old chart"), 0), (step(" "), 0), "The next action is “other step”, and nothing says which."),
    ("unclaimed", (owned(by=None), 2), (owned(by=None), 3), "Nobody has claimed it, and it was due 1 day ago."),
    ("owner_left", (owned(), 0), (owned(by="left"), 0), "The owner, left, does not work here any more."),
    ("overdue", (owned(), 6), (owned(), 7), "Due 5 days ago; the lane’s cadence here is 2 days."),
    (
        "waits_for_nothing",
        (blocked(AUTHORIZATION), 0),
        (with_status(Status.WAITING_ON_DOCUMENTS), 0),
        "Waiting on documents or authorization, but no blocker and no task says which.",
    ),
    (
        "no_attempt",
        (calling_later(), 14),
        (with_status(Status.NEEDS_OUTREACH), 14),
        "No attempt logged for 14 days although the lane’s cadence is 2 days.",
    ),
    (
        "not_confirmed",
        (confirming(), 4),
        (with_status(Status.SCHEDULED), 4),
        "Scheduled or in progress, but no task for the appointment is open.",
    ),
    ("escalated_untouched", (raised(), 1), (raised(), 2), "Escalated to nurse reviewer 2 days ago, and nobody has acted on it since."),
    (
        "blocked_without_task",
        (blocked(AUTHORIZATION, Action.CHECK_AUTHORIZATION), 9),
        (blocked(AUTHORIZATION, Action.CALL_PATIENT), 9),
        "Blocked by authorization for 9 days, and no open task addresses it.",
    ),
    (
        "need_without_task",
        (blocked(TRANSPORT, Action.ARRANGE_SUPPORT), 9),
        (blocked(TRANSPORT, Action.CALL_PATIENT), 9),
        "Blocked by transport for 9 days, and no open task addresses it.",
    ),
]


@pytest.mark.parametrize(("rule", "passing", "failing", "said"), CASES, ids=[case[0] for case in CASES])
def test_a_rule_fails_what_it_should_and_nothing_else(rule: str, passing: tuple[Story, int], failing: tuple[Story, int], said: str):
    """The sentence is what a person reads."""
    assert rule not in check(passing[0], passing[1])
    assert check(failing[0], failing[1])[rule] == said


def test_an_escalation_that_somebody_acted_on_is_touched():
    """Whatever they did."""
    assert "escalated_untouched" not in check(raised(), 9, touched_at=NOW + DAY)


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("lee", "Lee Novak is away until 4 December, and it is theirs still."),
        ("joy", "Joy’s account is switched off, and it is theirs still."),
        ("zed", "The owner, zed, does not work here any more."),
    ],
)
def test_an_owner_who_is_not_there_is_told_and_to_whom_it_is_offered(who: str, said: str):
    """Whoever is away, whoever has left, and a name that nobody has an account for."""
    story = owned(by=who)
    assert check(story)["owner_left"] == said

    story.do(owning.hand_over, owner_role=OwnerRole.CARE_COORDINATOR, owner="dana", note="for Lee")

    assert check(story)["owner_left"] == f"{said} It is offered to Dana."


def test_an_escalation_is_left_lying_by_the_cadence_of_its_reason():
    """Not by that of another: three business days for this one, and one to settle."""
    lane = a_lane(cadence={"by_escalation": {EscalationReason.SAFETY_CONCERN: 3}})

    assert "escalated_untouched" not in check(raised(), 6, lane=lane)
    assert "escalated_untouched" in check(raised(), 7, lane=lane)


@pytest.mark.parametrize(
    ("seen", "days", "fails"),
    [(None, 2, True), (NOW - DAY, 2, True), (NOW + DAY, 2, False), (None, 1, False)],
    ids=["nobody looked", "looked before", "looked since", "came in yesterday"],
)
def test_a_note_that_nobody_reviewed_and_the_owner_has_not_seen(seen: datetime | None, days: int, fails: bool):
    """One business day is there to read it."""
    said = check(owned(), days, note_at=NOW, owner_seen_at=seen)

    assert ("note_unread" in said) is fails
    assert said.get("note_unread") in {None, "A note came in 2 days ago; nobody has reviewed it, and the owner has not looked since."}


@pytest.mark.parametrize(
    ("owner", "seen", "days", "fails"),
    [("maria", NOW - DAY, 2, True), ("maria", NOW, 2, False), (None, None, 2, False), ("maria", None, 1, False)],
    ids=["changed since", "own act", "no owner", "changed yesterday"],
)
def test_a_plan_that_changed_under_its_owner(owner: str | None, seen: datetime | None, days: int, fails: bool):
    """By somebody else or by a rule."""
    assert ("plan_unseen" in check(owned(by=owner), days, plan_changed_at=NOW, owner_seen_at=seen)) is fails


def test_every_rule_has_a_case():
    """A rule without one would be believed and never tried."""
    assert {rule.name for rule in RULES} == {case[0] for case in CASES} | {"note_unread", "plan_unseen"}
    assert all(rule.asks.endswith("?") and rule.remedy.endswith(".") for rule in RULES)


@pytest.mark.parametrize("category", list(BlockerCategory))
def test_every_blocker_is_asked_about_once(category: BlockerCategory):
    """As a need or as another blocker, never as both, and never not at all."""
    said = check(blocked(category), 9)

    assert len({"blocked_without_task", "need_without_task"} & said.keys()) == 1


def test_weekends_do_not_count():
    """Friday evening's blocker is Monday's work."""
    story = Story(now=datetime(2026, 3, 13, 20, tzinfo=NOW.tzinfo))
    story.do(moves.set_blocker, category=TRANSPORT)

    assert "need_without_task" not in check(story, 3)
    assert "need_without_task" in check(story, 4)


ACTS = st.sampled_from(["blocker", "clear", "status", "task", "escalate", "call", "reach", "close"])


def keep_well(story: Story) -> None:
    """What a coordinator does who keeps an episode well: an owner, the tasks that are wanted, a try, a due date that lies ahead."""
    lane = story.lane

    def task(action: Action) -> None:
        if not any(open_task.action is action for open_task in story.episode.tasks):
            due = lane.calendar.add_business_days(lane.calendar.local_day(story.now), 1)
            story.do(moves.add_task, action=action, owner_role=lane.first_owner, detail="agreed", due=due)

    if story.episode.status in {Status.NEW, Status.NEEDS_OUTREACH}:
        story.do(moves.set_status, status=Status.NEEDS_OUTREACH)
    for category in story.episode.blocked_by:
        task(min(ADDRESSES.get(category, {Action.OTHER})))
    if story.episode.status in WAITING_FOR:
        task(min(WAITING_FOR[story.episode.status]))
    if story.episode.status is Status.SCHEDULED:
        task(min(APPOINTMENT))
    story.do(moves.set_owner, owner_role=story.episode.owner_role, owner="maria")
    if story.episode.due < lane.calendar.local_day(story.now):
        story.do(moves.set_due, due=lane.calendar.local_day(story.now))


@given(
    lane=st.sampled_from(list(LaneName)),
    acts=st.lists(st.tuples(ACTS, st.integers(0, 30), st.sampled_from(BlockerCategory), st.sampled_from(Status)), max_size=10),
)
@settings(max_examples=150, deadline=None)
def test_a_fresh_well_kept_episode_never_fails(lane, acts):
    """Whatever happened before: once it is put in order and a try is logged, the same night finds nothing."""
    story = Story(LANES[lane])
    for act, hours, category, status in acts:
        story.later(hours=hours)
        try:
            match act:
                case "blocker":
                    story.do(moves.set_blocker, category=category)
                case "clear":
                    story.do(moves.clear_blocker, category=category)
                case "status":
                    story.do(moves.set_status, status=status)
                case "task":
                    a_call_task(story)
                case "escalate":
                    story.do(moves.escalate, reason=EscalationReason.TIME_CRITICAL)
                case "call" | "reach":
                    outcome = Outcome.NO_ANSWER if act == "call" else Outcome.REACHED
                    story.do(moves.log_outreach, channel=Channel.CALL, outcome=outcome)
                case _:
                    story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)
        except Refusal:
            continue
    if not story.episode.is_open:
        return
    story.do(moves.log_outreach, channel=Channel.CALL, outcome=Outcome.REACHED)
    keep_well(story)

    assert check(story, lane=LANES[lane], owner_seen_at=story.now, plan_changed_at=story.now, note_at=story.now) == {}


@given(days=st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_no_rule_stumbles_over_an_episode_left_alone(days):
    """Whatever its age, each failure is one sentence; and what fails goes on failing."""
    story = blocked(TRANSPORT)
    said, later = check(story, days), check(story, days + 1)

    assert all(sentence.endswith(".") for sentence in said.values())
    assert said.keys() <= later.keys()
