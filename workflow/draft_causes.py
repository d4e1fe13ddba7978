"""What an outreach draft was prepared for, as its key, and whether that is gone."""

from datetime import datetime

from workflow.contact import ContactFacts
from workflow.drafting import Wanted
from workflow.episode import Episode
from workflow.vocabulary import CHANNEL_OF, CONTACT, DraftForm

TASK, TOUCH = "task-", "touch-"


def cause_of(wanted: Wanted) -> str:
    """The key of what it is wanted for: an accepted task, or the touch of a day. The same cause gives the same key."""
    return f"{TASK}{wanted.task}" if wanted.task is not None else f"{TOUCH}{wanted.due.isoformat()}"


def task_of(cause: str) -> int | None:
    """The number of the task that it is prepared for, if it is one."""
    return int(cause.removeprefix(TASK)) if cause.startswith(TASK) else None


def gone(cause: str, form: DraftForm, episode: Episode, facts: ContactFacts, *, since: datetime) -> str:
    """Why a draft prepared at `since` serves nothing any more, in words; empty while it may.

    This holds for every draft, also where a person wrote its words or asked for it.
    """
    if not episode.is_open:
        return "the episode was closed"
    wish = next((wish for wish in facts.do_not_contact if wish.channel in {None, CHANNEL_OF[form]}), None)
    if wish is not None:
        return f"the patient {wish.words[0].lower()}{wish.words[1:]}"
    if any(attempt.outcome in CONTACT and attempt.happened_at > since for attempt in episode.attempts):
        return "the patient was in touch"
    number = task_of(cause)
    if number is not None and episode.task(number) is None:
        return "its task is no longer open"
    return ""
