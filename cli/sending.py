"""`triage sent`: what was sent to a model's service about one note."""

import json
from typing import Annotated

import typer


def show(
    note: Annotated[int, typer.Argument(metavar="NOTE_ID", help="The note's number, as in the address of its Review page.", min=1)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a call, messages included.")] = False,
) -> None:
    """Show every call made about a note: when, to which host and model, and the exact messages. That it was looked at is recorded."""
    from datetime import UTC, datetime

    from cli.wiring import open_record
    from store import access, notes, sent

    record = open_record()
    try:
        with record.database.write() as session:
            notes.load(session, note)
            access.record_access(session, "command line", "read", sent.looked_at(note), now=datetime.now(UTC))
            calls = sent.of_note(session, note)
    finally:
        record.close()
    if not calls and not as_json:
        typer.echo("Nothing was sent about this note.")
    for call in calls:
        messages = [json.loads(message) for message in call.messages]
        if as_json:
            line = {"at": call.at.isoformat(), "host": call.host, "model": call.model, "messages": messages}
            typer.echo(json.dumps(line, ensure_ascii=False))
            continue
        typer.echo(f"{call.at:%Y-%m-%d %H:%M:%S} UTC to {call.host}, model {call.model}")
        for message in messages:
            typer.echo(f"\n[{message.get('role')}]\n{message.get('content') or json.dumps(message, ensure_ascii=False)}")
        typer.echo("")
