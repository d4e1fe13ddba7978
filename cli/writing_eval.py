"""Scoring what an assistant writes against hand-written cases: the part of `triage eval writing` that is about patients' contexts."""

from pathlib import Path
from typing import TYPE_CHECKING

from evals.contexts import PATH, Summarise, Supported, load_cases, score_contexts
from evals.intervals import Measure

if TYPE_CHECKING:
    from evals.writing import WritingScores
    from store.lanes import Lanes

SHOWN = 20
"""Cases that went wrong and are told; the rest are counted."""


def score_context(lanes: "Lanes", summarise: Summarise, supported: Supported, data: Path = PATH) -> "WritingScores":
    """Have `summarise` sum up every case and score it. Raises DataDoesNotFit, OSError."""
    return score_contexts(load_cases(data), lanes, summarise, supported)


def table(scores: "WritingScores") -> list[str]:
    """The scores in lines for a person."""
    lines = [
        _row("Lines of which every fact is supported", scores.support),
        _row("Things to be said that were said", scores.coverage),
        _row("Texts that say nothing forbidden", scores.clean),
        _row("Texts of the length allowed", scores.short),
        _row("Texts at reading grade 8 or below", scores.plain),
        f"{'Reading grade of all together':<42} {'-' if scores.grade is None else f'{scores.grade:.1f}'}",
    ]
    wrong = [text for text in scores.texts if text.unsupported or text.unsaid or text.against]
    for text in wrong[:SHOWN]:
        said = [f"not supported: “{line}”" for line in text.unsupported]
        said += [f"unsaid: {what}" for what in text.unsaid] + [f"forbidden: {pattern}" for pattern in text.against]
        lines.append(f"  {text.case}: {'; '.join(said)}")
    if len(wrong) > SHOWN:
        lines.append(f"  ... and {len(wrong) - SHOWN} more (all of them with --json)")
    return lines


def _row(title: str, measure: Measure) -> str:
    if measure.value is None or measure.low is None or measure.high is None:
        return f"{title:<42} - (n=0)"
    return f"{title:<42} {measure.value:.3f} ({measure.low:.3f} to {measure.high:.3f}, n={measure.n})"
