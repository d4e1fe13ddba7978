"""How soon, in words that a team can read aloud: "same day", "48 hours", "2 business days", "a week". All count business days."""

import re

DAYS_A_WEEK = 5
"""Business days of a week."""

MOST_DAYS = 260
"""Business days of a year: a longer wait is a slip of the pen."""

ASK = "write same day, next business day, 2 business days, 48 hours, a week, or a number of business days"

_ONE_TO_TEN = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS = {word: count for count, word in enumerate(_ONE_TO_TEN, 1)} | {"a": 1, "an": 1}
_SPAN = re.compile(r"(\d{1,4}|[a-z]+) (business day|week|hour)s?")


def business_days(said: object) -> int:
    """The business days that `said` means: a number, or words. Hours count in whole days of 24. Raises ValueError with the remedy."""
    if isinstance(said, int) and not isinstance(said, bool):
        days = said
    elif isinstance(said, str):
        days = _in_words(" ".join(said.lower().split()), said)
    else:
        raise ValueError(f"{said!r} is no number of business days; {ASK}")  # noqa: TRY004 — a ValueError is a finding of pydantic's
    if not 0 <= days <= MOST_DAYS:
        raise ValueError(f"{said!r} is out of range; write 0 to {MOST_DAYS} business days")
    return days


def _in_words(words: str, said: str) -> int:
    if words in {"same day", "the same day", "same business day"}:
        return 0
    if words in {"next business day", "the next business day"}:
        return 1
    if words.isascii() and words.isdecimal() and len(words) < 5:
        return int(words)
    span = _SPAN.fullmatch(words)
    count = None if span is None else int(span[1]) if span[1].isdecimal() else _NUMBERS.get(span[1])
    if span is None or count is None:
        if days := re.fullmatch(r"(\S+) days?", words):
            meant = "1 business day" if days[1] in {"1", "a", "one"} else f"{days[1]} business days"
            raise ValueError(f"{said!r} leaves open whether weekends count; cadence counts business days: write {meant}")
        raise ValueError(f"{said!r} is no time to the next touch; {ASK}")
    match span[2]:
        case "week":
            return count * DAYS_A_WEEK
        case "hour":
            if count % 24:
                raise ValueError(f"{said!r} is not in whole days, and due dates are days: write 24 hours, 48 hours, 72 hours, or same day")
            return count // 24
        case _:
            return count
