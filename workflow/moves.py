"""What people may do, and what the lane's rules make of it.

A move takes the episode, its lane, the moment and the actor, and returns the events to record: the person's own act first, then the
consequences the lane demands (next touch, next action, status, escalation). It returns [] where the episode already stands so, and
raises a `Refusal` with a sentence for the person where the rules forbid it. Nothing here reads a clock or a database, so a move can
be previewed, replayed over history, or tried with another lane file.
"""

from datetime import date, datetime

from workflow import contact
from workflow import events as ev
from workflow.calendar import counted_days
from workflow.contact import ContactFacts
from workflow.episode import Episode
from workflow.escalating import end_of_escalation, raise_repeated_failure
from workflow.events import RULE, Actor, Event
from workflow.lanes import Lane
from workflow.people import ANYBODY, People
from workflow.refusals import EpisodeIsOpen, ImpossibleMoment, NotInLane, NotOpen, Refusal
from workflow.suggestions import BlockerPayload, EscalationPayload, OutreachAttemptPayload, Payload, TaskPayload
from workflow.unfolding import SETTLED, Unfolding, owner_allowed
from workflow.vocabulary import (
    CONTACT,
    FAILED,
    Action,
    BlockerCategory,
    Channel,
    ClosureReason,
    EscalationReason,
    Outcome,
    OwnerRole,
    Status,
)


def open_episode(lane: Lane, *, now: datetime, actor: Actor, reason: str) -> list[Event]:
    """A patient enters the lane: new, in the first owner's queue, due by the lane's cadence."""
    due = lane.calendar.add_business_days(lane.calendar.local_day(now), lane.touch_days(Status.NEW))
    opened = ev.EpisodeOpened(lane=lane.name, reason=reason, owner_role=lane.first_owner, next_action=lane.first_action, due=due)
    return [Event(seq=1, at=now, actor=actor, change=opened)]


def add_task(
    episode: Episode,
    lane: Lane,
    *,
    now: datetime,
    actor: Actor,
    action: Action,
    owner_role: OwnerRole,
    due: date | None = None,
    detail: str = "",
) -> list[Event]:
    """A step to come. Without `due` the lane's cadence gives one. An equal open task makes this no change."""
    move = Unfolding(episode, lane, now, actor)
    owner_allowed(lane, owner_role)
    due = due or move.touch(action=action)
    if any((t.action, t.owner_role, t.due) == (action, owner_role, due) for t in episode.tasks):
        return []
    move.act(ev.TaskAdded(task=episode.tasks_ever + 1, action=action, owner_role=owner_role, due=due, detail=detail))
    if episode.status is Status.NEW:
        move.status(Status.NEEDS_OUTREACH, why="first task")
    move.plan()
    return move.events


def complete_task(episode: Episode, lane: Lane, *, now: datetime, actor: Actor, task: int) -> list[Event]:
    """The step is done; the next one comes up."""
    move = Unfolding(episode, lane, now, actor)
    _task_is_open(episode, task)
    move.act(ev.TaskCompleted(task=task))
    move.plan()
    return move.events


def cancel_task(episode: Episode, lane: Lane, *, now: datetime, actor: Actor, task: int, why: str) -> list[Event]:
    """The step is no longer needed, and `why` says why."""
    move = Unfolding(episode, lane, now, actor)
    _task_is_open(episode, task)
    move.act(ev.TaskCancelled(task=task, why=_said(why, "Say why the task is cancelled.")))
    move.plan()
    return move.events


def set_blocker(episode: Episode, lane: Lane, *, now: datetime, actor: Actor, category: BlockerCategory, detail: str = "") -> list[Event]:
    """Something keeps the patient from moving; the status says whose move it is now. Already set is no change."""
    move = Unfolding(episode, lane, now, actor)
    if category in episode.blocked_by:
        return []
    move.act(ev.BlockerSet(category=category, detail=detail))
    status = lane.status_when_blocked.get(category)
    if status is not None and episode.status not in SETTLED:
        move.status(status, why=f"blocked: {category.label.lower()}")
    if not episode.tasks:
        move.plan(move.touch(), why=f"cadence when blocked: {category.label.lower()}")
    return move.events


def clear_blocker(episode: Episode, lane: Lane, *, now: datetime, actor: Actor, category: BlockerCategory, why: str = "") -> list[Event]:
    """The blocker is gone; where the status was due to it, it is our move again."""
    move = Unfolding(episode, lane, now, actor)
    if category not in episode.blocked_by:
        raise NotOpen(f"{category.label} is not a blocker of this episode.")
    move.act(ev.BlockerCleared(category=category, why=why))
    _status_after_clearing(move, category)
    move.plan()
    return move.events


def log_outreach(
    episode: Episode,
    lane: Lane,
    *,
    now: datetime,
    actor: Actor,
    channel: Channel,
    outcome: Outcome,
    count: int = 1,
    happened_at: datetime | None = None,
    text: str = "",
    facts: ContactFacts | None = None,
    time_known: bool = True,
) -> list[Event]:
    """The patient was tried. A failed try moves the next touch and, after as many as the lane allows, escalates; contact ends the run.

    `happened_at` may lie before now (a late entry); only the latest attempt moves the next touch. Raises ImpossibleMoment for the future.
    With `facts`, an attempt beyond the contact limits is marked, never refused; without them nobody can say. `time_known` is False where
    only its day is known.
    """
    move = Unfolding(episode, lane, now, actor)
    happened = happened_at or now
    if happened > now:
        raise ImpossibleMoment("An outreach attempt cannot lie in the future.")
    if count < 1:
        raise Refusal("The number of tries is 1 or more.")
    latest = episode.last_attempt is None or happened >= episode.last_attempt.happened_at
    beyond = (
        ()
        if facts is None
        else contact.beyond(episode, lane, facts, channel=channel, outcome=outcome, count=count, at=happened, time_known=time_known)
    )
    move.act(ev.OutreachLogged(channel=channel, outcome=outcome, count=count, happened_at=happened, text=text, beyond=beyond))
    if latest:
        _after_latest_attempt(move, outcome, happened)
    raise_repeated_failure(move)
    return move.events


def _after_latest_attempt(move: Unfolding, outcome: Outcome, happened: datetime) -> None:
    if outcome in CONTACT and BlockerCategory.PATIENT_UNREACHABLE in move.episode.blocked_by:
        move.follow(ev.BlockerCleared(category=BlockerCategory.PATIENT_UNREACHABLE, why=f"patient {outcome.label.lower()}"))
        _status_after_clearing(move, BlockerCategory.PATIENT_UNREACHABLE)
    status = move.lane.status_after_outreach.get(outcome)
    if status is None and outcome in CONTACT and move.episode.status is Status.WAITING_ON_PATIENT:
        status = Status.NEEDS_OUTREACH  # the patient made their move: it is ours again
    if status is not None and move.episode.status not in SETTLED:
        move.status(status, why=outcome.label.lower())
    touch = move.touch(outcome, since=move.lane.calendar.local_day(happened))
    if outcome in CONTACT:
        move.plan(touch if outcome in move.lane.cadence.by_outcome else None, why=f"next touch after {outcome.label.lower()}")
        return
    tried_on = move.lane.calendar.local_day(happened)
    for task in move.episode.tasks:  # a call that was due was tried: it comes round again at the next touch
        if outcome in FAILED and task.action is Action.CALL_PATIENT and task.due <= tried_on < touch:
            move.follow(ev.TaskMoved(task=task.number, due=touch))
    move.plan(touch, why=f"next touch after {outcome.label.lower()}")


def set_status(
    episode: Episode, lane: Lane, *, now: datetime, actor: Actor, status: Status, why: str = "", people: People = ANYBODY
) -> list[Event]:
    """Say whose move it is. Ends an escalation that stands; closing and escalating are moves of their own.

    What somebody took over stays theirs. Else whoever owned it before the escalation owns it again.
    """
    move = Unfolding(episode, lane, now, actor)
    if status is Status.CLOSED:
        raise Refusal("Close the episode with a reason instead.")
    if status is Status.ESCALATED:
        raise Refusal("Escalate the episode with a reason instead.")
    _status_used(lane, status)
    if status is episode.status:
        return []
    if episode.escalation is not None:
        move.act(ev.EscalationEnded(why=why))
    move.act(ev.StatusSet(status=status, why=why))
    if episode.escalation is not None:
        end_of_escalation(move, episode.escalation, people)
    touch = None if episode.tasks else move.touch()
    move.plan(touch, why=f"cadence when {status.label.lower()}", keep_owner=episode.escalation is not None)
    return move.events


def set_owner(
    episode: Episode,
    lane: Lane,
    *,
    now: datetime,
    actor: Actor,
    owner_role: OwnerRole,
    owner: str | None = None,
    why: str = "",
    people: People = ANYBODY,
) -> list[Event]:
    """Assign to a role's queue or to one person of it at once, unasked; between people, `workflow.owning.hand_over` asks first."""
    move = Unfolding(episode, lane, now, actor)
    owner_allowed(lane, owner_role)
    if (episode.owner_role, episode.owner) == (owner_role, owner):
        return []
    if owner is not None:
        people.must_be_here(owner, actor.name)
    move.act(ev.OwnerSet(owner_role=owner_role, owner=owner, why=why))
    return move.events


def set_next_action(
    episode: Episode,
    lane: Lane,
    *,
    now: datetime,
    actor: Actor,
    action: Action,
    due: date | None = None,
    owner_role: OwnerRole | None = None,
) -> list[Event]:
    """A person says what comes next: an open task with this action comes first, or one is added. It stays first until done."""
    move = Unfolding(episode, lane, now, actor)
    task = min((t for t in episode.tasks if t.action is action), key=lambda t: (t.due, t.number), default=None)
    role = owner_role or (task.owner_role if task else episode.owner_role)
    owner_allowed(lane, role)
    if task is None:
        number = episode.tasks_ever + 1
        move.act(ev.TaskAdded(task=number, action=action, owner_role=role, due=due or move.touch(action=action)))
    else:
        number = task.number
        if due is not None and task.due != due:
            move.act(ev.TaskMoved(task=number, due=due))
    if (move.episode.next_task, move.episode.pinned) != (number, True):
        move.act(ev.NextActionSet(action=action, task=number, pinned=True))
    if move.episode.owner_role is not role:
        move.follow(ev.OwnerSet(owner_role=role, why=f"owner of the next action: {action.label.lower()}"))
    if move.episode.escalation is not None and due is not None and move.episode.due != due:
        move.act(ev.DueSet(due=due))  # the plan leaves an escalation alone; the day that a person named counts
    move.plan()
    return move.events


def set_due(episode: Episode, lane: Lane, *, now: datetime, actor: Actor, due: date, why: str = "") -> list[Event]:
    """Move the due date of the next action, and of its task where it is one."""
    move = Unfolding(episode, lane, now, actor)
    if due == episode.due:
        return []
    if due < move.today:
        raise ImpossibleMoment(f"{due.isoformat()} is past. Choose today or a later day.")
    if episode.next_task is not None:
        move.act(ev.TaskMoved(task=episode.next_task, due=due))
        if not episode.pinned:
            move.act(ev.NextActionSet(action=episode.next_action, task=episode.next_task, pinned=True))
    move.act(ev.DueSet(due=due, why=why))
    return move.events


def escalate(
    episode: Episode, lane: Lane, *, now: datetime, actor: Actor, reason: EscalationReason, text: str = "", to: OwnerRole | None = None
) -> list[Event]:
    """A person asks for somebody to look sooner. Escalated already for this reason is no change."""
    move = Unfolding(episode, lane, now, actor)
    to = to or lane.escalation.raised_by_person_to
    owner_allowed(lane, to)
    if episode.escalation is not None and (episode.escalation.reason, episode.escalation.to) == (reason, to):
        return []
    move.escalate(ev.Escalated(reason=reason, to=to, cause=f"{reason.value} at {now.isoformat()}", text=text), actor)
    return move.events


def raise_by_rule(episode: Episode, lane: Lane, *, now: datetime) -> list[Event]:
    """What the passing of time demands: raise an episode that is overdue or blocked for longer than the lane allows. Once per cause."""
    if not episode.is_open or episode.escalation is not None:
        return []
    move = Unfolding(episode, lane, now, RULE)
    rules = lane.escalation
    overdue = episode.days_overdue(move.today)
    if rules.after_days_overdue is not None and overdue >= rules.after_days_overdue:
        cause = f"overdue since {episode.due.isoformat()}"
        if cause not in episode.raised:
            text = f"{episode.next_action.label} is {counted_days(overdue)} overdue"
            move.escalate(ev.Escalated(reason=EscalationReason.TIME_CRITICAL, to=rules.overdue_to, cause=cause, text=text), RULE)
            return move.events
    for blocker in episode.blockers:
        days = (move.today - lane.calendar.local_day(blocker.since)).days
        cause = f"blocked by {blocker.category.value} since {blocker.since.isoformat()}"
        if rules.after_days_blocked is not None and days >= rules.after_days_blocked and cause not in episode.raised:
            text = f"{blocker.category.label} has blocked this for {counted_days(days)}"
            move.escalate(ev.Escalated(reason=EscalationReason.TIME_CRITICAL, to=rules.blocked_to, cause=cause, text=text), RULE)
            break
    return move.events


def close(episode: Episode, lane: Lane, *, now: datetime, actor: Actor, reason: ClosureReason, text: str = "") -> list[Event]:
    """End the episode with a reason of the lane. What is still open is cancelled or cleared, in events of its own."""
    move = Unfolding(episode, lane, now, actor)
    if reason not in lane.closure_reasons:
        allowed = ", ".join(r.label for r in lane.closure_reasons)
        raise NotInLane(f"{lane.title} does not close for “{reason.label}”. It closes for: {allowed}.")
    for task in episode.tasks:
        move.follow(ev.TaskCancelled(task=task.number, why="episode closed"))
    for category in episode.blocked_by:
        move.follow(ev.BlockerCleared(category=category, why="episode closed"))
    if episode.escalation is not None:
        move.follow(ev.EscalationEnded(why="episode closed"))
    move.act(ev.EpisodeClosed(reason=reason, text=text))
    return move.events


def reopen(episode: Episode, lane: Lane, *, now: datetime, actor: Actor, text: str) -> list[Event]:
    """Take up a closed episode again: needs outreach, the first owner's queue, due by cadence."""
    if episode.is_open:
        raise EpisodeIsOpen("This episode is open.")
    today = lane.calendar.local_day(now)
    due = lane.calendar.add_business_days(today, lane.touch_days(Status.NEEDS_OUTREACH))
    action = lane.next_action(Status.NEEDS_OUTREACH)
    if action in contact.CALLS:
        due = contact.free_business_day(episode, lane, due)
    text = _said(text, "Say why the episode is reopened.")
    change = ev.EpisodeReopened(text=text, owner_role=lane.first_owner, next_action=action, due=due)
    return [Event(seq=episode.version + 1, at=now, actor=actor, change=change)]


def apply_suggestion(
    episode: Episode, lane: Lane, payload: Payload, *, now: datetime, actor: Actor, evidence: str = "", happened_at: datetime | None = None
) -> list[Event]:
    """The move an accepted suggestion becomes. `evidence` goes along as the detail; `happened_at` dates an attempt to its note."""
    match payload:
        case TaskPayload(action=action, owner_role=role, due=due):
            return add_task(episode, lane, now=now, actor=actor, action=action, owner_role=role, due=due, detail=evidence)
        case BlockerPayload(category=category):
            return set_blocker(episode, lane, now=now, actor=actor, category=category, detail=evidence)
        case OutreachAttemptPayload(channel=channel, outcome=outcome, count=count):
            at = min(happened_at or now, now)
            return log_outreach(
                episode, lane, now=now, actor=actor, channel=channel, outcome=outcome, count=count, happened_at=at, text=evidence
            )
        case EscalationPayload(reason=reason):
            return escalate(episode, lane, now=now, actor=actor, reason=reason, text=evidence)


def _status_after_clearing(move: Unfolding, category: BlockerCategory) -> None:
    """Our move again, where the status stood for this blocker and no other blocker asks for it."""
    status = move.lane.status_when_blocked.get(category)
    others = {move.lane.status_when_blocked.get(other) for other in move.episode.blocked_by}
    if status is move.episode.status and status not in others:
        move.status(Status.NEEDS_OUTREACH, why=f"no longer blocked: {category.label.lower()}")


def _status_used(lane: Lane, status: Status) -> None:
    if not lane.uses(status):
        used = ", ".join(word.label for word in Status if lane.uses(word))
        raise NotInLane(f"{lane.title} does not use “{status.label}”. It uses: {used}.")


def _task_is_open(episode: Episode, number: int) -> None:
    if episode.task(number) is None:
        raise NotOpen("This task is not open any more.")


def _said(text: str, ask: str) -> str:
    if not text.strip():
        raise Refusal(ask)
    return text.strip()
