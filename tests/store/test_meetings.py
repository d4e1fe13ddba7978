"""Meetings: the agenda stays, lines are kept, a line becomes a task, and what is over stays as it is."""

from datetime import timedelta
from functools import partial

import pytest

from store import courses, episodes, meetings
from store.errors import MeetingIsOver, Unknown
from store.meetings import Written
from tests.builders import LANES, NOW, a_note, a_reviewer
from workflow import moves, undoing
from workflow.agenda import Agenda, Item, Part, Section, agenda
from workflow.events import person
from workflow.vocabulary import Action, BlockerCategory, LaneName, OwnerRole

ONE = Agenda(parts=(Part(section=Section.BLOCKED, items=(Item(episode_id=1, reason="blocked by transport for 9 days"),)),))
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def ruth(database):
    """Ruth's id; episode 1 is there."""
    with database.write() as session:
        a_note(session)
        return a_reviewer(session, "ruth", "Ruth Abara").id


@pytest.fixture
def sam(database, ruth):
    with database.write() as session:
        return a_reviewer(session, "sam", "Sam Okafor").id


def begin(database, user, lane=None, now=NOW):
    with database.write() as session:
        return meetings.open_meeting(session, lane, ONE, user_id=user, now=now)


def write(database, meeting, user, text, **given):
    with database.write() as session:
        meetings.write(session, meeting, 1, text, user_id=user, now=NOW, **given)


def stands(database, meeting) -> Written:
    with database.read() as session:
        return meetings.written(session, meeting).get(1, Written())


def make_task(database, *, now=NOW, undo=False):
    """A task on episode 1; returns its number."""
    with database.write() as session:
        episode = episodes.load(session, 1)
        events = moves.add_task(
            episode,
            LANES[episode.lane],
            now=now,
            actor=person("ruth"),
            action=Action.CALL_PATIENT,
            owner_role=OwnerRole.CARE_COORDINATOR,
        )
        episodes.record(session, 1, events, expected_version=episode.version)
        return events[0].change.task


def move(database, made, *, now=NOW, **given):
    with database.write() as session:
        episode = episodes.load(session, 1)
        events = made(episode, LANES[episode.lane], now=now, actor=person("ruth"), **given)
        return episodes.record(session, 1, events, expected_version=episode.version)


def test_there_is_one_meeting_of_a_lane_at_a_time(database, ruth, sam):
    """Two leads who open it at once sit in the same one; another lane has its own."""
    first = begin(database, ruth)

    assert begin(database, sam) == first
    assert begin(database, sam, LaneName.REFERRAL) != first
    with database.read() as session:
        assert meetings.under_way(session, None).opened_by == "Ruth Abara"
        assert meetings.under_way(session, LaneName.CARE_GAP) is None
        assert meetings.load(session, first).agenda == ONE


def test_everybody_has_a_line_and_the_newest_version_counts(database, ruth, sam):
    """Nobody writes over anybody."""
    meeting = begin(database, ruth)
    for text in ("call", "call the plan", "call the plan"):
        write(database, meeting, ruth, text)
    write(database, meeting, sam, "ride is booked")

    found = stands(database, meeting)

    assert found.said() == [("Ruth Abara", "call the plan"), ("Sam Okafor", "ride is booked")]
    assert found.said(but=ruth) == [("Sam Okafor", "ride is booked")]


def test_a_line_that_became_a_task_begins_a_new_line(database, ruth):
    """The task stands, the field is empty for the next words."""
    meeting = begin(database, ruth)
    write(database, meeting, ruth, "call the plan")
    number = make_task(database)
    write(database, meeting, ruth, "call the plan", task=number)

    found = stands(database, meeting)

    assert (found.lines[ruth], [(made.task, made.text, made.who) for made in found.made]) == ("", [(1, "call the plan", "Ruth Abara")])


def test_what_is_over_stays_as_it_is(database, ruth, sam):
    """A late save is refused in words; ending twice keeps who ended it first."""
    meeting = begin(database, ruth)
    for who in (ruth, sam):
        with database.write() as session:
            meetings.end(session, meeting, user_id=who, now=LATER)

    with pytest.raises(MeetingIsOver, match="minutes stay as they are"):
        write(database, meeting, sam, "too late")
    with database.read() as session:
        over = meetings.load(session, meeting)
        assert (over.ended_by, over.ended_at, meetings.under_way(session, None)) == ("Ruth Abara", LATER, None)
        assert meetings.last(session, None).id == meeting
        assert meetings.last(session, None, before=NOW) is None
        assert [each.id for each in meetings.ended(session, None)] == [meeting]
    assert begin(database, sam, now=LATER) != meeting


def test_only_patients_of_the_agenda_are_written_about(database, ruth):
    """An address made up leads nowhere."""
    meeting = begin(database, ruth)
    with database.write() as session:
        a_note(session, "n-2", patient="p-2")

    with pytest.raises(Unknown), database.write() as session:
        meetings.write(session, meeting, 2, "who?", user_id=ruth, now=NOW)
    with pytest.raises(Unknown), database.write() as session:
        meetings.write(session, 99, 1, "where?", user_id=ruth, now=NOW)


@pytest.mark.parametrize("became", ["open", "done", "cancelled", "taken back"])
def test_what_became_of_a_task_of_the_last_meeting(database, ruth, became):
    """The next meeting begins with it."""
    from workflow.undoing import undo

    meeting = begin(database, ruth)
    number = make_task(database)
    write(database, meeting, ruth, "call", task=number)
    if became == "done":
        move(database, moves.complete_task, task=number)
    elif became == "cancelled":
        move(database, moves.cancel_task, task=number, why="not needed")
    elif became == "taken back":
        with database.write() as session:
            history = episodes.history(session, 1)
            seqs = [event.seq for event in history[1:]]
            events = undo(history, seqs, LANES[LaneName.REFERRAL], now=NOW, actor=person("ruth"))
            episodes.record(session, 1, events, expected_version=history[-1].seq)

    with database.read() as session:
        assert meetings.what_became(session, stands(database, meeting).made) == {(1, number): became}


def test_what_moved_since_then(database, ruth):
    """Counted for the lane, and told by patient; what was before or taken back is left out."""
    move(database, moves.set_blocker, category=BlockerCategory.TRANSPORT)
    make_task(database, now=LATER)
    move(database, moves.clear_blocker, now=LATER, category=BlockerCategory.TRANSPORT)

    with database.read() as session:
        assert meetings.moved(session, None, NOW) == {"task_added": 1, "blocker_cleared": 1}
        assert meetings.moved(session, LaneName.REFERRAL, NOW) == {"task_added": 1, "blocker_cleared": 1}
        assert meetings.moved(session, LaneName.CARE_GAP, NOW) == {}
        told = meetings.happened(session, [1], NOW, LATER)[1]
        assert [event.change.kind for event in told if event.actor.kind == "person"] == ["task_added", "blocker_cleared"]
        assert meetings.happened(session, [1], LATER, LATER) == {}


def test_the_agenda_is_made_of_the_open_episodes_of_the_lane(database, ruth):
    """From the record as it stands."""
    move(database, moves.set_blocker, category=BlockerCategory.TRANSPORT)
    today = NOW.date() + timedelta(days=9)

    with database.read() as session:
        mine = agenda(courses.open_cases(session, LaneName.REFERRAL), LANES, today)
        assert mine.episode_ids == (1,)
        assert "blocked by transport for 9 days" in mine.parts[0].items[0].mentions
        assert courses.open_cases(session, LaneName.CARE_GAP) == []
        assert meetings.listed(session, [1])[1].patient.name == "Rosa Alvarez"


def test_what_moved_since_leaves_out_what_was_taken_back(database, ruth):
    """A blocker set and undone did not move the lane."""
    add = partial(move, database, now=LATER)
    add(moves.set_blocker, category=BlockerCategory.TRANSPORT)
    add(moves.set_blocker, category=BlockerCategory.ELIGIBILITY)
    with database.write() as session:
        history = episodes.history(session, 1)
        lane = LANES[LaneName.REFERRAL]
        last = [event.seq for event in history if event.change.kind == "blocker_set"][-1:]
        undone = undoing.undo(history, last, lane, now=LATER, actor=person("ruth"))
        episodes.record(session, 1, undone, expected_version=history[-1].seq)

    with database.read() as session:
        assert meetings.moved(session, None, NOW) == {"blocker_set": 1}
        assert meetings.moved(session, LaneName.CARE_GAP, NOW) == {}
