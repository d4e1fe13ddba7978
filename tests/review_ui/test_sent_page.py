"""What was sent about a note: who may see it, what it shows, and that looking is recorded."""

import pytest
from sqlalchemy import select

from store import sent
from store.tables import AccessRow
from tests.builders import NOW
from tests.review_ui.desk import Browser, Desk
from workflow.vocabulary import UserRole


@pytest.fixture
def lead(desk: Desk) -> Browser:
    """Ruth, a lead, signed in."""
    desk.person("ruth", "Ruth Abara", UserRole.LEAD)
    return desk.browser("ruth")


def a_call(desk: Desk, note: int, text: str = "Call [NAME_1] <script>") -> None:
    messages = ['{"role": "system", "content": "rules"}', f'{{"role": "user", "content": "{text}"}}']
    with desk.database.write() as session:
        sent.record(session, note, "models.example", "big-model", messages, now=NOW)


def test_a_lead_sees_every_message_as_it_went(desk: Desk, lead: Browser):
    """Host, model and words; what looks like markup is text."""
    note = desk.note()
    a_call(desk, note)

    link = lead.get(f"/review/{note}").one("a", href=f"/review/{note}/sent")
    page = lead.get(f"/review/{note}/sent")

    assert link.text == "What was sent"
    assert page.status == 200
    assert "models.example" in page.one("section").text
    assert "big-model" in page.one("section").text
    assert "Call [NAME_1] <script>" in page.one("section").text


def test_a_note_about_which_nothing_was_sent_says_so(desk: Desk, lead: Browser):
    """An empty page would look like a fault."""
    assert "Nothing was sent about this note" in lead.get(f"/review/{desk.note()}/sent").one("main").text


def test_a_look_is_recorded_and_a_refused_one_shows_nothing(desk: Desk, lead: Browser, maria: Browser):
    """By ids alone."""
    note = desk.note()
    a_call(desk, note)

    refused = maria.get(f"/review/{note}/sent")
    lead.get(f"/review/{note}/sent")

    assert refused.status == 403
    assert "models.example" not in refused.one("main").text
    assert maria.get(f"/review/{note}").all("a", href=f"/review/{note}/sent") == []
    with desk.database.read() as session:
        looks = session.scalars(select(AccessRow).where(AccessRow.subject == f"what was sent of note {note}")).all()
    assert [(look.username, look.action) for look in looks] == [("ruth", "read")]
