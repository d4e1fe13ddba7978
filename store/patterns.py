"""Patterns with the evidence of a period, what people decided, and what is done about those that are followed.

Size, weeks, lanes and owners are counted from the evidence as it stands: a decision that is undone takes its evidence with it at once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from store.errors import Unknown
from store.pattern_decisions import states_of
from store.pattern_evidence import Piece, monday, piece_of, pieces
from store.tables import (
    EpisodeRow,
    ImprovementRow,
    NoteRow,
    PatternDecisionRow,
    PatternItemRow,
    PatternRow,
    SuggestionRow,
    UserRow,
)
from workflow.patterns import State, has_grown
from workflow.vocabulary import LaneName, OwnerRole, PatternStanding


@dataclass(frozen=True, slots=True)
class Improvement:
    """What is done about a pattern. `owner` is a person's name."""

    decision: int
    what: str
    owner: str
    started_on: date
    review_on: date
    ended_on: date | None


@dataclass(slots=True)
class Pattern:
    """A pattern with the evidence of the period. `weeks` are counts by week, oldest first: an episode counts in the week it came up in."""

    id: int
    standing: PatternStanding
    name: str
    assistants_name: str
    named_by: str
    category: str
    first_seen: date
    merged_into: int | None
    state: State
    version: int
    pieces: list[Piece] = field(default_factory=list)
    nearness: dict[int, float] = field(default_factory=dict)
    improvements: list[Improvement] = field(default_factory=list)

    @property
    def episodes(self) -> dict[int, Piece]:
        """The first piece of evidence of each episode, by episode, newest last."""
        return {each.episode: each for each in reversed(self.pieces)} if self.pieces else {}

    @property
    def size(self) -> int:
        return len({each.episode for each in self.pieces})

    @property
    def lanes(self) -> list[tuple[LaneName, int]]:
        """How many episodes of each lane, most first."""
        return Counter({each.episode: each.lane for each in self.pieces}.values()).most_common()

    @property
    def owners(self) -> list[tuple[OwnerRole, int]]:
        """How many episodes each role owns, most first: the first is the suggested owner."""
        return Counter({each.episode: each.owner_role for each in self.pieces}.values()).most_common()

    @property
    def followed(self) -> Improvement | None:
        """The improvement under way."""
        return next((each for each in self.improvements if each.decision == self.state.followed), None)

    @property
    def has_grown(self) -> bool:
        """Whether it was dismissed and has grown far beyond that since."""
        return has_grown(self.state, self.size)


def patterns(session: Session, since: datetime, lane: LaneName | None = None, only: int | None = None) -> list[Pattern]:
    """Patterns with their evidence since then, that of merged ones with the pattern they went into; largest first.

    With `lane` only the evidence of that lane, and only patterns that have some. Merged patterns stand in the list without evidence.
    """
    states = states_of(session)
    made: dict[int, Pattern] = {}
    for row in session.scalars(select(PatternRow).order_by(PatternRow.id)):
        state = states.get(row.id, State())
        made[row.id] = Pattern(
            id=row.id,
            standing=state.standing,
            name=state.given_name or row.name,
            assistants_name=row.name,
            named_by=row.named_by,
            category=row.category,
            first_seen=row.first_seen,
            merged_into=state.merged_into,
            state=state,
            version=_version(states, row.id),
        )
    root = {each: _root(made, each) for each in made}
    narrowed: list[ColumnElement[bool]] = [EpisodeRow.lane == lane.value] if lane else []
    if only is not None:
        narrowed.append(PatternItemRow.pattern_id.in_([each for each, at in root.items() if at == only]))
    rows = (
        pieces()
        .add_columns(PatternItemRow.pattern_id, PatternItemRow.nearness)
        .join(PatternItemRow, PatternItemRow.suggestion_id == SuggestionRow.id)
        .where(NoteRow.written_at >= since, *narrowed)
        .order_by(NoteRow.written_at.desc(), SuggestionRow.id.desc())
    )
    for suggestion, note, in_lane, owner_role, patient, pattern_id, nearness in session.execute(rows):
        piece = piece_of(suggestion, note, in_lane, owner_role, patient)
        made[root[pattern_id]].pieces.append(piece)
        made[root[pattern_id]].nearness[piece.suggestion] = nearness
    for pattern_id, improvement in _improvements(session, states):
        made[pattern_id].improvements.append(improvement)
    listed = [made[only]] if only in made else [] if only is not None else list(made.values())
    return sorted(listed, key=lambda each: (-each.size, each.id))


def _version(states: Mapping[int, State], pattern_id: int) -> int:
    return states[pattern_id].last or 0 if pattern_id in states else 0


def _root(made: Mapping[int, Pattern], pattern_id: int) -> int:
    """The pattern that this one was merged into at last, or itself."""
    seen = {pattern_id}
    while (into := made[pattern_id].merged_into) is not None and into not in seen:
        seen.add(into)
        pattern_id = into
    return pattern_id


def load(session: Session, pattern_id: int, since: datetime) -> Pattern:
    """One pattern. Raises Unknown."""
    found = patterns(session, since, only=pattern_id)
    if not found:
        raise Unknown("There is no such pattern.")
    return found[0]


def _improvements(session: Session, states: Mapping[int, State]) -> Iterable[tuple[int, Improvement]]:
    """Those whose decision stands, newest first."""
    undone = set(session.scalars(select(PatternDecisionRow.undoes).where(PatternDecisionRow.undoes.is_not(None))))
    rows = session.execute(
        select(ImprovementRow, UserRow.name).join(UserRow, UserRow.id == ImprovementRow.owner_id).order_by(ImprovementRow.id.desc())
    )
    for row, owner in rows:
        if row.decision_id not in undone and row.pattern_id in states:
            yield row.pattern_id, Improvement(row.decision_id, row.what, owner, row.started_on, row.review_on, row.ended_on)


def active(session: Session, weeks: Sequence[date], zone: str, lanes: Sequence[LaneName]) -> list[int]:
    """How many episodes of these lanes were open in each of these weeks, if only for a part of it."""
    moments = [datetime.combine(week, time(), ZoneInfo(zone)) for week in (*weeks, *(weeks[-1:] and [weeks[-1] + timedelta(weeks=1)]))]
    if not moments:
        return []
    rows = session.execute(
        select(EpisodeRow.opened_at, EpisodeRow.closed_at).where(
            EpisodeRow.opened_at < moments[-1],
            or_(EpisodeRow.closed_at.is_(None), EpisodeRow.closed_at >= moments[0]),
            EpisodeRow.lane.in_([lane.value for lane in lanes]),
        )
    ).all()
    return [sum(opened < end and (closed is None or closed >= start) for opened, closed in rows) for start, end in pairwise(moments)]


def by_week(pattern: Pattern, weeks: Sequence[date], zone: str) -> list[int]:
    """How many episodes came up with the pattern in each week; each counts once, in the week of its first evidence."""
    first: dict[int, date] = {}
    for piece in pattern.pieces:
        week = monday(piece.written_at.astimezone(ZoneInfo(zone)).date())
        first[piece.episode] = min(week, first.get(piece.episode, week))
    counts = Counter(first.values())
    return [counts[week] for week in weeks]
