"""How fast the embedded assistant reads on one core, beside plain wordllama embedding the same texts once."""

import json
import time
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROUNDS, Measure, answer, child, leave, over_rounds

NAME = "reading"
BASELINE = "wordllama alone"


def run(_folder: Path) -> list[Measure]:
    """Each round starts both processes afresh, one after the other on the same core."""
    _make_ready()
    rounds = [(_child("wordllama"), _child("assistant")) for _ in range(ROUNDS)]
    plain, ours = [one for one, _ in rounds], [one for _, one in rounds]
    words = f"{ours[0]['words'] / ours[0]['notes']:.0f} words per note"

    def both(what: str, key: str, unit: str, *, remark: str = "") -> list[Measure]:
        n = f"{ours[0]['notes']} notes, {len(ours)} rounds"
        base = [one[key] for one in plain]
        return [
            over_rounds(NAME, what, [one[key] for one in ours], unit, n, baseline=base, against=BASELINE, remark=remark),
            over_rounds(NAME, f"{what}: {BASELINE}", base, unit, n),
        ]

    return [
        *both("notes read", "notes_per_s", "notes/s", remark=words),
        *both("notes read per second of CPU", "notes_per_cpu_s", "notes/s", remark="what the core itself was used, whoever else wanted it"),
        *both("memory peak", "peak_mb", "MB"),
        *both("ready", "ready_s", "s", remark="from starting Python; bytecode compiled"),
    ]


def _make_ready() -> None:
    """Compile all modules and warm the disk cache."""
    for who in ("wordllama", "assistant"):
        _child(who, warm_up=True)


def _child(who: str, *, warm_up: bool = False) -> dict[str, Any]:
    began = time.monotonic()
    process = child("benchmarks.reading_child", who, "0" if warm_up else "1", one_core=True)
    try:
        answer(process)
        ready_s = time.monotonic() - began
        found: dict[str, Any] = json.loads(answer(process))
        return found | {"ready_s": ready_s}
    finally:
        leave(process)
