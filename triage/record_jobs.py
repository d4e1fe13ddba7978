"""The step that looks over the record of an episode that moved, and suggests an escalation where several notes together give cause."""

import hashlib
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

from store import episodes, findings
from store.database import Database
from store.findings import NewFinding, Reader
from store.lanes import Lanes
from triage.record.findings import VERSION
from triage.record.findings import findings as seen_in
from triage.record.notes import Quote, RecordNote
from workflow.suggestions import EscalationPayload
from workflow.vocabulary import FAILED, EscalationReason

CONFIDENCE = {
    EscalationReason.WORSENING_SYMPTOMS: 0.6,
    EscalationReason.TIME_CRITICAL: 0.6,
    EscalationReason.REPEATED_FAILED_OUTREACH: 0.8,
}
"""The chance that a reviewer accepts one, before any was decided."""


def look_over(database: Database, lanes: Lanes, episode_id: int, *, now: datetime | None = None) -> None:
    """Bring the pending findings of an episode up to what its record shows now."""
    now = now or datetime.now(UTC)
    with database.read() as session:
        episode = episodes.load(session, episode_id)
        stored = findings.read_notes(session, episode_id)
        tries = findings.suggested_tries(session, episode_id, FAILED)
    notes = [
        RecordNote(note.id, note.written_at, note.text, tuple((Quote(note.id, t.start, t.end), t.count) for t in tries.get(note.id, ())))
        for note in stored
    ]
    found = [
        NewFinding(
            EscalationPayload(reason=one.reason),
            tuple((quote.note, quote.start, quote.end) for quote in one.quotes),
            one.why,
            CONFIDENCE[one.reason],
        )
        for one in seen_in(notes, episode, lanes[episode.lane], now)
    ]
    with database.write() as session:
        findings.save_findings(session, episode_id, found, reader(), now=now)


@cache
def reader() -> Reader:
    """Names the rules by the hash of their files."""
    told = hashlib.sha256()
    for file in sorted(files("triage.record").iterdir(), key=lambda path: path.name):
        if file.name.endswith(".py"):
            told.update(file.read_bytes())
    return Reader(f"record:rules@{VERSION}:{told.hexdigest()[:12]}", VERSION, told.hexdigest())
