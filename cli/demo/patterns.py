"""The demo's patterns: sought in what its people accepted; the largest is confirmed and followed."""

from datetime import datetime, timedelta

from store import pattern_decisions, pattern_evidence, patterns, users
from store.database import Database
from store.lanes import Lanes
from store.pattern_decisions import Plan
from triage.assistants.embedded.encoding import Encoder
from triage.pattern_jobs import search
from workflow.vocabulary import PatternAct

STARTED = timedelta(weeks=3)
REVIEWED = timedelta(weeks=5)


def follow_one(database: Database, lanes: Lanes, *, now: datetime) -> int:
    """Search, let Ruth confirm and follow the largest pattern, and return how many there are."""
    search(database, lanes, Encoder(), now=now)
    calendar = next(iter(lanes.values())).calendar
    today = calendar.local_day(now)
    with database.write() as session:
        found = patterns.patterns(session, pattern_evidence.begins(today, calendar.zone))
        if found:
            ruth, maria = users.by_username(session, "ruth"), users.by_username(session, "maria")
            largest = found[0]
            plan = Plan("One person asks for what is missing each Monday, in one list.", maria.id, today - STARTED, today + REVIEWED)
            for act, what in ((PatternAct.CONFIRM, None), (PatternAct.FOLLOW, plan)):
                pattern_decisions.decide(session, largest.id, act, user_id=ruth.id, now=now, today=today, size=largest.size, plan=what)
        return len(found)
