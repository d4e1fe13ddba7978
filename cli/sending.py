"""`triage sent`: what was sent to a model's service, about one note, about one episode, or for one job."""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from store.sent import Call

MOST_ID = 2**31 - 1
"""`store.queue.MOST_ID`, said again so that showing help loads no database."""


class Job(StrEnum):
    """What an assistant is asked to write."""

    DRAFT_OUTREACH = "draft_outreach"
    SUMMARISE_CONTEXT = "summarise_context"
    NARRATE_CHANGES = "narrate_changes"
    NAME_PATTERN = "name_pattern"


def show(
    note: Annotated[
        int | None, typer.Argument(metavar="[NOTE_ID]", help="The note's number, as in the address of its page.", min=1, max=MOST_ID)
    ] = None,
    episode: Annotated[
        int | None, typer.Option(help="What was sent to have something written about this episode.", min=1, max=MOST_ID)
    ] = None,
    job: Annotated[Job | None, typer.Option(help="What was sent to have this written.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a call, messages included.")] = False,
) -> None:
    """Show calls to the model's service: when, to which host and model, and the exact messages. That they were looked at is recorded."""
    from datetime import UTC, datetime

    from cli.wiring import open_record
    from store import access, episodes, notes, sent

    if (note is None) == (episode is None and job is None):
        raise typer.BadParameter("Name a note, or else an episode, a job or both.")
    record = open_record()
    try:
        with record.database.write() as session:
            if note is not None:
                notes.load(session, note)
                looked, calls = sent.looked_at(note), sent.of_note(session, note)
            else:
                if episode is not None:
                    episodes.load(session, episode)
                looked, calls = sent.looked_at_writing(episode, job), sent.of_writing(session, episode_id=episode, job=job)
            access.record_access(session, "command line", "read", looked, now=datetime.now(UTC))
    finally:
        record.close()
    if not calls and not as_json:
        typer.echo("Nothing was sent about this note." if note is not None else "Nothing was sent about it.")
    _print(calls, as_json=as_json)


def _print(calls: "Sequence[Call]", *, as_json: bool) -> None:
    for call in calls:
        messages = [json.loads(message) for message in call.messages]
        if as_json:
            line = {"at": call.at.isoformat(), "job": call.job, "host": call.host, "model": call.model, "messages": messages}
            typer.echo(json.dumps(line, ensure_ascii=False))
            continue
        what = "" if call.job == "read_note" else f", {call.job}"
        typer.echo(f"{call.at:%Y-%m-%d %H:%M:%S} UTC to {call.host}, model {call.model}{what}")
        for message in messages:
            typer.echo(f"\n[{message.get('role')}]\n{message.get('content') or json.dumps(message, ensure_ascii=False)}")
        typer.echo("")
