"""What a person waits for: a decision, the Review page and the Queue page, from the real server over loopback.

Requests take turns, one of each kind, so that whatever else the machine does falls on all of them and on the baseline alike.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlencode, urlsplit

from benchmarks.measuring import ROUNDS, Measure, answer, child, leave, percentile, raw_sqlite
from benchmarks.seeding import Desk, new_record, seed_desk
from review_ui.signing_in import csrf_token

NAME = "pages"
TURNS = 200
WARM_UP = 10
ACTIVE = 5_000
PENDING = 10_000
REVIEWED = 50_000
"""Notes done with in the record that has a past."""

OLD_EVERY = 4
"""The record with a past is asked once in so many turns."""

OK = "a route that answers “ok”"


class Site:
    """A running server, and one kept-alive connection to it."""

    def __init__(self, *arguments: str) -> None:
        self._process = child("benchmarks.serving_child", *arguments)
        self._connection = HTTPConnection(urlsplit(answer(self._process)).netloc, timeout=60)

    def ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> tuple[float, int]:
        """Milliseconds until the whole answer is there, and its bytes. Raises RuntimeError for any answer but 200."""
        began = time.perf_counter()
        self._connection.request(method, path, body=body.encode() if body is not None else None, headers=headers or {})
        response = self._connection.getresponse()
        content = response.read()
        took = (time.perf_counter() - began) * 1000
        if response.status != 200:
            raise RuntimeError(f"{method} {path} was answered {response.status}: {content[:500]!r}")
        return took, len(content)

    def close(self) -> None:
        """Stop the server."""
        self._connection.close()
        leave(self._process)


def run(folder: Path) -> list[Measure]:
    """Seed, then time `TURNS` requests of each kind in turns."""
    path, old_path = folder / "new.db", folder / "old.db"
    desk, old_desk = _seed(path), _seed(old_path, reviewed=REVIEWED)
    with ExitStack() as running:
        site, old, plain = (
            running.enter_context(closing(Site(*what)))
            for what in (("pages", f"sqlite:///{path}"), ("pages", f"sqlite:///{old_path}"), ("ok",))
        )
        times = _take_turns(site, old, plain, desk, old_desk, folder)
    return _measures(times, desk)


def _seed(path: Path, reviewed: int = 0) -> Desk:
    database = new_record(path)
    try:
        return seed_desk(database, active=ACTIVE, pending=PENDING, reviewed=reviewed)
    finally:
        database.dispose()


def _take_turns(site: Site, old: Site, plain: Site, desk: Desk, old_desk: Desk, folder: Path) -> dict[str, list[tuple[float, int]]]:
    cookie = {"Cookie": f"session={desk.token}"}
    form = {**cookie, "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded"}
    csrf = csrf_token(desk.token)
    step = len(desk.to_accept) // (TURNS + WARM_UP)
    to_accept, notes = iter(desk.to_accept[::step]), iter(desk.notes[:: len(desk.notes) // (TURNS + WARM_UP)])

    def decide() -> tuple[float, int]:
        suggestion, version = next(to_accept)
        body = urlencode({"csrf": csrf, "decision": "accept", "version": version, "seconds": "3.2"})
        return site.ask("POST", f"/suggestions/{suggestion}/decisions", body, form)

    kinds: dict[str, Callable[[], tuple[float, int]]] = {
        "ok": lambda: plain.ask("GET", "/ok"),
        "decision": decide,
        "review": lambda: site.ask("GET", f"/review/{next(notes)}", headers=cookie),
        "queue": lambda: site.ask("GET", "/queue", headers=cookie),
        "commit": _commit_in(folder),
    }
    old_notes = iter(old_desk.notes[:: len(old_desk.notes) // (TURNS + WARM_UP)])
    old_cookie = {"Cookie": f"session={old_desk.token}"}
    kinds["old"] = lambda: old.ask("GET", f"/review/{next(old_notes)}", headers=old_cookie)
    times: dict[str, list[tuple[float, int]]] = {kind: [] for kind in kinds}
    for turn in range(WARM_UP + TURNS):
        for kind, ask in kinds.items():
            if kind == "old" and turn % OLD_EVERY:
                continue
            took = ask()
            if turn >= WARM_UP:
                times[kind].append(took)
    return times


def _commit_in(folder: Path) -> Callable[[], tuple[float, int]]:
    """One row written and committed in the same folder, with nothing of ours around it: what the disk alone asks for."""
    connection = raw_sqlite(folder / "plain.db")
    connection.execute("CREATE TABLE one (id INTEGER PRIMARY KEY, text TEXT)")

    def commit() -> tuple[float, int]:
        began = time.perf_counter()
        connection.execute("INSERT INTO one (text) VALUES (?)", ("x" * 100,))
        return (time.perf_counter() - began) * 1000, 0

    return commit


def _measures(times: dict[str, list[tuple[float, int]]], desk: Desk) -> list[Measure]:
    told = {
        "decision": ("decision, as htmx sends it", f"{desk.pending:,} suggestions pending"),
        "review": ("Review page", f"{desk.pending:,} suggestions pending on {len(desk.notes):,} notes"),
        "old": (f"Review page after {REVIEWED:,} notes", "the same desk, and as many notes reviewed long ago"),
        "queue": ("Queue page", f"{desk.active:,} active episodes"),
        "ok": (OK, ""),
        "commit": ("one raw commit to disk", "in the same folder, with nothing of ours around it"),
    }
    found: list[Measure] = []
    for kind, (what, remark) in told.items():
        for share in (0.5, 0.95):
            value = percentile([took for took, _ in times[kind]], share)
            base = percentile([took for took, _ in times["ok"]], share)
            is_ours = kind not in {"ok", "commit"}
            found.append(
                Measure(
                    NAME,
                    f"{what}, p{share * 100:.0f}",
                    value,
                    "ms",
                    f"{len(times[kind])} requests" if kind != "commit" else f"{len(times[kind])} commits",
                    value / base if is_ours else None,
                    OK if is_ours else "",
                    _by_round([took for took, _ in times[kind]], share),
                    remark if share == 0.5 else "",
                )
            )
        if kind in {"review", "decision", "queue"}:
            size = median(size for _, size in times[kind]) / 1000
            found.append(Measure(NAME, f"{what}, size", size, "kB", f"{len(times[kind])} answers"))
    return found


def _by_round(values: list[float], share: float) -> tuple[float, ...]:
    """The percentile in each third of the run: how steady it was."""
    third = len(values) // ROUNDS
    return tuple(percentile(values[place * third : (place + 1) * third], share) for place in range(ROUNDS))
