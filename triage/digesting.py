"""A digest's life: prepared from the facts and worded by an assistant, struck by a schedule, checked and published by a person.

Nothing here publishes by itself, and nothing is published that contradicts the facts, whoever wrote it.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.orm import Session

from store import digest_mails, digest_schedules, digests, users
from store.database import Database
from store.digest_mails import Enqueue
from store.digest_schedules import Schedule
from store.digests import Digest, Made, NewDigest, Sentence, Wording
from store.jobs import Job
from store.lanes import Lanes
from triage.assistants.embedded import narrating
from triage.assistants.protocol import AssistantError, AssistantUnavailable
from triage.changes import digest
from triage.fact_json import as_json, fact_of
from triage.jobs import LATER_S, LONGEST_WAIT_S, SOON_S
from triage.narration_check import Problem, check_narration, cited_by
from triage.reading import Identity
from triage.writing import ChangesRequest, Fact, Line, Narration
from workflow.changes import Topic
from workflow.digests import Change, LaneFigures
from workflow.vocabulary import LaneName, UserRole

STRIKE_SCHEDULES = "strike_schedules"

LEADING = frozenset({UserRole.LEAD, UserRole.MAINTAINER})
"""Who prepares, edits, publishes and withdraws."""

Narrate = Callable[[ChangesRequest], Narration]
"""Words the facts of a digest. Raises AssistantError."""

TEMPLATES = Identity("embedded", "templates", "embedded", "1", "")

from_templates: Narrate = partial(narrating.narrate_changes, identity=TEMPLATES)
"""The embedded assistant's words; its network is not needed for them."""

logger = logging.getLogger(__name__)


def written(
    session: Session, lanes: Lanes, narrate: Narrate, lane: LaneName | None, since: datetime, until: datetime, *, now: datetime
) -> NewDigest:
    """What changed in a lane (None: in all) between two moments, worded. A sentence that its facts do not bear out is left out.

    Raises NoPeriod and AssistantError.
    """
    request = digest(session, lanes, lane, since, until, now=now)
    narration = narrate(request)
    wrong = {problem.sentence for problem in check_narration(narration.sentences, request.facts)}
    who = narration.identity
    return NewDigest(
        lane=lane,
        since=request.since,
        until=request.until,
        facts=[as_json(fact) for fact in request.facts],
        figures=figures_of(request.facts, lane),
        sentences=tuple(Sentence(line.text, line.facts) for place, line in enumerate(narration.sentences) if place not in wrong),
        made=Made(who.assistant, who.model, who.prompt, who.version, who.content_hash, narration.stood_in_for, dict(narration.usage)),
    )


def prepare(
    database: Database,
    lanes: Lanes,
    narrate: Narrate,
    lane: LaneName | None,
    since: datetime,
    until: datetime,
    *,
    user_id: int,
    now: datetime,
) -> int:
    """Prepare a draft that a person asked for; returns its id. Raises NoPeriod and AssistantError."""
    with database.read() as session:  # a model may take its time: no transaction that writes waits for it
        new = written(session, lanes, narrate, lane, since, until, now=now)
    with database.write() as session:
        digest_id = digests.prepare(session, replace(new, prepared_by=user_id), now=now)
    assert digest_id is not None  # noqa: S101 — only that of a schedule can be there already
    return digest_id


def figures_of(facts: Iterable[Fact], lane: LaneName | None) -> tuple[LaneFigures, ...]:
    """The counts that a mail may hold, for each lane that has facts."""
    found: dict[LaneName, dict[str, Change]] = {}
    for fact in facts:
        its_lane = fact.values.get("lane", lane.value if lane else None)
        if fact.topic in _MAILED and its_lane is not None and isinstance(its_lane, str):
            found.setdefault(LaneName(its_lane), {})[fact.topic] = Change(before=number(fact, "before"), after=number(fact, "after"))
    return tuple(LaneFigures.model_validate({"lane": name, **changes}) for name, changes in found.items() if changes.keys() == _MAILED)


_MAILED = {topic.value for topic in (Topic.ACTIVE, Topic.OVERDUE, Topic.BLOCKED, Topic.ESCALATED)}


def number(fact: Fact, role: str) -> int:
    """The number that a fact has in this role; 0 where it has none."""
    value = fact.values.get(role, 0)
    return value if isinstance(value, int) else 0


def facts_of(stored: Digest) -> tuple[Fact, ...]:
    """The facts of a digest as they were when it was prepared."""
    return tuple(fact_of(fact) for fact in stored.facts)


def problems(sentences: Sequence[Sentence], facts: Sequence[Fact]) -> list[Problem]:
    """What in these sentences disagrees with the facts, in words. An own sentence without figures agrees with everything."""
    return check_narration([Line(each.text, each.facts) for each in sentences], facts)


def cite(text: str, facts: Sequence[Fact], former: tuple[str, ...] = ()) -> Sentence:
    """What a person wrote, with the facts that it rests on: those it speaks of, or `former` where it cannot be read so.

    Where neither bears it out, it cites what tells best what is wrong with it.
    """
    spoken_of = cited_by(text, facts)
    for cites in (spoken_of, former):
        if not check_narration([Line(text, cites)], facts):
            return Sentence(text, cites)
    return Sentence(text, former or spoken_of or tuple(fact.id for fact in facts))


def publish(session: Session, stored: Digest, wording: Wording, *, user_id: int, now: datetime) -> list[Problem]:
    """Publish these words as a person decided; what must be mended first comes back, and then nothing was published.

    Raises DigestIsSettled. Those whom its schedule names get a mail, which `digest_mails.post` is to be asked for.
    """
    wrong = problems(wording.sentences, facts_of(stored))
    if not wrong:
        digests.publish(session, stored.id, number=wording.number, user_id=user_id, now=now)
    return wrong


@dataclass(frozen=True, slots=True)
class Differs:
    """A fact whose numbers are not the same in two digests; None where one of them has no such fact."""

    then: Fact | None
    now: Fact | None


def differing(then: Iterable[Fact], now: Iterable[Fact]) -> list[Differs]:
    """The facts whose numbers differ, in the order of `now`, and after them those that are only in `then`."""
    before, after = ({fact.id: fact for fact in facts} for facts in (then, now))
    ids = [*after, *(each for each in before if each not in after)]
    return [Differs(before.get(each), after.get(each)) for each in ids if _numbers(before.get(each)) != _numbers(after.get(each))]


def _numbers(fact: Fact | None) -> dict[str, int]:
    return {role: value for role, value in fact.values.items() if isinstance(value, int)} if fact else {}


def as_of_today(session: Session, lanes: Lanes, stored: Digest, *, now: datetime) -> tuple[Fact, ...]:
    """The facts of the same lane and period as they would be today. They differ where something was taken back since, or entered late."""
    return digest(session, lanes, stored.lane, stored.since, stored.until, now=now).facts


def strike(database: Database, lanes: Lanes, narrate: Narrate, *, now: datetime, enqueue: Enqueue) -> float | None:
    """Prepare a draft for every schedule that struck and has none for that strike, and tell its lead by mail that it is ready.

    Days on which nobody ran the jobs are made up for by one digest, of the newest strike. None when done, or the seconds to wait.
    """
    wait = None
    with database.read() as session:
        schedules = digest_schedules.active(session)
    for schedule in schedules:
        try:
            _strike_one(database, lanes, narrate, schedule, now=now, enqueue=enqueue)
        except AssistantUnavailable as error:
            wait = min(error.retry_after if error.retry_after is not None else SOON_S, LONGEST_WAIT_S)
        except (AssistantError, ValueError) as error:  # one that cannot be prepared must not keep the others from it
            logger.error("Schedule %d could not be served (%s).", schedule.id, type(error).__name__)  # noqa: TRY400 — no patient data
            wait = LATER_S
    return wait


def _strike_one(database: Database, lanes: Lanes, narrate: Narrate, schedule: Schedule, *, now: datetime, enqueue: Enqueue) -> None:
    calendar = lanes[schedule.lane or next(iter(lanes))].calendar
    struck = schedule.rhythm.last_strike(calendar, now)
    if struck.at <= schedule.active_since:
        return
    with database.read() as session:
        since = digest_schedules.last_until(session, schedule.id) or schedule.rhythm.before(calendar, struck)
        if since >= struck.at:
            return
        new = written(session, lanes, narrate, schedule.lane, since, struck.at, now=now)
    with database.write() as session:
        digest_id = digests.prepare(session, replace(new, schedule_id=schedule.id, period=struck.day), now=now)
        if digest_id is not None:
            digest_mails.post(session, digest_id, _leads_of(session, schedule), "ready", now=now, enqueue=enqueue)


def _leads_of(session: Session, schedule: Schedule) -> list[int]:
    """Whom to tell that a digest is ready: whoever made the schedule; where they lead no more, everybody who does."""
    leads = [user.id for user in users.everybody(session) if user.active and user.role in LEADING]
    return [schedule.maker_id] if schedule.maker_id in leads else leads


def jobs(database: Database, lanes: Lanes, narrate: Narrate, enqueue: Enqueue) -> dict[str, Job]:
    """What a worker registers and runs every hour; the id it is given is the hour and means nothing here."""

    def run(_hour: int) -> float | None:
        return strike(database, lanes, narrate, now=datetime.now(UTC), enqueue=enqueue)

    return {STRIKE_SCHEDULES: run}
