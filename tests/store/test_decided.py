"""Which decisions teach confidence, and that the assistant's own number is what they teach it from."""

from dataclasses import replace

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, insert, text

from store import decided, decisions, episodes, migrate, suggestions
from store.database import Database
from store.decided import DecidedSuggestion
from store.suggestions import Suggestion
from tests.builders import (
    CALL,
    LANES,
    NO_ANSWER,
    NO_RIDE,
    NOW,
    PA_PENDING,
    a_note,
    a_reading,
    a_reviewer,
    a_suggestion,
    everything,
    the,
)
from workflow.suggestions import Payload
from workflow.vocabulary import OwnerRole, RejectReason, SuggestionKind


def told_by_an_assistant(*, own: float = 0.3) -> list[suggestions.NewSuggestion]:
    """One suggestion of each kind, shown with another number than the assistant gave."""
    return [replace(item, own_confidence=own, confidence=0.9, learnt_from=412) for item in everything()]


def test_the_last_standing_decision_of_each_suggestion_counts(database: Database) -> None:
    """Edited is accepted. What is pending, undone, superseded or added by hand teaches nothing."""
    mine = CALL.model_copy(update={"owner_role": OwnerRole.NURSE_REVIEWER})
    with database.write() as session:
        dana = a_reviewer(session)
        note = a_note(session, items=told_by_an_assistant())
        cards = suggestions.of_note(session, note.id)

        def version() -> int:
            return episodes.load(session, cards[0].episode_id).version

        def accept(card: Suggestion, payload: Payload | None = None) -> None:
            decisions.accept(session, LANES, card.id, payload=payload, reviewer=dana, episode_version=version(), now=NOW)

        def undo(card: Suggestion) -> None:
            decisions.undo_last(session, LANES, card.id, reviewer=dana, now=NOW)

        accept(the("task", cards), mine)
        accept(the("outreach_attempt", cards))
        undo(the("outreach_attempt", cards))
        accept(the("escalation", cards))
        undo(the("escalation", cards))
        decisions.reject(session, the("escalation", cards).id, reviewer=dana, reason=RejectReason.NOT_IN_NOTE, now=NOW)
        decisions.add_missed(session, LANES, note.id, PA_PENDING, 0, 6, reviewer=dana, episode_version=version(), now=NOW)
        suggestions.save_reading(session, note.id, a_reading(a_suggestion(NO_RIDE, "No ride"), reader="embedded:2"), now=NOW)

        found = decided.decided(session)

    kinds = SuggestionKind
    assert found == [
        DecidedSuggestion("embedded", kinds.TASK, 0.3, True, note.patient_id),
        DecidedSuggestion("embedded", kinds.ESCALATION, 0.3, False, note.patient_id),
    ]


def test_a_suggestion_keeps_both_numbers(database: Database) -> None:
    """What the page shows, and what was there before decisions taught better; a later reading brings its own two."""
    with database.write() as session:
        note = a_note(session, items=[replace(a_suggestion(), own_confidence=0.4, confidence=0.8, learnt_from=60)])
        (card,) = suggestions.of_note(session, note.id)
        assert (card.confidence, card.own_confidence, card.learnt_from) == (0.8, 0.4, 60)

        again = replace(a_suggestion(), own_confidence=0.5, confidence=0.5)
        suggestions.save_reading(session, note.id, a_reading(again, reader="embedded:2"), now=NOW)
        (card,) = suggestions.of_note(session, note.id)
        assert (card.confidence, card.own_confidence, card.learnt_from) == (0.5, 0.5, None)


def test_what_a_reviewer_adds_has_no_number_of_an_assistant(database: Database) -> None:
    """Nobody was unsure of it."""
    with database.write() as session:
        note = a_note(session, items=[])
        added = suggestions.add_missed(session, note.id, NO_ANSWER, 0, 6, now=NOW)

        assert suggestions.load(session, added).own_confidence is None


MIGRATION = "2026_11_25_confidence"


def test_older_suggestions_keep_their_number_as_the_assistants_own(empty_url: str) -> None:
    """Before this migration no other number was ever shown, so a clinic's past decisions teach from the first day."""
    database = Database(empty_url)
    config = migrate._config()
    before = ScriptDirectory.from_config(config).get_revision(MIGRATION).down_revision
    chain = ("patients", {}), ("episodes", {"closed_at": None}), ("notes", {}), ("readings", {})
    try:
        with database.engine.execution_options(writes=True).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, before)
            for name, values in chain:
                put(connection, name, **values)
            put(connection, "suggestions", id=1, origin="assistant", standing="accepted", confidence=0.7)
            put(connection, "suggestions", id=2, origin="reviewer", standing="accepted", confidence=1.0, fingerprint="other")
            command.upgrade(config, MIGRATION)
            rows = connection.execute(text("SELECT confidence, own_confidence, learnt_from FROM suggestions ORDER BY id")).all()
    finally:
        database.dispose()

    assert [tuple(row) for row in rows] == [(0.7, 0.7, None), (1.0, None, None)]


def put(connection: Connection, name: str, **values: object) -> None:
    """A row of a table as it was then: 1, a word, a moment where a value is needed and none is given."""
    table = Table(name, MetaData(), autoload_with=connection)
    fill = {"Integer": 1, "Text": "x", "String": "x", "Double": 0.5, "Float": 0.5, "JSON": {}, "DateTime": NOW, "Date": NOW.date()}
    needed = {
        column.name: fill[column.type.as_generic().__class__.__name__]
        for column in table.columns
        if not column.nullable or column.name == "reading_id"
    }
    connection.execute(insert(table).values(needed | values))
