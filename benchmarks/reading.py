"""How fast the embedded assistant reads on one core, beside plain wordllama embedding the same texts once."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROUNDS, Measure, answer, child, leave, over_rounds

NAME = "reading"
BASELINE = "wordllama alone"


def run(_folder: Path) -> list[Measure]:
    """Each round starts both processes afresh, one after the other on the same core."""
    _make_ready()
    rounds = [(one_round("wordllama"), one_round("assistant")) for _ in range(ROUNDS)]
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
        one_round(who, warm_up=True)


def one_round(who: str, *, warm_up: bool = False, python: Path | str = sys.executable) -> dict[str, Any]:
    """What a fresh process of `who` (one of `reading_child.READERS`) measured, and after how many seconds it was ready.

    With `warm_up` it reads all notes only once, so that later rounds find bytecode and files at hand.
    """
    began = time.monotonic()
    process = child("benchmarks.reading_child", who, "0" if warm_up else "1", one_core=True, python=python)
    try:
        answer(process)
        ready_s = time.monotonic() - began
        found: dict[str, Any] = json.loads(answer(process))
        return found | {"ready_s": ready_s}
    finally:
        leave(process)
