"""Every number of every report, against what the raw events say when they are counted in plain Python; on both databases."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from store import check, episodes, intervals
from store.database import Database
from store.migrate import upgrade
from store.reports.cases import AGES, LATE, TRIES
from store.reports.catalogue import REPORTS, business_days_late, count_open
from store.reports.counting import Counted, Line
from store.reports.scope import Scope
from tests.builders import LANES, MARIA, NOW, a_patient
from tests.histories import a_story
from workflow import moves
from workflow.episode import Episode, evolve
from workflow.events import Event, Retracted
from workflow.vocabulary import MOVE_OF, LaneName, OwnerRole, Status

ZONE = "America/Chicago"
SITES = ("Northside", "=Harbor", None)
LATEST = NOW + timedelta(days=150)
HOW_MANY = 60


@dataclass
class Told:
    """An episode of the record as the test wrote it."""

    id: int
    lane: LaneName
    site: str | None
    events: list[Event]

    @cached_property
    def states(self) -> list[tuple[datetime, Episode]]:
        """The state after each second in which something stood that was not taken back, by folding; written without the clock."""
        back = {seq for event in self.events if isinstance(event.change, Retracted) for seq in event.change.seqs}
        found: dict[datetime, Episode] = {}
        state = None
        for event in self.events:
            if event.seq not in back and not isinstance(event.change, Retracted):
                state = evolve(state, event)
                found[event.at.replace(microsecond=0)] = state
        return list(found.items())

    def at(self, moment: datetime) -> Episode | None:
        """The state just before a moment; None before the opening."""
        return next((state for since, state in reversed(self.states) if since < moment), None)

    def open_seconds(self, until: datetime) -> float:
        """How long it was open until then."""
        ends = [*(since for since, _ in self.states[1:]), datetime.max.replace(tzinfo=UTC)]
        spans = ((since, min(end, until)) for (since, state), end in zip(self.states, ends, strict=True) if state.is_open)
        return sum((end - since).total_seconds() for since, end in spans if end > since)


@pytest.fixture
def record(database: Database) -> list[Told]:
    """Sixty episodes with a random history each, of three sites, some opened before the period asked for."""
    told = []
    with database.write() as session:
        for seed in range(HOW_MANY):
            opened_at = datetime(2026, 1, 5, 14, 30, tzinfo=UTC) + timedelta(days=seed * 2, seconds=seed * 977)
            story = a_story(seed, opened_at=opened_at, steps=18)
            site = SITES[seed % 3]
            patient = a_patient(session, f"p-{seed}", site=site)
            by_steps = 1 if seed % 6 == 0 else len(story.events)
            number = episodes.create(session, patient, story.lane.name, story.events[:by_steps])
            for event in story.events[by_steps:]:
                version = episodes.load(session, number).version
                episodes.record(session, number, [event], expected_version=version)
            told.append(Told(number, story.lane.name, site, story.events))
    return told


SCOPES = {
    "everything": {},
    "a lane": {"lane": LaneName.REFERRAL},
    "a role": {"owner_role": OwnerRole.CARE_COORDINATOR},
    "a site": {"site": "=Harbor"},
    "over the day clocks change": {"first": date(2026, 3, 8), "last": date(2026, 3, 8)},
    "until before today": {"first": date(2026, 1, 1), "last": date(2026, 4, 30)},
    "nothing at all": {"first": date(2020, 1, 1), "last": date(2020, 12, 31)},
    "everything there ever was": {"first": date(2020, 1, 1)},
}


def scopes() -> list[Scope]:
    usual = {"first": date(2026, 3, 1), "last": date(2026, 8, 31), "zone": ZONE, "now": LATEST}
    return [Scope(**(usual | given)) for given in SCOPES.values()]


Counts = dict[str, list[tuple[int, float]]]
"""Key to its cases: episode and value."""


def bounds(scope: Scope) -> tuple[datetime, datetime]:
    """The period's first moment and the one at which it ends or we are now."""
    zone = ZoneInfo(ZONE)
    begins = datetime.combine(scope.first, time(), zone).astimezone(UTC)
    ends = datetime.combine(scope.last + timedelta(days=1), time(), zone).astimezone(UTC)
    return begins, min(ends, LATEST)


def within(scope: Scope, told: Told, state: Episode) -> bool:
    return scope.lane in {None, told.lane} and scope.site in {None, told.site} and scope.owner_role in {None, state.owner_role}


def band(value: float, limits: Iterable[float]) -> str:
    return str(sum(value > limit for limit in limits))


def closings(record: list[Told], scope: Scope) -> Iterable[tuple[Told, datetime, Episode]]:
    begins, ends = bounds(scope)
    for told in record:
        for since, state in told.states:
            if not state.is_open and begins <= since < ends and within(scope, told, state):
                yield told, since, state


def cycle_time(record: list[Told], scope: Scope) -> Counts:
    found: Counts = defaultdict(list)
    for told, at, _ in closings(record, scope):
        spent = told.open_seconds(at)
        found[band(spent / 86400, (7, 14, 30, 60, 90))].append((told.id, spent))
    return found


def closure_reasons(record: list[Told], scope: Scope) -> Counts:
    found: Counts = defaultdict(list)
    for told, _, state in closings(record, scope):
        assert state.closure is not None
        found[state.closure.reason.value].append((told.id, 0))
    return found


def attempts_per_closure(record: list[Told], scope: Scope) -> Counts:
    found: Counts = defaultdict(list)
    for told, _, state in closings(record, scope):
        tries = sum(attempt.count for attempt in state.attempts)
        found[band(tries, (0, 1, 2, 3, 5))].append((told.id, tries))
    return found


def standing(record: list[Told], scope: Scope) -> Iterable[tuple[Told, Episode]]:
    for told in record:
        state = told.at(bounds(scope)[1])
        if state is not None and state.is_open and within(scope, told, state):
            yield told, state


def aging(record: list[Told], scope: Scope) -> Counts:
    found: Counts = defaultdict(list)
    for told, _ in standing(record, scope):
        age = told.open_seconds(bounds(scope)[1])
        found[band(age / 86400, (7, 14, 30, 60, 90))].append((told.id, age))
    return found


def overdue(record: list[Told], scope: Scope) -> Counts:
    found: Counts = defaultdict(list)
    today = min(scope.last, LATEST.astimezone(ZoneInfo(ZONE)).date())
    for told, state in standing(record, scope):
        if state.due < today:
            found[band((today - state.due).days, (2, 7, 14, 30))].append((told.id, 0))
    return found


def time_spent(record: list[Told], scope: Scope, key: Callable[[Status], str]) -> Counts:
    """Second by second would take too long; between two changes nothing changes, so change by change it is."""
    begins, ends = bounds(scope)
    found: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for told in record:
        life = [*told.states, (ends, None)]
        for (since, state), (until, _) in pairwise(life):
            seconds = (min(until, ends) - max(since, begins)).total_seconds()
            if state is not None and state.is_open and seconds > 0 and within(scope, told, state):
                found[key(state.status)][told.id] += seconds
    return {name: list(spent.items()) for name, spent in found.items()}


def status_movement(record: list[Told], scope: Scope) -> Counts:
    begins, ends = bounds(scope)
    found: Counts = defaultdict(list)
    for told in record:
        for (_, before), (at, after) in pairwise(told.states):
            if before.status is not after.status and begins <= at < ends and within(scope, told, after):
                found[f"{before.status.value}>{after.status.value}"].append((told.id, 0))
    return found


def blocker_mix(record: list[Told], scope: Scope) -> Counts:
    found: Counts = defaultdict(list)
    last = min(scope.last, LATEST.astimezone(ZoneInfo(ZONE)).date())
    steps = (timedelta(weeks=2**power) for power in range(20))
    step = next(step for step in steps if last - 8 * step < scope.first)
    day = last
    while day >= scope.first:
        midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(ZONE)).astimezone(UTC)
        for told in record:
            state = told.at(min(midnight, LATEST))
            if state is not None and within(scope, told, state):
                for category in state.blocked_by:
                    found[f"{day.isoformat()}>{category.value}"].append((told.id, 0))
        day -= step
    return found


EXPECTED: dict[str, Callable[[list[Told], Scope], Counts]] = {
    "cycle-time": cycle_time,
    "aging": aging,
    "overdue": overdue,
    "time-by-status": lambda record, scope: time_spent(record, scope, lambda status: status.value),
    "time-by-move": lambda record, scope: time_spent(record, scope, lambda status: MOVE_OF[status].value),
    "blocker-mix": blocker_mix,
    "status-movement": status_movement,
    "attempts-per-closure": attempts_per_closure,
    "closure-reasons": closure_reasons,
}


def test_every_report_is_held_against_the_events():
    """A new report needs a count of its own here."""
    assert EXPECTED.keys() == REPORTS.keys()


def test_every_number_is_what_the_events_say(database: Database, record: list[Told]):
    """Cases, patients, sums, spread, and the patients behind each line and the whole: each counted once more from the events."""
    for scope, (name, report) in product(scopes(), REPORTS.items()):
        expected = EXPECTED[name](record, scope)
        with database.read() as session:
            counted = report.counted(session, scope)
            behind = {line.key: report.episodes(session, scope, line.key) for line in counted.lines}
            whole = report.episodes(session, scope, "")
        cases = [case for found in expected.values() for case in found]
        patients = {key: sorted({episode for episode, _ in found}) for key, found in expected.items()}

        assert {line.key for line in counted.lines if line.count} == expected.keys(), name
        assert {key: ids for key, ids in behind.items() if ids} == patients, name
        assert whole == sorted({episode for episode, _ in cases}), name
        for line in counted.lines:
            assert line.episodes == len(behind[line.key]), name
            assert line.total == sum(value for _, value in expected.get(line.key, [])), name
        if not name.startswith("time-by"):  # there a case is a stretch of time, and how many there are is nobody's number
            assert {line.key: line.count for line in counted.lines if line.count} == {key: len(found) for key, found in expected.items()}
        assert (counted.whole.episodes, counted.whole.total) == (len(whole), sum(value for _, value in cases)), name
        if counted.values:
            assert list(counted.values) == sorted(value for _, value in cases), name
    for scope in scopes():
        assert_open_and_business_days(database, record, scope)


def assert_open_and_business_days(database: Database, record: list[Told], scope: Scope) -> None:
    """What overdue is a part of, and its median in business days, counted day by day."""
    today = min(scope.last, LATEST.astimezone(ZoneInfo(ZONE)).date())
    open_now = list(standing(record, scope))
    late = []
    for told, state in open_now:
        days = (state.due + timedelta(days=count + 1) for count in range((today - state.due).days))
        if state.due < today:
            late.append(sum(LANES[told.lane].calendar.is_business_day(day) for day in days))

    with database.read() as session:
        assert count_open(session, scope) == len(open_now)
        assert business_days_late(session, scope, LANES) == (sorted(late)[(len(late) + 1) // 2 - 1] if late else None)


def test_the_record_has_what_the_reports_are_about(database: Database, record: list[Told]):
    """Otherwise every number would be an equal 0."""
    wide = Scope(date(2020, 1, 1), LATEST.date(), ZONE, LATEST)
    with database.read() as session:
        counted = {name: report.counted(session, wide) for name, report in REPORTS.items()}

    assert all(each.whole.count > 10 for each in counted.values())
    assert counted["closure-reasons"].whole.count > counted["closure-reasons"].whole.episodes  # somebody closed twice
    assert any(isinstance(event.change, Retracted) for told in record for event in told.events)


def test_an_empty_record_gives_no_number_but_none(database: Database):
    """Undefined is not 0."""
    scope = Scope(date(2026, 3, 1), date(2026, 3, 31), ZONE, LATEST)
    with database.read() as session:
        counted = [report.counted(session, scope) for report in REPORTS.values()]

    assert all((each.whole.count, each.whole.episodes, each.percentile(0.5)) == (0, 0, None) for each in counted)


def test_a_key_that_means_nothing_has_no_patients(database: Database, record: list[Told]):
    """An address can hold anything."""
    scope = Scope(date(2020, 1, 1), LATEST.date(), ZONE, LATEST)
    for key in ("9", "x", "2026-03-08>transport>x", "2026-13-01>transport", "new>", "' OR 1=1 --"):
        with database.read() as session:
            assert [report.episodes(session, scope, key) for report in REPORTS.values()] == [[]] * len(REPORTS)


def test_percentiles_are_values_that_occurred():
    """Of 1 to 10 the median is 5 and the 90th percentile 9; of one value it is that value."""
    counted = Counted((), Line("", 10, 10, 55), tuple(range(1, 11)))

    assert (counted.percentile(0.5), counted.percentile(0.9)) == (5, 9)
    assert Counted((), Line("", 1, 1, 7), (7,)).percentile(0.9) == 7


def test_bands_say_what_their_bounds_are():
    """The words of a band and the number that cuts it are two places: "15 to 30 days" ends at 30."""
    for bands, unit in ((AGES, 86_400), (TRIES, 1), (LATE, 1)):
        assert len(bands.labels) == len(bands.bounds) + 1
        told = [int(label.split()[-2 if "day" in label else -1].replace("none", "0")) for label in bands.labels[:-1]]
        assert told == [bound // unit for bound in bands.bounds]


def test_intervals_are_kept_with_every_event_and_can_be_made_anew(database: Database, record: list[Told]):
    """What was kept step by step equals what the whole log gives; check says so, and a rebuild changes nothing."""
    with database.write() as session:
        assert list(check.problems(session)) == []
        before = [intervals.stored(session, told.id) for told in record]
        count = intervals.rebuild(session, episodes.histories(session))
        assert [intervals.stored(session, told.id) for told in record] == before
        assert count == sum(map(len, before))


def test_intervals_that_differ_are_found_and_mended(database: Database):
    """Somebody's hand in the table, or a row lost."""
    with database.write() as session:
        number = episodes.create(
            session, a_patient(session), LaneName.REFERRAL, moves.open_episode(LANES[LaneName.REFERRAL], now=NOW, actor=MARIA, reason="x")
        )
        session.execute(text("UPDATE intervals SET status = 'scheduled'"))
        assert list(check.problems(session)) == [f"episode {number}: its intervals differ from its events; run: triage db rebuild"]
        intervals.rebuild(session, episodes.histories(session))
        assert list(check.problems(session)) == []


def test_a_record_older_than_its_intervals_gets_them_on_upgrade(database: Database):
    """Nobody has to know that there is something to make."""
    with database.write() as session:
        opening = moves.open_episode(LANES[LaneName.REFERRAL], now=NOW, actor=MARIA, reason="x")
        number = episodes.create(session, a_patient(session), LaneName.REFERRAL, opening)
        before = intervals.stored(session, number)
        session.execute(text("DELETE FROM intervals"))

    upgrade(database)

    with database.read() as session:
        assert intervals.stored(session, number) == before != []
