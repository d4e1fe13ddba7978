"""`triage digest`: what changed in the queue between two moments."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from cli.reading import Reader
from cli.telling import CannotRun, inert, stderr

if TYPE_CHECKING:
    from triage.writing import ChangesRequest, Fact, Line, Narration
    from workflow.vocabulary import LaneName

SHOWN = 8
"""Patients of a sentence whose numbers are printed; the rest are counted."""

SAID = "a day (2026-03-02), a moment (2026-03-02T08:00), monday, today, yesterday or “last week”"


def digest(
    lane: Annotated[str | None, typer.Option(help="A lane, like referral; all lanes without it.")] = None,
    since: Annotated[str | None, typer.Option(help=f"From when: {SAID}. Seven days before the end without it.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to when, said alike; a day counts to its end. Now without it.")] = None,
    assistant: Annotated[Reader | None, typer.Option(help="Who words it; TRIAGE_ASSISTANT unless given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with the facts and the sentences.")] = False,
) -> None:
    """Print what changed in the queue, in sentences that were checked against the record, with the episodes behind each."""
    from cli.settings import settings
    from cli.wiring import build_assistant, open_record
    from store import access
    from triage.changes import NoPeriod
    from triage.changes import digest as changes

    asked, now = _lane(lane), datetime.now(UTC)
    chosen = settings()
    record = open_record(chosen)
    try:
        zone = record.lanes[asked or next(iter(record.lanes))].calendar.tz
        begins, ends = period(since, until, now=now, zone=zone)
        writer = build_assistant(chosen, assistant.value if assistant else None, record=record)
        with record.database.write() as session:
            access.record_access(session, "command line", "read", f"digest of {asked.value if asked else 'all lanes'}", now=now)
        try:
            with record.database.read() as session:
                request = changes(session, record.lanes, asked, begins, ends, now=now)
        except NoPeriod as error:
            raise CannotRun(str(error)) from None
        narration = writer.narrate_changes(request)
    finally:
        record.close()
    if narration.stood_in_for:
        stderr().print(f"The {narration.stood_in_for} assistant gave no text that holds against the facts; the embedded one wrote this.")
    if as_json:
        typer.echo(json.dumps(as_document(request, narration), ensure_ascii=False, indent=2))
    else:
        for line in narration.sentences:
            typer.echo(f"{inert(line.text)}{_numbers(_behind(request.facts, line))}")


def as_document(request: "ChangesRequest", narration: "Narration") -> dict[str, object]:
    """The facts, and the sentences with those they rest on."""
    return {
        "facts": [
            {"id": fact.id, "topic": fact.topic, "said": fact.said, "values": _plain(fact.values), "episodes": list(fact.episodes)}
            for fact in request.facts
        ],
        "sentences": [
            {"text": line.text, "facts": list(line.facts), "episodes": _behind(request.facts, line)} for line in narration.sentences
        ],
    }


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {role: value.isoformat() if isinstance(value, date) else value for role, value in values.items()}


def _behind(facts: "tuple[Fact, ...]", line: "Line") -> list[int]:
    """The episodes behind a sentence, each once."""
    return sorted({episode for fact in facts if fact.id in line.facts for episode in fact.episodes})


def _numbers(episodes: list[int]) -> str:
    if not episodes:
        return ""
    more = f" and {len(episodes) - SHOWN} more" if len(episodes) > SHOWN else ""
    return f" [{', '.join(map(str, episodes[:SHOWN]))}{more}]"


def _lane(name: str | None) -> "LaneName | None":
    from workflow.vocabulary import LaneName

    try:
        return LaneName.parse(name) if name else None
    except ValueError as error:
        raise CannotRun(str(error)) from None


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def period(since: str | None, until: str | None, *, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The two moments that are asked for, in UTC. Raises CannotRun where one cannot be read or they are no period.

    "monday" is the last one, today included; "last week" is from Monday to Sunday, and ends there where no other end is given.
    """
    if since and _folded(since) == "last week" and not until:
        until = since
    end = _moment(until, "--until", now, zone, ends=True) if until else now
    begin = _moment(since, "--since", now, zone, ends=False) if since else (end.astimezone(zone) - timedelta(days=7)).astimezone(UTC)
    if begin >= min(end, now):
        raise CannotRun("The digest would end before it begins, or begin in the future: choose an earlier --since, or a later --until.")
    return begin, min(end, now)


def _folded(said: str) -> str:
    return re.sub(r"[\s_-]+", " ", said.strip().lower())


def _moment(said: str, option: str, now: datetime, zone: ZoneInfo, *, ends: bool) -> datetime:
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    words = _folded(said)
    spans = {
        "today": (today, 1),
        "yesterday": (today - timedelta(days=1), 1),
        "this week": (monday, 7),
        "last week": (monday - timedelta(days=7), 7),
    }
    spans |= {day: (today - timedelta(days=(today.weekday() - place) % 7), 1) for place, day in enumerate(WEEKDAYS)}
    try:
        if words == "now":
            return now
        if words in spans:
            first, days = spans[words]
            day = first + timedelta(days=days if ends else 0)
        elif len(said.strip()) == len("2026-03-02"):
            day = date.fromisoformat(said.strip()) + timedelta(days=1 if ends else 0)
        else:
            read = datetime.fromisoformat(said.strip())
            return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise CannotRun(f"{option}: {said!r} is no moment that can be read; write {SAID}.") from None
