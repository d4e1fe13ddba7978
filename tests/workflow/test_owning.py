"""Claim, hand over, accept, return, give back: there is an owner at every moment, and the log says why it changed."""

import pytest

from tests.builders import MARIA, Story, changes_of
from workflow import events as ev
from workflow import moves, owning
from workflow.events import RULE, person
from workflow.people import People
from workflow.refusals import AlreadyOwned, EpisodeIsClosed, NotInLane, NotOffered, Refusal, Unavailable
from workflow.vocabulary import Action, ClosureReason, EscalationReason, OwnerRole

DANA, LEE = person("dana"), person("lee")
COORDINATOR, SCHEDULER = OwnerRole.CARE_COORDINATOR, OwnerRole.SCHEDULER
AWAY = People({"dana": "Dana Ruiz", "maria": "Maria Lopez"}, {"dana": "Dana Ruiz is away until 4 December"})


def owner(story):
    return story.episode.owner_role, story.episode.owner


def offered(story=None, **given):
    """Maria owns it and has offered it to Dana as scheduler."""
    story = story or Story()
    story.do(owning.claim)
    story.do(owning.hand_over, **({"owner_role": SCHEDULER, "owner": "dana", "note": "wants a morning slot"} | given))
    return story


def test_what_is_claimed_is_ones_own():
    """Out of the role's queue, and once is enough."""
    story = Story()

    assert changes_of(story.do(owning.claim)) == [ev.OwnerSet(owner_role=COORDINATOR, owner="maria", why="claimed")]
    assert story.do(owning.claim) == []


def test_whoever_claims_second_is_told_whose_it_is():
    """By name, with what to do."""
    story = Story()
    story.do(owning.claim)

    with pytest.raises(
        AlreadyOwned, match=r"^Maria Lopez owns this already\. If it should be yours, hand it over to yourself with a note\.$"
    ):
        story.do(owning.claim, actor=DANA, people=AWAY)


def test_what_is_offered_stays_with_its_owner_until_it_is_accepted():
    """Nobody's work lies between two people."""
    story = offered()
    assert owner(story) == (COORDINATOR, "maria")
    offer = story.episode.offer
    assert offer is not None
    assert (offer.to, offer.owner_role, offer.by, offer.text) == ("dana", SCHEDULER, "maria", "wants a morning slot")

    events = story.do(owning.accept, actor=DANA)

    assert changes_of(events) == [ev.OwnerSet(owner_role=SCHEDULER, owner="dana", why="accepted")]
    assert (owner(story), story.episode.offer) == ((SCHEDULER, "dana"), None)


def test_what_is_returned_stays_with_whom_it_came_from():
    """With the reason in the log."""
    story = offered()

    events = story.do(owning.return_offer, actor=DANA, text="on leave next week")

    assert changes_of(events) == [ev.OfferEnded(how="returned", text="on leave next week")]
    assert (owner(story), story.episode.offer) == ((COORDINATOR, "maria"), None)


def test_what_is_returned_to_somebody_away_lies_in_their_role_s_queue():
    """Maria has gone since: the coordinators see it."""
    story = offered()
    gone = People({}, {"maria": "Maria Lopez is away until 4 December"})

    events = story.do(owning.return_offer, actor=DANA, text="no time", people=gone)

    assert events[1].actor == RULE
    assert owner(story) == (COORDINATOR, None)


def test_to_a_role_s_queue_it_goes_at_once():
    """A queue accepts nothing, so nothing waits for it."""
    story = offered()

    events = story.do(owning.hand_over, owner_role=OwnerRole.BILLING_SUPPORT, note="prior auth")

    assert changes_of(events) == [ev.OfferEnded(how="withdrawn"), ev.OwnerSet(owner_role=OwnerRole.BILLING_SUPPORT, why="prior auth")]


def test_to_oneself_it_goes_at_once_with_a_note():
    """How a colleague's work is taken on: seen by everybody, and why."""
    story = Story()
    story.do(owning.claim)

    story.do(owning.hand_over, actor=DANA, owner_role=COORDINATOR, owner="dana", note="Maria is in clinic today")

    assert owner(story) == (COORDINATOR, "dana")


def test_a_second_offer_takes_the_place_of_the_first():
    """And only the second can accept."""
    story = offered()
    story.do(owning.hand_over, owner_role=SCHEDULER, owner="lee", note="wants a morning slot")

    with pytest.raises(NotOffered, match=r"^This is offered to lee, not to you\.$"):
        story.do(owning.accept, actor=DANA)
    story.do(owning.accept, actor=LEE)
    assert owner(story) == (SCHEDULER, "lee")


def test_an_offer_outlasts_its_owner_s_leave():
    """Handed over on the last day before the holidays: it waits in the queue, and Dana can still accept."""
    story = offered()

    story.take(
        owning.release(story.episode, story.lane, now=story.now, people=People({}, {"maria": "Maria Lopez is away until 4 December"}))
    )
    assert owner(story) == (COORDINATOR, None)
    story.do(owning.accept, actor=DANA)

    assert owner(story) == (SCHEDULER, "dana")


@pytest.mark.parametrize(
    ("move", "given"),
    [
        (owning.claim, {"actor": LEE}),
        (moves.set_owner, {"owner_role": SCHEDULER}),
        (moves.escalate, {"reason": EscalationReason.SAFETY_CONCERN}),
        (moves.set_next_action, {"action": Action.REVIEW_CARE_PLAN, "owner_role": OwnerRole.CLINICIAN}),
        (moves.close, {"reason": ClosureReason.CARE_COMPLETED}),
    ],
)
def test_an_offer_ends_when_the_owner_changes(move, given):
    """What somebody else has now is not theirs to be offered."""
    story = offered()
    story.do(owning.give_back, text="going home")
    assert story.episode.offer is not None

    story.do(move, **given)

    assert story.episode.offer is None


def test_withdrawing_leaves_the_owner():
    """And again is no change."""
    story = offered()

    assert changes_of(story.do(owning.withdraw)) == [ev.OfferEnded(how="withdrawn")]
    assert story.do(owning.withdraw) == []
    assert owner(story) == (COORDINATOR, "maria")


def test_the_owner_gives_back_with_a_reason_and_nobody_else_does():
    """It lies in the role's queue again."""
    story = Story()
    story.do(owning.claim)
    with pytest.raises(Refusal, match=r"^Maria Lopez owns this\. Only its owner gives it back"):
        story.do(owning.give_back, actor=DANA, text="not hers", people=AWAY)
    with pytest.raises(Refusal, match=r"^Say why you give it back\.$"):
        story.do(owning.give_back, text=" ")

    assert changes_of(story.do(owning.give_back, text="too many")) == [ev.OwnerSet(owner_role=COORDINATOR, why="too many")]
    assert story.do(owning.give_back, text="too many") == []


@pytest.mark.parametrize(
    ("move", "given", "said"),
    [
        (owning.hand_over, {"owner_role": SCHEDULER, "owner": "dana", "note": "x"},
         r"^Dana Ruiz is away until 4 December\. Choose somebody else, or the role’s queue\.$"),
        (moves.set_owner, {"owner_role": SCHEDULER, "owner": "dana"}, r"^Dana Ruiz is away until 4 December\. Choose somebody else"),
        (owning.claim, {"actor": DANA}, r"^Dana Ruiz is away until 4 December\. End that under My account first\.$"),
    ],
)  # fmt: skip
def test_nobody_is_given_work_while_away(move, given, said):
    """The refusal says until when, and what to do."""
    with pytest.raises(Unavailable, match=said):
        Story().do(move, people=AWAY, **given)


def test_nobody_accepts_while_away():
    """The offer was made before; it is returned as soon as the rules look."""
    story = offered()
    with pytest.raises(Unavailable):
        story.do(owning.accept, actor=DANA, people=AWAY)

    events = owning.release(story.episode, story.lane, now=story.now, people=AWAY)

    assert changes_of(events) == [ev.OfferEnded(how="returned", why="Dana Ruiz is away until 4 December")]
    assert {event.actor for event in events} == {RULE}


def test_what_somebody_owned_goes_back_to_the_queue_with_the_reason_once():
    """And a closed episode is left as it is."""
    story = Story()
    story.do(owning.claim, actor=DANA)
    open_one = story.episode

    events = story.take(owning.release(open_one, story.lane, now=story.now, people=AWAY))

    assert changes_of(events) == [ev.OwnerSet(owner_role=COORDINATOR, why="Dana Ruiz is away until 4 December")]
    assert owning.release(story.episode, story.lane, now=story.now, people=AWAY) == []
    story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)
    closed = story.episode.model_copy(update={"owner": "dana"})
    assert owning.release(closed, story.lane, now=story.now, people=AWAY) == []


def test_handing_over_needs_a_note_and_a_role_of_the_lane():
    """Refused with what to do."""
    with pytest.raises(Refusal, match=r"^Write a note: what does the next owner need to know\?$"):
        Story().do(owning.hand_over, owner_role=SCHEDULER, note="  ")
    story = Story()
    lane = story.lane.model_copy(update={"owners": (COORDINATOR,)})
    with pytest.raises(NotInLane, match="Scheduler owns nothing"):
        owning.hand_over(story.episode, lane, now=story.now, actor=MARIA, owner_role=SCHEDULER, note="x")


@pytest.mark.parametrize(("move", "given"), [(owning.accept, {}), (owning.return_offer, {"text": "no"})])
def test_what_is_not_offered_any_more_is_neither_accepted_nor_returned(move, given):
    """The page is older than the withdrawal."""
    with pytest.raises(NotOffered, match=r"^This is not offered to anybody any more\. Look at who owns it now\.$"):
        Story().do(move, **given)


def test_a_closed_episode_has_no_owner_to_change():
    """Reopen it first."""
    story = Story()
    story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)

    with pytest.raises(EpisodeIsClosed):
        story.do(owning.claim)


def test_undo_gives_nothing_to_somebody_who_has_gone_since():
    """Dana gave it back and left: taking that back must not make her the owner."""
    story = Story()
    story.do(owning.claim, actor=DANA)
    given_back = story.do(owning.give_back, actor=DANA, text="leaving")

    story.undo(given_back, people=AWAY)

    assert owner(story) == (COORDINATOR, None)
    assert story.events[-1].actor == RULE


def test_taking_an_acceptance_back_brings_the_offer_back():
    """As it was before."""
    story = offered()
    before = story.episode.model_copy(update={"version": 0})

    story.undo(story.do(owning.accept, actor=DANA))

    assert story.episode.model_copy(update={"version": 0}) == before


def test_events_from_before_offers_existed_fold_as_they_did():
    """A record of last year is read by this year's program."""
    old = {"kind": "escalated", "reason": "safety_concern", "to": "nurse_reviewer", "cause": "c", "text": "fell"}
    change = ev.CHANGE.validate_python(old)

    assert isinstance(change, ev.Escalated)
    assert (change.role_before, change.owner_before, change.status_before) == (None, None, None)
