"""`triage eval writing`: what an assistant writes, scored on hand-written cases."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.kinds import Kind
from evals.contexts import PATH, Summarise, Supported, load_cases, score_contexts
from evals.statistics.intervals import Measure

if TYPE_CHECKING:
    from cli.settings import Settings
    from evals.digests import DigestScores
    from evals.writing import LineLike, WritingScores
    from store.database import Database
    from store.lanes import Lanes
    from triage.assistants.protocol import Assistant
    from triage.writing import Line


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


def score(kind: Kind, data: Path | None, chosen: "Settings", assistant: str | None, prompt: str | None) -> tuple[dict[str, Any], list[str]]:
    """Have an assistant write all cases of a kind; the scores as JSON, and in lines for a person. Raises DataDoesNotFit, OSError."""
    from cli.wiring import build_assistant
    from store.lanes import load_lanes

    writer = build_assistant(chosen, assistant, prompt)
    lanes = load_lanes()  # the cases are about the shipped lanes
    if kind is Kind.CONTEXT:
        contexts = score_context(lanes, partial(_summary, lanes, writer), partial(_supported, lanes), data or PATH)
        return contexts.as_json(), table(contexts)
    told = _score_digests(lanes, writer, data).as_json()
    return told, [f"{name.replace('_', ' ').capitalize():<42} {value}" for name, value in told.items() if value != {}]


def _summary(lanes: "Lanes", writer: "Assistant", database: "Database", episode_id: int, now: datetime) -> Sequence["Line"]:
    from triage.context_jobs import request_of

    with database.read() as session:
        request = request_of(session, lanes, episode_id, now)
    return writer.summarise_context(request).lines


def _supported(lanes: "Lanes", database: "Database", episode_id: int, now: datetime, lines: Sequence["LineLike"]) -> list[bool]:
    from triage.context_check import check_summary
    from triage.context_jobs import request_of
    from triage.writing import Line

    with database.read() as session:
        request = request_of(session, lanes, episode_id, now)
    told = [one for one in lines if isinstance(one, Line)]
    wrong = {problem.line for problem in check_summary(told, request.facts, day=request.day)}
    return [place not in wrong for place in range(len(lines))]


def _score_digests(lanes: "Lanes", writer: "Assistant", data: Path | None) -> "DigestScores":
    from evals import digests
    from evals.contexts import empty_databases

    with empty_databases() as another, another() as database:
        return digests.score_digests(
            digests.load_cases(data or PATH.with_name("digest_cases.jsonl")),
            database,
            lanes,
            lambda request: writer.narrate_changes(request).sentences,
        )
