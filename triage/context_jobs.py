"""The step that words what matters now about an episode, and what a page shows of it.

A summary is bound to the moment of the record from which it was written: the episode's version, its notes and what was read in them, what
was decided, what the patient asked, and the day. At any other moment it is stale.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from store import contexts, people, suggestions, timeline
from store.contexts import Context
from store.database import Database
from store.lanes import Lanes
from store.timeline import NoteEntry
from triage.assistants.embedded.summarising import summarise_context
from triage.assistants.protocol import Assistant, NoUsableAnswer
from triage.context_check import check_summary
from triage.context_facts import context_request
from triage.reading import Identity
from triage.writing import ContextRequest, Fact, Line, Summary

TEMPLATES = Identity("embedded", "templates", "embedded", "1", "")


@dataclass(frozen=True, slots=True)
class Cited:
    """Where a line has something from: a note with its words, an event of the episode, or a field of the patient."""

    said: str
    note: int | None
    event: int | None
    field: str
    quote: str


@dataclass(frozen=True, slots=True)
class ContextLine:
    """One line of a summary, with what it rests on."""

    text: str
    cited: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What matters now. `written` is what an assistant worded from the same moment, None where the lines were put together just now.

    `stale` is what an assistant worded from an earlier moment, `behind` how many events it does not know of.
    """

    lines: tuple[ContextLine, ...]
    written: Context | None
    stale: Context | None = None
    stale_lines: tuple[ContextLine, ...] = ()
    behind: int = 0


def refresh(database: Database, lanes: Lanes, assistant: Assistant, episode_id: int, *, now: datetime | None = None) -> None:
    """Have what matters now worded anew, unless that was done for this moment. Where nothing usable came, nothing is kept."""
    now = now or datetime.now(UTC)
    with database.read() as session:
        request, moment, version = _asked(session, lanes, episode_id, now)
        known = contexts.newest(session, episode_id)
    if known is not None and known.moment == moment:
        return
    try:
        summary = assistant.summarise_context(request)
    except NoUsableAnswer:
        return  # the page puts the lines together by itself
    with database.write() as session:
        contexts.save(session, episode_id, _context(summary, request, moment, version, now))


def shown(session: Session, lanes: Lanes, episode_id: int, *, now: datetime) -> Shown:
    """What a page shows of an episode now. Raises Unknown."""
    request, moment, version = _asked(session, lanes, episode_id, now)
    known = contexts.newest(session, episode_id)
    if known is not None and known.moment == moment:
        return Shown(_lines(known), known)
    fresh = summarise_context(request, TEMPLATES)
    wrong = {problem.line for problem in check_summary(fresh.lines, request.facts, day=request.day)}
    kept = [line for place, line in enumerate(fresh.lines) if place not in wrong]
    lines = tuple(_line(each) for each in _with_sources(kept, request.facts))
    if known is None or known.assistant == TEMPLATES.assistant:
        return Shown(lines, None)
    return Shown(lines, None, known, _lines(known), max(0, version - known.version))


def request_of(session: Session, lanes: Lanes, episode_id: int, now: datetime) -> ContextRequest:
    """What an assistant is asked about an episode at `now`. Raises Unknown."""
    return _asked(session, lanes, episode_id, now)[0]


def _asked(session: Session, lanes: Lanes, episode_id: int, now: datetime) -> tuple[ContextRequest, str, int]:
    view = timeline.view(session, episode_id)
    lane = lanes[view.episode.lane]
    today = lane.calendar.local_day(now)
    pending = suggestions.pending_of_episode(session, episode_id)
    request = context_request(view, pending, lane, people.here(session, today), now=now)
    notes = max((entry.note.id for entry in view.timeline if isinstance(entry, NoteEntry)), default=0)
    said = json.dumps([request.day.isoformat(), view.episode.version, notes, [fact.said for fact in request.facts]])
    return request, hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:24], view.episode.version


def _context(summary: Summary, request: ContextRequest, moment: str, version: int, now: datetime) -> Context:
    who = summary.identity
    return Context(
        version=version,
        moment=moment,
        lines=_with_sources(summary.lines, request.facts),
        assistant=who.assistant,
        model=who.model,
        prompt=who.prompt,
        prompt_version=who.version,
        content_hash=who.content_hash,
        stood_in_for=summary.stood_in_for,
        usage=dict(summary.usage),
        at=now,
    )


def _with_sources(lines: Sequence[Line], facts: Sequence[Fact]) -> list[dict[str, Any]]:
    by_id = {fact.id: fact for fact in facts}
    return [
        {
            "text": line.text,
            "cited": [
                {"said": by_id[one].said, "note": source.note, "event": source.event, "field": source.field, "quote": source.quote}
                for one in line.facts
                for source in by_id[one].sources
            ],
        }
        for line in lines
    ]


def _lines(context: Context) -> tuple[ContextLine, ...]:
    return tuple(_line(each) for each in context.lines)


def _line(stored: dict[str, Any]) -> ContextLine:
    return ContextLine(stored["text"], tuple(Cited(**each) for each in stored["cited"]))
