"""Drafts are prepared once for what the rules want, withdrawn with their cause, and by the hour for touches that are due."""

from dataclasses import replace
from datetime import timedelta

import pytest

from store import drafts, episodes
from store.errors import IllegalDecision
from tests.builders import LANES, NOW, a_note, a_patient, a_reviewer
from tests.drafts import CLINIC, Writer, approve
from triage import draft_jobs
from triage.assistants.protocol import AssistantUnavailable, NoUsableAnswer
from triage.draft_jobs import Drafting
from triage.fact_json import as_json, fact_of
from triage.writing import Fact, Source
from workflow import moves
from workflow.events import person
from workflow.vocabulary import Action, Channel, ClosureReason, DraftForm, DraftRejectReason, Outcome, OwnerRole, Status


class Desk:
    """One record, a clock, and who drafts."""

    def __init__(self, database):
        self.database, self.now, self.writer = database, NOW, Writer()
        self.drafting = Drafting(database, LANES, lambda: self.writer, CLINIC, lambda: self.now)

    def patient(self, number=1, **given):
        with self.database.write() as session:
            a_patient(session, f"p-{number}", **({"phone": "312-555-0134", "name": "Rosa Alvarez"} | given))
            return a_note(session, f"n-{number}", patient=f"p-{number}", text="Pt called.", items=[]).episode_id

    def move(self, episode_id, make, **given):
        with self.database.write() as session:
            episode = episodes.load(session, episode_id)
            events = make(episode, LANES[episode.lane], now=self.now, actor=person("dana"), **given)
            episodes.record(session, episode_id, events, expected_version=episode.version)

    def call_task(self, episode_id=1):
        self.move(episode_id, moves.add_task, action=Action.CALL_PATIENT, owner_role=OwnerRole.CARE_COORDINATOR)

    def found(self, episode_id=1):
        with self.database.read() as session:
            return drafts.of_episode(session, episode_id)

    def stand(self, episode_id=1):
        return [(each.cause, each.form.value, each.standing.value) for each in self.found(episode_id)]


@pytest.fixture
def desk(database):
    return Desk(database)


def test_an_accepted_call_has_a_script_prepared_once(desk):
    """However often the job runs."""
    desk.call_task(desk.patient())
    assert desk.drafting.prepare(1)
    assert not desk.drafting.prepare(1)

    assert desk.stand() == [("task-1", "phone_script", "pending")]
    assert len(desk.writer.asked) == 1
    one = desk.found()[0]
    assert one.why.startswith("Call patient, due")
    assert "Rosa" in one.text.body
    assert [fact["id"] for fact in one.facts] == [fact.id for fact in desk.writer.asked[0].facts]
    assert [fact_of(fact) for fact in one.facts] == list(desk.writer.asked[0].facts)


def test_nothing_is_asked_of_the_assistant_where_nothing_is_wanted(desk):
    """A new episode whose touch is not due."""
    desk.patient()
    assert not desk.drafting.prepare(1)

    assert desk.writer.asked == []


def test_a_done_task_takes_its_draft_along(desk):
    """And closing takes all of them."""
    desk.call_task(desk.patient())
    desk.drafting.prepare(1)
    desk.move(1, moves.complete_task, task=1)
    desk.drafting.prepare(1)

    assert desk.stand() == [("task-1", "phone_script", "withdrawn")]
    assert desk.found()[0].why == "its task is no longer open"


def test_who_was_reached_today_is_not_written_to_and_tomorrow_it_comes_back(desk):
    """The task is still open."""
    desk.call_task(desk.patient())
    desk.drafting.prepare(1)
    desk.now += timedelta(hours=1)
    desk.move(1, moves.log_outreach, channel=Channel.CALL, outcome=Outcome.REACHED)
    desk.drafting.prepare(1)
    assert desk.stand() == [("task-1", "phone_script", "withdrawn")]
    desk.now += timedelta(days=1)
    desk.drafting.prepare(1)

    assert desk.stand()[1:] == [("task-1~2", "phone_script", "pending")]


def test_what_nobody_touched_gives_way_to_another_form(desk):
    """After two calls that nobody answered it is an SMS; words that a person wrote stay."""
    for number in (1, 2):
        desk.call_task(desk.patient(number))
        desk.drafting.prepare(number)
    with desk.database.write() as session:
        dana = a_reviewer(session)
        mine = drafts.of_episode(session, 2)[0]
        drafts.save_text(session, mine.id, "", "My own words", seen=mine.text.hash, reviewer=dana, now=NOW)
    for _ in range(2):
        desk.now += timedelta(days=1)
        for number in (1, 2):
            desk.move(number, moves.log_outreach, channel=Channel.CALL, outcome=Outcome.NO_ANSWER)
    for number in (1, 2):
        desk.drafting.prepare(number)

    assert desk.stand() == [("task-1", "phone_script", "withdrawn"), ("task-1~2", "sms", "pending")]
    assert desk.stand(2) == [("task-1", "phone_script", "pending")]


@pytest.mark.parametrize("decide", ["approve", "reject"])
def test_what_was_decided_is_not_prepared_again(desk, decide):
    """A person said what they think of it."""
    desk.call_task(desk.patient())
    desk.drafting.prepare(1)
    with desk.database.write() as session:
        dana = a_reviewer(session)
        if decide == "approve":
            approve(session, 1, dana)
        else:
            drafts.reject(session, 1, reviewer=dana, reason=DraftRejectReason.NOT_NEEDED, now=NOW)
    desk.now += timedelta(days=1)

    assert not desk.drafting.prepare(1)
    assert len(desk.writer.asked) == 1


def test_an_assistant_that_is_away_is_asked_again_and_one_that_cannot_is_not(desk):
    """The first is the queue's business; the second leaves the episode without a draft."""
    desk.call_task(desk.patient())
    desk.writer.error = AssistantUnavailable("away")
    with pytest.raises(AssistantUnavailable):
        desk.drafting.prepare(1)
    desk.writer.error = NoUsableAnswer("no template")

    assert not desk.drafting.prepare(1)
    assert desk.found() == []


def test_a_person_may_ask_for_one_in_another_language_and_it_stays(desk):
    """The rules would have it otherwise; the person is right."""
    desk.call_task(desk.patient())
    desk.drafting.prepare(1)
    first = desk.found()[0]
    desk.drafting.ask(1, first.purpose, DraftForm.SMS, "es", why="Asked for by Dana", instead_of=first)
    desk.drafting.prepare(1)

    assert desk.stand() == [("task-1", "phone_script", "withdrawn"), ("task-1+2", "sms", "pending")]
    assert (desk.found()[1].language, desk.writer.asked[-1].language) == ("es", "es")
    assert "Hola" in desk.found()[1].text.body


def test_nothing_is_asked_for_once_the_episode_is_closed(desk):
    desk.patient()
    desk.move(1, moves.close, reason=ClosureReason.CARE_COMPLETED, text="")
    with pytest.raises(IllegalDecision, match="closed"):
        desk.drafting.ask(1, Action.CALL_PATIENT, DraftForm.SMS, "en", why="Asked for by Dana")

    assert desk.found() == []


def test_due_touches_are_drafted_a_bounded_number_at_a_time_oldest_first(desk, monkeypatch):
    """A long queue is not drafted all at once, and the next pass goes on."""
    monkeypatch.setattr(draft_jobs, "MOST_A_PASS", 2)
    for number in range(1, 6):
        desk.move(desk.patient(number), moves.set_status, status=Status.NEEDS_OUTREACH)
    desk.now += timedelta(days=30)
    made = [desk.drafting.prepare_due() for _ in range(4)]

    assert made == [2, 2, 1, 0]
    assert [desk.stand(number)[0][0][:6] for number in range(1, 6)] == ["touch-"] * 5
    assert [request.patient for request in desk.writer.asked] == ["Rosa Alvarez"] * 5


def test_facts_are_stored_whole():
    """Days, moments, quotes and all."""
    values = {"n": 3, "day": NOW.date(), "at": NOW, "name": "Rosa"}
    fact = Fact("f1", "visit", "A visit.", values, (Source(episode=1, note=2, quote="“next Tue”"), Source(field="patient.name")), (1,))

    assert fact_of(as_json(fact)) == fact
    assert fact_of(as_json(replace(fact, values={}))).values == {}
