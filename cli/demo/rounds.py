"""What happens to the whole queue: the lanes' rules about time, the lead's morning review, the morning huddle.

Each takes one episode and returns its events, none for most.
"""

from collections.abc import Sequence
from datetime import datetime

from cli.demo.acting import ROLE_OF
from cli.demo.moments import chance
from workflow import moves
from workflow.episode import Episode, fold_from
from workflow.events import Event, person
from workflow.lanes import Lane
from workflow.vocabulary import FAILED, EscalationReason, OwnerRole, Status

LEAD, HUDDLE_LEAD = "ruth", "maria"
SLIPPED_DAYS = 7
REVIEW = "lead’s morning review"


def raised_by_time(episode: Episode, lane: Lane, *, now: datetime, key: str) -> Sequence[Event]:  # noqa: ARG001 — no chance in a rule
    """The lane's own rules: overdue or blocked for too long."""
    return moves.raise_by_rule(episode, lane, now=now)


def reviewed(episode: Episode, lane: Lane, *, now: datetime, key: str) -> Sequence[Event]:
    """The lead takes up most of what the rules have raised: back to a working status, an owner and a day."""
    raised = episode.escalation
    if raised is None or not raised.by_rule or raised.reason is not EscalationReason.TIME_CRITICAL or chance("review", key, now) % 3 == 0:
        return []
    lead, today = person(LEAD), lane.calendar.local_day(now)
    blocked = [lane.status_when_blocked[category] for category in episode.blocked_by if category in lane.status_when_blocked]
    answered = episode.last_attempt is not None and episode.last_attempt.outcome not in FAILED  # then it is for the patient to come back
    status = blocked[0] if blocked else Status.WAITING_ON_PATIENT if answered else Status.NEEDS_OUTREACH
    events = moves.set_status(episode, lane, now=now, actor=lead, status=status, why=REVIEW)
    after = fold_from(episode, events) or episode
    queue = [name for name, role in ROLE_OF.items() if role is lane.first_owner]
    owner = queue[chance("owner", key, now) % len(queue)] if queue else None
    events += moves.set_owner(after, lane, now=now, actor=lead, owner_role=lane.first_owner, owner=owner, why=REVIEW)
    after = fold_from(episode, events) or episode
    due = lane.calendar.add_business_days(today, 1 + chance("due", key, now) % 5)
    return [*events, *moves.set_due(after, lane, now=now, actor=lead, due=due, why=REVIEW)]


def planned(episode: Episode, lane: Lane, *, now: datetime, key: str) -> Sequence[Event]:
    """The morning huddle: what has slipped by some days gets a day it can be done, mostly; what has lain for longer stays as it is."""
    late = episode.days_overdue(lane.calendar.local_day(now))
    if not 0 < late <= SLIPPED_DAYS or episode.escalation is not None or chance("planned", key) % 4 == 0:
        return []
    due = lane.calendar.add_business_days(lane.calendar.local_day(now), chance("due", key) % 4)
    by = person(episode.owner or HUDDLE_LEAD)
    return moves.set_due(episode, lane, now=now, actor=by, due=due, why="planned at the morning huddle")


def taken_on(episode: Episode, lane: Lane, *, now: datetime, key: str) -> Sequence[Event]:
    """The rest of the huddle: somebody takes on about half of what lies in the coordinators' queue unclaimed."""
    unclaimed = episode.is_open and episode.owner is None and episode.owner_role is OwnerRole.CARE_COORDINATOR
    if not unclaimed or chance("taken on", key) % 2:
        return []
    return moves.set_owner(episode, lane, now=now, actor=person(HUDDLE_LEAD), owner_role=episode.owner_role, owner=HUDDLE_LEAD)
