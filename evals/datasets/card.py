"""The facts of a data set's card: what can be counted, so that a test can say whether the card is still true.

`python -m evals.datasets.card evals/data/public.jsonl` prints them, to be put between the card's two marks.
"""

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from evals.cases import length_of
from evals.files import sha256
from triage import labelled
from workflow.vocabulary import LaneName

PUBLIC = Path(__file__).parents[1] / "data" / "public.jsonl"
"""The public eval set. Its card, public.card.md, lies beside it."""

BEGIN, END = "<!-- facts: begin -->", "<!-- facts: end -->"


def facts(path: Path) -> str:
    """Hash and counts of the labelled notes in `path`, as the Markdown of a card. Raises BadLine or OSError."""
    notes = labelled.load(path)
    gold = [note.gold for note in notes if note.gold]
    lanes = Counter(note.lane for note in notes)
    lengths = Counter(length_of(note.text) for note in notes)
    roles = Counter(note.author_role for note in notes)
    parts = [
        ("Labels", {"tasks": sum(len(one.tasks) for one in gold), "blockers": sum(len(one.blockers) for one in gold)}),
        ("Lane", {lane.value: lanes[lane] for lane in LaneName}),
        ("Length", {name: lengths[name] for name in ("terse", "middling", "long")}),
        ("Author role", dict(sorted(roles.items(), key=lambda pair: (-pair[1], pair[0])))),
        ("Action", _often(task.action for one in gold for task in one.tasks)),
        ("Blocker", _often(blocker.category for one in gold for blocker in one.blockers)),
    ]
    parts[0][1]["outreach attempts"] = sum(len(one.outreach_attempts) for one in gold)
    parts[0][1]["escalations"] = sum(one.escalation is not None for one in gold)
    parts[0][1]["notes with empty gold"] = sum(not one.evidence() for one in gold)
    lines = [f"- File: `{path.name}`, sha256 `{sha256(path)}`", f"- Notes: {len(notes)}"]
    for heading, often in parts:
        lines += ["", f"| {heading} | Count |", "|---|---:|", *(f"| {name} | {times} |" for name, times in often.items())]
    return "\n".join(lines) + "\n"


def facts_in(card: str) -> str:
    """The facts as a card states them. Raises ValueError where the card has no marks."""
    return card[card.index(BEGIN) + len(BEGIN) : card.index(END)].strip() + "\n"


def _often(words: Iterable[str]) -> dict[str, int]:
    return {str(word): times for word, times in sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0]))}


if __name__ == "__main__":
    sys.stdout.write(facts(Path(sys.argv[1])))
