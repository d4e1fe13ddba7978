"""A lane is one YAML file that a team can read aloud: who may own, why it may close, how soon to touch, when to escalate.

The shipped files stand in `workflow/lane_files/`; reading them from disk is the store's business (`store.lanes`).
"""

import re
from datetime import time
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from workflow.calendar import Calendar
from workflow.vocabulary import Action, BlockerCategory, ClosureReason, LaneName, Outcome, OwnerRole, Status


class LaneError(ValueError):
    """A lane file that does not hold; the message names the file, the key and the remedy."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cadence(_Part):
    """Business days until the next touch. The most specific entry wins: outreach outcome, then blocker, then status."""

    by_outcome: dict[Outcome, int] = Field(default_factory=dict)
    by_blocker: dict[BlockerCategory, int] = Field(default_factory=dict)
    by_status: dict[Status, int]

    @model_validator(mode="after")
    def _whole(self) -> "Cadence":
        missing = [status.value for status in Status if status is not Status.CLOSED and status not in self.by_status]
        if missing:
            raise ValueError(f"by_status needs a number of business days for: {', '.join(missing)}")
        days = [*self.by_outcome.values(), *self.by_blocker.values(), *self.by_status.values()]
        if any(not 0 <= count <= 260 for count in days):
            raise ValueError("business days run from 0 to 260")
        return self


class EscalationRules(_Part):
    """When the rules themselves raise an episode, and to whom. None switches a rule off."""

    after_failed_attempts: int | None = Field(default=None, ge=1, le=20)
    failed_attempts_to: OwnerRole = OwnerRole.NURSE_REVIEWER
    after_days_overdue: int | None = Field(default=None, ge=1, le=365)
    overdue_to: OwnerRole = OwnerRole.ADMIN_LEAD
    after_days_blocked: int | None = Field(default=None, ge=1, le=365)
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
            raise ValueError('write a time of day in quotes, like "20:00"')
        return time(int(found[1]), int(found[2]))

    @model_validator(mode="after")
    def _quiet_hours_hold(self) -> "ContactRules":
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet hours need both quiet_from and quiet_until")
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
    next_action_by_status: dict[Status, Action] = Field(default_factory=dict)
    status_when_blocked: dict[BlockerCategory, Status] = Field(default_factory=dict)
    status_after_outreach: dict[Outcome, Status] = Field(default_factory=dict)
    closure_reasons: tuple[ClosureReason, ...] = Field(min_length=1)
    cadence: Cadence
    escalation: EscalationRules
    contact: ContactRules = ContactRules()

    @field_validator("status_when_blocked", "status_after_outreach")
    @classmethod
    def _not_closed(cls, mapping: dict[Any, Status]) -> dict[Any, Status]:
        if {Status.CLOSED, Status.ESCALATED} & set(mapping.values()):
            raise ValueError("a rule may set a working status only; closing is a person’s act, and escalation has rules of its own")
        return mapping

    @model_validator(mode="after")
    def _owners_hold(self) -> "Lane":
        named = {self.first_owner, self.escalation.failed_attempts_to, self.escalation.overdue_to}
        named |= {self.escalation.blocked_to, self.escalation.raised_by_person_to}
        strangers = sorted(named - set(self.owners))
        if strangers:
            raise ValueError(f"owners lacks {', '.join(strangers)}, whom other keys name")
        return self

    def next_action(self, status: Status) -> Action:
        """What comes next where no task says so."""
        return self.next_action_by_status.get(status, self.first_action)

    def touch_days(self, status: Status, blockers: tuple[BlockerCategory, ...] = (), outcome: Outcome | None = None) -> int:
        """Business days until the next touch; of several blockers the most urgent counts."""
        if outcome is not None and outcome in self.cadence.by_outcome:
            return self.cadence.by_outcome[outcome]
        blocked = [self.cadence.by_blocker[category] for category in blockers if category in self.cadence.by_blocker]
        return min(blocked) if blocked else self.cadence.by_status[status]


def parse_lane(text: str, file_name: str) -> Lane:
    """The lane that `text` describes. Raises LaneError naming the line (where YAML is broken) or the key and the remedy."""
    try:
        raw = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # a day like 2026-13-45 is a plain ValueError
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        raise LaneError(f"{file_name}: {line}not valid YAML: {getattr(error, 'problem', None) or 'cannot be read'}") from None
    if not isinstance(raw, dict):
        raise LaneError(f"{file_name}: a lane file is a list of keys, like 'name: referral'")
    try:
        return Lane.model_validate(raw)
    except ValidationError as error:
        lines = [f"{file_name}: {'.'.join(str(p) for p in e['loc']) or 'lane'}: {e['msg']}" for e in error.errors(include_url=False)]
        raise LaneError("\n".join(lines)) from None
