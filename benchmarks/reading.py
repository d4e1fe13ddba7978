"""How fast the embedded assistant reads on one core, beside plain wordllama embedding the same texts once."""

import json
import time
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROUNDS, Measure, answer, child, leave, over_rounds
from cli.settings import settings

NAME = "reading"
BASELINE = "wordllama alone"


def run(_folder: Path) -> list[Measure]:
    """Each round starts both processes afresh, one after the other on the same core."""
    cache = settings().data_dir / "cache"
    fitted_s = _make_ready(cache)
    ours: list[dict[str, Any]] = []
    plain: list[dict[str, Any]] = []
    for _ in range(2 * ROUNDS):
        kept = set(cache.glob("*"))
        one = _child("wordllama", cache), _child("assistant", cache)
        if set(cache.glob("*")) == kept:  # else somebody changed its code meanwhile, and this round fitted the model anew
            plain.append(one[0])
            ours.append(one[1])
        if len(ours) == ROUNDS:
            break
    if not ours:
        raise RuntimeError("each round fitted the embedded assistant anew; leave its code alone while it is measured")
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
        *both("ready", "ready_s", "s", remark=f"from starting Python; model kept (making sure took {fitted_s:.0f} s), bytecode compiled"),
    ]


def _make_ready(cache: Path) -> float:
    """Fit the model where it is not kept, compile all modules, warm the disk cache; returns the seconds it took."""
    began = time.monotonic()
    for who in ("wordllama", "assistant"):
        _child(who, cache, warm_up=True)
    return time.monotonic() - began


def _child(who: str, cache: Path, *, warm_up: bool = False) -> dict[str, Any]:
    began = time.monotonic()
    process = child("benchmarks.reading_child", who, str(cache), "0" if warm_up else "1", one_core=True)
    try:
        answer(process)
        ready_s = time.monotonic() - began
        found: dict[str, Any] = json.loads(answer(process))
        return found | {"ready_s": ready_s}
    finally:
        leave(process)
