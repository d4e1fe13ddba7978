"""`triage patterns`: causes that several episodes share."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.telling import CannotRun


def patterns(
    lane: Annotated[str | None, typer.Option(help="Only the evidence of this lane, like referral.")] = None,
    weeks: Annotated[int, typer.Option(min=1, max=104, help="How many weeks back to count.")] = 26,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Search anew first; otherwise it is done once a week.")] = False,
) -> None:
    """List the patterns: how many patients each has, whether there are more of them lately, in which lanes, and who might own it."""
    import json

    from cli.wiring import open_record
    from review_ui.patterns import as_json as told
    from review_ui.patterns import listing
    from store import pattern_search
    from workflow.vocabulary import LaneName

    try:
        chosen = LaneName.parse(lane) if lane else None
    except ValueError as error:
        raise CannotRun(str(error)) from None
    record = open_record()
    now = datetime.now(UTC)
    try:
        if refresh:
            from cli.settings import settings
            from cli.wiring import build_assistant
            from triage.assistants.embedded.encoding import Encoder
            from triage.pattern_jobs import search

            namer = build_assistant(settings(), record=record).name_pattern
            if search(record.database, record.lanes, Encoder(), namer, now=now) is None:
                raise CannotRun("Somebody is deciding about patterns at this moment. Try again.")
        with record.database.read() as session:
            shown = listing(session, record.lanes, now=now, lane=chosen, weeks=weeks)
            searched = pattern_search.last_search(session)
    finally:
        record.close()
    if as_json:
        typer.echo(json.dumps(told(shown, searched), indent=1))
        return
    if searched is None:
        typer.echo("No search has run yet. It runs once a week beside triage serve or triage worker; now with: triage patterns --refresh")
        return
    for each in shown:
        typer.echo(f"{each.pattern.name} [{each.standing}]")
        typer.echo(f"  {each.size_words}. {each.trend or 'Too few weeks for a trend'}.")
        typer.echo(f"  {each.lane_words}. {each.owner_words}.")
    if not shown:
        typer.echo(f"No cause is shared by three episodes in the last {weeks} weeks.")
