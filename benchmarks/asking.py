"""How many notes the LLM assistant has in flight at once, beside bare instructor against the same service in the same run."""

import json
from pathlib import Path
from typing import Any

from benchmarks.asking_stub import ANSWER_S
from benchmarks.measuring import ROUNDS, Measure, answer, child, leave, over_rounds

NAME = "asking"
BARE = "bare instructor"


def run(_folder: Path) -> list[Measure]:
    """Each round is a fresh process for either, one after the other, over one stub."""
    stub = child("benchmarks.asking_stub")
    try:
        address = answer(stub)
        bare: list[dict[str, Any]] = []
        ours: list[dict[str, Any]] = []
        for _ in range(ROUNDS):
            bare.append(_child("instructor", address))
            ours.append(_child("ours", address))
    finally:
        leave(stub)
    n = f"{ours[0]['notes']} notes, {ROUNDS} rounds"
    base, base_cpu = [one["notes_per_s"] for one in bare], [one["cpu_ms"] for one in bare]
    told = f"64 in flight; the stub answers after {ANSWER_S * 1000:.0f} ms, so at most {64 / ANSWER_S:.0f} notes/s"
    return [
        over_rounds(
            NAME, "notes read by the LLM assistant", [one["notes_per_s"] for one in ours], "notes/s", n, baseline=base, against=BARE
        ),
        over_rounds(NAME, f"notes read by {BARE}", base, "notes/s", n, remark=told),
        over_rounds(NAME, "CPU a note, LLM assistant", [one["cpu_ms"] for one in ours], "ms", n, baseline=base_cpu, against=BARE),
        over_rounds(NAME, f"CPU a note, {BARE}", base_cpu, "ms", n),
    ]


def _child(who: str, address: str) -> dict[str, Any]:
    process = child("benchmarks.asking_child", who, address)
    try:
        found: dict[str, Any] = json.loads(answer(process))
        return found
    finally:
        leave(process)
