"""Patterns in the store: found, decided, undone, merged, dismissed until they grow, followed; and that a search never decides."""

import threading
from datetime import timedelta

import pytest

from store import pattern_decisions, pattern_evidence, pattern_search, patterns
from store.errors import Unknown
from store.pattern_decisions import Plan
from store.pattern_search import Found
from store.tables import SuggestionRow
from tests.builders import LANES, NOW, TODAY, a_note, a_reviewer, everything
from triage.assistants.embedded.encoding import Encoder
from triage.pattern_jobs import jobs, search
from workflow.patterns import PatternCannot
from workflow.vocabulary import PatternAct, PatternStanding

SINCE = NOW - timedelta(weeks=26)
ZONE = "America/Chicago"


def accepted(database, count):
    """So many patients without a ride, as people accepted it; returns the suggestions' ids."""
    with database.write() as session:
        for number in range(1, count + 1):
            a_note(session, f"n-{number}", patient=f"p-{number}", items=everything())
        session.query(SuggestionRow).filter_by(evidence="No ride").update({"standing": "accepted"})
        return [row.id for row in session.query(SuggestionRow).filter_by(evidence="No ride").order_by(SuggestionRow.id)]


@pytest.fixture
def record(database):
    """Six patients without a ride: pattern 1 has four of them, pattern 2 the others."""
    items = accepted(database, 6)
    with database.write() as session:
        a_reviewer(session)
        save(session, [found(items[:4]), found(items[4:])])
    return database


def found(items, pattern=None):
    return Found(pattern, dict.fromkeys(items, 0.5), TODAY, "transport", "Transport: ride", "embedded:1")


def save(session, groups, after=0):
    return pattern_search.save_search(session, groups, after=after, items=6, week=pattern_evidence.monday(TODAY), now=NOW)


def decide(database, act, pattern=1, **given):
    with database.write() as session:
        size = patterns.load(session, pattern, SINCE).size
        pattern_decisions.decide(session, pattern, act, user_id=1, now=NOW, today=TODAY, size=size, **given)


def load(database, pattern=1):
    with database.read() as session:
        return patterns.load(session, pattern, SINCE)


def test_an_episode_counts_once_and_only_while_its_evidence_is_accepted(record):
    """Taking a decision back takes the evidence out of the pattern at once."""
    assert (load(record).size, load(record, 2).size) == (4, 2)

    with record.write() as session:
        session.query(SuggestionRow).filter_by(evidence="No ride", episode_id=1).update({"standing": "pending"})

    assert load(record).size == 3
    assert patterns.by_week(load(record), pattern_evidence.mondays(TODAY, 2), ZONE) == [0, 3]


def test_a_decision_can_be_undone_and_both_stay_in_history(record):
    """Confirm, rename, undo the name, undo the confirmation."""
    decide(record, PatternAct.CONFIRM)
    decide(record, PatternAct.RENAME, name="No van")
    assert (load(record).name, load(record).standing) == ("No van", PatternStanding.CONFIRMED)

    decide(record, PatternAct.UNDO)
    assert load(record).name == "Transport: ride"
    decide(record, PatternAct.UNDO)
    assert load(record).standing is PatternStanding.SUGGESTED

    with record.read() as session:
        assert [(each.act.value, each.is_undone) for each in pattern_decisions.history(session, 1)] == [
            ("undo", False),
            ("undo", False),
            ("rename", True),
            ("confirm", True),
        ]
    with pytest.raises(PatternCannot, match="nothing to undo"):
        decide(record, PatternAct.UNDO)


def test_a_merged_pattern_stays_merged_and_its_evidence_counts_where_it_went(record):
    """Also after the next search; undone, it has its own again."""
    decide(record, PatternAct.MERGE, pattern=2, into=1)
    assert load(record).size == 6

    with record.write() as session:
        kept, after = pattern_search.known(session)
        assert all(each.is_decided for each in kept)
        assert save(session, [], after)
    assert load(record).size == 6
    with pytest.raises(Unknown, match="merged itself"):
        decide(record, PatternAct.MERGE, into=2)

    decide(record, PatternAct.UNDO, pattern=2)
    assert (load(record).size, load(record, 2).size) == (4, 2)


def test_a_dismissed_pattern_is_shown_again_once_it_has_grown_beyond_what_was_dismissed(record):
    """Twice the patients, and three more at least; until then it stays where it was put."""
    decide(record, PatternAct.DISMISS, pattern=2, reason="bus strike")
    assert not load(record, 2).has_grown

    with record.write() as session:
        items = sorted(each.suggestion for each in patterns.load(session, 1, SINCE).pieces)
        assert save(session, [found(items, pattern=2)], after=1)

    assert (load(record, 2).size, load(record, 2).has_grown) == (6, True)
    assert load(record, 2).standing is PatternStanding.DISMISSED


def test_an_improvement_is_followed_ended_and_undone(record):
    """Only of a confirmed pattern, one at a time."""
    plan = Plan("Call the van company on Mondays", 1, TODAY, TODAY + timedelta(weeks=8))
    with pytest.raises(PatternCannot, match="Confirm the pattern first"):
        decide(record, PatternAct.FOLLOW, plan=plan)
    decide(record, PatternAct.CONFIRM)
    decide(record, PatternAct.FOLLOW, plan=plan)
    with pytest.raises(PatternCannot, match="followed already"):
        decide(record, PatternAct.FOLLOW, plan=plan)
    assert load(record).followed is not None

    decide(record, PatternAct.END)
    assert (load(record).followed, load(record).improvements[0].ended_on) == (None, TODAY)
    decide(record, PatternAct.UNDO)
    assert load(record).followed is not None
    decide(record, PatternAct.UNDO)
    assert load(record).improvements == []


def test_a_search_that_somebody_decided_under_is_not_written(record):
    """What it found was sought beside patterns that stand otherwise now."""
    decide(record, PatternAct.CONFIRM)

    with record.write() as session:
        assert not save(session, [], after=0)
    assert load(record).size == 4


def test_the_weekly_search_runs_once_a_week_and_twice_is_as_good_as_once(database):
    """Six patients without a ride are one pattern, by whichever process comes first."""
    accepted(database, 6)
    encoder = Encoder()

    first = search(database, LANES, encoder, now=NOW)
    second = search(database, LANES, encoder, now=NOW)

    assert first is not None
    assert second is not None
    assert (first.patterns, first.new, second.patterns, second.new) == (1, 1, 1, 0)
    assert load(database).name == "Transport: ride"
    with database.read() as session:
        assert pattern_search.last_search(session) == (pattern_evidence.monday(TODAY), NOW, 6)
    assert jobs(database, LANES, encoder)["patterns"](0) is None


def test_of_two_leads_who_decide_at_once_one_is_refused(record):
    """They are heard one after the other, never both at once."""
    refused = []

    def confirm():
        try:
            decide(record, PatternAct.CONFIRM)
        except PatternCannot as error:
            refused.append(error)

    both = [threading.Thread(target=confirm) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()

    assert len(refused) == 1
