"""Small drafts: each names only what the case is about."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from store import drafts
from store.decisions import Reviewer
from store.drafts import NewDraft
from tests.builders import NOW
from triage.assistants.embedded.drafting import draft_outreach
from triage.reading import Identity
from triage.writing import Draft, DraftRequest
from workflow.clinic import Clinic
from workflow.vocabulary import Action, DraftForm

BODY = "Hello Rosa, this is Lakeside Clinic. Please call us at 555-0100 to plan your visit."
NAME = {
    "id": "f1",
    "topic": "patient",
    "said": "Her name is Rosa Alvarez.",
    "values": {"name": "Rosa Alvarez"},
    "sources": [],
    "episodes": [1],
}
ADDRESS = "+15550111"
CLINIC = Clinic("Lakeside Clinic", "555-0100")

A_DRAFT = NewDraft(
    episode_id=1,
    episode_version=1,
    cause="task-1",
    form=DraftForm.SMS,
    language="en",
    purpose=Action.CALL_PATIENT,
    why="The task “Call patient” is due",
    facts=[NAME],
    subject="",
    body=BODY,
    assistant="embedded",
    model="templates",
    prompt="draft_outreach",
    prompt_version="1",
    content_hash="abc",
    stood_in_for=None,
    usage={},
)


def a_draft(session: Session, episode_id: int = 1, **given: Any) -> int:
    """A stored draft's id."""
    draft_id = drafts.save(session, replace(A_DRAFT, episode_id=episode_id, **given), now=NOW)
    assert draft_id is not None
    return draft_id


def approve(session: Session, draft_id: int, reviewer: Reviewer, **given: Any) -> int:
    """Approve the newest words, as a page does that shows them; returns the delivery's id."""
    shown = {
        "text_hash": drafts.load(session, draft_id).text.hash,
        "address": ADDRESS,
        "send_after": NOW + timedelta(minutes=2),
        "now": NOW,
    }
    return drafts.approve(session, draft_id, reviewer=reviewer, **(shown | given))


class Writer:
    """The embedded assistant's own templates, without the network that reads notes. `error` is raised instead, where one is set."""

    def __init__(self) -> None:
        self.asked: list[DraftRequest] = []
        self.error: Exception | None = None

    def draft_outreach(self, request: DraftRequest) -> Draft:
        self.asked.append(request)
        if self.error is not None:
            raise self.error
        return draft_outreach(request, Identity("embedded", "templates", "draft_outreach", "1", "abc"))
