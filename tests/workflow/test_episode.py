"""The fold: what events mean, and which cannot follow one another."""

import subprocess
import sys
from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from tests.builders import MARIA, NOW, Story, a_call_task, a_failed_call, an_episode
from workflow import events as ev
from workflow import moves
from workflow.episode import BrokenHistory, Episode, Escalation, broken_invariant, evolve, fold
from workflow.events import CHANGE, Actor, Event
from workflow.vocabulary import Action, BlockerCategory, ClosureReason, EscalationReason, LaneName, Outcome, OwnerRole, Status


def event(change: ev.Change, seq: int = 2) -> Event:
    return Event(seq=seq, at=NOW, actor=MARIA, change=change)


OPENED = ev.EpisodeOpened(
    lane=LaneName.REFERRAL,
    reason="r",
    owner_role=OwnerRole.SCHEDULER,
    next_action=Action.OTHER,
    due=date(2026, 3, 12),
)


@pytest.mark.parametrize(
    ("history", "why"),
    [
        ([], "no event opens this episode"),
        ([ev.StatusSet(status=Status.SCHEDULED)], "status_set before the episode was opened"),
        ([OPENED, OPENED], "the episode is already open"),
        ([OPENED, ev.TaskCompleted(task=1)], "task 1 is not open"),
        ([OPENED, ev.TaskCancelled(task=7)], "task 7 is not open"),
        ([OPENED, ev.TaskMoved(task=7, due=date(2026, 4, 1))], "task 7 is not open"),
        ([OPENED, ev.BlockerCleared(category=BlockerCategory.TRANSPORT)], "blocker transport is not set"),
        ([OPENED, *[ev.BlockerSet(category=BlockerCategory.TRANSPORT)] * 2], "blocker transport is already set"),
        (
            [OPENED, ev.EpisodeClosed(reason=ClosureReason.DECEASED), ev.DueSet(due=date(2026, 4, 1))],
            "due_set on a closed episode",
        ),
    ],
)
def test_a_history_that_cannot_be_is_refused(history, why):
    """A log with a hole must show when it is replayed, not produce a plausible state."""
    with pytest.raises(BrokenHistory, match=why):
        fold([event(change, seq) for seq, change in enumerate(history, start=1)])


def test_a_single_step_cannot_take_steps_back():
    """Undo needs the whole log; a caller who forgets that is told."""
    with pytest.raises(BrokenHistory, match="fold the whole log"):
        evolve(an_episode(), event(ev.Retracted(seqs=(1,))))


def test_the_version_is_the_number_of_the_last_event():
    """An approval is bound to a version; an undo moves it too."""
    story = Story()
    story.undo(a_call_task(story))

    assert story.episode.version == story.events[-1].seq


def test_attempts_are_ordered_by_when_they_happened():
    """A late entry takes its place."""
    story = Story()
    a_failed_call(story, outcome=Outcome.REACHED)
    a_failed_call(story, happened_at=NOW - timedelta(days=2))

    assert [attempt.outcome for attempt in story.episode.attempts] == [Outcome.NO_ANSWER, Outcome.REACHED]
    assert story.episode.last_contact_at == NOW
    assert story.episode.last_attempt is not None
    assert story.episode.last_attempt.outcome is Outcome.REACHED


def test_days_overdue_count_from_the_due_date():
    """Due today is not overdue, and a closed episode never is."""
    story = Story()
    episode = story.episode

    assert [episode.days_overdue(episode.due + timedelta(days=days)) for days in (-1, 0, 1, 5)] == [0, 0, 1, 5]
    story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)
    assert story.episode.days_overdue(date(2030, 1, 1)) == 0


RAISED = Escalation(reason=EscalationReason.SAFETY_CONCERN, to=OwnerRole.CLINICIAN, since=NOW, by_rule=False, cause="c", text="")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"status": Status.CLOSED}, "an open episode stands as closed"),
        ({"status": Status.ESCALATED}, "status and escalation disagree"),
        ({"escalation": RAISED}, "status and escalation disagree"),
        ({"next_task": 3}, "the next action is a task that is not open"),
    ],
)
def test_a_broken_invariant_is_told_in_words(changes, why):
    """The sentence stands in `triage db check` and in the refusal of an undo."""
    assert broken_invariant(an_episode(**changes)) == why


@pytest.mark.parametrize("changes", [{"status": Status.NEW}, {"escalation": RAISED}, {"blockers": "kept"}, {"tasks": "kept"}])
def test_a_closed_episode_with_something_open_is_broken(changes):
    """Closed means nothing is owed to anybody."""
    story = Story()
    a_call_task(story)
    story.do(moves.set_blocker, category=BlockerCategory.TRANSPORT)
    kept = {key: getattr(story.episode, key) if value == "kept" else value for key, value in changes.items()}
    story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)
    assert broken_invariant(story.episode) is None

    assert broken_invariant(story.episode.model_copy(update=kept)) == "a closed episode has something open"


def test_only_a_person_or_a_rule_acts():
    """There is no third kind of actor, so nothing a model says can be recorded as having changed an episode."""
    with pytest.raises(ValidationError):
        Actor.model_validate({"kind": "assistant", "name": "gpt"})


def test_a_moment_without_a_zone_is_refused():
    """“Yesterday at nine” of no zone cannot be ordered."""
    with pytest.raises(ValidationError):
        Event(seq=1, at=NOW.replace(tzinfo=None), actor=MARIA, change=OPENED)


def test_a_change_takes_no_other_keys():
    """A log written by a newer program is refused rather than half understood."""
    with pytest.raises(ValidationError):
        CHANGE.validate_python({"kind": "due_set", "due": "2026-03-12", "priority": 1})


def test_the_stored_state_reads_the_same_in_every_process():
    """Sets have no order of their own; a state whose JSON differs from run to run looks tampered with."""
    story = Story()
    for reason in EscalationReason:
        story.do(moves.escalate, reason=reason)
    program = (
        "import sys; from workflow.episode import Episode;"
        "print(Episode.model_validate_json(sys.stdin.read()).model_dump(mode='json')['raised'])"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=story.episode.model_dump_json(),
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(printed) == 1
    assert Episode.model_validate_json(story.episode.model_dump_json()) == story.episode
