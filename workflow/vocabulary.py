"""The words everybody shares. Values are what files and databases hold; `label` is what a person reads.

The task actions, owner roles, blocker categories, channels, outcomes and escalation reasons are those of the annotation guide
(docs/dataset.md), exactly, so that a label, a suggestion and an episode never need translating.
"""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A value with a plain-words label; the label is the value with spaces unless a subclass says otherwise."""

    @property
    def label(self) -> str:
        """What a person reads: "Call patient" for `call_patient`."""
        return _LABELS.get((type(self), self.value), self.value.replace("_", " ").capitalize())

    @classmethod
    def values(cls) -> list[str]:
        """All values in the order of declaration."""
        return [word.value for word in cls]

    @classmethod
    def parse(cls, text: str) -> Self:
        """The word for `text`, forgiving case, spaces and hyphens. Raises ValueError naming the allowed words."""
        try:
            return cls(text.strip().lower().replace(" ", "_").replace("-", "_"))
        except ValueError:
            raise ValueError(f"{text!r} is not one of: {', '.join(cls.values())}") from None


class LaneName(Word):
    POST_VISIT = "post_visit"
    REFERRAL = "referral"
    CARE_GAP = "care_gap"
    HIGH_RISK = "high_risk"
    AUTHORIZATION = "authorization"


class Status(Word):
    """Where an episode stands. Each says whose move it is (see `MOVE_OF`)."""

    NEW = "new"
    NEEDS_OUTREACH = "needs_outreach"
    WAITING_ON_PATIENT = "waiting_on_patient"
    WAITING_ON_PROVIDER = "waiting_on_provider"
    WAITING_ON_DOCUMENTS = "waiting_on_documents"
    SCHEDULED = "scheduled"
    ESCALATED = "escalated"
    CLOSED = "closed"


class Mover(Word):
    """Whose move it is."""

    TEAM = "team"
    PATIENT = "patient"
    PROVIDER = "provider"
    PAYER = "payer"
    NOBODY = "nobody"


MOVE_OF: dict[Status, Mover] = {
    Status.NEW: Mover.TEAM,
    Status.NEEDS_OUTREACH: Mover.TEAM,
    Status.WAITING_ON_PATIENT: Mover.PATIENT,
    Status.WAITING_ON_PROVIDER: Mover.PROVIDER,
    Status.WAITING_ON_DOCUMENTS: Mover.PAYER,
    Status.SCHEDULED: Mover.TEAM,
    Status.ESCALATED: Mover.TEAM,
    Status.CLOSED: Mover.NOBODY,
}


class Action(Word):
    """The next concrete step of a task."""

    CALL_PATIENT = "call_patient"
    SEND_INSTRUCTION = "send_instruction"
    SCHEDULE_APPOINTMENT = "schedule_appointment"
    CONFIRM_APPOINTMENT = "confirm_appointment"
    REQUEST_DOCUMENT = "request_document"
    CHECK_AUTHORIZATION = "check_authorization"
    ARRANGE_SUPPORT = "arrange_support"
    REVIEW_CARE_PLAN = "review_care_plan"
    ESCALATE_TO_CLINICIAN = "escalate_to_clinician"
    UPDATE_REFERRAL_SOURCE = "update_referral_source"
    REVIEW_FOR_CLOSURE = "review_for_closure"
    OTHER = "other"


class OwnerRole(Word):
    CARE_COORDINATOR = "care_coordinator"
    SCHEDULER = "scheduler"
    NURSE_REVIEWER = "nurse_reviewer"
    CLINICIAN = "clinician"
    BILLING_SUPPORT = "billing_support"
    ADMIN_LEAD = "admin_lead"
    SOCIAL_WORK_PARTNER = "social_work_partner"
    EXTERNAL_PROVIDER = "external_provider"


class BlockerCategory(Word):
    """What keeps the patient from moving now."""

    PATIENT_UNREACHABLE = "patient_unreachable"
    MISSING_DOCUMENTATION = "missing_documentation"
    AUTHORIZATION = "authorization"
    ELIGIBILITY = "eligibility"
    SCHEDULING_CAPACITY = "scheduling_capacity"
    TRANSPORT = "transport"
    LANGUAGE = "language"
    EXTERNAL_PROVIDER_RESPONSE = "external_provider_response"
    CLINICAL_REVIEW = "clinical_review"
    INTERNAL_ADMIN_QUEUE = "internal_admin_queue"
    OTHER = "other"


class Channel(Word):
    CALL = "call"
    SMS = "sms"
    EMAIL = "email"
    PORTAL = "portal"
    LETTER = "letter"
    VISIT = "visit"


class Outcome(Word):
    """How an outreach attempt ended."""

    REACHED = "reached"
    LEFT_VOICEMAIL = "left_voicemail"
    NO_ANSWER = "no_answer"
    MESSAGE_SENT = "message_sent"
    REPLIED = "replied"
    WRONG_NUMBER = "wrong_number"
    DECLINED = "declined"


CONTACT = frozenset({Outcome.REACHED, Outcome.REPLIED, Outcome.DECLINED})
"""Outcomes in which the patient was in touch: they end a run of failed attempts."""

FAILED = frozenset({Outcome.LEFT_VOICEMAIL, Outcome.NO_ANSWER, Outcome.WRONG_NUMBER})
"""Outcomes that count as a failed attempt. A sent message is neither contact nor failure: it may still be answered."""


class DraftForm(Word):
    """What an outreach draft is written as."""

    PHONE_SCRIPT = "phone_script"
    VOICEMAIL = "voicemail"
    SMS = "sms"
    EMAIL = "email"
    PORTAL = "portal"
    LETTER = "letter"


CHANNEL_OF: dict[DraftForm, Channel] = {
    DraftForm.PHONE_SCRIPT: Channel.CALL,
    DraftForm.VOICEMAIL: Channel.CALL,
    DraftForm.SMS: Channel.SMS,
    DraftForm.EMAIL: Channel.EMAIL,
    DraftForm.PORTAL: Channel.PORTAL,
    DraftForm.LETTER: Channel.LETTER,
}
"""The channel by which each form reaches the patient."""


class Limit(Word):
    """What speaks against contacting a patient at a moment."""

    DO_NOT_CONTACT = "do_not_contact"
    QUIET_HOURS = "quiet_hours"
    TRIES_PER_DAY = "tries_per_day"
    TRIES_PER_WEEK = "tries_per_week"


class EscalationReason(Word):
    """Why a person should look sooner. The order is the guide's: where two fit, the first is meant."""

    WORSENING_SYMPTOMS = "worsening_symptoms"
    SAFETY_CONCERN = "safety_concern"
    PATIENT_DISTRESS = "patient_distress"
    TIME_CRITICAL = "time_critical"
    REPEATED_FAILED_OUTREACH = "repeated_failed_outreach"


class EscalationAnswer(Word):
    """What the side an escalation was raised to makes of it: they know; somebody helps; one of them takes over."""

    INFORM = "inform"
    HELP = "help"
    TAKE_OVER = "take_over"


class ClosureReason(Word):
    CARE_COMPLETED = "care_completed"
    PATIENT_DECLINED = "patient_declined"
    UNABLE_TO_REACH = "unable_to_reach"
    TRANSFERRED_CARE = "transferred_care"
    NO_LONGER_NEEDED = "no_longer_needed"
    AUTHORIZATION_DENIED = "authorization_denied"
    DECEASED = "deceased"
    OPENED_IN_ERROR = "opened_in_error"


class RejectReason(Word):
    """Why a reviewer rejects a suggestion; the keys 1 to 8 of the Review page, in this order."""

    ALREADY_DONE = "already_done"
    NOT_IN_NOTE = "not_in_note"
    WRONG_KIND = "wrong_kind"
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"
    PATIENT_WILL_DO_IT = "patient_will_do_it"
    OUT_OF_DATE = "out_of_date"
    OTHER = "other"


class Standing(Word):
    """Where a suggestion stands."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


class PatternStanding(Word):
    """Where a pattern stands. Only people move it from suggested."""

    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    MERGED = "merged"


class PatternAct(Word):
    """What a person decides about a pattern."""

    CONFIRM = "confirm"
    RENAME = "rename"
    MERGE = "merge"
    DISMISS = "dismiss"
    FOLLOW = "follow"
    END = "end"
    UNDO = "undo"


class SuggestionKind(Word):
    TASK = "task"
    BLOCKER = "blocker"
    OUTREACH_ATTEMPT = "outreach_attempt"
    ESCALATION = "escalation"


class UserRole(Word):
    """A person's work at the clinic. Only “What was sent” and holding meetings are kept from coordinators."""

    COORDINATOR = "coordinator"
    LEAD = "lead"
    MAINTAINER = "maintainer"


_LABELS: dict[tuple[type[Word], str], str] = {
    # Keyed by type as well: words of two vocabularies may be the same string.
    (type(word), word.value): label
    for word, label in (
        (LaneName.POST_VISIT, "Post-visit follow-up"),
        (LaneName.REFERRAL, "Referral follow-through"),
        (LaneName.CARE_GAP, "Care-gap outreach"),
        (LaneName.HIGH_RISK, "High-risk follow-up"),
        (LaneName.AUTHORIZATION, "Authorization-blocked care"),
        (Status.WAITING_ON_PROVIDER, "Waiting on provider or partner"),
        (Status.WAITING_ON_DOCUMENTS, "Waiting on documents or authorization"),
        (Status.SCHEDULED, "Scheduled or in progress"),
        (Mover.TEAM, "our move"),
        (Mover.PATIENT, "the patient’s move"),
        (Mover.PROVIDER, "the provider’s or partner’s move"),
        (Mover.PAYER, "the payer’s move, or documents"),
        (Action.OTHER, "Other step"),
        (Channel.SMS, "SMS"),
        (Channel.EMAIL, "E-mail"),
        (DraftForm.SMS, "SMS"),
        (DraftForm.EMAIL, "E-mail"),
        (Outcome.LEFT_VOICEMAIL, "Left voicemail"),
        (BlockerCategory.INTERNAL_ADMIN_QUEUE, "Internal admin queue"),
        (RejectReason.NOT_IN_NOTE, "Not in the note"),
        (RejectReason.NOT_OURS, "Not our step"),
        (RejectReason.PATIENT_WILL_DO_IT, "The patient will do it"),
        (SuggestionKind.OUTREACH_ATTEMPT, "attempt"),
        (SuggestionKind.TASK, "task"),
        (SuggestionKind.BLOCKER, "blocker"),
        (SuggestionKind.ESCALATION, "escalation"),
    )
}
