"""The queue: every filter, every order, and pages that neither skip nor repeat."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from store import counts, episodes, queue
from store.counts import Counts
from store.queue import Moment, Sort, View
from store.tables import EpisodeRow, PatientRow
from tests.builders import LANES, MARIA, NOW, TODAY, a_patient
from workflow import moves
from workflow.refusals import Refusal
from workflow.vocabulary import Action, BlockerCategory, Channel, ClosureReason, EscalationReason, LaneName, Outcome, OwnerRole, Status

NAMES = ["Rosa Alvarez", "Rosa Alvarez", "Ann O'Neil", "Bo|by Tables", "Wei Chen", "100% Sure", "under_score", "Éva Nagy"]
LATER = TODAY + timedelta(days=3)
AT = Moment(NOW + timedelta(days=3), LATER)


@pytest.fixture
def filled(database):
    """Forty episodes with different histories and many ties, four of them closed."""
    chance = random.Random(7)
    with database.write() as session:
        for number in range(40):
            lane = LANES[chance.choice(list(LaneName))]
            opened = NOW - timedelta(days=chance.choice([0, 3, 3, 9, 30]))
            patient = a_patient(session, f"mrn-{number}", name=chance.choice(NAMES), birth_date=None)
            episode_id = episodes.create(session, patient, lane.name, moves.open_episode(lane, now=opened, actor=MARIA, reason="r"))
            act(session, episode_id, lane, opened, chance)
            if number % 10 == 0:
                step(session, episode_id, lane, moves.close, now=opened, reason=ClosureReason.CARE_COMPLETED)
    return database


def act(session, episode_id, lane, opened, chance):
    """Up to four moves."""
    for _ in range(chance.randrange(4)):
        move, given = chance.choice(
            [
                (moves.add_task, {"action": chance.choice(list(Action)), "owner_role": chance.choice(list(OwnerRole))}),
                (moves.set_blocker, {"category": chance.choice(list(BlockerCategory))}),
                (moves.log_outreach, {"channel": Channel.CALL, "outcome": chance.choice(list(Outcome))}),
                (moves.set_owner, {"owner_role": chance.choice(list(OwnerRole)), "owner": chance.choice(["dana", "lee"])}),
                (moves.escalate, {"reason": chance.choice(list(EscalationReason))}),
                (moves.set_status, {"status": chance.choice([s for s in Status if s not in {Status.CLOSED, Status.ESCALATED}])}),
            ]
        )
        step(session, episode_id, lane, move, now=opened, **given)


def step(session, episode_id, lane, move, **given):
    episode = episodes.load(session, episode_id)
    try:
        events = move(episode, lane, actor=MARIA, **given)
    except Refusal:
        return
    episodes.record(session, episode_id, events, expected_version=episode.version)


def active(session):
    """Every open episode, loaded one by one: the other way to know what the queue should say."""
    rows = session.execute(select(EpisodeRow.id, PatientRow).join(PatientRow, PatientRow.id == EpisodeRow.patient_id)).all()
    loaded = [(row[0], row[1], episodes.load(session, row[0])) for row in rows]
    return [(episode_id, patient, episode) for episode_id, patient, episode in loaded if episode.is_open]


def all_pages(session, view, size):
    """Every row, by following the keys."""
    rows, after, pages = [], None, 0
    while True:
        page = queue.page(session, view, AT, after=after, size=size)
        rows += page.rows
        pages += 1
        if page.after is None:
            return rows, pages
        after = page.after


KEYS = {
    Sort.DUE: lambda row: row.episode.due,
    Sort.AGE: lambda row: row.episode.opened_at,
    Sort.STATUS: lambda row: row.episode.status.value,
    Sort.LAST_CONTACT: lambda row: row.episode.last_attempt.happened_at if row.episode.last_attempt else row.episode.opened_at,
}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", list(Sort))
def test_pages_neither_skip_nor_repeat(filled, sort, descending):
    """Under every order, both ways, with ties: the pages together are the queue."""
    with filled.read() as session:
        view = View(sort=sort, descending=descending)
        rows, pages = all_pages(session, view, 7)
        ids = [row.episode_id for row in rows]

        assert sorted(ids) == sorted(episode_id for episode_id, *_ in active(session))
        assert len(set(ids)) == len(ids) == 36
        assert pages == 6
        assert ids == [row.episode_id for row in all_pages(session, view, 1)[0]]
        assert ids == [row.episode_id for row in queue.page(session, view, AT, size=99).rows]
        if sort in KEYS:
            keys = [(KEYS[sort](row), row.episode_id) for row in rows]
            assert keys == sorted(keys, reverse=descending)
        else:
            names = [row.patient.name for row in rows]
            assert sum(one != other for one, other in pairwise(names)) == len(set(names)) - 1  # equal names stand together
            backwards, _ = all_pages(session, View(sort=sort, descending=not descending), 50)
            assert [row.episode_id for row in backwards] == ids[::-1]


def last_contact(episode):
    return episode.last_attempt.happened_at if episode.last_attempt else episode.opened_at


FILTERS = {
    "lane": (View(lane=LaneName.REFERRAL), lambda _, e: e.lane is LaneName.REFERRAL),
    "status": (View(status=Status.NEEDS_OUTREACH), lambda _, e: e.status is Status.NEEDS_OUTREACH),
    "owner role": (View(owner_role=OwnerRole.NURSE_REVIEWER), lambda _, e: e.owner_role is OwnerRole.NURSE_REVIEWER),
    "owner": (View(owner="dana"), lambda _, e: e.owner == "dana"),
    "overdue": (View(overdue=True), lambda _, e: e.days_overdue(LATER) > 0),
    "due today": (View(due_today=True), lambda _, e: e.due == LATER),
    "blocked": (View(blocked=True), lambda _, e: bool(e.blockers)),
    "one blocker": (View(blocker=BlockerCategory.OTHER), lambda _, e: BlockerCategory.OTHER in e.blocked_by),
    "quiet for a week": (View(quiet_days=7), lambda _, e: AT.now - last_contact(e) >= timedelta(days=7)),
    "quiet for a month": (View(quiet_days=30), lambda _, e: AT.now - last_contact(e) >= timedelta(days=30)),
    "escalated": (View(escalated=True), lambda _, e: e.escalation is not None),
    "unclaimed": (View(unclaimed=True), lambda _, e: e.owner is None),
    "two at once": (View(overdue=True, blocked=True), lambda _, e: bool(e.days_overdue(LATER) > 0 and e.blockers)),
    "a name": (View(text="alvarez ROSA"), lambda p, _: p.name == "Rosa Alvarez"),
    "an id": (View(text="mrn-17"), lambda p, _: p.external_id == "mrn-17"),
    "a percent sign": (View(text="100%"), lambda p, _: p.name == "100% Sure"),
    "an underscore": (View(text="r_s"), lambda p, _: p.name == "under_score"),
    "an apostrophe": (View(text="o'neil"), lambda p, _: p.name == "Ann O'Neil"),
    "a backslash": (View(text="\\"), lambda *_: False),
    "a NUL": (View(text="ro\0sa"), lambda p, _: p.name == "Rosa Alvarez"),
    "a blocker": (View(text="transport"), lambda _, e: BlockerCategory.TRANSPORT in e.blocked_by),
}


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_narrows_to_exactly_what_it_says(filled, name):
    """Checked against the episodes themselves, one by one."""
    view, holds = FILTERS[name]
    with filled.read() as session:
        shown = {row.episode_id for row in queue.page(session, view, AT, size=99).rows}

        assert shown == {episode_id for episode_id, patient, episode in active(session) if holds(patient, episode)}


VIEWS = [
    View(),
    View(lane=LaneName.REFERRAL),
    View(status=Status.NEEDS_OUTREACH, blocked=True),
    View(owner="dana"),
    View(unclaimed=True, owner_role=OwnerRole.NURSE_REVIEWER),
    View(overdue=True, escalated=True),
    View(due_today=True, text="rosa"),
    View(blocker=BlockerCategory.TRANSPORT, quiet_days=7),
    View(text="nobody like this"),
]


@pytest.mark.parametrize("view", VIEWS)
def test_every_count_is_what_its_filter_shows(filled, view):
    """A number beside a filter is how many rows one gets by choosing it in this view."""
    with filled.read() as session:

        def rows(**changes):
            return len(queue.ids(session, replace(view, **changes), AT, limit=99))

        def nonzero(numbers):
            return {word: number for word, number in numbers.items() if number}

        no_who = {"owner": None, "offered_to": None, "unclaimed": False}
        no_quick = {**no_who, "overdue": False, "due_today": False, "blocked": False, "blocker": None}
        assert counts.counts(session, view, AT, me="dana") == Counts(
            active=len(active(session)),
            shown=rows(),
            everyone=rows(**no_quick, escalated=False, quiet_days=None),
            mine=rows(owner="dana", offered_to=None, unclaimed=False),
            offered=rows(offered_to="dana", owner=None, unclaimed=False),
            unclaimed=rows(unclaimed=True, owner=None, offered_to=None),
            overdue=rows(overdue=True, due_today=False),
            due_today=rows(due_today=True, overdue=False),
            blocked=rows(blocked=True, blocker=None),
            escalated=rows(escalated=True),
            lanes=nonzero({lane: rows(lane=lane) for lane in (None, *LaneName)}),
            by_status=nonzero({status: rows(status=status) for status in Status}),
            by_owner=nonzero({role: rows(owner_role=role) for role in OwnerRole}),
            by_blocker=nonzero({word: rows(blocker=word, blocked=False) for word in BlockerCategory}),
            quiet=nonzero({days: rows(quiet_days=days) for days in queue.QUIET_DAYS}),
        )


def test_counts_of_an_empty_queue_are_nought(database):
    """The first day."""
    with database.read() as session:
        assert counts.counts(session, View(), AT) == Counts()
        assert queue.page(session, View(), AT) == queue.Page([], None)


BAD_KEYS = (
    *("", "|", "x", "x|1", "2026-03-10|", "|5", "2026-03-10T10:00:00|5", "0001-01-01T00:00:00+14:00|1", "a\0b|3"),
    *("1|" + "9" * 40, "|²", "2026-03-10T10:00:00+00:00|5"),
    *(f"{value}|{last}" for value in ("a", "2026-03-10", "2026-03-10T10:00:00+00:00") for last in (2**31, 10**17)),
)


@pytest.mark.parametrize("sort", list(Sort))
def test_a_key_that_somebody_edited_gives_a_page(filled, sort):
    """An address is anybody's to change; what comes back is never an error."""
    with filled.read() as session:
        for after in BAD_KEYS:
            assert queue.page(session, View(sort=sort), AT, after=after, size=5) is not None
