"""What changed between two moments, against what the raw events say when they are counted in plain Python; on both databases."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from store import episodes
from store.database import Database
from tests.builders import LANES, MARIA, NOW, a_patient
from tests.histories import a_story
from triage.changes import FEW, NoPeriod, digest
from triage.writing import ChangesRequest, Fact
from workflow import moves
from workflow.episode import Episode, evolve
from workflow.events import EscalationAnswered, Event, OutreachLogged, Retracted
from workflow.vocabulary import CONTACT, MOVE_OF, LaneName, Status

ZONE = ZoneInfo("America/Chicago")
LATEST = NOW + timedelta(days=120)
HOW_MANY = 60


@dataclass
class Told:
    """An episode of the record as the test wrote it, and as plain folding sees it."""

    id: int
    name: str
    events: list[Event]

    @property
    def counted(self) -> list[Event]:
        back = {seq for event in self.events if isinstance(event.change, Retracted) for seq in event.change.seqs}
        return [event for event in self.events if event.seq not in back and not isinstance(event.change, Retracted)]

    def at(self, moment: datetime) -> Episode | None:
        """The state just before a moment; None before the opening."""
        state = None
        for event in self.counted:
            if event.at < moment:
                state = evolve(state, event)
        return state

    def age(self, moment: datetime) -> int:
        """Seconds open until a moment."""
        spent, state, since = 0, None, None
        for event in self.counted:
            at = event.at.replace(microsecond=0)
            if event.at < moment:
                if state is not None and state.is_open and since is not None:
                    spent += int((at - since).total_seconds())
                state, since = evolve(state, event), at
        return spent + (int((moment - since).total_seconds()) if state is not None and state.is_open and since is not None else 0)


def write(session: Session, seed: int, opened_at: datetime) -> Told:
    """One random history, step by step."""
    story = a_story(seed, opened_at=opened_at, steps=18)
    name = f"Pat{chr(65 + seed % 26)}{chr(97 + seed // 26)} Doe"
    number = episodes.create(session, a_patient(session, f"p-{seed}", name=name), story.lane.name, story.events[:1])
    for event in story.events[1:]:
        episodes.record(session, number, [event], expected_version=episodes.load(session, number).version)
    return Told(number, name, story.events)


@pytest.fixture
def record(database: Database) -> list[Told]:
    """Sixty episodes with a random history each: undo, closing and reopening among them."""
    with database.write() as session:
        return [
            write(session, seed, NOW + timedelta(days=seed * 2, seconds=seed * 977.25) - timedelta(days=60)) for seed in range(HOW_MANY)
        ]


def periods() -> list[tuple[datetime, datetime]]:
    chance = Random(4)
    begins = [NOW + timedelta(days=chance.uniform(-70, 100), seconds=chance.randrange(80_000)) for _ in range(9)]
    drawn = [(begin, begin + timedelta(days=chance.choice([1, 7, 7, 7, 28]))) for begin in begins]
    midnight = datetime(2026, 3, 8, tzinfo=ZONE).astimezone(UTC)  # the day on which clocks change
    return [*drawn, (midnight, midnight + timedelta(hours=23)), (NOW - timedelta(days=400), LATEST)]


def sides(told: Iterable[Told], moment: datetime) -> dict[int, Episode]:
    return {one.id: state for one in told if (state := one.at(moment)) is not None and state.is_open}


def happened(told: Iterable[Told], since: datetime, until: datetime) -> dict[str, object]:
    """What happened in a period, counted from the events."""
    told = list(told)
    before, after = sides(told, since), sides(told, until)
    opened = {one.id for one in told if since <= one.events[0].at < until}
    tries = [
        (one.id, event.change)
        for one in told
        for event in one.counted
        if isinstance(event.change, OutreachLogged) and since <= event.at < until
    ]
    return {
        "came_in": opened,
        "closed": (set(before) | opened) - set(after),
        "reopened": set(after) - set(before) - opened,
        "attempts": sum(change.count for _, change in tries),
        "reached": {number for number, change in tries if change.outcome in CONTACT},
        "scheduled": {one.id for one in told if was_scheduled(one, since, until)},
        **changed(before, after, since, until),
    }


def was_scheduled(one: Told, since: datetime, until: datetime) -> bool:
    """Came to be scheduled and stood so for a second at least."""
    state, before = None, None
    by_second: dict[datetime, Status] = {}
    for event in one.counted:
        state = evolve(state, event)
        by_second[event.at.replace(microsecond=0)] = state.status
    for at, status in by_second.items():
        if before not in {None, status} and status is Status.SCHEDULED and since <= at < until:
            return True
        before = status
    return False


def late(found: dict[int, Episode], moment: datetime) -> set[int]:
    return {number for number, state in found.items() if state.due < moment.astimezone(ZONE).date()}


def fitting(found: dict[int, Episode], moment: datetime) -> dict[str, set[int]]:
    """The open episodes by what is said of them."""
    sets: dict[str, set[int]] = {
        "active": set(found),
        "overdue": late(found, moment),
        "blocked": {number for number, state in found.items() if state.blockers},
        "escalated": {number for number, state in found.items() if state.escalation},
        "unclaimed": {number for number, state in found.items() if state.owner is None},
    }
    for number, state in found.items():
        for key in (f"status:{state.status}", f"move:{MOVE_OF[state.status]}", *(f"blocked_by:{each}" for each in state.blocked_by)):
            sets.setdefault(key, set()).add(number)
    return sets


def changed(before: dict[int, Episode], after: dict[int, Episode], since: datetime, until: datetime) -> dict[str, object]:
    stood, stand = fitting(before, since), fitting(after, until)
    found: dict[str, object] = {}
    for key in {*stood, *stand}:
        topic, _, of = key.partition(":")
        if topic in {"overdue", "blocked", "blocked_by", "escalated"}:
            split = f":{of}" if of else ""
            newly = f"newly_{topic}{split}"
            found[newly] = stand.get(key, set()) - stood.get(key, set())
            found[f"no_longer_{topic}{split}"] = stood.get(key, set()) - stand.get(key, set())
    for number in before.keys() & after.keys():
        if before[number].status is not after[number].status:
            found.setdefault(f"moved:{before[number].status}:{after[number].status}", set()).add(number)  # type: ignore[attr-defined]
    return found


def number(found: object) -> int:
    return found if isinstance(found, int) else len(found)  # type: ignore[arg-type]


@pytest.mark.parametrize("lane", [None, LaneName.REFERRAL, LaneName.HIGH_RISK])
def test_every_number_is_what_the_events_say(database: Database, record: list[Told], lane: LaneName | None) -> None:
    """Each fact's values and patients, counted once more from the events, for many periods."""
    told = [one for one in record if lane in {None, one.at(LATEST + timedelta(days=900)).lane}]  # type: ignore[union-attr]
    for since, until in periods():
        with database.read() as session:
            request = digest(session, LANES, lane, since, until, now=LATEST)
        assert_facts(request, told)


def earlier_than(since: datetime, until: datetime) -> datetime:
    """Where the period before begins: as much earlier as the clinic's clock shows between the two."""
    shown = [moment.astimezone(ZONE).replace(tzinfo=None) for moment in (since, until)]
    return (shown[0] - (shown[1] - shown[0])).replace(tzinfo=ZONE).astimezone(UTC)


def assert_facts(request: ChangesRequest, told: list[Told]) -> None:
    since, until = request.since, request.until
    before_that = earlier_than(since, until)
    facts = {fact.id: fact for fact in request.facts if fact.topic not in {"period", "first"}}
    assert len(facts) + sum(fact.topic in {"period", "first"} for fact in request.facts) == len(request.facts)
    before, after = sides(told, since), sides(told, until)
    flows = happened(told, since, until)
    known = bool(told) and min(one.events[0].at for one in told) < before_that
    flows_before = happened(told, before_that, since) if known else {}
    stood, stand = fitting(before, since), fitting(after, until)
    stood_before = fitting(sides(told, before_that), before_that)
    for fact in facts.values():
        if "lane" in fact.values:
            continue
        if "before" in fact.values and fact.topic != "median_age":
            expected = {"before": len(stood.get(fact.id, ())), "after": len(stand.get(fact.id, ()))}
            if known:
                expected["earlier"] = len(stood_before.get(fact.id, ()))
            assert numbers(fact) == expected, fact
            assert set(fact.episodes) == (stand.get(fact.id) or stood.get(fact.id) or set()), fact
        elif fact.id in flows:
            assert fact.values["count"] == number(flows[fact.id]), fact
            if not isinstance(flows[fact.id], int):
                assert set(fact.episodes) == flows[fact.id], fact
            if known and fact.topic != "moved":
                assert fact.values["earlier"] == number(flows_before.get(fact.id, set())), fact
            else:
                assert "earlier" not in fact.values
    said = {key for key, found in {**flows, **stand}.items() if number(found)}
    assert said - {"status:escalated"} <= facts.keys()
    assert_the_rest(facts, told, request)
    assert facts["active"].values["after"] == sum(
        sign * int(facts[key].values[role])  # type: ignore[call-overload]
        for sign, key, role in ((1, "active", "before"), (1, "came_in", "count"), (1, "reopened", "count"), (-1, "closed", "count"))
    )


def numbers(fact: Fact) -> dict[str, object]:
    return {role: fact.values[role] for role in ("before", "after", "earlier") if role in fact.values}


def assert_the_rest(facts: dict[str, Fact], told: list[Told], request: ChangesRequest) -> None:
    """Closing reasons, ages, escalations and what is due soon."""
    after = sides(told, request.until)
    closed = [one.at(request.until) for one in told if one.id in facts["closed"].episodes]
    reasons = Counter(state.closure.reason.value for state in closed if state and state.closure)
    assert {fact.values["reason"]: fact.values["count"] for fact in facts.values() if fact.topic == "closed_for"} == reasons
    for role, moment in (("after", request.until), ("before", request.since)):
        ages = sorted(one.age(moment) for one in told if one.id in sides(told, moment))
        if ages and after:
            assert facts["median_age"].values[role] == ages[(len(ages) - 1) // 2] // 86_400
            if role == "after":
                assert facts["oldest"].values["days"] == ages[-1] // 86_400
        elif not after:
            assert "median_age" not in facts
    raised = {one.id: one for one in told if one.id in after and after[one.id].escalation}
    silent = {number for number in raised if after[number].escalation.acknowledged is None}  # type: ignore[union-attr]
    assert set(facts["unacknowledged"].episodes) == silent
    assert set(facts["escalated_unclaimed"].episodes) == {number for number in raised if after[number].owner is None}
    for place, episode in enumerate(facts["newly_escalated"].episodes, start=1):
        if f"day_{place}" in facts["newly_escalated"].values:
            since = after[episode].escalation.since  # type: ignore[union-attr]
            assert facts["newly_escalated"].values[f"day_{place}"] == since.astimezone(ZONE).date()
    today = request.until.astimezone(ZONE).date()
    soon = {number for number, state in after.items() if today <= state.due < today + timedelta(days=7)}
    assert set(facts["due_soon"].episodes) == soon
    names = {one.id: one.name for one in told}
    for fact in facts.values():
        said = [value for role, value in fact.values.items() if role.startswith("name_")]
        assert said == ([names[number] for number in fact.episodes] if said else [])
        assert len(said) <= FEW


def test_the_record_has_what_the_facts_are_about(database: Database, record: list[Told]) -> None:
    """Otherwise every number would be an equal 0."""
    seen: Counter[str] = Counter()
    for since, until in periods():
        with database.read() as session:
            for fact in digest(session, LANES, None, since, until, now=LATEST).facts:
                if any(value for role, value in fact.values.items() if role in {"before", "after", "count", "days"}):
                    seen[fact.topic] += 1

    assert {"reopened", "closed_for", "moved", "unacknowledged", "no_longer_blocked_by", "newly_escalated", "reached"} <= seen.keys()
    assert any(isinstance(event.change, EscalationAnswered | Retracted) for told in record for event in told.events)


def test_all_lanes_are_told_one_by_one_too(database: Database, record: list[Told]) -> None:
    """The numbers of the lanes add up to those of the whole."""
    with database.read() as session:
        facts = digest(session, LANES, None, NOW + timedelta(days=20), NOW + timedelta(days=27), now=LATEST).facts
    for topic in ("active", "overdue", "blocked", "escalated"):
        whole = next(fact for fact in facts if fact.id == topic)
        lanes = [fact for fact in facts if fact.topic == topic and "lane" in fact.values]
        assert len(lanes) > 2
        for role in ("before", "after"):
            assert sum(int(fact.values[role]) for fact in lanes) == whole.values[role]  # type: ignore[call-overload]


def test_an_undo_after_the_period_counts_as_never_done(database: Database) -> None:
    """Closed by mistake last week and taken back today: nobody was closed, and the owner is who it was."""
    lane = LANES[LaneName.REFERRAL]
    with database.write() as session:
        opening = moves.open_episode(lane, now=NOW, actor=MARIA, reason="x")
        number = episodes.create(session, a_patient(session, "p-x", name="Ana Ruiz"), lane.name, opening)
        episode = episodes.load(session, number)
        claimed = moves.set_owner(episode, lane, now=NOW + timedelta(hours=1), actor=MARIA, owner_role=episode.owner_role, owner="dana")
        episodes.record(session, number, claimed, expected_version=episode.version)
        back = Event(
            seq=len(opening) + len(claimed) + 1,
            at=NOW + timedelta(days=9),
            actor=MARIA,
            change=Retracted(seqs=tuple(event.seq for event in claimed)),
        )
        episodes.record(session, number, [back], expected_version=claimed[-1].seq)
    with database.read() as session:
        facts = {fact.id: fact for fact in digest(session, LANES, lane.name, NOW, NOW + timedelta(days=7), now=LATEST).facts}
    assert number in facts["unclaimed"].episodes


def test_a_first_week_is_told_as_one_and_compared_with_nothing(database: Database) -> None:
    """Before the record began there is no number, not 0."""
    with database.write() as session:
        lane = write(session, 3, NOW).events[0].change.lane  # type: ignore[union-attr]
    another = next(each for each in LaneName if each is not lane)
    with database.read() as session:
        facts = digest(session, LANES, None, NOW - timedelta(days=1), NOW + timedelta(days=6), now=LATEST).facts
        empty = digest(session, LANES, another, NOW - timedelta(days=1), NOW + timedelta(days=6), now=LATEST).facts
    assert [fact.said for fact in facts if fact.topic == "first"] == ["Nothing was recorded here before Tue 10 Mar."]
    assert not any("earlier" in fact.values for fact in facts)
    assert facts[0].said == "This is about all lanes, from Mon 9 Mar to Mon 16 Mar."
    assert "oldest" not in {fact.topic for fact in empty}


def test_a_period_that_is_none_is_refused(database: Database) -> None:
    """Nothing after now is known."""
    with database.read() as session, pytest.raises(NoPeriod, match="begin before it ends"):
        digest(session, LANES, None, NOW, NOW + timedelta(days=1), now=NOW)
