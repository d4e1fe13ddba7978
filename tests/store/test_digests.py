"""Digests in the record: prepared once, edited in versions, published by a person as exactly these words, and frozen."""

import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DatabaseError

from store import digest_schedules, digests, users
from store.database import Database
from store.digests import DigestStanding, Made, NewDigest, Sentence
from store.errors import DigestIsSettled, Unknown
from store.tables import DigestRow
from tests.builders import NOW, a_note
from workflow.digests import Change, Every, LaneFigures, Rhythm
from workflow.vocabulary import LaneName, UserRole

MADE = Made("embedded", "templates", "narrate_changes", "1", "abc", None, {})
FIGURES = LaneFigures(
    lane=LaneName.REFERRAL,
    active=Change(before=79, after=86),
    overdue=Change(before=17, after=11),
    blocked=Change(before=18, after=24),
    escalated=Change(before=2, after=3),
)
FIRST = (Sentence("The queue grew from 79 to 86.", ("active",)), Sentence("Overdue work fell from 17 to 11.", ("overdue",)))
MONDAYS = Rhythm(Every.WEEK, 0, 8)


def a_digest(database: Database, **given: Any) -> int:
    """A stored draft of last week."""
    values = {
        "lane": LaneName.REFERRAL,
        "since": NOW - timedelta(days=7),
        "until": NOW,
        "facts": [{"id": "active", "said": "79, then 86"}],
        "figures": (FIGURES,),
        "sentences": FIRST,
        "made": MADE,
    }
    with database.write() as session:
        digest_id = digests.prepare(session, NewDigest(**(values | given)), now=given.get("until", NOW))
    assert digest_id is not None
    return digest_id


@pytest.fixture
def ruth(database: Database) -> int:
    """A lead's id."""
    with database.write() as session:
        return users.add_user(session, "ruth", "Ruth Abara", UserRole.LEAD, None, now=NOW).id


def loaded(database: Database, digest_id: int) -> digests.Digest:
    with database.read() as session:
        return digests.load(session, digest_id)


def test_a_digest_comes_back_as_it_was_prepared(database: Database):
    """With its facts, its counts and the events it was written from; the first words are the assistant's."""
    with database.write() as session:
        a_note(session)
    stored = loaded(database, a_digest(database))
    with database.read() as session:
        worded = digests.wording(session, stored)

    assert (stored.standing, stored.facts[0]["said"], stored.figures) == (DigestStanding.DRAFT, "79, then 86", (FIGURES,))
    assert stored.events == 1, "the episode was opened in that week"
    assert (worded.number, worded.by, worded.sentences) == (1, None, FIRST)
    with pytest.raises(Unknown), database.read() as session:
        digests.load(session, 99)


def test_each_save_is_a_version_and_the_same_words_are_none(database: Database, ruth: int):
    """What the assistant wrote stays beside what a person made of it."""
    digest_id = a_digest(database)
    edited = (replace(FIRST[0], text="We grew from 79 to 86."), *FIRST[1:])

    with database.write() as session:
        numbers = [digests.save_wording(session, digest_id, words, after=1, user_id=ruth, now=NOW) for words in (FIRST, edited, edited)]
    with database.read() as session:
        versions = digests.wordings(session, digest_id)

    assert numbers == [1, 2, 2]
    assert [(each.number, each.by, each.sentences[0].text) for each in versions] == [
        (1, None, FIRST[0].text),
        (2, "Ruth Abara", "We grew from 79 to 86."),
    ]


def test_of_two_who_edit_one_the_second_is_told(database: Database, ruth: int):
    """Neither loses words without knowing."""
    digest_id = a_digest(database)
    with database.write() as session:
        digests.save_wording(session, digest_id, FIRST[:1], after=1, user_id=ruth, now=NOW)

    with pytest.raises(DigestIsSettled, match="Somebody edited this digest"), database.write() as session:
        digests.save_wording(session, digest_id, FIRST[1:], after=1, user_id=ruth, now=NOW)
    with pytest.raises(DigestIsSettled, match="Somebody edited this digest"), database.write() as session:
        digests.publish(session, digest_id, number=1, user_id=ruth, now=NOW)


def test_what_is_published_stays_as_it_is(database: Database, ruth: int):
    """Its words, its facts, and that it was; only withdrawing is left, and that says why."""
    digest_id = a_digest(database)
    with database.write() as session:
        digests.publish(session, digest_id, number=1, user_id=ruth, now=NOW)
        digests.publish(session, digest_id, number=1, user_id=ruth, now=NOW + timedelta(days=1))

    stands = loaded(database, digest_id)
    assert (stands.standing, stands.published_by, stands.published_at, stands.number) == (DigestStanding.PUBLISHED, "Ruth Abara", NOW, 1)
    with pytest.raises(DigestIsSettled, match="is published; its words stay"), database.write() as session:
        digests.save_wording(session, digest_id, FIRST[:1], after=1, user_id=ruth, now=NOW)
    with pytest.raises(ValueError, match="Say why"), database.write() as session:
        digests.withdraw(session, digest_id, reason="", user_id=ruth, now=NOW)
    with database.write() as session:
        digests.withdraw(session, digest_id, reason="wrong lane", user_id=ruth, now=NOW)
    assert (loaded(database, digest_id).standing, loaded(database, digest_id).why) == (DigestStanding.WITHDRAWN, "wrong lane")
    with pytest.raises(DigestIsSettled), database.write() as session:
        digests.publish(session, digest_id, number=1, user_id=ruth, now=NOW)


@pytest.mark.parametrize("column", ["facts", "figures", "since", "until", "events", "lane", "model"])
def test_the_database_holds_the_facts(database: Database, column: str):
    """Not by a bug, and not by a slip at a SQL prompt."""
    a_digest(database)

    for statement in (f"UPDATE digests SET {column} = {column}", "DELETE FROM digests"):
        with pytest.raises(DatabaseError, match="stay as they were"), database.write() as session:
            session.execute(text(statement))


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"standing": "published"}, "ck_digests_published"),
        ({"standing": "published", "published_by": 1}, "ck_digests_publisher"),
        ({"standing": "withdrawn"}, "ck_digests_withdrawn"),
        ({"standing": "sent"}, "ck_digests_standing"),
    ],
)
def test_nothing_is_published_without_a_person(database: Database, ruth: int, values: dict[str, object], constraint: str):
    """The database takes no published digest without who, when and which words."""
    a_digest(database)

    with pytest.raises(DatabaseError, match=constraint), database.write() as session:
        session.execute(update(DigestRow).values(**values))


def test_the_last_published_of_a_lane_is_what_another_is_compared_with(database: Database, ruth: int):
    """The one that reaches furthest, before the one that is looked at; of the same lane, and not a withdrawn one."""
    week = timedelta(days=7)
    older, other_lane, withdrawn = (
        a_digest(database, until=NOW - 2 * week),
        a_digest(database, until=NOW - week, lane=None),
        a_digest(database, until=NOW - week),
    )
    newest = a_digest(database)
    with database.write() as session:
        for each in (older, other_lane, withdrawn, newest):
            digests.publish(session, each, number=1, user_id=ruth, now=NOW)
        digests.withdraw(session, withdrawn, reason="?", user_id=ruth, now=NOW)
    with database.read() as session:
        current = digests.load(session, newest)
        last = digests.last_published(session, LaneName.REFERRAL)
        before = digests.last_published(session, LaneName.REFERRAL, before=current)
        every = digests.listed(session, None, *DigestStanding, every_lane=True)

    assert (last and last.id, before and before.id) == (newest, older)
    assert [each.id for each in every] == [newest, withdrawn, other_lane, older]


def a_schedule(database: Database, user_id: int, rhythm: Rhythm = MONDAYS, lane: LaneName | None = LaneName.REFERRAL) -> int:
    with database.write() as session:
        return digest_schedules.set_schedule(session, lane, rhythm, recipients=[user_id], mails=True, user_id=user_id, now=NOW)


def test_a_schedule_has_one_digest_a_day_however_many_prepare_it(database: Database, ruth: int):
    """Several workers may strike at once; the database lets one of them in."""
    schedule = a_schedule(database, ruth)
    made: list[int | None] = []

    def strike() -> None:
        new = NewDigest(None, NOW - timedelta(days=7), NOW, [], (), FIRST, MADE, schedule_id=schedule, period=date(2026, 3, 9))
        with database.write() as session:
            made.append(digests.prepare(session, new, now=NOW))

    threads = [threading.Thread(target=strike) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(made, key=str) == [1, None, None, None, None, None]
    with database.read() as session:
        assert [each.number for each in digests.wordings(session, 1)] == [1]


def test_a_new_schedule_takes_the_place_of_the_former_and_can_be_undone(database: Database, ruth: int):
    """There is one a lane. What was set before can be put back."""
    first = a_schedule(database, ruth)
    assert a_schedule(database, ruth) == first, "the same again is no change"
    second = a_schedule(database, ruth, Rhythm(Every.DAY, None, 7))
    elsewhere = a_schedule(database, ruth, lane=None)

    def on() -> list[int]:
        with database.read() as session:
            return [each.id for each in digest_schedules.active(session)]

    assert on() == [second, elsewhere]
    with database.write() as session:
        former = digest_schedules.former(session, LaneName.REFERRAL)
        assert former is not None
        digest_schedules.switch_on(session, former.id, now=NOW + timedelta(hours=1))
    assert on() == [first, elsewhere]
    with database.write() as session:
        digest_schedules.switch_off(session, first)
        with pytest.raises(Unknown):
            digest_schedules.switch_on(session, 99, now=NOW)
    assert on() == [elsewhere]
