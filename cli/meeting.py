"""`triage agenda` and `triage self-check`: what the weekly meeting is about, and the nightly questions asked at once."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.telling import CannotRun

if TYPE_CHECKING:
    from workflow.vocabulary import LaneName


def agenda(lane: Annotated[str | None, typer.Option(help="A lane, like referral; all lanes without it.")] = None) -> None:
    """Print whom the weekly meeting would be about if it began now, and why."""
    from cli.wiring import open_record
    from store import courses, meetings
    from store.self_checks import the_day
    from workflow import agenda as rules

    chosen = _lane(lane)
    record = open_record()
    try:
        today = the_day(record.lanes, datetime.now(UTC))
        with record.database.read() as session:
            made = rules.agenda(courses.open_cases(session, chosen), record.lanes, today)
            listed = meetings.listed(session, made.episode_ids)
    finally:
        record.close()
    for part in made.parts:
        typer.echo(f"{part.section.label} ({len(part.items) + part.more})")
        for item in part.items:
            also = f"; also {'; '.join(item.mentions)}" if item.mentions else ""
            typer.echo(f"  {listed[item.episode_id].patient.name}: {item.reason}{also}")
        if part.more:
            typer.echo(f"  and {part.more} more")
    if not made.parts:
        typer.echo("Nobody to talk about.")


def self_check() -> None:
    """Ask the nightly questions now; today's answers are kept in the place of those of last night."""
    from cli.wiring import open_record
    from store.self_checks import run_self_check
    from workflow.self_check import RULES

    record = open_record()
    try:
        ran = run_self_check(record.database, record.lanes, now=datetime.now(UTC))
    finally:
        record.close()
    typer.echo(f"{ran.failing} of {ran.episodes} open episodes fail.")
    for rule in RULES:
        if count := ran.by_rule.get(rule.name):
            typer.echo(f"{count:>5}  {rule.asks} {rule.remedy}")


def _lane(name: str | None) -> "LaneName | None":
    from workflow.vocabulary import LaneName

    try:
        return LaneName.parse(name) if name else None
    except ValueError as error:
        raise CannotRun(str(error)) from None
