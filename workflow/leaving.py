"""May an approved text leave now: the last look, made in the moment in which it would leave.

An approval is for the situation in which it was given. What changed it since voids the approval, and a person looks again; what only
speaks against this hour puts it off.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from workflow import events as ev
from workflow.contact import ContactFacts, may_contact
from workflow.episode import Episode
from workflow.events import Event
from workflow.lanes import Lane
from workflow.vocabulary import CONTACT, Channel, Limit

APPROVAL_LASTS = timedelta(hours=24)
"""An approval that could not be used for so long is void: "tomorrow" has become another day by then."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What is known of an approval when its text would leave.

    `stands`: it is the last decision about the draft, neither undone nor rejected. `newest`: nobody wrote other words since. `intact`: the
    stored words are those that were approved. `current`: the address is still the one in the patient's record. `episode` is the episode as
    it stood when the text was approved, `since` the events that came after, by the order of the record: two may carry one moment.
    """

    at: datetime
    by: str
    by_active: bool
    stands: bool
    newest: bool
    intact: bool
    current: bool
    episode: Episode
    since: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Void:
    """It does not leave, and `why` says what a person should know."""

    why: str


@dataclass(frozen=True, slots=True)
class Later:
    """It may leave, but not before `until`."""

    until: datetime
    why: str


def may_leave(
    approval: Approval, episode: Episode, lane: Lane, facts: ContactFacts, *, channel: Channel, at: datetime
) -> Void | Later | None:
    """None where the text may leave at `at`; else why not, and whether it may later."""
    why = _void(approval, episode, at)
    if why:
        return Void(why)
    against = may_contact(episode, lane, facts, at=at).against(channel)
    asked = next((obstacle for obstacle in against if obstacle.limit is Limit.DO_NOT_CONTACT), None)
    if asked is not None:
        return Void(f"{asked.words}.")
    latest = max((obstacle for obstacle in against if obstacle.until is not None), key=lambda one: one.until or at, default=None)
    if latest is None or latest.until is None:
        return None
    if latest.until > approval.at + APPROVAL_LASTS:
        return Void(f"{latest.words}. An approval lasts a day: approve it again then.")
    return Later(latest.until, f"{latest.words}.")


def _void(approval: Approval, episode: Episode, at: datetime) -> str:
    """What changed since the approval, in a sentence; empty where nothing did that matters."""
    taken_back = {seq for event in approval.since if isinstance(event.change, ev.Retracted) for seq in event.change.seqs}
    since = [event.change for event in approval.since if event.seq not in taken_back]
    reopened = any(isinstance(change, ev.EpisodeReopened) for change in since)
    escalated = any(isinstance(change, ev.Escalated) for change in since)
    in_touch = any(isinstance(change, ev.OutreachLogged) and change.outcome in CONTACT for change in since)
    changed = (
        (not approval.stands, "The approval was taken back."),
        (not approval.by_active, f"{approval.by}’s account, who approved it, is switched off. Somebody else has to approve it."),
        (not approval.newest, "The words were changed after the approval. Approve the new ones."),
        (not approval.intact, "The stored words are not those that were approved. Tell whoever runs Care Triage."),
        (not episode.is_open, "The episode was closed."),
        (reopened, "The episode was reopened after the approval. Look whether the message still fits."),
        (escalated, "The episode was escalated after the approval. Look whether the message still fits."),
        (
            episode.owner_role is not approval.episode.owner_role,
            f"The episode went over to {episode.owner_role.label.lower()} after the approval. They decide what the patient is told.",
        ),
        (in_touch, "The patient was in touch after the approval. Look whether the message still fits."),
        (not approval.current, "The patient’s address or number in the record is another one now. Approve it again."),
        (at > approval.at + APPROVAL_LASTS, "It could not leave within a day of its approval. Look whether it still fits."),
    )
    return next((words for is_so, words in changed if is_so), "")
