"""Scores for people: a table on the terminal and the same in Markdown, every number with its interval and what it was taken over."""

from collections.abc import Iterator, Mapping

from rich.markup import escape
from rich.table import Table

from evals.calibration import interval
from evals.reports import reliability_plot
from evals.runs import Run
from evals.scoring import HEADLINE, Scores
from evals.statistics.intervals import Measure
from workflow.vocabulary import Action, BlockerCategory

TITLES: dict[str, tuple[str, str]] = {
    "tasks.precision": ("Tasks, precision", "predicted tasks"),
    "tasks.recall": ("Tasks, recall", "gold tasks"),
    "tasks.f1": ("Tasks, F1", "gold tasks"),
    "tasks.owner_accuracy": ("Tasks, owner right", "matched tasks"),
    "tasks.due_accuracy": ("Tasks, due date right", "matched tasks"),
    "blockers.precision": ("Blockers, precision", "predicted blockers"),
    "blockers.recall": ("Blockers, recall", "gold blockers"),
    "blockers.micro_f1": ("Blockers, micro-F1", "gold blockers"),
    "blockers.macro_f1": ("Blockers, macro-F1", "gold blockers of a named category"),
    "outreach_attempts.precision": ("Outreach attempts, precision", "predicted attempts"),
    "outreach_attempts.recall": ("Outreach attempts, recall", "gold attempts"),
    "outreach_attempts.f1": ("Outreach attempts, F1", "gold attempts"),
    "outreach_attempts.count_accuracy": ("Outreach attempts, count right", "matched attempts"),
    "escalation.precision": ("Escalation flag, precision", "predicted flags"),
    "escalation.recall": ("Escalation flag, recall", "gold flags"),
    "escalation.f1": ("Escalation flag, F1", "gold flags"),
    "escalation.reason_accuracy": ("Escalation, reason right", "flags that both raise"),
    "grounding": ("Grounding", "predicted quotes"),
}
"""What a person reads for each headline score, and what its `n` counts."""

CALIBRATION_TITLES = {kind: f"Calibration error, {title.lower()}" for kind, title in reliability_plot.TITLES.items()}
"""The same for the calibration error; it is taken over the predicted items that tell a confidence."""

_SLICE_PATHS = ("tasks.f1", "blockers.micro_f1", "outreach_attempts.f1", "escalation.f1")
_SLICE_NAMES = {"lane": "Lane", "author_role": "Author role", "length": "Length"}


def as_table(scores: Scores, *, title: str = "Scores") -> Table:
    """The headline scores as a rich table."""
    table = Table(title=escape(title), caption=escape(about(scores)), caption_justify="left")
    table.add_column("Score")
    table.add_column("Value", justify="right")
    table.add_column("95 %")
    table.add_column("Over")
    for path in HEADLINE:
        one = scores.measures[path]
        name, counted = TITLES[path]
        table.add_row(name, number(one.value), between(one), f"{one.n} {counted}")
    for kind, told in scores.calibration.items():
        table.add_row(CALIBRATION_TITLES[kind], number(told.ece, 3), "–", f"{told.n} suggestions")
    return table


def as_markdown(scores: Scores, *, made_by: Run | None = None, plot: str | None = None) -> str:
    """The whole report: headline scores, reliability, each action and blocker, each slice; with what made it, where a run did.

    `plot` is where the reliability plot lies, as the report should name it.
    """
    lines = ["# Scores", "", about(scores), ""]
    if made_by:
        lines += [*_made_by(made_by), ""]
    lines += ["| Score | Value | 95 % | Over |", "|---|---:|---|---|"]
    for path in HEADLINE:
        one = scores.measures[path]
        name, counted = TITLES[path]
        lines.append(f"| {name} | {number(one.value)} | {between(one)} | {one.n} {counted} |")
    for kind, told in scores.calibration.items():
        lines.append(f"| {CALIBRATION_TITLES[kind]} | {number(told.ece, 3)} | – | {told.n} suggestions |")
    lines += ["", *_reliability(scores, plot), *_classes(scores), *_slices(scores)]
    lines += [
        "“Undefined” means that there was nothing to take the share of. Intervals: Wilson’s for rates, a bootstrap over notes for F1."
    ]
    return "\n".join(lines) + "\n"


def about(scores: Scores) -> str:
    """One sentence on what was scored."""
    words = f"{scores.notes} labelled notes"
    if scores.clusters != scores.notes:
        words += f" of {scores.clusters} patients"
    words += f"; {scores.missing} without an answer, counted as nothing found" if scores.missing else ", every one answered"
    if scores.unlabelled:
        words += f"; {scores.unlabelled} notes without gold were passed over"
    return words + (f"; {scores.seconds:.1f} seconds." if scores.seconds is not None else ".")


def spent(run: Run) -> str:
    """What the model's service was asked for, and what it cost: "120 calls, 90,400 tokens read, 8,210 written, cost 0.4100"."""
    return _spent(run.usage) + (f"; in vain: {_spent(run.in_vain)}" if run.in_vain else "")


def number(value: float | None, decimals: int = 2) -> str:
    """With so many decimals, or "undefined"."""
    return "undefined" if value is None else f"{value:.{decimals}f}"


def between(one: Measure) -> str:
    """The interval in words: "0.61 to 0.83", or a dash where there is none."""
    return "–" if one.low is None or one.high is None else f"{one.low:.2f} to {one.high:.2f}"


def _made_by(run: Run) -> Iterator[str]:
    yield f"- Read by: {run.identity.key}"
    yield f"- Data: {run.data} (sha256 {run.sha256[:12]})"
    yield f"- Started {run.started}; {run.answered} of {run.notes} notes answered, {run.failed} failed"
    yield f"- Ungrounded items that the assistant dropped: {run.refused}"
    if run.usage.get("calls") or run.in_vain:
        yield f"- Calls to the model: {spent(run)}"
    if run.stood_in:
        yield f"- **{run.stood_in} answers came from a stand-in**: these scores are not wholly those of {run.identity.assistant}"
    if run.made_with.get("commit"):
        yield f"- Commit: {run.made_with['commit']}"


def _spent(usage: Mapping[str, float]) -> str:
    words = f"{usage.get('calls', 0):,} calls, {usage.get('tokens_in', 0):,} tokens read, {usage.get('tokens_out', 0):,} written"
    words += f", {usage['untold']:,} calls that did not say their tokens" if usage.get("untold") else ""
    return words + (f", cost {usage['cost']:.4f}" if "cost" in usage else ", cost not known (no prices are set)")


def _reliability(scores: Scores, plot: str | None) -> Iterator[str]:
    yield from ("## Reliability of confidence", "")
    yield "Ten bins of equal width; the calibration error weighs each by what it holds. Empty bins are left out."
    if plot:
        yield from ("", f"![Share right against confidence; the table below holds the same numbers](<{plot}>)")
    yield from ("", "| | Confidence | Items | Mean confidence | Share right | 95 % |", "|---|---|---:|---:|---:|---|")
    for kind, told in scores.calibration.items():
        for one in told.bins:
            low, high = interval(one)
            if low is not None and high is not None:
                inside = f"{one.low:.1f} to {one.high:.1f} | {one.count} | {number(one.confidence)} | {number(one.share)}"
                yield f"| {reliability_plot.TITLES[kind]} | {inside} | {low:.2f} to {high:.2f} |"
    yield from ("", "| | Calibration error | Brier score | Items |", "|---|---:|---:|---:|")
    for kind, told in scores.calibration.items():
        yield f"| {reliability_plot.TITLES[kind]} | {number(told.ece, 3)} | {number(told.brier, 3)} | {told.n} |"
    yield ""


def _classes(scores: Scores) -> Iterator[str]:
    for heading, group, words in (("Tasks by action", "tasks", Action), ("Blockers by category", "blockers", BlockerCategory)):
        yield from (f"## {heading}", "", "| | Precision | Recall | F1 | In gold | Predicted |", "|---|---:|---:|---:|---:|---:|")
        for word in words:
            precision, recall, f1 = (scores.measures[f"{group}.by_class.{word}.{name}"] for name in ("precision", "recall", "f1"))
            numbers = " | ".join(number(one.value) for one in (precision, recall, f1))
            yield f"| {word.label} | {numbers} | {recall.n} | {precision.n} |"
        yield ""


def _slices(scores: Scores) -> Iterator[str]:
    for kind, parts in scores.slices.items():
        yield f"## By {_SLICE_NAMES[kind].lower()}"
        yield from ("", f"| {_SLICE_NAMES[kind]} | Notes | " + " | ".join(TITLES[path][0] for path in _SLICE_PATHS) + " |")
        yield "|---|---:|" + "---|" * len(_SLICE_PATHS)
        for name, part in parts.items():
            cells = (part.measures[path] for path in _SLICE_PATHS)
            yield f"| {_cell(name)} | {part.notes} | " + " | ".join(f"{number(one.value)} ({between(one)})" for one in cells) + " |"
        yield ""


def _cell(text: str) -> str:
    """Free text (an author role comes as the source wrote it) that cannot break a table row."""
    return " ".join(text.split()).replace("|", "\\|")
