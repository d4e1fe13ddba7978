"""What a benchmark hands back, and the few helpers that all of them share.

A time alone says little on a machine that does other things as well. So each number stands beside a baseline measured in the same run, in
turns with it, and the ratio of the two is what can be compared from run to run.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from statistics import median

import pysqlite3.dbapi2 as sqlite

from store.database import BUSY_MS

ROOT = Path(__file__).parent.parent
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Measure:
    """One number. `rounds` are its values round by round where there were several; `ratio` is to the baseline that `against` names.

    `n` says how many of what it rests on; `remark` what a reader must know beside it.
    """

    benchmark: str
    what: str
    value: float
    unit: str
    n: str
    ratio: float | None = None
    against: str = ""
    rounds: tuple[float, ...] = ()
    remark: str = ""

    def as_json(self) -> dict[str, object]:
        """The measure as it is written to the file."""
        return asdict(self)


def over_rounds(
    benchmark: str,
    what: str,
    values: Sequence[float],
    unit: str,
    n: str,
    *,
    baseline: Sequence[float] | None = None,
    against: str = "",
    remark: str = "",
) -> Measure:
    """The median of a value over its rounds, and the median of its ratio to the baseline of the same round."""
    ratio = median(value / base for value, base in zip(values, baseline, strict=True)) if baseline else None
    return Measure(benchmark, what, median(values), unit, n, ratio, against, tuple(values), remark)


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest of `values` that at least `share` (0 to 1) of them do not exceed. Raises ValueError where there is none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values, no percentile")
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def child(module: str, *arguments: str, one_core: bool = False, python: Path | str = sys.executable) -> "subprocess.Popen[str]":
    """A fresh Python process that runs a module of ours; with `one_core` its libraries start no threads. Its stdout is ours to read.

    `python` is the interpreter, another one where the module needs packages that do not go with ours.
    """
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
    if one_core:
        threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
        environment |= dict.fromkeys(threads, "1") | {"TOKENIZERS_PARALLELISM": "false"}
    command = [str(python), "-m", module, *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def answer(process: "subprocess.Popen[str]") -> str:
    """The next line that a child prints. Raises RuntimeError where it ends without one."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        process.wait(timeout=60)
        raise RuntimeError(f"a benchmark's process ended with {process.returncode} and said nothing: {process.args!r}")
    return line.strip()


def leave(process: "subprocess.Popen[str]") -> None:
    """Ask a child to stop and wait for it."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout:
        process.stdout.close()


def raw_sqlite(path: Path | str) -> "sqlite.Connection":
    """SQLite without anything of ours around it, with the same settings as the store's connections."""
    connection = sqlite.connect(str(path), isolation_level=None)
    for setting in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}")
    return connection
