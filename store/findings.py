"""Suggestions that rest on several notes of an episode: an escalation that only the record shows, with its words from each note.

Such a suggestion belongs to the newest note that it quotes, is reviewed there like any other, and changes nothing by being there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from store.notes import StoredNote, as_note
from store.suggestions import NewSuggestion, as_row, fingerprint
from store.tables import EpisodeRow, NoteRow, QuoteRow, ReadingRow, ReviewRow, SuggestionRow
from workflow.suggestions import EscalationPayload
from workflow.vocabulary import Outcome, Standing, SuggestionKind

RECORD = "record"
"""The assistant's name of what reads a record and not a note."""


@dataclass(frozen=True, slots=True)
class NewFinding:
    """What several notes show together. `quotes` are (note, start, end), oldest first: the suggestion belongs to the last one's note."""

    payload: EscalationPayload
    quotes: tuple[tuple[int, int, int], ...]
    why: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Reader:
    """Which rules read the record."""

    key: str
    version: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words of a note, verbatim."""

    note_id: int
    written_at: datetime
    author_role: str
    text: str


@dataclass(frozen=True, slots=True)
class SuggestedTry:
    """A failed attempt that a note tells and nobody has decided."""

    start: int
    end: int
    count: int


def read_notes(session: Session, episode_id: int) -> list[StoredNote]:
    """The notes of an episode that an assistant has read, in the order in which they were written."""
    read = select(ReadingRow.id).where(ReadingRow.note_id == NoteRow.id, ReadingRow.assistant != RECORD).exists()
    rows = select(NoteRow).where(NoteRow.episode_id == episode_id, read).order_by(NoteRow.written_at, NoteRow.id)
    return [as_note(row) for row in session.scalars(rows)]


def suggested_tries(session: Session, episode_id: int, outcomes: Iterable[Outcome]) -> dict[int, list[SuggestedTry]]:
    """By note, the pending attempts with one of these outcomes."""
    rows = select(SuggestionRow).where(
        SuggestionRow.episode_id == episode_id,
        SuggestionRow.kind == SuggestionKind.OUTREACH_ATTEMPT.value,
        SuggestionRow.standing == Standing.PENDING.value,
    )
    wanted = {outcome.value for outcome in outcomes}
    tries: dict[int, list[SuggestedTry]] = {}
    for row in session.scalars(rows.order_by(SuggestionRow.id)):
        if row.payload["outcome"] in wanted:
            tries.setdefault(row.note_id, []).append(SuggestedTry(row.start, row.end, row.payload["count"]))
    return tries


def save_findings(session: Session, episode_id: int, found: Sequence[NewFinding], reader: Reader, *, now: datetime) -> int:
    """Bring the pending findings of an episode up to `found`; returns how many are new. Done twice, it changes nothing.

    What a person decided about the same reason on the same note stays decided. Where that note's own reading suggests the same reason,
    that suggestion gets the words of the other notes, and no second one is made.
    """
    session.get(EpisodeRow, episode_id, with_for_update=True)  # two jobs for one episode take turns
    mine = select(SuggestionRow).where(SuggestionRow.episode_id == episode_id, SuggestionRow.kind == SuggestionKind.ESCALATION.value)
    known = list(session.scalars(mine))
    by_record = set(session.scalars(select(ReadingRow.id).where(ReadingRow.id.in_([row.reading_id for row in known]), _OF_RECORD)))
    kept: set[int] = set()
    new = 0
    for finding in found:
        note_id = finding.quotes[-1][0]
        alike = [row for row in known if row.note_id == note_id and row.payload["reason"] == finding.payload.reason.value]
        if any(row.standing in _DECIDED for row in alike):
            continue
        row = next((row for row in alike if row.standing == Standing.PENDING or row.reading_id in by_record), None)
        if row is None:
            kept.add(_add(session, finding, alike, reader, now))
            new += 1
            continue
        row.standing, row.why = Standing.PENDING.value, finding.why
        kept.add(row.id)
        session.flush()
        _quote(session, row.id, finding.quotes[:-1])
    gone = [row.id for row in known if row.standing == Standing.PENDING and row.id not in kept]
    session.execute(update(SuggestionRow).where(SuggestionRow.id.in_(gone), SuggestionRow.why.is_not(None)).values(why=None))
    session.execute(delete(QuoteRow).where(QuoteRow.suggestion_id.in_(gone)))
    passed = [row.id for row in known if row.id in gone and row.reading_id in by_record]
    session.execute(update(SuggestionRow).where(SuggestionRow.id.in_(passed)).values(standing=Standing.SUPERSEDED.value))
    return new


def quotes(session: Session, suggestion_ids: Sequence[int]) -> dict[int, list[Quoted]]:
    """By suggestion, the words of the other notes that it rests on, oldest first."""
    rows = session.execute(
        select(QuoteRow, NoteRow)
        .join(NoteRow, NoteRow.id == QuoteRow.note_id)
        .where(QuoteRow.suggestion_id.in_(suggestion_ids))
        .order_by(QuoteRow.suggestion_id, QuoteRow.number)
    )
    found: dict[int, list[Quoted]] = {}
    for quote, row in rows:
        note = as_note(row)
        found.setdefault(quote.suggestion_id, []).append(
            Quoted(note.id, note.written_at, note.author_role, note.text[quote.start : quote.end])
        )
    return found


_OF_RECORD = ReadingRow.assistant == RECORD
_DECIDED = frozenset({Standing.ACCEPTED.value, Standing.EDITED.value, Standing.REJECTED.value})


def _add(session: Session, finding: NewFinding, alike: Sequence[SuggestionRow], reader: Reader, now: datetime) -> int:
    note_id, start, end = finding.quotes[-1]
    note = session.get(NoteRow, note_id)
    assert note is not None  # noqa: S101 — the finding quotes it
    reading = select(ReadingRow.id).where(ReadingRow.note_id == note_id, ReadingRow.reader == reader.key)
    reading_id = session.execute(reading).scalar_one_or_none()
    if reading_id is None:
        row = insert(ReadingRow).values(
            note_id=note_id,
            reader=reader.key,
            assistant=RECORD,
            model="rules",
            prompt=RECORD,
            prompt_version=reader.version,
            content_hash=reader.content_hash,
            refused=0,
            stood_in_for=None,
            usage={},
            at=now,
        )
        reading_id = session.execute(row.returning(ReadingRow.id)).scalar_one()
    item = NewSuggestion(finding.payload, start, end, finding.confidence, own_confidence=finding.confidence)
    print_ = fingerprint(finding.payload, note.text[start:end])
    values = as_row(note, reading_id, print_, item, now) | {"why": finding.why}
    suggestion_id = next((row.id for row in alike if row.fingerprint == print_), None)  # superseded once
    if suggestion_id is None:
        suggestion_id = session.execute(insert(SuggestionRow).values(**values).returning(SuggestionRow.id)).scalar_one()
    else:
        session.execute(update(SuggestionRow).where(SuggestionRow.id == suggestion_id).values(**values))
    _quote(session, suggestion_id, finding.quotes[:-1])
    reviewed = session.get(ReviewRow, note_id)
    if reviewed is not None:
        session.delete(reviewed)
    return suggestion_id


def _quote(session: Session, suggestion_id: int, others: Sequence[tuple[int, int, int]]) -> None:
    session.execute(delete(QuoteRow).where(QuoteRow.suggestion_id == suggestion_id))
    rows = [
        {"suggestion_id": suggestion_id, "number": number, "note_id": note, "start": start, "end": end}
        for number, (note, start, end) in enumerate(others, 1)
    ]
    if rows:
        session.execute(insert(QuoteRow), rows)
