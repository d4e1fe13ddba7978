"""How often an attempt was made, from the words that tell it."""

import re

from workflow.vocabulary import CONTACT, Outcome

_WORDS = {word: value for value, word in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 1)}
_WORDS |= {"once": 1, "twice": 2, "both": 2, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "dos": 2, "tres": 3}
_NUMBER = r"\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|both|dos|tres"
_TIMES = re.compile(
    rf"\bx ?(?P<x>{_NUMBER})\b(?!/)|(?P<y>\d{{1,2}}) ?x\b|\((?P<p>\d)\)|\b(?P<n>{_NUMBER}) (?:more |failed |unanswered |missed |"
    rf"separate |different |outbound |prior |voice|phone |text |of (?:your|my|our) )*"
    r"(?:calls?|times|attempts?|letters?|texts?|e-?mails?|messages?|msgs?|voice ?mails?|vms?|tries|mails?|visits?|veces|llamadas|"
    r"days?\b(?= (?:in a row|running)))\b"
    r"|\b(?P<w>twice|once)\b|(?:both|all) (?P<b>days|times|of your)"
)
_DATE = re.compile(
    r"\b(?:1[0-2]|0?[1-9])/(?:3[01]|[12]\d|0?[1-9])(?:/\d{2,4})?\b|\b(?:mon|tue|tues|wed|weds|thu|thur|thurs|fri|sat|sun)(?:day|"
    r"sday|nesday|rsday|urday)?\b|\b\d{1,2}:\d{2}\b|\b(?:yesterday|today|this (?:morning|am|afternoon|a\.m\.)|last (?:week|night)|"
    r"ayer|hoy)\b"
)
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_AGAIN = re.compile(r"\b(?:again|otra vez|de nuevo)\b")
_MOST = 20  # more than this in one sentence is a table, not a count


def count(words: str, outcome: Outcome) -> int:
    """Attempts told in folded `words`: a number of times, else the days listed, else one ("LVM 3/2 & 3/5" is two).

    A message and its answer are one; whoever was reached is counted once, unless a number of times is told.
    """
    if outcome is Outcome.REPLIED:
        return 1
    if outcome in CONTACT:
        return min(_MOST, max((_value(match) for match in _TIMES.finditer(words) if match["n"] or match["w"]), default=1))
    told = [_value(match) for match in _TIMES.finditer(words)]
    if told:
        return min(_MOST, max(told))
    days = _DATE.findall(words)
    clocks = [day for day in days if _CLOCK.fullmatch(day)]
    listed = len(days) - len(clocks) or len(clocks)
    return min(_MOST, max(1, listed))


def _value(match: re.Match[str]) -> int:
    word = next((value for value in match.groups() if value), "1")
    if word.isdecimal():
        return max(1, int(word))
    return _WORDS.get(word, 2)
