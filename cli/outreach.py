"""`triage outreach --measures`: what people made of the drafts."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from cli.telling import CannotRun

if TYPE_CHECKING:
    from evals.outreach_measures import DraftMeasures
    from evals.statistics.intervals import Measure


def outreach(
    measures: Annotated[bool, typer.Option("--measures", help="What became of the drafts that were offered.")] = False,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Drafts offered in so many days up to now.")] = 30,
    lane: Annotated[str, typer.Option(help="Of one lane.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The same for programs.")] = False,
) -> None:
    """Outreach drafts: offered, used unchanged, edited and how much, rejected and why, and how fast they were decided."""
    from cli.wiring import open_record
    from evals.outreach_measures import BY, measure, measures_by
    from store import draft_measures
    from workflow.vocabulary import LaneName

    if not measures:
        raise CannotRun("Say what to show: triage outreach --measures")
    try:
        of = LaneName.parse(lane) if lane else None
    except ValueError as error:
        raise CannotRun(f"--lane: {error}") from None
    now = datetime.now(UTC)
    record = open_record(create=False)
    try:
        with record.database.read() as session:
            found = draft_measures.outcomes(session, now - timedelta(days=days), now + timedelta(seconds=1), lane=of)
    finally:
        record.close()
    whole, parts = measure(found), {what: measures_by(found, what) for what in BY}
    if as_json:
        by = {what: {key: asdict(part) for key, part in rows.items()} for what, rows in parts.items()}
        typer.echo(json.dumps({"days": days, "all": asdict(whole), "by": by}, indent=2))
        return
    typer.echo(f"Drafts offered in the last {days} days: {_told(whole)}")
    for what, rows in parts.items():
        for key, part in rows.items():
            typer.echo(f"  {what} {key}: {_told(part)}")


def _told(one: "DraftMeasures") -> str:
    """ "12: 5 used unchanged ...", each share with its interval."""
    changed = "" if one.changed is None else f", {one.changed:.0%} of the words changed"
    seconds = "" if one.seconds is None else f"; {one.seconds:.1f} s to decide (median of {one.timed})"
    reasons = ", ".join(f"{reason.label.lower()} {count}" for reason, count in one.reasons.items())
    return (
        f"{one.offered}; used unchanged {_rate(one.unchanged)}; edited {_rate(one.edited)}{changed}; rejected {_rate(one.rejected)}"
        f"{f' ({reasons})' if reasons else ''}; withdrawn {one.withdrawn}; waiting {one.waiting}{seconds}"
    )


def _rate(share: "Measure") -> str:
    if share.value is None or share.low is None or share.high is None:
        return "unknown, none decided"
    return f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%} of {share.n})"
