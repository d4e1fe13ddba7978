"""What people decide: bound to what was shown, written once, and never lost."""

import pytest
from sqlalchemy import func, select

from store import check, decisions, episodes, review, suggestions
from store.errors import IllegalDecision, StaleEpisode, StaleSuggestion
from store.tables import DecisionRow, EventRow, NoteRow, SuggestionRow
from tests.builders import CALL, LANES, MARIA, NO_RIDE, NOW, PA_PENDING, REFERRAL, TEXT, a_note, a_reviewer, everything, the
from workflow import moves
from workflow.refusals import CannotUndo, EpisodeIsClosed
from workflow.vocabulary import ClosureReason, OwnerRole, RejectReason, Standing, Status


@pytest.fixture
def page(database):
    """A note with one card of each kind on screen, and Dana in front of it."""

    class Page:
        def __init__(self, session):
            note = a_note(session, items=everything())
            self.note_id, self.episode_id = note.id, note.episode_id
            self.dana = a_reviewer(session)
            self.lee = a_reviewer(session, "lee", "Lee Brandt")
            self.cards = suggestions.of_note(session, note.id)

        def card(self, kind):
            return the(kind, self.cards)

        def accept(self, session, card, version=None, **given):
            version = version or episodes.load(session, self.episode_id).version
            return decisions.accept(session, LANES, card.id, **({"reviewer": self.dana, "episode_version": version, "now": NOW} | given))

        def reject(self, session, card, **given):
            values = {"reviewer": self.dana, "reason": RejectReason.NOT_IN_NOTE, "now": NOW}
            return decisions.reject(session, card.id, **(values | given))

        def undo(self, session, card, **given):
            return decisions.undo_last(session, LANES, card.id, **({"reviewer": self.dana, "now": NOW} | given))

    with database.write() as session:
        return Page(session)


def count(session, table):
    return session.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize("kind", ["task", "blocker", "outreach_attempt", "escalation"])
def test_accepting_makes_the_move_it_stands_for(database, page, kind):
    """The card, the decision, the events and the projection agree, and the events name the decision."""
    with database.write() as session:
        done = page.accept(session, page.card(kind), seconds=3.5)

    with database.read() as session:
        decision = session.get_one(DecisionRow, done.decision_id)
        made_by = session.scalars(select(EventRow.seq).where(EventRow.decision_id == done.decision_id).order_by(EventRow.seq))
        assert (decision.action, decision.reviewer_id, decision.seconds) == ("accept", page.dana.id, 3.5)
        assert list(made_by) == decision.event_seqs == [event.seq for event in done.events]
        assert done.events[0].actor.name == "dana"
        assert done.suggestion.standing is Standing.ACCEPTED
        assert done.suggestion.final == page.card(kind).payload
        assert episodes.load(session, page.episode_id) == done.after != done.before
        assert list(check.problems(session)) == []


def test_an_attempt_is_dated_to_its_note(database, page):
    """The call was made when the note was written, not when somebody pressed accept."""
    with database.write() as session:
        attempt = page.accept(session, page.card("outreach_attempt")).after.attempts[0]
        written = session.get_one(NoteRow, page.note_id).written_at

    assert (attempt.happened_at, attempt.text) == (written, "Called pt, no answer")


def test_accepting_an_edit_applies_what_the_person_made_of_it(database, page):
    """Both versions are kept: what was proposed and what was meant."""
    card, mine = page.card("task"), CALL.model_copy(update={"owner_role": OwnerRole.NURSE_REVIEWER})
    with database.write() as session:
        done = page.accept(session, card, payload=mine)
        action = session.get_one(DecisionRow, done.decision_id).action

    assert (action, done.suggestion.standing, done.suggestion.payload, done.suggestion.final) == ("edit", Standing.EDITED, CALL, mine)
    assert done.suggestion.shown == mine
    assert done.after.tasks[0].owner_role is OwnerRole.NURSE_REVIEWER


def test_an_edit_that_changes_nothing_is_an_acceptance(database, page):
    """Opening the form and saving it must not count as a correction in the evals."""
    with database.write() as session:
        done = page.accept(session, page.card("task"), payload=CALL)

    assert done.suggestion.standing is Standing.ACCEPTED


def test_an_edit_keeps_the_kind(database, page):
    """A blocker is not a task said differently."""
    with database.write() as session, pytest.raises(IllegalDecision, match="An edit keeps the kind of suggestion"):
        page.accept(session, page.card("task"), payload=NO_RIDE)


def test_rejecting_moves_nothing_and_keeps_the_reason(database, page):
    """The reason is what the evals learn from."""
    with database.write() as session:
        done = page.reject(session, page.card("task"), comment="daughter does it", seconds=1.0)
        decision = session.get_one(DecisionRow, done.decision_id)

        assert (decision.action, decision.reject_reason, decision.comment) == ("reject", "not_in_note", "daughter does it")
    assert (done.suggestion.standing, done.suggestion.final, done.events, done.before) == (Standing.REJECTED, None, (), done.after)


@pytest.mark.parametrize("first", ["accept", "reject"])
@pytest.mark.parametrize("second", ["accept", "reject"])
def test_a_decided_suggestion_is_stale_and_says_who_decided(database, page, first, second):
    """The second of two reviewers learns who was first, and that nothing of theirs was lost or applied."""
    card = page.card("task")
    with database.write() as session:
        getattr(page, first)(session, card)
    before = NOW
    with pytest.raises(StaleSuggestion) as stale, database.write() as session:
        getattr(page, second)(session, card, reviewer=page.lee, now=before)

    assert str(stale.value) == f"Dana Whitfield {first}ed it first. Nothing of yours was lost or applied."
    with database.read() as session:
        assert count(session, DecisionRow) == 1


def test_an_episode_that_moved_is_not_what_was_approved(database, page):
    """A decision on an old page writes nothing at all: not the card, not the decision, not an event."""
    with database.write() as session:
        page.accept(session, page.card("blocker"))
        events = count(session, EventRow)
    with pytest.raises(StaleEpisode, match="The episode moved since this page was shown"), database.write() as session:
        page.accept(session, page.card("task"), version=1)

    with database.read() as session:
        assert suggestions.load(session, page.card("task").id).standing is Standing.PENDING
        assert (count(session, DecisionRow), count(session, EventRow)) == (1, events)


def test_a_move_that_the_rules_refuse_decides_nothing(database, page):
    """Accepting a task on a closed episode leaves the card where it was."""
    with database.write() as session:
        episode = episodes.load(session, page.episode_id)
        closing = moves.close(episode, REFERRAL, now=NOW, actor=MARIA, reason=ClosureReason.DECEASED)
        episodes.record(session, page.episode_id, closing, expected_version=1)
    with pytest.raises(EpisodeIsClosed), database.write() as session:
        page.accept(session, page.card("task"))

    with database.read() as session:
        assert suggestions.load(session, page.card("task").id).standing is Standing.PENDING
        assert count(session, DecisionRow) == 0


@pytest.mark.parametrize("kind", ["task", "blocker", "outreach_attempt", "escalation"])
def test_undo_makes_the_suggestion_pending_and_the_episode_as_it_was(database, page, kind):
    """A wrong key costs nothing; both decisions stay in the log."""
    with database.write() as session:
        done = page.accept(session, page.card(kind))
        undone = page.undo(session, page.card(kind), reviewer=page.lee)
        actions = [tuple(row) for row in session.execute(select(DecisionRow.action, DecisionRow.undoes).order_by(DecisionRow.id))]

        assert actions == [("accept", None), ("undo", done.decision_id)]
        assert (undone.suggestion.standing, undone.suggestion.final) == (Standing.PENDING, None)
        assert undone.after.model_copy(update={"version": 1}) == done.before
        assert undone.events[0].actor.name == "lee"
        assert decisions.who_decided(session, page.card(kind).id) is None
        assert page.accept(session, page.card(kind)).suggestion.standing is Standing.ACCEPTED
        assert list(check.problems(session)) == []


def test_a_rejection_can_be_undone(database, page):
    """And moves nothing either way."""
    with database.write() as session:
        page.reject(session, page.card("task"))
        undone = page.undo(session, page.card("task"))

    assert (undone.suggestion.standing, undone.events) == (Standing.PENDING, ())


def test_there_is_nothing_to_undo_where_nobody_decided(database, page):
    """Nor twice."""
    with database.write() as session:
        with pytest.raises(IllegalDecision, match="nobody has decided this suggestion"):
            page.undo(session, page.card("task"))
        page.accept(session, page.card("task"))
        page.undo(session, page.card("task"))
        with pytest.raises(IllegalDecision):
            page.undo(session, page.card("task"))


def test_what_later_events_build_on_cannot_be_undone(database, page):
    """The task was completed since; undoing its acceptance would unhappen the work."""
    with database.write() as session:
        after = page.accept(session, page.card("task")).after
        finished = moves.complete_task(after, REFERRAL, now=NOW, actor=MARIA, task=1)
        episodes.record(session, page.episode_id, finished, expected_version=after.version)
    with pytest.raises(CannotUndo, match="Undo that first"), database.write() as session:
        page.undo(session, page.card("task"))

    with database.read() as session:
        assert suggestions.load(session, page.card("task").id).standing is Standing.ACCEPTED
        assert count(session, DecisionRow) == 1


def test_an_earlier_decision_can_be_undone_where_nothing_builds_on_it(database, page):
    """Not only the last one."""
    with database.write() as session:
        page.accept(session, page.card("outreach_attempt"))
        page.accept(session, page.card("task"))
        undone = page.undo(session, page.card("outreach_attempt"))

    assert (undone.after.attempts, len(undone.after.tasks)) == ((), 1)


def test_accept_all_leaves_escalations_and_attempts(database, page):
    """Those two want a decision each."""
    with database.write() as session:
        shown = {card.id: None for card in page.cards}
        done = decisions.accept_all(session, LANES, page.note_id, reviewer=page.dana, episode_version=1, shown=shown, now=NOW)
        left = [card.kind for card in suggestions.of_note(session, page.note_id) if card.standing is Standing.PENDING]

    assert [one.suggestion.kind for one in done] == ["task", "blocker", "blocker"]
    assert left == ["outreach_attempt", "escalation"]


def test_accept_all_takes_only_what_was_on_the_page(database, page):
    """A card that came since is left for the next look."""
    with database.write() as session:
        done = decisions.accept_all(
            session, LANES, page.note_id, reviewer=page.dana, episode_version=1, shown={page.card("task").id: None}, now=NOW
        )

    assert [one.suggestion.kind for one in done] == ["task"]


def test_accept_all_on_an_old_page_takes_nothing(database, page):
    """All or none, by the version that was shown."""
    with database.write() as session:
        page.accept(session, page.card("outreach_attempt"))
    with pytest.raises(StaleEpisode), database.write() as session:
        decisions.accept_all(
            session, LANES, page.note_id, reviewer=page.dana, episode_version=1, shown={c.id: None for c in page.cards}, now=NOW
        )

    with database.read() as session:
        assert count(session, DecisionRow) == 1


def add_missed(session, page, words="Called pt", payload=PA_PENDING, **given):
    start = TEXT.index(words)
    values = {"reviewer": page.dana, "episode_version": episodes.load(session, page.episode_id).version, "now": NOW}
    return decisions.add_missed(session, LANES, page.note_id, payload, start, start + len(words), **(values | given))


def test_what_was_missed_is_a_suggestion_whose_origin_is_the_reviewer(database, page):
    """Without it nobody can measure recall."""
    with database.write() as session:
        done = add_missed(session, page)
        row = session.get_one(SuggestionRow, done.suggestion.id)

    assert (row.origin, row.reading_id, row.standing, row.evidence) == ("reviewer", None, "accepted", "Called pt")
    assert done.after.blocked_by == (PA_PENDING.category,)


def test_what_was_missed_goes_away_when_undone_and_can_be_added_again(database, page):
    """A reviewer's own card has no reason to wait for review."""
    with database.write() as session:
        first = add_missed(session, page)
        undone = page.undo(session, first.suggestion)
        assert undone.suggestion.standing is Standing.SUPERSEDED
        assert first.suggestion.id not in [card.id for card in suggestions.of_note(session, page.note_id)]

        again = add_missed(session, page)
        assert (again.suggestion.id, again.suggestion.standing) == (first.suggestion.id, Standing.ACCEPTED)


def test_adding_what_is_on_a_card_accepts_the_card(database, page):
    """The same label on the same words is one suggestion, and the assistant found it."""
    with database.write() as session:
        done = add_missed(session, page, "PA still pending")

    assert (done.suggestion.origin, done.suggestion.standing) == ("assistant", Standing.ACCEPTED)


@pytest.mark.parametrize("span", [(0, 0), (5, 3), (-1, 4), (0, 9999), (TEXT.index(" pt"), TEXT.index(" pt") + 1)])
def test_what_was_missed_needs_words_of_the_note(database, page, span):
    """Every suggestion has evidence, a reviewer's too."""
    with database.write() as session, pytest.raises(ValueError, match=r"^Select the words in the note that say so\.$"):
        decisions.add_missed(session, LANES, page.note_id, NO_RIDE, *span, reviewer=page.dana, episode_version=1, now=NOW)


def test_the_last_decision_finishes_the_note_and_undo_reopens_it(database, page):
    """A note is reviewed while nothing on it is pending."""
    with database.write() as session:
        for card in page.cards:
            assert review.reviewed_by(session, page.note_id) is None
            page.reject(session, card)
        assert review.reviewed_by(session, page.note_id) == "Dana Whitfield"

        page.undo(session, page.cards[0])
        assert review.reviewed_by(session, page.note_id) is None


def test_a_note_with_nothing_in_it_is_finished_by_a_person(database, page):
    """“Nothing here” is a decision of a person too, made once."""
    with database.write() as session:
        empty = a_note(session, "n-2", items=[])
        for _ in range(2):
            decisions.finish_note(session, empty.id, reviewer=page.dana, now=NOW)

        assert review.reviewed_by(session, empty.id) == "Dana Whitfield"
        with pytest.raises(IllegalDecision, match=r"^Decide every suggestion on this note first\.$"):
            decisions.finish_note(session, page.note_id, reviewer=page.dana, now=NOW)


def test_who_decided_is_told_in_words(database, page):
    """For the colleague who was second."""
    task, blocker = page.card("task"), page.card("blocker")
    with database.write() as session:
        page.accept(session, task, payload=CALL.model_copy(update={"due": None}))
        page.reject(session, blocker, reviewer=page.lee)

        assert decisions.who_decided(session, task.id) == "Dana Whitfield edited and accepted it"
        assert decisions.who_decided(session, blocker.id) == "Lee Brandt rejected it"
        assert decisions.who_decided(session, page.card("escalation").id) is None


def test_undo_offers_a_reviewers_own_last_decision(database, page):
    """The undo key takes back what I did last, not what a colleague did since."""
    task, blocker = page.card("task"), page.card("blocker")
    with database.write() as session:
        assert decisions.last_undoable(session, page.note_id, page.dana) is None
        page.accept(session, task)
        page.reject(session, blocker, reviewer=page.lee)

        assert decisions.last_undoable(session, page.note_id, page.dana) == task.id
        page.undo(session, task)
        assert decisions.last_undoable(session, page.note_id, page.dana) is None
    assert Status.NEW
