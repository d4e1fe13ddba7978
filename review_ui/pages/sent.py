"""What was sent to a model's service about a note: for leads, and for the maintainer who answers for the service."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from review_ui import forms
from review_ui.errors import NotForThisRole
from review_ui.rendering import render
from review_ui.signing_in import SiteDep, UserDep
from store import access, notes, sent
from store.users import User
from workflow.vocabulary import UserRole

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a page shows it."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call as a page shows it."""

    at: datetime
    host: str
    model: str
    messages: list[Message]


def may_see(user: User) -> bool:
    """Whether this page is for them."""
    return user.role in {UserRole.LEAD, UserRole.MAINTAINER}


@router.get("/review/{note_id}/sent")
def show(request: Request, site: SiteDep, user: UserDep, note_id: Annotated[int, Path(ge=1, le=forms.MOST_ID)]) -> Response:
    """Every call about a note, oldest first. That it was looked at is recorded."""
    if not may_see(user):
        raise NotForThisRole("What was sent to the model’s service is shown to leads and maintainers.")
    with site.database.write() as session:
        note = notes.load(session, note_id)
        access.record_access(session, user.username, "read", sent.looked_at(note_id), now=site.clock())
        calls = [
            Call(call.at, call.host, call.model, [_message(json.loads(message)) for message in call.messages])
            for call in sent.of_note(session, note_id)
        ]
    return render(request, "sent.html", section="review", note_id=note.id, calls=calls)


def _message(message: dict[str, object]) -> Message:
    content = message.get("content")
    return Message(str(message.get("role", "")), content if isinstance(content, str) else json.dumps(message, ensure_ascii=False))
