"""Nothing is ever without an owner: any moves in any order, with people who go away, come back or leave in between."""

from dataclasses import replace

from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.workflow.test_any_moves import EVERYBODY, WHO, AnyMoves
from workflow import owning, undoing
from workflow.events import RULE, person
from workflow.refusals import Refusal


class AnyOwner(AnyMoves):
    """Everything people do on an episode, and who of them is there."""

    @rule(who=WHO)
    def goes(self, who) -> None:
        """Their work goes back to its queue at once; doing it again changes nothing."""
        self.people = replace(self.people, unavailable={**self.people.unavailable, who: f"{who} is away until 4 December"})
        before = self.story.episode
        events = self.story.take(owning.release(before, self.story.lane, now=self.story.now, people=self.people))
        self.step(events)
        assert owning.release(self.story.episode, self.story.lane, now=self.story.now, people=self.people) == []
        assert all(event.actor == RULE and event.change.why == f"{who} is away until 4 December" for event in events)
        assert self.story.episode.owner_role == before.owner_role

    @rule(who=WHO)
    def comes_back(self, who) -> None:
        self.people = replace(self.people, unavailable={u: why for u, why in self.people.unavailable.items() if u != who})

    def take_back(self, batch) -> None:
        seqs = [event.seq for event in batch.events]
        try:
            events = undoing.undo(self.story.events, seqs, self.story.lane, now=self.story.now, actor=person("maria"), people=self.people)
        except Refusal:
            return
        self.step(self.story.take(events))
        batch.undone = True

    @precondition(lambda self: self.batches and not self.batches[-1].undone)
    @rule()
    def undo_the_last(self) -> None:
        self.take_back(self.batches[-1])

    @precondition(lambda self: self.batches)
    @rule(data=st.data())
    def undo_an_earlier_one(self, data) -> None:
        batch = data.draw(st.sampled_from(self.batches))
        assume(not batch.undone)
        self.take_back(batch)

    @invariant()
    def there_is_an_owner(self) -> None:
        """A role of the lane, and in it its queue or somebody who is there; an offer waits for somebody who is there."""
        episode = self.story.episode
        if not episode.is_open:
            assert episode.offer is None
            return
        assert episode.owner_role in self.story.lane.owners
        assert episode.owner is None or (episode.owner in EVERYBODY and episode.owner not in self.people.unavailable)
        if episode.offer is not None:
            assert episode.offer.to not in self.people.unavailable
            assert episode.offer.owner_role in self.story.lane.owners
            assert (episode.offer.owner_role, episode.offer.to) != (episode.owner_role, episode.owner)


TestAnyOwner = AnyOwner.TestCase
TestAnyOwner.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
