"""Seeding: every story is replayed in order of time through the code that people use, as if it had happened that way.

One transaction holds all of it, so that a seeding that is cut off leaves nothing behind; each thing that happens runs in a savepoint of
its own, so that one refused by the rules is passed over and told.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import count, product
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from cli.demo.acting import claimed, events_of
from cli.demo.changes import write_two
from cli.demo.moments import chance, place
from cli.demo.outreach import decide_past_drafts
from cli.demo.patterns import follow_one
from cli.demo.reviewing import Step, steps
from cli.demo.rounds import planned, raised_by_time, reviewed, taken_on
from cli.demo.story import Act, Story, StoryNote, load_stories
from cli.demo.today import lie_on_desks
from store import access, decisions, episodes, notes, patients, self_checks, suggestions, users
from store.database import Database
from store.decisions import Reviewer
from store.errors import StoreError
from store.lanes import Lanes
from store.notes import NewNote
from store.patients import NewPatient
from triage.assistants.protocol import Assistant
from triage.jobs import as_stored
from triage.reading import Note
from workflow.clinic import Clinic
from workflow.events import RULE, Event
from workflow.lanes import Lane
from workflow.moves import open_episode
from workflow.refusals import Refusal
from workflow.vocabulary import LaneName, UserRole

SOURCE = "demo"
CLINIC = Clinic("Lakeside Care", "555-0142", "care@lakeside.example", "http://127.0.0.1:8000")
PEOPLE = (
    ("maria", "Maria Ortiz", UserRole.COORDINATOR),
    ("dana", "Dana Whitfield", UserRole.COORDINATOR),
    ("joy", "Joy Chen", UserRole.COORDINATOR),
    ("priya", "Priya Raman", UserRole.COORDINATOR),
    ("sam", "Sam Okafor", UserRole.COORDINATOR),
    ("lee", "Lee Novak", UserRole.COORDINATOR),
    ("ruth", "Ruth Bergström", UserRole.LEAD),
    ("theo", "Theo Lindqvist", UserRole.MAINTAINER),
)
REVIEWERS = ("maria", "maria", "dana")
DECIDED_BEFORE = 2
"""Notes of fewer days ago wait undecided in the review queue."""

REVIEWED_WITHIN = timedelta(hours=2)
OPENS = time(8, 0)
HUDDLE = time(8, 20)
NIGHT = time(6, 0)
REVIEW_AFTER = timedelta(hours=2)
EVERYBODY = "everybody"


@dataclass(slots=True)
class Report:
    """What was seeded. `skipped` are things the rules refused, as (patient, what, why)."""

    counted: Counter[str] = field(default_factory=Counter)
    skipped: list[tuple[str, str, str]] = field(default_factory=list)


Happening = Callable[[Session, datetime], "Iterator[tuple[datetime, str, Happening]]"]
"""Something that happens; what it yields happens later: (when, what it is called in the report, what)."""

Round = Callable[..., Sequence[Event]]
"""Takes an episode, its lane, the moment and a key for chance, and returns the events of one episode."""

Progress = Callable[[int, int], None]


def seed(database: Database, lanes: Lanes, assistant: Assistant, *, now: datetime, progress: Progress = lambda *_: None) -> Report:
    """Fill an empty record with the demo as it stands at `now`. The same `now` gives the same record. Raises BrokenStory."""
    seeding = _Seeding(lanes, assistant, now)
    stories = load_stories()
    longest = max(story.opened_days_ago for _, story in stories)
    total = sum(len(story.notes) for _, story in stories)
    with database.engine.execution_options(writes=True).connect() as connection, connection.begin():
        _add_people(connection, seeding, since=now - timedelta(days=longest + 14))
        for lane, story in stories:
            seeding.enter(lane, story)
        seeding.meet(longest)
        seeding.replay(connection, lambda: progress(seeding.report.counted["notes"], total))
        with _savepoint(connection) as session:
            lie_on_desks(session, lanes, now=now)
        with _savepoint(connection) as session:
            decide_past_drafts(session, lanes, assistant, CLINIC, now=now)
    self_checks.run_self_check(database, lanes, now=now)
    follow_one(database, lanes, now=now)
    write_two(database, lanes, now=now)
    return seeding.report


def _add_people(connection: Connection, seeding: "_Seeding", *, since: datetime) -> None:
    with _savepoint(connection) as session:
        for username, name, role in PEOPLE:
            user = users.add_user(session, username, name, role, None, now=since)
            seeding.reviewers[username] = Reviewer(user.id, user.username, user.name)
            seeding.report.counted["people"] += 1


def _savepoint(connection: Connection) -> Session:
    """A session whose commit releases a savepoint of the one transaction."""
    return _Committing(bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False)


class _Committing(Session):
    """Commits when it is left without an error."""

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            self.commit()
        self.close()


class _Seeding:
    """The happenings that are still to come, soonest first, and what has been counted."""

    def __init__(self, lanes: Lanes, assistant: Assistant, now: datetime) -> None:
        self.lanes, self.assistant, self.now = lanes, assistant, now
        self.report = Report()
        self.reviewers: dict[str, Reviewer] = {}
        self.episode_of: dict[str, int] = {}
        self._coming: list[tuple[datetime, int, str, str, Happening]] = []
        self._number = count()

    def enter(self, lane_name: LaneName, story: Story) -> None:
        """Everything of one story, each at its moment."""
        lane = self.lanes[lane_name]
        told: list[StoryNote | Act] = sorted(
            [*story.notes, *story.then], key=lambda one: (-one.days_ago, one.at, not isinstance(one, StoryNote))
        )
        first = told[0].at if told and told[0].days_ago == story.opened_days_ago else OPENS
        opened_at = (datetime.combine(self.now.date(), first) - timedelta(minutes=10 + chance(story.mrn, "opened") % 30)).time()
        when = [(story.opened_days_ago, opened_at), *((one.days_ago, one.at) for one in told)]
        moments = place(when, now=self.now, zone=lane.calendar.zone, key=story.mrn)
        self._push(moments[0], story.name, "open", self._open(lane, story))
        for number, (one, moment, later) in enumerate(zip(told, moments[1:], [*moments[2:], self.now], strict=True)):
            if isinstance(one, StoryNote):
                room = min(later - moment, REVIEWED_WITHIN)
                imported = moment + min(room * 0.1, timedelta(seconds=45))
                self._push(imported, story.name, "note", self._arrive(lane, story, one, number, moment, room))
            else:
                self._push(moment, story.name, one.move, self._act(lane, story, one))

    def meet(self, days: int) -> None:
        """What happens to the whole queue: the time rules every night, the lead's look every morning, the huddle today."""
        calendar = next(iter(self.lanes.values())).calendar
        for night in place([(ago, NIGHT) for ago in range(days, -1, -1)], now=self.now, zone=calendar.zone, key="night"):
            self._push(night, EVERYBODY, "night", self._over_all(raised_by_time))
            if night + REVIEW_AFTER < self.now:
                self._push(night + REVIEW_AFTER, EVERYBODY, "review of the queue", self._over_all(reviewed))
        huddle = place([(0, HUDDLE)], now=self.now, zone=calendar.zone, key="huddle")[0]
        self._push(huddle, EVERYBODY, "huddle", self._over_all(planned, taken_on))

    def _over_all(self, *rounds: Round) -> Happening:
        def happen(session: Session, at: datetime) -> Iterator[tuple[datetime, str, Happening]]:
            for (mrn, episode_id), go in product(self.episode_of.items(), rounds):
                episode = episodes.load(session, episode_id)
                events = go(episode, self.lanes[episode.lane], now=at, key=mrn)
                episodes.record(session, episode_id, events, expected_version=episode.version)
                self.report.counted["moves"] += bool(events)
            yield from ()  # nothing follows

        return happen

    def replay(self, connection: Connection, progress: Callable[[], None]) -> None:
        """Let everything happen in order of time."""
        while self._coming:
            at, _, patient, what, happening = heapq.heappop(self._coming)
            try:
                with _savepoint(connection) as session:
                    for moment, name, following in happening(session, at):
                        self._push(moment, patient, name, following)
            except (Refusal, StoreError, ValueError) as error:
                self.report.skipped.append((patient, what, str(error)))
            progress()

    def _push(self, moment: datetime, patient: str, what: str, happening: Happening) -> None:
        heapq.heappush(self._coming, (moment, next(self._number), patient, what, happening))

    def _open(self, lane: Lane, story: Story) -> Happening:
        def happen(session: Session, at: datetime) -> Iterator[tuple[datetime, str, Happening]]:
            given = story.model_dump(include={"name", "birth_date", "language", "phone", "site", "contact_preference"})
            patients.add_patient(session, NewPatient(source=SOURCE, external_id=story.mrn, **given), now=at)
            row = patients.find(session, SOURCE, story.mrn)
            assert row is not None  # noqa: S101 — added on the line above
            opening = open_episode(lane, now=at, actor=RULE, reason=story.reason)
            self.episode_of[story.mrn] = episodes.create(session, row.id, lane.name, opening)
            self.report.counted["patients"] += 1
            yield from ()

        return happen

    def _arrive(self, lane: Lane, story: Story, note: StoryNote, number: int, written: datetime, room: timedelta) -> Happening:
        def happen(session: Session, at: datetime) -> Iterator[tuple[datetime, str, Happening]]:
            stored: list[int] = []
            new = NewNote(
                source=SOURCE,
                external_id=f"{story.mrn}-{number + 1:02}",
                patient=story.mrn,
                lane=lane.name,
                author=note.author,
                author_role=note.author_role,
                kind=note.source,
                written_at=written.astimezone(ZoneInfo(lane.calendar.zone)),
                text=note.text,
            )
            notes.add_note(session, new, lanes=self.lanes, now=at, enqueue=lambda _, note_id: stored.append(note_id))
            self.report.counted["notes"] += 1
            yield at + min(room * 0.1, timedelta(seconds=20)), "reading", self._read(story, note, stored[0], written, room)

        return happen

    def _read(self, story: Story, note: StoryNote, note_id: int, written: datetime, room: timedelta) -> Happening:
        def happen(session: Session, at: datetime) -> Iterator[tuple[datetime, str, Happening]]:
            stored = notes.load(session, note_id)
            self.episode_of[story.mrn] = stored.episode_id
            reading = self.assistant.read_note(
                Note(stored.external_id, stored.lane, stored.written_at, stored.author_role, stored.kind, stored.text)
            )
            suggestions.save_reading(session, note_id, as_stored(reading), now=at)
            found = suggestions.of_note(session, note_id)
            self.report.counted["suggestions"] += len(found)
            if note.days_ago >= DECIDED_BEFORE:
                pressed = steps(stored.text, stored.written_at, found, note.gold)
                reviewer = self.reviewers[REVIEWERS[chance(story.mrn, "reviewer") % len(REVIEWERS)]]
                begun = written + min(room * 0.4, timedelta(minutes=4 + chance(stored.external_id, "begun") % 80))
                pace = room * 0.5 / (len(pressed) + 2)
                yield begun, "review", self._review(reviewer, note_id, stored.episode_id, pressed, pace)

        return happen

    def _review(self, reviewer: Reviewer, note_id: int, episode_id: int, pressed: list[Step], pace: timedelta) -> Happening:
        """A reviewer has the note on screen and presses the next key; the rest follows."""

        def happen(session: Session, at: datetime) -> Iterator[tuple[datetime, str, Happening]]:
            if not pressed:
                decisions.finish_note(session, note_id, reviewer=reviewer, now=at)
                access.record_access(session, reviewer.username, "finish", f"note {note_id}", now=at)
                self.report.counted["notes reviewed"] += 1
                return
            step, *rest = pressed
            seconds = 3 + chance(note_id, len(pressed), step.kind) % 220 / 10
            following = at + min(pace, timedelta(seconds=seconds + 1))
            yield following, "review", self._review(reviewer, note_id, episode_id, rest, pace)
            self._press(session, step, reviewer, note_id, episode_id, seconds, at)

        return happen

    def _press(self, session: Session, step: Step, reviewer: Reviewer, note_id: int, episode_id: int, seconds: float, at: datetime) -> None:
        version = episodes.load(session, episode_id).version
        subject = f"suggestion {step.suggestion_id}" if step.suggestion_id else f"note {note_id}"
        match step:
            case Step(kind="accept", suggestion_id=int(number), payload=payload):
                done = decisions.accept(
                    session, self.lanes, number, reviewer=reviewer, episode_version=version, now=at, payload=payload, seconds=seconds
                )
                self.report.counted[done.suggestion.standing.value] += 1
            case Step(kind="reject", suggestion_id=int(number), reason=reason) if reason is not None:
                decisions.reject(session, number, reviewer=reviewer, reason=reason, now=at, seconds=seconds)
                self.report.counted["rejected"] += 1
            case Step(kind="undo", suggestion_id=int(number)):
                decisions.undo_last(session, self.lanes, number, reviewer=reviewer, now=at)
                self.report.counted["undone"] += 1
            case Step(kind="add", payload=payload, start=start, end=end) if payload is not None:
                decisions.add_missed(session, self.lanes, note_id, payload, start, end, reviewer=reviewer, episode_version=version, now=at)
                self.report.counted["added"] += 1
        access.record_access(session, reviewer.username, "add missed" if step.kind == "add" else step.kind, subject, now=at)

    def _act(self, lane: Lane, story: Story, act: Act) -> Happening:
        def happen(session: Session, at: datetime) -> Iterator[tuple[datetime, str, Happening]]:
            episode_id = self.episode_of[story.mrn]
            episode = episodes.load(session, episode_id)
            after = episodes.record(session, episode_id, events_of(act, episode, lane, now=at), expected_version=episode.version)
            episodes.record(session, episode_id, claimed(act.by, after, lane, now=at), expected_version=after.version)
            self.report.counted["moves"] += 1
            yield from ()

        return happen
