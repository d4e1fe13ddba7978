"""Outreach on the pages: which outcomes a channel has, what follows from an attempt in a sentence, and what else there is than a call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from review_ui import words
from review_ui.history import Step
from workflow.contact import CALLS, ContactFacts, MayContact
from workflow.episode import Episode
from workflow.lanes import Lane
from workflow.vocabulary import CONTACT, Channel, Limit, Outcome

OUTCOMES: Mapping[Channel, tuple[Outcome, ...]] = {
    Channel.CALL: (Outcome.NO_ANSWER, Outcome.LEFT_VOICEMAIL, Outcome.REACHED, Outcome.WRONG_NUMBER, Outcome.DECLINED),
    Channel.SMS: (Outcome.MESSAGE_SENT, Outcome.REPLIED, Outcome.WRONG_NUMBER, Outcome.DECLINED),
    Channel.EMAIL: (Outcome.MESSAGE_SENT, Outcome.REPLIED, Outcome.DECLINED),
    Channel.PORTAL: (Outcome.MESSAGE_SENT, Outcome.REPLIED, Outcome.DECLINED),
    Channel.LETTER: (Outcome.MESSAGE_SENT, Outcome.REPLIED, Outcome.DECLINED),
    Channel.VISIT: (Outcome.NO_ANSWER, Outcome.REACHED, Outcome.DECLINED),
}
"""The outcomes offered for each channel. Others that a note tells are recorded all the same."""

IN_ORDER = (
    Outcome.NO_ANSWER,
    Outcome.LEFT_VOICEMAIL,
    Outcome.MESSAGE_SENT,
    Outcome.REACHED,
    Outcome.REPLIED,
    Outcome.WRONG_NUMBER,
    Outcome.DECLINED,
)

IN_WRITING = (Channel.LETTER, Channel.PORTAL, Channel.EMAIL)
_IN_WRITING = {Channel.LETTER: "a letter", Channel.PORTAL: "a portal message", Channel.EMAIL: "an e-mail"}


@dataclass(frozen=True, slots=True)
class Logged:
    """What happened after an attempt was logged, and the events to take back."""

    episode_id: int
    version: int
    said: str
    undo: str
    back: str = ""


def channels_of(outcome: Outcome) -> list[Channel]:
    """The channels that offer this outcome."""
    return [channel for channel, outcomes in OUTCOMES.items() if outcome in outcomes]


def tries(episode: Episode, lane: Lane) -> str:
    """ "2 of 3 tries", or "2 tries" where the lane names no number; empty without a failed one."""
    failed, most = episode.failed_attempts, lane.escalation.after_failed_attempts
    if not failed:
        return ""
    return f"{failed} of {most} tries" if most else words.plural(failed, "try", "tries")


def after_logging(episode: Episode, lane: Lane, step: Step, today: date) -> str:
    """What followed from the attempt that this step of the timeline tells."""
    said = [f"{step.headline}."]
    if step.written is not None:
        said.append(f"Written down for {words.moment(step.at, lane.calendar.zone)}.")
    counted = tries(episode, lane)
    raised = episode.escalation
    if raised is not None and raised.by_rule and raised.since == (step.written or step.at):
        said.append(f"{counted}: escalated to the {raised.to.label.lower()}.")
    elif episode.is_open:
        last = episode.last_attempt
        if counted:
            said.append(f"{counted}.")
        elif last is not None and last.outcome in CONTACT:
            said.append("The count of tries starts anew.")
        due = words.day(episode.due, today)
        own_step = episode.next_task is None and raised is None
        said.append(f"Next touch {due}." if own_step else f"Next: {episode.next_action.label.lower()}, due {due}.")
    said += [f"Marked: {mark}." for mark in step.marks]
    return " ".join(said)


def call_is_forbidden(episode: Episode, may: MayContact) -> bool:
    """Whether the next action is a call and the patient asked for none."""
    asked = any(obstacle.limit is Limit.DO_NOT_CONTACT for obstacle in may.against(Channel.CALL))
    return episode.is_open and episode.next_action in CALLS and asked


def in_writing(facts: ContactFacts) -> str:
    """What may be written instead, in words: "a letter or a portal message"; empty where nothing may."""
    asked = {wish.channel for wish in facts.do_not_contact}
    free = [] if None in asked else [_IN_WRITING[channel] for channel in IN_WRITING if channel not in asked]
    return " or ".join([", ".join(free[:-1]), free[-1]]) if len(free) > 1 else "".join(free)
