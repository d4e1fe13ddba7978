"""What a form says, as values of the domain. A field that cannot be understood is named, with the remedy."""

from datetime import date, datetime, time, timedelta
from typing import TypeVar

from pydantic import ValidationError
from starlette.datastructures import FormData

from review_ui.errors import UnreadableForm
from store import queue
from workflow.suggestions import (
    MOST_ATTEMPTS,
    BlockerPayload,
    EscalationPayload,
    OutreachAttemptPayload,
    Payload,
    TaskPayload,
)
from workflow.vocabulary import Action, BlockerCategory, Channel, EscalationReason, Outcome, OwnerRole, SuggestionKind, Word

W = TypeVar("W", bound=Word)

MOST_ID = queue.MOST_ID

MOST_ADDRESS = 2000
YEARS_AHEAD = timedelta(days=5 * 366)
EARLIEST = date(2000, 1, 1)
LONGEST_CARD_S = 3600.0


def text(form: FormData, name: str, *, most: int = 500) -> str:
    """A text field without surrounding space; empty where it is missing. Raises UnreadableForm where it is too long."""
    value = form.get(name)
    stripped = value.strip() if isinstance(value, str) else ""
    if len(stripped) > most:
        raise UnreadableForm(f"{name.replace('_', ' ').capitalize()}: at most {most} characters.")
    return stripped


def word(form: FormData, name: str, kind: type[W]) -> W:
    """One of a closed list. Raises UnreadableForm."""
    try:
        return kind(text(form, name))
    except ValueError:
        raise UnreadableForm(f"{name.replace('_', ' ').capitalize()}: choose one of the list.") from None


def optional_word(value: str | None, kind: type[W]) -> W | None:
    """One of a closed list, or None where it is missing or unknown: for filters in an address, which narrow nothing then."""
    try:
        return kind(value) if value else None
    except ValueError:
        return None


def whole(form: FormData, name: str, *, least: int = 0, most: int = MOST_ID) -> int:
    """A whole number between `least` and `most`. Raises UnreadableForm."""
    raw = text(form, name)
    if not raw.isascii() or not raw.isdecimal() or len(raw) > 10 or not least <= int(raw) <= most:
        raise UnreadableForm(f"{name.replace('_', ' ').capitalize()}: a whole number from {least} to {most} is needed.")
    return int(raw)


def number(raw: object) -> int | None:
    """A whole number that may be missing, such as the id of the note to come; None where it is not one."""
    return int(raw) if isinstance(raw, str) and raw.isascii() and raw.isdecimal() and len(raw) < 10 else None


def day(form: FormData, name: str, today: date) -> date | None:
    """A day as YYYY-MM-DD, or None where the field is empty. Raises UnreadableForm, also for days far away."""
    raw = text(form, name)
    if not raw:
        return None
    try:
        value = date.fromisoformat(raw)
    except ValueError:
        raise UnreadableForm(f"{name.capitalize()}: write a day like {today.isoformat()}.") from None
    if not EARLIEST <= value <= today + YEARS_AHEAD:
        raise UnreadableForm(f"{name.capitalize()}: {raw} is too far away.")
    return value


def clock(form: FormData, name: str) -> time | None:
    """A time of day as HH:MM, or None where the field is empty. Raises UnreadableForm."""
    raw = text(form, name)
    try:
        return datetime.strptime(raw, "%H:%M").time() if raw else None  # noqa: DTZ007 — a reading of a clock has no zone
    except ValueError:
        raise UnreadableForm(f"{name.capitalize()}: write a time like 16:30.") from None


def local_path(form: FormData, name: str, beginning: str) -> str:
    """An address of ours that begins so, to go back to; empty where it is missing or leads elsewhere."""
    value = form.get(name)
    return value if isinstance(value, str) and is_local(value, beginning) else ""


def is_local(address: str, beginning: str) -> bool:
    """Whether this is an address of ours that begins so."""
    known = address == beginning or address.startswith(f"{beginning}?")
    return known and len(address) <= MOST_ADDRESS and address.isascii() and address.isprintable()


def seconds(form: FormData) -> float | None:
    """How long the card was in view, as the page measured it; None where it did not, or where it makes no sense."""
    try:
        value = float(text(form, "seconds") or "nan")
    except ValueError:
        return None
    return value if 0 <= value <= LONGEST_CARD_S else None


def payload(form: FormData, kind: SuggestionKind, today: date) -> Payload:
    """The edited suggestion of this kind. Raises UnreadableForm."""
    try:
        match kind:
            case SuggestionKind.TASK:
                return TaskPayload(
                    action=word(form, "action", Action), owner_role=word(form, "owner_role", OwnerRole), due=day(form, "due", today)
                )
            case SuggestionKind.BLOCKER:
                return BlockerPayload(category=word(form, "category", BlockerCategory))
            case SuggestionKind.OUTREACH_ATTEMPT:
                count = whole(form, "count", least=1, most=MOST_ATTEMPTS)
                return OutreachAttemptPayload(channel=word(form, "channel", Channel), outcome=word(form, "outcome", Outcome), count=count)
            case SuggestionKind.ESCALATION:
                return EscalationPayload(reason=word(form, "reason", EscalationReason))
    except ValidationError as error:
        raise UnreadableForm(str(error.errors()[0]["msg"])) from None
