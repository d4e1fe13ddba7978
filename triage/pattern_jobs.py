"""The weekly search for patterns: once a week, by whichever process comes first, and whenever somebody asks for it.

It writes suggestions of patterns and nothing else. Cut off at any line, it is done again from the start and gives the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from store import pattern_evidence, pattern_search
from store.database import Database
from store.jobs import Job
from store.lanes import Lanes
from store.pattern_evidence import Piece
from store.pattern_search import Found
from triage import pattern_check
from triage.assistants.embedded.naming import name_pattern
from triage.assistants.protocol import AssistantError
from triage.patterns import Evidence, Group, Known, Vectors, arranged, category_of, masked, places, quotes_of
from triage.reading import Identity, Person
from triage.writing import PatternName, PatternRequest
from workflow.vocabulary import BlockerCategory, EscalationReason

PATTERNS = "patterns"
AGAIN_S = 5.0
TRIES = 5
OURS = Identity("embedded", "templates", "name_pattern", "1", "")

Namer = Callable[[PatternRequest], PatternName]
"""An assistant's `name_pattern`."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What came of a search: in how many pieces of evidence, how many patterns stand, and how many of them are new."""

    week: date
    items: int
    patterns: int
    new: int


def embedded_namer(request: PatternRequest) -> PatternName:
    """The embedded assistant's names, which never fail."""
    return name_pattern(request, OURS)


def jobs(database: Database, lanes: Lanes, encoder: Vectors, namer: Namer = embedded_namer) -> dict[str, Job]:
    """The job for the hours: it searches where this week has had no search."""

    def run(_hour: int) -> float | None:
        now = datetime.now(UTC)
        week = _week(lanes, now)
        with database.read() as session:
            last = pattern_search.last_search(session)
        if last is not None and last[0] >= week:
            return None
        return AGAIN_S if search(database, lanes, encoder, namer, now=now) is None else None

    return {PATTERNS: run}


def search(database: Database, lanes: Lanes, encoder: Vectors, namer: Namer = embedded_namer, *, now: datetime) -> Searched | None:
    """Search now. None where somebody decided about patterns all the while: nothing was written, try again."""
    zone = next(iter(lanes.values())).calendar.zone
    week = _week(lanes, now)
    for _ in range(TRIES):
        with database.read() as session:
            pieces = pattern_evidence.evidence(session, pattern_evidence.begins(week, zone))
            kept, after = pattern_search.known(session)
        evidence = [_evidence(piece, zone) for piece in pieces]
        known = [Known(each.id, each.items, each.is_decided) for each in kept]
        groups = arranged(evidence, places(evidence, encoder), known) if evidence else []
        by_id = {each.id: each for each in evidence}
        found = [_found(group, by_id, namer) for group in groups]
        with database.write() as session:
            if pattern_search.save_search(session, found, after=after, items=len(evidence), week=week, now=now):
                return Searched(week, len(evidence), len(found), sum(each.pattern is None for each in found))
    return None


def _week(lanes: Lanes, now: datetime) -> date:
    zone = ZoneInfo(next(iter(lanes.values())).calendar.zone)
    return pattern_evidence.monday(now.astimezone(zone).date())


def _evidence(piece: Piece, zone: str) -> Evidence:
    known = piece.patient
    about = Person(known.name, known.birth_date, known.phone or "", known.email or "", known.external_id)
    day = piece.written_at.astimezone(ZoneInfo(zone)).date()
    return Evidence(piece.suggestion, piece.episode, day, piece.category, masked(piece.words, about))


def _found(group: Group, by_id: Mapping[int, Evidence], namer: Namer) -> Found:
    evidence = [by_id[item] for item in group.items]
    first = min(each.day for each in evidence)
    if group.pattern is not None:
        return Found(group.pattern, group.items, first)
    category = category_of(evidence)
    named = _named(category, evidence, group, namer)
    return Found(None, group.items, first, category, named.name, named.identity.key)


def _named(category: str, evidence: list[Evidence], group: Group, namer: Namer) -> PatternName:
    """The assistant's name where it passes the check, else the embedded assistant's, else that without its phrase."""
    quotes = tuple(each.words for each in quotes_of(evidence, group.items))
    blocker = _category(category)
    request = PatternRequest(blocker, quotes, () if blocker else (EscalationReason(category).label,))
    for ask in (namer, embedded_namer):
        try:
            name = ask(request)
        except AssistantError:
            continue
        if not pattern_check.problems(name.name, request):
            return name
    return embedded_namer(PatternRequest(request.category, (), request.terms))


def _category(word: str) -> BlockerCategory | None:
    """The blocker's category; None for the reason of an escalation."""
    try:
        return BlockerCategory(word)
    except ValueError:
        return None
