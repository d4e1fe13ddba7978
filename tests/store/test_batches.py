"""Batches and saved views on both databases: one batch for one token, one try for one episode, whoever else posts it at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from store import batches, episodes, saved_views, users
from store.batches import Outcome
from store.errors import AlreadyKnown, Unknown
from tests.builders import LANES, MARIA, NOW, REFERRAL, a_patient
from workflow import moves
from workflow.bulk import Assign, SetDue
from workflow.vocabulary import UserRole

TOKEN = "t" * 32


@pytest.fixture
def clinic(database):
    """Six episodes and two people."""
    with database.write() as session:
        for username in ("maria", "dana"):
            users.add_user(session, username, username.title(), UserRole.COORDINATOR, None, now=NOW)
        for number in range(6):
            patient = a_patient(session, f"p-{number}", name=f"Patient {number}")
            episodes.create(session, patient, REFERRAL.name, moves.open_episode(REFERRAL, now=NOW, actor=MARIA, reason="r"))
    return database


def test_posted_at_once_by_four_threads_it_is_one_batch_and_one_move_each(clinic):
    """The double click of a slow afternoon, on two web servers."""

    def post(_number):
        pairs = [(episode_id, 1) for episode_id in range(1, 7)]
        batch = batches.start(clinic, TOKEN, Assign(owner="dana"), "", pairs, user_id=1, now=NOW)
        batches.carry_out(clinic, LANES, batch, username="maria", now=NOW)
        return batch

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(post, range(4)))) == 1

    with clinic.read() as session:
        assert batches.load(session, 1).counts == {Outcome.MOVED: 6}
        for episode_id in range(1, 7):
            assert [event.change.kind for event in episodes.history(session, episode_id)] == ["episode_opened", "owner_set"]


def test_undone_at_once_twice_it_is_undone_once(clinic):
    """And what is refused or unchanged has nothing to undo."""
    due = episodes_due(clinic)
    batch = batches.start(clinic, TOKEN, SetDue(due=due), "", [(1, 1), (2, 7)], user_id=1, now=NOW)
    other = batches.start(clinic, "u" * 32, Assign(owner="dana"), "", [(3, 1), (4, 1)], user_id=1, now=NOW)
    for each in (batch, other):
        batches.carry_out(clinic, LANES, each, username="maria", now=NOW)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda each: batches.undo(clinic, LANES, each, username="maria", now=NOW), [other, other, batch]))

    with clinic.read() as session:
        assert batches.load(session, batch).counts == {Outcome.UNCHANGED: 1, Outcome.STALE: 1}
        assert batches.load(session, other).counts == {Outcome.UNDONE: 2}
        assert [event.change.kind for event in episodes.history(session, 3)] == ["episode_opened", "owner_set", "retracted"]
        assert episodes.load(session, 3).owner is None


def episodes_due(database):
    with database.read() as session:
        return episodes.load(session, 1).due


def test_a_saved_view_lives_on_both_databases(clinic):
    """Saved, found, changed, taken back, deleted; a name once only."""
    with clinic.write() as session:
        maria, dana = (users.by_username(session, name) for name in ("maria", "dana"))
        view = saved_views.save(session, maria, "Blocked", "blocked=1", shared=False, now=NOW)
        with pytest.raises(AlreadyKnown):
            saved_views.save(session, maria, "BLOCKED", "", shared=False, now=NOW)
        with pytest.raises(Unknown):
            saved_views.change(session, dana, view, now=NOW, name="Hers")
        saved_views.save(session, dana, "Blocked", "", shared=True, now=NOW)
        saved_views.set_default(session, maria, view)
        saved_views.change(session, maria, view, now=NOW, name="Stuck", query="blocked=1&down=1")
        assert [(each.name, each.query, each.can_change) for each in saved_views.of(session, maria)] == [
            ("Blocked", "", False),
            ("Stuck", "blocked=1&down=1", True),
        ]
        saved_views.undo(session, maria, view, now=NOW)
        assert saved_views.default_of(session, maria).name == "Blocked"
        saved_views.change(session, maria, view, now=NOW, deleted=True)
        assert saved_views.default_of(session, maria) is None
        assert [each.by for each in saved_views.of(session, maria)] == ["Dana"]
