"""Away, left, and two who claim at once: on both databases, nothing is lost and nothing is without an owner."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from store import check, clock, decisions, episodes, owning, people, suggestions, users
from store.people import Load
from store.tables import EpisodeRow, EventRow, core
from tests.builders import CALL, LANES, NOW, TODAY, a_note, a_patient, a_reviewer, a_suggestion, the
from workflow import moves
from workflow import owning as rules
from workflow.events import RULE, person
from workflow.refusals import AlreadyOwned, Unavailable
from workflow.vocabulary import LaneName, OwnerRole, UserRole

FRIDAY = date(2026, 3, 13)
SCHEDULER = OwnerRole.SCHEDULER


def staff(session):
    """Dana and Lee."""
    return [a_reviewer(session, "dana", "Dana Ruiz"), a_reviewer(session, "lee", "Lee Novak")]


def an_episode(session, external_id="p-1", lane=LaneName.REFERRAL):
    patient = a_patient(session, external_id)
    return episodes.create(session, patient, lane, moves.open_episode(LANES[lane], now=NOW, actor=person("dana"), reason="r"))


def do(session, episode_id, move, who, **given):
    episode = episodes.load(session, episode_id)
    events = move(episode, LANES[episode.lane], now=NOW, actor=person(who), **given)
    return episodes.record(session, episode_id, events, expected_version=episode.version)


def owner(database, episode_id):
    with database.read() as session:
        episode = episodes.load(session, episode_id)
        return episode.owner_role, episode.owner, episode.offer and episode.offer.to


def test_of_two_who_claim_at_once_one_wins_and_the_other_is_told_who(database):
    """Twenty-five times, each episode for one of them."""
    with database.write() as session:
        staff(session)
        ids = [an_episode(session, f"p-{number}") for number in range(25)]

    def claim(episode_id, username, barrier):
        barrier.wait(timeout=20)
        try:
            with database.write() as session:
                return owning.claim(session, LANES, episode_id, username=username, now=NOW).owner
        except AlreadyOwned as told:
            return told

    with ThreadPoolExecutor(2) as pool:
        for episode_id in ids:
            barrier = Barrier(2)
            first, second = pool.map(lambda who, i=episode_id, b=barrier: claim(i, who, b), ["dana", "lee"])
            winner, told = (first, second) if isinstance(first, str) else (second, first)

            assert isinstance(told, AlreadyOwned)
            assert str(told).startswith(f"{'Dana Ruiz' if winner == 'dana' else 'Lee Novak'} owns this already.")
            assert owner(database, episode_id)[1] == winner

    with database.read() as session:
        assert session.execute(select(func.count()).select_from(EventRow).where(EventRow.kind == "owner_set")).scalar_one() == 25
        assert list(check.problems(session)) == []


def test_who_goes_away_gives_back_what_they_own_and_what_is_offered_to_them(database):
    """By rule, with the reason in words; once; everybody else's stays."""
    with database.write() as session:
        staff(session)
        own, offered, other = (an_episode(session, f"p-{number}") for number in range(3))
        do(session, own, rules.claim, "dana")
        do(session, offered, rules.claim, "lee")
        do(session, offered, rules.hand_over, "lee", owner_role=SCHEDULER, owner="dana", note="a morning slot")
        do(session, other, rules.claim, "lee")
        users.set_away(session, "dana", TODAY, FRIDAY, today=TODAY)

    assert owning.release_unavailable(database, LANES, now=NOW) == 2

    coordinator = OwnerRole.CARE_COORDINATOR
    assert [owner(database, each) for each in (own, offered, other)] == [
        (coordinator, None, None),
        (coordinator, "lee", None),
        (coordinator, "lee", None),
    ]
    with database.read() as session:
        last = [episodes.history(session, each)[-1] for each in (own, offered)]
        assert {(event.actor, event.change.why) for event in last} == {(RULE, "Dana Ruiz is away until 13 March")}
        assert list(check.problems(session)) == []
    assert owning.release_unavailable(database, LANES, now=NOW) == 0


@pytest.mark.parametrize(("days", "released"), [(-1, 0), (0, 1), (3, 1), (4, 0)])
def test_work_is_given_back_from_the_first_day_away_to_the_last(database, days, released):
    """Both included, in the clinic's own days."""
    with database.write() as session:
        staff(session)
        do(session, an_episode(session), rules.claim, "dana")
        users.set_away(session, "dana", TODAY, FRIDAY, today=TODAY)

    assert owning.release_unavailable(database, LANES, now=NOW + timedelta(days=days)) == released


def test_who_has_left_owns_nothing_also_what_came_in_between(database):
    """The hourly job finds what was claimed at the moment the account was switched off."""
    with database.write() as session:
        staff(session)
        ids = [an_episode(session, f"p-{number}") for number in range(3)]
        for each in ids:
            do(session, each, rules.claim, "dana")
        users.switch_off(session, "dana")

    clock.jobs(database, LANES)[clock.RELEASE_UNAVAILABLE](0)

    assert {owner(database, each)[1] for each in ids} == {None}
    with database.write() as session, pytest.raises(Unavailable, match=r"^Dana Ruiz’s account is switched off\."):
        owning.claim(session, LANES, ids[0], username="dana", now=NOW)


def test_an_episode_that_cannot_be_read_does_not_keep_the_others(database):
    """What is broken stays; the rest is given back."""
    with database.write() as session:
        staff(session)
        broken, whole = an_episode(session), an_episode(session, "p-2")
        for each in (broken, whole):
            do(session, each, rules.claim, "dana")
        users.switch_off(session, "dana")
        session.execute(update(core(EpisodeRow)).where(core(EpisodeRow).c.id == broken).values(state={}))

    assert owning.release_unavailable(database, LANES, now=NOW) == 1
    assert owner(database, whole)[1] is None


def test_one_persons_work_can_be_given_back_alone(database):
    """Somebody else's waits for the hour."""
    with database.write() as session:
        staff(session)
        ids = [an_episode(session), an_episode(session, "p-2")]
        for each, who in zip(ids, ("dana", "lee"), strict=True):
            do(session, each, rules.claim, who)
            users.switch_off(session, who)

    assert owning.release_unavailable(database, LANES, now=NOW, username="lee") == 1
    assert [owner(database, each)[1] for each in ids] == ["dana", None]


def test_two_who_give_back_at_once_move_each_episode_once(database):
    """Two workers at the same hour."""
    with database.write() as session:
        staff(session)
        ids = [an_episode(session, f"p-{number}") for number in range(10)]
        for each in ids:
            do(session, each, rules.claim, "dana")
        users.switch_off(session, "dana")

    with ThreadPoolExecutor(2) as pool:
        moved = sum(pool.map(lambda _: owning.release_unavailable(database, LANES, now=NOW), range(2)))

    assert moved == 10
    with database.read() as session:
        assert list(check.problems(session)) == []


def test_undoing_a_decision_gives_nothing_to_somebody_away(database):
    """The task had moved it from Dana to the coordinators; Dana has gone since."""
    with database.write() as session:
        _, lee = staff(session)
        note = a_note(session, items=[a_suggestion(CALL)])
        do(session, note.episode_id, rules.hand_over, "dana", owner_role=SCHEDULER, owner="dana", note="mine")
        card = the("task", suggestions.of_note(session, note.id))
        version = episodes.load(session, note.episode_id).version
        after = decisions.accept(session, LANES, card.id, reviewer=lee, episode_version=version, now=NOW).after
        assert after.owner is None
        users.set_away(session, "dana", TODAY, FRIDAY, today=TODAY)

        decisions.undo_last(session, LANES, card.id, reviewer=lee, now=NOW)

    assert owner(database, note.episode_id) == (SCHEDULER, None, None)


def test_loads_are_what_people_have(database):
    """Open, overdue and offered; a closed episode is nobody's load."""
    with database.write() as session:
        staff(session)
        ids = [an_episode(session, f"p-{number}") for number in range(4)]
        for each in ids[:3]:
            do(session, each, rules.claim, "dana")
        do(session, ids[0], rules.hand_over, "dana", owner_role=SCHEDULER, owner="lee", note="so")
        do(session, ids[1], moves.set_due, "dana", due=TODAY)
        do(session, ids[2], moves.close, "dana", reason=LANES[LaneName.REFERRAL].closure_reasons[0])

        assert people.loads(session, TODAY + timedelta(days=1)) == {"dana": Load(open=2, overdue=1), "lee": Load(offered=1)}


def test_days_away_that_make_no_sense_are_refused_in_words(database):
    """Nothing is stored then."""
    with database.write() as session:
        staff(session)
        users.add_user(session, "gone", "Gone Person", UserRole.COORDINATOR, None, now=NOW)
        users.switch_off(session, "gone")
        for username, first, last, said in (
            ("dana", FRIDAY, TODAY, "Swap them"),
            ("dana", TODAY - timedelta(days=9), TODAY - timedelta(days=1), "These days are past"),
            ("gone", TODAY, FRIDAY, "needs no days away"),
        ):
            with pytest.raises(ValueError, match=said):
                users.set_away(session, username, first, last, today=TODAY)
        assert users.by_username(session, "dana").away_from is None


def test_who_comes_back_can_be_given_work_again(database):
    """The period ends by itself, or by hand before."""
    with database.write() as session:
        staff(session)
        users.set_away(session, "dana", TODAY, date(2027, 1, 8), today=TODAY)
        assert people.here(session, TODAY).unavailable == {"dana": "Dana Ruiz is away until 8 January 2027"}
        assert people.here(session, date(2027, 1, 9)).unavailable == {}
        users.end_away(session, "dana")
        assert people.here(session, TODAY).unavailable == {}
