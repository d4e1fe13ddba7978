"""From what reviewers decided to labelled notes: the decisions of this week are the eval cases of the next.

Gold is what people let stand: accepted and edited suggestions with their final values, and what reviewers added because the assistant
missed it. Rejected and superseded ones are left out. A note counts only once somebody has finished with it: an untouched note says nothing
about what is right. Where a reviewer overlooked what the assistant missed too, gold lacks it: recall on such a set is flattering.

An export is not de-identified. Ids are opaque and the words given in `redact` are gone, but texts, dates and roles stay as they are:
treat the file as the notes themselves.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from evals.errors import ReviewDoesNotFit
from evals.files import json_line
from triage.labelled import Gold, GoldAttempt, GoldBlocker, GoldEscalation, GoldTask, LabelledNote
from workflow.suggestions import BlockerPayload, EscalationPayload, OutreachAttemptPayload, Payload, TaskPayload
from workflow.vocabulary import EscalationReason, LaneName, Standing

Origin = Literal["assistant", "reviewer"]
"""Who proposed it. A reviewer's own addition is gold like an accepted one; it may be taken back, and is then rejected."""

REDACTED = "[name]"
_GOLD = frozenset({Standing.ACCEPTED, Standing.EDITED})
_URGENCY = list(EscalationReason)  # declared in the guide's order: where two reasons fit, the first is meant


@dataclass(frozen=True, slots=True)
class ReviewedItem:
    """One suggestion as it stands now. `payload` and `evidence` are final: after any edit. `start` tells where the evidence stands in the
    note's text, in characters; None means its leftmost occurrence."""

    standing: Standing
    origin: Origin
    payload: Payload
    evidence: str
    start: int | None = None


@dataclass(frozen=True, slots=True)
class ReviewedNote:
    """One note with all its suggestions. `review_acts` counts what people did: decisions, additions, and saying that the note is finished.

    `redact` are words to take out of text and evidence (the patient's name and its parts, phone and record numbers).
    """

    id: str
    lane: LaneName
    written_at: datetime
    author_role: str
    source: str
    text: str
    items: tuple[ReviewedItem, ...] = ()
    review_acts: int = 0
    patient_id: str | None = None
    redact: tuple[str, ...] = field(default=())

    @property
    def is_finished(self) -> bool:
        """Whether people have said all they have to say: at least one act, and nothing pending."""
        return self.review_acts > 0 and all(item.standing is not Standing.PENDING for item in self.items)


def export(notes: Iterable[ReviewedNote], *, salt: str) -> Iterator[LabelledNote]:
    """The finished ones of `notes` as labelled notes, in their order.

    Ids become opaque: the same note gives the same id under the same `salt`, and nobody without the salt can tell which it was. Each line
    carries an opaque `patient` where the patient is known, so that intervals can draw the notes of one patient together.
    Raises: ValueError where `salt` is empty; ReviewDoesNotFit where accepted evidence is not in its note.
    """
    if not salt:
        raise ValueError("the salt is empty: ids could be traced back by trying; give a secret one")
    return (_labelled(note, salt) for note in notes if note.is_finished)


def as_line(note: LabelledNote) -> str:
    """One DATASET.md line, with its line end."""
    line: dict[str, Any] = note.model_dump(mode="json", exclude={"gold"})
    return json_line(line | {"gold": note.gold.as_line() if note.gold else None})


def _labelled(note: ReviewedNote, salt: str) -> LabelledNote:
    clean = _Redaction(note.text, note.redact)
    final = {(item.payload, _evidence(note, item, clean)): None for item in note.items if item.standing in _GOLD}  # a dict keeps order
    return LabelledNote.model_validate(
        {
            "id": f"rv-{_opaque('note', note.id, salt)}",
            "lane": note.lane,
            "written_at": note.written_at,
            "author_role": note.author_role,
            "source": note.source,
            "text": clean.text,
            "gold": _gold(list(final)),
            **({"patient": _opaque("patient", note.patient_id, salt)} if note.patient_id else {}),
        }
    )


def _gold(items: Sequence[tuple[Payload, str]]) -> Gold:
    raised = [(payload, quote) for payload, quote in items if isinstance(payload, EscalationPayload)]
    first = min(raised, key=lambda pair: _URGENCY.index(pair[0].reason), default=None)
    return Gold(
        tasks=tuple(GoldTask(**dict(payload), evidence=quote) for payload, quote in items if isinstance(payload, TaskPayload)),
        blockers=tuple(GoldBlocker(**dict(payload), evidence=quote) for payload, quote in items if isinstance(payload, BlockerPayload)),
        outreach_attempts=tuple(
            GoldAttempt(**dict(payload), evidence=quote) for payload, quote in items if isinstance(payload, OutreachAttemptPayload)
        ),
        escalation=GoldEscalation(**dict(first[0]), evidence=first[1]) if first else None,
    )


def _evidence(note: ReviewedNote, item: ReviewedItem, clean: "_Redaction") -> str:
    start = item.start
    if start is None or note.text[start : start + len(item.evidence)] != item.evidence:
        start = note.text.find(item.evidence)
    if start < 0 or not item.evidence.strip():
        raise ReviewDoesNotFit(f"note {note.id} has an accepted {item.payload.kind.label} whose evidence is not in its text; edit it first")
    return clean.quote(start, start + len(item.evidence))


def _opaque(what: str, name: str, salt: str) -> str:
    return hmac.new(salt.encode(), f"{what}:{name}".encode(), hashlib.sha256).hexdigest()[:16]


class _Redaction:
    """A text with words taken out, and where each of its old places is now."""

    def __init__(self, text: str, words: Iterable[str]) -> None:
        self._holes = [found.span() for found in _pattern(words).finditer(text)]
        self._old = text
        self.text = self._between(0, len(text))

    def quote(self, start: int, end: int) -> str:
        """What `text[start:end]` reads now: a verbatim part of the new text. A word taken out in part is named whole."""
        for hole_start, hole_end in self._holes:
            if start < hole_end and end > hole_start:
                start, end = min(start, hole_start), max(end, hole_end)
        return self._between(start, end)

    def _between(self, start: int, end: int) -> str:
        pieces, at = [], start
        for hole_start, hole_end in self._holes:
            if start <= hole_start and hole_end <= end:
                pieces += [self._old[at:hole_start], REDACTED]
                at = hole_end
        return "".join([*pieces, self._old[at:end]])


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Whole words, whatever their case, spacing and accents' encoding; longer ones first, so that a full name goes as one."""
    forms = {unicodedata.normalize(form, word.strip()) for word in words if word.strip() for form in ("NFC", "NFD")}
    each = (r"\s+".join(map(re.escape, form.split())) for form in sorted(forms, key=lambda form: (-len(form), form)))
    return re.compile(rf"(?<!\w)(?:{'|'.join(each)})(?!\w)" if forms else r"(?!)", re.IGNORECASE)
