"""Two reviewers press at the same moment, on both databases: one wins, one is told, nothing is lost or doubled."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from store import check, decisions, episodes, meetings, review, suggestions
from store.errors import StaleEpisode, StaleSuggestion
from store.tables import DecisionRow
from tests.builders import LANES, NO_RIDE, NOW, a_note, a_reviewer, a_suggestion, everything, the
from workflow.agenda import Agenda
from workflow.vocabulary import RejectReason, Standing

ROUNDS = 25


def at_once(*acts):
    """Run these at the same moment; returns what came of each, an exception included."""
    barrier = Barrier(len(acts))

    def run(act):
        barrier.wait(timeout=20)
        try:
            return act()
        except (StaleSuggestion, StaleEpisode) as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_two_who_decide_one_suggestion_exactly_one_wins(database):
    """The other is told; there is one decision, and the record holds."""
    with database.write() as session:
        pair = [a_reviewer(session, name, name.title()) for name in ("dana", "lee")]
        cards = []
        for number in range(ROUNDS):
            note = a_note(session, f"n-{number}", patient=f"p-{number}", items=everything())
            cards.append(the("task", suggestions.of_note(session, note.id)))

    def decide(card, reviewer, rejects):
        def act():
            with database.write() as session:
                if rejects:
                    return decisions.reject(session, card.id, reviewer=reviewer, reason=RejectReason.DUPLICATE, now=NOW)
                return decisions.accept(session, LANES, card.id, reviewer=reviewer, episode_version=1, now=NOW)

        return act

    for number, card in enumerate(cards):
        told = at_once(*(decide(card, reviewer, rejects=bool(number % 2 and reviewer is pair[1])) for reviewer in pair))

        assert sorted(type(one).__name__ for one in told) == ["Decided", "StaleSuggestion"]
        assert " first. Nothing of yours was lost or applied." in str(next(one for one in told if isinstance(one, StaleSuggestion)))

    with database.read() as session:
        assert session.execute(select(func.count()).select_from(DecisionRow)).scalar_one() == ROUNDS
        assert list(check.problems(session)) == []


def test_of_two_who_move_one_episode_exactly_one_wins(database):
    """Different cards of one page: the second decides again, on what is true then."""
    with database.write() as session:
        pair = [a_reviewer(session, name, name.title()) for name in ("dana", "lee")]
        pages = []
        for number in range(ROUNDS):
            note = a_note(session, f"n-{number}", patient=f"p-{number}", items=everything())
            cards = suggestions.of_note(session, note.id)
            pages.append((note.episode_id, the("task", cards), the("blocker", cards)))

    for episode_id, *cards in pages:

        def act(card, reviewer):
            with database.write() as session:
                return decisions.accept(session, LANES, card.id, reviewer=reviewer, episode_version=1, now=NOW)

        told = at_once(*(lambda c=card, r=reviewer: act(c, r) for card, reviewer in zip(cards, pair, strict=True)))

        assert sorted(type(one).__name__ for one in told) == ["Decided", "StaleEpisode"]
        with database.read() as session:
            standings = sorted(suggestions.load(session, card.id).standing for card in cards)
            assert standings == [Standing.ACCEPTED, Standing.PENDING]
            assert episodes.load(session, episode_id).version == next(one.after.version for one in told if not isinstance(one, Exception))

    with database.read() as session:
        assert list(check.problems(session)) == []


def test_the_note_is_finished_when_two_decide_its_last_two_suggestions(database):
    """Each sees the other's card as pending unless one of them waits; the note would then wait for ever."""
    with database.write() as session:
        pair = [a_reviewer(session, name, name.title()) for name in ("dana", "lee")]
        notes = []
        for number in range(ROUNDS):
            note = a_note(session, f"n-{number}", items=[a_suggestion(), a_suggestion(NO_RIDE, "No ride")])
            notes.append((note.id, suggestions.of_note(session, note.id)))

    def reject(card, reviewer):
        with database.write() as session:
            return decisions.reject(session, card.id, reviewer=reviewer, reason=RejectReason.DUPLICATE, now=NOW)

    for note_id, cards in notes:
        at_once(*(lambda c=card, r=reviewer: reject(c, r) for card, reviewer in zip(cards, pair, strict=True)))

        with database.read() as session:
            assert review.reviewed_by(session, note_id) in {"Dana", "Lee"}


def test_a_reader_sees_one_moment(database):
    """A page that reads an episode and then its events must not mix before and after."""
    with database.write() as session:
        note = a_note(session, items=everything())
        reviewer = a_reviewer(session)
        card = the("task", suggestions.of_note(session, note.id))

    with database.read() as session:
        seen = episodes.load(session, note.episode_id)
        with database.write() as other:
            decisions.accept(other, LANES, card.id, reviewer=reviewer, episode_version=1, now=NOW)

        assert [event.seq for event in episodes.history(session, note.episode_id)] == [1] == [seen.version]


def test_of_two_who_open_a_meeting_at_once_both_sit_in_the_same(database):
    """Neither is turned away."""
    with database.write() as session:
        pair = [a_reviewer(session, name, name.title()).id for name in ("dana", "lee")]

    def begin(user_id):
        def act():
            with database.write() as session:
                return meetings.open_meeting(session, None, Agenda(parts=()), user_id=user_id, now=NOW)

        return act

    for _ in range(ROUNDS):
        first, second = at_once(*map(begin, pair))

        assert first == second
        with database.write() as session:
            meetings.end(session, first, user_id=pair[0], now=NOW)
