"""What people decide about suggestions, and what it does to the episode: one transaction for both.

An approval is bound to what was shown. The suggestion must still be pending, and for anything that moves the episode the episode must
still stand at the version that was on the page; otherwise nothing is written and the caller is told what happened meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import CursorResult, func, insert, or_, select, update
from sqlalchemy.orm import Session

from store import episodes, notes, people, recalls, suggestions
from store.errors import IllegalDecision, StaleEpisode, StaleSuggestion
from store.lanes import Lanes
from store.suggestions import Suggestion
from store.tables import DecisionRow, NoteRow, ReviewRow, SuggestionRow, UserRow
from workflow.episode import Episode
from workflow.events import Event, person
from workflow.moves import apply_suggestion
from workflow.refusals import CannotUndo
from workflow.suggestions import Payload
from workflow.undoing import undo
from workflow.vocabulary import RejectReason, Standing, SuggestionKind

NOT_IN_BULK = frozenset({SuggestionKind.ESCALATION, SuggestionKind.OUTREACH_ATTEMPT})
"""Kinds that "accept all" leaves for a decision of their own."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """The signed-in person who decides."""

    id: int
    username: str
    name: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did."""

    decision_id: int
    suggestion: Suggestion
    before: Episode
    after: Episode
    events: tuple[Event, ...]


def accept(
    session: Session,
    lanes: Lanes,
    suggestion_id: int,
    *,
    reviewer: Reviewer,
    episode_version: int,
    now: datetime,
    payload: Payload | None = None,
    seconds: float | None = None,
    reading_id: int | None = None,
) -> Decided:
    """Accept a suggestion, as it is or, with `payload`, as edited, and make the move it stands for.

    `reading_id` is the reading that the page showed it from: a newer reading may have given it another owner or date since.

    Raises StaleSuggestion, StaleEpisode, IllegalDecision, or a workflow Refusal; nothing is written then.
    """
    suggestion = suggestions.load(session, suggestion_id)
    if reading_id is not None and suggestion.reading_id != reading_id:
        raise StaleSuggestion("This note was read again since the page was shown. Look at what it suggests now, then decide.")
    edited = payload is not None and payload != suggestion.payload
    final = payload if payload is not None else suggestion.payload
    if final.kind is not suggestion.kind:
        raise IllegalDecision("An edit keeps the kind of suggestion. Reject it and add what was missed instead.")
    _take(session, suggestion, Standing.EDITED if edited else Standing.ACCEPTED, final)
    before = episodes.load(session, suggestion.episode_id)
    if before.version != episode_version:
        raise StaleEpisode("The episode moved since this page was shown. Look at what changed, then decide again.")
    note = notes.load(session, suggestion.note_id)
    lane = lanes[before.lane]
    events = apply_suggestion(
        before, lane, final, now=now, actor=person(reviewer.username), evidence=suggestion.evidence, happened_at=note.written_at
    )
    decision_id = _append(
        session, suggestion, reviewer, "edit" if edited else "accept", now=now, payload=final, seqs=[e.seq for e in events], seconds=seconds
    )
    after = episodes.record(session, suggestion.episode_id, events, expected_version=episode_version, decision_id=decision_id)
    _settle_review(session, suggestion.note_id, reviewer, now)
    return Decided(decision_id, suggestions.load(session, suggestion_id), before, after, tuple(events))


def reject(
    session: Session,
    suggestion_id: int,
    *,
    reviewer: Reviewer,
    reason: RejectReason,
    now: datetime,
    comment: str = "",
    seconds: float | None = None,
) -> Decided:
    """Reject a suggestion and say why. The episode stays as it is. Raises StaleSuggestion."""
    suggestion = suggestions.load(session, suggestion_id)
    _take(session, suggestion, Standing.REJECTED, None)
    decision_id = _append(session, suggestion, reviewer, "reject", now=now, reason=reason, comment=comment, seconds=seconds)
    _settle_review(session, suggestion.note_id, reviewer, now)
    episode = episodes.load(session, suggestion.episode_id)
    return Decided(decision_id, suggestions.load(session, suggestion_id), episode, episode, ())


def accept_all(
    session: Session,
    lanes: Lanes,
    note_id: int,
    *,
    reviewer: Reviewer,
    episode_version: int,
    shown: Mapping[int, int | None],
    now: datetime,
) -> list[Decided]:
    """Accept what is pending on a note, but never escalations or outreach attempts: those want a decision each.

    `shown` are the suggestions that were on the page, each with its reading: one that came since is left for the next look.
    """
    decided = []
    for suggestion in suggestions.of_note(session, note_id):
        if suggestion.standing is Standing.PENDING and suggestion.kind not in NOT_IN_BULK and suggestion.id in shown:
            reading = shown[suggestion.id]
            one = accept(session, lanes, suggestion.id, reviewer=reviewer, episode_version=episode_version, now=now, reading_id=reading)
            episode_version = one.after.version
            decided.append(one)
    return decided


def add_missed(
    session: Session,
    lanes: Lanes,
    note_id: int,
    payload: Payload,
    start: int,
    end: int,
    *,
    reviewer: Reviewer,
    episode_version: int,
    now: datetime,
) -> Decided:
    """What the assistant missed, added by a reviewer and accepted at once. Kept as a suggestion whose origin is the reviewer."""
    suggestion_id = suggestions.add_missed(session, note_id, payload, start, end, now=now)
    # Rejected before, and now somebody says so by hand: the later word counts.
    mine = (SuggestionRow.id == suggestion_id, SuggestionRow.standing.in_((Standing.SUPERSEDED.value, Standing.REJECTED.value)))
    session.execute(update(SuggestionRow).where(*mine).values(standing=Standing.PENDING.value))
    return accept(session, lanes, suggestion_id, reviewer=reviewer, episode_version=episode_version, now=now, payload=payload)


def undo_last(session: Session, lanes: Lanes, suggestion_id: int, *, reviewer: Reviewer, now: datetime) -> Decided:
    """Take the decision on a suggestion back: it is pending again and its events no longer count. Undo is a decision too.

    What a reviewer added goes away instead of becoming pending. Raises IllegalDecision, StaleSuggestion, or CannotUndo where later
    events build on this one.
    """
    suggestion = suggestions.load(session, suggestion_id)
    last = _last_decision(session, suggestion_id)
    if last is None or suggestion.standing not in {Standing.ACCEPTED, Standing.EDITED, Standing.REJECTED}:
        raise IllegalDecision("There is nothing to undo here: nobody has decided this suggestion.")
    if last.event_seqs and (twin := _leans_on(session, suggestion)):
        raise IllegalDecision(f"The same was accepted from another of its notes (“{twin}”) and stands on this one. Undo that first.")
    back = Standing.PENDING if suggestion.origin == "assistant" else Standing.SUPERSEDED
    _take(session, suggestion, back, None, standing=suggestion.standing)
    before = episodes.load(session, suggestion.episode_id)
    history = episodes.history(session, suggestion.episode_id)
    seqs = list(last.event_seqs)
    lane = lanes[before.lane]
    staff = people.here(session, lane.calendar.local_day(now))
    events = undo(history, seqs, lane, now=now, actor=person(reviewer.username), why="decision undone", people=staff)
    decision_id = _append(session, suggestion, reviewer, "undo", now=now, undoes=last.id, seqs=[event.seq for event in events])
    after = episodes.record(session, suggestion.episode_id, events, expected_version=before.version, decision_id=decision_id)
    _settle_review(session, suggestion.note_id, reviewer, now)
    return Decided(decision_id, suggestions.load(session, suggestion_id), before, after, tuple(events))


def why_not_undone(session: Session, lanes: Lanes, suggestion: Suggestion, *, now: datetime) -> str:
    """Why the decision on an accepted suggestion cannot be taken back now, in a sentence; empty where it can. Writes nothing."""
    last = _last_decision(session, suggestion.id)
    if last is None or not last.event_seqs:
        return ""
    if twin := _leans_on(session, suggestion):
        return f"The same was accepted from another of its notes (“{twin}”) and stands on this one. Undo that first."
    history = episodes.history(session, suggestion.episode_id)
    lane = lanes[episodes.load(session, suggestion.episode_id).lane]
    try:
        undo(history, list(last.event_seqs), lane, now=now, actor=person("nobody"))
    except CannotUndo as refusal:
        return str(refusal)
    return ""


def confirm(session: Session, suggestion_id: int, *, reviewer: Reviewer, now: datetime) -> Suggestion:
    """A reviewer looked again at what was recalled, and the decision stands. Raises IllegalDecision where nothing was recalled."""
    suggestion = suggestions.load(session, suggestion_id)
    session.get(NoteRow, suggestion.note_id, with_for_update=True)  # of two who confirm, one does
    recall = recalls.open_on(session, suggestion.note_id).get(suggestion_id)
    if recall is None:
        raise IllegalDecision("This is not up for review again: somebody has looked at it since.")
    recalls.record(session, suggestion_id, recall.decision_id, "confirm", user_id=reviewer.id, reason="", now=now)
    _settle_review(session, suggestion.note_id, reviewer, now)
    return suggestion


def _leans_on(session: Session, suggestion: Suggestion) -> str | None:
    """The evidence of an accepted suggestion that changed nothing because this one had said the same before; None where there is none."""
    accepted = (Standing.ACCEPTED.value, Standing.EDITED.value)
    others = select(SuggestionRow).where(
        SuggestionRow.episode_id == suggestion.episode_id,
        SuggestionRow.kind == suggestion.kind.value,
        SuggestionRow.id != suggestion.id,
        SuggestionRow.standing.in_(accepted),
    )
    for other in session.scalars(others):
        last = _last_decision(session, other.id)
        same = suggestion.final is not None and other.final_payload == suggestion.final.model_dump(mode="json")
        if same and last is not None and not last.event_seqs:
            return other.evidence
    return None


def finish_note(session: Session, note_id: int, *, reviewer: Reviewer, now: datetime) -> None:
    """A reviewer says that this note is done: nothing pending on it, nothing missed. Raises IllegalDecision while something is pending."""
    notes.load(session, note_id)
    if _pending_on(session, note_id):
        raise IllegalDecision("Decide every suggestion on this note first.")
    if session.get(ReviewRow, note_id) is None:
        session.add(ReviewRow(note_id=note_id, reviewer_id=reviewer.id, at=now))


def last_undoable(session: Session, note_id: int, reviewer: Reviewer) -> int | None:
    """The suggestion on this note that the reviewer decided last and that can still be undone."""
    undone = select(DecisionRow.undoes).where(DecisionRow.undoes.is_not(None))
    mine = (
        select(DecisionRow.suggestion_id)
        .join(SuggestionRow, SuggestionRow.id == DecisionRow.suggestion_id)
        .where(DecisionRow.reviewer_id == reviewer.id, DecisionRow.action != "undo", DecisionRow.id.not_in(undone))
        .where(SuggestionRow.note_id == note_id)
        .order_by(DecisionRow.id.desc())
        .limit(1)
    )
    return session.execute(mine).scalar_one_or_none()


def who_decided(session: Session, suggestion_id: int) -> str | None:
    """What became of a suggestion, in words: "Dana Whitfield accepted it"; None where nobody decided it."""
    last = _last_decision(session, suggestion_id)
    if last is None:
        return None
    name = session.execute(select(UserRow.name).where(UserRow.id == last.reviewer_id)).scalar_one()
    return f"{name} {_PAST[last.action]} it"


_PAST = {"accept": "accepted", "edit": "edited and accepted", "reject": "rejected"}


def _last_decision(session: Session, suggestion_id: int) -> DecisionRow | None:
    """The newest decision that is neither an undo nor undone."""
    undone = select(DecisionRow.undoes).where(DecisionRow.undoes.is_not(None))
    standing = select(DecisionRow).where(
        DecisionRow.suggestion_id == suggestion_id, DecisionRow.action != "undo", DecisionRow.id.not_in(undone)
    )
    return session.scalars(standing.order_by(DecisionRow.id.desc()).limit(1)).one_or_none()


def _take(session: Session, suggestion: Suggestion, after: Standing, final: Payload | None, standing: Standing = Standing.PENDING) -> None:
    """Move the suggestion's standing, only if it still is what was read: the first of two reviewers wins."""
    unmoved = update(SuggestionRow).where(SuggestionRow.id == suggestion.id, SuggestionRow.standing == standing.value)
    values = {"standing": after.value, "final_payload": final.model_dump(mode="json") if final else None}
    if cast("CursorResult[object]", session.execute(unmoved.values(**values))).rowcount != 1:
        who = who_decided(session, suggestion.id)
        raise StaleSuggestion(f"{who} first. Nothing of yours was lost or applied." if who else "This suggestion is no longer pending.")


def _append(
    session: Session,
    suggestion: Suggestion,
    reviewer: Reviewer,
    action: str,
    *,
    now: datetime,
    payload: Payload | None = None,
    reason: RejectReason | None = None,
    comment: str = "",
    undoes: int | None = None,
    seqs: Sequence[int] = (),
    seconds: float | None = None,
) -> int:
    row = insert(DecisionRow).values(
        suggestion_id=suggestion.id,
        reviewer_id=reviewer.id,
        action=action,
        payload=payload.model_dump(mode="json") if payload else None,
        reject_reason=reason.value if reason else None,
        comment=comment,
        undoes=undoes,
        event_seqs=list(seqs),
        seconds=seconds,
        at=now,
    )
    return session.execute(row.returning(DecisionRow.id)).scalar_one()


def _pending_on(session: Session, note_id: int) -> int:
    """How many suggestions of a note wait for a person: those pending, and those up for review again."""
    waits = or_(SuggestionRow.standing == Standing.PENDING.value, SuggestionRow.id.in_(recalls.open_suggestions()))
    return session.execute(select(func.count()).select_from(SuggestionRow).where(SuggestionRow.note_id == note_id, waits)).scalar_one()


def _settle_review(session: Session, note_id: int, reviewer: Reviewer, now: datetime) -> None:
    """A note is reviewed while nothing on it is pending or up for review again."""
    session.get(NoteRow, note_id, with_for_update=True)  # of two who decide the last two suggestions, the later one sees both
    row = session.get(ReviewRow, note_id)
    if _pending_on(session, note_id):
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(ReviewRow(note_id=note_id, reviewer_id=reviewer.id, at=now))
