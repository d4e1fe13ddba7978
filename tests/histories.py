"""Histories of episodes as people make them, drawn at random from a seed: moves of every kind, late entries, undo, closing, reopening."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.builders import LANES, NOW, Move, Story
from workflow import moves
from workflow.events import Event
from workflow.lanes import Lane
from workflow.refusals import Refusal
from workflow.vocabulary import Action, BlockerCategory, Channel, ClosureReason, EscalationReason, LaneName, Outcome, Status

Step = tuple[Move, dict[str, Any]]

STEPS: tuple[Callable[[Random, Story], Step], ...] = (
    lambda r, s: (moves.add_task, {"action": r.choice(list(Action)), "owner_role": r.choice(s.lane.owners), "due": None}),
    lambda r, s: (moves.complete_task, {"task": r.randint(1, 3)}),
    lambda r, s: (moves.set_blocker, {"category": r.choice(list(BlockerCategory))}),
    lambda r, s: (moves.clear_blocker, {"category": r.choice(s.episode.blocked_by or (BlockerCategory.OTHER,))}),
    lambda r, s: (
        moves.log_outreach,
        {
            "channel": r.choice(list(Channel)),
            "outcome": r.choice(list(Outcome)),
            "count": r.randint(1, 3),
            "happened_at": s.now - timedelta(hours=r.choice([0, 0, 3, 200])),
        },
    ),
    lambda r, s: (moves.set_status, {"status": r.choice(list(Status))}),
    lambda r, s: (moves.set_owner, {"owner_role": r.choice(s.lane.owners), "owner": r.choice([None, "dana"])}),
    lambda r, s: (moves.set_due, {"due": s.now.date() + timedelta(days=r.randint(0, 9))}),
    lambda r, s: (moves.escalate, {"reason": r.choice(list(EscalationReason))}),
    lambda r, s: (moves.close, {"reason": r.choice(list(ClosureReason))}),
    lambda r, s: (moves.reopen, {"text": "called back"}),
    lambda r, s: (moves.raise_by_rule, {}),
)


def a_story(seed: int, *, opened_at: datetime = NOW, steps: int = 14, longest_pause_h: int = 400) -> Story:
    """What became of an episode that was opened then. A move may follow at the same moment; some are taken back."""
    random = Random(seed)
    story = Story(_lane(random), opened_at)
    done: list[list[Event]] = []
    for _ in range(steps):
        story.later(hours=random.choice([0, random.uniform(0, longest_pause_h)]))
        try:
            if done and random.random() < 0.15:
                story.undo(done.pop(random.randrange(len(done))))
                continue
            move, given = random.choice(STEPS)(random, story)
            if events := story.do(move, **given):
                done.append(events)
        except Refusal:
            continue
    return story


def _lane(random: Random) -> Lane:
    return LANES[random.choice(list(LaneName))]
