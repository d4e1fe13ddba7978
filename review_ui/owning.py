"""The owner and escalation panels of the Patient page: what they show, and the moves their forms make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from review_ui import forms, words
from review_ui.asked import Asked, Make
from review_ui.errors import UnreadableForm
from store import people, suggestions, users
from store.suggestions import Suggestion
from store.timeline import EpisodeView, EventEntry
from store.users import User
from workflow import escalating, owning
from workflow.episode import Episode
from workflow.events import Escalated, Event
from workflow.lanes import Lane
from workflow.people import People
from workflow.vocabulary import EscalationAnswer, OwnerRole, UserRole

LEADING = frozenset({UserRole.LEAD, UserRole.MAINTAINER})
"""Roles that see how much each person has, and set others away."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A person in a list to hand over to; `available` is false for whoever is away or has left."""

    username: str
    label: str
    available: bool


@dataclass(frozen=True, slots=True)
class Raised:
    """Where the escalation that stands comes from: `who` raised it, the note and suggestion if one was accepted, the day it is due."""

    who: str
    note_id: int | None
    suggestion_id: int | None
    acknowledge_by: date
    on_time: bool | None


@dataclass(frozen=True, slots=True)
class Panels:
    """What the two panels need beside the episode."""

    people: People
    choices: list[Choice]
    raised: Raised | None
    suggested: list[Suggestion]

    def of(self, username: str | None) -> str:
        """A person's name, or that they are away where they are."""
        if username is None:
            return "unclaimed"
        return self.people.unavailable.get(username) or self.people.name(username)


def panels(session: Session, view: EpisodeView, lane: Lane, user: User, now: datetime) -> Panels:
    """Everything for the panels of this episode, as `user` may see it."""
    today = lane.calendar.local_day(now)
    staff = people.here(session, today)
    flagged = suggestions.pending_escalations(session, view.episode_id) if view.episode.is_open else []
    return Panels(staff, choices(session, staff, user, today), _raised(view, lane), flagged)


def choices(session: Session, staff: People, user: User, today: date) -> list[Choice]:
    """Everybody by name, whoever is reading first; with what each has, for those who lead. Who has left is not offered."""
    loads = people.loads(session, today) if user.role in LEADING else None
    shown = []
    for each in sorted(users.everybody(session), key=lambda one: (one.id != user.id, one.name)):
        if not each.active:
            continue
        label = f"{each.name} (you)" if each.id == user.id else each.name
        if loads is not None:
            label = f"{label}: {load_in_words(loads.get(each.username, people.Load()))}"
        why = staff.unavailable.get(each.username)
        shown.append(Choice(each.username, why or label, why is None))
    return shown


def load_in_words(load: people.Load) -> str:
    """ "12 open, 3 overdue"."""
    return f"{load.open} open" + (f", {load.overdue} overdue" if load.overdue else "")


def _raised(view: EpisodeView, lane: Lane) -> Raised | None:
    standing = view.episode.escalation
    if standing is None:
        return None
    entries = (entry for entry in view.timeline if isinstance(entry, EventEntry) and not entry.taken_back)
    entry = next(entry for entry in entries if isinstance(entry.event.change, Escalated))  # newest first: the one that stands
    due, on_time = escalating.acknowledge_by(standing, lane), escalating.acknowledged_on_time(standing, lane)
    return Raised(entry.who, entry.note_id, entry.suggestion_id, due, on_time)


def stands(episode: Episode, staff: People) -> dict[str, object]:
    """Owner, offer and escalation for the JSON API."""
    offer, raised = episode.offer, episode.escalation
    return {
        "version": episode.version,
        "open": episode.is_open,
        "owner_role": episode.owner_role.value,
        "owner": episode.owner,
        "owner_name": staff.name(episode.owner) if episode.owner else None,
        "offer": offer.model_dump(mode="json") if offer else None,
        "escalation": raised.model_dump(mode="json") if raised else None,
    }


def _claim(episode: Episode, asked: Asked) -> list[Event]:
    return owning.claim(episode, asked.lane, now=asked.now, actor=asked.actor, people=asked.people)


def _hand_over(episode: Episode, asked: Asked) -> list[Event]:
    role, owner = forms.word(asked.form, "owner_role", OwnerRole), _person(asked, "owner")
    note = forms.text(asked.form, "text")
    return owning.hand_over(
        episode, asked.lane, now=asked.now, actor=asked.actor, owner_role=role, owner=owner, note=note, people=asked.people
    )


def _accept(episode: Episode, asked: Asked) -> list[Event]:
    return owning.accept(episode, asked.lane, now=asked.now, actor=asked.actor, people=asked.people)


def _return(episode: Episode, asked: Asked) -> list[Event]:
    text = forms.text(asked.form, "text")
    return owning.return_offer(episode, asked.lane, now=asked.now, actor=asked.actor, text=text, people=asked.people)


def _withdraw(episode: Episode, asked: Asked) -> list[Event]:
    return owning.withdraw(episode, asked.lane, now=asked.now, actor=asked.actor)


def _give_back(episode: Episode, asked: Asked) -> list[Event]:
    text = forms.text(asked.form, "text")
    return owning.give_back(episode, asked.lane, now=asked.now, actor=asked.actor, text=text, people=asked.people)


def _answer(episode: Episode, asked: Asked) -> list[Event]:
    answer, helper = forms.word(asked.form, "answer", EscalationAnswer), _person(asked, "helper")
    return escalating.answer_escalation(
        episode,
        asked.lane,
        now=asked.now,
        actor=asked.actor,
        answer=answer,
        helper=helper,
        text=forms.text(asked.form, "text"),
        people=asked.people,
    )


def _person(asked: Asked, field: str) -> str | None:
    """A user name of the list, or None where the field is empty. Raises UnreadableForm."""
    username = forms.text(asked.form, field, most=100) or None
    if username is not None and username not in asked.people.names:
        raise UnreadableForm(f"{field.capitalize()}: choose one of the list.")
    return username


MOVES: dict[str, Make] = {
    "claim": _claim,
    "hand-over": _hand_over,
    "accept": _accept,
    "return": _return,
    "withdraw": _withdraw,
    "give-back": _give_back,
    "answer": _answer,
}
"""The moves of the two panels by the last part of their address."""


def answers() -> Sequence[tuple[EscalationAnswer, str]]:
    """The three answers and what each means, for the person who chooses."""
    return (
        (EscalationAnswer.INFORM, "They know. The owner before keeps it, and the escalation ends."),
        (EscalationAnswer.HELP, "The owner before keeps it; somebody is named who helps."),
        (EscalationAnswer.TAKE_OVER, "You own it from now on."),
    )


def context(episode: Episode, now: datetime) -> list[str]:
    """What whoever is asked to look needs at a glance: last contact, failed tries, open tasks, blockers."""
    contact = f"last in touch {words.ago(episode.last_contact_at, now)} ago" if episode.last_contact_at else "never in touch yet"
    since = "since it was reopened" if episode.trying_since == episode.reopened_at else "since"
    tries = f"{words.plural(episode.failed_attempts, 'failed try', 'failed tries')} {since}" if episode.failed_attempts else "no failed try"
    tasks = ", ".join(f"{task.action.label.lower()} (due {words.day(task.due)})" for task in episode.tasks)
    blockers = ", ".join(f"{blocker.category.label.lower()} for {words.ago(blocker.since, now)}" for blocker in episode.blockers)
    return [f"Patient {contact}, {tries}", f"Open tasks: {tasks or 'none'}", f"Blocked by: {blockers or 'nothing'}"]
