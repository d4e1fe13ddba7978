"""One patient in one lane: the state, and how an event changes it.

`fold(events)` is the whole truth about an episode. `evolve` takes one step of it; `Retracted` is the one change that a single step
cannot express (it takes earlier steps back), so `fold` passes over what was retracted and `evolve` refuses it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import reduce

from pydantic import AwareDatetime, BaseModel, ConfigDict, field_serializer

from workflow import events as ev
from workflow.events import Event
from workflow.vocabulary import (
    CONTACT,
    FAILED,
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


class BrokenHistory(ValueError):
    """Events that cannot follow one another: a task completed that was never added, a closed episode moved."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Task(_Frozen):
    """An open task; `number` is its own within the episode."""

    number: int
    action: Action
    owner_role: OwnerRole
    due: date
    detail: str
    since: AwareDatetime


class Blocker(_Frozen):
    """An open blocker."""

    category: BlockerCategory
    detail: str
    since: AwareDatetime


class Attempt(_Frozen):
    """An outreach attempt, made `count` times with this outcome."""

    channel: Channel
    outcome: Outcome
    count: int
    happened_at: AwareDatetime
    text: str


class Escalation(_Frozen):
    """An escalation that stands: to whom, why, since when; `by_rule` where the lane's rules raised it."""

    reason: EscalationReason
    to: OwnerRole
    since: AwareDatetime
    by_rule: bool
    cause: str
    text: str


class Closure(_Frozen):
    reason: ClosureReason
    text: str
    at: AwareDatetime


class Episode(_Frozen):
    """The state. An open episode has a status, an owner role, a next action and a due date; a closed one a closure and nothing open.

    `version` is the `seq` of the last event folded in. Attempts are ordered by when they happened, not by when they were recorded.
    """

    lane: LaneName
    reason: str
    version: int
    status: Status
    status_since: AwareDatetime
    owner_role: OwnerRole
    owner: str | None
    next_action: Action
    next_task: int | None
    pinned: bool
    due: date
    opened_at: AwareDatetime
    tasks: tuple[Task, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    escalation: Escalation | None = None
    raised: frozenset[str] = frozenset()
    closure: Closure | None = None
    tasks_ever: int = 0

    @field_serializer("raised", when_used="json")
    def _in_order(self, raised: frozenset[str]) -> list[str]:
        """A set has another order in every process; the stored state has one."""
        return sorted(raised)

    @property
    def is_open(self) -> bool:
        return self.closure is None

    @property
    def last_attempt(self) -> Attempt | None:
        """The attempt that happened last."""
        return self.attempts[-1] if self.attempts else None

    @property
    def failing(self) -> tuple[Attempt, ...]:
        """The failed attempts since the patient was last in touch, oldest first."""
        streak: list[Attempt] = []
        for attempt in reversed(self.attempts):
            if attempt.outcome in CONTACT:
                break
            if attempt.outcome in FAILED:
                streak.append(attempt)
        return tuple(reversed(streak))

    @property
    def failed_attempts(self) -> int:
        """How many tries in a row failed."""
        return sum(attempt.count for attempt in self.failing)

    @property
    def last_contact_at(self) -> datetime | None:
        """When the patient was last reached, replied or declined."""
        return next((a.happened_at for a in reversed(self.attempts) if a.outcome in CONTACT), None)

    @property
    def blocked_by(self) -> tuple[BlockerCategory, ...]:
        return tuple(blocker.category for blocker in self.blockers)

    def task(self, number: int) -> Task | None:
        """The open task with this number."""
        return next((task for task in self.tasks if task.number == number), None)

    def days_overdue(self, today: date) -> int:
        """Calendar days past the due date; 0 where it is not past or the episode is closed."""
        return max(0, (today - self.due).days) if self.is_open else 0


def broken_invariant(episode: Episode) -> str | None:
    """The invariant this state breaks, in words, or None. Held by tests over any sequence of legal moves and by `triage db check`."""
    if episode.is_open:
        if episode.status is Status.CLOSED:
            return "an open episode stands as closed"
        if (episode.status is Status.ESCALATED) != (episode.escalation is not None):
            return "status and escalation disagree"
        if episode.next_task is not None and episode.task(episode.next_task) is None:
            return "the next action is a task that is not open"
    elif episode.status is not Status.CLOSED or episode.tasks or episode.blockers or episode.escalation:
        return "a closed episode has something open"
    return None


def fold(events: Sequence[Event]) -> Episode:
    """The state after `events`, which are in order of `seq`. Raises BrokenHistory, also for an empty log."""
    taken_back = {seq for event in events if isinstance(event.change, ev.Retracted) for seq in event.change.seqs}
    standing = [e for e in events if e.seq not in taken_back and not isinstance(e.change, ev.Retracted)]
    episode = fold_from(None, standing)
    if episode is None:
        raise BrokenHistory("no event opens this episode")
    return episode.model_copy(update={"version": events[-1].seq})


def fold_from(episode: Episode | None, events: Iterable[Event]) -> Episode | None:
    """`episode` after `events`, none of which retracts."""
    return reduce(evolve, events, episode)


def states(events: Sequence[Event]) -> Iterator[Episode]:
    """The state after each of `events`, which are a log from its beginning. Raises BrokenHistory."""
    episode: Episode | None = None
    for count, event in enumerate(events, start=1):
        episode = fold(events[:count]) if isinstance(event.change, ev.Retracted) else evolve(episode, event)
        yield episode


def evolve(episode: Episode | None, event: Event) -> Episode:
    """The state after one event. Raises BrokenHistory where the event cannot follow this state."""
    change = event.change
    if isinstance(change, ev.EpisodeOpened):
        if episode is not None:
            raise BrokenHistory("the episode is already open")
        return Episode(
            lane=change.lane,
            reason=change.reason,
            version=event.seq,
            status=Status.NEW,
            status_since=event.at,
            owner_role=change.owner_role,
            owner=None,
            next_action=change.next_action,
            next_task=None,
            pinned=False,
            due=change.due,
            opened_at=event.at,
        )
    if episode is None:
        raise BrokenHistory(f"{change.kind} before the episode was opened")
    if not episode.is_open and not isinstance(change, ev.EpisodeReopened):
        raise BrokenHistory(f"{change.kind} on a closed episode")
    return episode.model_copy(update={**_effect(episode, event), "version": event.seq})


def _effect(episode: Episode, event: Event) -> dict[str, object]:
    """The fields that change."""
    match event.change:
        case ev.StatusSet(status=status):
            return _status(episode, status, event.at)
        case ev.OwnerSet(owner_role=role, owner=owner):
            return {"owner_role": role, "owner": owner}
        case ev.NextActionSet(action=action, task=task, pinned=pinned):
            return {"next_action": action, "next_task": task, "pinned": pinned}
        case ev.DueSet(due=due):
            return {"due": due}
        case ev.TaskAdded(task=number, action=action, owner_role=role, due=due, detail=detail):
            added = Task(number=number, action=action, owner_role=role, due=due, detail=detail, since=event.at)
            return {"tasks": (*episode.tasks, added), "tasks_ever": max(episode.tasks_ever, number)}
        case ev.TaskMoved(task=number, due=due):
            kept = _open_task(episode, number).model_copy(update={"due": due})
            return {"tasks": tuple(kept if task.number == number else task for task in episode.tasks)}
        case ev.TaskCompleted(task=number) | ev.TaskCancelled(task=number):
            _open_task(episode, number)
            left: dict[str, object] = {"tasks": tuple(task for task in episode.tasks if task.number != number)}
            return left | ({"next_task": None, "pinned": False} if episode.next_task == number else {})
        case ev.BlockerSet(category=category, detail=detail):
            if category in episode.blocked_by:
                raise BrokenHistory(f"blocker {category} is already set")
            return {"blockers": (*episode.blockers, Blocker(category=category, detail=detail, since=event.at))}
        case ev.BlockerCleared(category=category):
            if category not in episode.blocked_by:
                raise BrokenHistory(f"blocker {category} is not set")
            return {"blockers": tuple(blocker for blocker in episode.blockers if blocker.category != category)}
        case ev.OutreachLogged() as logged:
            attempt = Attempt(**logged.model_dump(exclude={"kind"}))
            return {"attempts": tuple(sorted((*episode.attempts, attempt), key=lambda a: a.happened_at))}
        case ev.Escalated(reason=reason, to=to, cause=cause, text=text):
            by_rule = event.actor.kind == "rule"
            standing = Escalation(reason=reason, to=to, since=event.at, by_rule=by_rule, cause=cause, text=text)
            return {"escalation": standing, "raised": episode.raised | {cause}, **_status(episode, Status.ESCALATED, event.at)}
        case ev.EscalationEnded():
            return {"escalation": None}
        case ev.EpisodeClosed(reason=reason, text=text):
            closure = Closure(reason=reason, text=text, at=event.at)
            return {"closure": closure, "next_task": None, "pinned": False, **_status(episode, Status.CLOSED, event.at)}
        case ev.EpisodeReopened(owner_role=role, next_action=action, due=due):
            fresh = {"closure": None, "owner_role": role, "owner": None, "next_action": action, "due": due}
            return {**fresh, **_status(episode, Status.NEEDS_OUTREACH, event.at)}
        case _:
            raise BrokenHistory(f"{event.change.kind} takes earlier events back; fold the whole log")


def _status(episode: Episode, status: Status, at: datetime) -> dict[str, object]:
    """Time in a status runs on where the status is set to what it is."""
    return {} if status is episode.status else {"status": status, "status_since": at}


def _open_task(episode: Episode, number: int) -> Task:
    task = episode.task(number)
    if task is None:
        raise BrokenHistory(f"task {number} is not open")
    return task
