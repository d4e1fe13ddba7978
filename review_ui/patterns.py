"""Patterns as they are told: the same numbers and words for the page, the JSON API and the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from sqlalchemy.orm import Session

from review_ui import charts, words
from store import pattern_evidence, patterns
from store.lanes import Lanes
from store.pattern_evidence import Piece
from store.patterns import Improvement, Pattern
from triage import rates
from triage.patterns import likeness
from workflow.vocabulary import BlockerCategory, EscalationReason, LaneName, PatternStanding

FEWEST = 3
QUOTES = 3
SPARK = 12
"""Weeks in the line of a pattern in the list."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A pattern, its weeks (Mondays, oldest first) with how many episodes came up in each, and what is said of it."""

    pattern: Pattern
    weeks: list[date]
    counts: list[int]
    trend: str
    quotes: list[Piece]

    @property
    def standing(self) -> str:
        """In a word or two; a dismissed pattern that has grown says so."""
        if self.pattern.has_grown:
            return f"dismissed at {self.pattern.state.dismissed_size}, grown since"
        if self.pattern.state.followed is not None:
            return "followed"
        return self.pattern.standing.label.lower()

    @property
    def category(self) -> str:
        return category_words(self.pattern.category)

    @property
    def size_words(self) -> str:
        return f"{words.plural(self.pattern.size, 'patient')} in {words.plural(len(self.weeks), 'week')}"

    @property
    def lane_words(self) -> str:
        return ", ".join(f"{lane.label} {count}" for lane, count in self.pattern.lanes) or "No lane"

    @property
    def owner_words(self) -> str:
        """Who might own it: the role that owns most of the episodes."""
        if not self.pattern.owners:
            return "Nobody owns an episode with it"
        role, count = self.pattern.owners[0]
        return f"Suggested owner: {role.label.lower()}, who owns {count} of {self.pattern.size}"

    @property
    def line(self) -> str:
        """The last weeks as the points of a line in a box of 100 by 22."""
        counts = self.counts[-SPARK:]
        high = max(*counts, 1)
        step = 100 / max(len(counts) - 1, 1)
        return " ".join(f"{number * step:.1f},{20 - 18 * count / high:.1f}" for number, count in enumerate(counts))


@dataclass(frozen=True, slots=True)
class Effect:
    """What an improvement is seen to have changed, in words, and by week."""

    improvement: Improvement
    words: str
    before: rates.Period
    after: rates.Period


def category_words(word: str) -> str:
    """A blocker's category, or the reason of an escalation, as people read it."""
    for kind in (BlockerCategory, EscalationReason):
        if word in kind.values():
            return kind(word).label
    return word


def listing(
    session: Session, lanes: Lanes, *, now: datetime, lane: LaneName | None = None, weeks: int = pattern_evidence.WEEKS
) -> list[Shown]:
    """The patterns of the last weeks with at least FEWEST patients, those a person decided about with any, merged ones never."""
    zone, today = clinic_day(lanes, now)
    found = patterns.patterns(session, pattern_evidence.begins(today, zone, weeks), lane)
    mondays = pattern_evidence.mondays(today, weeks)
    listed = [each for each in found if each.standing is not PatternStanding.MERGED and each.size >= (1 if each.version else FEWEST)]
    return [shown(each, mondays, zone) for each in listed]


def clinic_day(lanes: Lanes, now: datetime) -> tuple[str, date]:
    """The clinic's zone, and its day at `now`."""
    zone = next(iter(lanes.values())).calendar.zone
    return zone, now.astimezone(ZoneInfo(zone)).date()


def shown(pattern: Pattern, weeks: list[date], zone: str) -> Shown:
    """The pattern with its weeks. The trend leaves out the week that is not over."""
    counts = patterns.by_week(pattern, weeks, zone)
    return Shown(pattern, weeks, counts, rates.trend(counts[:-1]), _quotes(pattern))


def _quotes(pattern: Pattern) -> list[Piece]:
    """Examples near the centre, of different words and patients."""
    chosen: list[Piece] = []
    for each in sorted(pattern.pieces, key=lambda piece: (-pattern.nearness[piece.suggestion], piece.suggestion)):
        if all(each.episode != other.episode and likeness(each.words, other.words) < 0.7 for other in chosen):
            chosen.append(each)
            if len(chosen) == QUOTES:
                break
    return chosen


def effects(session: Session, one: Shown, zone: str, today: date) -> list[Effect]:
    """What became of each improvement, newest first."""
    lanes = [lane for lane, _ in one.pattern.lanes]
    active = patterns.active(session, one.weeks, zone, lanes)
    made = []
    for improvement in one.pattern.improvements:
        until = improvement.ended_on or today
        before, after = rates.around(one.weeks, one.counts, active, start=improvement.started_on, until=until)
        made.append(Effect(improvement, rates.in_words(before, after), before, after))
    return made


def chart(one: Shown, starts: Sequence[date]) -> Markup | None:
    """The weeks as columns, with a rule where an improvement began."""
    values: list[dict[str, object]] = [
        {"week": week.isoformat(), "count": count} for week, count in zip(one.weeks, one.counts, strict=True)
    ]
    axis = {"format": "%-d %b", "labelOverlap": True, "labelFontSize": 11}
    x = {"field": "week", "type": "temporal", "axis": axis}
    columns: charts.Spec = {
        "data": {"values": values},
        "mark": {"type": "bar", "color": "var(--blocker)", "width": 9},
        "encoding": {
            "x": x,
            "y": {
                "field": "count",
                "type": "quantitative",
                "axis": {"tickMinStep": 1, "tickCount": 3, "grid": True, "gridColor": "var(--line)"},
            },
        },
    }
    begun: list[dict[str, object]] = [{"week": start.isoformat(), "words": "improvement began"} for start in starts]
    rule: charts.Spec = {"data": {"values": begun}, "mark": {"type": "rule", "color": "var(--ok)", "strokeWidth": 2}, "encoding": {"x": x}}
    label: charts.Spec = {
        "data": {"values": begun},
        "mark": {"type": "text", "align": "right", "dx": -5, "y": 8},
        "encoding": {"x": x, "text": {"field": "words"}},
    }
    spec: charts.Spec = {"width": 420, "height": 120, "layer": [columns, rule, label] if begun else [columns]}
    told = f"{one.pattern.name}: patients by week, {one.counts[0]} in the first week and {one.counts[-1]} in this one."
    return charts.draw(spec, told)


def as_json(listed: Sequence[Shown], searched: tuple[date, datetime, int] | None) -> dict[str, Any]:
    """The patterns for a program: no words of notes, ids alone."""
    return {
        "searched_at": searched[1].isoformat() if searched else None,
        "patterns": [
            {
                "id": each.pattern.id,
                "name": each.pattern.name,
                "named_by": "person" if each.pattern.state.given_name else each.pattern.named_by,
                "standing": each.pattern.standing.value,
                "has_grown": each.pattern.has_grown,
                "is_followed": each.pattern.followed is not None,
                "category": each.pattern.category,
                "first_seen": each.pattern.first_seen.isoformat(),
                "patients": each.pattern.size,
                "trend": each.trend,
                "weeks": [{"week": week.isoformat(), "patients": count} for week, count in zip(each.weeks, each.counts, strict=True)],
                "lanes": {lane.value: count for lane, count in each.pattern.lanes},
                "owner_roles": {role.value: count for role, count in each.pattern.owners},
                "episodes": sorted(each.pattern.episodes),
            }
            for each in listed
        ],
    }


def week_end(week: date) -> date:
    """The Sunday of a week."""
    return week + timedelta(days=6)
