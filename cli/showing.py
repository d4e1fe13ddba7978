"""`triage demo`: everything, seeded, on this machine alone."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from cli.telling import CannotRun, progress, stderr
from triage.confidence_file import NAME

if TYPE_CHECKING:
    from cli.demo.seed import Report
    from cli.settings import Settings
    from cli.wiring import Record
    from triage.assistants.protocol import Assistant

MARKER = "seeded.json"
FILES = ("care-triage.db", "care-triage.db-wal", "care-triage.db-shm", NAME, MARKER)
HOST = "127.0.0.1"

"""The demo's clinic, as invented as its patients."""


def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8000,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Show it, or only seed it.")] = True,
    data_dir: Annotated[Path | None, typer.Option(help="Keep the demo's record and model here instead of TRIAGE_DATA_DIR.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over: everything done in the demo is thrown away.")] = False,
    username: Annotated[
        str, typer.Option("--as", help="Who is signed in: maria, dana (coordinators), ruth (lead), theo (maintainer).")
    ] = "maria",
) -> None:
    """Show Care Triage with invented patients, on this machine alone and without a password.

    The record is the demo's own, beside yours. Run again, it keeps what was done; --fresh starts over.
    """
    from cli.settings import settings
    from cli.wiring import build_assistant, open_record

    given = settings()
    base = data_dir or given.data_dir
    own = given.model_copy(update={"data_dir": base / "demo", "database_url": "", "lanes_dir": None})
    marker = own.data_dir / MARKER
    if fresh or not marker.exists():
        _throw_away(own)
    record = open_record(own)
    try:
        assistant = build_assistant(own, "embedded", record=record)
        if marker.exists():
            _say_age(json.loads(marker.read_text(encoding="utf-8"))["day"], _today(record))
        else:
            _fill(record, assistant, marker)
        if serve:
            _show(record, assistant, port, username, own.evals_dir)
    finally:
        record.close()


def _fill(record: "Record", assistant: "Assistant", marker: Path) -> None:
    from cli.demo.seed import seed

    with progress("Seeding the demo") as bar:
        report = seed(
            record.database,
            record.lanes,
            assistant,
            now=datetime.now(UTC),
            progress=lambda done, total: bar.update(bar.task_ids[0], completed=done, total=total),
        )
    _prepare(record, assistant)
    marker.write_text(json.dumps({"day": _today(record).isoformat(), "counted": report.counted}) + "\n", encoding="utf-8")
    for line in report_lines(record, report):
        typer.echo(line)


def _prepare(record: "Record", assistant: "Assistant") -> None:
    """What the jobs prepare of an episode that moved, for every open one, so that each page has something to show at first sight."""
    from cli.demo.seed import CLINIC
    from cli.preparing import steps_of
    from store import episodes
    from triage.preparing import prepare

    steps = steps_of(record.database, record.lanes, assistant, CLINIC)
    with record.database.read() as session:
        waiting = episodes.open_ids(session)
    with progress("Preparing what people will look at", len(waiting)) as bar:
        for episode_id in waiting:
            prepare(steps, episode_id)
            bar.advance(bar.task_ids[0])


def report_lines(record: "Record", report: "Report") -> list[str]:
    """What was seeded, and how the queue stands now, in words."""
    from store import counts, review
    from store.queue import Moment, View

    with record.database.read() as session:
        stands = counts.counts(session, View(), Moment(datetime.now(UTC), _today(record)))
        waiting = review.count_waiting(session)
    n = report.counted
    decided = f"{n['accepted']} accepted as they were, {n['edited']} edited, {n['rejected']} rejected, {n['added']} added by reviewers"
    queued = f"{stands.overdue} overdue, {stands.blocked} blocked, {stands.escalated} escalated"
    lines = [
        f"Seeded {n['patients']} patients and {n['notes']} notes; {n['people']} people work here.",
        f"  {n['suggestions']} suggestions: {decided}, {n['undone']} decisions undone; {n['moves']} moves besides.",
        f"  {stands.active} active episodes: {queued}; {n['patients'] - stands.active} closed.",
        f"  {waiting} notes wait for review.",
    ]
    if report.skipped:
        lines.append(f"  {len(report.skipped)} things in the stories were passed over because the rules refused them:")
        lines += [f"    {patient}: {what}: {why}" for patient, what, why in report.skipped]
    return lines


def _show(record: "Record", assistant: "Assistant", port: int, username: str, evals_dir: Path) -> None:
    from cli.demo.seed import CLINIC
    from cli.preparing import drafting_of
    from cli.serving import run_server
    from review_ui.context import Site
    from store import users

    with record.database.read() as session:
        person = users.by_username(session, username)

    def ready(address: str) -> None:
        stderr().print(f"The demo is at {address}, signed in as {person.name} ({person.role.label.lower()}). Stop with Ctrl-C.")

    drafting = drafting_of(record.database, record.lanes, lambda: assistant, CLINIC)
    site = Site(
        record.database,
        record.lanes,
        demo_user=username,
        evals_dir=evals_dir,
        clinic=CLINIC,
        drafting=drafting,
        narrate=assistant.narrate_changes,
    )
    run_server(site, HOST, port, assistant=assistant, ready=ready)


def _throw_away(own: "Settings") -> None:
    """Remove the demo's record, unless a demo is running on it. A seeding that was cut off left no marker and is removed as well."""
    from cli.wiring import open_database
    from store.jobs import workers_alive
    from store.migrate import revision

    if (own.data_dir / FILES[0]).exists():
        database = open_database(own)
        try:
            if revision(database) is not None:
                with database.read() as session:
                    if workers_alive(session):
                        raise CannotRun("A demo is running on this record. Stop it first, wait ten seconds, and try again.")
        finally:
            database.dispose()
    for name in FILES:
        (own.data_dir / name).unlink(missing_ok=True)


def _today(record: "Record") -> date:
    return datetime.now(ZoneInfo(next(iter(record.lanes.values())).calendar.zone)).date()


def _say_age(seeded_on: str, today: date) -> None:
    day = date.fromisoformat(seeded_on)
    if day != today:
        stderr().print(
            f"This demo was seeded on {day:%a} {day.day} {day:%b}; its stories are told as of then. For stories as of today: --fresh"
        )
