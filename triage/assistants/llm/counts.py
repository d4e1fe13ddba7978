"""How many contacts the note's own words tell of. The model quotes, code counts."""

import re
from collections.abc import Sequence

from workflow.suggestions import MOST_ATTEMPTS

_WORDS = {
    "one": 1, "once": 1, "two": 2, "twice": 2, "both": 2, "couple": 2, "three": 3, "thrice": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_CONTACT = r"(?:times|calls?|attempts?|tries|v/?ms?|voice ?mails?|messages?|msgs?|texts?|letters?|e-?mails?|visits?|contacts?|knocks?)"
_WORD = "|".join(_WORDS)
_NUMBER = re.compile(
    rf"(?:(?P<x>[x×]\s?(\d{{1,2}})|(\d{{1,2}})\s?[x×])|(?P<bare>\d)|(?P<counted>\d{{1,2}}) (?:\w+ ){{0,2}}{_CONTACT}"
    rf"|(?:a )?(?P<word>{_WORD})(?: (?:\w+ ){{0,2}}{_CONTACT}| of| days)?)",
    re.IGNORECASE,
)


def count(phrases: Sequence[str]) -> int:
    """The number of contacts told by `phrases`: their own number where they tell one ("x2", "3 calls"), else one for each phrase.

    At least 1, and at most what an attempt may hold: a larger number is a slip.
    """
    return min(max(1, sum(_told(phrase) for phrase in phrases)), MOST_ATTEMPTS)


def _told(phrase: str) -> int:
    match = _NUMBER.fullmatch(phrase.strip(" .,;:()"))
    if not match:
        return 1
    if match["word"]:
        return _WORDS[match["word"].lower()]
    return int("".join(character for character in match.group() if character.isdecimal()))


def words_for(number: int, text: str) -> str | None:
    """The first words of `text` that tell so many contacts, or None."""
    return next((match.group() for match in _NUMBER.finditer(text) if _told(match.group()) == number), None)
