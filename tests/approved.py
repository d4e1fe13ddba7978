"""Builders for drafts that people approved, and for what is on its way."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from store import deliveries
from store.deliveries import DeliveryState, hash_of
from store.tables import DraftDecisionRow, DraftRow, DraftTextRow
from tests.builders import NOW
from workflow.vocabulary import CHANNEL_OF, DraftForm

BODY = "Hello Rosa, this is Northside Clinic. Please call us back at 312-555-0199."


def a_draft(session: Session, episode_id: int, *, form: DraftForm = DraftForm.EMAIL, cause: str = "touch-1", **given: Any) -> int:
    """A pending draft's id, with the assistant's words."""
    values: dict[str, Any] = {
        "episode_id": episode_id,
        "cause": cause,
        "episode_version": 1,
        "form": form.value,
        "language": "en",
        "purpose": "call_patient",
        "facts": [],
        "assistant": "embedded",
        "model": "templates",
        "prompt": "draft_outreach",
        "prompt_version": "1",
        "content_hash": "abc",
        "stood_in_for": None,
        "usage": {},
        "standing": "pending",
        "why": "",
        "at": NOW,
    }
    draft_id: int = session.execute(insert(DraftRow).values(values).returning(DraftRow.id)).scalar_one()
    a_text(session, draft_id, subject="A message from your clinic" if form is DraftForm.EMAIL else "", **given)
    return draft_id


def a_text(session: Session, draft_id: int, *, subject: str = "", body: str = BODY, user_id: int | None = None) -> int:
    """A next version of a draft's words."""
    number = session.execute(select(func.count()).where(DraftTextRow.draft_id == draft_id)).scalar_one() + 1
    values = {"draft_id": draft_id, "number": number, "subject": subject, "body": body, "hash": hash_of(subject, body)}
    return session.execute(insert(DraftTextRow).values(user_id=user_id, at=NOW, **values).returning(DraftTextRow.id)).scalar_one()


def a_decision(session: Session, draft_id: int, user_id: int, action: str = "approve", *, at: datetime = NOW, **given: Any) -> int:
    """A person decides about the newest words of a draft; returns the decision's id."""
    newest = select(DraftTextRow).where(DraftTextRow.draft_id == draft_id).order_by(DraftTextRow.number.desc()).limit(1)
    text = session.scalars(newest).one()
    values = {"draft_id": draft_id, "action": action, "user_id": user_id, "text_id": text.id, "text_hash": text.hash, "comment": ""}
    reason = "other" if action == "reject" else None
    row = insert(DraftDecisionRow).values(values | {"reject_reason": reason, "undoes": None, "seconds": None, "at": at} | given)
    decision_id: int = session.execute(row.returning(DraftDecisionRow.id)).scalar_one()
    standing = {"approve": "approved", "reject": "rejected", "undo": "pending"}[action]
    draft = session.get(DraftRow, draft_id)
    assert draft is not None
    draft.standing = standing
    session.flush()
    return decision_id


def an_approved(
    session: Session,
    episode_id: int,
    user_id: int,
    *,
    address: str = "rosa@example.org",
    form: DraftForm = DraftForm.EMAIL,
    at: datetime = NOW,
    window: timedelta = timedelta(seconds=120),
    state: DeliveryState = DeliveryState.WAITING,
    cause: str = "touch-1",
    **given: Any,
) -> int:
    """A draft that a person approved; returns the id of its delivery."""
    draft_id = a_draft(session, episode_id, form=form, cause=cause, **given)
    approval_id = a_decision(session, draft_id, user_id, at=at)
    text_hash = session.execute(select(DraftDecisionRow.text_hash).where(DraftDecisionRow.id == approval_id)).scalar_one()
    return deliveries.enqueue(
        session,
        approval_id=approval_id,
        text_hash=text_hash,
        channel=CHANNEL_OF[form],
        address=address,
        send_after=at + window,
        state=state,
        now=at,
    )
