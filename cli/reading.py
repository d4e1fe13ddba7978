"""`triage read`: notes in, the same notes out with a reading beside them. No database is opened."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.telling import FINDINGS, progress


class Reader(StrEnum):
    """Who reads."""

    EMBEDDED = "embedded"
    LLM = "llm"


def read(
    file: Annotated[Path, typer.Argument(help="Notes as JSON Lines (docs/dataset.md); - for standard input.")] = Path("-"),
    assistant: Annotated[Reader | None, typer.Option(help="Who reads; TRIAGE_ASSISTANT unless given.")] = None,
    prompt: Annotated[str | None, typer.Option(metavar="NAME@VERSION", help="The prompt file, for the llm assistant.")] = None,
) -> None:
    """Read notes: each line comes back as it was, with a "reading" beside any "gold". Uses no database.

    A line that is no note is told on stderr and left out; a note that the assistant could not read comes back with a null reading. Ends
    with 1 where there was either. The llm assistant answers for itself here: nobody stands in for it.
    """
    from cli.settings import settings
    from cli.wiring import build_assistant
    from triage.assistants.protocol import AssistantError, AssistantMisconfigured
    from triage.labelled import BadLine

    source = sys.stdin.buffer if str(file) == "-" else file.open("rb")
    reader = build_assistant(settings(), assistant.value if assistant else None, prompt)
    troubles = 0
    with source, progress("Reading") as bar:
        for number, raw in enumerate(source, 1):
            bar.update(bar.task_ids[0], completed=number)
            if not raw.strip():
                continue
            try:
                line, note = _parse(raw, number)
            except BadLine as error:
                troubles += 1
                typer.echo(f"triage: {error}", err=True)
                continue
            try:
                reading: dict[str, object] | None = reader.read_note(note).as_line(note.text)
            except AssistantMisconfigured:
                raise
            except AssistantError as error:
                troubles += 1
                typer.echo(f"triage: line {number}: {error}", err=True)
                reading = None
            _write(line | {"reading": reading})
    if troubles:
        raise typer.Exit(FINDINGS)


def _parse(raw: bytes, number: int) -> tuple[dict[str, Any], Any]:
    """The line as it came, and the note in it. Raises BadLine."""
    from triage.labelled import BadLine, parse_line

    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        labelled = parse_line(text, number)
        return json.loads(text), labelled.note()
    except UnicodeDecodeError:
        raise BadLine(number, "not UTF-8 text; save the file as UTF-8") from None
    except (ValueError, RecursionError):
        raise BadLine(number, "a number or nesting in it is beyond what can be kept") from None


def _write(line: dict[str, Any]) -> None:
    """One line, at once: whoever reads along sees it, and what is done stays done."""
    sys.stdout.buffer.write((json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8"))
    sys.stdout.buffer.flush()
