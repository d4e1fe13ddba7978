"""An assistant that is told no names: it reads and writes with surrogates, and what it answers is put back into the words of the record."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from triage.assistants.protocol import Assistant, NoUsableAnswer
from triage.assistants.redaction.replacing import redact
from triage.assistants.redaction.surrogates import Redacted
from triage.assistants.redaction.whole_requests import WholeRequest
from triage.reading import Grounded, Identity, Note, Reading
from triage.writing import (
    ChangesRequest,
    ContextRequest,
    Draft,
    DraftRequest,
    Fact,
    Line,
    Narration,
    PatternName,
    PatternRequest,
    Summary,
)

VERSION = "1"
"""Of what is replaced and by what. Another one can change an answer, so it is part of who reads."""


class Redacting:
    """Asks `inner` about notes and facts in which identifiers are replaced.

    Evidence comes back verbatim, in places of the original note. What is written gets back the names and numbers themselves, to the letter;
    a text in which one of them was altered or made up is refused.
    """

    def __init__(self, inner: Assistant) -> None:
        self._inner = inner

    @property
    def identity(self) -> Identity:
        """The inner assistant's; its content hash tells that it reads notes without names."""
        return _without_names(self._inner.identity)

    def read_note(self, note: Note) -> Reading:
        """The inner assistant's reading of the note without its identifiers. Raises what the inner one raises."""
        redacted = redact(note.text, note.about)
        role = redact(note.author_role, note.about).text
        reading = self._inner.read_note(replace(note, text=redacted.text, author_role=role, about=None))
        items = tuple(_restored(item, redacted, note.text) for item in reading.items)
        return replace(reading, identity=_without_names(reading.identity), items=items)

    def draft_outreach(self, request: DraftRequest) -> Draft:
        """The inner assistant's draft, with the names put back. The clinic stays. Raises NoUsableAnswer, and what the inner one raises."""
        clinic = request.clinic
        names = [request.patient, *_names(request.facts)]
        whole = WholeRequest(_texts(request.facts, request.remarks), names=names, keep=(clinic.name, clinic.phone, clinic.email))
        patient = whole.without(request.patient) if request.patient.strip() else ""
        remarks = tuple(map(whole.without, request.remarks))
        draft = self._inner.draft_outreach(replace(request, patient=patient, facts=_facts(request.facts, whole), remarks=remarks))
        subject, body = whole.back(draft.subject), whole.back(draft.body)
        return replace(draft, identity=_without_names(draft.identity), subject=subject, body=body)

    def summarise_context(self, request: ContextRequest) -> Summary:
        """The inner assistant's summary, with the names put back. Raises NoUsableAnswer, and what the inner one raises."""
        whole = WholeRequest(_texts(request.facts, request.remarks), names=_names(request.facts))
        remarks = tuple(map(whole.without, request.remarks))
        summary = self._inner.summarise_context(replace(request, facts=_facts(request.facts, whole), remarks=remarks))
        return replace(summary, identity=_without_names(summary.identity), lines=_back(summary.lines, whole))

    def narrate_changes(self, request: ChangesRequest) -> Narration:
        """The inner assistant's narration, with the names put back. Raises NoUsableAnswer, and what the inner one raises."""
        whole = WholeRequest(_texts(request.facts, request.remarks), names=_names(request.facts))
        remarks = tuple(map(whole.without, request.remarks))
        narration = self._inner.narrate_changes(replace(request, facts=_facts(request.facts, whole), remarks=remarks))
        return replace(narration, identity=_without_names(narration.identity), sentences=_back(narration.sentences, whole))

    def name_pattern(self, request: PatternRequest) -> PatternName:
        """The inner assistant's name, which must name nobody. Raises NoUsableAnswer, and what the inner one raises."""
        told = (request.quotes, request.terms, request.remarks)
        whole = WholeRequest(text for texts in told for text in texts)
        quotes, terms, remarks = (tuple(map(whole.without, texts)) for texts in told)
        name = self._inner.name_pattern(replace(request, quotes=quotes, terms=terms, remarks=remarks))
        if whole.back(name.name) != name.name:
            raise NoUsableAnswer("The model named the pattern after somebody. This one is for a person.")
        return replace(name, identity=_without_names(name.identity))


def _names(facts: Iterable[Fact]) -> list[str]:
    """What the facts give as somebody's name, by the role of the value: "name", "name_2", "patient"."""
    return [value for fact in facts for role, value in fact.values.items() if isinstance(value, str) and _ROLES & {*role.split("_")}]


_ROLES = {"name", "patient"}


def _texts(facts: Iterable[Fact], remarks: Iterable[str]) -> Iterator[str]:
    yield from remarks
    for fact in facts:
        yield fact.said
        yield from (value for value in fact.values.values() if isinstance(value, str))
        yield from (source.quote for source in fact.sources)


def _facts(facts: Iterable[Fact], whole: WholeRequest) -> tuple[Fact, ...]:
    """Birth dates go, whatever else is a number or a day stays."""
    return tuple(
        replace(
            fact,
            said=whole.without(fact.said),
            values={
                role: whole.without(value) if isinstance(value, str) else value
                for role, value in fact.values.items()
                if "birth" not in role
            },
            sources=tuple(replace(source, quote=whole.without(source.quote)) for source in fact.sources),
        )
        for fact in facts
    )


def _back(lines: Sequence[Line], whole: WholeRequest) -> tuple[Line, ...]:
    return tuple(replace(line, text=whole.back(line.text)) for line in lines)


def _without_names(identity: Identity) -> Identity:
    told = f"{identity.content_hash} redacted {VERSION}"
    return replace(identity, content_hash=hashlib.sha256(told.encode()).hexdigest())


def _restored(item: Grounded, redacted: Redacted, text: str) -> Grounded:
    start, end = redacted.original_span(item.start, item.end)
    return replace(item, start=start, end=end, time_phrase=_phrase(item, redacted, text))


def _phrase(item: Grounded, redacted: Redacted, text: str) -> str | None:
    """The original words of the time phrase, the ones within the evidence where they stand there too."""
    phrase = item.time_phrase
    if not phrase:
        return phrase
    inside = redacted.text.find(phrase, item.start, item.end)
    at = inside if inside >= 0 else redacted.text.find(phrase)
    if at < 0:
        return phrase
    start, end = redacted.original_span(at, at + len(phrase))
    return text[start:end]
