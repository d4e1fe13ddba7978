"""A lane is one YAML file that a team can read aloud: who may own, why it may close, how soon to touch, when to escalate.

The shipped files stand in `workflow/lane_files/`. `workflow.lane_file` reads the text of one and says what does not hold and in which
line; reading it from disk is the store's business (`store.lanes`).
"""

import re
from collections.abc import Iterator, Mapping
from datetime import time
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from workflow.calendar import Calendar
from workflow.durations import business_days
from workflow.vocabulary import Action, BlockerCategory, ClosureReason, EscalationReason, LaneName, Outcome, OwnerRole, Status

ALWAYS = frozenset({Status.NEW, Status.NEEDS_OUTREACH, Status.ESCALATED, Status.CLOSED})
"""Statuses that every lane uses: where an episode begins and ends, where the rules raise it, and where it is our move again."""

Days = Annotated[int, BeforeValidator(business_days)]
"""Business days, as a number or in words."""

Count = Annotated[int, Field(strict=True)]
"""A whole number; neither text nor yes and no."""


class LaneError(ValueError):
    """A lane file that does not hold; the message names the file, and for each problem the line, the key and the remedy."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cadence(_Part):
    """Business days until the next touch. The most specific entry wins: outreach outcome, then blocker, then status.

    An escalation goes by its reason, or else by the status `escalated`.
    """

    by_outcome: dict[Outcome, Days] = Field(default_factory=dict)
    by_blocker: dict[BlockerCategory, Days] = Field(default_factory=dict)
    by_escalation: dict[EscalationReason, Days] = Field(default_factory=dict)
    by_status: dict[Status, Days]


class EscalationRules(_Part):
    """When the rules themselves raise an episode, and to whom. None switches a rule off."""

    after_failed_attempts: Annotated[Count, Field(ge=1, le=20)] | None = None
    failed_attempts_to: OwnerRole = OwnerRole.NURSE_REVIEWER
    after_days_overdue: Annotated[Count, Field(ge=1, le=365)] | None = None
    overdue_to: OwnerRole = OwnerRole.ADMIN_LEAD
    after_days_blocked: Annotated[Count, Field(ge=1, le=365)] | None = None
    blocked_to: OwnerRole = OwnerRole.ADMIN_LEAD
    raised_by_person_to: OwnerRole = OwnerRole.NURSE_REVIEWER


_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


class ContactRules(_Part):
    """When a patient may be contacted and how often. None is no limit.

    Quiet hours are of the patient's zone, every night; they and the tries concern channels that ring or knock
    (`workflow.contact.DISTURBING`). A week is the last seven days.
    """

    quiet_from: time | None = None
    quiet_until: time | None = None
    tries_per_day: int | None = Field(default=None, ge=1, le=20)
    tries_per_week: int | None = Field(default=None, ge=1, le=50)

    @field_validator("quiet_from", "quiet_until", mode="before")
    @classmethod
    def _time_of_day(cls, value: object) -> time | None:
        if value is None or isinstance(value, time):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            value = f"{value // 60}:{value % 60:02}"  # YAML reads 20:00 without quotes as 1,200 minutes
        found = _TIME.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise ValueError('this is no time of day; write one in quotes, like "20:00"')
        return time(int(found[1]), int(found[2]))

    @model_validator(mode="after")
    def _quiet_hours_hold(self) -> "ContactRules":
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet hours need both quiet_from and quiet_until; write both, or neither")
        if self.quiet_from is not None and self.quiet_from == self.quiet_until:
            raise ValueError("quiet_from and quiet_until are the same; leave both out where there are no quiet hours")
        return self


class Lane(_Part):
    """One lane, as its file says."""

    name: LaneName
    title: str = Field(min_length=1, max_length=60)
    calendar: Calendar
    owners: tuple[OwnerRole, ...] = Field(min_length=1)
    first_owner: OwnerRole
    first_action: Action
    statuses: tuple[Status, ...] = tuple(Status)
    next_action_by_status: dict[Status, Action] = Field(default_factory=dict)
    status_when_blocked: dict[BlockerCategory, Status] = Field(default_factory=dict)
    status_after_outreach: dict[Outcome, Status] = Field(default_factory=dict)
    closure_reasons: tuple[ClosureReason, ...] = Field(min_length=1)
    cadence: Cadence
    escalation: EscalationRules
    contact: ContactRules = ContactRules()

    @model_validator(mode="after")
    def _holds_together(self) -> "Lane":
        told = [f"{'.'.join(path)}: {what}; {remedy}" for path, what, remedy in contradictions(self.model_dump(mode="json"))]
        if told:
            raise ValueError("\n".join(told))
        return self

    def uses(self, status: Status) -> bool:
        """Whether episodes of this lane may stand in `status`."""
        return status in ALWAYS or status in self.statuses

    def next_action(self, status: Status) -> Action:
        """What comes next where no task says so."""
        return self.next_action_by_status.get(status, self.first_action)

    def touch_days(self, status: Status, blockers: tuple[BlockerCategory, ...] = (), outcome: Outcome | None = None) -> int:
        """Business days until the next touch; of several blockers the most urgent counts.

        An episode that still stands in a status which the file no longer uses goes by that of `needs_outreach`.
        """
        if outcome is not None and outcome in self.cadence.by_outcome:
            return self.cadence.by_outcome[outcome]
        blocked = [self.cadence.by_blocker[category] for category in blockers if category in self.cadence.by_blocker]
        by_status = self.cadence.by_status
        return min(blocked) if blocked else by_status.get(status, by_status[Status.NEEDS_OUTREACH])

    def escalated_days(self, reason: EscalationReason) -> int:
        """Business days until an escalation for `reason` is due."""
        return self.cadence.by_escalation.get(reason, self.cadence.by_status[Status.ESCALATED])


Contradiction = tuple[tuple[str, ...], str, str]
"""The path of a key, what does not hold there, and the remedy."""


def contradictions(said: Mapping[str, Any]) -> Iterator[Contradiction]:
    """What keys of a lane file, as plain text and numbers, say against one another. What is missing or of another kind is passed over."""
    yield from _strangers(said)
    used = _words(said.get("statuses", [*Status])) | {status.value for status in ALWAYS}
    by_status = _keys(said.get("cadence")).get("by_status")
    timed = set(_keys(by_status)) | {Status.CLOSED.value}
    missing = [status.value for status in Status if status.value in used - timed]
    if missing and isinstance(by_status, Mapping):
        yield (
            ("cadence", "by_status"),
            f"has no time to the next touch for: {', '.join(missing)}",
            f"add {missing[0]}: a week",
        )
    for table in ("status_when_blocked", "status_after_outreach"):
        for word, status in _keys(said.get(table)).items():
            if status in {Status.CLOSED.value, Status.ESCALATED.value}:
                what = f"a rule cannot set {status}: closing is a person’s act, and escalation has rules of its own"
                yield (table, word), what, "write a working status, like needs_outreach"
            elif status in Status.values() and status not in used:
                yield (table, word), f"{status} is not among the statuses of this lane", f"add {status} to statuses, or write another"


def _strangers(said: Mapping[str, Any]) -> Iterator[Contradiction]:
    """Roles that the rules name and that may own nothing here."""
    owners = _words(said.get("owners"))
    rules = _keys(said.get("escalation"))
    unsaid = {name: field.default.value for name, field in EscalationRules.model_fields.items() if name.endswith("_to")}
    named: dict[tuple[str, ...], Any] = {("first_owner",): said.get("first_owner")}
    if "escalation" in said:
        named |= {("escalation", name): rules.get(name, default) for name, default in unsaid.items()}
    for path, role in named.items():
        if owners and role in OwnerRole.values() and role not in owners:
            default = " (where nothing else is written)" if len(path) > 1 and path[1] not in rules else ""
            yield path, f"{role}{default} is not among the owners of this lane", f"add {role} to owners, or name another role"


def _words(value: object) -> set[str]:
    return {word for word in value if isinstance(word, str)} if isinstance(value, list) else set()


def _keys(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
