"""Does the record hold? Every episode is replayed from its events and compared with its projection."""

from collections.abc import Iterator

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from store import access, episodes, intervals, past
from store.tables import EpisodeRow, NoteRow, SuggestionRow
from workflow.episode import BrokenHistory, Episode, broken_invariant, fold


def problems(session: Session) -> Iterator[str]:
    """What does not hold, a sentence each; nothing where all is well."""
    for row in session.scalars(select(EpisodeRow).order_by(EpisodeRow.id).execution_options(yield_per=200)):
        try:
            events = episodes.history(session, row.id)
        except ValidationError as error:
            yield f"episode {row.id}: its events cannot be read ({error.title}: {error.error_count()} faults)"
            continue
        if [event.seq for event in events] != list(range(1, len(events) + 1)):
            yield f"episode {row.id}: events are missing or numbered twice"
            continue
        try:
            replayed = fold(events)
        except BrokenHistory as error:
            yield f"episode {row.id}: its events do not follow one another ({error})"
            continue
        expected = episodes.columns(replayed)
        stored = {name: getattr(row, name) for name in expected}
        if _same_state(row.state, replayed):
            del expected["state"]  # told in another zone or another order, it is the same state
        differing = sorted(name for name in expected if expected[name] != stored[name])
        if differing:
            yield f"episode {row.id}: the projection differs from its events in {', '.join(differing)}"
        elif intervals.stored(session, row.id) != intervals.columns(events):
            yield f"episode {row.id}: its intervals differ from its events; run: triage db rebuild"
        yield from past.problems(session, row.id, events)
        if broken := broken_invariant(replayed):
            yield f"episode {row.id}: {broken}"
    spans = select(SuggestionRow.id, SuggestionRow.evidence, SuggestionRow.start, SuggestionRow.end, NoteRow.text)
    for item in session.execute(spans.join(NoteRow, NoteRow.id == SuggestionRow.note_id).execution_options(yield_per=1000)):
        if item.text[item.start : item.end] != item.evidence:
            yield f"suggestion {item.id}: its evidence is not in the note"
    if (entry := access.broken_at(session)) is not None:
        yield f"access log: entry {entry} does not follow from the one before; somebody changed or removed entries"


def _same_state(stored: object, replayed: Episode) -> bool:
    try:
        return Episode.model_validate(stored) == replayed
    except ValidationError:
        return False
