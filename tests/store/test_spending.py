"""What a day's calls cost, summed from the readings and the drafts."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert

from store import suggestions
from store.spending import Spent, spent
from store.tables import DraftRow
from tests.builders import NOW, a_note, a_reading


def test_a_day_s_readings_are_summed(database):
    """The budget and the lead's page ask for exactly this."""
    usage = {"calls": 2, "tokens_in": 1000, "tokens_out": 50, "seconds": 1.5, "cost": 0.25, "each": []}
    with database.write() as session:
        note = a_note(session)
        for number, (at, took) in enumerate(
            [
                (NOW - timedelta(seconds=1), usage),  # yesterday's
                (NOW, usage),
                (NOW + timedelta(hours=1), {"calls": 1, "tokens_in": 0, "tokens_out": 0, "untold": 1}),
                (NOW + timedelta(hours=2), {}),  # the embedded assistant's
                (NOW + timedelta(hours=3), usage | {"cost": 0.5}),
                (NOW + timedelta(days=1), usage),
            ]
        ):
            suggestions.save_reading(session, note.id, replace(a_reading(reader=f"llm:{number}"), usage=took), now=at)

    with database.read() as session:
        today = spent(session, NOW, NOW + timedelta(days=1))
        since = spent(session, NOW)

    assert today == Spent(calls=5, tokens_in=2000, tokens_out=100, untold=1, cost=0.75)
    assert today.tokens == 2100
    assert since.calls == 7


def test_drafts_are_paid_from_the_same_purse(database):
    """A model that writes all day must not cost more than one that reads."""
    usage = {"calls": 2, "tokens_in": 100, "tokens_out": 50, "cost": 0.25}
    who = {"assistant": "llm", "model": "m", "prompt": "draft_outreach", "prompt_version": "v1", "content_hash": "0", "stood_in_for": None}
    what = {"episode_version": 1, "form": "sms", "language": "en", "purpose": "call_patient", "facts": [], "standing": "pending", "why": ""}
    with database.write() as session:
        note = a_note(session)
        suggestions.save_reading(session, note.id, replace(a_reading(), usage=usage), now=NOW)
        for number, at in enumerate((NOW - timedelta(seconds=1), NOW)):
            values = {"episode_id": note.episode_id, "cause": f"task-{number}", "usage": usage, "at": at}
            session.execute(insert(DraftRow).values(**who, **what, **values))

    with database.read() as session:
        assert spent(session, NOW) == Spent(calls=4, tokens_in=200, tokens_out=100, untold=0, cost=0.5)


def test_a_day_without_readings_cost_nothing(database):
    """Zero, not null."""
    with database.read() as session:
        assert spent(session, NOW) == Spent(0, 0, 0, 0, 0.0)
