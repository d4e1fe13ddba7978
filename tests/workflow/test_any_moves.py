"""Any sequence of legal moves, undo, closing, reopening and late entries among them, keeps the promises of an episode."""

from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.builders import LANES, NOW, Story
from workflow import escalating, moves, owning
from workflow.episode import Episode, broken_invariant, evolve, fold
from workflow.events import Event, Retracted, person
from workflow.people import ANYBODY, People
from workflow.refusals import Refusal
from workflow.vocabulary import (
    Action,
    BlockerCategory,
    Channel,
    ClosureReason,
    EscalationAnswer,
    EscalationReason,
    LaneName,
    Outcome,
    OwnerRole,
    Status,
)

DAYS = st.integers(-3, 20)
EVERYBODY = ("maria", "dana", "lee")
WHO = st.sampled_from(EVERYBODY)


@dataclass
class _Batch:
    """The events of one move, and the state before it, as an undo should restore it."""

    events: list[Event]
    before: Episode
    undone: bool = field(default=False)


def _undated(episode: Episode) -> Episode:
    return episode.model_copy(update={"version": 0})


class AnyMoves(RuleBasedStateMachine):
    """People do what they like, in whatever order; a refusal changes nothing."""

    people: People = ANYBODY

    @initialize(lane=st.sampled_from(list(LaneName)))
    def open(self, lane: LaneName) -> None:
        self.story = Story(LANES[lane])
        self.stepped: Episode | None = self.story.episode
        self.batches: list[_Batch] = []

    def try_to(self, move, **given) -> None:
        before, length = self.story.episode, len(self.story.events)
        try:
            events = self.story.do(move, **given)
        except Refusal:
            assert (self.story.episode, len(self.story.events)) == (before, length)
            return
        if events:
            self.batches.append(_Batch(events, before))
            self.step(events)

    def step(self, events: list[Event]) -> None:
        """Evolve along, for as long as nothing was taken back."""
        for event in events:
            if isinstance(event.change, Retracted):
                self.stepped = None
            if self.stepped is not None:
                self.stepped = evolve(self.stepped, event)

    @rule(hours=st.integers(1, 100))
    def time_passes(self, hours: int) -> None:
        self.story.later(hours=hours)
        self.try_to(moves.raise_by_rule)

    @rule(action=st.sampled_from(Action), role=st.sampled_from(OwnerRole), days=st.none() | DAYS)
    def add_task(self, action, role, days) -> None:
        due = None if days is None else self.story.now.date() + timedelta(days=days)
        self.try_to(moves.add_task, action=action, owner_role=role, due=due)

    @rule(number=st.integers(1, 4), done=st.booleans())
    def end_task(self, number, done) -> None:
        if done:
            self.try_to(moves.complete_task, task=number)
        else:
            self.try_to(moves.cancel_task, task=number, why="not needed")

    @rule(category=st.sampled_from(BlockerCategory))
    def set_blocker(self, category) -> None:
        self.try_to(moves.set_blocker, category=category)

    @rule(data=st.data())
    def clear_blocker(self, data) -> None:
        set_now = self.story.episode.blocked_by
        self.try_to(moves.clear_blocker, category=data.draw(st.sampled_from(set_now or tuple(BlockerCategory))))

    @rule(
        channel=st.sampled_from(Channel),
        outcome=st.sampled_from(Outcome),
        count=st.integers(1, 3),
        hours_ago=st.sampled_from([0, 0, 0, 5, 30, 300]),
    )
    def log_outreach(self, channel, outcome, count, hours_ago) -> None:
        at = self.story.now - timedelta(hours=hours_ago)
        self.try_to(moves.log_outreach, channel=channel, outcome=outcome, count=count, happened_at=at)

    @rule(status=st.sampled_from(Status))
    def set_status(self, status) -> None:
        self.try_to(moves.set_status, status=status, people=self.people)

    @rule(role=st.sampled_from(OwnerRole), owner=st.none() | WHO)
    def set_owner(self, role, owner) -> None:
        self.try_to(moves.set_owner, owner_role=role, owner=owner, people=self.people)

    @rule(who=WHO, role=st.sampled_from(OwnerRole), owner=st.none() | WHO)
    def hand_over(self, who, role, owner) -> None:
        self.try_to(owning.hand_over, actor=person(who), owner_role=role, owner=owner, note="rang twice", people=self.people)

    @rule(who=WHO, move=st.sampled_from([owning.claim, owning.accept]))
    def take(self, who, move) -> None:
        self.try_to(move, actor=person(who), people=self.people)

    @rule(who=WHO)
    def withdraw(self, who) -> None:
        self.try_to(owning.withdraw, actor=person(who))

    @rule(who=WHO, move=st.sampled_from([owning.return_offer, owning.give_back]))
    def send_back(self, who, move) -> None:
        before = self.story.episode
        self.try_to(move, actor=person(who), text="too much", people=self.people)
        after = self.story.episode
        if move is owning.return_offer and before.offer != after.offer:
            assert (after.offer, after.owner_role, after.owner) == (None, before.owner_role, self.people.here(before.owner))

    @rule(who=WHO, answer=st.sampled_from(EscalationAnswer), helper=st.none() | WHO)
    def answer(self, who, answer, helper) -> None:
        self.try_to(escalating.answer_escalation, actor=person(who), answer=answer, helper=helper, people=self.people)

    @rule(action=st.sampled_from(Action), role=st.none() | st.sampled_from(OwnerRole), days=st.none() | DAYS)
    def set_next_action(self, action, role, days) -> None:
        due = None if days is None else self.story.now.date() + timedelta(days=days)
        self.try_to(moves.set_next_action, action=action, owner_role=role, due=due)

    @rule(days=DAYS)
    def set_due(self, days) -> None:
        self.try_to(moves.set_due, due=self.story.now.date() + timedelta(days=days))

    @rule(reason=st.sampled_from(EscalationReason))
    def escalate(self, reason) -> None:
        self.try_to(moves.escalate, reason=reason)

    @rule(reason=st.sampled_from(ClosureReason))
    def close(self, reason) -> None:
        self.try_to(moves.close, reason=reason)

    @precondition(lambda self: not self.story.episode.is_open)
    @rule()
    def reopen(self) -> None:
        self.try_to(moves.reopen, text="patient called back")

    @precondition(lambda self: self.batches and not self.batches[-1].undone)
    @rule()
    def undo_the_last(self) -> None:
        """Undoing the last move is never refused and restores the state as it was."""
        batch = self.batches[-1]
        assume(batch.events[-1].seq == self.story.events[-1].seq)
        self.step(self.story.undo(batch.events))
        batch.undone = True
        assert _undated(self.story.episode) == _undated(batch.before)

    @precondition(lambda self: self.batches)
    @rule(data=st.data())
    def undo_an_earlier_one(self, data) -> None:
        batch = data.draw(st.sampled_from([b for b in self.batches if not b.undone] or self.batches[-1:]))
        assume(not batch.undone)
        before, length = self.story.episode, len(self.story.events)
        try:
            self.step(self.story.undo(batch.events))
        except Refusal:
            assert (self.story.episode, len(self.story.events)) == (before, length)
            return
        batch.undone = True

    @invariant()
    def the_state_holds(self) -> None:
        """Status, owner, next action and due are there; a closed episode has a reason and nothing open."""
        episode = self.story.episode
        assert broken_invariant(episode) is None
        assert episode.is_open == (episode.closure is None) == (episode.status is not Status.CLOSED)
        assert episode.status in Status
        assert episode.owner_role in self.story.lane.owners
        assert episode.next_action in Action
        assert episode.due is not None
        assert len({task.number for task in episode.tasks}) == len(episode.tasks)
        assert episode.tasks_ever >= max((task.number for task in episode.tasks), default=0)
        assert len(set(episode.blocked_by)) == len(episode.blocked_by)

    @invariant()
    def the_next_task_is_not_forgotten(self) -> None:
        """While nobody's escalation comes first, open tasks supply the next action, and the episode is due no later than it."""
        episode = self.story.episode
        if episode.is_open and episode.escalation is None and episode.tasks:
            assert episode.next_task is not None
            task = episode.task(episode.next_task)
            assert task is not None
            assert (task.action, episode.due <= task.due) == (episode.next_action, True)

    @invariant()
    def the_log_is_the_truth(self) -> None:
        """Numbered without gaps, and replayed from its JSON it gives exactly this state; so does taking it step by step."""
        events = self.story.events
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert fold([Event.model_validate_json(event.model_dump_json()) for event in events]) == self.story.episode
        assert Episode.model_validate_json(self.story.episode.model_dump_json()) == self.story.episode
        if self.stepped is not None:
            assert self.stepped == self.story.episode

    @invariant()
    def nothing_acts_but_people_and_rules(self) -> None:
        """Every event has one of the two kinds of actor."""
        assert {event.actor.kind for event in self.story.events} <= {"person", "rule"}
        assert self.story.now >= NOW


TestAnyMoves = AnyMoves.TestCase
TestAnyMoves.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
