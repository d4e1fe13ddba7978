"""The nightly self-check: is what an episode says present, consistent and fresh? One small rule a question.

A rule looks at one open episode and says in a sentence what is wrong, or None. It changes nothing: mending is a person's act, and each
rule names it. Days are business days of the lane's calendar unless a sentence says otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from workflow.calendar import counted_days
from workflow.episode import Blocker, Episode
from workflow.lanes import Lane
from workflow.people import People
from workflow.vocabulary import Action, BlockerCategory, Status

GRACE_DAYS = 2
"""Business days beyond the lane's cadence before something counts as left lying."""

SETTLE_DAYS = 1
"""Business days that people have to look at what changed, or to plan what a blocker needs."""

SOCIAL_NEEDS = frozenset({BlockerCategory.TRANSPORT, BlockerCategory.LANGUAGE, BlockerCategory.ELIGIBILITY})
"""Blockers that are a need of the patient."""

ADDRESSES: dict[BlockerCategory, frozenset[Action]] = {
    BlockerCategory.PATIENT_UNREACHABLE: frozenset({Action.CALL_PATIENT, Action.SEND_INSTRUCTION, Action.UPDATE_REFERRAL_SOURCE}),
    BlockerCategory.MISSING_DOCUMENTATION: frozenset({Action.REQUEST_DOCUMENT}),
    BlockerCategory.AUTHORIZATION: frozenset({Action.CHECK_AUTHORIZATION, Action.REQUEST_DOCUMENT}),
    BlockerCategory.ELIGIBILITY: frozenset({Action.CHECK_AUTHORIZATION, Action.REQUEST_DOCUMENT, Action.ARRANGE_SUPPORT}),
    BlockerCategory.SCHEDULING_CAPACITY: frozenset({Action.SCHEDULE_APPOINTMENT, Action.CONFIRM_APPOINTMENT}),
    BlockerCategory.TRANSPORT: frozenset({Action.ARRANGE_SUPPORT}),
    BlockerCategory.LANGUAGE: frozenset({Action.ARRANGE_SUPPORT}),
    BlockerCategory.EXTERNAL_PROVIDER_RESPONSE: frozenset({Action.UPDATE_REFERRAL_SOURCE, Action.REQUEST_DOCUMENT}),
    BlockerCategory.CLINICAL_REVIEW: frozenset({Action.REVIEW_CARE_PLAN, Action.ESCALATE_TO_CLINICIAN}),
}
"""The tasks that address a blocker, beside "other step". For blockers that are not here any open task does."""

WAITING_FOR: dict[Status, frozenset[Action]] = {
    Status.WAITING_ON_DOCUMENTS: frozenset({Action.REQUEST_DOCUMENT, Action.CHECK_AUTHORIZATION, Action.OTHER}),
    Status.WAITING_ON_PROVIDER: frozenset(
        {Action.UPDATE_REFERRAL_SOURCE, Action.REQUEST_DOCUMENT, Action.SCHEDULE_APPOINTMENT, Action.REVIEW_CARE_PLAN, Action.OTHER}
    ),
}
"""Tasks that say what is waited for."""

APPOINTMENT = frozenset({Action.SCHEDULE_APPOINTMENT, Action.CONFIRM_APPOINTMENT, Action.REVIEW_FOR_CLOSURE})
"""Tasks of an episode that is scheduled."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An open episode with what its rules need to know besides.

    `people` are those who have an account, and who of them is away or has left. `owner_seen_at` is when the owner last acted on it or
    looked at it, `touched_at` when anybody last acted. `plan_changed_at` is when somebody else, or a rule, last changed its plan.
    `note_at` is when the oldest note that nobody has reviewed was imported.
    """

    episode: Episode
    lane: Lane
    today: date
    people: People
    touched_at: datetime | None = None
    owner_seen_at: datetime | None = None
    plan_changed_at: datetime | None = None
    note_at: datetime | None = None

    def age(self, moment: datetime) -> int:
        """Calendar days since `moment`."""
        return (self.today - self.lane.calendar.local_day(moment)).days

    def is_past(self, moment: datetime, days: int) -> bool:
        """Whether more than `days` business days have passed since `moment`."""
        return self.past_day(self.lane.calendar.local_day(moment), days)

    def past_day(self, day: date, days: int) -> bool:
        """Whether more than `days` business days have passed since `day`."""
        return self.today > self.lane.calendar.add_business_days(day, days)

    @property
    def cadence(self) -> int:
        """Business days until the next touch, as the lane has it for what stands."""
        return self.lane.touch_days(self.episode.status, self.episode.blocked_by)

    def has_task(self, actions: frozenset[Action]) -> bool:
        """Whether one of these is an open task."""
        return any(task.action in actions for task in self.episode.tasks)


Check = Callable[[Subject], str | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One question asked about every open episode. `name` is what is stored; `asks` and `remedy` are sentences for people."""

    name: str
    asks: str
    remedy: str
    check: Check


def _status(subject: Subject) -> str | None:
    days = subject.lane.touch_days(Status.NEW)
    if subject.episode.status is not Status.NEW or not subject.is_past(subject.episode.status_since, days + GRACE_DAYS):
        return None
    return f"Still new after {counted_days(subject.age(subject.episode.status_since))} although the lane’s cadence is {counted_days(days)}."


def _next_action(subject: Subject) -> str | None:
    episode = subject.episode
    task = episode.task(episode.next_task) if episode.next_task is not None else None
    if episode.next_action is not Action.OTHER or (task is not None and task.detail.strip()):
        return None
    return "The next action is “other step”, and nothing says which."


def _unclaimed(subject: Subject) -> str | None:
    episode = subject.episode
    if episode.owner is not None or episode.due >= subject.today:
        return None
    return f"Nobody has claimed it, and it was due {counted_days(episode.days_overdue(subject.today))} ago."


def _owner_left(subject: Subject) -> str | None:
    owner, offer = subject.episode.owner, subject.episode.offer
    if owner is None:
        return None
    offered = f" It is offered to {subject.people.name(offer.to)}." if offer is not None else ""
    if owner in subject.people.unavailable:
        return f"{subject.people.unavailable[owner]}, and it is theirs still.{offered}"
    return None if owner in subject.people.names else f"The owner, {owner}, does not work here any more.{offered}"


def _overdue(subject: Subject) -> str | None:
    days = subject.cadence
    if not subject.past_day(subject.episode.due, days):
        return None
    overdue = subject.episode.days_overdue(subject.today)
    return f"Due {counted_days(overdue)} ago; the lane’s cadence here is {counted_days(days) if days else 'the same day'}."


def _waits_for_nothing(subject: Subject) -> str | None:
    episode, tells = subject.episode, WAITING_FOR.get(subject.episode.status)
    if tells is None or subject.has_task(tells):
        return None
    if any(subject.lane.status_when_blocked.get(category) is episode.status for category in episode.blocked_by):
        return None
    return f"{episode.status.label}, but no blocker and no task says which."


def _no_attempt(subject: Subject) -> str | None:
    episode, days = subject.episode, subject.cadence
    if episode.status not in {Status.NEEDS_OUTREACH, Status.WAITING_ON_PATIENT}:
        return None
    if any(task.action is Action.CALL_PATIENT and task.due >= subject.today for task in episode.tasks):
        return None  # a later call was agreed
    last = episode.last_attempt
    since = max(last.happened_at, episode.status_since) if last else episode.status_since
    if not subject.is_past(since, days + GRACE_DAYS):
        return None
    return f"No attempt logged for {counted_days(subject.age(since))} although the lane’s cadence is {counted_days(days)}."


def _not_confirmed(subject: Subject) -> str | None:
    if subject.episode.status is not Status.SCHEDULED or subject.has_task(APPOINTMENT):
        return None
    if not subject.is_past(subject.episode.status_since, SETTLE_DAYS):
        return None
    return "Scheduled or in progress, but no task for the appointment is open."


def _escalated_untouched(subject: Subject) -> str | None:
    raised, touched = subject.episode.escalation, subject.touched_at
    if raised is None or (touched is not None and touched > raised.since):
        return None
    if not subject.is_past(raised.since, subject.lane.escalated_days(raised.reason) + SETTLE_DAYS):
        return None
    return f"Escalated to {raised.to.label.lower()} {counted_days(subject.age(raised.since))} ago, and nobody has acted on it since."


def _blocked_without_task(subject: Subject) -> str | None:
    return _unaddressed(subject, social=False)


def _need_without_task(subject: Subject) -> str | None:
    return _unaddressed(subject, social=True)


def _unaddressed(subject: Subject, *, social: bool) -> str | None:
    for blocker in subject.episode.blockers:
        if (blocker.category in SOCIAL_NEEDS) is social and not _is_addressed(subject, blocker):
            what = blocker.category.label.lower()
            return f"Blocked by {what} for {counted_days(subject.age(blocker.since))}, and no open task addresses it."
    return None


def _is_addressed(subject: Subject, blocker: Blocker) -> bool:
    if not subject.is_past(blocker.since, SETTLE_DAYS):
        return True
    actions = ADDRESSES.get(blocker.category)
    return bool(subject.episode.tasks) if actions is None else subject.has_task(actions | {Action.OTHER})


def _note_unread(subject: Subject) -> str | None:
    note, seen = subject.note_at, subject.owner_seen_at
    if note is None or (seen is not None and seen > note) or not subject.is_past(note, SETTLE_DAYS):
        return None
    return f"A note came in {counted_days(subject.age(note))} ago; nobody has reviewed it, and the owner has not looked since."


def _plan_unseen(subject: Subject) -> str | None:
    changed, seen = subject.plan_changed_at, subject.owner_seen_at
    if subject.episode.owner is None or changed is None or (seen is not None and seen >= changed):
        return None
    if not subject.is_past(changed, SETTLE_DAYS):
        return None
    return f"The plan changed {counted_days(subject.age(changed))} ago, and the owner has not looked since."


RULES: tuple[Rule, ...] = (
    Rule("status", "Does the status say whose move it is?", "Set a status, or add the first task.", _status),
    Rule(
        "next_action", "Does the next action say what to do?", "Choose an action, or say in the task what the other step is.", _next_action
    ),
    Rule("unclaimed", "Has somebody claimed what is past its due date?", "Claim it, or hand it over to a person.", _unclaimed),
    Rule(
        "owner_left",
        "Does the owner work here, and are they there?",
        "Hand it over to somebody who is, or to the role’s queue.",
        _owner_left,
    ),
    Rule("overdue", "Is the due date within the lane’s cadence?", "Do the next action, or set the due date that is meant.", _overdue),
    Rule(
        "waits_for_nothing",
        "Does what it waits for stand somewhere?",
        "Set the blocker or add the task, or set the status.",
        _waits_for_nothing,
    ),
    Rule("no_attempt", "Is the last attempt as recent as the lane asks?", "Try the patient and log it, or set the status.", _no_attempt),
    Rule(
        "not_confirmed",
        "Does what is scheduled have a task for it?",
        "Add a task to confirm the appointment, or set the status.",
        _not_confirmed,
    ),
    Rule("escalated_untouched", "Has somebody acted on the escalation?", "Act on it, or end it by setting a status.", _escalated_untouched),
    Rule("blocked_without_task", "Does a task address the blocker?", "Add a task that does, or clear the blocker.", _blocked_without_task),
    Rule(
        "need_without_task",
        "Does a task address the patient’s need?",
        "Add a task to arrange support, or clear the blocker.",
        _need_without_task,
    ),
    Rule("note_unread", "Has somebody read the newest note?", "Review the note.", _note_unread),
    Rule("plan_unseen", "Has the owner seen the plan as it is now?", "The owner opens the patient’s page, or hands it over.", _plan_unseen),
)
"""Every question, in the order in which the page shows them."""


def failures(subject: Subject) -> dict[str, str]:
    """What is wrong with this episode: a sentence by the name of its rule. Empty where all is well."""
    said = ((rule.name, rule.check(subject)) for rule in RULES)
    return {name: sentence for name, sentence in said if sentence is not None}
