"""A record to measure on: many episodes with a history each, and many suggestions that wait, written in bulk.

Notes and suggestions are those of the public data set, over and over; histories come about by the moves that people make. Only the way
they get into the tables is a shortcut.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from benchmarks.measuring import ROOT
from store import past, users
from store.database import Database
from store.episodes import columns, histories
from store.intervals import rebuild
from store.jobs import JobQueue
from store.lanes import load_lanes
from store.migrate import upgrade
from store.suggestions import fingerprint
from store.tables import Base, EpisodeRow, EventRow, NoteRow, PatientRow, ReadingRow, ReviewRow, SuggestionRow
from triage.labelled import GoldAttempt, GoldBlocker, GoldEscalation, GoldTask, LabelledNote, load
from workflow import moves
from workflow.episode import Episode, fold
from workflow.events import RULE, Event, person
from workflow.refusals import Refusal
from workflow.suggestions import PAYLOAD, Payload
from workflow.vocabulary import LaneName, Standing, UserRole

HISTORIES = 40
"""Different histories a lane; episodes share them."""

REVIEWER = "bench"


@dataclass(frozen=True, slots=True)
class Desk:
    """What was written: the reviewer's session token, the notes, and for each of some episodes one pending suggestion to accept.

    `to_accept` are (suggestion id, version of its episode); no two are of one episode, so accepting one leaves the others as they are.
    """

    token: str
    notes: list[int]
    to_accept: list[tuple[int, int]]
    pending: int
    active: int


@cache
def public_notes() -> tuple[LabelledNote, ...]:
    """The public data set."""
    return tuple(load(ROOT / "evals" / "data" / "public.jsonl"))


def new_record(path: Path) -> Database:
    """A migrated, empty database, with the tables of the jobs."""
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    queue = JobQueue(database)
    queue.migrate()
    queue.close()
    return database


def patient_rows(count: int, now: datetime) -> list[dict[str, Any]]:
    """Patients numbered from 1."""
    first, last = ("Rosa", "Daniel", "Mei", "Amara", "Viktor", "Lucía", "Sam"), ("Alvarez", "Okafor", "Nguyen", "Petrov", "Lee", "Brandt")
    return [
        {
            "id": number,
            "source": "bench",
            "external_id": f"p-{number}",
            "name": f"{first[number % len(first)]} {last[number % len(last)]} {number}",
            "birth_date": date(1940 + number % 60, 1 + number % 12, 1 + number % 28),
            "language": "es" if number % 9 == 0 else "en",
            "created_at": now,
        }
        for number in range(1, count + 1)
    ]


def seed_desk(database: Database, *, active: int, pending: int, reviewed: int = 0) -> Desk:
    """Write `active` episodes of a patient each, notes with `pending` suggestions, and `reviewed` notes that are done with."""
    now = datetime.now(UTC).replace(microsecond=0)
    lanes = list(LaneName)
    episodes = {number: lanes[number % len(lanes)] for number in range(1, active + 1)}
    of_lane = {lane: [number for number, its in episodes.items() if its is lane] for lane in lanes}
    with database.write() as session:
        _write(session, PatientRow, patient_rows(active, now))
        versions = _episodes(session, episodes, now)
        notes, found = _waiting_notes(of_lane, pending, now)
        done = [_note(len(notes) + 1 + at, _at(at), of_lane, at, now - timedelta(days=30)) for at in range(reviewed)]
        _write(session, NoteRow, [*notes, *done])
        _write(session, ReadingRow, [_reading(row["id"], now) for row in [*notes, *done]])
        _write(session, SuggestionRow, found)
        user = users.add_user(session, REVIEWER, "Bench Reviewer", UserRole.COORDINATOR, None, now=now)
        _write(session, ReviewRow, [{"note_id": row["id"], "reviewer_id": user.id, "at": now} for row in done])
        token = users.open_session(session, user, now=now)
    first: dict[int, int] = {}
    for row in found:
        if row["kind"] != "escalation":
            first.setdefault(row["episode_id"], row["id"])
    return Desk(
        token=token,
        notes=[row["id"] for row in notes],
        to_accept=[(suggestion, versions[episode]) for episode, suggestion in first.items()],
        pending=len(found),
        active=active,
    )


def _write(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(table), rows)


def _at(place: int) -> LabelledNote:
    return public_notes()[place % len(public_notes())]


def _episodes(session: Session, episodes: dict[int, LaneName], now: datetime) -> dict[int, int]:
    """Write the episodes and their events; returns each one's version."""
    stories = {lane: [_history(lane, number, now) for number in range(HISTORIES)] for lane in set(episodes.values())}
    rows, events, versions = [], [], {}
    for number, lane in episodes.items():
        episode, history = stories[lane][number // len(LaneName) % HISTORIES]
        rows.append({"id": number, "patient_id": number, "lane": lane.value, **columns(episode)})
        events += [_event(number, event) for event in history]
        versions[number] = episode.version
    _write(session, EpisodeRow, rows)
    _write(session, EventRow, events)
    rebuild(session, histories(session))
    past.catch_up(session)
    return versions


def _event(episode: int, event: Event) -> dict[str, Any]:
    return {
        "episode_id": episode,
        "seq": event.seq,
        "at": event.at,
        "actor_kind": event.actor.kind,
        "actor": event.actor.name,
        "kind": event.change.kind,
        "body": event.change.model_dump(mode="json"),
        "decision_id": None,
    }


def _history(lane: LaneName, number: int, now: datetime) -> tuple[Episode, list[Event]]:
    """An episode opened up to 40 days ago to which what two public notes suggest has happened since."""
    rules = load_lanes()[lane]
    at = now - timedelta(days=1 + number)
    events = moves.open_episode(rules, now=at, actor=RULE, reason=rules.title)
    of_lane = [note for note in public_notes() if note.lane is lane]
    for later in range(2):
        at += timedelta(hours=7 * (1 + later))
        for payload, evidence in _gold(of_lane[(number * 2 + later) % len(of_lane)]):
            try:
                events += moves.apply_suggestion(fold(events), rules, payload, now=at, actor=person(REVIEWER), evidence=evidence)
            except Refusal:  # what one note asks for may be out of the question after the other
                continue
    return fold(events), events


def _gold(note: LabelledNote) -> Iterator[tuple[Payload, str]]:
    """What people hold to be right for a note, with its evidence; due days are left to the lane, for the note's own are long past."""
    if note.gold is None:
        return
    items: list[GoldTask | GoldBlocker | GoldAttempt | GoldEscalation] = [
        *note.gold.tasks,
        *note.gold.blockers,
        *note.gold.outreach_attempts,
        *([note.gold.escalation] if note.gold.escalation else []),
    ]
    for item in items:
        payload = PAYLOAD.validate_python(item.model_dump(exclude={"evidence", "due"}))
        yield payload, item.evidence


def _waiting_notes(of_lane: dict[LaneName, list[int]], pending: int, now: datetime) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Notes that were read, until `pending` suggestions wait on them."""
    notes: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    while len(found) < pending:
        place = len(notes)
        public = _at(place)
        note = _note(place + 1, public, of_lane, place, now - timedelta(minutes=5 + place % 2000))
        notes.append(note)
        once = {fingerprint(payload, evidence): (payload, evidence) for payload, evidence in _gold(public)}
        for print_, (payload, evidence) in list(once.items())[: pending - len(found)]:
            start = public.text.index(evidence)
            found.append(
                {
                    "id": len(found) + 1,
                    "note_id": note["id"],
                    "episode_id": note["episode_id"],
                    "reading_id": note["id"],
                    "origin": "assistant",
                    "kind": payload.kind.value,
                    "payload": payload.model_dump(mode="json"),
                    "final_payload": None,
                    "evidence": evidence,
                    "start": start,
                    "end": start + len(evidence),
                    "time_phrase": None,
                    "confidence": 0.3 + (len(found) * 37 % 60) / 100,
                    "fingerprint": print_,
                    "standing": Standing.PENDING.value,
                    "at": now,
                }
            )
    return notes, found


def _note(number: int, public: LabelledNote, of_lane: dict[LaneName, list[int]], place: int, written_at: datetime) -> dict[str, Any]:
    episode = of_lane[public.lane][place % len(of_lane[public.lane])]
    return {
        "id": number,
        "source": "bench",
        "external_id": f"n-{number}",
        "patient_id": episode,
        "episode_id": episode,
        "lane": public.lane.value,
        "author": "Dana Whitfield",
        "author_role": public.author_role,
        "kind": public.source,
        "written_at": written_at,
        "offset_minutes": -360,
        "text": public.text,
        "imported_at": written_at,
    }


def _reading(note_id: int, now: datetime) -> dict[str, Any]:
    """The reading of a note, under the note's own number."""
    who = {"reader": "embedded:bench", "assistant": "embedded", "model": "bench", "prompt": "embedded", "prompt_version": "1"}
    return who | {
        "id": note_id,
        "note_id": note_id,
        "content_hash": "",
        "refused": 0,
        "stood_in_for": None,
        "usage": {},
        "at": now,
    }
