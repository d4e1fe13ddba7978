"""What became of suggestions like one: counted from people's decisions, by label."""

from store import decisions, episodes, precedents, suggestions
from store.precedents import Precedents, likeness
from tests.builders import CALL, LANES, NO_ANSWER, NO_RIDE, NOW, PA_PENDING, WORSE, a_note, a_reviewer, everything, the
from workflow.vocabulary import OwnerRole, RejectReason


def test_decisions_are_counted_by_label(database):
    """Edited is not accepted as it was; what is pending, undone or added by hand says nothing."""
    mine = CALL.model_copy(update={"owner_role": OwnerRole.NURSE_REVIEWER})
    with database.write() as session:
        dana = a_reviewer(session)
        for number, payload in enumerate((mine, None)):
            note = a_note(session, f"n-{number}", patient=f"p-{number}", items=everything())
            cards = suggestions.of_note(session, note.id)

            def accept(card, payload=None):
                version = episodes.load(session, card.episode_id).version
                given = {"reviewer": dana, "episode_version": version, "now": NOW}
                return decisions.accept(session, LANES, card.id, payload=payload, **given)

            accept(the("task", cards), payload)
            accept(the("outreach_attempt", cards))
            decisions.reject(session, the("blocker", cards).id, reviewer=dana, reason=RejectReason.NOT_IN_NOTE, now=NOW)
        accept(the("escalation", cards))
        decisions.undo_last(session, LANES, the("escalation", cards).id, reviewer=dana, now=NOW)
        version = episodes.load(session, cards[0].episode_id).version
        decisions.add_missed(session, LANES, note.id, PA_PENDING, 0, 6, reviewer=dana, episode_version=version, now=NOW)

        found = precedents.lately(session)

    assert found == {
        likeness(CALL): Precedents(accepted=1, edited=1),
        likeness(NO_ANSWER): Precedents(accepted=2),
        likeness(NO_RIDE): Precedents(rejected=2),
    }
    assert likeness(WORSE) not in found


def test_only_the_newest_count(database, monkeypatch):
    """An older prompt's luck is not this one's."""
    with database.write() as session:
        dana = a_reviewer(session)
        for number in range(2):
            note = a_note(session, f"n-{number}", patient=f"p-{number}", items=everything())
            card = the("blocker", suggestions.of_note(session, note.id))
            decisions.reject(session, card.id, reviewer=dana, reason=RejectReason.NOT_IN_NOTE, now=NOW)
        assert precedents.lately(session)[likeness(NO_RIDE)].decided == 2

        monkeypatch.setattr(precedents, "LATELY", 5)
        assert precedents.lately(session)[likeness(NO_RIDE)].decided == 1
