"""Which words of a draft nothing supports: names that are neither the patient's nor told, and days, times and numbers that no fact says.

`triage.claims` errs towards finding too much. What it takes for a claim and a message does not claim is left out here: words that begin
sentences, "a new one", the date of a letter, and what has a check of its own (links, gaps, private words).
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.assistants.redaction.found import folded
from triage.assistants.redaction.lexicon import names
from triage.claims import Claim, ClaimKind, untraced
from triage.dates import find_time_phrases
from triage.grounding import Span
from triage.private_words import private_words
from triage.text_language import FUNCTION_WORDS, language_of
from triage.writing import Fact, Value
from workflow.clinic import Clinic
from workflow.vocabulary import DraftForm

LINK = re.compile(
    r"(?i)\b(?:https?://|www\.)\S+|\b(?:[a-z0-9-]+\.)+(?:com|org|net|gov|edu|info|io|ly|us|health|care|me|co|link|"
    r"app)\b(?:/\S*)?|\b(?:[a-z0-9-]+\.)+[a-z]{2,}/\w\S*|\b\w+ dot (?:com|org|net|gov)\b"
)


PLACEHOLDER = re.compile(r"\{[^}\n]*\}|<[^>\n]{1,40}>|_{3,}|\b[Xx]{3,}\b|\b(?:TBD|TODO|lorem ipsum)\b")


@dataclass(frozen=True, slots=True)
class CheckedDraft:
    """A draft and what it is checked against; see `draft_checks.check_draft`."""

    subject: str
    body: str
    form: DraftForm
    language: str
    patient: str
    clinic: Clinic
    facts: Sequence[Fact]
    at: datetime


_GREETING = re.compile(
    r"(?:^|(?<=[\n.!>]))[ \t]*[¡¿]?(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|hola|"
    r"estimad[oa]s?(?:/[oa])?|querid[oa]|apreciad[oa]s?|"
    r"buen(?:os|as) (?:d[ií]as|tardes|noches)|saludos)\b,?[ \t]*(?P<to>[^,:;.!?\n—–-]{0,60}(?:(?<=[Mm]r|[Dd]r|"
    r"[Mm]s)\.[^,:;.!?\n—–-]{0,60}|(?<=[Ss]ra|[Mm]rs)\.[^,:;.!?\n—–-]{0,60})?)"
    r"|(?:message (?:is )?for|may i (?:please )?(?:speak|talk) (?:with|to)|mensaje (?:es )?para|puedo hablar con)"
    r"[ \t]+(?P<to2>[^,:;.!?\n]{0,60})",
    re.IGNORECASE,
)
_NOBODY = """
there patient all sir madam friend neighbor everyone everybody parent guardian you team family and or again mr mrs ms miss mx dr
doctor member client caregiver the of our dear hi hello good morning afternoon evening day
paciente amigo amiga senor senora usted familia todos a de la el o y e dra sr sra don dona buenos buenas dias tardes noches hola
"""
_NO_NAME = frozenset(_NOBODY.split())
_WORD = re.compile(r"[^\W\d_]+")


def wrong_names(draft: CheckedDraft) -> list[Span]:
    """The names in the body that are neither the patient's nor the clinic's nor in a fact: those greeted, and any other."""
    own = name_words(draft.patient)
    wrong: list[Span] = []
    for match in _GREETING.finditer(draft.body):
        group = "to" if match["to"] is not None else "to2"
        addressed, start = match[group], match.start(group)
        known = own | _NO_NAME | name_words(draft.clinic.name)
        ends = (word.start() for word in _WORD.finditer(addressed) if folded(word.group()) in FUNCTION_WORDS - known)
        addressed = addressed[: next(ends, None)]
        wrong += [
            Span(start + word.start(), start + word.end())
            for word in _WORD.finditer(addressed)
            if folded(word.group()) not in known and not PLACEHOLDER.search(match.group())
        ]
    wrong += [claim for claim in _untraced(draft, of_names=True) if not inside(claim, wrong)]
    return wrong


def untraced_words(draft: CheckedDraft) -> list[Span]:
    """The days, times, numbers, phones and addresses of the body that no fact says."""
    return _untraced(draft, of_names=False)


def untraced_in_subject(draft: CheckedDraft) -> list[Span]:
    """The same of the subject, names too."""
    return [span for of_names in (False, True) for span in _untraced_of(draft.subject, draft, of_names=of_names)]


_LETTER_DATE_DAYS = 14
_CLOSINGS = frozenset(
    {"best", "sincerely", "warmly", "regards", "kindly", "yours", "respectfully", "atentamente", "cordialmente", "abrazos"}
)
_BRACKETS_END_SENTENCES = str.maketrans("[]", "..")
_LOWER_TITLE = re.compile(r"[a-zñ]+\. +")
_A_DAY = re.compile(r"(?i)(?:a|an|un|una) (?:day|d[ií]a|hour|hora)")
_NO_NUMBER = re.compile(
    r"(?i)one|once|first|single|both|un[oa]|primer[oa]?|amb[oa]s|una vez|(?:a )?few"
    r"|mornings|afternoons|evenings|nights|mañanas|tardes|noches"
)
""" "The first step", "a new one", "both of us", "find a day": words that count nothing which the record could say."""


def _untraced(draft: CheckedDraft, *, of_names: bool) -> list[Span]:
    body = draft.body
    if draft.form is DraftForm.LETTER:
        body = _without_date_line(body, draft.at)
    return _untraced_of(body, draft, of_names=of_names)


def _untraced_of(text: str, draft: CheckedDraft, *, of_names: bool) -> list[Span]:
    clinic = draft.clinic
    also: list[Value] = [draft.at.date(), "911", *filter(None, (draft.patient, clinic.name, clinic.phone, clinic.email, clinic.address))]
    language = language_of(text) or draft.language
    plain = text.translate(_BRACKETS_END_SENTENCES)
    found = untraced(plain, draft.facts, language=language, also=also, day=draft.at.date())
    others = [match.span() for pattern in (LINK, PLACEHOLDER) for match in pattern.finditer(text)]
    others += [(one.start, one.end) for one in private_words(text)]  # checks of their own look at these
    return [
        Span(claim.start, claim.end)
        for claim in found
        if (claim.kind is ClaimKind.NAME) is of_names
        and not any(start <= claim.start < end for start, end in others)
        and not (_is_no_name(plain, claim, name_words(draft.patient)) if of_names else _says_no_number(plain, claim))
    ]


def _says_no_number(text: str, claim: Claim) -> bool:
    if _A_DAY.fullmatch(text, claim.start, claim.end):
        return not text[: claim.start].lower().endswith(("in ", "within ", "en "))
    return _NO_NUMBER.fullmatch(text, claim.start, claim.end) is not None


def _is_no_name(text: str, claim: Claim, own: frozenset[str]) -> bool:
    """A capital where a sentence begins, of a word that nobody is called: "Díganos", and "Apreciada" before the patient's name."""
    start = claim.start
    if (titled := _LOWER_TITLE.match(text, start, claim.end)) is not None:  # "the doctor. Call us"
        start = titled.end()
    word, _, rest = text[start : claim.end].partition(" ")
    fold = folded(word)
    nobody = fold not in names() or fold in FUNCTION_WORDS or fold in _CLOSINGS
    begins = re.search(r"(?:^|[.!?:\n¡¿])[\s\"“¡¿]*$", text[:start]) is not None
    shouted = word.isupper() and len(word) > 1
    return nobody and name_words(rest) <= own and (word.islower() or (begins and not shouted))


def _without_date_line(body: str, at: datetime) -> str:
    """A letter begins with the day on which it was drafted; that is no claim."""
    first = body.partition("\n")[0]
    for phrase in find_time_phrases(first):
        day = phrase.resolve(at - timedelta(days=_LETTER_DATE_DAYS))
        if day is not None and at.date() - timedelta(days=_LETTER_DATE_DAYS) <= day <= at.date():
            return " " * len(first) + body[len(first) :]
    return body


def name_words(name: str) -> frozenset[str]:
    return frozenset(folded(word) for word in _WORD.findall(name))


def inside(span: Span, others: Collection[Span]) -> bool:
    return any(other.start <= span.start and span.end <= other.end for other in others)
