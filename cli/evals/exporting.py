"""`triage eval export`."""

import os
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.telling import stderr


def export(
    out: Annotated[Path | None, typer.Option(help="File to write; standard output unless given.")] = None,
) -> None:
    """Make a data set from what reviewers decided. It is not de-identified: treat it as the notes themselves."""
    from datetime import UTC, datetime

    from cli.reviewed import reviewed_notes
    from cli.settings import settings
    from cli.wiring import open_record
    from evals.datasets import export as exporting
    from evals.files import write_text
    from store import access

    chosen = settings()
    record = open_record(chosen)
    try:
        with record.database.write() as session:
            access.record_access(session, "command line", "export", "reviewed notes", now=datetime.now(UTC))
        with record.database.read() as session:
            lines = [exporting.as_line(note) for note in exporting.export(reviewed_notes(session), salt=_salt(chosen.data_dir))]
    finally:
        record.close()
    if out is None:
        sys.stdout.buffer.write("".join(lines).encode("utf-8"))
        sys.stdout.buffer.flush()
    else:
        write_text(out, "".join(lines))
        out.chmod(0o600)
    stderr().print(f"{len(lines)} reviewed notes. The file is not de-identified: treat it as the notes themselves.")


def _salt(folder: Path) -> str:
    """The secret that makes ids opaque, made once: the same note keeps its id from one export to the next."""
    path = folder / "export-salt"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()
