"""Identifiers that have a shape: phones, e-mails, numbers of records and claims, links, birth dates.

Presidio's recognizers know the shapes that are the same everywhere; ours know how notes write the rest. Presidio's analyzer engine is not
used: its pipeline would look for a language model, and nothing here needs one. Its e-mail recognizer asks `tldextract` whether a domain is
registered, which fetches a list from the internet; that question is never put, so an address in a made-up domain counts too.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from triage.assistants.llm.windows import split
from triage.assistants.redaction.addresses import addresses
from triage.assistants.redaction.found import Found, Kind, matches

if TYPE_CHECKING:
    from presidio_analyzer import PatternRecognizer
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

_DATE = re.compile(
    r"(?<![\w/.-])(?:\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})|(?:19|20)\d\d-\d\d-\d\d|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
    r"(?:T[\d:.+-]+Z?)?(?![\w/-])"
)
_AMOUNT = re.compile(
    r"\s?(?:%|mg|mcg|g|kg|lbs?|ml|cc|units?|iu|u|steps|k|cal|kcal|cells|copies|meq|mmol|min|hrs?|hours?|days?|am|pm|cm|mm)\b|\s?/\s?\d",
    re.IGNORECASE,
)
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
URL = re.compile(
    r"(?:https?://|www\.)[^\s<>\"')\]]+"
    r"|(?<![\w@.])(?:[a-z0-9-]+\.)+(?:com|net|org|gov|edu|info|io|health|app|us|co|[a-z]{4,})/[^\s<>\"')\]]*"
    r"|(?<![\w@.])(?:[a-z0-9-]+\.)+(?:com|org|net|gov|edu)(?!\w)",
    re.IGNORECASE,
)
PHONE = re.compile(
    r"(?<![\w/.-])(?:\+?1[\s.-]{0,2})?(?:\(?\d{3}\)?[\s./-]{0,2}){1,2}\d{3}[\s.-]?\d{4}(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?(?![\w/-]|\.\d)"
    r"|(?<![\w/.$-])\d{3}[.-]\d{4}(?![\w/-]|\.\d)"
    r"|\b[2-9]\d{9}\b",
    re.IGNORECASE,
)
_DIGIT = r"zero|oh|one|two|three|four|five|six|seven|eight|nine"
SPOKEN_PHONE = re.compile(
    rf"\b(?:(?:\d|{_DIGIT})[\s,.-]{{1,2}}){{6,}}(?:\d{{1,4}}|{_DIGIT})\b|\b(?:(?:{_DIGIT})[\s,.-]{{1,2}}){{2,}}\d{{3}}[\s.-]?\d{{4}}\b",
    re.IGNORECASE,
)
_CUED_ID = re.compile(
    r"\b(?:MRN?|MR\s?#|chart|acct|account|member|subscriber|subscr|policy|group|grp|claim|case|ref|reference|referral|confirm(?:ation)?|conf"
    r"|auth(?:orization)?|tracking|ticket|badge|serial|SN|S/N|medicaid|medicare|insurance|ins|card|id|no|number|expediente|exp|A-number|form)"
    r"(?:\s?(?:id|card|no|num|number|ref|case))?\.?\s?(?:is|no\.?|nr\.?|num\.?|número|id)?\s?[#:]*\s*"
    r"(?P<what>(?-i:(?=[A-Z0-9./ -]{0,40}\d)[A-Z0-9]{2,}(?:[-./ ](?=[A-Z]*\d)[A-Z0-9]+)*(?:-[A-Z]{1,3})?))(?!\w)",
    re.IGNORECASE,
)
_HASH_ID = re.compile(r"#\s?(?P<what>(?=[A-Z0-9-]*\d{3})[A-Z0-9]+(?:-[A-Z0-9]+)*)(?![\w-])")
_BARE_ID = re.compile(
    r"(?<![\w$.,/-])(?:(?=(?:[A-Z-]*\d){6})[A-Z0-9]+(?:-[A-Z0-9]+)*|[A-Z]{1,5}-?\d{4,}[A-Z0-9]*(?:-[A-Z0-9]+)*"
    r"|[A-Z]{1,4}-\d{1,4}(?:-\d{3,})+(?:-[A-Z]+)?|\d{1,4}-\d{3,}(?:-[A-Z0-9]+)?|\d{2,}-\d{2,}-[A-Z0-9]+"
    r"|[A-Z]{2,4}\s\d{2,4}\s\d{3,4}(?:\s\d{2,4})*|\d{3} \d{2,3} \d{3,4})(?![\w/]|-\d|[.,]\d)"
)
_CODES = re.compile(r"(?:CPT|ICD|HCPCS|NDC|dx|code)\W{0,3}$", re.IGNORECASE)
_BIRTH = re.compile(
    r"(?:\bD\.?\s?O\.?\s?B\.?|\bdate of birth|\bbirth\s?date|\bborn|\bb(?:irthday)?\.?|\bnacid[oa]|\bfecha de nacimiento)\W{0,3}"
    r"(?:is |on |el )?(?P<what>\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d\d-\d\d|[A-Z][a-z]{2,8}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
    r"|\d{1,2} (?:de )?[A-Za-z]{3,10}\.? (?:de )?\d{4})",
    re.IGNORECASE,
)
_FEWEST_DIGITS = 3
_AT_ONCE = 4000
"""Characters. Some of Presidio's patterns, and ours, take the square of a text's length where somebody wrote it to that end."""


def shaped(text: str) -> list[Found]:
    """Every identifier in `text` that its shape, or the word before it, gives away; spans may overlap. Dates are none of them."""
    return [
        Found(window.start + one.start, window.start + one.end, one.kind)
        for window in split(text, _AT_ONCE)
        for one in _shaped(window.text)
    ]


def _shaped(text: str) -> list[Found]:
    dates = [match.span() for match in _DATE.finditer(text)]
    numbers = [
        *matches(PHONE, text, Kind.PHONE),
        *matches(SPOKEN_PHONE, text, Kind.PHONE),
        *matches(_HASH_ID, text, Kind.ID),
        *(one for one in matches(_CUED_ID, text, Kind.ID) if sum(map(str.isdigit, text[one.start : one.end])) >= _FEWEST_DIGITS),
        *(one for one in matches(_BARE_ID, text, Kind.ID) if not _CODES.search(text, 0, one.start)),
        *_by_presidio(text),
    ]
    return [
        *(one for one in numbers if not any(one.start < end and start < one.end for start, end in dates) and not _is_amount(text, one)),
        *matches(EMAIL, text, Kind.EMAIL),
        *matches(URL, text, Kind.URL),
        *matches(_BIRTH, text, Kind.BIRTH_DATE),
        *addresses(text),
    ]


def _is_amount(text: str, found: Found) -> bool:
    return bool(_AMOUNT.match(text, found.end)) or text[found.start - 1 : found.start] == "$"


_KINDS = {"PHONE_NUMBER": Kind.PHONE, "EMAIL_ADDRESS": Kind.EMAIL}


def _by_presidio(text: str) -> Iterator[Found]:
    for recognizer in _recognizers():
        for result in recognizer.analyze(text, recognizer.supported_entities):
            yield Found(result.start, result.end, _KINDS.get(result.entity_type, Kind.ID))


@cache
def _recognizers() -> "tuple[PatternRecognizer | PhoneRecognizer, ...]":
    from presidio_analyzer.predefined_recognizers import (
        CreditCardRecognizer,
        EmailRecognizer,
        IpRecognizer,
        PhoneRecognizer,
        UsMbiRecognizer,
        UsSsnRecognizer,
    )

    class AnyEmail(EmailRecognizer):
        def validate_result(self, pattern_text: str) -> bool | None:  # noqa: ARG002 — Presidio's own name
            return None

    return (
        AnyEmail(),
        PhoneRecognizer(supported_regions=("US",), leniency=1),
        UsSsnRecognizer(),
        UsMbiRecognizer(),
        CreditCardRecognizer(),
        IpRecognizer(),
    )
