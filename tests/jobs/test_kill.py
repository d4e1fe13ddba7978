"""A worker dies in the middle of reading; every note is read all the same, and nothing is suggested twice."""

from collections import Counter

from sqlalchemy import func, select

from store import check
from store.tables import ReadingRow, SuggestionRow

NOTES = 200


def a_text(number: int) -> str:
    """Two findings in every note, three in every fifth."""
    return f"Note {number}. No ride, will call again." + (" PA pending." if number % 5 == 0 else "")


EXPECTED = sum(3 if number % 5 == 0 else 2 for number in range(NOTES))


def all_read_once(bench) -> None:
    with bench.database.read() as session:
        readings = session.execute(select(func.count(), func.count(ReadingRow.note_id.distinct())).select_from(ReadingRow)).one()
        found = session.execute(select(SuggestionRow.note_id, SuggestionRow.evidence)).all()
        assert tuple(readings) == (NOTES, NOTES)
        assert len(found) == EXPECTED
        assert max(Counter(tuple(row) for row in found).values()) == 1
        assert list(check.problems(session)) == []


def test_a_killed_worker_loses_no_note_and_repeats_no_suggestion(bench):
    """kill -9 while 200 notes are read, restart: 200 notes read, no duplicate suggestion."""
    bench.add_notes(*map(a_text, range(NOTES)))
    victim = bench.start_worker()
    bench.wait_until(lambda: bench.read_by_now() >= 60)

    victim.kill()
    victim.wait(timeout=10)
    done_by_victim = bench.read_by_now()
    assert done_by_victim < NOTES
    successor = bench.start_worker()
    bench.wait_until(lambda: bench.read_by_now() == NOTES and bench.queue.waiting() == 0)

    bench.stop_worker(successor)
    all_read_once(bench)


def test_two_live_workers_never_read_one_note_twice(bench):
    """A rolling deploy has two; 200 notes are 200 questions to the model, not 201."""
    bench.add_notes(*map(a_text, range(NOTES)))
    workers = [bench.start_worker(), bench.start_worker()]
    bench.wait_until(lambda: bench.read_by_now() == NOTES and bench.queue.waiting() == 0)

    for worker in workers:
        bench.stop_worker(worker)
    assert Counter(bench.begun()) == Counter({f"n-{number}": 1 for number in range(NOTES)})
    all_read_once(bench)
