"""Plain words for what a digest is about: one way to say each blocker, status, reason and mover, and right plurals."""

from collections.abc import Sequence
from datetime import timedelta

from workflow.changes import Topic
from workflow.vocabulary import BlockerCategory, ClosureReason, LaneName, Mover, Status

BLOCKERS = {
    BlockerCategory.PATIENT_UNREACHABLE: "lost contact",
    BlockerCategory.TRANSPORT: "transport",
    BlockerCategory.EXTERNAL_PROVIDER_RESPONSE: "an outside provider’s response",
    BlockerCategory.INTERNAL_ADMIN_QUEUE: "our own admin queue",
    BlockerCategory.OTHER: "another reason",
}
STATUSES = {
    Status.NEW: "new and untouched",
    Status.WAITING_ON_PATIENT: "waiting on the patient",
    Status.WAITING_ON_PROVIDER: "waiting on the provider",
    Status.WAITING_ON_DOCUMENTS: "waiting on documents",
    Status.SCHEDULED: "scheduled",
    Status.NEEDS_OUTREACH: "in need of outreach",
}
REASONS = {
    ClosureReason.PATIENT_DECLINED: "the patient declined",
    ClosureReason.CARE_COMPLETED: "care was completed",
    ClosureReason.UNABLE_TO_REACH: "we were unable to reach them",
    ClosureReason.TRANSFERRED_CARE: "care was transferred",
    ClosureReason.NO_LONGER_NEEDED: "care was no longer needed",
    ClosureReason.AUTHORIZATION_DENIED: "authorization was denied",
    ClosureReason.DECEASED: "the patient died",
    ClosureReason.OPENED_IN_ERROR: "they were opened in error",
}
MOVERS = {Mover.TEAM: "our", Mover.PATIENT: "the patient’s", Mover.PROVIDER: "the provider’s", Mover.PAYER: "the payer’s"}


def blocker(value: str) -> str:
    """ "missing documentation", as in "blocked by ..."."""
    category = BlockerCategory(value)
    return BLOCKERS.get(category, category.label.lower())


def status(value: str) -> str:
    """ "waiting on the patient", as in "11 are ..."."""
    return STATUSES.get(Status(value), Status(value).label.lower())


def reason(value: str) -> str:
    """ "care was completed", as in "because ..."."""
    return REASONS[ClosureReason(value)]


def mover(value: str) -> str:
    """ "the patient’s", as in "it is ... move"."""
    return MOVERS[Mover(value)]


def lane(value: LaneName | str) -> str:
    """ "Referral follow-through"."""
    return LaneName(value).label


def patients(count: int) -> str:
    """ "1 patient", "12 patients"."""
    return counted(count, "patient")


def counted(count: int, noun: str) -> str:
    """ "1 day", "3 days"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listed(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def span(length: timedelta) -> str:
    """What the period before is called: "the week before", "the 3 days before"."""
    count = max(1, round(length / timedelta(days=1)))
    return {1: "the day before", 7: "the week before"}.get(count, f"the {count} days before")


STANDS = {
    Topic.ACTIVE: "active",
    Topic.OVERDUE: "overdue",
    Topic.BLOCKED: "blocked",
    Topic.ESCALATED: "escalated",
    Topic.UNCLAIMED: "open without a named owner",
    Topic.BLOCKED_BY: "blocked by {}",
    Topic.STATUS: "{}",
    Topic.MOVE: "{}",
}
"""As in "4 patients were ... at the beginning"."""

HAPPENED = {
    Topic.CAME_IN: "came in",
    Topic.CLOSED: "{were} closed",
    Topic.CLOSED_FOR: "{were} closed because {}",
    Topic.REOPENED: "{were} reopened",
    Topic.SCHEDULED: "came to be scheduled",
    Topic.MOVED: "went from {} to {}",
    Topic.NEWLY_OVERDUE: "became overdue",
    Topic.NO_LONGER_OVERDUE: "stopped being overdue",
    Topic.NEWLY_BLOCKED: "became blocked",
    Topic.NEWLY_BLOCKED_BY: "became blocked by {}",
    Topic.NO_LONGER_BLOCKED: "stopped being blocked",
    Topic.NO_LONGER_BLOCKED_BY: "stopped being blocked by {}",
    Topic.NEWLY_ESCALATED: "{were} newly escalated",
    Topic.NO_LONGER_ESCALATED: "stopped being escalated",
    Topic.UNACKNOWLEDGED: "{are} escalated and not acknowledged",
    Topic.ESCALATED_UNCLAIMED: "{are} escalated without a named owner",
    Topic.ATTEMPTS: "{were} made",
    Topic.REACHED: "{were} reached",
}
"""As in "4 patients ... in this period"."""

_SPLIT = {
    Topic.CLOSED_FOR: reason,
    Topic.STATUS: status,
    Topic.MOVED: status,
    Topic.BLOCKED_BY: blocker,
    Topic.NEWLY_BLOCKED_BY: blocker,
    Topic.NO_LONGER_BLOCKED_BY: blocker,
    Topic.MOVE: mover,
}

STANDING_NOW = frozenset({Topic.UNACKNOWLEDGED, Topic.ESCALATED_UNCLAIMED})
"""Counts of how it stands at the end, not of what happened."""


def of_words(topic: Topic, of: str) -> list[str]:
    """The plain words of what a difference is split by; two for a move from one status to another."""
    return [_SPLIT[topic](value) for value in of.split(">")] if of else []


def happened(topic: Topic, of: str, count: int) -> str:
    """What became of `count` patients: "were closed because care was completed"."""
    one = count == 1
    return HAPPENED[topic].format(*of_words(topic, of), were="was" if one else "were", are="is" if one else "are")


def stands(topic: Topic, of: str) -> str:
    """How they stand: "blocked by transport"."""
    return STANDS[topic].format(*of_words(topic, of))
