"""Undo: taking acts back, and settling anew what the lane's rules had made of them."""

from collections.abc import Sequence
from datetime import datetime

from workflow import events as ev
from workflow.episode import BrokenHistory, broken_invariant, fold
from workflow.escalating import end_of_escalation, raise_repeated_failure
from workflow.events import Actor, Event
from workflow.lanes import Lane
from workflow.owning import give_back_unavailable
from workflow.people import ANYBODY, People
from workflow.refusals import CannotUndo
from workflow.suggestions import MOST_ATTEMPTS
from workflow.unfolding import SETTLED, Unfolding
from workflow.vocabulary import EscalationReason, Status

BUILT_ON = "Something that came later builds on this. Undo that first."


def undo(
    history: Sequence[Event], seqs: Sequence[int], lane: Lane, *, now: datetime, actor: Actor, why: str = "", people: People = ANYBODY
) -> list[Event]:
    """Take the events numbered `seqs` back, as if they had not happened, and settle the plan anew. They stay in the log.

    What would be theirs again who is away by now lies in the role's queue.
    Raises CannotUndo where later events build on them (the task was completed, the episode closed since).
    """
    if not seqs:
        return []
    closes = any(isinstance(event.change, ev.EpisodeClosed) for event in history if event.seq in seqs)
    if closes and _reopened_after(min(seqs), history):
        raise CannotUndo(BUILT_ON)
    event = Event(seq=history[-1].seq + 1, at=now, actor=actor, change=ev.Retracted(seqs=tuple(seqs), why=why))
    try:
        episode = fold([*history, event])
    except BrokenHistory as error:
        raise CannotUndo(BUILT_ON) from error
    if broken_invariant(episode):
        raise CannotUndo(BUILT_ON)
    if not episode.is_open:
        return [event]
    move = Unfolding(episode, lane, now, actor)
    if not _nothing_stands_after(max(seqs), history):  # else of the last act nothing remains: the episode is what it was before
        _settle(move, {e.change.kind for e in history if e.seq in seqs})
    if closes and move.episode.tasks:
        move.plan(move.episode.due if move.episode.next_task is not None else None)  # what was undone while it was closed left no plan
    give_back_unavailable(move, people)
    return [event, *move.events]


def _nothing_stands_after(seq: int, history: Sequence[Event]) -> bool:
    taken_back = _taken_back(history)
    return all(e.seq <= seq or e.seq in taken_back or isinstance(e.change, ev.Retracted) for e in history)


def _reopened_after(seq: int, history: Sequence[Event]) -> bool:
    taken_back = _taken_back(history)
    return any(e.seq > seq and e.seq not in taken_back and isinstance(e.change, ev.EpisodeReopened) for e in history)


def _taken_back(history: Sequence[Event]) -> set[int]:
    return {back for event in history if isinstance(event.change, ev.Retracted) for back in event.change.seqs}


def _settle(move: Unfolding, taken_back: set[str]) -> None:
    """After an undo: what rules had made of acts that no longer count is made anew from those that still do."""
    rules, episode = move.lane.escalation, move.episode
    raised = episode.escalation
    for_tries = raised is not None and raised.by_rule and raised.reason is EscalationReason.REPEATED_FAILED_OUTREACH
    if raised is not None and for_tries and episode.failed_attempts < (rules.after_failed_attempts or MOST_ATTEMPTS):
        move.follow(ev.EscalationEnded(why="the failed tries no longer count", forgotten=True))
        move.status(_standing_status(move) or Status.NEEDS_OUTREACH, why="undone")
        end_of_escalation(move, raised)
        move.plan(keep_owner=True)
        return
    status = _standing_status(move) if "status_set" in taken_back and episode.status not in SETTLED else None
    if status is not None and status is not episode.status:
        move.status(status, why="undone")
        move.plan()
    elif episode.tasks:
        move.plan(episode.due if episode.next_task is not None else None)
    raise_repeated_failure(move)


def _standing_status(move: Unfolding) -> Status | None:
    """The status that the lane's rules give to what stands: the newest blocker, else the last attempt, else an open task."""
    episode, lane = move.episode, move.lane
    for blocker in sorted(episode.blockers, key=lambda b: b.since, reverse=True):
        if blocker.category in lane.status_when_blocked:
            return lane.status_when_blocked[blocker.category]
    last = episode.last_attempt
    if last is not None and last.outcome in lane.status_after_outreach:
        return lane.status_after_outreach[last.outcome]
    return Status.NEEDS_OUTREACH if episode.tasks else None
