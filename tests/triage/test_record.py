"""What several notes show together, on invented records written for these tests."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.builders import LANES, MARIA
from triage.record.findings import findings
from triage.record.notes import Quote, RecordNote
from workflow import moves
from workflow.episode import fold
from workflow.vocabulary import BlockerCategory, Channel, EscalationReason, LaneName, Outcome

CASES = [json.loads(line) for line in Path(__file__).with_name("record_cases.jsonl").read_text(encoding="utf-8").splitlines()]


def noon(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)


def record_of(case):
    lane = LANES[LaneName(case["lane"])]
    notes = []
    for number, (day, text, *tries) in enumerate(case["notes"], 1):
        told = [(Quote(number, text.index(words), text.index(words) + len(words)), count) for words, count in (tries[0] if tries else [])]
        notes.append(RecordNote(number, noon(day), text, tuple(told)))
    history = moves.open_episode(lane, now=notes[0].written_at - timedelta(days=1), actor=MARIA, reason="Follow-up")
    for day, outcome in case.get("logged", []):
        log = {"channel": Channel.CALL, "outcome": Outcome(outcome), "happened_at": noon(day)}
        history += moves.log_outreach(fold(history), lane, now=noon(day), actor=MARIA, **log)
    for category in case.get("blockers", []):
        blocker = BlockerCategory(category)
        history += moves.set_blocker(fold(history), lane, now=notes[-1].written_at, actor=MARIA, category=blocker)
    return notes, fold(history), lane, noon(case["now"])


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_what_the_record_shows_and_nothing_else(case):
    """Each case names the reasons that it gives cause for; most of the quiet ones look like one of the others."""
    notes, episode, lane, now = record_of(case)
    found = findings(notes, episode, lane, now)
    assert sorted(one.reason.value for one in found) == sorted(case["want"])
    texts = {note.id: note.text for note in notes}
    for one in found:
        days = [notes[quote.note - 1].day for quote in one.quotes]
        assert days == sorted(days)
        assert all(texts[quote.note][quote.start : quote.end].strip() for quote in one.quotes)
        assert len({quote.note for quote in one.quotes}) > 1 or episode.attempts


def test_what_is_escalated_already_is_not_found_again():
    """One cause is raised once."""
    notes, episode, lane, now = record_of(CASES[0])
    raise_it = {"reason": EscalationReason.WORSENING_SYMPTOMS, "text": "pain 8"}
    events = moves.open_episode(lane, now=notes[0].written_at, actor=MARIA, reason="Follow-up")
    events += moves.escalate(fold(events), lane, now=now, actor=MARIA, **raise_it)
    assert findings(notes, episode, lane, now)
    assert not findings(notes, fold(events), lane, now)
