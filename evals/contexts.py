"""How well an assistant sums up a patient's context, on hand-written records with a checklist each (evals/data/context_cases.jsonl).

A case is a record in the words of the workflow: the moves that people and rules made, the notes with what was read in them and what was
decided about it, and what the patient asked. It is built through the store's own functions, so that whoever sums it up sees exactly what
the product would. Moments are those of the clinic's clock.
"""

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self, get_type_hints

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, field_validator, model_validator
from sqlalchemy.orm import Session

from evals.errors import DataDoesNotFit
from evals.files import sha256
from evals.writing import LineLike, Must, WritingScores, compiled, score_text
from store import contact, decisions, episodes, notes, patients, people, suggestions, users
from store.database import Database, sqlite_url
from store.decisions import Reviewer
from store.errors import StoreError
from store.lanes import Lanes
from store.migrate import upgrade
from store.notes import NewNote
from store.patients import UNIDENTIFIED, NewPatient
from store.suggestions import NewReading, NewSuggestion
from workflow import escalating, moves, owning
from workflow.events import RULE, Event, person
from workflow.lanes import Lane
from workflow.refusals import Refusal
from workflow.suggestions import Payload
from workflow.vocabulary import Channel, LaneName, OwnerRole, RejectReason, UserRole

PATH = Path(__file__).parent / "data" / "context_cases.jsonl"
"""The context cases. Their card, context_cases.card.md, lies beside them."""

MOST_LINES = 5
"""How many lines a patient's context may have."""

SOURCE = "case"
DECIDED_AFTER = timedelta(minutes=30)
"""How long after a note is written somebody decides what was read in it."""

Summarise = Callable[[Database, int, datetime], Sequence[LineLike]]
"""Sums up an episode by id as of a moment."""

Supported = Callable[[Database, int, datetime, Sequence[LineLike]], Sequence[bool]]
"""Whether everything in each line is supported by the record of that episode as of that moment."""

MOVES: dict[str, Callable[..., list[Event]]] = {
    move.__name__: move
    for move in (
        moves.add_task,
        moves.complete_task,
        moves.cancel_task,
        moves.set_blocker,
        moves.clear_blocker,
        moves.log_outreach,
        moves.set_status,
        moves.set_owner,
        moves.set_next_action,
        moves.set_due,
        moves.escalate,
        moves.raise_by_rule,
        moves.close,
        moves.reopen,
        owning.claim,
        owning.hand_over,
        owning.accept,
        owning.return_offer,
        owning.give_back,
        escalating.answer_escalation,
    )
}
"""What may happen in a case after it was opened. An offer that is withdrawn or released by rule is not among them."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CasePatient(_Part):
    """A patient as far as they are known. Without `identified`, nobody knows who it is and nothing else is told."""

    name: str = "Patient not identified"
    language: str | None = None
    phone: str | None = None
    email: str | None = None
    contact_preference: str | None = None
    birth_date: date | None = None
    identified: bool = True


class Read(_Part):
    """Something read in a note, the words it rests on, and what a person decided about it."""

    payload: Payload
    evidence: str
    decided: Literal["pending", "accepted", "rejected"]

    @model_validator(mode="before")
    @classmethod
    def _payload_lies_flat(cls, said: dict[str, Any]) -> dict[str, Any]:
        own = {"evidence", "decided"}
        return {key: said[key] for key in own & said.keys()} | {"payload": {k: v for k, v in said.items() if k not in own}}


class ContextCase(_Part):
    """One record, a good summary of it, and what one must and must not say. `moves` begin with open_episode."""

    id: str
    lane: LaneName
    now: datetime
    patient: CasePatient
    people: Mapping[str, str]
    moves: tuple[tuple[datetime, str, str, dict[str, Any]], ...]
    do_not_contact: tuple[tuple[date, Channel | None, str], ...] = ()
    other_lanes: tuple[LaneName, ...] = ()
    notes: tuple[tuple[datetime, OwnerRole, str, tuple[Read, ...]], ...] = ()
    reference: tuple[str, ...]
    must: tuple[Must, ...]
    must_not: tuple[str, ...] = ()

    @field_validator("must_not")
    @classmethod
    def _are_patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return compiled(patterns)

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        if not self.moves or self.moves[0][2] != "open_episode":
            raise ValueError("the first move is open_episode")
        if not self.people:
            raise ValueError("somebody works here: name people")
        if not self.patient.identified and len(self.notes) != 1:
            raise ValueError("a patient whom nobody identified is known by one note")
        if strangers := {name for _, name, _, _ in self.moves} - {*self.people, "rule"}:
            raise ValueError(f"nobody said who {', '.join(sorted(strangers))} is")
        return self


@dataclass(frozen=True, slots=True)
class _Step:
    """Something that happens in a case, at a moment of the clinic's clock."""

    at: datetime
    take: Callable[[datetime], None]


def load_cases(path: Path = PATH) -> list[ContextCase]:
    """The cases of a file. Raises DataDoesNotFit naming the line, OSError."""
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            cases.append(ContextCase.model_validate(json.loads(line)))
        except (ValidationError, ValueError) as error:
            said = " ".join(str(error).split())
            raise DataDoesNotFit(f"{path.name}, line {number}: this is no case of a patient’s context; {said}") from None
    return cases


def card_facts(path: Path) -> str:
    """What can be counted of the cases in `path`, as the Markdown of their card. Raises DataDoesNotFit, OSError."""
    cases = load_cases(path)
    lanes = Counter(case.lane for case in cases)
    counts = {
        "cases": len(cases),
        "things to be said": sum(len(case.must) for case in cases),
        "things that must not be said": sum(len(case.must_not) for case in cases),
        "notes": sum(len(case.notes) for case in cases),
        **{lane.value: lanes[lane] for lane in LaneName},
    }
    rows = [f"| {name} | {count} |" for name, count in counts.items()]
    return "\n".join([f"- File: `{path.name}`, sha256 `{sha256(path)}`", "", "| What | Count |", "|---|---:|", *rows]) + "\n"


def moment_of(case: ContextCase, lanes: Lanes) -> datetime:
    """The moment at which the case is summed up."""
    return _local(case.now, lanes[case.lane])


def record_of(case: ContextCase, database: Database, lanes: Lanes) -> int:
    """Write the case to a migrated database that holds no other, and return its episode's id.

    Raises DataDoesNotFit where a move, a decision or a quoted word does not hold; nothing is written then.
    """
    try:
        with database.write() as session:
            return _Building(case, lanes, session).build()
    except (Refusal, StoreError, ValidationError, KeyError, ValueError) as error:
        raise DataDoesNotFit(f"{case.id}: {type(error).__name__}: {' '.join(str(error).split())}") from error


def score_contexts(cases: Iterable[ContextCase], lanes: Lanes, summarise: Summarise, supported: Supported) -> WritingScores:
    """Have each case summed up, each in a temporary database of its own, and score it."""
    with empty_databases() as new_database:
        scored = []
        for case in cases:
            with new_database() as database:
                episode_id, now = record_of(case, database, lanes), moment_of(case, lanes)
                lines = summarise(database, episode_id, now)
                scored.append(score_text(case, [line.text for line in lines], supported(database, episode_id, now, lines)))
    return WritingScores(tuple(scored), MOST_LINES)


@contextmanager
def empty_databases() -> Iterator[Callable[[], AbstractContextManager[Database]]]:
    """Hands out a function whose every call opens, as a context, a migrated database of its own. All are gone at the end."""
    with tempfile.TemporaryDirectory(prefix="triage-cases-") as folder:
        first = Database(sqlite_url(Path(folder) / "first"))
        upgrade(first)
        first.dispose()
        count = 0

        @contextmanager
        def another() -> Iterator[Database]:
            nonlocal count
            count += 1
            own = Path(folder) / str(count)
            shutil.copytree(Path(folder) / "first", own)
            database = Database(sqlite_url(own))
            try:
                yield database
            finally:
                database.dispose()
                shutil.rmtree(own)

        yield another


class _Building:
    """Writes one case, in the order of its moments."""

    def __init__(self, case: ContextCase, lanes: Lanes, session: Session) -> None:
        self.case, self.lanes, self.session = case, lanes, session
        self.lane = lanes[case.lane]
        self.staff: dict[str, Reviewer] = {}
        self.notes: dict[int, int] = {}
        self.patient_id = self.episode_id = 0

    def build(self) -> int:
        begins = _local(self.case.moves[0][0], self.lane)
        for username, name in self.case.people.items():
            user = users.add_user(self.session, username, name, UserRole.COORDINATOR, None, now=begins)
            self.staff[username] = Reviewer(user.id, user.username, user.name)
        self._patient(begins)
        for step in sorted(self._steps(), key=lambda step: step.at):
            if step.at > self.case.now:
                raise ValueError(f"{step.at.isoformat()} lies after the case’s now")
            step.take(_local(step.at, self.lane))
        return self.episode_id

    def _patient(self, begins: datetime) -> None:
        known = self.case.patient.model_dump(exclude={"identified"})
        external_id = "patient" if self.case.patient.identified else f"{UNIDENTIFIED}{self._note_id(0)}"
        patients.add_patient(self.session, NewPatient(source=SOURCE, external_id=external_id, **known), now=begins)
        stored = patients.find(self.session, SOURCE, external_id)
        self.patient_id = stored.id if stored else 0
        for name in self.case.other_lanes:
            lane = self.lanes[name]
            opened = moves.open_episode(lane, now=begins, actor=RULE, reason=lane.title)
            episodes.create(self.session, self.patient_id, name, opened)

    def _steps(self) -> Iterator[_Step]:
        """In an order in which, of two things at one moment, the first to happen comes first."""
        for at, actor, name, given in self.case.moves:
            yield _Step(at, partial(self._move, actor, name, given))
        for day, channel, reason in self.case.do_not_contact:
            yield _Step(datetime.combine(day, self.case.moves[0][0].time()), partial(self._ask, channel, reason))
        for place, (at, role, text, read) in enumerate(self.case.notes):
            yield _Step(at, partial(self._note, place, role, text, read))
            for item in read:
                if item.decided != "pending":
                    yield _Step(at + DECIDED_AFTER, partial(self._decide, place, item))

    def _move(self, actor: str, name: str, given: dict[str, Any], now: datetime) -> None:
        who = RULE if actor == "rule" else person(actor)
        if name == "open_episode":
            opened = moves.open_episode(self.lane, now=now, actor=who, **given)
            self.episode_id = episodes.create(self.session, self.patient_id, self.lane.name, opened)
            return
        move = MOVES[name]
        asked = get_type_hints(move)
        values = {key: self._value(asked[key], value) for key, value in given.items()}
        if "actor" in asked:
            values["actor"] = who
        if "people" in asked:
            values["people"] = people.here(self.session, self.lane.calendar.local_day(now))
        if "facts" in asked:
            values["facts"] = contact.facts(self.session, self.patient_id)
        episode = episodes.load(self.session, self.episode_id)
        events = move(episode, self.lane, now=now, **values)
        if not events:
            raise ValueError(f"{name} on {now.isoformat()} changes nothing")
        episodes.record(self.session, self.episode_id, events, expected_version=episode.version)

    def _value(self, asked: Any, said: Any) -> object:
        value: object = TypeAdapter(asked).validate_python(said)
        return _local(value, self.lane) if isinstance(value, datetime) and value.tzinfo is None else value

    def _ask(self, channel: Channel | None, reason: str, now: datetime) -> None:
        contact.ask(self.session, self.patient_id, channel, reason, user_id=self._decider().id, now=now)

    def _note(self, place: int, role: OwnerRole, text: str, read: tuple[Read, ...], now: datetime) -> None:
        note = NewNote(
            source=SOURCE,
            external_id=self._note_id(place),
            patient="patient" if self.case.patient.identified else None,
            lane=self.case.lane,
            author=role.label,
            author_role=role.value,
            kind="note",
            written_at=now,
            text=text,
        )
        notes.add_note(self.session, note, lanes=self.lanes, now=now, enqueue=lambda _, note_id: self.notes.update({place: note_id}))
        reading = NewReading(
            reader="case:1",
            assistant="embedded",
            model="case",
            prompt="read_note",
            prompt_version="1",
            content_hash="case",
            refused=0,
            stood_in_for=None,
            usage={},
            suggestions=[_found(text, item) for item in read],
        )
        suggestions.save_reading(self.session, self.notes[place], reading, now=now)

    def _decide(self, place: int, item: Read, now: datetime) -> None:
        kept = suggestions.of_note(self.session, self.notes[place])
        mine = next(one for one in kept if (one.payload, one.evidence) == (item.payload, item.evidence))
        if item.decided == "accepted":
            version = episodes.load(self.session, self.episode_id).version
            decisions.accept(self.session, self.lanes, mine.id, reviewer=self._decider(), episode_version=version, now=now)
        else:
            decisions.reject(self.session, mine.id, reviewer=self._decider(), reason=RejectReason.NOT_IN_NOTE, now=now)

    def _decider(self) -> Reviewer:
        """Whoever of the people is named first reviews what was read and writes down what the patient asks."""
        return next(iter(self.staff.values()))

    def _note_id(self, place: int) -> str:
        return f"note-{place + 1}"


def _found(text: str, item: Read) -> NewSuggestion:
    start = text.index(item.evidence)
    return NewSuggestion(item.payload, start, start + len(item.evidence), 0.8)


def _local(at: datetime, lane: Lane) -> datetime:
    """The clinic's clock at this moment."""
    return at.replace(tzinfo=lane.calendar.tz)
