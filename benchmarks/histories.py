"""Histories of episodes for a record of two years: made by the moves that people make, drawn from a seed.

A few thousand of them make a record of any size: one that began whole weeks later is the same history with other days, and every weekday
stays what it was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from store.lanes import Lanes
from workflow import moves
from workflow.episode import Episode, fold_from
from workflow.events import RULE, Event, person
from workflow.lanes import Lane
from workflow.owning import claim
from workflow.refusals import Refusal
from workflow.vocabulary import Action, BlockerCategory, Channel, EscalationReason, LaneName, Outcome, Status

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
"""The moment the record stands at: the same on every day it is made, so that runs can be compared."""

WEEKS = 104
BEGAN = NOW - timedelta(weeks=WEEKS)
LONGEST_OPEN = timedelta(weeks=13)

PEOPLE = tuple(f"person{number}" for number in range(12))

OUTCOMES = (*[Outcome.NO_ANSWER] * 3, *[Outcome.LEFT_VOICEMAIL] * 3, *[Outcome.REACHED] * 4, Outcome.REPLIED, Outcome.MESSAGE_SENT)

Step = Callable[[Random, Episode, Lane, datetime, str], list[Event]]


@dataclass(frozen=True, slots=True)
class History:
    """One history, from its opening on; `episode` is what it comes to."""

    lane: LaneName
    events: tuple[Event, ...]
    episode: Episode


def histories(count: int, lanes: Lanes, *, open_share: float, seed: int = 1) -> tuple[list[History], list[History]]:
    """`count` histories: those of closed episodes, all opened in the first week of the record, and those of episodes open at NOW."""
    random = Random(seed)
    still_open = max(1, round(count * open_share))
    ended, standing = [], []
    for number in range(count):
        lane = lanes[list(LaneName)[number % len(LaneName)]]
        if number < still_open:
            opened_at = NOW - timedelta(seconds=random.randrange(86_400, int(LONGEST_OPEN.total_seconds())))
            standing.append(_history(random, lane, opened_at, ends=False))
        else:
            opened_at = BEGAN + timedelta(seconds=random.randrange(7 * 86_400))
            ended.append(_history(random, lane, opened_at, ends=True))
    return ended, standing


def _history(random: Random, lane: Lane, opened_at: datetime, *, ends: bool) -> History:
    """About ten moves, one every few days, with what the lane's rules make of them and of time passing; the last one closes."""
    who, at = random.choice(PEOPLE), opened_at
    events = moves.open_episode(lane, now=at, actor=RULE, reason=lane.title)
    episode = fold_from(None, events)
    assert episode is not None
    left = random.randint(2, 9)
    while True:
        at += timedelta(seconds=random.randrange(3600, 9 * 86_400))
        if at > NOW:
            break
        if left:
            new = _step(random, episode, lane, at, who)
        else:
            new = moves.close(episode, lane, now=at, actor=person(who), reason=random.choice(lane.closure_reasons))
        left = max(0, left - 1) if ends else left
        events += new
        episode = fold_from(episode, new)
        assert episode is not None
        if not episode.is_open:
            break
    return History(lane.name, tuple(events), episode)


def _step(random: Random, episode: Episode, lane: Lane, at: datetime, who: str) -> list[Event]:
    """What time passing demands, else something a person does; nothing where the rules refuse it."""
    if raised := moves.raise_by_rule(episode, lane, now=at):
        return raised
    try:
        if episode.escalation is not None and random.random() < 0.6:
            return moves.set_status(episode, lane, now=at, actor=person(who), status=Status.NEEDS_OUTREACH, why="looked at")
        return random.choice(STEPS)(random, episode, lane, at, who)
    except Refusal:
        return []


def _try(random: Random, episode: Episode, lane: Lane, at: datetime, who: str) -> list[Event]:
    channel, outcome = random.choice((Channel.CALL, Channel.CALL, Channel.SMS)), random.choice(OUTCOMES)
    return moves.log_outreach(episode, lane, now=at, actor=person(who), channel=channel, outcome=outcome, text="tried in the morning")


def _add_task(random: Random, episode: Episode, lane: Lane, at: datetime, who: str) -> list[Event]:
    action, role = random.choice(list(Action)), random.choice(lane.owners)
    return moves.add_task(episode, lane, now=at, actor=person(who), action=action, owner_role=role, detail="as the note asks")


def _complete_task(random: Random, episode: Episode, lane: Lane, at: datetime, who: str) -> list[Event]:
    if not episode.tasks:
        return _add_task(random, episode, lane, at, who)
    return moves.complete_task(episode, lane, now=at, actor=person(who), task=episode.tasks[0].number)


def _block(random: Random, episode: Episode, lane: Lane, at: datetime, who: str) -> list[Event]:
    if episode.blockers:
        return moves.clear_blocker(episode, lane, now=at, actor=person(who), category=episode.blocked_by[0])
    category = random.choice(list(BlockerCategory))
    return moves.set_blocker(episode, lane, now=at, actor=person(who), category=category, detail="said the office")


def _status(random: Random, episode: Episode, lane: Lane, at: datetime, who: str) -> list[Event]:
    status = random.choice([word for word in Status if lane.uses(word)])
    return moves.set_status(episode, lane, now=at, actor=person(who), status=status, why="as agreed")


def _claim(random: Random, episode: Episode, lane: Lane, at: datetime, who: str) -> list[Event]:  # noqa: ARG001 — one signature for all steps
    return claim(episode, lane, now=at, actor=person(who))


def _escalate(random: Random, episode: Episode, lane: Lane, at: datetime, who: str) -> list[Event]:
    return moves.escalate(episode, lane, now=at, actor=person(who), reason=random.choice(list(EscalationReason)), text="look today")


STEPS: tuple[Step, ...] = (
    *[_try] * 6,
    *[_add_task] * 3,
    *[_complete_task] * 3,
    *[_block] * 3,
    *[_status] * 2,
    *[_claim] * 2,
    _escalate,
)
