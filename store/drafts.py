"""Outreach drafts: what an assistant prepared, every version of its words, and what people decided about exactly which words.

A draft is prepared once for its cause. Its words change while it is pending, each change a new version. An approval names the hash of the
words that were on the page; it and the delivery that it sets on its way are one transaction, and the database takes no delivery without
it. From then on there is no path that changes the words: undo, while the delivery still waits, makes the draft pending again.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.orm import Session

from store import deliveries
from store.decisions import Reviewer
from store.deliveries import DeliveryState, hash_of
from store.errors import IllegalDecision, StaleDraft, Unknown
from store.tables import DraftDecisionRow, DraftRow, DraftTextRow, EpisodeRow, UserRow
from workflow.vocabulary import CHANNEL_OF, Action, DraftForm, DraftRejectReason, DraftStanding

SENT_BY_US = frozenset({DraftForm.SMS, DraftForm.EMAIL})
"""Forms that leave by themselves once approved. The others are read out, printed or pasted by a person."""

CLOSED = "The episode was closed meanwhile. Reopen it first, if the patient is to hear from you."

AGAIN, ASKED = "~", "+"
"""Stand in a cause between what the draft was for and its number: "task-3~2" was prepared again, "task-3+2" as a person asked."""

ASKED_FOR = "asked"
"""What a draft is for that a person asked for from nothing: "asked", "asked+2"."""


@dataclass(frozen=True, slots=True)
class NewDraft:
    """What an assistant wrote for a cause. `facts` is what it was drafted from, as plain JSON; `why` says in words why it is wanted."""

    episode_id: int
    episode_version: int
    cause: str
    form: DraftForm
    language: str
    purpose: Action
    why: str
    facts: Sequence[dict[str, Any]]
    subject: str
    body: str
    assistant: str
    model: str
    prompt: str
    prompt_version: str
    content_hash: str
    stood_in_for: str | None
    usage: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DraftText:
    """One version of the words; `by` is who wrote it, None for the assistant."""

    id: int
    number: int
    subject: str
    body: str
    hash: str
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class DraftDecision:
    """What somebody decided: "approve", "reject" or "undo", of the words with `text_hash`. `undone` says that it was taken back."""

    id: int
    action: str
    by: str
    username: str
    text_hash: str
    reason: DraftRejectReason | None
    comment: str
    undone: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A draft with all of its words and decisions, oldest first. `why` says why it was wanted, or, withdrawn, why no longer."""

    id: int
    episode_id: int
    episode_version: int
    cause: str
    form: DraftForm
    language: str
    purpose: Action
    why: str
    facts: tuple[dict[str, Any], ...]
    assistant: str
    model: str
    prompt: str
    prompt_version: str
    stood_in_for: str | None
    standing: DraftStanding
    at: datetime
    texts: tuple[DraftText, ...]
    decisions: tuple[DraftDecision, ...]

    @property
    def text(self) -> DraftText:
        """The newest words: those that were approved, where it is approved."""
        return self.texts[-1]

    @property
    def decision(self) -> DraftDecision | None:
        """The decision that stands."""
        return next((one for one in reversed(self.decisions) if one.action != "undo" and not one.undone), None)


def origin(cause: str) -> str:
    """What it was prepared for, however many times: "task-3" of "task-3~2"."""
    return cause.partition(AGAIN)[0].partition(ASKED)[0]


def was_asked_for(cause: str) -> bool:
    """Whether a person asked for it, in this form and language."""
    return ASKED in cause or origin(cause) == ASKED_FOR


def save(session: Session, new: NewDraft, *, now: datetime) -> int | None:
    """Store a draft with its first words, once for its cause and form; returns its id.

    None, and nothing is stored, where one for the same cause is pending, one in the same form was decided, or the episode is closed. What
    was withdrawn undecided does not count: its cause may come back.
    """
    episode = _held_episode(session, new.episode_id)  # of two jobs at once, the later sees the earlier's draft
    earlier = _for_same_cause(session, new.episode_id, new.cause)
    undecided = (DraftStanding.WITHDRAWN.value, DraftStanding.PENDING.value)
    pending = any(row.standing == DraftStanding.PENDING for row in earlier)
    decided = any(row.form == new.form and row.standing not in undecided for row in earlier)
    if episode.closed_at is not None or pending or decided:
        return None
    return _insert(session, new, f"{new.cause}{AGAIN}{len(earlier) + 1}" if earlier else new.cause, now)


def ask_for(session: Session, new: NewDraft, *, now: datetime, instead_of: int | None = None) -> int:
    """Store a draft that a person asked for; a pending one, `instead_of`, is withdrawn for it. Returns its id.

    Raises StaleDraft where that one was decided first, and IllegalDecision where the episode is closed.
    """
    cause = ASKED_FOR
    if instead_of is not None:  # the draft is held before the episode, as approving does
        old = _locked(session, instead_of)
        _move(session, old, DraftStanding.PENDING, DraftStanding.WITHDRAWN, why="another was asked for in its place")
        cause = origin(old.cause)
    if _held_episode(session, new.episode_id).closed_at is not None:
        raise IllegalDecision(CLOSED)
    return _insert(session, new, f"{cause}{ASKED}{len(_for_same_cause(session, new.episode_id, cause)) + 1}", now)


def load(session: Session, draft_id: int) -> StoredDraft:
    """A draft by id. Raises Unknown."""
    row = session.get(DraftRow, draft_id)
    if row is None:
        raise Unknown("There is no such draft.")
    return _drafts(session, [row])[0]


def of_episode(session: Session, episode_id: int) -> list[StoredDraft]:
    """The drafts of an episode, oldest first."""
    rows = session.scalars(select(DraftRow).where(DraftRow.episode_id == episode_id).order_by(DraftRow.id))
    return _drafts(session, list(rows))


def save_text(session: Session, draft_id: int, subject: str, body: str, *, seen: str, reviewer: Reviewer, now: datetime) -> DraftText:
    """A person's words as the newest version; the version there is, where they are the same.

    `seen` is the hash of the words they were written over. Raises StaleDraft where somebody changed or decided the draft meanwhile.
    """
    row = _locked(session, draft_id)
    if row.standing != DraftStanding.PENDING:
        raise StaleDraft(f"{_who_decided(session, row)} Its words stay as they are.")
    newest = _newest_as_seen(session, draft_id, seen)
    if (newest.subject, newest.body) == (subject, body):
        return newest
    values = {"draft_id": draft_id, "number": newest.number + 1, "subject": subject, "body": body, "user_id": reviewer.id, "at": now}
    session.execute(insert(DraftTextRow).values(hash=hash_of(subject, body), **values))
    return _texts(session, [draft_id])[draft_id][-1]


def approve(
    session: Session,
    draft_id: int,
    *,
    text_hash: str,
    reviewer: Reviewer,
    address: str,
    send_after: datetime,
    now: datetime,
    seconds: float | None = None,
    by_hand: bool = False,
) -> int:
    """Approve exactly the words with this hash and set them on their way to `address` after `send_after`; returns the delivery's id.

    Where a person carries them, as with every form but SMS and e-mail, or `by_hand`, the delivery waits for that person.

    Raises StaleDraft where the words are others by now or somebody decided first, and IllegalDecision where the episode is closed or the
    account is switched off.
    """
    row = _locked(session, draft_id)
    _move(session, row, DraftStanding.PENDING, DraftStanding.APPROVED)
    newest = _newest_as_seen(session, draft_id, text_hash)
    episode = session.get_one(EpisodeRow, row.episode_id, with_for_update={"read": True})
    if episode.closed_at is not None:
        raise IllegalDecision(CLOSED)
    if not session.get_one(UserRow, reviewer.id).active:
        raise IllegalDecision("This account is switched off.")
    approval = _decide(session, draft_id, newest, reviewer, "approve", now, seconds=seconds)
    form = DraftForm(row.form)
    return deliveries.enqueue(
        session,
        approval_id=approval,
        text_hash=newest.hash,
        channel=CHANNEL_OF[form],
        address=address,
        send_after=send_after,
        state=DeliveryState.BY_HAND if by_hand or form not in SENT_BY_US else DeliveryState.WAITING,
        now=now,
    )


def reject(
    session: Session,
    draft_id: int,
    *,
    reviewer: Reviewer,
    reason: DraftRejectReason,
    now: datetime,
    comment: str = "",
    seconds: float | None = None,
) -> None:
    """Reject a draft and say why. No other is prepared for its cause. Raises StaleDraft."""
    row = _locked(session, draft_id)
    _move(session, row, DraftStanding.PENDING, DraftStanding.REJECTED)
    newest = _texts(session, [draft_id])[draft_id][-1]
    _decide(session, draft_id, newest, reviewer, "reject", now, seconds=seconds, reason=reason, comment=comment)


def undo(session: Session, draft_id: int, *, reviewer: Reviewer, now: datetime) -> StoredDraft:
    """Take the decision that stands back: the draft is pending again. An approval only while its delivery has not left.

    Raises IllegalDecision where nothing can be taken back, and StaleDraft where somebody was first.
    """
    row = _locked(session, draft_id)
    draft = load(session, draft_id)
    last = draft.decision
    if last is None or draft.standing not in {DraftStanding.APPROVED, DraftStanding.REJECTED}:
        raise IllegalDecision("There is nothing to undo here: nobody has decided this draft.")
    _move(session, row, draft.standing, DraftStanding.PENDING)
    if last.action == "approve" and not _stays(session, last.id, reviewer, now):
        raise IllegalDecision("It has left already and cannot be taken back. Write to the patient again if something has to be mended.")
    _decide(session, draft_id, draft.text, reviewer, "undo", now, undoes=last.id)
    return load(session, draft_id)


def withdraw(session: Session, draft_id: int, why: str) -> bool:
    """Its cause is gone: a pending draft is no longer offered, for `why`. False where somebody decided it first."""
    pending = (DraftRow.id == draft_id, DraftRow.standing == DraftStanding.PENDING.value)
    taken = update(DraftRow).where(*pending).values(standing=DraftStanding.WITHDRAWN.value, why=why)
    return cast("CursorResult[object]", session.execute(taken)).rowcount == 1


def _held_episode(session: Session, episode_id: int) -> EpisodeRow:
    """The episode's row, held; it may be closed all the same. Raises Unknown."""
    episode = session.get(EpisodeRow, episode_id, with_for_update=True, populate_existing=True)
    if episode is None:
        raise Unknown("There is no such episode.")
    return episode


def _for_same_cause(session: Session, episode_id: int, cause: str) -> list[DraftRow]:
    rows = session.scalars(select(DraftRow).where(DraftRow.episode_id == episode_id))
    return [row for row in rows if origin(row.cause) == origin(cause)]


def _stays(session: Session, approval_id: int, reviewer: Reviewer, now: datetime) -> bool:
    """Whether what was approved did not leave and now will not: it still waited, or was held back or refused on its way out."""
    if deliveries.cancel(session, approval_id, why=f"undone by {reviewer.name}", now=now):
        return True
    return deliveries.of_approval(session, approval_id).state in {DeliveryState.CANCELLED, DeliveryState.FAILED}


def _insert(session: Session, new: NewDraft, cause: str, now: datetime) -> int:
    same = ("episode_id", "episode_version", "assistant", "model", "prompt", "prompt_version", "content_hash", "stood_in_for", "usage")
    values = {name: getattr(new, name) for name in same}
    values |= {"cause": cause, "form": new.form.value, "language": new.language, "purpose": new.purpose.value, "why": new.why}
    row = insert(DraftRow).values(facts=list(new.facts), standing=DraftStanding.PENDING.value, at=now, **values)
    draft_id = session.execute(row.returning(DraftRow.id)).scalar_one()
    words = {"subject": new.subject, "body": new.body, "hash": hash_of(new.subject, new.body)}
    session.execute(insert(DraftTextRow).values(draft_id=draft_id, number=1, user_id=None, at=now, **words))
    return draft_id


def _locked(session: Session, draft_id: int) -> DraftRow:
    """The draft's row as it is now; others who would change or decide it wait."""
    row = session.get(DraftRow, draft_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise Unknown("There is no such draft.")
    return row


def _move(session: Session, row: DraftRow, before: DraftStanding, after: DraftStanding, *, why: str | None = None) -> None:
    """Change where a draft stands, only if it still stands where it was read: the first of two people wins."""
    values = {"standing": after.value} | ({"why": why} if why is not None else {})
    unmoved = update(DraftRow).where(DraftRow.id == row.id, DraftRow.standing == before.value).values(**values)
    if cast("CursorResult[object]", session.execute(unmoved)).rowcount != 1:
        raise StaleDraft(f"{_who_decided(session, row)} Nothing of yours was lost or applied.")


def _newest_as_seen(session: Session, draft_id: int, seen: str) -> DraftText:
    """The newest words, if they are those that were on the page. Raises StaleDraft, saying who changed them."""
    newest = _texts(session, [draft_id])[draft_id][-1]
    if newest.hash != seen:
        who = newest.by or "The assistant"
        raise StaleDraft(f"{who} changed these words since the page was shown. Look at them as they are now, then decide.")
    return newest


def _who_decided(session: Session, row: DraftRow) -> str:
    """What became of a draft, in a sentence."""
    if row.standing == DraftStanding.WITHDRAWN:
        return f"This draft was withdrawn: {row.why}."
    decision = load(session, row.id).decision
    if decision is None:
        return "Somebody took the decision on this draft back first."
    return f"{decision.by} {'approved' if decision.action == 'approve' else 'rejected'} this draft first."


def _decide(
    session: Session,
    draft_id: int,
    text: DraftText,
    reviewer: Reviewer,
    action: str,
    now: datetime,
    *,
    seconds: float | None = None,
    reason: DraftRejectReason | None = None,
    comment: str = "",
    undoes: int | None = None,
) -> int:
    row = insert(DraftDecisionRow).values(
        draft_id=draft_id,
        action=action,
        user_id=reviewer.id,
        text_id=text.id,
        text_hash=text.hash,
        reject_reason=reason.value if reason else None,
        comment=comment,
        undoes=undoes,
        seconds=seconds,
        at=now,
    )
    return session.execute(row.returning(DraftDecisionRow.id)).scalar_one()


def _drafts(session: Session, rows: Sequence[DraftRow]) -> list[StoredDraft]:
    """These drafts with their words and decisions, three queries however many they are."""
    ids = [row.id for row in rows]
    texts, decisions = _texts(session, ids), _decisions(session, ids)
    return [
        StoredDraft(
            id=row.id,
            episode_id=row.episode_id,
            episode_version=row.episode_version,
            cause=row.cause,
            form=DraftForm(row.form),
            language=row.language,
            purpose=Action(row.purpose),
            why=row.why,
            facts=tuple(row.facts),
            assistant=row.assistant,
            model=row.model,
            prompt=row.prompt,
            prompt_version=row.prompt_version,
            stood_in_for=row.stood_in_for,
            standing=DraftStanding(row.standing),
            at=row.at,
            texts=tuple(texts[row.id]),
            decisions=tuple(decisions[row.id]),
        )
        for row in rows
    ]


def _texts(session: Session, ids: Collection[int]) -> defaultdict[int, list[DraftText]]:
    found = (
        select(DraftTextRow, UserRow.name)
        .outerjoin(UserRow, UserRow.id == DraftTextRow.user_id)
        .where(DraftTextRow.draft_id.in_(ids))
        .order_by(DraftTextRow.draft_id, DraftTextRow.number)
    )
    texts: defaultdict[int, list[DraftText]] = defaultdict(list)
    for row, name in session.execute(found):
        texts[row.draft_id].append(DraftText(row.id, row.number, row.subject, row.body, row.hash, name, row.at))
    return texts


def _decisions(session: Session, ids: Collection[int]) -> defaultdict[int, list[DraftDecision]]:
    found = (
        select(DraftDecisionRow, UserRow.name, UserRow.username)
        .join(UserRow, UserRow.id == DraftDecisionRow.user_id)
        .where(DraftDecisionRow.draft_id.in_(ids))
        .order_by(DraftDecisionRow.id)
    )
    rows = session.execute(found).all()
    undone = {row.undoes for row, _, _ in rows}
    decisions: defaultdict[int, list[DraftDecision]] = defaultdict(list)
    for row, name, username in rows:
        reason = DraftRejectReason(row.reject_reason) if row.reject_reason else None
        one = DraftDecision(row.id, row.action, name, username, row.text_hash, reason, row.comment, row.id in undone, row.at)
        decisions[row.draft_id].append(one)
    return decisions
