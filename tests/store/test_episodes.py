"""The one write path: events and their projection, together or not at all."""

from datetime import timedelta, timezone

import pytest
from sqlalchemy import func, select, text

from store import check, episodes, timeline
from store.errors import StaleEpisode, Unknown
from store.tables import EpisodeRow, EventRow
from tests.builders import MARIA, NOW, REFERRAL, a_note, a_patient, everything
from workflow import moves, undoing
from workflow.episode import fold
from workflow.vocabulary import Action, BlockerCategory, Channel, ClosureReason, EscalationReason, LaneName, Outcome, OwnerRole, Status


@pytest.fixture
def episode_id(database):
    """A stored episode, new."""
    with database.write() as session:
        opened = moves.open_episode(REFERRAL, now=NOW, actor=MARIA, reason="referral")
        return episodes.create(session, a_patient(session), LaneName.REFERRAL, opened)


def make(session, episode_id, move, *, expected=None, now=NOW, **given):
    """Load, move, record."""
    episode = episodes.load(session, episode_id)
    events = move(episode, REFERRAL, now=now, actor=MARIA, **given)
    return episodes.record(session, episode_id, events, expected_version=expected or episode.version)


TASK = {"action": Action.CALL_PATIENT, "owner_role": OwnerRole.SCHEDULER}


def test_what_is_recorded_is_what_is_loaded(database, episode_id):
    """The projection is the fold of the log, column by column."""
    with database.write() as session:
        make(session, episode_id, moves.add_task, **TASK)
        after = make(session, episode_id, moves.set_blocker, category=BlockerCategory.TRANSPORT)

    with database.read() as session:
        assert episodes.load(session, episode_id) == after == fold(episodes.history(session, episode_id))
        row = session.get_one(EpisodeRow, episode_id)
        assert (row.status, row.owner_role, row.next_action, row.due, row.blocked_by) == (
            after.status,
            after.owner_role,
            after.next_action,
            after.due,
            "transport",
        )


def test_a_stale_version_writes_nothing(database, episode_id):
    """What was approved is not what would happen, so nothing happens."""
    with database.write() as session:
        make(session, episode_id, moves.add_task, **TASK)

    with pytest.raises(StaleEpisode, match="Look at what changed, then decide again"), database.write() as session:
        make(session, episode_id, moves.set_blocker, expected=1, category=BlockerCategory.TRANSPORT)

    with database.read() as session:
        assert episodes.load(session, episode_id).blockers == ()
        assert list(check.problems(session)) == []


def test_events_made_for_an_older_state_are_stale_whatever_happened_since(database, episode_id):
    """Closed meanwhile: the caller hears “it moved”, not that the history is broken."""
    with database.read() as session:
        seen = episodes.load(session, episode_id)
    events = moves.set_blocker(seen, REFERRAL, now=NOW, actor=MARIA, category=BlockerCategory.TRANSPORT)
    with database.write() as session:
        make(session, episode_id, moves.close, reason=ClosureReason.CARE_COMPLETED)

    with pytest.raises(StaleEpisode), database.write() as session:
        episodes.record(session, episode_id, events, expected_version=seen.version)


def test_events_and_projection_are_written_together(database, episode_id):
    """A failure after the write leaves neither."""

    def write_and_fail():
        with database.write() as session:
            make(session, episode_id, moves.add_task, **TASK)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()

    with database.read() as session:
        assert episodes.load(session, episode_id).version == 1
        assert session.execute(select(func.count()).select_from(EventRow)).scalar_one() == 1


def test_recording_nothing_changes_nothing(database, episode_id):
    """A move that was no change needs no version."""
    with database.write() as session:
        assert episodes.record(session, episode_id, [], expected_version=77).version == 1


def test_undo_is_folded_from_the_whole_log(database, episode_id):
    """One step cannot take steps back; the store must replay."""
    with database.write() as session:
        make(session, episode_id, moves.set_blocker, category=BlockerCategory.TRANSPORT)
        history = episodes.history(session, episode_id)
        taken = undoing.undo(history, [e.seq for e in history[1:]], REFERRAL, now=NOW, actor=MARIA)
        after = episodes.record(session, episode_id, taken, expected_version=history[-1].seq)

    assert (after.blockers, after.status, after.version) == ((), Status.NEW, history[-1].seq + 1)


def test_history_can_be_read_as_it_stood(database, episode_id):
    """“The queue on 3 March” is a query."""
    with database.write() as session:
        make(session, episode_id, moves.add_task, now=NOW + timedelta(days=1), **TASK)

    with database.read() as session:
        assert len(episodes.history(session, episode_id, until=NOW)) == 1
        assert len(episodes.history(session, episode_id)) > 1


def test_a_closed_episode_is_projected_as_closed(database, episode_id):
    """The queue leaves it out by its column."""
    with database.write() as session:
        make(session, episode_id, moves.close, reason=ClosureReason.CARE_COMPLETED)
        assert session.get_one(EpisodeRow, episode_id).closed_at == NOW
        make(session, episode_id, moves.reopen, text="back")

    with database.read() as session:
        assert session.get_one(EpisodeRow, episode_id).closed_at is None


def test_an_unknown_episode_is_unknown(database):
    """A page for a wrong number says so."""
    with database.read() as session:
        with pytest.raises(Unknown, match=r"^There is no such episode\.$"):
            episodes.load(session, 1)
        with pytest.raises(Unknown):
            timeline.view(session, 1)


def everything_that_can_happen(session, episode_id):
    """A long history, told in several zones."""
    chicago, tokyo = timezone(timedelta(hours=-5)), timezone(timedelta(hours=9))
    make(session, episode_id, moves.add_task, now=NOW.astimezone(chicago), **TASK)
    at = NOW.astimezone(tokyo) - timedelta(hours=3)
    for outcome in (Outcome.NO_ANSWER, Outcome.REACHED):
        make(session, episode_id, moves.log_outreach, channel=Channel.CALL, outcome=outcome, count=2, happened_at=at)
    for reason in EscalationReason:
        make(session, episode_id, moves.escalate, now=NOW.astimezone(chicago), reason=reason)


def test_a_sound_record_has_no_problems(database, episode_id):
    """`triage db check` must not cry wolf: not for a moment told in another zone, not for the order of a set."""
    with database.write() as session:
        everything_that_can_happen(session, episode_id)
        make(session, episode_id, moves.set_blocker, now=NOW.astimezone(timezone(timedelta(hours=-5))), category=BlockerCategory.OTHER)

    with database.read() as session:
        assert list(check.problems(session)) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE episodes SET due = '2031-01-01'", "the projection differs from its events in due"),
        ("UPDATE episodes SET owner = 'mallory'", "the projection differs from its events in owner"),
        ("UPDATE episodes SET version = 77", "the projection differs from its events in version"),
        ("UPDATE episodes SET state = '{}'", "the projection differs from its events in state"),
    ],
)
def test_a_tampered_projection_is_found(database, episode_id, statement, found):
    """Somebody edits the queue by SQL; the log knows better."""
    with database.write() as session:
        session.execute(text(statement))

    with database.read() as session:
        assert list(check.problems(session)) == [f"episode {episode_id}: {found}"]


def unlock(session, table):
    """Drop the triggers, as somebody who owns the database can."""
    if session.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            session.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
    else:
        session.execute(text(f"DROP TRIGGER {table}_no_change ON {table}"))


OTHER_DAY = '{"kind": "due_set", "due": "2026-13-45"}'
OTHER_CHANGE = '{"kind": "blocker_cleared", "category": "other", "why": ""}'
OTHER_BLOCKER = '{"kind": "blocker_set", "category": "language", "detail": ""}'


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (f"UPDATE events SET body = '{OTHER_BLOCKER}' WHERE seq = 2", "the projection differs from its events in blocked_by, state"),
        (f"UPDATE events SET body = '{OTHER_DAY}' WHERE seq = 2", "its events cannot be read"),
        (f"UPDATE events SET body = '{OTHER_CHANGE}' WHERE seq = 2", "its events do not follow one another"),
        ("DELETE FROM events WHERE seq = 2", "events are missing or numbered twice"),
        ("DELETE FROM events WHERE seq > 1", "the projection differs from its events in"),
        ("DELETE FROM events", "its events do not follow one another"),
    ],
)
def test_a_tampered_event_is_found(database, episode_id, statement, found):
    """Even somebody who drops the triggers leaves a log that no longer gives the state."""
    with database.write() as session:
        make(session, episode_id, moves.set_blocker, category=BlockerCategory.TRANSPORT)
        unlock(session, "events")
        session.connection().exec_driver_sql(statement)

    with database.read() as session:
        told = [sentence for sentence in check.problems(session) if "its past states differ" not in sentence]
    assert len(told) == 1
    assert told[0].startswith(f"episode {episode_id}: {found}")


def test_evidence_that_is_not_in_its_note_is_found(database):
    """Every suggestion shows words of the note; a changed note or span breaks that."""
    with database.write() as session:
        a_note(session, items=everything())
        session.execute(text("UPDATE notes SET text = 'Called pt, spoke to daughter.'"))

    with database.read() as session:
        told = list(check.problems(session))
    assert len(told) == len(everything())
    assert all("its evidence is not in the note" in sentence for sentence in told)
