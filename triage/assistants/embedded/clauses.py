"""A note cut into sentences, and sentences into clauses: the units that the heads judge, each with its place in the text.

The cuts lean towards many: a clause that holds nothing costs nothing, while two steps in one clause cost a task. Everything works on
folded text (lower case, plain quotes), which has the same length as the note, so places carry over. All patterns are linear.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from triage.dates import fold

MOST_CHARACTERS = 100_000
"""Of a longer note only this much is read: no honest note comes near, and a hostile one must not cost minutes."""
MOST_WIDTH = 600
"""A clause is cut here at the latest, so that a megabyte without punctuation stays many small clauses."""


@dataclass(frozen=True, slots=True)
class Clause:
    """`text[start:end]`, trimmed. `sentence` counts sentences; `header` is the label the clause stands under ("plan", "next"), or ""."""

    start: int
    end: int
    sentence: int
    header: str


@dataclass(frozen=True, slots=True)
class Split:
    """A note's units. `clauses` lie within `sentences`, both left to right."""

    folded: str
    sentences: tuple[Clause, ...]
    clauses: tuple[Clause, ...]


VERBS = (
    "call|phone|ring|dial|try|retry|text|email|e-mail|mail|send|resend|fax|refax|re-fax|write|message|post|upload|print|forward|"
    "schedule|book|"
    "rebook|reschedule|find|get|obtain|request|ask|chase|check|recheck|re-check|verify|confirm|remind|submit|resubmit|appeal|file|"
    "refer|arrange|set up|line up|order|review|reconcile|look|go over|update|tell|notify|let|inform|page|re-page|flag|route|escalate|"
    "follow up|f/u|close|decide|add|put|move|offer|give|bring|pull|clear|sort|repeat|see|return|rtc|start|work on|connect|contact|"
    "reach|reach out|ping|nudge|loop|apply|help|need|needs|discuss|mailing|calling|sending|please|pls|plz|consider|make|take|hold|"
    "scan|index|sign|complete|finish|initiate|enroll|pursue|await|copy|cc|track|hand|drop|leave|drive|visit|stop|swing|look into|"
    "talk|speak|have|rerun|run"
)
STRONG = (
    "call|phone|ring|text|email|e-mail|mail|send|resend|fax|refax|write|message|post|schedule|book|rebook|reschedule|request|ask|chase|"
    "recheck|verify|confirm|remind|submit|resubmit|file|refer|arrange|order|review|reconcile|update|tell|notify|inform|page|"
    "escalate|follow up|close|apply|forward|"
    "check|retry|then|will"
)
"""Verbs that open a step of their own even after a bare "and"; "and get it", "and put him in if so" go on with the same step."""
_SUBJECT = (
    "i|i'll|i'm|we|we'll|he|he'll|she|she'll|they|they'll|it|pt|patient|mom|mother|dad|son|daughter|dtr|wife|husband|sister|brother|"
    "somebody|someone|nobody|rn|sw|np|pa|md|dr|nurse|scheduler|scheduling|billing|coordinator|front desk|social work|pharmacist|ma|"
    "will|would|can|could|should|needs?|to|no|not|still|but|so|then|and then|also|plus|if|once|when|otherwise|unless|until|"
    "because|since|which|who|"
    "says?|said|states?|reports?|told|asked|asks|wants?|left|lvm|lm|denies|declined|declines|there|her|his|their|my|our|nothing"
)
_TITLE = re.compile(r"(?:^|[^\w])(?:dr|drs|mr|mrs|ms|mx|st|vs|e\.g|i\.e|sra|srta|dra|rev|sgt|lt|[a-z])\.$")
_NUMBERED = re.compile(r"(?:\A|\n)[ (*]*\d{1,2}\Z")
_SHORTENED = re.compile(
    r"(?:^|[^\w])(?:approx|appt|pt|no|dept|ext|jr|sr|inc|etc|re|ph|hosp|ref|est|a\.m|p\.m|wk|wks|hr|hrs|min|tel|emerg|mo|mos|co|ins)\.$"
)
_SENTENCE = re.compile(r"\n+|[.!?]+[\"')\]]*(?=\s|$)|(?<=[.!?])(?=[a-z*])(?<=[a-z]{3}[.!?])|;+|\s(?:\||//|>>|=>|->|→|•|·)\s?|[•·●▪►]")
_LEAD = re.compile(r"[\s\-*•>\[\]()#+.,:;=~_✓☐☑□x]*?(?:\[[ xX]?\]|\(?\d{1,2}[.)](?=\s)|[a-z][.)](?=\s)|[-*•>#+~_]+)?\s*")
_HEADER = re.compile(r"\s*[\[\(*#>\-\d.) ]{0,6}([a-z][a-z0-9 /&'.\-]{0,38}?) ?(?::|>>| - (?=\S))(?!\d)")
_CUT = re.compile(
    rf"\s+(?:--?|/|\+)\s+|(?<=[\w)\]]):\s+|\s*[()]\s*"
    rf"|,\s+(?=(?:and |then |but |so |or |also |plus )*(?:(?:{VERBS}|{_SUBJECT})\b|(?:dr|mr|mrs|ms)\.? ))"
    rf"|\s+(?=(?:and|&|but|so|then) (?:then |also |please |will |to |i |we )*(?:{STRONG})\b)"
    r"|\s+(?=(?:and|but|so|&) (?:i|i'll|we|he|she|they|it|somebody|someone|nobody|if|once|when|dr|there)\b)"
    r"|\s+(?=but )"
    r"|\s+(?=(?:please|pls|i will|i'll|we will|we'll|somebody|someone|new paragraph|otherwise|por favor|porque|pero)\b)"
)
_SECTION = re.compile(
    r"(?:a/?p|a|p|r|s|b|o|plan|next|next steps?|to ?do|action(?:s| items?)?|steps?|follow[- ]?up|f/u|tasks?|impression|assessment|"
    r"recommendations?|recs?|needs?|outstanding|"
    r"pending|who does what|for you|still to do|dispo(?:sition)?|note|re|subject|update|hpi|subjective|objective|summary|staff|"
    r"from|to|cc|ask|request|assessment and plan|"
    r"pending at discharge|hospital course|ed course|comment|comments|barriers?|status|history|today|\d+|.{0,24}\d:\d\d.{0,8})"
)
_CONDITION = re.compile(
    r"(?:and |but |so |or |then |también |y )?(?:if|once|when|should|as soon as|unless|after|in case|provided|assuming|until|"
    r"since|because|depending|si|cuando|whoever)\b"
)
_TIME_ONLY = re.compile(
    r"(?:and |by |on |before |around |at |then |or |me,? )*(?:today|tomorrow|tonight|asap|stat|thanks?|please|this week|next week|"
    r"eod|eow|cob|now|again|early|"
    r"first thing|mon\w*|tue\w*|wed\w*|thu\w*|fri\w*|(?:sat|sun)(?:urday|day)?|\d{1,2}/\d{1,2}|the \d{1,2}(?:st|nd|rd|th)|end of "
    r"\w+|in \w+ (?:days|weeks|hours)|noon|\d{1,2}(?::\d\d)? ?(?:am|pm)?)"
    r"(?: (?:morning|afternoon|latest|at the latest|if possible|please|today))?\W*"
)
_PLEASE = re.compile(r"please|pls|por favor")
_TRIM_LEFT = " \t\n\r\x0b\x0c-*•·●▪►>#+~_=|/,;:.!?)]}\"'&"
_TRIM_RIGHT = " \t\n\r\x0b\x0c-*•·●▪►>#+~_=|/,;:.([{\"'&"


def split(text: str) -> Split:
    """The sentences and clauses of a note. Places are those of `text`."""
    read = fold(text[:MOST_CHARACTERS])
    sentences: list[Clause] = []
    clauses: list[Clause] = []
    header = ""
    for start, end in _bounds(read, text):
        begin, finish = _trim(read, start, end)
        if begin >= finish:
            if "\n\n" in read[max(0, start - 2) : end + 2]:
                header = ""
            continue
        number = len(sentences)
        named = _HEADER.match(read, begin, min(end, begin + 48))
        if named and len(named[1].split()) <= 4:
            header = named[1].strip()
            if named.end() >= finish:
                continue  # a heading on a line of its own
        sentences.append(Clause(begin, finish, number, header))
        clauses.extend(Clause(left, right, number, header) for left, right in _pieces(read, begin, finish))
    return Split(read, tuple(sentences), tuple(clauses))


def _bounds(text: str, capitals: str) -> list[tuple[int, int]]:
    """Where sentences begin and end, untrimmed."""
    cuts = [0]
    for match in _SENTENCE.finditer(text):
        stop = match.group().startswith(".") and not match.group().startswith("..")
        if stop and _goes_on(text, match.start(), match.end(), capitals):
            continue
        cuts.append(match.end())
    cuts.append(len(text))
    return [piece for left, right in pairwise(cuts) if left < right for piece in _bounded(text, left, right)]


def _goes_on(text: str, stop: int, after: int, capitals: str) -> bool:
    """Whether the full stop only shortens a word: always after a title, else where no capital letter follows on the line."""
    if text[after : after + 1] in {"", "\n"}:
        return False
    if _NUMBERED.search(text[max(0, stop - 6) : stop]):
        return True
    word = text[max(0, stop - 8) : stop + 1]
    return bool(_TITLE.search(word)) or bool(_SHORTENED.search(word) and not capitals[after + 1 : after + 2].isupper())


def _bounded(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The range in pieces of at most MOST_WIDTH characters, cut at a space where there is one."""
    pieces: list[tuple[int, int]] = []
    while end - start > MOST_WIDTH:
        cut = text.rfind(" ", start + MOST_WIDTH // 2, start + MOST_WIDTH)
        cut = cut if cut > 0 else start + MOST_WIDTH
        pieces.append((start, cut))
        start = cut
    return [*pieces, (start, end)]


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The clauses of one sentence, trimmed; a condition stays with its consequence, a bare time with what it times."""
    cuts = [start, *(m.end() for m in _CUT.finditer(text, start, end) if start < m.end() < end), end]
    merged: list[tuple[int, int]] = []
    open_condition = False
    labelled = False
    for left, right in pairwise(cuts):
        begin, finish = _trim(text, left, right)
        if begin >= finish:
            continue
        piece = text[begin:finish]
        label = text[max(begin, right - 2) : right].startswith(":") and piece.count(" ") < 4 and not _SECTION.fullmatch(piece)
        alone = len(piece) < 4 or _TIME_ONLY.fullmatch(piece)
        named = merged and _PLEASE.match(piece) and text.count(" ", *merged[-1]) < 3 and ":" not in text[merged[-1][1] : begin]
        if merged and (open_condition or alone or named or labelled):
            merged[-1] = (merged[-1][0], finish)
        else:
            merged.append((begin, finish))
        labelled = label  # "Interpreter: not needed" says one thing; "Plan: book it" says it after the colon
        open_condition = not open_condition and bool(_CONDITION.match(piece)) and len(piece.split()) < 14
    return merged


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    lead = _LEAD.match(text, start, end)
    if lead and lead.end() < end:
        start = lead.end()
    while start < end and (text[start] in _TRIM_LEFT or not text[start].isprintable()):
        start += 1
    while end > start and (text[end - 1] in _TRIM_RIGHT or not text[end - 1].isprintable()):
        end -= 1
    return start, end
