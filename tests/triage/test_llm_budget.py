"""The day's budget: once it is spent nobody is asked, and what is in flight at that moment is all that goes beyond it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from store import suggestions
from store.spending import spent
from store.tables import ReadingRow
from tests import builders
from tests.builders import NOW
from tests.triage.llm_builders import a_note
from tests.triage.test_llm_fallback import Fake
from triage import jobs
from triage.assistants.budget import Budgeted, BudgetSpent, DailyBudget
from triage.assistants.fallback import Fallback
from triage.calls import Call, totals
from triage.reading import Note, Reading


@dataclass(frozen=True)
class Day:
    """What was spent so far."""

    cost: float = 0.0
    tokens: int = 0
    calls: int = 0
    untold: int = 0


@pytest.mark.parametrize(
    ("budget", "day", "is_spent"),
    [
        (DailyBudget(cost=5.0), Day(cost=4.99, tokens=10**9), False),
        (DailyBudget(cost=5.0), Day(cost=5.0), True),
        (DailyBudget(tokens=1000), Day(cost=10.0**9, tokens=999), False),
        (DailyBudget(tokens=1000), Day(tokens=1000), True),
        (DailyBudget(cost=5.0, tokens=1000), Day(cost=1.0, tokens=1000), True),
        (DailyBudget(cost=0.0), Day(), True),
        (DailyBudget(), Day(cost=10.0**9, tokens=10**12), False),
    ],
)
def test_a_budget_is_spent_when_either_bound_is_reached(budget: DailyBudget, day: Day, is_spent: bool) -> None:
    """Zero means: never ask."""
    assert budget.is_spent(day) is is_spent


def test_a_spent_budget_asks_nobody_and_says_the_figures() -> None:
    """The sentence is what the log and the fault beside the note show."""
    model = Fake("llm")
    held = Budgeted(model, DailyBudget(cost=5.0, tokens=900_000), lambda: Day(5.02, 812_400, 640, 3))

    with pytest.raises(BudgetSpent, match=r"5\.02 of 5\.00, 812,400 of 900,000 tokens in 640 calls, 3 of which did not say their tokens"):
        held.read_note(a_note())

    assert model.asked == []
    assert held.identity == model.identity


def test_the_stand_in_answers_once_the_budget_is_spent() -> None:
    """Notes go on being read."""
    held = Budgeted(Fake("llm"), DailyBudget(tokens=10), lambda: Day(tokens=10))

    reading = Fallback(held, Fake("embedded")).read_note(a_note())

    assert (reading.identity.assistant, reading.stood_in_for) == ("embedded", "llm")


class Paid:
    """A model of which each note costs 10 tokens. Holds its answers until `together` notes are being read at once."""

    def __init__(self, together: int) -> None:
        self.identity = Fake("llm").identity
        self.asked = 0
        self._lock, self._meet = threading.Lock(), threading.Barrier(together)

    def read_note(self, note: Note) -> Reading:
        with self._lock:
            self.asked += 1
        try:
            self._meet.wait(timeout=0.2)
        except threading.BrokenBarrierError:
            self._meet.reset()
        call = Call(0.1, 9, 1)
        return Reading(self.identity, calls=(call,), usage=totals([call]))


def test_no_more_is_spent_beyond_the_budget_than_what_is_in_flight(database) -> None:
    """Jobs of one process and of several look at the same record; none may miss what another one stored."""
    at_once, notes = 4, 24
    model = Paid(at_once)
    budget = DailyBudget(tokens=60)

    def spent_today():
        with database.read() as session:
            return spent(session, NOW - timedelta(days=1))

    assistant = Fallback(Budgeted(model, budget, spent_today), Fake("embedded"))
    with database.write() as session:
        ids = [builders.a_note(session, f"n-{number}").id for number in range(notes)]

    with ThreadPoolExecutor(at_once) as pool:
        assert set(pool.map(partial(jobs.read_note, database, assistant), ids)) == {None}

    with database.read() as session:
        readers = list(session.scalars(select(ReadingRow.assistant)))
    assert 60 <= spent_today().tokens == 10 * model.asked <= 60 + 10 * (at_once - 1)
    assert (readers.count("llm"), len(readers)) == (model.asked, notes)


def test_what_was_paid_in_vain_counts(database) -> None:
    """A model that refuses every note spends the day's budget as well."""
    with database.write() as session:
        note_id = builders.a_note(session).id
    call = Call(0.1, 90, 10)
    reading = replace(Fake("embedded").read_note(a_note()), stood_in_for="llm", calls=(call,), usage=totals([call]))
    with database.write() as session:
        suggestions.save_reading(session, note_id, jobs.as_stored(reading), now=NOW)

    with database.read() as session:
        assert DailyBudget(tokens=100).is_spent(spent(session, NOW))
