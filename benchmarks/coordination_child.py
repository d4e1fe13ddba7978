"""Measures what is read from a record of two years, and its projections made anew. Prints a measure as JSON a line, then "done".

Every answer is compared with that of the plain SQL beside it before anything is timed; the two then take turns.
"""

import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from benchmarks import plain_sql
from benchmarks.coordination import DONE
from benchmarks.histories import NOW, PEOPLE
from benchmarks.measuring import Measure, percentile
from store import counts, courses, episodes, intervals, monthly, past, queue, self_checks, timeline
from store.counts import Counts
from store.database import Database
from store.lanes import Lanes, load_lanes
from store.queue import Moment, Page, View
from store.reports.catalogue import REPORTS
from store.reports.counting import Counted
from store.reports.scope import Scope
from workflow.agenda import agenda
from workflow.course import KINDS
from workflow.monthly import Month
from workflow.vocabulary import BlockerCategory, LaneName, OwnerRole, Status

T = TypeVar("T")
Answers = list[Sequence[Row[Any]]]

TURNS, LEAST_TURNS, LONGEST_S = 30, 3, 6.0
PLAIN = "plain SQL"
ROWS = "plain SQL that reads its rows"
READ = "reading them all with plain SQL"
AS_OF_DAYS = (30, 365)
ANEW_ONE_IN = 20
"""The share of episodes whose past states are taken out and made anew."""


class Timer:
    """Times answers of one database, each at most `turns` times."""

    def __init__(self, database: Database, turns: int = TURNS) -> None:
        self.database, self._turns = database, turns

    def beside(
        self,
        what: str,
        ours: Callable[[Session], T],
        plain: Sequence[str] | Callable[[Session], Answers],
        same: Callable[[T, Answers], bool] | None,
        *,
        remark: str = "",
        once: bool = False,
    ) -> Measure:
        """Our answer beside the plain statements. Without `same` these only read the rows it is made of."""
        asked = plain if callable(plain) else partial(_ask, plain)
        if same is not None and not same(self._timed(ours)[1], self._timed(asked)[1]):
            raise RuntimeError(f"{what}: plain SQL answers otherwise")
        turns = 1 if once else self._turns
        mine, bare = list[float](), list[float]()
        began = time.perf_counter()
        while len(mine) < turns and (len(mine) < min(LEAST_TURNS, turns) or time.perf_counter() - began < LONGEST_S):
            mine.append(self._timed(ours)[0])
            bare.append(self._timed(asked)[0])
        against = f"p95 {percentile(mine, 0.95):.4g} ms; {PLAIN if same else ROWS} {median(bare):.3g} ms"
        said = f"{against}; {remark}" if remark else against
        ratio = median(mine) / median(bare)
        return Measure("", what, median(mine), "ms", f"{len(mine)} turns", ratio, PLAIN if same else ROWS, tuple(mine), said)

    def _timed(self, ask: Callable[[Session], T]) -> tuple[float, T]:
        with self.database.read() as session:
            session.connection()
            if not self.database.is_sqlite:
                session.execute(text("SET LOCAL TimeZone = 'UTC'"))  # as which plain SQL means its moments
            began = time.perf_counter()
            found = ask(session)
            return (time.perf_counter() - began) * 1000, found


def _ask(statements: Sequence[str], session: Session) -> Answers:
    return [session.execute(text(statement)).all() for statement in statements]


def pages(timer: Timer, lanes: Lanes) -> Iterator[Measure]:
    """The queue now and as it stood, and the Patient page."""
    calendar = next(iter(lanes.values())).calendar
    today, me = calendar.local_day(NOW), PEOPLE[0]
    now = Moment(NOW, today)

    def first_page(view: View, at: Moment) -> Callable[[Session], Page]:
        return lambda session: queue.page(session, view, at)

    yield timer.beside("Queue: first page", first_page(View(), now), [plain_sql.queue_page()], _same_page)
    narrowed = View(lane=LaneName.REFERRAL, overdue=True, unclaimed=True)
    where = f"e.lane = 'referral' AND e.due < '{today}' AND e.owner IS NULL"
    yield timer.beside("Queue: referral, overdue, unclaimed", first_page(narrowed, now), [plain_sql.queue_page(where=where)], _same_page)
    blocked = View(blocker=BlockerCategory.TRANSPORT)
    where = "',' || e.blocked_by || ',' LIKE '%,transport,%'"
    yield timer.beside("Queue: blocked by transport", first_page(blocked, now), [plain_sql.queue_page(where=where)], _same_page)
    where = "p.name LIKE '%Okafor%' AND p.name LIKE '%77%'"
    yield timer.beside(
        "Queue: search for “okafor 77”",
        lambda session: queue.page(session, View(text="okafor 77"), now),
        [plain_sql.queue_page(where=where)],
        _same_page,
        remark="ours searches the patient, owner, status, next action and blockers",
    )
    numbers = [plain_sql.queue_numbers(plain_sql.OPEN, NOW, today, me)]
    yield timer.beside("Queue: all numbers beside the filters", lambda session: counts.counts(session, View(), now, me=me), numbers, _same)
    for days in AS_OF_DAYS:
        then = NOW - timedelta(days=days)
        stood, source = Moment(then, calendar.local_day(then), past=True), plain_sql.stood_at(then)
        yield timer.beside(f"Queue as it stood {days} days ago", first_page(View(), stood), [plain_sql.queue_page(source)], _same_page)
        numbers = [plain_sql.queue_numbers(source, then, stood.today, me)]
        yield timer.beside(f"… its numbers, {days} days ago", _numbers(stood, me), numbers, _same)
    yield _patient(timer)


def _numbers(at: Moment, me: str) -> Callable[[Session], Counts]:
    return lambda session: counts.counts(session, View(), at, me=me)


def _same_page(page: Page, answers: Answers) -> bool:
    return [(row.episode_id, row.patient.name) for row in page.rows] == [(row.episode, row.name) for row in answers[0]]


def _same(found: Counts, answers: Answers) -> bool:
    ours = (
        *(found.active, found.mine, found.unclaimed, found.overdue, found.due_today, found.blocked, found.escalated),
        *(found.lanes.get(word, 0) for word in LaneName),
        *(found.by_status.get(word, 0) for word in Status),
        *(found.by_owner.get(word, 0) for word in OwnerRole),
        *(found.by_blocker.get(word, 0) for word in BlockerCategory),
        *(found.quiet.get(days, 0) for days in queue.QUIET_DAYS),
    )
    return ours == tuple(answers[0][0])


def _patient(timer: Timer) -> Measure:
    """Another patient in every turn, as people open them."""
    with timer.database.read() as session:
        number: int = session.execute(text("SELECT max(id) FROM episodes")).scalar_one()
    step = max(1, number // (3 * TURNS))
    mine, bare = itertools.cycle(range(1, number, step)), itertools.cycle(range(1, number, step))

    def same(view: timeline.EpisodeView, answers: Answers) -> bool:
        return len(view.timeline) == len(answers[0]) + len(answers[1]) > 1

    def plain(session: Session) -> Answers:
        return _ask(plain_sql.patient_page(next(bare)), session)

    return timer.beside("Patient page", lambda session: timeline.view(session, next(mine)), plain, same, remark="another patient each turn")


def reports(timer: Timer, lanes: Lanes) -> Iterator[Measure]:
    """Each report over 13 weeks, and all of them over a year."""
    calendar = next(iter(lanes.values())).calendar
    today = calendar.local_day(NOW)
    quarter, year = (Scope(today - timedelta(weeks=weeks, days=-1), today, calendar.zone, NOW) for weeks in (13, 52))
    for name in REPORTS:
        yield timer.beside(f"report, 13 weeks: {name}", _counted(name, quarter), plain_sql.report(name, quarter), _same_report(name))
    plain = [statement for name in REPORTS for statement in plain_sql.report(name, year)]

    def same(found: list[Counted], answers: Answers) -> bool:
        left = iter(answers)
        asked = {name: [next(left) for _ in plain_sql.report(name, year)] for name in REPORTS}
        return all(_same_report(name)(one, asked[name]) for name, one in zip(REPORTS, found, strict=True))

    yield timer.beside(
        "all nine reports, 52 weeks", lambda session: [report.counted(session, year) for report in REPORTS.values()], plain, same
    )


def _counted(name: str, scope: Scope) -> Callable[[Session], Counted]:
    return lambda session: REPORTS[name].counted(session, scope)


def _same_report(name: str) -> Callable[[Counted, Answers], bool]:
    def lines(found: Counted, answers: Answers) -> bool:
        ours = {(line.key, line.count, line.episodes, line.total) for line in found.lines if line.count}
        values = [row[0] for row in answers[2]] if len(answers) > 2 else []
        whole = answers[1][0][0] == found.whole.episodes
        return bool(ours) and ours == plain_sql.told(answers[0]) and whole and values == list(found.values)

    def mix(found: Counted, answers: Answers) -> bool:
        stood: dict[str, int] = {}
        for day, blockers, number in answers[0]:
            for word in blockers.split(","):
                stood[f"{day}>{word}"] = stood.get(f"{day}>{word}", 0) + number
        whole = answers[1][0][0] == found.whole.episodes
        return bool(stood) and whole and stood == {line.key: line.count for line in found.lines if line.count}

    return mix if name == "blocker-mix" else lines


def overviews(timer: Timer, database: Database, lanes: Lanes) -> Iterator[Measure]:
    """What goes over every open episode, or over every episode, by rules."""
    today = next(iter(lanes.values())).calendar.local_day(NOW)
    open_ones = [plain_sql.STATES_OF_OPEN, plain_sql.events_of(KINDS, "AND e.closed_at IS NULL")]
    yield timer.beside("agenda over all lanes", lambda session: agenda(courses.open_cases(session), lanes, today), open_ones, None)
    month = Month.of(today).before
    all_ones = [plain_sql.events_of(KINDS)]
    yield timer.beside("monthly view", lambda session: monthly.view(session, lanes, month, now=NOW), all_ones, None, once=True)
    checked = lambda _: self_checks.run_self_check(database, lanes, now=NOW)  # noqa: E731
    yield timer.beside("nightly self-check", checked, [plain_sql.STATES_OF_OPEN], None, once=True)


def projections(database: Database) -> Iterator[Measure]:
    """`triage db rebuild`, and past states made anew; in events a second."""
    with database.read() as session:
        number: int = session.execute(text("SELECT count(*) FROM events")).scalar_one()
        before = session.execute(text("SELECT count(*), sum(since), sum(open_before) FROM intervals")).one()
        took = _seconds(lambda: sum(1 for _ in session.execute(text(plain_sql.EVENTS), execution_options={"yield_per": 2000})))
    plain = number / took
    with database.write() as session:
        rebuilt = number / _seconds(lambda: intervals.rebuild(session, episodes.histories(session)))
    with database.read() as session:
        if tuple(session.execute(text("SELECT count(*), sum(since), sum(open_before) FROM intervals")).one()) != tuple(before):
            raise RuntimeError("the intervals made anew differ from those there were")
    whole = f"{number / rebuilt:.0f} s in all"
    yield Measure("", "triage db rebuild", rebuilt, "events/s", f"{number:,} events", rebuilt / plain, READ, (rebuilt,), whole)
    anew = f"episode_id % {ANEW_ONE_IN} = 0"
    with database.write() as session:
        of_those: int = session.execute(text(f"SELECT count(*) FROM events WHERE {anew}")).scalar_one()
        session.execute(text(f"DELETE FROM episode_states WHERE {anew}"))
        caught_up = of_those / _seconds(lambda: past.catch_up(session))
    yield Measure("", "past states made anew", caught_up, "events/s", f"{of_those:,} events", caught_up / plain, READ, (caught_up,))


def _seconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def peak_mb() -> float:
    """The most memory this process had since it was last asked."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    peak = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return peak


def main(url: str) -> None:
    """Measure all of it on this database."""
    database, lanes = Database(url), load_lanes()
    timer = Timer(database)
    groups: dict[str, Callable[[], Iterator[Measure]]] = {
        "pages": lambda: pages(timer, lanes),
        "reports": lambda: reports(timer, lanes),
        "agenda, monthly view and self-check": lambda: overviews(timer, database, lanes),
        "projections made anew": lambda: projections(database),
    }
    for name, measures in groups.items():
        for measure in measures():
            print(json.dumps(measure.as_json()), flush=True)
        print(json.dumps(Measure("", f"memory peak, {name}", peak_mb(), "MB", "1 process").as_json()), flush=True)
    database.dispose()
    print(DONE, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
