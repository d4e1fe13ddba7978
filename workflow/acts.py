"""What people did, read back from the events: the moves that made them, so that they can be made again under another lane.

A log holds what came of a move, not the form that was filled in. What equals what the lane in force would have given by itself (a task's
due day, the role an escalation goes to) is taken for the lane's doing; anything else is what a person chose, and stays. Who was away is
read back too (`workflow.absence`): no lane decides it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from workflow import escalating, moves, owning
from workflow import events as ev
from workflow.absence import Absence, Step, given_back
from workflow.episode import BrokenHistory, Episode, evolve, fold
from workflow.events import Actor, Change, Event
from workflow.lanes import Lane
from workflow.people import People
from workflow.refusals import NotOpen
from workflow.undoing import undo
from workflow.unfolding import Unfolding
from workflow.vocabulary import OwnerRole

Owning = Literal["claimed it", "accepted it", "gave it back", "handed it over"]
"""The moves by which an owner comes about that take the episode, or its offer, as it lies."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a person (or, for the opening, the intake) did. `seqs` are the events it made; `change` says what it was.

    `due` and `role` are what the person chose, or None where that was left to the lane. `owning` tells moves apart that one change can
    stand for. `away` says why those known to be away were. Of a rule's own doings only one is an act: giving back their work.
    """

    at: datetime
    actor: Actor
    change: Change
    seqs: tuple[int, ...]
    due: date | None = None
    role: OwnerRole | None = None
    owning: Owning | None = None
    away: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What was done, in a few words."""
        match self.change:
            case ev.OwnerSet() if self.owning in {"claimed it", "accepted it", "gave it back"}:
                return str(self.owning)
            case ev.EpisodeClosed(reason=reason):
                return f"closed: {reason.label.lower()}"
            case ev.StatusSet(status=status):
                return f"set the status to {status.label.lower()}"
            case ev.OwnerSet(owner_role=role):
                return f"handed over to {role.label.lower()}"
            case ev.OwnerOffered(owner=owner):
                return f"offered it to {owner}"
            case ev.OfferEnded(how=how):
                return "returned the offer" if how == "returned" else "withdrew the offer"
            case ev.EscalationAnswered(answer=answer):
                return f"answered the escalation: {answer.label.lower()}"
            case ev.TaskAdded(action=action):
                return f"added {action.label.lower()}"
            case ev.NextActionSet(action=action):
                return f"put first {action.label.lower()}"
            case ev.BlockerSet(category=category):
                return f"set the blocker {category.label.lower()}"
            case ev.BlockerCleared(category=category):
                return f"cleared the blocker {category.label.lower()}"
            case ev.Escalated(reason=reason):
                return f"escalated: {reason.label.lower()}"
            case ev.Retracted():
                return "took something back"
            case change:
                return change.kind.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Log:
    """An episode's log, split at a moment: the events before it and how it stood then, the acts since, and how it stands at the end."""

    before: tuple[Event, ...]
    start: Episode | None
    acts: tuple[Act, ...]
    stands: Episode


def read_back(events: Sequence[Event], lane: Lane, since: datetime) -> Log:
    """The acts since `since` of an episode in `lane`. `events` are all of its events, in order. Raises BrokenHistory."""
    split = next((number for number, event in enumerate(events) if event.at >= since), len(events))
    before, after = tuple(events[:split]), events[split:]
    episode = start = fold(before) if before else None
    acts: list[Act] = []
    absence = Absence()
    number = 0
    while number < len(after):
        length = _act_length(after, number)
        made = after[number : number + length]
        steps: list[Step] = []
        for event in made:
            steps.append((episode, event))
            number += 1
            retracts = isinstance(event.change, ev.Retracted)
            episode = fold(events[: split + number]) if retracts else evolve(episode, event)
        if episode is not None and (act := _act(made, steps, lane)) is not None:
            acts.append(replace(act, away=absence.after(steps, episode)))
    if episode is None:
        raise BrokenHistory("no event opens this episode")
    return Log(before, start, tuple(acts), episode)


def _heads(event: Event) -> bool:
    return event.actor.kind == "person" or isinstance(event.change, ev.EpisodeOpened)


def _act_length(events: Sequence[Event], start: int) -> int:
    """How many events from `start` on one move made: all of one moment, up to the next thing that a person did by itself."""
    first, person = events[start], None
    for length, event in enumerate(events[start:]):
        if event.at != first.at:
            return length
        if _heads(event):
            if person is not None and not _belongs(event, person):
                return length
            person = event
    return len(events) - start


def _belongs(event: Event, before: Event) -> bool:
    """Whether a person's event is a part of the move that made their event before it."""
    match before.change, event.change:
        case ev.EscalationEnded(), ev.StatusSet():
            return True
        case ((ev.TaskAdded(task=task) | ev.TaskMoved(task=task)), ev.NextActionSet(task=same)):
            return task == same
        case ((ev.TaskMoved(due=due) | ev.TaskAdded(due=due)), ev.DueSet(due=same_day)):
            return due == same_day
        case ev.NextActionSet(task=task), ev.DueSet():
            return task is not None
        case ev.OfferEnded(how="withdrawn"), ev.OwnerSet(owner=None):
            return True
    return False


def _act(made: Sequence[Event], steps: Sequence[Step], lane: Lane) -> Act | None:
    """The act behind the events of one move; None where only rules of the lane acted, which a replay makes anew."""
    heads = [event for event in made if _heads(event)]
    episode, first = steps[0]
    if not heads:
        return Act(first.at, first.actor, first.change, tuple(event.seq for event in made)) if given_back(steps) else None
    at, actor, seqs = heads[0].at, heads[0].actor, tuple(event.seq for event in made)
    by_kind = {event.change.kind: event.change for event in heads}
    added, moved, day = by_kind.get("task_added"), by_kind.get("task_moved"), by_kind.get("due_set")
    chosen = by_kind.get("next_action_set")
    if isinstance(day, ev.DueSet) and not isinstance(added, ev.TaskAdded) and not _chose_a_task(moved, day, episode, lane, at):
        return Act(at, actor, day, seqs, due=day.due)
    if isinstance(added, ev.TaskAdded) and episode is not None:
        cadence = day is None and added.due == Unfolding(episode, lane, at, actor).touch()
        role = None if chosen is not None and added.owner_role is episode.owner_role else added.owner_role
        return Act(at, actor, chosen or added, seqs, due=None if cadence else added.due, role=role)
    if isinstance(moved, ev.TaskMoved) and episode is not None and (task := episode.task(moved.task)) is not None:
        return Act(at, actor, chosen or ev.NextActionSet(action=task.action, task=task.number, pinned=True), seqs, due=moved.due)
    last = heads[-1].change
    if isinstance(last, ev.Escalated):
        return Act(at, actor, last, seqs, role=None if last.to is lane.escalation.raised_by_person_to else last.to)
    if isinstance(last, ev.OwnerSet) and episode is not None:
        return Act(at, actor, last, seqs, owning="handed it over" if "offer_ended" in by_kind else _owning(last, actor, episode))
    return Act(at, actor, last, seqs)


def _owning(change: ev.OwnerSet, actor: Actor, episode: Episode) -> Owning | None:
    """Which move set this owner; None for an assignment, which any other equals."""
    offer = episode.offer
    if change.owner == actor.name and change.why == "accepted" and offer is not None and offer.to == actor.name:
        return "accepted it" if change.owner_role is offer.owner_role else "claimed it"
    if change.owner == actor.name and change.why == "claimed" and episode.owner is None:
        return "claimed it"
    if change.owner is None and change.why and (episode.owner_role, episode.owner) == (change.owner_role, actor.name):
        return "gave it back"
    return None


def _chose_a_task(moved: Change | None, day: ev.DueSet, episode: Episode | None, lane: Lane, at: datetime) -> bool:
    """Whether a day was said while choosing what comes next, which may be another task, or a day gone by."""
    if not isinstance(moved, ev.TaskMoved) or episode is None:
        return False
    return moved.task != episode.next_task or day.due < lane.calendar.local_day(at)


@dataclass
class Remaking:
    """One episode as it is made again: its events so far, and which of them stand for which of the log."""

    lane: Lane
    events: list[Event]
    episode: Episode | None
    kept: int = field(init=False)
    _tasks: dict[int, int] = field(default_factory=dict)
    _remade: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kept = len(self.events)

    def take(self, events: Sequence[Event]) -> None:
        """The events happened."""
        if not events:
            return
        self.events.extend(events)
        if any(isinstance(event.change, ev.Retracted) for event in events):
            self.episode = fold(self.events)
        else:
            for event in events:
                self.episode = evolve(self.episode, event)

    def remake(self, act: Act) -> list[Event]:
        """Do `act` again. Raises a Refusal where these rules do not allow it, or BrokenHistory where it does not fit any more."""
        made = self._make(act)
        self._number_task(act, made)
        self.take(made)
        self._remade |= dict.fromkeys(act.seqs, tuple(event.seq for event in made))
        return made

    def _number_task(self, act: Act, made: Sequence[Event]) -> None:
        """Tasks are numbered as they are added, which another lane's refusals may change."""
        if not isinstance(act.change, ev.TaskAdded | ev.NextActionSet) or act.change.task is None:
            return
        numbers = [event.change.task for event in made if isinstance(event.change, ev.TaskAdded | ev.NextActionSet) and event.change.task]
        if numbers:
            self._tasks[act.change.task] = numbers[0]
        elif self.episode is not None:  # an equal task was open already
            same = [task.number for task in self.episode.tasks if task.action is act.change.action]
            self._tasks |= {act.change.task: same[0]} if same else {}

    def _make(self, act: Act) -> list[Event]:
        lane, now, actor, change = self.lane, act.at, act.actor, act.change
        if isinstance(change, ev.EpisodeOpened):
            return moves.open_episode(lane, now=now, actor=actor, reason=change.reason)
        episode = self.episode
        if episode is None:
            raise BrokenHistory("the episode is not open yet")
        people = People(unavailable=act.away)
        if actor.kind == "rule":
            return owning.release(episode, lane, now=now, people=people)
        match change:
            case ev.StatusSet(status=status, why=why):
                return moves.set_status(episode, lane, now=now, actor=actor, status=status, why=why, people=people)
            case ev.OwnerSet():
                return _own(act, change, episode, lane, people)
            case ev.OwnerOffered(owner_role=role, owner=to, text=note):
                return owning.hand_over(episode, lane, now=now, actor=actor, owner_role=role, owner=to, note=note, people=people)
            case ev.OfferEnded(how="returned", text=text):
                return owning.return_offer(episode, lane, now=now, actor=actor, text=text, people=people)
            case ev.OfferEnded():
                return owning.withdraw(episode, lane, now=now, actor=actor)
            case ev.EscalationAnswered(answer=answer, helper=helper, text=text):
                return escalating.answer_escalation(
                    episode, lane, now=now, actor=actor, answer=answer, helper=helper, text=text, people=people
                )
            case ev.NextActionSet(action=action):
                return moves.set_next_action(episode, lane, now=now, actor=actor, action=action, due=act.due, owner_role=act.role)
            case ev.DueSet(due=due, why=why):
                return moves.set_due(episode, lane, now=now, actor=actor, due=due, why=why)
            case ev.TaskAdded(action=action, owner_role=role, detail=detail):
                return moves.add_task(episode, lane, now=now, actor=actor, action=action, owner_role=role, due=act.due, detail=detail)
            case ev.TaskCompleted(task=task):
                return moves.complete_task(episode, lane, now=now, actor=actor, task=self._task(task))
            case ev.TaskCancelled(task=task, why=why):
                return moves.cancel_task(episode, lane, now=now, actor=actor, task=self._task(task), why=why)
            case ev.BlockerSet(category=category, detail=detail):
                return moves.set_blocker(episode, lane, now=now, actor=actor, category=category, detail=detail)
            case ev.BlockerCleared(category=category, why=why):
                return moves.clear_blocker(episode, lane, now=now, actor=actor, category=category, why=why)
            case ev.OutreachLogged() as tried:
                said = tried.model_dump(include={"channel", "outcome", "count", "happened_at", "text"})
                first, *rest = moves.log_outreach(episode, lane, now=now, actor=actor, **said)
                return [first.model_copy(update={"change": tried}), *rest]  # marked as it was: what the patient had asked is not in the log
            case ev.Escalated(reason=reason, text=text):
                return moves.escalate(episode, lane, now=now, actor=actor, reason=reason, text=text, to=act.role)
            case ev.EpisodeClosed(reason=closing, text=text):
                return moves.close(episode, lane, now=now, actor=actor, reason=closing, text=text)
            case ev.EpisodeReopened(text=text):
                return moves.reopen(episode, lane, now=now, actor=actor, text=text)
            case ev.Retracted(seqs=seqs, why=why):
                return undo(self.events, self._seqs(seqs), lane, now=now, actor=actor, why=why, people=people)
            case _:  # something that no move here is known for: it happens as it was recorded
                carried = Unfolding(episode, lane, now, actor)
                carried.act(change)
                return carried.events

    def _task(self, number: int) -> int:
        return self._tasks.get(number, number)

    def _seqs(self, seqs: Sequence[int]) -> list[int]:
        """The events here that stand for those of the log; none for what was not done again, or was a rule's alone."""
        here = {seq for seq in seqs if seq <= self.kept}
        here |= {made for seq in seqs if seq > self.kept for made in self._remade.get(seq, ())}
        if not here:
            raise NotOpen("What it took back did not happen.")
        return sorted(here)


def _own(act: Act, change: ev.OwnerSet, episode: Episode, lane: Lane, people: People) -> list[Event]:
    now, actor = act.at, act.actor
    match act.owning:
        case "claimed it":
            return owning.claim(episode, lane, now=now, actor=actor, people=people)
        case "accepted it":
            return owning.accept(episode, lane, now=now, actor=actor, people=people)
        case "gave it back":
            return owning.give_back(episode, lane, now=now, actor=actor, text=change.why, people=people)
        case "handed it over":
            return owning.hand_over(episode, lane, now=now, actor=actor, owner_role=change.owner_role, note=change.why, people=people)
        case None:
            owner_role, owner = change.owner_role, change.owner
            return moves.set_owner(episode, lane, now=now, actor=actor, owner_role=owner_role, owner=owner, why=change.why, people=people)
