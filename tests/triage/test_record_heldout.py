"""How well the record's rules do on records that were labelled before the rules saw them, and on which nothing is mended.

    PYTHONPATH=. python -m tests.triage.test_record_heldout [FILE]

prints precision, recall and F1 with their 95 % Wilson intervals, and the records that were misread.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from evals.statistics.intervals import wilson
from tests.triage.test_record import record_of
from triage.record.findings import findings

HELD_OUT = Path(__file__).with_name("record_heldout.jsonl")
OVERALL = "overall"
FLOOR = {OVERALL: (0.89, 0.71)}
"""Precision and recall below which something broke: those measured, less 0.05."""


@dataclass
class Count:
    """Flags of one reason: rightly raised, wrongly raised, missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def raised(self) -> int:
        return self.right + self.wrong

    @property
    def wanted(self) -> int:
        return self.right + self.missed

    @property
    def precision(self) -> float:
        return self.right / self.raised

    @property
    def recall(self) -> float:
        return self.right / self.wanted

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.raised + self.wanted)


def measure(path: Path = HELD_OUT) -> tuple[dict[str, Count], list[str]]:
    """The counts of each reason and of all together, one flag per record and reason, and what was misread, a line each."""
    counts = {OVERALL: Count()}
    misread = []
    for line in path.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        raised, wanted = {one.reason.value for one in findings(*record_of(case))}, set(case["want"])
        for reason in raised | wanted:
            for count in (counts[OVERALL], counts.setdefault(reason, Count())):
                count.right += reason in raised and reason in wanted
                count.wrong += reason not in wanted
                count.missed += reason not in raised
        misread += [f"missed {reason}: {case['id']}" for reason in sorted(wanted - raised)]
        misread += [f"wrong  {reason}: {case['id']}" for reason in sorted(raised - wanted)]
    return counts, misread


@pytest.mark.parametrize("reason", FLOOR)
def test_records_never_seen_before(reason):
    """Fails where a change makes the rules worse on these records, whatever it does to the others."""
    count = measure()[0][reason]
    assert (count.precision >= FLOOR[reason][0], count.recall >= FLOOR[reason][1]) == (True, True), count


def told(part: int, whole: int) -> str:
    """A rate with its interval: "0.86 (0.60 to 0.96, n = 14)"."""
    if not whole:
        return "undefined (n = 0)"
    low, high = wilson(part, whole)
    return f"{part / whole:.2f} ({low:.2f} to {high:.2f}, n = {whole})"


if __name__ == "__main__":
    counts, misread = measure(*map(Path, sys.argv[1:]))
    lines = [
        f"{reason}: precision {told(count.right, count.raised)}, recall {told(count.right, count.wanted)}, F1 {count.f1:.2f}"
        for reason, count in sorted(counts.items())
    ]
    sys.stdout.write("\n".join([*lines, *misread, ""]))
