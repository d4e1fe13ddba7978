"""`triage lane`: look at the lanes, copy one to edit it, check a copy."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from cli.telling import FINDINGS

app = typer.Typer(no_args_is_help=True, help="The lanes' rules: who owns, how soon to touch, when to escalate.")


@app.command("list")
def list_lanes() -> None:
    """The five lanes and the file each comes from."""
    from cli.settings import settings
    from store.lanes import load_lanes

    folder = settings().lanes_dir
    for name, lane in load_lanes(folder).items():
        typer.echo(f"{name.value:<15} {lane.title:<28} {_file(name.value, folder)}")


@app.command()
def show(name: Annotated[str, typer.Argument(help="A lane, like referral.")]) -> None:
    """Print the lane's file as it is in force. To change it: triage lane show referral > my-lanes/referral.yaml."""
    from cli.settings import settings
    from cli.telling import CannotRun
    from workflow.vocabulary import LaneName

    try:
        lane = LaneName.parse(name)
    except ValueError as error:
        raise CannotRun(str(error)) from None
    typer.echo(_file(lane.value, settings().lanes_dir).read_text(encoding="utf-8"), nl=False)


@app.command()
def check(file: Annotated[Path, typer.Argument(help="A lane file.")]) -> None:
    """Say whether a lane file holds; ends with 1 where it does not."""
    from workflow.lanes import LaneError, parse_lane

    try:
        lane = parse_lane(file.read_text(encoding="utf-8"), file.name)
    except LaneError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FINDINGS) from None
    typer.echo(f"{file.name} holds: {lane.title}, {len(lane.owners)} owner roles, {len(lane.closure_reasons)} closure reasons")
    if file.stem != lane.name.value:
        typer.echo(f"Name it {lane.name.value}.yaml, or TRIAGE_LANES_DIR will not find it.")


def _file(name: str, folder: Path | None) -> Path:
    own = folder / f"{name}.yaml" if folder else None
    return own if own is not None and own.is_file() else Path(str(files("workflow"))) / "lane_files" / f"{name}.yaml"
