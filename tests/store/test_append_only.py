"""What happened cannot be rewritten, and only people and rules act: held by the database itself."""

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DatabaseError

from store import (
    access,
    contact,
    decisions,
    deliveries,
    digests,
    meetings,
    pattern_decisions,
    pattern_search,
    recalls,
    sent,
    suggestions,
)
from store.tables import APPEND_ONLY, DecisionRow, EventRow, SuggestionRow
from tests.builders import LANES, NOW, a_digest, a_note, a_reviewer, everything, the
from tests.drafts import a_draft, approve
from workflow.agenda import Agenda, Item, Part, Section
from workflow.vocabulary import PatternAct


@pytest.fixture
def recorded(database):
    """A record with a row in each append-only table."""
    with database.write() as session:
        note = a_note(session, items=everything())
        reviewer = a_reviewer(session)
        access.record_access(session, "dana", "read", "episode 1", now=NOW)
        contact.ask(session, note.patient_id, None, "no calls please", user_id=reviewer.id, now=NOW)
        sent.record(session, note.id, "models.example", "m", ['{"role": "user", "content": "a note"}'], now=NOW)
        sent.record_writing(session, "draft_outreach", [note.episode_id], "models.example", "m", ['{"content": "facts"}'], now=NOW)
        task = the("task", suggestions.of_note(session, note.id))
        decisions.accept(session, LANES, task.id, reviewer=reviewer, episode_version=1, now=NOW)
        recalls.reopen(session, recalls.made_by(session, recalls.ReaderName("read_note", "1")), user_id=reviewer.id, reason="?", now=NOW)
        talked_about = Agenda(parts=(Part(section=Section.BLOCKED, items=(Item(episode_id=note.episode_id, reason="blocked"),)),))
        meeting = meetings.open_meeting(session, None, talked_about, user_id=reviewer.id, now=NOW)
        meetings.write(session, meeting, note.episode_id, "call the plan", user_id=reviewer.id, now=NOW)
        found = pattern_search.Found(None, {}, NOW.date(), "transport", "Transport: no ride", "embedded:1")
        pattern_search.save_search(session, [found], after=0, items=0, week=NOW.date(), now=NOW)
        pattern_decisions.decide(session, 1, PatternAct.CONFIRM, user_id=reviewer.id, now=NOW, today=NOW.date())
        delivery = approve(session, a_draft(session, note.episode_id), reviewer)
        deliveries.report(session, delivery, told="1", kind="accepted", now=NOW)
        digests.prepare(session, a_digest(), now=NOW)
    return database


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "UPDATE {} SET at = '2020-01-01 00:00:00'", "DELETE FROM {}"])
def test_what_happened_cannot_be_rewritten(recorded, table, statement):
    """Not by a bug, and not by a slip at a SQL prompt."""
    with pytest.raises(DatabaseError, match=f"{table} is append-only"), recorded.write() as session:
        session.execute(text(statement.format(table)))


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_happened_cannot_be_emptied(recorded, table):
    """Each engine has a third verb that forgets."""
    statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" if recorded.is_sqlite else f"TRUNCATE {table} CASCADE"
    with pytest.raises(DatabaseError, match=r"append-only"), recorded.write() as session:
        session.execute(text(statement))


def event_by(kind: str) -> dict[str, object]:
    body = {"kind": "status_set", "status": "closed", "why": ""}
    return {"episode_id": 1, "seq": 99, "at": NOW, "actor_kind": kind, "actor": "gpt", "kind": "status_set", "body": body}


@pytest.mark.parametrize("kind", ["assistant", "model", ""])
def test_no_event_is_ever_a_models(recorded, kind):
    """“The AI prepares, a person decides” holds even against code that forgets it."""
    with pytest.raises(DatabaseError, match="ck_events_actor"), recorded.write() as session:
        session.execute(insert(EventRow).values(**event_by(kind)))


def test_no_event_is_numbered_twice(recorded):
    """Two writers of one episode cannot both have event 2."""
    with pytest.raises(DatabaseError, match=r"(?i)unique"), recorded.write() as session:
        session.execute(insert(EventRow).values(**event_by("person") | {"seq": 1}))


@pytest.mark.parametrize("reviewer", [None, 4711])
def test_no_decision_is_without_a_person(recorded, reviewer):
    """A decision belongs to a user of ours, always."""
    values = {"suggestion_id": 1, "reviewer_id": reviewer, "action": "accept", "comment": "", "event_seqs": [], "at": NOW}
    with pytest.raises(DatabaseError, match=r"(?i)not null|null value|foreign key"), recorded.write() as session:
        session.execute(insert(DecisionRow).values(**values))


@pytest.mark.parametrize(("action", "constraint"), [("approve", "ck_decisions_action"), ("reject", "ck_decisions_reject_reason")])
def test_a_decision_is_one_of_four_and_a_rejection_has_a_reason(recorded, action, constraint):
    """Reasons are what the evals learn from."""
    values = {"suggestion_id": 1, "reviewer_id": 1, "action": action, "comment": "", "event_seqs": [], "at": NOW}
    with pytest.raises(DatabaseError, match=constraint), recorded.write() as session:
        session.execute(insert(DecisionRow).values(**values))


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("origin = 'robot'", "ck_suggestions_origin"),
        ("reading_id = NULL", "ck_suggestions_reading"),
        ("standing = 'sent'", "ck_suggestions_standing"),
    ],
)
def test_a_suggestion_says_who_made_it_and_where_it_stands(recorded, change, constraint):
    """A suggestion of an assistant has a reading; nothing else can pass for one."""
    with pytest.raises(DatabaseError, match=constraint), recorded.write() as session:
        session.execute(text(f"UPDATE {SuggestionRow.__tablename__} SET {change}"))


def test_errors_do_not_quote_what_was_bound(recorded):
    """A database error ends up in a log; patient data must not."""
    with pytest.raises(DatabaseError) as refused, recorded.write() as session:
        session.execute(insert(EventRow).values(**event_by("assistant") | {"actor": "Rosa Alvarez"}))

    if recorded.is_sqlite:
        assert "Rosa Alvarez" not in str(refused.value)
    else:
        assert "Rosa Alvarez" not in str(refused.value).split("DETAIL")[0]
