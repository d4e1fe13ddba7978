"""The plain SQL beside which the coordination benchmark sets the store's answers: written by hand, over the same tables, for one answer.

Days, moments and words are our own constants, so they stand in the text. It runs as it is on SQLite and on PostgreSQL.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from store.queue import QUIET_DAYS
from store.reports import cases
from store.reports.blocking import days_of
from store.reports.counting import Bands
from store.reports.scope import Scope
from workflow.vocabulary import MOVE_OF, BlockerCategory, LaneName, OwnerRole, Status

OPEN = "SELECT * FROM episodes WHERE closed_at IS NULL"
EVENTS = "SELECT * FROM events ORDER BY episode_id, seq"
STATES_OF_OPEN = "SELECT id, state FROM episodes WHERE closed_at IS NULL ORDER BY id"


def queue_page(source: str = OPEN, where: str = "", size: int = 50) -> str:
    """The first rows of the queue by due date, with their patients and whatever `source` has of them."""
    narrowed = f"WHERE {where}" if where else ""
    return f"""
        SELECT e.id AS episode, e.*, p.* FROM ({source}) AS e JOIN patients AS p ON p.id = e.patient_id {narrowed}
        ORDER BY e.due, e.id LIMIT {size}"""


def stood_at(moment: datetime) -> str:
    """The episodes that were open at a moment, as they stood then."""
    return f"""
        SELECT s.*, e.id, e.patient_id, e.lane, e.opened_at
        FROM (SELECT episode_id, max(version) AS version FROM episode_states WHERE at <= {_moment(moment)} GROUP BY episode_id) AS newest
        JOIN episode_states AS s ON s.episode_id = newest.episode_id AND s.version = newest.version
        JOIN episodes AS e ON e.id = s.episode_id
        WHERE s.closed_at IS NULL"""


def queue_numbers(source: str, now: datetime, today: date, me: str) -> str:
    """Every number beside the filters of the Queue page, in one row: the whole, then those of `NUMBERS`, then by word."""
    blocked = [f"',' || blocked_by || ',' LIKE '%,{word.value},%'" for word in BlockerCategory]
    quiet = [f"coalesce(last_attempt_at, opened_at) <= {_moment(now - timedelta(days=days))}" for days in QUIET_DAYS]
    conditions = (
        *(f"owner = '{me}'", "owner IS NULL", f"due < '{today}'", f"due = '{today}'", "blocked_by <> ''", "status = 'escalated'"),
        *(f"lane = '{word.value}'" for word in LaneName),
        *(f"status = '{word.value}'" for word in Status),
        *(f"owner_role = '{word.value}'" for word in OwnerRole),
        *blocked,
        *quiet,
    )
    sums = ", ".join(f"coalesce(sum(CASE WHEN {condition} THEN 1 ELSE 0 END), 0)" for condition in conditions)
    return f"SELECT count(*), {sums} FROM ({source}) AS e"


def patient_page(episode_id: int) -> tuple[str, ...]:
    """The rows that a Patient page shows of one episode: events first, then its own, the patient's other episodes and the notes."""
    return (
        f"SELECT * FROM events WHERE episode_id = {episode_id} ORDER BY seq",
        f"SELECT * FROM notes WHERE episode_id = {episode_id}",
        f"SELECT * FROM suggestions WHERE episode_id = {episode_id}",
        f"SELECT e.*, p.* FROM episodes AS e JOIN patients AS p ON p.id = e.patient_id WHERE e.id = {episode_id}",
        f"""
        SELECT o.id, o.lane, o.closed_at FROM episodes AS e JOIN episodes AS o ON o.patient_id = e.patient_id
        WHERE e.id = {episode_id} AND o.id <> e.id ORDER BY o.id DESC""",
    )


def report(name: str, scope: Scope) -> list[str]:
    """The lines of a report (key, cases, episodes, sum of the values), how many episodes are in it, and, where it spreads them, its values.

    The lines of the blocker mix are day, blockers, episodes.
    """
    begins, ends = scope.begins, scope.ends
    closings = f"closed_for IS NOT NULL AND since >= {begins} AND since < {ends}"
    standing = f"closed_for IS NULL AND since < {ends} AND until >= {ends}"
    age = f"open_before + {ends} - since"
    inside = f"status <> 'closed' AND until > {begins} AND since < {ends}"
    spent = f"CASE WHEN until < {ends} THEN until ELSE {ends} END - CASE WHEN since > {begins} THEN since ELSE {begins} END"
    movers = " ".join(f"WHEN '{status.value}' THEN '{mover.value}'" for status, mover in MOVE_OF.items())
    late = " ".join(f"WHEN due >= '{scope.day - timedelta(days=bound)}' THEN '{at}'" for at, bound in enumerate(cases.LATE.bounds))
    match name:
        case "cycle-time":
            return _lines(_band("open_before", cases.AGES), "open_before", closings, spread=True)
        case "aging":
            return _lines(_band(age, cases.AGES), age, standing, spread=True)
        case "overdue":
            return _lines(f"CASE {late} ELSE '{len(cases.LATE.bounds)}' END", "0", f"{standing} AND due < '{scope.day}'")
        case "time-by-status":
            return _lines("status", spent, inside)
        case "time-by-move":
            return _lines(f"CASE status {movers} END", spent, inside)
        case "status-movement":
            moved = f"moved_from IS NOT NULL AND since >= {begins} AND since < {ends}"
            return _lines("moved_from || '>' || status", "0", moved)
        case "attempts-per-closure":
            return _lines(_band("tries", cases.TRIES), "tries", closings, spread=True)
        case "closure-reasons":
            return _lines("closed_for", "0", closings)
        case "blocker-mix":
            stood = {day: _blocked_on(scope, day) for day in days_of(scope)}
            by_day = (f"SELECT '{day}', blocked_by, count(*) FROM intervals WHERE {on} GROUP BY blocked_by" for day, on in stood.items())
            any_day = " OR ".join(f"({on})" for on in stood.values())
            return [" UNION ALL ".join(by_day), f"SELECT count(DISTINCT episode_id) FROM intervals WHERE {any_day}"]
    raise ValueError(f"no report is called {name}")


def _lines(key: str, value: str, where: str, *, spread: bool = False) -> list[str]:
    return [
        f"SELECT {key}, count(*), count(DISTINCT episode_id), sum({value}) FROM intervals WHERE {where} GROUP BY 1",
        f"SELECT count(DISTINCT episode_id) FROM intervals WHERE {where}",
        *([f"SELECT {value} AS value FROM intervals WHERE {where} ORDER BY value"] if spread else []),
    ]


def _band(value: str, bands: Bands) -> str:
    bounded = " ".join(f"WHEN {value} <= {bound} THEN '{place}'" for place, bound in enumerate(bands.bounds))
    return f"CASE {bounded} ELSE '{len(bands.bounds)}' END"


def _blocked_on(scope: Scope, day: date) -> str:
    moment = min(scope.ends, scope.midnight(day + timedelta(days=1)))
    return f"blocked_by <> '' AND since < {moment} AND until >= {moment}"


def events_of(kinds: Iterable[str], where: str = "") -> str:
    """The events of these kinds in the order in which they are folded."""
    named = ", ".join(f"'{kind}'" for kind in sorted(kinds))
    return (
        "SELECT v.episode_id, v.seq, v.at, v.actor_kind, v.actor, v.body FROM events AS v JOIN episodes AS e ON e.id = v.episode_id "
        f"WHERE v.kind IN ({named}) {where} ORDER BY v.episode_id, v.seq"
    )


def _moment(at: datetime) -> str:
    """A moment as SQLite holds it; PostgreSQL's sessions of the benchmark are in UTC."""
    return f"'{at.astimezone(UTC).strftime('%Y-%m-%d %H:%M:%S.%f')}'"


def told(rows: Sequence[Sequence[object]]) -> set[tuple[object, ...]]:
    """Rows in no order, numbers as whole ones."""
    return {tuple(int(cell) if not isinstance(cell, str) and cell is not None else cell for cell in row) for row in rows}  # type: ignore[call-overload]
