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
    EscalationAnswer,
    EscalationReason,
    LaneName,
    Limit,
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
    """An outreach attempt, made `count` times with this outcome; `beyond` names the contact limits it went beyond."""

    channel: Channel
    outcome: Outcome
    count: int
    happened_at: AwareDatetime
    text: str
    beyond: tuple[Limit, ...] = ()


class Offer(_Frozen):
    """A hand-over that waits to be accepted: to whom, by whom, with which note. Until then the owner stays."""

    to: str
    owner_role: OwnerRole
    by: str
    text: str
    since: AwareDatetime


class Acknowledgement(_Frozen):
    """Who acknowledged an escalation first, and when; `answer`, `helper` and `text` as they were said last."""

    by: str
    at: AwareDatetime
    answer: EscalationAnswer
    helper: str | None
    text: str


class Escalation(_Frozen):
    """An escalation that stands: to whom, why, since when; `by_rule` where the lane's rules raised it.

    `role_before`, `owner_before` and `status_before` are how the episode stood before it was raised; None where that was not recorded.
    """

    reason: EscalationReason
    to: OwnerRole
    since: AwareDatetime
    by_rule: bool
    cause: str
    text: str
    role_before: OwnerRole | None = None
    owner_before: str | None = None
    status_before: Status | None = None
    acknowledged: Acknowledgement | None = None


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
    offer: Offer | None = None
    tasks_ever: int = 0
    reopened_at: AwareDatetime | None = None

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
        """The failed attempts since the patient was last in touch or the episode reopened, oldest first."""
        streak: list[Attempt] = []
        for attempt in reversed(self.attempts):
            before_reopening = self.reopened_at is not None and attempt.happened_at < self.reopened_at
            if attempt.outcome in CONTACT or before_reopening:
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
    def trying_since(self) -> datetime:
        """From when failed tries count: the last contact or the reopening, whichever came later; else the opening."""
        since = self.last_contact_at or self.opened_at
        return since if self.reopened_at is None else max(since, self.reopened_at)

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
        if episode.next_task is not None:
            task = episode.task(episode.next_task)
            if task is None:
                return "the next action is a task that is not open"
            if task.action is not episode.next_action:
                return "the next action is another than its task says"
        if episode.offer is not None and (episode.offer.owner_role, episode.offer.to) == (episode.owner_role, episode.owner):
            return "it is offered to its owner"
    elif episode.status is not Status.CLOSED or episode.tasks or episode.blockers or episode.escalation or episode.offer:
        return "a closed episode has something open"
    return None


def fold(events: Sequence[Event]) -> Episode:
    """The state after `events`, which are in order of `seq`. Raises BrokenHistory, also for an empty log."""
    episode = fold_from(None, standing(events))
    if episode is None:
        raise BrokenHistory("no event opens this episode")
    return episode.model_copy(update={"version": events[-1].seq})


def standing(events: Sequence[Event]) -> list[Event]:
    """The events that count: those that were not taken back, and without those that took something back."""
    taken_back = {seq for event in events if isinstance(event.change, ev.Retracted) for seq in event.change.seqs}
    return [event for event in events if event.seq not in taken_back and not isinstance(event.change, ev.Retracted)]


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
            back_in_queue = owner is None and role is episode.owner_role  # an offer outlasts its owner's leave
            return {"owner_role": role, "owner": owner, "offer": episode.offer if back_in_queue else None}
        case ev.OwnerOffered(owner_role=role, owner=owner, text=text):
            return {"offer": Offer(to=owner, owner_role=role, by=event.actor.name, text=text, since=event.at)}
        case ev.OfferEnded():
            if episode.offer is None:
                raise BrokenHistory("no offer stands")
            return {"offer": None}
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
        case ev.Escalated(cause=cause) as raised:
            by_rule = event.actor.kind == "rule"
            standing = Escalation(since=event.at, by_rule=by_rule, **raised.model_dump(exclude={"kind"}))
            return {"escalation": standing, "raised": episode.raised | {cause}, **_status(episode, Status.ESCALATED, event.at)}
        case ev.EscalationAnswered() as said:
            return {"escalation": _acknowledged(episode.escalation, said, event)}
        case ev.EscalationEnded(forgotten=forgotten):
            causes = {episode.escalation.cause} if forgotten and episode.escalation is not None else set()
            return {"escalation": None, "raised": episode.raised - causes}
        case ev.EpisodeClosed(reason=reason, text=text):
            closure = Closure(reason=reason, text=text, at=event.at)
            return {"closure": closure, "next_task": None, "pinned": False, "offer": None, **_status(episode, Status.CLOSED, event.at)}
        case ev.EpisodeReopened(owner_role=role, next_action=action, due=due):
            fresh = {"closure": None, "owner_role": role, "owner": None, "next_action": action, "due": due, "reopened_at": event.at}
            return {**fresh, **_status(episode, Status.NEEDS_OUTREACH, event.at)}
        case _:
            raise BrokenHistory(f"{event.change.kind} takes earlier events back; fold the whole log")


def _acknowledged(standing: Escalation | None, said: ev.EscalationAnswered, event: Event) -> Escalation:
    """`standing` with this answer; who acknowledged it first, and when, stays."""
    if standing is None:
        raise BrokenHistory("no escalation stands")
    first = standing.acknowledged
    by, at = (first.by, first.at) if first else (event.actor.name, event.at)
    answer = Acknowledgement(by=by, at=at, answer=said.answer, helper=said.helper, text=said.text)
    return standing.model_copy(update={"acknowledged": answer})


def _status(episode: Episode, status: Status, at: datetime) -> dict[str, object]:
    """Time in a status runs on where the status is set to what it is."""
    return {} if status is episode.status else {"status": status, "status_since": at}


def _open_task(episode: Episode, number: int) -> Task:
    task = episode.task(number)
    if task is None:
        raise BrokenHistory(f"task {number} is not open")
    return task
