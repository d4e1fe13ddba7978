"""`python -m benchmarks [NAME...]`: runs all benchmarks, or those named; prints a table and writes var/bench.json. Asserts no times."""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pysqlite3.dbapi2 as sqlite

from benchmarks import asking, coordination, importing, jobs, pages, patterns, peer, reading
from benchmarks.measuring import ROOT, Measure

BENCHMARKS: dict[str, Callable[[Path], list[Measure]]] = {
    "reading": reading.run,
    "peer": peer.run,
    "importing": importing.run,
    "pages": pages.run,
    "jobs": jobs.run,
    "asking": asking.run,
    "coordination": coordination.run,
    "patterns": patterns.run,
}
RESULT = ROOT / "var" / "bench.json"


def main(names: Sequence[str]) -> int:
    """Run the benchmarks called `names`, or all. What was measured is written after each, so that a failure loses nothing."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"No benchmark is called {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    measures: list[Measure] = []
    about = _about()
    began = time.monotonic()
    for name in names or BENCHMARKS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="triage-bench-") as folder:
            measures += BENCHMARKS[name](Path(folder))
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
        about |= {"seconds": round(time.monotonic() - began, 1), "load_after": _load()}
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(about | {"measures": [one.as_json() for one in measures]}, indent=1) + "\n", encoding="utf-8")
    print(table(measures))
    print(f"{about['cores']} cores, load {about['load_before']} before and {about['load_after']} after; {RESULT.relative_to(ROOT)}")
    return 0


def table(measures: Sequence[Measure]) -> str:
    """The measures as lines of a Markdown table."""
    heading = ("benchmark", "what", "value", "n", "ratio to the baseline", "remark")
    rows = [
        (
            one.benchmark,
            one.what,
            f"{_short(one.value)} {one.unit}".strip(),
            one.n,
            f"{_short(one.ratio)} × {one.against}" if one.ratio is not None else "",
            one.remark,
        )
        for one in measures
    ]
    widths = [max(len(row[place]) for row in [heading, *rows]) for place in range(len(heading))]
    lines = [heading, tuple("-" * width for width in widths), *rows]
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines)


def _short(value: float) -> str:
    """The two or three digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 1:
        return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return f"{value:.3f}" if value >= 0.1 else f"{value:.2g}"


def _about() -> dict[str, object]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "python": platform.python_version(),
        "sqlite": sqlite.sqlite_version,
        "cores": len(os.sched_getaffinity(0)),
        "load_before": _load(),
    }


def _load() -> float:
    """Processes that wanted a core, on average over the last minute."""
    return round(os.getloadavg()[0], 1)


def _commit() -> str:
    """The commit that was measured, with a plus where files differ from it; empty outside a checkout."""
    command = ["git", "describe", "--always", "--dirty=+"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
