"""What was recalled comes back into the queue with its former decision, and a person says what becomes of it."""

import pytest

from store import recalls, users
from tests.builders import CALL, a_suggestion
from tests.review_ui.desk import Browser, Desk
from tests.review_ui.html import Page


@pytest.fixture
def note(desk: Desk, maria: Browser) -> int:
    """A note whose task Maria accepted, and that the lead put up for review again."""
    note = desk.note(items=[a_suggestion(CALL)])
    desk.decide(maria, desk.one(note, "task"), "accept")
    desk.clock.later(minutes=5)
    with desk.database.write() as session:
        maria_id = users.by_username(session, "maria").id
        found = recalls.made_by(session, recalls.ReaderName("read_note", "1"))
        recalls.reopen(session, found, user_id=maria_id, reason="takes <b>promises</b> for tasks", now=desk.clock())
    return note


def card(page: Page) -> str:
    return page.one("article", class_="again").text


def test_it_waits_in_the_queue_with_its_former_decision_and_the_reason(desk: Desk, maria: Browser, note: int) -> None:
    """Whoever looks again sees what was decided, by whom, and why it is asked."""
    page = maria.get("/review")

    assert str(page.response.url).endswith(f"/review/{note}")
    assert "Maria Lopez accepted it; that stands until somebody takes it back." in card(page)
    assert "Maria Lopez asks for a second look, Tue 10 Mar 2026, 10:05: “takes <b>promises</b> for tasks”" in card(page)
    assert "1 suggestion" in page.one("a", class_="item").text
    assert not any(form.action.endswith("/finish") for form in page.forms)


@pytest.mark.parametrize("htmx", [False, True])
def test_confirming_leaves_it_accepted_and_finishes_the_note(desk: Desk, maria: Browser, note: int, htmx: bool) -> None:
    """The decision was right."""
    page = desk.decide(maria, desk.one(note, "task"), "confirm", htmx=htmx)

    assert page.all("article", class_="again") == []
    assert desk.standing(desk.one(note, "task").id) == "accepted"
    assert [row.action for row in desk.decisions()] == ["accept"]
    assert "Nothing waits" in maria.get("/review").text or maria.get("/review").all("article", class_="again") == []


def test_taking_it_back_makes_it_pending_as_undo_does(desk: Desk, maria: Browser, note: int) -> None:
    """The decision was wrong, and the plan is settled anew."""
    page = desk.decide(maria, desk.one(note, "task"), "undo")

    assert page.all("article", class_="again") == []
    assert desk.standing(desk.one(note, "task").id) == "pending"
    assert desk.episode(desk.episode_of(note)).tasks == ()


def test_what_cannot_be_taken_back_says_so_before_anybody_tries(desk: Desk, maria: Browser, note: int) -> None:
    """The task was done since."""
    episode = desk.episode_of(note)
    maria.submit(maria.get(f"/episodes/{episode}").form(f"/episodes/{episode}/moves/complete-task"))

    page = maria.get(f"/review/{note}")
    assert "It cannot be taken back as things stand: Something that came later builds on this. Undo that first." in card(page)
    assert desk.decide(maria, desk.one(note, "task"), "undo").problem
    assert "It cannot be taken back" in card(maria.get(f"/review/{note}"))


def test_the_second_of_two_who_confirm_is_told(desk: Desk, maria: Browser, note: int) -> None:
    """Nothing is confirmed twice."""
    form = desk.form(maria, desk.one(note, "task"), "confirm")
    desk.decide(desk.dana(), desk.one(note, "task"), "confirm")

    page = maria.submit(form)

    assert (page.status, "not up for review again" in page.problem) == (409, True)
