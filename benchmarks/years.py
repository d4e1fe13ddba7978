"""`python -m benchmarks.years URL EPISODES`: fills a migrated, empty database with a record of two years, in the order in which it would
have come about, and prints what it wrote as a line of JSON.

A history's rows are made once, by the functions the store itself writes with; an episode is those rows with an id of its own and all days
some whole weeks later. Only the way into the tables is a shortcut, so `triage db check` finds nothing wrong.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from random import Random

import psycopg
from psycopg import sql as pg
from sqlalchemy import make_url

from benchmarks.histories import BEGAN, PEOPLE, WEEKS, History, histories
from benchmarks.measuring import raw_sqlite
from benchmarks.seeding import patient_rows, public_notes
from store import intervals, past
from store.database import Database
from store.episodes import columns
from store.lanes import load_lanes
from store.migrate import upgrade
from store.tables import STANDS
from workflow.episode import states
from workflow.vocabulary import UserRole

HISTORIES = 4000
OPEN_SHARE = 0.15
EPISODES_A_PATIENT = 1.4
STALE_WEEKS = 3
"""Open histories end now, or up to so many weeks ago: those nobody has touched since."""

WEEK_S = 7 * 86_400

Cell = str | int | None
Line = tuple[Cell, ...]
Write = Callable[[str, Sequence[str], Sequence[Line]], None]

EVENT = ("episode_id", "seq", "at", "actor_kind", "actor", "kind", "body")
NOTE = (
    *("id", "source", "external_id", "patient_id", "episode_id", "lane", "author", "author_role", "kind"),
    *("written_at", "offset_minutes", "text", "imported_at"),
)
STOOD = ("status", "owner_role", "owner", "offered_to", "next_action", "due", "blocked_by", "last_attempt_at", "closed_at")
EPISODE = ("version", "state", "opened_at", *STOOD)
STATE = ("version", "at", *STOOD)
INTERVAL = (
    *("number", "since", "until", "lane", "status", "owner_role", "due", "blocked_by"),
    *("moved_from", "open_before", "closed_for", "tries"),
)
DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Written:
    """How much was written."""

    episodes: int
    still_open: int
    events: int
    intervals: int
    states: int
    histories: int


@dataclass(frozen=True, slots=True)
class Rows:
    """A history as rows without an episode's id. Each table's rows stand by the week of the record in which they were written."""

    lane: str
    opened_at: str
    episode: Line
    weeks: range
    events: dict[int, list[Line]]
    intervals: dict[int, list[Line]]
    states: dict[int, list[Line]]


Placed = tuple[int, Rows, int]
"""An episode: its id, its history, and how many weeks later than the history it began."""


class Days(dict[str, str]):
    """Days some weeks later, by the days as text."""

    def __init__(self, weeks: int) -> None:
        super().__init__()
        self._later = timedelta(weeks=weeks)

    def __missing__(self, day: str) -> str:
        self[day] = (date.fromisoformat(day) + self._later).isoformat()
        return self[day]

    def later(self, cell: Cell) -> Cell:
        """The cell with every day in it moved. Moments are in UTC, so their time of day stays."""
        return DAY.sub(lambda found: self[found[0]], cell) if isinstance(cell, str) else cell


DAYS = [Days(weeks) for weeks in range(-STALE_WEEKS, WEEKS + 1)]


def days_later(weeks: int) -> Days:
    """The days so many weeks later; negative weeks are earlier."""
    return DAYS[weeks + STALE_WEEKS]


def fill(url: str, episodes: int, *, different: int = HISTORIES) -> Written:
    """Write a record of so many episodes with at most so many `different` histories, and return how much it is."""
    ended, standing = histories(min(different, episodes), load_lanes(), open_share=OPEN_SHARE)
    placed = _place([_rows(each) for each in ended], [_rows(each) for each in standing], episodes)
    counts: Counter[str] = Counter()
    with _writer(url) as write:

        def put(table: str, names: Sequence[str], lines: list[Line]) -> None:
            counts[table] += len(lines)
            write(table, names, lines)

        _people(put, patients := round(episodes / EPISODES_A_PATIENT) + 1)
        put("episodes", ("id", "patient_id", "lane", *EPISODE), [_episode(each, patients) for each in placed])
        _notes(put, placed, patients)
        for week in range(WEEKS + 1):
            put("events", EVENT, sorted(_of_week(placed, week, "events"), key=itemgetter(EVENT.index("at"))))
            put("intervals", ("episode_id", *INTERVAL), list(_of_week(placed, week, "intervals")))
            put("episode_states", ("episode_id", *STATE), list(_of_week(placed, week, "states")))
    still_open = sum(1 for _, rows, _ in placed if rows.episode[EPISODE.index("closed_at")] is None)
    return Written(episodes, still_open, counts["events"], counts["intervals"], counts["episode_states"], len(ended) + len(standing))


def _place(ended: list[Rows], standing: list[Rows], episodes: int) -> list[Placed]:
    """So many episodes, numbered in the order in which they were opened."""
    random = Random(2)
    chosen: list[tuple[Rows, int]] = []
    for number in range(episodes):
        if number < episodes * OPEN_SHARE:
            chosen.append((standing[number % len(standing)], -(number // len(standing) % (STALE_WEEKS + 1))))
        else:
            rows = ended[number % len(ended)]
            chosen.append((rows, random.randrange(max(1, WEEKS - rows.weeks.stop + 1))))
    chosen.sort(key=lambda each: str(days_later(each[1]).later(each[0].opened_at)))
    return [(number, rows, weeks) for number, (rows, weeks) in enumerate(chosen, start=1)]


def _rows(history: History) -> Rows:
    """What the store would have written for this history."""
    events = list(history.events)
    stood = list(states(events))
    moments = [(events[count - 1].at, stood[count - 1]) for count in past.moments(events)]
    found: tuple[dict[int, list[Line]], ...] = ({}, {}, {})
    for event in events:
        cells = (event.seq, event.at, event.actor.kind, event.actor.name, event.change.kind, event.change.model_dump(mode="json"))
        found[0].setdefault(_week(event.at), []).append(_stored(cells))
    for row in intervals.columns(events):
        since = row["since"]
        assert isinstance(since, int)
        found[1].setdefault(_week(datetime.fromtimestamp(since, UTC)), []).append(_stored([row[name] for name in INTERVAL]))
    for at, episode in moments:
        kept = {"version": episode.version, "at": at, **past.columns(episode)}
        found[2].setdefault(_week(at), []).append(_stored([kept[name] for name in STATE]))
    its = columns(history.episode)
    opened_at = str(_text(history.episode.opened_at))
    weeks = range(_week(events[0].at), _week(events[-1].at) + 1)
    return Rows(history.lane.value, opened_at, _stored([its[name] for name in EPISODE]), weeks, *found)


def _week(at: datetime) -> int:
    return (at - BEGAN) // timedelta(weeks=1)


def _stored(values: Sequence[object]) -> Line:
    return tuple(map(_text, values))


def _text(value: object) -> Cell:
    """What a column holds for this value, as text that both databases take."""
    match value:
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        case date():
            return value.isoformat()
        case dict():
            return json.dumps(value)
        case str() | int() | None:
            return value
        case _:
            raise TypeError(type(value).__name__)


def _episode(placed: Placed, patients: int) -> Line:
    number, rows, weeks = placed
    return (number, _patient(number, patients), rows.lane, *map(days_later(weeks).later, rows.episode))


def _patient(episode: int, patients: int) -> int:
    """Episodes go round the patients: the open ones are the newest, so nobody has two of them."""
    return episode % patients + 1


def _of_week(placed: Sequence[Placed], week: int, table: str) -> Iterator[Line]:
    """The rows of a table that all episodes together got in a week of the record."""
    for number, rows, weeks in placed:
        if week - weeks not in rows.weeks:
            continue
        later = days_later(weeks).later
        for line in getattr(rows, table).get(week - weeks, ()):
            moved = (number, *map(later, line))
            yield _later_seconds(moved, weeks * WEEK_S) if table == "intervals" else moved


def _later_seconds(line: Line, seconds: int) -> Line:
    """An interval's row, whose moments are seconds."""
    episode_id, number, since, until, *others = line
    assert isinstance(since, int)
    assert isinstance(until, int)
    return (episode_id, number, since + seconds, until if until == STANDS else until + seconds, *others)


def _people(put: Write, patients: int) -> None:
    began = str(_text(BEGAN))
    users = [(number, name, name.capitalize(), UserRole.COORDINATOR.value, "", 1, began) for number, name in enumerate(PEOPLE, start=1)]
    put("users", ("id", "username", "name", "role", "password_hash", "active", "created_at"), users)
    known = patient_rows(patients, BEGAN)
    put("patients", tuple(known[0]), [_stored(tuple(row.values())) for row in known])


def _notes(put: Write, placed: Sequence[Placed], patients: int) -> None:
    """A note an episode, from the public data set; those of closed episodes, and half of the others, are reviewed."""
    notes: list[Line] = []
    reviews: list[Line] = []
    of_lane = {lane: [note for note in public_notes() if note.lane == lane] for lane in {rows.lane for _, rows, _ in placed}}
    for number, rows, weeks in placed:
        note = of_lane[rows.lane][number % len(of_lane[rows.lane])]
        at = days_later(weeks).later(rows.opened_at)
        about = (number, "bench", f"n-{number}", _patient(number, patients), number, rows.lane)
        notes.append((*about, "Dana Whitfield", note.author_role, note.source, at, -360, note.text, at))
        if rows.episode[EPISODE.index("closed_at")] is not None or number % 2:
            reviews.append((number, 1, at))
    put("notes", NOTE, notes)
    put("reviews", ("note_id", "reviewer_id", "at"), reviews)


@contextmanager
def _writer(url: str) -> Iterator[Write]:
    """Writes rows as fast as the database takes them; nothing is checked on the way in."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        assert address.database
        with closing(raw_sqlite(address.database)) as file:
            for setting in ("synchronous=OFF", "foreign_keys=OFF", "cache_size=-1000000"):
                file.execute(f"PRAGMA {setting}")

            def insert(table: str, names: Sequence[str], lines: Sequence[Line]) -> None:
                file.execute("BEGIN")
                file.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", lines)
                file.execute("COMMIT")

            yield insert
        return
    with psycopg.connect(url, autocommit=True) as server:
        for setting in ("SET session_replication_role = replica", "SET TimeZone = 'UTC'", "SET synchronous_commit = off"):
            server.execute(setting)

        def copy(table: str, names: Sequence[str], lines: Sequence[Line]) -> None:
            into = pg.SQL("COPY {} ({}) FROM STDIN").format(pg.Identifier(table), pg.SQL(", ").join(map(pg.Identifier, names)))
            with server.cursor() as cursor, cursor.copy(into) as stream:
                for line in lines:
                    stream.write_row(line)

        yield copy
        server.execute("VACUUM ANALYZE")  # which a server does by itself before long


if __name__ == "__main__":
    database = Database(sys.argv[1])
    upgrade(database)
    database.dispose()
    print(json.dumps(asdict(fill(sys.argv[1], int(sys.argv[2])))), flush=True)
