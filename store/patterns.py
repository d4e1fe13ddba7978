"""Patterns: the evidence they are sought in, what was found, what people decided, and what is done about those that are followed.

Size, weeks, lanes and owners are counted from the evidence as it stands: a decision that is undone takes its evidence with it at once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from store.database import take_turns
from store.decided import ACCEPTED
from store.errors import Unknown
from store.patients import Patient, as_patient
from store.tables import (
    EpisodeRow,
    ImprovementRow,
    NoteRow,
    PatientRow,
    PatternDecisionRow,
    PatternItemRow,
    PatternRow,
    PatternRunRow,
    SuggestionRow,
    UserRow,
    core,
)
from workflow.patterns import Decided, State, check, fold, has_grown
from workflow.vocabulary import LaneName, OwnerRole, PatternAct, PatternStanding

WEEKS = 26
"""How far back evidence is sought and counted."""

_LOCK = 715_213
"""Held while what was found is written, and while somebody decides."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The words of one accepted blocker or escalation, with where they stand. `category` is as a person accepted it."""

    suggestion: int
    episode: int
    note: int
    written_at: datetime
    lane: LaneName
    owner_role: OwnerRole
    category: str
    words: str
    patient: Patient


@dataclass(frozen=True, slots=True)
class Kept:
    """A pattern as the search for patterns knows it."""

    id: int
    items: frozenset[int]
    is_decided: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: `pattern` is the one known before, None for a new one, which then has a name and a category."""

    pattern: int | None
    nearness: Mapping[int, float]
    first_seen: date
    category: str = ""
    name: str = ""
    named_by: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """An entry of a pattern's history, newest wording first in `words` of the page."""

    id: int
    act: PatternAct
    who: str
    at: datetime
    name: str
    into: int | None
    reason: str
    undoes: int | None
    is_undone: bool


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


def monday(day: date) -> date:
    """The first day of the week."""
    return day - timedelta(days=day.weekday())


def mondays(today: date, weeks: int = WEEKS) -> list[date]:
    """The first days of the last weeks, that of `today` the last."""
    return [monday(today) - timedelta(weeks=ago) for ago in range(weeks - 1, -1, -1)]


def begins(today: date, zone: str, weeks: int = WEEKS) -> datetime:
    """The moment the first of the last weeks began."""
    return datetime.combine(mondays(today, weeks)[0], time(), ZoneInfo(zone))


def _pieces() -> Select[SuggestionRow, NoteRow, str, str, PatientRow]:
    return (
        select(SuggestionRow, NoteRow, EpisodeRow.lane, EpisodeRow.owner_role, PatientRow)
        .join(NoteRow, NoteRow.id == SuggestionRow.note_id)
        .join(EpisodeRow, EpisodeRow.id == SuggestionRow.episode_id)
        .join(PatientRow, PatientRow.id == EpisodeRow.patient_id)
        .where(SuggestionRow.kind.in_(("blocker", "escalation")), SuggestionRow.standing.in_(ACCEPTED))
    )


def _piece(row: SuggestionRow, note: NoteRow, lane: str, owner_role: str, patient: PatientRow) -> Piece:
    payload = row.final_payload or row.payload
    return Piece(
        suggestion=row.id,
        episode=row.episode_id,
        note=row.note_id,
        written_at=note.written_at,
        lane=LaneName(lane),
        owner_role=OwnerRole(owner_role),
        category=payload.get("category") or payload.get("reason") or "other",
        words=row.evidence,
        patient=as_patient(patient),
    )


def evidence(session: Session, since: datetime) -> list[Piece]:
    """The words of every blocker and escalation that people accepted, as it was or edited, in notes written since then."""
    return [_piece(*row) for row in session.execute(_pieces().where(NoteRow.written_at >= since).order_by(SuggestionRow.id))]


def known(session: Session) -> tuple[list[Kept], int]:
    """Every pattern with its evidence, and the number of the last decision about any: what a search goes by."""
    items: dict[int, set[int]] = {}
    for suggestion, pattern in session.execute(select(PatternItemRow.suggestion_id, PatternItemRow.pattern_id)):
        items.setdefault(pattern, set()).add(suggestion)
    touched = {pattern for pattern, state in _states(session).items() if state.last is not None}
    touched |= {state.merged_into for state in _states(session).values() if state.merged_into is not None}
    rows = session.scalars(select(PatternRow.id).order_by(PatternRow.id))
    return [Kept(row, frozenset(items.get(row, ())), row in touched) for row in rows], _last_decision(session)


def _last_decision(session: Session) -> int:
    return session.execute(select(func.coalesce(func.max(PatternDecisionRow.id), 0))).scalar_one()


def save_search(session: Session, found: Sequence[Found], *, after: int, items: int, week: date, now: datetime) -> bool:
    """Write what a search found; False, and nothing, where somebody decided since decision `after`: then it must be sought again.

    Evidence of a pattern that a person decided about is added to and never taken away; that of the others is put anew.
    """
    take_turns(session, _LOCK)
    if _last_decision(session) != after:
        return False
    kept, _ = known(session)
    decided = {each.id for each in kept if each.is_decided}
    held = {item for each in kept if each.is_decided for item in each.items}
    session.execute(delete(PatternItemRow).where(PatternItemRow.pattern_id.not_in(decided)))
    rows = []
    for each in found:
        pattern = each.pattern
        if pattern is None:
            row = {
                "standing": PatternStanding.SUGGESTED.value,
                "category": each.category,
                "name": each.name,
                "named_by": each.named_by,
                "first_seen": each.first_seen,
                "at": now,
            }
            pattern = session.execute(insert(core(PatternRow)).returning(core(PatternRow).c.id), row).scalar_one()
        new = {suggestion: near for suggestion, near in each.nearness.items() if suggestion not in held}
        rows += [{"suggestion_id": suggestion, "pattern_id": pattern, "nearness": near} for suggestion, near in new.items()]
    if rows:
        session.execute(insert(core(PatternItemRow)), rows)
    session.execute(delete(PatternRunRow).where(PatternRunRow.week == week))
    session.execute(insert(core(PatternRunRow)), {"week": week, "ran_at": now, "items": items})
    return True


def last_search(session: Session) -> tuple[date, datetime, int] | None:
    """The week, the moment and the pieces of evidence of the last search; None where there was none."""
    row = session.scalars(select(PatternRunRow).order_by(PatternRunRow.week.desc()).limit(1)).first()
    return None if row is None else (row.week, row.ran_at, row.items)


def _decisions(session: Session, pattern_id: int | None = None) -> dict[int, list[Decided]]:
    rows = select(PatternDecisionRow).order_by(PatternDecisionRow.id)
    if pattern_id is not None:
        rows = rows.where(PatternDecisionRow.pattern_id == pattern_id)
    found: dict[int, list[Decided]] = {}
    for row in session.scalars(rows):
        one = Decided(row.id, PatternAct(row.act), row.name, row.into_id, row.size, row.undoes)
        found.setdefault(row.pattern_id, []).append(one)
    return found


def _states(session: Session) -> dict[int, State]:
    return {pattern: fold(decisions) for pattern, decisions in _decisions(session).items()}


def patterns(session: Session, since: datetime, lane: LaneName | None = None, only: int | None = None) -> list[Pattern]:
    """Patterns with their evidence since then, that of merged ones with the pattern they went into; largest first.

    With `lane` only the evidence of that lane, and only patterns that have some. Merged patterns stand in the list without evidence.
    """
    states = _states(session)
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
        _pieces()
        .add_columns(PatternItemRow.pattern_id, PatternItemRow.nearness)
        .join(PatternItemRow, PatternItemRow.suggestion_id == SuggestionRow.id)
        .where(NoteRow.written_at >= since, *narrowed)
        .order_by(NoteRow.written_at.desc(), SuggestionRow.id.desc())
    )
    for suggestion, note, in_lane, owner_role, patient, pattern_id, nearness in session.execute(rows):
        piece = _piece(suggestion, note, in_lane, owner_role, patient)
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


def history(session: Session, pattern_id: int) -> list[Decision]:
    """What was decided about a pattern, newest first."""
    rows = session.execute(
        select(PatternDecisionRow, UserRow.name)
        .join(UserRow, UserRow.id == PatternDecisionRow.user_id)
        .where(PatternDecisionRow.pattern_id == pattern_id)
        .order_by(PatternDecisionRow.id.desc())
    ).all()
    undone = {row.undoes for row, _ in rows}
    return [
        Decision(row.id, PatternAct(row.act), who, row.at, row.name, row.into_id, row.reason, row.undoes, row.id in undone)
        for row, who in rows
    ]


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done about a pattern: by which user, since when, and when it is looked at again."""

    what: str
    owner_id: int
    started_on: date
    review_on: date


def decide(
    session: Session,
    pattern_id: int,
    act: PatternAct,
    *,
    user_id: int,
    now: datetime,
    today: date,
    size: int = 0,
    name: str = "",
    into: int | None = None,
    reason: str = "",
    plan: Plan | None = None,
) -> int:
    """Record what a person decided and return its number. Raises Unknown, or a Refusal where the pattern takes no such decision."""
    take_turns(session, _LOCK)
    row = session.get(PatternRow, pattern_id, populate_existing=True)
    if row is None:
        raise Unknown("There is no such pattern.")
    so_far = _decisions(session, pattern_id).get(pattern_id, [])
    state = fold(so_far)
    check(state, act)
    if into is not None:
        _check_target(session, pattern_id, into)
    undoes = state.last if act is PatternAct.UNDO else None
    values = {
        "pattern_id": pattern_id,
        "act": act.value,
        "user_id": user_id,
        "name": name,
        "into_id": into,
        "reason": reason,
        "size": size,
        "undoes": undoes,
        "at": now,
    }
    decisions = core(PatternDecisionRow)
    number: int = session.execute(insert(decisions).returning(decisions.c.id), values).scalar_one()
    state = fold([*so_far, Decided(number, act, name, into, size, undoes)])
    row.standing, row.given_name = state.standing.value, state.given_name
    row.merged_into, row.dismissed_size = state.merged_into, state.dismissed_size
    if plan is not None:
        session.add(ImprovementRow(pattern_id=pattern_id, decision_id=number, ended_on=None, **_columns(plan)))
    if act is PatternAct.END:
        ends = update(ImprovementRow).where(ImprovementRow.pattern_id == pattern_id, ImprovementRow.ended_on.is_(None))
        session.execute(ends.values(ended_on=today))
    if state.followed is not None:  # also where its end was undone
        session.execute(update(ImprovementRow).where(ImprovementRow.decision_id == state.followed).values(ended_on=None))
    session.flush()
    return number


def _columns(plan: Plan) -> dict[str, object]:
    return {"what": plan.what, "owner_id": plan.owner_id, "started_on": plan.started_on, "review_on": plan.review_on}


def _check_target(session: Session, pattern_id: int, into: int) -> None:
    states = _states(session)
    if into == pattern_id or session.get(PatternRow, into) is None:
        raise Unknown("There is no such pattern to merge into.")
    if states.get(into, State()).standing is PatternStanding.MERGED:
        raise Unknown("The pattern to merge into is merged itself. Choose the one that it went into.")


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
