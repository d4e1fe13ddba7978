"""`triage import`: patients and notes from a file into the record."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli.telling import CANNOT, FINDINGS, CannotRun, progress
from connectors.intake import Format, import_file
from connectors.refusals import FileRefused, printable
from connectors.report import ImportStopped, Report
from connectors.rows import What

REASONS_SHOWN = 20


def import_command(
    path: Annotated[Path, typer.Argument(help="A CSV or JSON Lines file.")],
    what: Annotated[What | None, typer.Option(help="What the rows are; told from the columns unless given.")] = None,
    file_format: Annotated[Format | None, typer.Option("--format", help="How the file is written; told from its start.")] = None,
    source: Annotated[str, typer.Option(help="The system the file comes from. Ids count within it.")] = "file",
    zone: Annotated[str | None, typer.Option(help="Time zone of moments without an offset, like America/Chicago.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the file, where it is neither UTF-8 nor Windows-1252.")] = None,
    refused_dir: Annotated[Path | None, typer.Option(help="Where the file of refused rows goes; beside PATH unless given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Import patients or notes, and say what was new, known, and refused and why.

    Ends with 0 when every row is in, 1 when some rows were refused (they are in a file beside this one, to be mended), 2 when the file
    was not imported.
    """
    from cli.wiring import open_record

    try:
        named_zone = _zone(zone)
        with closing(open_record()) as record, progress("Importing") as bar:
            report = import_file(
                path,
                record.database,
                record.lanes,
                what=what or "auto",
                source=source,
                zone=named_zone,
                now=datetime.now(UTC),
                enqueue=record.enqueue,
                progress=lambda done, total: bar.update(bar.task_ids[0], completed=done, total=total),
                file_format=file_format or "auto",
                encoding=encoding,
                refused_folder=refused_dir,
            )
    except (FileRefused, ImportStopped) as error:
        if as_json:
            typer.echo(json.dumps({"file": printable(path.name), "error": str(error)}))
            raise typer.Exit(CANNOT) from None
        raise CannotRun(str(error)) from error
    typer.echo(json.dumps(report.as_json()) if as_json else readable(report))
    if report.refused:
        raise typer.Exit(FINDINGS)


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise FileRefused(f"{printable(name)} is no time zone; write one like America/Chicago.") from None


def readable(report: Report) -> str:
    """The report as a person reads it in a terminal. Reasons hold no character that a terminal obeys."""
    lines = [f"{report.file}: {report.new:,} new, {report.known:,} known, {len(report.refused):,} refused ({report.what.value})"]
    lines += [f"  line {refusal.line}: {refusal.reason}" for refusal in report.refused[:REASONS_SHOWN]]
    if len(report.refused) > REASONS_SHOWN:
        lines.append(f"  ... and {len(report.refused) - REASONS_SHOWN:,} more")
    if report.refused_file:
        lines.append(f"Refused rows, to be mended and imported again: {printable(str(report.refused_file))}")
    lines += [f"Note: {warning}" for warning in report.warnings]
    return "\n".join(lines)
