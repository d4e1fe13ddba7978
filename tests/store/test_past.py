"""The queue as it stood: at any past moment it is what the events recorded up to then say, on both databases, also across DST."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, text, update

from store import check, counts, episodes, past, queue
from store.queue import Moment, Sort, View
from store.tables import EpisodeStateRow
from tests.builders import LANES, MARIA, NOW, a_patient
from tests.store.test_queue_page import VIEWS
from workflow import moves, undoing
from workflow.episode import fold
from workflow.refusals import Refusal
from workflow.vocabulary import Action, BlockerCategory, Channel, ClosureReason, EscalationReason, LaneName, Outcome, OwnerRole, Status

ZONE = ZoneInfo("America/Chicago")
FALL = datetime(2025, 11, 1, 12, tzinfo=ZONE)
"""The day before the hour from one to two in the night comes twice."""


def a_move(chance):
    """Any move, with any of its words."""
    return chance.choice(
        [
            (moves.add_task, {"action": chance.choice(list(Action)), "owner_role": chance.choice(list(OwnerRole))}),
            (moves.set_blocker, {"category": chance.choice(list(BlockerCategory))}),
            (moves.clear_blocker, {"category": chance.choice(list(BlockerCategory))}),
            (moves.log_outreach, {"channel": Channel.CALL, "outcome": chance.choice(list(Outcome))}),
            (moves.set_owner, {"owner_role": chance.choice(list(OwnerRole)), "owner": chance.choice([None, "dana", "lee"])}),
            (moves.escalate, {"reason": chance.choice(list(EscalationReason))}),
            (moves.set_status, {"status": chance.choice(list(Status))}),
            (moves.close, {"reason": ClosureReason.CARE_COMPLETED}),
            (moves.reopen, {"text": "called back"}),
        ]
    )


def live(database, chance, opened):
    """One episode with a random history that begins at `opened`: moves, and some of them taken back, closings and reopenings too."""
    lane = LANES[chance.choice(list(LaneName))]
    with database.write() as session:
        patient = a_patient(session, f"mrn-{chance.getrandbits(40)}", name=chance.choice(["Ann", "Bo", "Cy"]), birth_date=None)
        at = opened
        episode_id = episodes.create(session, patient, lane.name, moves.open_episode(lane, now=at, actor=MARIA, reason="r"))
        undoable = []
        for _ in range(chance.randrange(14)):
            at += timedelta(minutes=chance.choice([0, 7, 30, 61, 600, 3000]))
            episode = episodes.load(session, episode_id)
            move, given = a_move(chance)
            try:
                if undoable and chance.random() < 0.2:
                    history = episodes.history(session, episode_id)
                    events = undoing.undo(history, undoable.pop(), lane, now=at, actor=MARIA)
                else:
                    events = move(episode, lane, now=at, actor=MARIA, **given)
            except Refusal:
                continue
            if events:
                episodes.record(session, episode_id, events, expected_version=episode.version)
                undoable = [*undoable, [event.seq for event in events]] if events[0].change.kind != "retracted" else undoable
    return episode_id


@pytest.fixture(params=range(2))
def lived(request, database):
    """Thirty episodes, whose histories run over the night in which the clock goes back."""
    chance = random.Random(request.param)
    ids = [live(database, chance, FALL + timedelta(minutes=chance.randrange(4000))) for _ in range(30)]
    return database, ids, chance


def stood(session, ids, moment):
    """Every episode that was open then, folded one by one from the events recorded up to then: the other way to know."""
    found = {}
    for episode_id in ids:
        events = [event for event in episodes.history(session, episode_id) if event.at <= moment]
        if events and (episode := fold(events)).is_open:
            found[episode_id] = episode
    return found


def test_the_queue_at_any_moment_is_the_fold_of_what_was_recorded_up_to_then(lived):
    """Row by row and field by field, at moments of an event, just before, and between; the repeated hour of the night among them."""
    database, ids, chance = lived
    with database.read() as session:
        ats = sorted({event.at for episode_id in ids for event in episodes.history(session, episode_id)})
        night = [datetime(2025, 11, 2, 1, 30, tzinfo=ZONE, fold=fold_) for fold_ in (0, 1)]
        asked = [*chance.sample(ats, 12), *(at - timedelta(microseconds=1) for at in chance.sample(ats, 6)), *night, ats[0], ats[-1]]
        for moment in [ats[0] - timedelta(microseconds=1), *asked]:
            at = Moment(moment, moment.astimezone(ZONE).date(), past=True)
            rows = list(queue.every_row(session, View(sort=Sort.AGE), at, size=7))

            assert {row.episode_id: row.episode for row in rows} == stood(session, ids, moment)
            assert len({row.episode_id for row in rows}) == len(rows)


def test_the_queue_as_of_now_is_the_present_one(lived):
    """The same rows, the same order, the same numbers, for every view and every order."""
    database, _, _ = lived
    now = NOW + timedelta(days=1)
    present, then = Moment(now, now.date()), Moment(now, now.date(), past=True)
    with database.read() as session:
        for view in [*VIEWS, *(View(sort=sort, descending=down) for sort in Sort for down in (False, True))]:
            assert list(queue.every_row(session, view, then, size=7)) == list(queue.every_row(session, view, present, size=50))
            assert counts.counts(session, view, then, me="dana") == counts.counts(session, view, present, me="dana")


def test_filters_and_counts_hold_in_the_past_too(lived):
    """Narrowed by the past columns, or by looking at each folded episode: the same."""
    database, ids, _ = lived
    moment = FALL + timedelta(hours=40)
    at = Moment(moment, moment.date(), past=True)
    with database.read() as session:
        then = stood(session, ids, moment)
        for view in VIEWS:
            rows = {row.episode_id: row.episode for row in queue.every_row(session, view, at)}
            numbers = counts.counts(session, view, at)

            assert (numbers.shown, numbers.active) == (len(rows), len(then))
            assert rows.items() <= then.items()
            if not view.text and view.quiet_days is None:
                assert rows.keys() == {episode_id for episode_id, episode in then.items() if fits(view, episode, at)}


def fits(view, episode, at):
    return (
        view.lane in {None, episode.lane}
        and view.status in {None, episode.status}
        and view.owner_role in {None, episode.owner_role}
        and view.owner in {None, episode.owner}
        and not (view.unclaimed and episode.owner)
        and not (view.overdue and episode.due >= at.today)
        and not (view.blocked and not episode.blockers)
        and not (view.escalated and episode.escalation is None)
    )


def test_clocks_that_disagree_do_not_break_the_past(database):
    """Two servers may record a moment out of order; the past is then the log up to the last event recorded by that moment."""
    lane = LANES[LaneName.REFERRAL]
    with database.write() as session:
        episode_id = episodes.create(session, a_patient(session), lane.name, moves.open_episode(lane, now=NOW, actor=MARIA, reason="r"))
        for minutes, category in ((5, BlockerCategory.TRANSPORT), (2, BlockerCategory.LANGUAGE)):
            episode = episodes.load(session, episode_id)
            events = moves.set_blocker(episode, lane, now=NOW + timedelta(minutes=minutes), actor=MARIA, category=category)
            episodes.record(session, episode_id, events, expected_version=episode.version)

    with database.read() as session:
        for minutes, blocked in ((1, ()), (3, ("transport", "language")), (9, ("transport", "language"))):
            (row,) = queue.page(session, View(), Moment(NOW + timedelta(minutes=minutes), NOW.date(), past=True)).rows
            assert row.episode.blocked_by == blocked


def test_a_record_older_than_the_table_is_brought_up_to_date(lived):
    """Upgrading a clinic's database gives the same past as one that kept it from the first day."""
    database, _, _ = lived

    def kept(session):
        return session.execute(text("SELECT * FROM episode_states ORDER BY episode_id, version, at")).all()

    with database.write() as session:
        assert list(check.problems(session)) == []
        assert past.catch_up(session) == 0
        before = kept(session)
        session.execute(delete(EpisodeStateRow))
        assert past.catch_up(session) == 30
        session.flush()
        # two acts of one moment are kept once then, which no moment can tell apart
        assert {row[:1] + row[2:3] for row in kept(session)} == {row[:1] + row[2:3] for row in before}
        assert set(kept(session)) <= set(before)
        assert list(check.problems(session)) == []


@pytest.mark.parametrize(
    "harm",
    [
        update(EpisodeStateRow).where(EpisodeStateRow.version == 1).values(status="scheduled"),
        update(EpisodeStateRow).where(EpisodeStateRow.version == 1).values(at=datetime(2020, 1, 1, tzinfo=UTC)),
        delete(EpisodeStateRow).where(EpisodeStateRow.version == 1),
    ],
)
def test_a_past_that_was_altered_is_found(database, harm):
    """`triage db check` folds it anew."""
    live(database, random.Random(5), FALL)
    with database.write() as session:
        session.execute(harm)

    with database.read() as session:
        (told,) = check.problems(session)
    assert told == "episode 1: its past states differ from its events at 1"
