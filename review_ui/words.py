"""Values in the words a person reads: dates with their weekday, ages in days, confidence as "9 in 10 like this are accepted"."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from workflow.calendar import counted_days, in_words
from workflow.suggestions import BlockerPayload, EscalationPayload, OutreachAttemptPayload, Payload, TaskPayload
from workflow.vocabulary import Channel, Limit, Outcome

ALMOST_ALL, ALMOST_NONE = 0.95, 0.05


def day(value: date | None, today: date | None = None) -> str:
    """ "Thu 12 Mar", with the year where it is not this one; "today" and "tomorrow" where `today` is given."""
    if value is None:
        return "—"
    if today is not None and value == today:
        return "today"
    if today is not None and (value - today).days == 1:
        return "tomorrow"
    text = in_words(value)
    return text if today is None or value.year == today.year else f"{text} {value.year}"


def moment(value: datetime | None, zone: str) -> str:
    """ "Thu 12 Mar 2026, 15:20" in the clinic's zone."""
    if value is None:
        return "—"
    local = value.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y}, {local:%H:%M}"


def ago(value: datetime | None, now: datetime) -> str:
    """How long ago, in its largest unit: "20 min", "3 h", "9 d"."""
    if value is None:
        return "—"
    minutes = int((now - value).total_seconds() // 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 60 * 24 else f"{minutes // (60 * 24)} d"


def late(due: date, today: date) -> str:
    """ "3 days late", or nothing where it is not."""
    days = (today - due).days
    return "" if days <= 0 else f"{counted_days(days)} late"


def likelihood(confidence: float) -> str:
    """A probability in words; never 0 or 10 in 10, which nobody can know."""
    if confidence >= ALMOST_ALL:
        return "almost all like this are accepted"
    if confidence <= ALMOST_NONE:
        return "hardly any like this are accepted"
    return f"{min(9, max(1, round(confidence * 10)))} in 10 like this are accepted"


def quoted(text: str, most: int = 80) -> str:
    """Words in quotation marks; what is left out of long ones stands outside of them."""
    if len(text) <= most:
        return f"“{text}”"
    return f"“{text[:most].rpartition(' ')[0] or text[:most]}”…"


def capfirst(text: str) -> str:
    """A sentence's first letter as a capital, the others as they are."""
    return text[:1].upper() + text[1:]


def plural(count: int, word: str, many: str | None = None) -> str:
    """ "1 note", "2 notes"."""
    return f"{count} {word if count == 1 else many or word + 's'}"


_SAID = {
    Outcome.REACHED: "reached",
    Outcome.LEFT_VOICEMAIL: "left voicemail",
    Outcome.NO_ANSWER: "no answer",
    Outcome.MESSAGE_SENT: "sent",
    Outcome.REPLIED: "replied",
    Outcome.WRONG_NUMBER: "wrong number",
    Outcome.DECLINED: "declined",
}
_THING = {Channel.SMS: "SMS", Channel.EMAIL: "e-mail", Channel.PORTAL: "portal message"}


BEYOND = {
    Limit.DO_NOT_CONTACT: "made though the patient asked not to be contacted so",
    Limit.QUIET_HOURS: "made in quiet hours",
    Limit.TRIES_PER_DAY: "more tries than the lane allows in a day",
    Limit.TRIES_PER_WEEK: "more tries than the lane allows in a week",
}
"""How an attempt beyond a contact limit is marked."""


def attempt(channel: Channel, outcome: Outcome, count: int) -> str:
    """ "2 calls, left voicemail", "Portal message, sent"."""
    thing = _THING.get(channel, channel.value)
    counted = f"{count} {thing if thing == 'SMS' else thing + 's'}" if count > 1 else thing[0].upper() + thing[1:]
    return f"{counted}, {_SAID[outcome]}"


def headline(payload: Payload) -> str:
    """A suggestion in a few words."""
    match payload:
        case TaskPayload(action=action):
            return action.label
        case BlockerPayload(category=category):
            return category.label
        case OutreachAttemptPayload(channel=channel, outcome=outcome, count=count):
            return attempt(channel, outcome, count)
        case EscalationPayload(reason=reason):
            return f"Escalate: {reason.label.lower()}"
