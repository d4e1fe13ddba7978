"""Who owns an episode: claim, hand over, accept, return, give back (docs/ownership.md).

The owner is a role's queue or one person of it. What is handed over to a person is offered: until they accept, it stays with whoever owned
it, so that there is an owner at every moment. The offer ends when the owner becomes another person or role; going back to the role's own
queue leaves it standing.
"""

from datetime import datetime

from workflow import events as ev
from workflow.episode import Episode, Offer
from workflow.events import Actor, Event
from workflow.lanes import Lane
from workflow.people import ANYBODY, People
from workflow.refusals import AlreadyOwned, NotOffered, Refusal
from workflow.unfolding import Unfolding, owner_allowed
from workflow.vocabulary import OwnerRole


def claim(episode: Episode, lane: Lane, *, now: datetime, actor: Actor, people: People = ANYBODY) -> list[Event]:
    """Take it out of its role's queue. Yours already is no change. Raises AlreadyOwned, which says whose it is, or Unavailable."""
    move = Unfolding(episode, lane, now, actor)
    if episode.owner == actor.name:
        return []
    if episode.owner is not None:
        whose = people.name(episode.owner)
        raise AlreadyOwned(f"{whose} owns this already. If it should be yours, hand it over to yourself with a note.")
    people.must_be_here(actor.name, actor.name)
    offer = episode.offer
    mine = offer is not None and offer.to == actor.name
    move.act(ev.OwnerSet(owner_role=episode.owner_role, owner=actor.name, why="accepted" if mine else "claimed"))
    return move.events


def hand_over(
    episode: Episode,
    lane: Lane,
    *,
    now: datetime,
    actor: Actor,
    owner_role: OwnerRole,
    owner: str | None = None,
    note: str,
    people: People = ANYBODY,
) -> list[Event]:
    """Give it to a role's queue, or offer it to a person; to oneself it goes at once. `note` says what the next owner needs to know.

    An offer takes the place of one that stands. Raises Unavailable where the person is away or has left.
    """
    move = Unfolding(episode, lane, now, actor)
    owner_allowed(lane, owner_role)
    if (episode.owner_role, episode.owner) == (owner_role, owner):
        return []
    note = note.strip()
    if not note:
        raise Refusal("Write a note: what does the next owner need to know?")
    if owner is None:
        _end_offer(move, "withdrawn")
        move.act(ev.OwnerSet(owner_role=owner_role, why=note))
        return move.events
    people.must_be_here(owner, actor.name)
    if owner == actor.name:
        move.act(ev.OwnerSet(owner_role=owner_role, owner=owner, why=note))
        return move.events
    offer = episode.offer
    if offer is not None and (offer.owner_role, offer.to, offer.text) == (owner_role, owner, note):
        return []
    move.act(ev.OwnerOffered(owner_role=owner_role, owner=owner, text=note))
    return move.events


def accept(episode: Episode, lane: Lane, *, now: datetime, actor: Actor, people: People = ANYBODY) -> list[Event]:
    """Whom it was offered to takes it. Raises NotOffered, or Unavailable for somebody who is away."""
    move = Unfolding(episode, lane, now, actor)
    offer = _offered_to(episode, actor, people)
    people.must_be_here(actor.name, actor.name)
    move.act(ev.OwnerSet(owner_role=offer.owner_role, owner=actor.name, why="accepted"))
    return move.events


def return_offer(episode: Episode, lane: Lane, *, now: datetime, actor: Actor, text: str, people: People = ANYBODY) -> list[Event]:
    """Whom it was offered to says no, and why: it stays with whoever owns it, or, where they are away by now, in that role's queue."""
    move = Unfolding(episode, lane, now, actor)
    _offered_to(episode, actor, people)
    text = text.strip()
    if not text:
        raise Refusal("Say why you return it.")
    move.act(ev.OfferEnded(how="returned", text=text))
    give_back_unavailable(move, people)
    return move.events


def withdraw(episode: Episode, lane: Lane, *, now: datetime, actor: Actor) -> list[Event]:
    """The offer is taken back before it was answered. No offer is no change."""
    move = Unfolding(episode, lane, now, actor)
    _end_offer(move, "withdrawn")
    return move.events


def give_back(episode: Episode, lane: Lane, *, now: datetime, actor: Actor, text: str, people: People = ANYBODY) -> list[Event]:
    """The owner puts it back into its role's queue and says why. Raises Refusal where it is somebody else's."""
    move = Unfolding(episode, lane, now, actor)
    if episode.owner is None:
        return []
    if episode.owner != actor.name:
        raise Refusal(f"{people.name(episode.owner)} owns this. Only its owner gives it back; you can hand it over with a note.")
    text = text.strip()
    if not text:
        raise Refusal("Say why you give it back.")
    move.act(ev.OwnerSet(owner_role=episode.owner_role, why=text))
    return move.events


def release(episode: Episode, lane: Lane, *, now: datetime, people: People) -> list[Event]:
    """What the rules do for whoever is away or has left: what they own goes back to its role's queue, what was offered to them is returned.

    Nothing of theirs here, or a closed episode, is no change, so that doing it twice changes nothing.
    """
    if not episode.is_open:
        return []
    move = Unfolding(episode, lane, now, ev.RULE)
    give_back_unavailable(move, people)
    return move.events


def give_back_unavailable(move: Unfolding, people: People) -> None:
    """As a consequence of `move`: see `release`."""
    offer, owner = move.episode.offer, move.episode.owner
    if offer is not None and offer.to in people.unavailable:
        move.follow(ev.OfferEnded(how="returned", why=people.unavailable[offer.to]))
    if owner is not None and owner in people.unavailable:
        move.follow(ev.OwnerSet(owner_role=move.episode.owner_role, why=people.unavailable[owner]))


def _end_offer(move: Unfolding, how: ev.OfferEnd) -> None:
    if move.episode.offer is not None:
        move.act(ev.OfferEnded(how=how))


def _offered_to(episode: Episode, actor: Actor, people: People) -> Offer:
    if episode.offer is None:
        raise NotOffered("This is not offered to anybody any more. Look at who owns it now.")
    if episode.offer.to != actor.name:
        raise NotOffered(f"This is offered to {people.name(episode.offer.to)}, not to you.")
    return episode.offer
