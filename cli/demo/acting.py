"""What people did besides deciding on suggestions, as moves of the workflow."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cli.demo.moments import chance
from cli.demo.story import (
    Act,
    AddTask,
    CancelTask,
    ClearBlocker,
    Close,
    CompleteTask,
    Escalate,
    LogOutreach,
    Reopen,
    SetBlocker,
    SetDue,
    SetOwner,
    SetStatus,
)
from workflow import moves
from workflow.episode import Episode
from workflow.events import Event, person
from workflow.lanes import Lane
from workflow.refusals import NotOpen
from workflow.vocabulary import Action, BlockerCategory, OwnerRole

ROLE_OF = {
    "maria": OwnerRole.CARE_COORDINATOR,
    "dana": OwnerRole.CARE_COORDINATOR,
    "joy": OwnerRole.SCHEDULER,
    "priya": OwnerRole.NURSE_REVIEWER,
    "sam": OwnerRole.SOCIAL_WORK_PARTNER,
    "lee": OwnerRole.BILLING_SUPPORT,
    "ruth": OwnerRole.ADMIN_LEAD,
}
"""Whose queue each of the demo's people works."""


def events_of(act: Act, episode: Episode, lane: Lane, *, now: datetime) -> Sequence[Event]:
    """The events of one act. Raises a Refusal where the episode does not allow it."""
    actor, day = person(act.by), lane.calendar.local_day(now)
    match act:
        case LogOutreach(channel=channel, outcome=outcome, count=count, text=text):
            return moves.log_outreach(episode, lane, now=now, actor=actor, channel=channel, outcome=outcome, count=count, text=text)
        case AddTask(action=action, owner_role=role, due_in_days=days, text=text):
            due = None if days is None else day + timedelta(days=days)
            return moves.add_task(episode, lane, now=now, actor=actor, action=action, owner_role=role, due=due, detail=text)
        case CompleteTask(action=action):
            return moves.complete_task(episode, lane, now=now, actor=actor, task=_open_task(episode, action))
        case CancelTask(action=action, text=text):
            return moves.cancel_task(episode, lane, now=now, actor=actor, task=_open_task(episode, action), why=text or "No longer needed.")
        case SetBlocker(category=category, text=text):
            return moves.set_blocker(episode, lane, now=now, actor=actor, category=category, detail=text)
        case ClearBlocker(category=BlockerCategory.PATIENT_UNREACHABLE) if BlockerCategory.PATIENT_UNREACHABLE not in episode.blocked_by:
            return []  # the call that reached the patient has cleared it by rule
        case ClearBlocker(category=category, text=text):
            return moves.clear_blocker(episode, lane, now=now, actor=actor, category=category, why=text)
        case SetStatus(status=status, text=text):
            return moves.set_status(episode, lane, now=now, actor=actor, status=status, why=text)
        case SetOwner(owner_role=role, text=text):
            return moves.set_owner(episode, lane, now=now, actor=actor, owner_role=role, why=text)
        case Escalate(reason=reason, text=text):
            return moves.escalate(episode, lane, now=now, actor=actor, reason=reason, text=text)
        case SetDue(in_days=days, text=text):
            return moves.set_due(episode, lane, now=now, actor=actor, due=day + timedelta(days=days), why=text)
        case Close(reason=closure, text=text):
            return moves.close(episode, lane, now=now, actor=actor, reason=closure, text=text)
        case Reopen(text=text):
            return moves.reopen(episode, lane, now=now, actor=actor, text=text)


def claimed(by: str, episode: Episode, lane: Lane, *, now: datetime) -> Sequence[Event]:
    """Who works on an episode of their own queue that nobody has claimed often claims it; sometimes they leave it."""
    role = ROLE_OF[by]
    if not episode.is_open or episode.owner is not None or episode.owner_role is not role or chance("claim", by, now) % 3 == 0:
        return []
    return moves.set_owner(episode, lane, now=now, actor=person(by), owner_role=role, owner=by)


def _open_task(episode: Episode, action: Action) -> int:
    """The open task with this action that is due first."""
    fitting = [task for task in episode.tasks if task.action is action]
    if not fitting:
        raise NotOpen(f"no task “{action.label}” is open")
    return min(fitting, key=lambda task: (task.due, task.number)).number
