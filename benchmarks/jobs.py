"""What the durable queue costs: notes read by a worker with an assistant that only waits, beside a plain loop over the same notes."""

import json
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROUNDS, Measure, answer, child, leave, over_rounds

NAME = "jobs"
LOOP = "the same in a plain loop"


def run(folder: Path) -> list[Measure]:
    """Each round is two fresh processes over fresh records."""
    loop: list[dict[str, Any]] = []
    worker: list[dict[str, Any]] = []
    for number in range(ROUNDS):
        loop.append(_child("loop", folder / f"loop-{number}.db"))
        worker.append(_child("worker", folder / f"worker-{number}.db"))
    n = f"{loop[0]['notes']} notes, {ROUNDS} rounds"
    fake = f"the assistant waits {loop[0]['assistant_ms']} ms a note and suggests nothing"
    base = [one["notes_per_s"] for one in loop]
    base_cpu = [one["cpu_ms"] for one in loop]
    return [
        over_rounds(NAME, "notes read by a worker", [one["notes_per_s"] for one in worker], "notes/s", n, baseline=base, against=LOOP),
        over_rounds(NAME, LOOP, base, "notes/s", n, remark=fake),
        over_rounds(
            NAME,
            "until the worker has read its first",
            [one["first_s"] for one in worker],
            "s",
            n,
            remark="from starting it, with all notes enqueued already",
        ),
        over_rounds(NAME, "CPU a note, worker", [one["cpu_ms"] for one in worker], "ms", n, baseline=base_cpu, against=LOOP),
    ]


def _child(how: str, path: Path) -> dict[str, Any]:
    process = child("benchmarks.jobs_child", how, str(path))
    try:
        found: dict[str, Any] = json.loads(answer(process))
        return found
    finally:
        leave(process)
