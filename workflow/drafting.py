"""Is a message to the patient wanted now, for which step, in which form; or why not.

Pure like the rest of `workflow`. What the patient asked (`workflow.contact`) is kept before all else: no form of a channel they asked not
to be used is ever chosen. A draft that is wanted is only prepared; a person decides about it.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from workflow.calendar import in_words
from workflow.contact import ContactFacts, MayContact, by, may_contact
from workflow.episode import Attempt, Episode, Task
from workflow.lanes import Lane
from workflow.vocabulary import (
    CHANNEL_OF,
    CONTACT,
    FAILED,
    Action,
    BlockerCategory,
    Channel,
    DraftForm,
    EscalationReason,
    Limit,
    Outcome,
    OwnerRole,
    Status,
)

WITH_PATIENT: dict[Action, tuple[DraftForm, ...]] = {
    # The steps that are taken with the patient, and for each the forms in the order in which they are thought of.
    Action.CALL_PATIENT: (DraftForm.PHONE_SCRIPT, DraftForm.SMS, DraftForm.EMAIL, DraftForm.LETTER),
    Action.SEND_INSTRUCTION: (DraftForm.EMAIL, DraftForm.LETTER, DraftForm.PHONE_SCRIPT),
    Action.SCHEDULE_APPOINTMENT: (DraftForm.PHONE_SCRIPT, DraftForm.SMS, DraftForm.EMAIL, DraftForm.LETTER),
    Action.CONFIRM_APPOINTMENT: (DraftForm.SMS, DraftForm.PHONE_SCRIPT, DraftForm.EMAIL, DraftForm.LETTER),
    Action.REQUEST_DOCUMENT: (DraftForm.SMS, DraftForm.PHONE_SCRIPT, DraftForm.EMAIL, DraftForm.LETTER),
    Action.ARRANGE_SUPPORT: (DraftForm.PHONE_SCRIPT, DraftForm.SMS, DraftForm.EMAIL, DraftForm.LETTER),
}

AHEAD = timedelta(days=14)
"""A task that is due later than this is not written about yet: what a draft would say may no longer hold by then."""

UNREACHABLE_AFTER = 3
"""Failed tries in a row after which we write a letter, where the lane's file names no number."""

WAITS_ON_OTHERS = frozenset(
    {
        BlockerCategory.AUTHORIZATION,
        BlockerCategory.SCHEDULING_CAPACITY,
        BlockerCategory.EXTERNAL_PROVIDER_RESPONSE,
        BlockerCategory.CLINICAL_REVIEW,
    }
)
"""Blockers that keep us from asking the patient for a day."""

CLINICAL = frozenset({EscalationReason.WORSENING_SYMPTOMS, EscalationReason.SAFETY_CONCERN, EscalationReason.PATIENT_DISTRESS})
"""Escalations in which a clinician looks before anybody writes."""

_ASKED_FOR = {
    Channel.SMS: r"\b(?:text(?:s|ing)?|sms|mensajes? de texto)\b",
    Channel.EMAIL: r"\b(?:e-?mails?|correo electr[oó]nico)\b",
    Channel.PORTAL: r"\b(?:portal|my ?chart)\b",
    Channel.LETTER: r"\b(?:letters?|(?:by|postal|paper) mail|carta|correo postal)\b",
    Channel.CALL: r"\b(?:calls?|phone|ring|llam\w+|tel[eé]fono)\b",
}
_NOT = re.compile(r"\b(?:no|not|never|don'?t|avoid|instead of|nunca)\b[^,;.]{0,20}$")


@dataclass(frozen=True, slots=True)
class Reach:
    """How the record says that the patient can be reached. `language` is a BCP-47 tag, `preference` the patient's own words or empty."""

    language: str
    phone: bool
    email: bool
    preference: str = ""
    identified: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """A draft is wanted. `purpose` is the step it is for, `task` the accepted task or None where the lane's own next action is due."""

    purpose: Action
    form: DraftForm
    language: str
    task: int | None
    due: date
    why: str


@dataclass(frozen=True, slots=True)
class NotWanted:
    """No draft is wanted, and why, in words. `until` is the day from which to ask again where time alone changes that, else None."""

    why: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    action: Action
    task: int | None
    due: date
    since: datetime | None


def wanted(
    episode: Episode,
    lane: Lane,
    reach: Reach,
    facts: ContactFacts,
    *,
    now: datetime,
    elsewhere: Collection[int] = (),
    written: Collection[datetime] = (),
) -> Wanted | NotWanted:
    """Whether a draft is wanted at `now`, which is aware.

    `elsewhere` are the open tasks whose words say that the step is taken with somebody else than the patient. `written` is when people
    wrote to the patient though no attempt says so: messages approved and on their way.
    """
    if not episode.is_open:
        return NotWanted("The episode is closed.")
    if not reach.identified:
        return NotWanted("The notes do not say who the patient is.")
    may = may_contact(episode, lane, facts, at=now)
    if any(wish.channel is None for wish in facts.do_not_contact if wish.since <= now):
        return NotWanted("The patient asked not to be contacted at all.")
    if (today := _in_touch_today(episode, lane, now, written)) is not None:
        return today
    if episode.escalation is not None and (
        episode.escalation.reason in CLINICAL or episode.escalation.to in {OwnerRole.CLINICIAN, OwnerRole.EXTERNAL_PROVIDER}
    ):
        return NotWanted(f"It is escalated ({episode.escalation.reason.label.lower()}): a clinician looks first.")
    step = _step(episode, lane, now, elsewhere)
    if isinstance(step, NotWanted):
        return step
    if (waiting := _waits_for_answer(episode, lane, step, now)) is not None:
        return waiting
    return _in_form(step, episode, lane, reach, may, now)


def preferred(words: str) -> tuple[Channel, ...]:
    """The channels that a patient's preference names, in its order: "text first, calls before 13:00" is SMS, then call."""
    return tuple(channel for channel, wanted_ in _named(words) if wanted_)


def refused(words: str) -> frozenset[Channel]:
    """The channels that a preference speaks against: "no texts"."""
    return frozenset(channel for channel, wanted_ in _named(words) if not wanted_)


def _named(words: str) -> list[tuple[Channel, bool]]:
    words = words.lower()
    found = sorted((match.start(), channel) for channel, pattern in _ASKED_FOR.items() for match in re.finditer(pattern, words))
    return list(dict.fromkeys((channel, _NOT.search(words[:start]) is None) for start, channel in found))


def _in_touch_today(episode: Episode, lane: Lane, now: datetime, written: Collection[datetime]) -> NotWanted | None:
    day = lane.calendar.local_day(now)
    tomorrow = day + timedelta(days=1)
    todays = [attempt for attempt in episode.attempts if lane.calendar.local_day(attempt.happened_at) == day]
    if any(attempt.outcome in CONTACT for attempt in todays):
        return NotWanted("The patient was in touch today.", tomorrow)
    if any(attempt.outcome is Outcome.LEFT_VOICEMAIL for attempt in todays):
        return NotWanted("A voicemail was left today; it may still be answered.", tomorrow)
    if any(attempt.outcome is Outcome.MESSAGE_SENT for attempt in todays) or any(lane.calendar.local_day(at) == day for at in written):
        return NotWanted("Somebody wrote to the patient today.", tomorrow)
    return None


def _waits_for_answer(episode: Episode, lane: Lane, step: _Step, now: datetime) -> NotWanted | None:
    """A message that was sent waits for its answer as long as the lane says, but not where the step came up after it."""
    sent = next((a for a in reversed(episode.attempts) if a.outcome in CONTACT | {Outcome.MESSAGE_SENT}), None)
    if sent is None or sent.outcome in CONTACT or (step.since is not None and step.since > sent.happened_at):
        return None
    days = lane.touch_days(episode.status, episode.blocked_by, Outcome.MESSAGE_SENT)
    until = lane.calendar.add_business_days(lane.calendar.local_day(sent.happened_at), days)
    if lane.calendar.local_day(now) >= until:
        return None
    return NotWanted(f"A message {by(sent.channel)} waits for the patient’s answer until {in_words(until)}.", until)


def _step(episode: Episode, lane: Lane, now: datetime, elsewhere: Collection[int]) -> _Step | NotWanted:
    """The accepted task that is taken with the patient and due first, the next action before others; else the next action once due."""
    today = lane.calendar.local_day(now)
    tasks = sorted(_with_patient(episode, elsewhere), key=lambda task: (task.number != episode.next_task, task.due, task.number))
    for task in tasks:
        if task.due - today <= AHEAD:
            return _Step(task.action, task.number, task.due, task.since)
    if tasks:
        due = min(task.due for task in tasks)
        return NotWanted(f"The step is not due until {in_words(due)}.", due - AHEAD)
    if episode.escalation is not None and episode.escalation.reason is EscalationReason.REPEATED_FAILED_OUTREACH:
        return _Step(Action.CALL_PATIENT, None, episode.due, None)
    if episode.next_task is not None or not _own_step_is_with_patient(episode):
        return NotWanted(f"The next step is not one with the patient: {episode.next_action.label.lower()}.")
    if episode.due > today:
        return NotWanted(f"The next touch is not due until {in_words(episode.due)}.", episode.due)
    return _Step(episode.next_action, None, episode.due, None)


def _with_patient(episode: Episode, elsewhere: Collection[int]) -> Iterator[Task]:
    for task in episode.tasks:
        held_up = task.action is Action.SCHEDULE_APPOINTMENT and WAITS_ON_OTHERS & set(episode.blocked_by)
        ours = task.owner_role is not OwnerRole.EXTERNAL_PROVIDER and task.number not in elsewhere
        if task.action in WITH_PATIENT and ours and not held_up:
            yield task


def _own_step_is_with_patient(episode: Episode) -> bool:
    """Whether the next action, which no task says, is taken with the patient. Documents usually come from somebody else."""
    match episode.next_action:
        case Action.REQUEST_DOCUMENT:
            return episode.status is Status.WAITING_ON_PATIENT
        case Action.SCHEDULE_APPOINTMENT:
            return not WAITS_ON_OTHERS & set(episode.blocked_by)
        case action:
            return action in WITH_PATIENT


def _in_form(step: _Step, episode: Episode, lane: Lane, reach: Reach, may: MayContact, now: datetime) -> Wanted | NotWanted:
    asked_not = {channel for channel in Channel if any(o.limit is Limit.DO_NOT_CONTACT for o in may.against(channel))}
    forms = [form for form in _forms(step, reach, asked_not) if _reaches(form, reach, episode)]
    if not forms:
        return NotWanted("No way of writing is left that the record knows and the patient did not refuse.")
    form, why = _chosen(forms, step, episode, lane)
    used_up = next((o for o in may.against(CHANNEL_OF[form]) if o.limit in {Limit.TRIES_PER_DAY, Limit.TRIES_PER_WEEK}), None)
    if used_up is not None:
        return NotWanted(f"{used_up.words}.", lane.calendar.local_day(used_up.until or now))
    return Wanted(step.action, form, reach.language, step.task, step.due, f"{step.action.label}, due {in_words(step.due)}. {why}")


def _forms(step: _Step, reach: Reach, asked_not: Collection[Channel]) -> list[DraftForm]:
    """The forms that may be used, those that the patient likes first. Voicemail comes in where only calls are left."""
    first = [form for channel in preferred(reach.preference) for form, its in CHANNEL_OF.items() if its is channel]
    usual = [form for form in first if form is not DraftForm.VOICEMAIL] + list(WITH_PATIENT[step.action]) + [DraftForm.VOICEMAIL]
    against = set(asked_not) | refused(reach.preference)
    return [form for form in dict.fromkeys(usual) if CHANNEL_OF[form] not in against]


def _reaches(form: DraftForm, reach: Reach, episode: Episode) -> bool:
    """Whether the record knows an address for this form that did not turn out to be wrong. Letters and portal are a person's business."""
    wrong = {attempt.channel for attempt in _since_contact(episode) if attempt.outcome is Outcome.WRONG_NUMBER}
    match CHANNEL_OF[form]:
        case Channel.CALL | Channel.SMS:
            return reach.phone and not wrong & {Channel.CALL, Channel.SMS}
        case Channel.EMAIL:
            return reach.email and Channel.EMAIL not in wrong
        case _:
            return True


def _chosen(forms: list[DraftForm], step: _Step, episode: Episode, lane: Lane) -> tuple[DraftForm, str]:
    """What failed gives way: two failed calls to something in writing, a message without answer to another way, many tries to a letter."""
    tries = episode.failed_attempts
    most = lane.escalation.after_failed_attempts or UNREACHABLE_AFTER
    if tries >= most and DraftForm.LETTER in forms:
        return DraftForm.LETTER, f"{tries} tries in a row failed."
    calls = sum(a.count for a in episode.failing if a.channel is Channel.CALL)
    spent = {
        a.channel
        for a in _since_contact(episode)
        if a.outcome is Outcome.MESSAGE_SENT or (a.channel is not Channel.CALL and a.outcome in FAILED)
    }
    if calls >= 2:
        spent.add(Channel.CALL)
    if step.action is Action.SEND_INSTRUCTION:
        spent.discard(Channel.EMAIL)  # instructions are read, not answered
    fresh = [form for form in forms if CHANNEL_OF[form] not in spent]
    if spent and fresh and CHANNEL_OF[forms[0]] in spent:
        return fresh[0], f"Tried {' and '.join(by(channel) for channel in Channel if channel in spent)} without an answer."
    if not fresh and DraftForm.VOICEMAIL in forms and calls >= 2:
        return DraftForm.VOICEMAIL, f"{calls} calls were not answered."
    return (fresh or forms)[0], ""


def _since_contact(episode: Episode) -> list[Attempt]:
    """The attempts since the patient was last in touch or the episode reopened."""
    return [attempt for attempt in episode.attempts if attempt.happened_at >= episode.trying_since and attempt.outcome not in CONTACT]
