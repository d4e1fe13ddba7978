"""What is still open when an episode is to be closed, and what closing does to each: for the person who decides."""

from dataclasses import dataclass

from workflow.calendar import in_words
from workflow.episode import Episode
from workflow.lanes import Lane
from workflow.people import ANYBODY, People
from workflow.vocabulary import Status


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something open, and what closing does to it."""

    what: str
    then: str


def open_items(episode: Episode, *, pending: int = 0, people: People = ANYBODY) -> tuple[OpenItem, ...]:
    """Everything that is open on an open episode. `pending` counts its undecided suggestions; `people` know each other by name."""
    items = [OpenItem(f"Task: {task.action.label.lower()}, due {in_words(task.due)}", "is cancelled") for task in episode.tasks]
    items += [OpenItem(f"Blocker: {blocker.category.label.lower()}", "is cleared") for blocker in episode.blockers]
    if episode.escalation is not None:
        escalation = episode.escalation
        items.append(OpenItem(f"Escalation to the {escalation.to.label.lower()}: {escalation.reason.label.lower()}", "ends unanswered"))
    if episode.offer is not None:
        items.append(OpenItem(f"Offered to {people.name(episode.offer.to)}", "is withdrawn"))
    if episode.status is Status.SCHEDULED:
        items.append(OpenItem("Something is scheduled", "stays booked: closing cancels no appointment"))
    if pending:
        words, stay = ("1 suggestion", "stays") if pending == 1 else (f"{pending} suggestions", "stay")
        items.append(OpenItem(f"{words} to decide", f"{stay} in Review, only to be rejected while the episode is closed"))
    return tuple(items)


def tries_so_far(episode: Episode, lane: Lane) -> str:
    """How often the patient was tried in vain and whether that is the lane's number: what “Unable to reach” rests on."""
    failed, needed = episode.failed_attempts, lane.escalation.after_failed_attempts
    tries = "1 failed try" if failed == 1 else f"{failed or 'no'} failed tries"
    if episode.trying_since == episode.reopened_at:
        said = f"{tries} since it was reopened"
    else:
        said = f"{tries} since the patient was last in touch" if episode.last_contact_at else f"{tries} so far"
    if needed is None:
        return f"{said}; the lane names no number."
    if failed >= needed:
        return f"{said}; the lane’s number, {needed}, is reached."
    return f"{said}; the lane’s number, {needed}, is not reached."
