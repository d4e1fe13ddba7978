"""How well an assistant tells what changed in a queue, on hand-written histories with a checklist each (evals/data/digest_cases.jsonl).

A case is a history in words: who, and what became of them on which day of 2026 ("03-03 block authorization"). Its checklist was written
from what a lead needs, before any text was seen: each `must` is a list of patterns that one sentence must all match, each `must_not` a
pattern that no sentence may match.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.orm import Session

from evals.errors import DataDoesNotFit
from store import episodes, patients
from store.database import Database
from store.lanes import Lanes
from store.patients import NewPatient
from triage.changes import digest
from triage.narration_check import check_narration
from triage.reading_grade import reading_grade
from triage.writing import ChangesRequest, Line
from workflow import escalating, moves, undoing
from workflow.events import Actor, Event, person
from workflow.lanes import Lane
from workflow.vocabulary import (
    BlockerCategory,
    Channel,
    ClosureReason,
    EscalationAnswer,
    EscalationReason,
    LaneName,
    Outcome,
    Status,
)

LATER = date(2026, 6, 30)
"""When an episode is due whose history does not say so: what a case is about is said in it, not made by cadence."""

LEAD = person("priya")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Group(_Part):
    """Patients with one history. `who` are names with commas between, each with "@lane" where it is not the case's own."""

    who: str
    moves: str

    @property
    def people(self) -> list[tuple[str, str]]:
        """Each patient's name, and the lane where it is not the case's own."""
        named = [who.strip().partition(" @") for who in self.who.split(",")]
        return [(name, lane) for name, _, lane in named]


class DigestCase(_Part):
    """One history, its period in days of the clinic (both included), a good digest of it, and what one must and must not say."""

    id: str
    lane: LaneName | None
    since: date
    until: date
    patients: tuple[Group, ...]
    reference: str
    must: tuple[tuple[str, ...], ...]
    must_not: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DigestScore:
    """A case: its sentences, those that the check refuses, what of the checklist was not said, and what was said against it."""

    case: str
    sentences: tuple[str, ...]
    unsupported: tuple[str, ...]
    unsaid: tuple[tuple[str, ...], ...]
    against: tuple[str, ...]
    wanted: int


@dataclass(frozen=True, slots=True)
class DigestScores:
    """All cases. Shares are None where there is nothing to take a share of."""

    cases: tuple[DigestScore, ...]
    names: tuple[str, ...] = ()

    @property
    def support(self) -> float | None:
        """The share of sentences of which every fact is supported."""
        total = sum(len(case.sentences) for case in self.cases)
        return 1 - sum(len(case.unsupported) for case in self.cases) / total if total else None

    @property
    def coverage(self) -> float | None:
        """The share of what the checklists say must be said."""
        wanted = sum(case.wanted for case in self.cases)
        return 1 - sum(len(case.unsaid) for case in self.cases) / wanted if wanted else None

    @property
    def against(self) -> int:
        """How often something was said that a checklist forbids."""
        return sum(len(case.against) for case in self.cases)

    @property
    def grade(self) -> float | None:
        """The reading grade of all digests together; None where nothing was said."""
        return reading_grade("\n".join(sentence for case in self.cases for sentence in case.sentences), "en", self.names)

    def as_json(self) -> dict[str, Any]:
        """The numbers, and what went wrong by case."""
        return {
            "cases": len(self.cases),
            "sentences": sum(len(case.sentences) for case in self.cases),
            "support": self.support,
            "coverage": self.coverage,
            "against": self.against,
            "reading_grade": self.grade,
            "misses": {
                case.case: {"unsupported": case.unsupported, "unsaid": case.unsaid, "against": case.against}
                for case in self.cases
                if case.unsupported or case.unsaid or case.against
            },
        }


def load_cases(path: Path) -> list[DigestCase]:
    """The cases of a file. Raises DataDoesNotFit naming the line, OSError."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            found.append(DigestCase.model_validate(json.loads(line)))
        except (ValidationError, ValueError) as error:
            raise DataDoesNotFit(f"{path.name}, line {number}: this is no case of a digest; {str(error).splitlines()[0]}") from None
    return found


def score_digests(
    cases: Iterable[DigestCase], database: Database, lanes: Lanes, narrate: Callable[[ChangesRequest], Sequence[Line]]
) -> DigestScores:
    """Have each case told and score it. `database` is a migrated one; what is written to it is rolled back."""
    cases = list(cases)
    scored = tuple(score(case, narrate(request_of(case, database, lanes)), database, lanes) for case in cases)
    return DigestScores(scored, tuple(sorted({name for case in cases for group in case.patients for name, _ in group.people})))


def score(case: DigestCase, sentences: Sequence[Line], database: Database, lanes: Lanes) -> DigestScore:
    """One case against what was said of it."""
    facts = request_of(case, database, lanes).facts
    refused = {problem.sentence for problem in check_narration(sentences, facts)}
    texts = tuple(line.text for line in sentences)
    return DigestScore(
        case.id,
        texts,
        tuple(text for place, text in enumerate(texts) if place in refused),
        tuple(wanted for wanted in case.must if not any(all(re.search(each, text, re.IGNORECASE) for each in wanted) for text in texts)),
        tuple(text for text in texts if any(re.search(each, text, re.IGNORECASE) for each in case.must_not)),
        len(case.must),
    )


class _Undone(Exception):
    """Ends a transaction without keeping it."""


def request_of(case: DigestCase, database: Database, lanes: Lanes) -> ChangesRequest:
    """The facts of a case. Nothing is kept in the database. Raises DataDoesNotFit for a move that cannot be read or made."""
    found: list[ChangesRequest] = []
    try:
        with database.write() as session:
            for group in case.patients:
                for name, lane in group.people:
                    _live(session, case, name, lanes[LaneName(lane) if lane else case.lane or LaneName.REFERRAL], group.moves)
            zone = lanes[case.lane or next(iter(lanes))].calendar.tz
            since, until = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (case.since, case.until + timedelta(days=1)))
            found.append(digest(session, lanes, case.lane, since, until, now=until))
            raise _Undone
    except _Undone:
        return found[0]


def _live(session: Session, case: DigestCase, name: str, lane: Lane, said: str) -> None:
    patients.add_patient(session, NewPatient(source="case", external_id=name, name=name, birth_date=None), now=datetime.now(UTC))
    patient = patients.find(session, "case", name)
    if patient is None:
        raise DataDoesNotFit(f"{case.id}: {name} is there twice")
    number, due, undoable = 0, LATER, list[Event]()
    for place, step in enumerate(said.split(";")):
        day, what, *rest = step.split()
        at = datetime.combine(date.fromisoformat(f"2026-{day}"), time(10, place), lane.calendar.tz).astimezone(UTC)
        if what == "open":
            events = moves.open_episode(lane, now=at, actor=LEAD, reason="case")
            number = episodes.create(session, patient.id, lane.name, events)
        elif what == "undo":
            events = undoing.undo(episodes.history(session, number), [each.seq for each in undoable], lane, now=at, actor=LEAD)
            _record(session, number, events)
        else:
            try:
                make = STEPS[what]
            except KeyError:
                raise DataDoesNotFit(f"{case.id}: “{step.strip()}” is no move; one of: open, undo, due, {', '.join(STEPS)}") from None
            due = date.fromisoformat(f"2026-{rest[0]}") if what == "due" else due
            undoable = make(session, number, lane, at, rest)
            _record(session, number, undoable)
        episode = episodes.load(session, number)
        if what != "undo" and episode.is_open and episode.due != due:
            _record(session, number, moves.set_due(episode, lane, now=at, actor=LEAD, due=due))


def _record(session: Session, number: int, events: Sequence[Event]) -> None:
    episodes.record(session, number, events, expected_version=episodes.load(session, number).version)


Make = Callable[[Session, int, Lane, datetime, list[str]], list[Event]]


def _step(move: Callable[..., list[Event]], given: Callable[[list[str]], dict[str, object]], actor: Actor = LEAD) -> Make:
    return lambda session, number, lane, at, words: move(episodes.load(session, number), lane, now=at, actor=actor, **given(words))


def _claim(session: Session, number: int, lane: Lane, at: datetime, _words: list[str]) -> list[Event]:
    episode = episodes.load(session, number)
    return moves.set_owner(episode, lane, now=at, actor=LEAD, owner_role=episode.owner_role, owner="dana")


STEPS: dict[str, Make] = {
    "claim": _claim,
    "due": _step(moves.set_due, lambda words: {"due": date.fromisoformat(f"2026-{words[0]}")}),
    "block": _step(moves.set_blocker, lambda words: {"category": BlockerCategory(words[0])}),
    "unblock": _step(moves.clear_blocker, lambda words: {"category": BlockerCategory(words[0])}),
    "escalate": _step(moves.escalate, lambda words: {"reason": EscalationReason(words[0])}),
    "take": _step(escalating.answer_escalation, lambda _: {"answer": EscalationAnswer.TAKE_OVER}),
    "status": _step(moves.set_status, lambda words: {"status": Status(words[0])}),
    "try": _step(moves.log_outreach, lambda words: {"channel": Channel.CALL, "outcome": Outcome(words[0])}),
    "close": _step(moves.close, lambda words: {"reason": ClosureReason(words[0])}),
    "reopen": _step(moves.reopen, lambda _: {"text": "called back"}),
}
