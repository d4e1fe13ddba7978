"""What a rehearsal reads: the episodes of a lane that were open in a window, each with its patient's name and all of its events."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from store.past import as_event
from store.tables import EpisodeRow, EventRow, PatientRow, core
from workflow.episode import BrokenHistory
from workflow.events import Event
from workflow.lanes import Lane
from workflow.rehearsal import Edit, Rehearsal, Rehearsed, Window, edits
from workflow.vocabulary import LaneName

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One episode of a rehearsal."""

    episode_id: int
    patient: str
    external_id: str
    found: Rehearsed


@dataclass(frozen=True, slots=True)
class Report:
    """A whole rehearsal. `cases` are the episodes of which there is something to tell; `unreadable` those whose log does not hold."""

    lane: LaneName
    title: str
    window: Window
    edits: list[Edit]
    episodes: int
    acts: int
    misfits: int
    cases: list[Case]
    unreadable: list[int]

    @property
    def otherwise(self) -> list[Case]:
        """Episodes that would have gone otherwise."""
        return [case for case in self.cases if case.found.differences]

    @property
    def refused(self) -> list[Case]:
        """Episodes of which the changed lane refuses something that people did."""
        return [case for case in self.cases if case.found.refused]

    @property
    def coming(self) -> list[Case]:
        """Episodes that escalate by tomorrow under the changed lane."""
        return [case for case in self.cases if case.found.coming]

    @property
    def spared(self) -> list[Case]:
        """Episodes that escalate by tomorrow under the lane in force alone."""
        return [case for case in self.cases if case.found.spared]

    @property
    def next_try(self) -> list[Case]:
        """Episodes that one more failed try escalates under the changed lane alone."""
        return [case for case in self.cases if case.found.next_try]


def rehearse(session: Session, present: Lane, changed: Lane, window: Window, *, progress: Progress = lambda *_: None) -> Report:
    """Rehearse `changed` against `present` over the record. Reads one snapshot, an episode at a time; writes nothing."""
    rehearsal = Rehearsal(present, changed, window)
    total = count(session, present.name, window)
    cases: list[Case] = []
    unreadable: list[int] = []
    acts = misfits = 0
    for number, (episode_id, patient, external_id, events) in enumerate(_stories(session, present.name, window), 1):
        progress(number, total)
        try:
            found = rehearsal.episode(events)
        except (BrokenHistory, ValueError):
            unreadable.append(episode_id)
            continue
        acts, misfits = acts + found.acts, misfits + found.misfits
        if found.differences or found.refused or found.coming or found.spared or found.next_try:
            cases.append(Case(episode_id, patient, external_id, found))
    return Report(present.name, changed.title, window, edits(present, changed), total, acts, misfits, cases, unreadable)


def count(session: Session, lane: LaneName, window: Window) -> int:
    """How many episodes a rehearsal goes over."""
    return session.execute(select(func.count()).select_from(EpisodeRow).where(*_open_in(lane, window))).scalar_one()


def _open_in(lane: LaneName, window: Window) -> tuple[ColumnElement[bool], ...]:
    return (EpisodeRow.lane == lane.value, or_(EpisodeRow.closed_at.is_(None), EpisodeRow.closed_at >= window.since))


def _stories(session: Session, lane: LaneName, window: Window) -> Iterator[tuple[int, str, str, list[Event]]]:
    people = {
        row.id: (row.name, row.external_id)
        for row in session.execute(
            select(EpisodeRow.id, PatientRow.name, PatientRow.external_id)
            .join(PatientRow, PatientRow.id == EpisodeRow.patient_id)
            .where(*_open_in(lane, window))
        )
    }
    mine = select(EpisodeRow.id).where(*_open_in(lane, window))
    event = core(EventRow)
    rows = select(event).where(event.c.episode_id.in_(mine)).order_by(event.c.episode_id, event.c.seq)
    with session.execute(rows.execution_options(yield_per=2000)) as found:
        for episode_id, group in groupby(found, key=attrgetter("episode_id")):
            yield episode_id, *people[episode_id], [as_event(row) for row in group]
