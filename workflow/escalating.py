"""Raising one for failed tries, and answering it (docs/ownership.md): the side it was raised to knows, helps or takes over.

While it is unanswered it lies in the queue of the role it was raised to. "Inform" and "help" leave the episode with whoever owned it
before; only "take over" moves it.
"""

from datetime import date, datetime

from workflow import events as ev
from workflow.episode import Episode, Escalation
from workflow.events import RULE, Actor, Event
from workflow.lanes import Lane
from workflow.people import ANYBODY, People
from workflow.refusals import NotOpen, Refusal
from workflow.unfolding import Unfolding
from workflow.vocabulary import EscalationAnswer, EscalationReason, OwnerRole, Status


def answer_escalation(
    episode: Episode,
    lane: Lane,
    *,
    now: datetime,
    actor: Actor,
    answer: EscalationAnswer,
    helper: str | None = None,
    text: str = "",
    people: People = ANYBODY,
) -> list[Event]:
    """Acknowledge the escalation that stands, and say what comes of it. The first answer is the acknowledgement; a later one may change it.

    Inform ends it: status, owner and plan go on as before. Help and take over leave it standing until a person sets a status; it is due
    anew by the lane's cadence. Without `helper`, who answers helps. Raises NotOpen where none stands, Unavailable for whoever is away.
    """
    move = Unfolding(episode, lane, now, actor)
    standing = episode.escalation
    if standing is None:
        raise NotOpen("No escalation stands here any more. Look at how the episode stands now.")
    if answer is EscalationAnswer.HELP:
        helper = helper or actor.name
        people.must_be_here(helper, actor.name, otherwise="Name somebody else")
        if helper == _before(standing, lane, people)[1]:
            raise Refusal(f"{people.name(helper)} owns this anyway. Name somebody else as helper, or choose inform.")
    else:
        helper = None
    if answer is EscalationAnswer.TAKE_OVER:
        people.must_be_here(actor.name, actor.name)
    said = standing.acknowledged
    if said is not None and (said.answer, said.helper, said.text) == (answer, helper, text):
        return []
    move.act(ev.EscalationAnswered(answer=answer, helper=helper, text=text))
    if answer is EscalationAnswer.TAKE_OVER:
        if (episode.owner_role, episode.owner) != (standing.to, actor.name):
            move.follow(ev.OwnerSet(owner_role=standing.to, owner=actor.name, why="took the escalation over"))
    else:
        _back_to_owner(move, standing, people, why=answer.label.lower())
    if answer is EscalationAnswer.INFORM:
        move.follow(ev.EscalationEnded(why="informed"))
        move.status(standing.status_before or Status.NEEDS_OUTREACH, why="as before it was escalated")
        move.plan(keep_owner=True)
        return move.events
    due = lane.calendar.add_business_days(move.today, lane.escalated_days(standing.reason))
    if move.episode.due < due:
        move.follow(ev.DueSet(due=due, why="escalation acknowledged"))
    return move.events


def raise_repeated_failure(move: Unfolding) -> None:
    """Escalate, once per run of tries, where as many failed as the lane allows and no escalation stands."""
    episode, rules = move.episode, move.lane.escalation
    if rules.after_failed_attempts is None or episode.failed_attempts < rules.after_failed_attempts or episode.escalation is not None:
        return
    cause = f"failed attempts since {episode.trying_since.isoformat()}"
    if cause not in episode.raised:
        since = "it was reopened" if episode.trying_since == episode.reopened_at else "the patient was last in touch"
        text = f"{episode.failed_attempts} failed tries since {since}"
        move.escalate(
            ev.Escalated(reason=EscalationReason.REPEATED_FAILED_OUTREACH, to=rules.failed_attempts_to, cause=cause, text=text), RULE
        )


def end_of_escalation(move: Unfolding, standing: Escalation, people: People = ANYBODY) -> None:
    """The owner once `standing` has ended: who took it over, else who owned it before."""
    if not _taken_over(standing):
        _back_to_owner(move, standing, people, why="escalation ended")


def _back_to_owner(move: Unfolding, standing: Escalation, people: People, *, why: str) -> None:
    """Give the episode back to whoever owned it before `standing` was raised, unless an answer or a person has moved it since."""
    if (standing.acknowledged is not None and not _taken_over(standing)) or move.episode.owner_role is not standing.to:
        return
    before = _before(standing, move.lane, people)
    if (move.episode.owner_role, move.episode.owner) != before:
        move.follow(ev.OwnerSet(owner_role=before[0], owner=before[1], why=why))


def _before(standing: Escalation, lane: Lane, people: People) -> tuple[OwnerRole, str | None]:
    """Who owned it: their role's queue for somebody who is away, the first owner's where that was not recorded or left the lane's file."""
    role = standing.role_before
    if role is None or role not in lane.owners:
        return lane.first_owner, None
    return role, people.here(standing.owner_before)


def _taken_over(standing: Escalation) -> bool:
    return standing.acknowledged is not None and standing.acknowledged.answer is EscalationAnswer.TAKE_OVER


def acknowledge_by(escalation: Escalation, lane: Lane) -> date:
    """The day until which the lane's cadence for its reason gives time to acknowledge it."""
    raised = lane.calendar.local_day(escalation.since)
    return lane.calendar.add_business_days(raised, lane.escalated_days(escalation.reason))


def acknowledged_on_time(escalation: Escalation, lane: Lane) -> bool | None:
    """Whether it was acknowledged by that day; None where it is not acknowledged."""
    if escalation.acknowledged is None:
        return None
    return lane.calendar.local_day(escalation.acknowledged.at) <= acknowledge_by(escalation, lane)
