"""What code can see of a draft before a person decides: each check in words, with the words of the body that it is about.

What blocks is what must not leave: private detail where others hear or see it, a wrong name, what no fact supports, a promise, a refusal
by the patient, no address, nothing to read, far too long. The rest warns. The checks are the same for an assistant's words and a
person's, and are made anew with every change.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from triage import draft_length as length
from triage.draft_claims import LINK, PLACEHOLDER, CheckedDraft, inside, name_words, untraced_in_subject, untraced_words, wrong_names
from triage.grounding import Span
from triage.private_words import IN_WORDS, Private, private_words
from triage.promises import unsupported
from triage.reading_grade import FORMULA, reading_grade
from triage.text_language import is_latin, language_of, sentences_by_language
from triage.writing import Fact
from workflow.clinic import Clinic
from workflow.contact import MayContact
from workflow.languages import language
from workflow.vocabulary import CHANNEL_OF, Channel, DraftForm, Limit

HIGHEST_GRADE = 6.0

MOST_CHARACTERS = 8000
"""Twice what the longest form takes. Longer texts are refused unread, so that a check costs milliseconds on any text."""


class Verdict(StrEnum):
    HOLDS = "holds"
    WARNS = "warns"
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `words` say it to a coordinator; `spans` are places in the body."""

    name: str
    verdict: Verdict
    words: str
    spans: tuple[Span, ...] = ()


def check_draft(
    subject: str,
    body: str,
    *,
    form: DraftForm,
    language: str,
    patient: str,
    clinic: Clinic,
    facts: Sequence[Fact],
    may: MayContact,
    address: str | None,
    at: datetime,
) -> list[Check]:
    """Every check, in the order in which a person reads them.

    `language` is the patient's, `patient` their name in the record, `address` where the message goes: a phone number or an e-mail address,
    None where the record has none. `at` is when it would leave, in the clinic's zone. Of a text of more than MOST_CHARACTERS only the
    length is checked.
    """
    if len(subject) + len(body) > MOST_CHARACTERS:
        return [Check("length", Verdict.BLOCKS, f"More than {MOST_CHARACTERS:,} characters: far too long; nothing else was looked at.")]
    draft = CheckedDraft(subject, body, form, language, patient, clinic, facts, at)
    return [
        _nothing_missing(draft),
        _consent(draft, may),
        _quiet_hours(draft, may),
        _address(draft, address),
        _private_detail(draft),
        _right_name(draft),
        _facts(draft),
        _promises(draft),
        _links(draft),
        _language(draft),
        _grade(draft),
        _length(draft),
        _callback(draft),
    ]


def blocked(checks: Collection[Check]) -> bool:
    """Whether a draft with these checks must not be approved."""
    return any(check.verdict is Verdict.BLOCKS for check in checks)


# --- May it leave at all -----------------------------------------------------------------------------------------------------------

_BRACKETS = re.compile(r"\[[^\]\n]*\]")


def _nothing_missing(draft: CheckedDraft) -> Check:
    gaps = [Span(*match.span()) for match in PLACEHOLDER.finditer(draft.body)]
    if draft.form is not DraftForm.PHONE_SCRIPT:  # a script tells its reader in brackets what to do
        gaps += [Span(*match.span()) for match in _BRACKETS.finditer(draft.body)]
    if length.words(draft.body) < 3:
        return Check("complete", Verdict.BLOCKS, "There is nothing to read yet.")
    if gaps:
        return Check("complete", Verdict.BLOCKS, f"A gap is not filled in: {_quoted(draft.body, gaps)}.", tuple(gaps))
    if draft.form is DraftForm.EMAIL and not draft.subject.strip():
        return Check("complete", Verdict.WARNS, "The e-mail has no subject.")
    return Check("complete", Verdict.HOLDS, "Nothing is left to fill in.")


def _consent(draft: CheckedDraft, may: MayContact) -> Check:
    asked = [o.words for o in may.against(CHANNEL_OF[draft.form]) if o.limit is Limit.DO_NOT_CONTACT]
    if asked:
        return Check("consent", Verdict.BLOCKS, f"{'; '.join(asked)}.")
    return Check("consent", Verdict.HOLDS, "The patient did not ask against this way.")


def _quiet_hours(draft: CheckedDraft, may: MayContact) -> Check:
    against = [o for o in may.against(CHANNEL_OF[draft.form]) if o.limit is not Limit.DO_NOT_CONTACT]
    if not against:
        return Check("quiet hours", Verdict.HOLDS, "It may leave now.")
    words = "; ".join(o.words for o in against)
    ends = max((o.until for o in against if o.until is not None), default=None)
    if ends is None:
        return Check("quiet hours", Verdict.WARNS, f"{words}.")
    local = ends.astimezone(draft.at.tzinfo)
    day = "" if local.date() == draft.at.date() else f" on {local:%a} {local.day} {local:%b}"
    what = "Call" if CHANNEL_OF[draft.form] is Channel.CALL else "It leaves"
    return Check("quiet hours", Verdict.WARNS, f"{words}. {what}{day} at {local.hour}:{local:%M} at the earliest.")


_EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]{2,}")


def _address(draft: CheckedDraft, address: str | None) -> Check:
    address = (address or "").strip()
    match CHANNEL_OF[draft.form]:
        case Channel.CALL | Channel.SMS:
            known, what = sum(character.isdigit() for character in address) >= 7, "phone number"
        case Channel.EMAIL:
            known, what = _EMAIL.fullmatch(address) is not None, "e-mail address"
        case _:
            if address:
                return Check("address", Verdict.HOLDS, "The address is known.")
            return Check("address", Verdict.WARNS, "The record holds no address for this way: whoever sends it looks it up.")
    if known:
        return Check("address", Verdict.HOLDS, f"It goes to {address}.")
    wrong = f"“{address}” is no {what} that can be used" if address else f"The record has no {what}"
    return Check("address", Verdict.BLOCKS, f"{wrong}. Correct it, or choose another way.")


# --- What it says ------------------------------------------------------------------------------------------------------------------

_IDENTITY = re.compile(r"date of birth|birth ?date|when were you born|fecha de (?:su )?nacimiento", re.IGNORECASE)


def _private_detail(draft: CheckedDraft) -> Check:
    name = "private detail"
    found = [one for one in private_words(draft.body) if not _is_own_name(one, draft)]
    own = [one for one in found if inside(one.span, _places(draft.clinic.name, draft.body))]
    told = [one for one in found if one not in own]
    in_subject = [one for one in private_words(draft.subject) if not inside(one.span, _places(draft.clinic.name, draft.subject))]
    if in_subject:
        told_there = _quoted(draft.subject, [one.span for one in in_subject])
        words = f"The subject tells {_kinds(in_subject)}, and is seen by whoever sees the inbox: {told_there}."
        return Check(name, Verdict.BLOCKS, words, tuple(one.span for one in told))
    spans = tuple(one.span for one in told)
    match draft.form:
        case DraftForm.SMS | DraftForm.VOICEMAIL if told:
            heard = "hear" if draft.form is DraftForm.VOICEMAIL else "see"
            return Check(name, Verdict.BLOCKS, f"It tells {_kinds(told)}, and others may {heard} it: {_quoted(draft.body, spans)}.", spans)
        case DraftForm.SMS | DraftForm.VOICEMAIL if own:
            return Check(
                name, Verdict.WARNS, "The clinic’s name itself tells what the patient is seen for.", tuple(one.span for one in own)
            )
        case DraftForm.EMAIL if told:
            return Check(
                name, Verdict.WARNS, f"It tells {_kinds(told)}; e-mail may be read by others: {_quoted(draft.body, spans)}.", spans
            )
        case DraftForm.PHONE_SCRIPT:
            return _before_identity(draft, told)
        case _:
            return Check(name, Verdict.HOLDS, "No private detail where others would hear or see it.")


def _before_identity(draft: CheckedDraft, told: Sequence[Private]) -> Check:
    asked = _IDENTITY.search(draft.body)
    early = [one for one in told if asked is None or one.start < asked.start()]
    early_spans = tuple(one.span for one in early)
    if early:
        words = f"It tells {_kinds(early)} before the caller knows who is on the line: {_quoted(draft.body, early_spans)}."
        return Check("private detail", Verdict.BLOCKS, words, early_spans)
    if asked is None:
        return Check("private detail", Verdict.WARNS, "The script does not ask for the date of birth before it goes on.")
    return Check("private detail", Verdict.HOLDS, "Nothing private before the caller knows who is on the line.")


def _right_name(draft: CheckedDraft) -> Check:
    name = "right name"
    own = name_words(draft.patient)
    wrong = wrong_names(draft)
    if wrong:
        spans = tuple(sorted(set(wrong)))
        return Check(
            name,
            Verdict.BLOCKS,
            f"{_quoted(draft.body, spans)} is neither the patient ({draft.patient}) nor named in the facts.",
            spans,
        )
    if own and not own & name_words(draft.body):
        return Check(name, Verdict.WARNS, f"It does not greet the patient by name ({draft.patient}).")
    return Check(name, Verdict.HOLDS, f"It is for {draft.patient}.")


def _facts(draft: CheckedDraft) -> Check:
    spans = tuple(untraced_words(draft))
    if spans:
        return Check("facts", Verdict.BLOCKS, f"No note or field says {_quoted(draft.body, spans)}.", spans)
    if told := untraced_in_subject(draft):
        return Check("facts", Verdict.BLOCKS, f"No note or field says what the subject says: {_quoted(draft.subject, told)}.")
    return Check("facts", Verdict.HOLDS, "Every number, day, time and address is in the facts.")


def _promises(draft: CheckedDraft) -> Check:
    found = unsupported(draft.body, draft.facts)
    if not found:
        return Check("promises", Verdict.HOLDS, "It promises nothing that the record does not say.")
    spans = tuple(dict.fromkeys(promise.span for promise in found))
    about = " and ".join(dict.fromkeys(promise.about for promise in found))
    return Check("promises", Verdict.BLOCKS, f"It says {about}, and the record does not: {_quoted(draft.body, spans)}.", spans)


def _links(draft: CheckedDraft) -> Check:
    spans = [Span(*match.span()) for match in LINK.finditer(draft.body) if "@" not in draft.body[max(0, match.start() - 1) : match.start()]]
    emails = [Span(*match.span()) for match in _EMAIL.finditer(draft.body) if "/" not in match.group()]  # clinic@elsewhere/ is a link
    spans = [span for span in spans if not inside(span, emails)]
    if not spans:
        return Check("links", Verdict.HOLDS, "It has no link.")
    own = _host(draft.clinic.address)
    foreign = [span for span in spans if not own or _host(draft.body[span.start : span.end]) != own]
    if foreign:
        return Check("links", Verdict.BLOCKS, f"A link that is not the clinic’s: {_quoted(draft.body, foreign)}.", tuple(foreign))
    return Check("links", Verdict.WARNS, "It has a link; patients are told not to press links in messages.", tuple(spans))


# --- How it says it ----------------------------------------------------------------------------------------------------------------


def _language(draft: CheckedDraft) -> Check:
    short = draft.language.split("-")[0].lower()
    wanted = language(draft.language)
    if short not in FORMULA:
        found = language_of(draft.body)
        if found is not None:
            return Check("language", Verdict.WARNS, f"It is in {language(found)}, and the patient’s language is {wanted}.")
        return Check("language", Verdict.WARNS, f"Code cannot read {wanted}: have somebody look who does.")
    other = tuple(one.span for one in sentences_by_language(draft.body) if one.language not in {None, short})
    if other:
        return Check("language", Verdict.WARNS, f"Not in the patient’s language ({wanted}): {_quoted(draft.body, other)}.", other)
    if not is_latin(draft.body) or (language_of(draft.body) is None and length.words(draft.body) > 8):
        return Check("language", Verdict.WARNS, f"It does not look like {wanted}, the patient’s language.")
    return Check("language", Verdict.HOLDS, f"It is in {wanted}.")


def _grade(draft: CheckedDraft) -> Check:
    names = [
        *draft.patient.split(),
        draft.clinic.name,
        *(str(value) for fact in draft.facts for value in fact.values.values() if isinstance(value, str)),
    ]
    written = language_of(draft.body) or draft.language
    grade = reading_grade(draft.body, written, names)
    if grade is None:
        return Check("reading grade", Verdict.WARNS, "How easily it reads is not measured in this language.")
    said = f"It reads at grade {grade:.1f} ({FORMULA[written.split('-')[0].lower()]})"
    if grade > HIGHEST_GRADE:
        return Check("reading grade", Verdict.WARNS, f"{said}; aim for {HIGHEST_GRADE:.0f} or lower: shorter sentences, shorter words.")
    return Check("reading grade", Verdict.HOLDS, f"{said}.")


MOST_WORDS = {
    # Words at which a form warns, and blocks.
    DraftForm.EMAIL: (200, 400),
    DraftForm.PORTAL: (200, 400),
    DraftForm.LETTER: (250, 500),
    DraftForm.PHONE_SCRIPT: (300, 600),
}
MOST_SEGMENTS = (1, 4)
MOST_SECONDS = (30, 60)


def _length(draft: CheckedDraft) -> Check:
    match draft.form:
        case DraftForm.SMS:
            count, (much, too_much) = length.sms_segments(draft.body), MOST_SEGMENTS
            odd = length.not_gsm7(draft.body)
            said = f"{len(draft.body)} characters, {count} SMS segment{'' if count == 1 else 's'}"
            if odd and count > 1:
                said += f" ({odd[:8]} make a segment 70 characters short)"
        case DraftForm.VOICEMAIL:
            count, (much, too_much) = length.seconds_aloud(draft.body), MOST_SECONDS
            said = f"{count} seconds read aloud"
        case form:
            count, (much, too_much) = length.words(draft.body), MOST_WORDS[form]
            said = f"{count} words"
    if count > too_much:
        return Check("length", Verdict.BLOCKS, f"{said}: far too long; at most {too_much} may leave.")
    if count > much:
        return Check("length", Verdict.WARNS, f"{said}: better {much} or fewer.")
    return Check("length", Verdict.HOLDS, f"{said}.")


def _callback(draft: CheckedDraft) -> Check:
    if draft.form is DraftForm.PHONE_SCRIPT:
        return Check("callback", Verdict.HOLDS, "The patient is on the line.")
    if not draft.clinic.phone:
        return Check("callback", Verdict.WARNS, "The clinic’s callback number is not set (TRIAGE_CLINIC_PHONE).")
    if _digits(draft.clinic.phone) not in _digits(draft.body):
        return Check("callback", Verdict.WARNS, f"It does not say how to answer: {draft.clinic.phone}.")
    return Check("callback", Verdict.HOLDS, "It says which number to call.")


# --- Small things ------------------------------------------------------------------------------------------------------------------


def _is_own_name(one: Private, draft: CheckedDraft) -> bool:
    """A patient may be called Gouty or Paine."""
    words = draft.body[one.start : one.end]
    return words[:1].isupper() and name_words(words) <= name_words(draft.patient)


def _places(words: str, text: str) -> list[Span]:
    return [Span(*match.span()) for match in re.finditer(re.escape(words), text)] if words else []


def _kinds(found: Collection[Private]) -> str:
    return " and ".join(dict.fromkeys(IN_WORDS[one.kind] for one in found))


def _quoted(text: str, spans: Collection[Span]) -> str:
    return ", ".join(_quotes(text, spans))


def _quotes(text: str, spans: Collection[Span]) -> Iterator[str]:
    told = list(dict.fromkeys(f"“{text[span.start : span.end].strip()}”" for span in spans))
    yield from told[:4]
    if len(told) > 4:
        yield f"and {len(told) - 4} more"


def _host(link: str) -> str:
    """The machine that a link leads to, as a browser reads it: up to the first slash, behind any name before an @."""
    rest = re.sub(r"(?i)^https?:[/\\]*", "", link.strip())
    authority = re.split(r"[/\\?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    return authority.lower().rstrip(".,;:!)\"'”’").removeprefix("www.")


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
