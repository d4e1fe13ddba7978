"""`triage lane`: look at the lanes, copy one to edit it, check a copy, rehearse it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.telling import FINDINGS, inert

if TYPE_CHECKING:
    from workflow.lanes import Lane

app = typer.Typer(no_args_is_help=True, help="The lanes' rules: who owns, how soon to touch, when to escalate.")


@app.command("list")
def list_lanes() -> None:
    """The five lanes and the file each comes from."""
    from cli.settings import settings
    from store.lanes import lane_path, load_lanes

    folder = settings().lanes_dir
    for name, lane in load_lanes(folder).items():
        typer.echo(f"{name.value:<15} {lane.title:<28} {lane_path(name, folder)}")


@app.command()
def show(name: Annotated[str, typer.Argument(help="A lane, like referral.")]) -> None:
    """Print the lane's file as it is in force. To change it: triage lane show referral > my-lanes/referral.yaml."""
    from cli.settings import settings
    from cli.telling import CannotRun
    from store.lanes import lane_path
    from workflow.vocabulary import LaneName

    try:
        lane = LaneName.parse(name)
    except ValueError as error:
        raise CannotRun(str(error)) from None
    typer.echo(lane_path(lane, settings().lanes_dir).read_text(encoding="utf-8"), nl=False)


@app.command()
def check(file: Annotated[Path, typer.Argument(help="A lane file.")]) -> None:
    """Say everything that does not hold in a lane file, each with its line, key and remedy; ends with 1 where there is something."""
    lane = _checked(file)
    typer.echo(f"{file.name} holds: {lane.title}, {len(lane.owners)} owner roles, {len(lane.closure_reasons)} closure reasons")
    if file.stem != lane.name.value:
        typer.echo(f"Name it {lane.name.value}.yaml, or TRIAGE_LANES_DIR will not find it.")


@app.command()
def rehearse(
    file: Annotated[Path, typer.Argument(help="A changed lane file.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How many past days to replay.")] = 90,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of sentences.")] = False,
) -> None:
    """Try a changed lane file: who would have escalated, been due or closed otherwise, and who escalates by tomorrow. Changes nothing.

    The acts of people since then are done again under the rules in force and under the changed ones, and the two are compared.
    """
    from cli.accounts import operator
    from cli.rehearsing import as_json as report_json
    from cli.rehearsing import report_lines
    from cli.telling import progress
    from cli.wiring import open_record
    from store import access
    from store.rehearsing import rehearse as over_record
    from workflow.rehearsal import Window

    changed = _checked(file)
    record = open_record()
    try:
        now, present = datetime.now(UTC), record.lanes[changed.name]
        with record.database.write() as session:
            access.record_access(session, operator(), "rehearse", f"lane {changed.name.value}", now=now)
        window = Window.of(present.calendar, days, now)
        with record.database.read() as session, progress("Replaying") as bar:
            report = over_record(
                session,
                present,
                changed,
                window,
                progress=lambda done, total: bar.update(bar.task_ids[0], completed=done, total=total),
            )
    finally:
        record.close()
    if as_json:
        typer.echo(json.dumps(report_json(report, present), ensure_ascii=False, indent=2))
    elif not report.edits:
        typer.echo(f"{inert(file.name)} says the same as the rules in force: nothing would have gone otherwise.")
    else:
        for line in report_lines(report, present):
            typer.echo(line)


def _checked(file: Path) -> "Lane":
    """The lane that `file` says, with notes on stderr. Says what does not hold and exits with 1 where it says none."""
    from workflow.lane_file import LARGEST, each_on_a_line, examine

    with file.open("rb") as opened:
        examined = examine(opened.read(LARGEST + 1))
    for line in each_on_a_line(examined.problems, file.name):
        typer.echo(inert(line), err=True)
    if examined.lane is None:
        count = len(examined.errors)
        typer.echo(f"{inert(file.name)} does not hold: {count} problem{'' if count == 1 else 's'}.", err=True)
        raise typer.Exit(FINDINGS)
    return examined.lane
