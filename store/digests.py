"""Digests of queue changes: prepared with their facts, worded, edited, published by a person, withdrawn. Facts and words stay as they were.

What is published is one numbered version of the words. Facts are kept as JSON that `triage` reads and writes; the store does not look
into them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from store.courses import in_lane
from store.errors import DigestIsSettled, Unknown
from store.tables import DigestRow, DigestTextRow, EpisodeRow, EventRow, UserRow, core
from workflow.digests import LaneFigures
from workflow.vocabulary import LaneName, Word

MEANWHILE = "Somebody edited this digest in the meantime. This is how it reads now; look at it again before you go on."


class DigestStanding(Word):
    """How a digest stands with the team."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and the ids of the facts that it cites; none where a person wrote it."""

    text: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """One version of a digest's words. `by` is a person's name, None for the assistant."""

    number: int
    sentences: tuple[Sentence, ...]
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """Who worded a digest: the columns of an assistant's identity. `stood_in_for` names the assistant that failed."""

    assistant: str
    model: str
    prompt: str
    prompt_version: str
    content_hash: str
    stood_in_for: str | None
    usage: dict[str, float]


@dataclass(frozen=True, slots=True)
class NewDigest:
    """A digest as it is prepared: by a person (`prepared_by`, a user id), or by a schedule for the clinic's day `period`."""

    lane: LaneName | None
    since: datetime
    until: datetime
    facts: list[dict[str, Any]]
    figures: tuple[LaneFigures, ...]
    sentences: tuple[Sentence, ...]
    made: Made
    prepared_by: int | None = None
    schedule_id: int | None = None
    period: date | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """A stored digest. `events` counts those it was written from; the people are named. `number` is the published version of the words."""

    id: int
    lane: LaneName | None
    since: datetime
    until: datetime
    events: int
    facts: list[dict[str, Any]]
    figures: tuple[LaneFigures, ...]
    assistant: str
    stood_in_for: str | None
    prepared_at: datetime
    prepared_by: str | None
    schedule_id: int | None
    standing: DigestStanding
    published_by: str | None
    published_at: datetime | None
    number: int | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    why: str

    @property
    def is_draft(self) -> bool:
        return self.standing is DigestStanding.DRAFT

    @property
    def is_published(self) -> bool:
        return self.standing is DigestStanding.PUBLISHED


def prepare(session: Session, new: NewDigest, *, now: datetime) -> int | None:
    """Keep a prepared digest with its first wording; returns its id, or None where its schedule has one for that day already."""
    values = {
        "lane": lane_key(new.lane),
        "since": new.since,
        "until": new.until,
        "events": count_events(session, new.lane, new.since, new.until),
        "facts": new.facts,
        "figures": [each.model_dump(mode="json") for each in new.figures],
        "assistant": new.made.assistant,
        "model": new.made.model,
        "prompt": new.made.prompt,
        "prompt_version": new.made.prompt_version,
        "content_hash": new.made.content_hash,
        "stood_in_for": new.made.stood_in_for,
        "usage": new.made.usage,
        "prepared_at": now,
        "prepared_by": new.prepared_by,
        "schedule_id": new.schedule_id,
        "period": new.period,
        "standing": DigestStanding.DRAFT.value,
        "why": "",
    }
    once = insert_of(session)(core(DigestRow)).on_conflict_do_nothing(index_elements=["schedule_id", "period"])
    digest_id = session.execute(once.returning(core(DigestRow).c.id), values).scalar_one_or_none()
    if digest_id is not None:
        _write(session, digest_id, 1, new.sentences, None, now)
    return digest_id


def insert_of(session: Session) -> Any:
    """The INSERT of this engine, which alone knows ON CONFLICT."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as of_postgresql

        return of_postgresql
    from sqlalchemy.dialects.sqlite import insert as of_sqlite

    return of_sqlite


def lane_key(lane: LaneName | None) -> str:
    """How a lane is stored: "" for all of them."""
    return lane.value if lane else ""


def count_events(session: Session, lane: LaneName | None, since: datetime, until: datetime) -> int:
    """How many events were recorded in this lane after `since` and up to `until`."""
    counted = select(func.count()).select_from(EventRow).where(EventRow.at > since, EventRow.at <= until)
    if lane is not None:
        counted = counted.join(EpisodeRow, EpisodeRow.id == EventRow.episode_id).where(*in_lane(lane))
    return session.execute(counted).scalar_one()


def _write(session: Session, digest_id: int, number: int, sentences: Sequence[Sentence], user_id: int | None, now: datetime) -> None:
    told = [{"text": each.text, "facts": list(each.facts)} for each in sentences]
    row = {"digest_id": digest_id, "number": number, "sentences": told, "user_id": user_id, "at": now}
    session.execute(insert(core(DigestTextRow)), row)


def _digests(*where: ColumnElement[bool]) -> Select[DigestRow, str, str, str]:
    preparer, publisher, withdrawer = aliased(UserRow), aliased(UserRow), aliased(UserRow)
    return (
        select(DigestRow, preparer.name, publisher.name, withdrawer.name)
        .outerjoin(preparer, preparer.id == DigestRow.prepared_by)
        .outerjoin(publisher, publisher.id == DigestRow.published_by)
        .outerjoin(withdrawer, withdrawer.id == DigestRow.withdrawn_by)
        .where(*where)
    )


def _digest(row: DigestRow, prepared_by: str | None, published_by: str | None, withdrawn_by: str | None) -> Digest:
    return Digest(
        id=row.id,
        lane=LaneName(row.lane) if row.lane else None,
        since=row.since,
        until=row.until,
        events=row.events,
        facts=row.facts,
        figures=tuple(LaneFigures.model_validate(each) for each in row.figures),
        assistant=row.assistant,
        stood_in_for=row.stood_in_for,
        prepared_at=row.prepared_at,
        prepared_by=prepared_by,
        schedule_id=row.schedule_id,
        standing=DigestStanding(row.standing),
        published_by=published_by,
        published_at=row.published_at,
        number=row.published_text,
        withdrawn_by=withdrawn_by,
        withdrawn_at=row.withdrawn_at,
        why=row.why,
    )


def load(session: Session, digest_id: int) -> Digest:
    """A digest by id. Raises Unknown."""
    found = session.execute(_digests(DigestRow.id == digest_id)).first()
    if found is None:
        raise Unknown("There is no such digest.")
    return _digest(*found)


def newest(session: Session, lane: LaneName | None, *standings: DigestStanding) -> Digest | None:
    """The digest of this lane (None: of all together) in one of these standings that was prepared last."""
    found = session.execute(_digests(*_in(lane, standings)).order_by(DigestRow.id.desc()).limit(1)).first()
    return None if found is None else _digest(*found)


def last_published(session: Session, lane: LaneName | None, before: Digest | None = None) -> Digest | None:
    """The published digest of this lane that reaches furthest; with `before`, of those that end earlier than it does."""
    where = _in(lane, [DigestStanding.PUBLISHED])
    if before is not None:
        where += [DigestRow.until < before.until, DigestRow.id != before.id]
    found = session.execute(_digests(*where).order_by(DigestRow.until.desc(), DigestRow.id.desc()).limit(1)).first()
    return None if found is None else _digest(*found)


def listed(session: Session, lane: LaneName | None, *standings: DigestStanding, every_lane: bool = False, most: int = 100) -> list[Digest]:
    """The digests of this lane in these standings, the newest first; with `every_lane`, of whatever lane."""
    where = [DigestRow.standing.in_(standings)] if every_lane else _in(lane, standings)
    rows = session.execute(_digests(*where).order_by(DigestRow.until.desc(), DigestRow.id.desc()).limit(most))
    return [_digest(*row) for row in rows]


def _in(lane: LaneName | None, standings: Sequence[DigestStanding]) -> list[ColumnElement[bool]]:
    return [DigestRow.lane == lane_key(lane), DigestRow.standing.in_(standings)]


def wordings(session: Session, digest_id: int) -> list[Wording]:
    """Every version of a digest's words, the first first."""
    rows = session.execute(
        select(DigestTextRow, UserRow.name)
        .outerjoin(UserRow, UserRow.id == DigestTextRow.user_id)
        .where(DigestTextRow.digest_id == digest_id)
        .order_by(DigestTextRow.number)
    )
    return [
        Wording(row.number, tuple(Sentence(each["text"], tuple(each["facts"])) for each in row.sentences), name, row.at)
        for row, name in rows
    ]


def wording(session: Session, digest: Digest) -> Wording:
    """The words that count: those published, else the newest."""
    every = wordings(session, digest.id)
    return every[-1] if digest.number is None else every[digest.number - 1]


def save_wording(session: Session, digest_id: int, sentences: Sequence[Sentence], *, after: int, user_id: int, now: datetime) -> int:
    """Keep these words as the version after number `after`; the same words again are no new version. Returns the number that counts.

    Raises DigestIsSettled where it is no draft, or where somebody saved another version since.
    """
    digest = _held(session, digest_id)
    if not digest.is_draft:
        raise DigestIsSettled(f"This digest is {digest.standing.label.lower()}; its words stay as they are. Prepare another one.")
    newest_one = wordings(session, digest_id)[-1]
    if newest_one.sentences == tuple(sentences):
        return newest_one.number
    if newest_one.number != after:
        raise DigestIsSettled(MEANWHILE)
    _write(session, digest_id, after + 1, sentences, user_id, now)
    return after + 1


def publish(session: Session, digest_id: int, *, number: int, user_id: int, now: datetime) -> None:
    """Publish exactly this version of the words; published so already is no change. Raises DigestIsSettled."""
    digest = _held(session, digest_id)
    if digest.is_published and digest.number == number:
        return
    if not digest.is_draft:
        raise DigestIsSettled(f"This digest is {digest.standing.label.lower()} already.")
    if wordings(session, digest_id)[-1].number != number:
        raise DigestIsSettled(MEANWHILE)
    published = {"standing": DigestStanding.PUBLISHED.value, "published_by": user_id, "published_at": now, "published_text": number}
    session.execute(update(DigestRow).where(DigestRow.id == digest_id).values(**published))


def withdraw(session: Session, digest_id: int, *, reason: str, user_id: int, now: datetime) -> None:
    """Take a digest back; withdrawn already is no change. It stays in the record. Raises ValueError where a published one has no reason."""
    digest = _held(session, digest_id)
    if digest.standing is DigestStanding.WITHDRAWN:
        return
    if digest.is_published and not reason:
        raise ValueError("Say why it is withdrawn: those who read it will see that.")
    withdrawn = {"standing": DigestStanding.WITHDRAWN.value, "withdrawn_by": user_id, "withdrawn_at": now, "why": reason}
    session.execute(update(DigestRow).where(DigestRow.id == digest_id).values(**withdrawn))


def _held(session: Session, digest_id: int) -> Digest:
    """The digest, with others who would change it waiting until this transaction is over. Raises Unknown."""
    session.execute(select(DigestRow.id).where(DigestRow.id == digest_id).with_for_update())
    return load(session, digest_id)
