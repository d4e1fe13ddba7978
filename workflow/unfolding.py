"""One move as it unfolds: the person's act, then the consequences the lane demands, each seeing the state that the one before left."""

from datetime import date, datetime

from workflow import contact
from workflow import events as ev
from workflow.episode import Episode, Task, evolve
from workflow.events import RULE, Actor, Change, Event
from workflow.lanes import Lane
from workflow.refusals import EpisodeIsClosed, NotInLane
from workflow.vocabulary import Action, Outcome, OwnerRole, Status

SETTLED = frozenset({Status.SCHEDULED, Status.ESCALATED})
"""Statuses that a blocker or an attempt does not change by rule."""


class Unfolding:
    """Collects the events of one move and keeps the state they lead to, so that each rule sees what came before it."""

    def __init__(self, episode: Episode, lane: Lane, now: datetime, actor: Actor) -> None:
        if not episode.is_open:
            raise EpisodeIsClosed("This episode is closed. Reopen it first.")
        self.episode, self.lane, self.now, self.actor = episode, lane, now, actor
        self.today = lane.calendar.local_day(now)
        self.events: list[Event] = []

    def act(self, change: Change, actor: Actor | None = None) -> None:
        event = Event(seq=self.episode.version + 1, at=self.now, actor=actor or self.actor, change=change)
        self.episode = evolve(self.episode, event)
        self.events.append(event)

    def follow(self, change: Change) -> None:
        """A consequence, recorded as the rule's doing."""
        self.act(change, RULE)

    def touch(self, outcome: Outcome | None = None, since: date | None = None, action: Action | None = None) -> date:
        """The next touch by the lane's cadence, on a business day; never before today.

        A touch after an attempt, or for an `action` that is a call (the lane's own next step unless given), waits for a day on which the
        lane's contact limits leave room for a try.
        """
        days = self.lane.touch_days(self.episode.status, self.episode.blocked_by, outcome)
        calendar = self.lane.calendar
        day = max(calendar.add_business_days(self.today, 0), calendar.add_business_days(since or self.today, days))
        if outcome is None and (action or self.lane.next_action(self.episode.status)) not in contact.CALLS:
            return day
        return contact.free_business_day(self.episode, self.lane, day)

    def status(self, status: Status, why: str) -> None:
        if self.episode.status is not status:
            self.follow(ev.StatusSet(status=status, why=why))

    def plan(self, touch: date | None = None, why: str = "", *, keep_owner: bool = False) -> None:
        """Settle next action, owner and due date: the open task due first, or the lane's own next step.

        With `touch`, the next touch is due then unless an open task is due sooner. With `keep_owner`, the next action moves no owner.
        """
        episode = self.episode
        if episode.escalation is not None:
            return  # an escalation is the next action until a person ends it
        first = _first_task(episode)
        if first is not None and episode.next_task != first.number:
            self.follow(ev.NextActionSet(action=first.action, task=first.number))
            if first.owner_role is not episode.owner_role and not keep_owner:
                self.follow(ev.OwnerSet(owner_role=first.owner_role, why=f"owner of the next action: {first.action.label.lower()}"))
        elif first is None:
            action = self.lane.next_action(episode.status)
            if (episode.next_action, episode.next_task) != (action, None):
                self.follow(ev.NextActionSet(action=action))
        due = touch or (first.due if first else self.touch())
        if first is not None and first.due <= due:
            due, why = first.due, f"due of the next action: {first.action.label.lower()}"
        if self.episode.due != due:
            self.follow(ev.DueSet(due=due, why=why or "lane cadence"))

    def escalate(self, change: ev.Escalated, actor: Actor) -> None:
        """Raise it: status escalated, the role it goes to owns it, due by the cadence of its reason, whatever blocks it."""
        self.act(change.model_copy(update=self._before()), actor)
        if (self.episode.owner_role, self.episode.owner) != (change.to, None):
            self.follow(ev.OwnerSet(owner_role=change.to, why="escalated"))
        if (self.episode.next_action, self.episode.next_task) != (Action.ESCALATE_TO_CLINICIAN, None):
            self.follow(ev.NextActionSet(action=Action.ESCALATE_TO_CLINICIAN))
        due = self.lane.calendar.add_business_days(self.today, self.lane.escalated_days(change.reason))
        if self.episode.due != due:
            self.follow(ev.DueSet(due=due, why="escalated"))

    def _before(self) -> dict[str, object]:
        """How the episode stood before it was escalated; where an unanswered escalation stands, before that one."""
        episode, standing = self.episode, self.episode.escalation
        now: dict[str, object] = {"role_before": episode.owner_role, "owner_before": episode.owner, "status_before": episode.status}
        if standing is None:
            return now
        if standing.acknowledged is not None:
            return now | {"status_before": standing.status_before}
        return {name: getattr(standing, name) for name in now}


def owner_allowed(lane: Lane, role: OwnerRole) -> None:
    """Raise NotInLane unless this role may own something in the lane."""
    if role not in lane.owners:
        raise NotInLane(f"{role.label} owns nothing in {lane.title}. Owners there: {', '.join(r.label for r in lane.owners)}.")


def _first_task(episode: Episode) -> Task | None:
    """The pinned task while it is open, else the one due first."""
    if episode.pinned and episode.next_task is not None:
        return episode.task(episode.next_task)
    return min(episode.tasks, key=lambda task: (task.due, task.number), default=None)
