"""Agenda, meeting and minutes: who may, what is kept while people type, how a line becomes a task, and what stands afterwards."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from store import episodes
from store.tables import AccessRow, EventRow, MeetingNoteRow
from tests.builders import LANES, TODAY
from tests.review_ui.desk import Browser, Desk
from tests.review_ui.html import Form, Page
from workflow import moves
from workflow.events import person
from workflow.vocabulary import BlockerCategory, ClosureReason, EscalationReason, UserRole


def move(desk: Desk, made: Callable, episode_id: int = 1, **given) -> None:
    """A move by Maria from elsewhere."""
    with desk.database.write() as session:
        episode = episodes.load(session, episode_id)
        events = made(episode, LANES[episode.lane], now=desk.clock(), actor=person("maria"), **given)
        episodes.record(session, episode_id, events, expected_version=episode.version)


@pytest.fixture
def patient(desk: Desk) -> int:
    """Rosa, escalated and blocked three days ago."""
    desk.clock.later(days=-3)
    desk.note(items=[])
    move(desk, moves.set_blocker, category=BlockerCategory.TRANSPORT)
    move(desk, moves.escalate, reason=EscalationReason.SAFETY_CONCERN)
    desk.clock.later(days=3)
    desk.maria = desk.browser("maria")
    return 1


@pytest.fixture
def ruth(desk: Desk, patient: int) -> Browser:
    """A lead, signed in."""
    desk.person("ruth", "Ruth Abara", UserRole.LEAD)
    return desk.browser("ruth")


def begin(browser: Browser) -> Page:
    return browser.submit(browser.get("/agenda").form("/agenda/meetings"))


def line(page: Page) -> Form:
    """The form of the first patient's line."""
    return page.form("/agenda/meetings/1/episodes/1/note")


def make_task(browser: Browser, page: Page, *, htmx: bool = False, **values: str) -> Page:
    """Press "Add the task"."""
    form = line(page)
    sent = form.sent(**({"action": "call_patient", "owner_role": "care_coordinator"} | values))
    return browser.post("/agenda/meetings/1/episodes/1/task", sent, htmx=htmx)


def lines(desk: Desk) -> list[tuple[str, int | None]]:
    with desk.database.read() as session:
        return [(row.text, row.task) for row in session.scalars(select(MeetingNoteRow).order_by(MeetingNoteRow.id))]


def test_the_agenda_says_whom_and_why(ruth: Browser):
    """Each patient once, with the reason in words, the others beside it, and a way to all of them."""
    page = ruth.get("/agenda", lane="referral")

    assert "Escalated to nurse reviewer for 3 days: safety concern" in page.one("main").text
    assert len(page.all("a", href="/episodes/1")) == 1
    assert "None yet." in page.one("main").text
    assert "Nobody is escalated" in ruth.get("/agenda", lane="care_gap").text
    assert page.one("a", href="/agenda", data_go="a").text == "Agenda"


def test_a_long_section_leads_to_the_queue_view_that_lists_it(desk: Desk, ruth: Browser):
    """Twelve are listed; the rest are counted."""
    for number in range(2, 16):
        desk.note(f"n-{number}", items=[], patient=f"p-{number}")
        move(desk, moves.escalate, number, reason=EscalationReason.PATIENT_DISTRESS)

    link = ruth.get("/agenda").one("a", href="/queue?escalated=1")

    assert link.text == "and 3 more: see all in the Queue"
    assert len(ruth.get(link.attrs["href"]).all("a", class_="name")) == 15


def test_coordinators_read_and_do_not_write(desk: Desk, ruth: Browser, patient: int):
    """Before, during and after; a posted form is refused."""
    maria = desk.maria
    assert maria.get("/agenda").all("form", action="/agenda/meetings") == []
    ruth.submit(line(begin(ruth)), text="ride is booked")
    before = desk.stored(but=("sessions", "access_log"))

    page = maria.get("/agenda/meetings/1")

    assert "ride is booked" in page.text
    assert page.all("textarea") == []
    for path in ("/agenda/meetings", "/agenda/meetings/1/end", "/agenda/meetings/1/episodes/1/note", "/agenda/meetings/1/episodes/1/task"):
        refused = maria.post(path, version="3", text="x", action="call_patient", owner_role="scheduler")
        assert (refused.status, "Meetings are held by leads." in refused.text) == (403, True)
    assert desk.stored(but=("sessions", "access_log")) == before


@pytest.mark.parametrize("htmx", [True, False])
def test_a_line_is_kept_and_there_after_a_reload(desk: Desk, ruth: Browser, htmx: bool):
    """As typed with htmx, by the button without it; every version stays in the record, the same one is kept once."""
    page = begin(ruth)
    for text in ("ask", "ask the daughter", "ask the daughter"):
        answer = ruth.submit(line(page), htmx=htmx, text=text)

    assert answer.one(class_="saved", id="saved-1").text == ("Kept" if htmx else "")
    assert line(ruth.get("/agenda/meetings/1")).sent()[-1] != ""
    assert dict(line(ruth.get("/agenda/meetings/1")).fields)["text"] == "ask the daughter"
    assert lines(desk) == [("ask", None), ("ask the daughter", None)]


@pytest.mark.parametrize("htmx", [True, False])
def test_a_line_becomes_a_task_in_one_step(desk: Desk, ruth: Browser, htmx: bool):
    """The person's own move; the line is the task's detail and the field is empty again."""
    page = make_task(ruth, begin(ruth), htmx=htmx, text="ask for a ride", due="2026-03-13", owner_role="scheduler")

    task = desk.episode().tasks[0]
    assert (task.action.value, task.owner_role.value, task.due.isoformat(), task.detail) == (
        "call_patient",
        "scheduler",
        "2026-03-13",
        "ask for a ride",
    )
    assert "Call patient, scheduler, Fri 13 Mar: “ask for a ride” Ruth Abara" in page.one(id="said-1").text
    assert dict(line(page).fields)["text"] == ""
    with desk.database.read() as session:
        added = session.scalars(select(EventRow).where(EventRow.kind == "task_added")).one()
        assert (added.actor_kind, added.actor) == ("person", "ruth")


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("values", "status", "said"),
    [
        ({"due": "soon"}, 422, "Due: write a day like 2026-03-10."),
        ({"version": "1"}, 409, "Somebody moved this episode in the meantime."),
        ({"action": "fly"}, 422, "Action: choose one of the list."),
    ],
)
def test_a_refused_task_keeps_what_was_typed(desk: Desk, ruth: Browser, htmx: bool, values: dict[str, str], status: int, said: str):
    """Nothing is recorded, neither task nor line, and the field holds the words."""
    page = begin(ruth)
    before = desk.stored(but=("sessions", "access_log"))

    refused = make_task(ruth, page, htmx=htmx, text="ask for a ride", **values)

    assert refused.status == (200 if htmx else status)  # htmx puts the card back in its place
    assert refused.problem.startswith(said)
    assert dict(line(refused).fields)["text"] == "ask for a ride"
    assert desk.stored(but=("sessions", "access_log")) == before


def test_the_same_task_twice_is_told_and_not_added(desk: Desk, ruth: Browser):
    """Two people say the same thing."""
    page = make_task(ruth, begin(ruth), text="ride", due="2026-03-13")
    again = make_task(ruth, page, text="a ride", due="2026-03-13")

    assert "is open already" in again.problem
    assert len(desk.episode().tasks) == 1


def test_two_people_see_each_others_lines(desk: Desk, ruth: Browser):
    """The page asks for them by itself, without keeping the session in use; one's own line stays in its field."""
    desk.person("sam", "Sam Okafor", UserRole.LEAD)
    sam = desk.browser("sam")
    ruth.submit(line(begin(ruth)), text="ask the daughter")
    assert "Join it" in sam.get("/agenda").text
    sam.submit(line(sam.get("/agenda/meetings/1")), text="son is home on Friday")
    desk.clock.later(minutes=5)
    with_sessions = desk.stored(but=("access_log",))

    shown = ruth.get("/agenda/meetings/1/lines", htmx=True).one(id="said-1").text

    assert shown == "son is home on Friday Sam Okafor"
    assert desk.stored(but=("access_log",)) == with_sessions
    desk.clock.later(minutes=11)
    assert ruth.get("/agenda/meetings/1/lines", htmx=True).status == 401


def test_a_meeting_that_ended_is_told_and_stays_as_it_is(desk: Desk, ruth: Browser):
    """The one who still types is told; the minutes have everything."""
    page = begin(ruth)
    desk.clock.later(minutes=1)
    page = make_task(ruth, page, text="ask for a ride", due="2026-03-13")
    ruth.submit(line(page), text="look again next week")
    move(desk, moves.set_due, due=TODAY)
    minutes = ruth.submit(page.form("/agenda/meetings/1/end"))

    late = ruth.submit(line(page), htmx=True, text="one more")

    assert late.status == 409
    assert "The meeting has ended" in late.text
    assert "Ruth Abara ended the meeting." in ruth.get("/agenda/meetings/1/lines", htmx=True).text
    told = minutes.one("main").text
    for words in (
        "ended by Ruth Abara",
        "Call patient“ask for a ride”",
        "look again next week Ruth Abara",
        "Next touch set to Tue 10 Mar",
    ):
        assert words in told
    assert "textarea" not in minutes.html
    assert ruth.get("/agenda/meetings/1").one("h1").text == "All lanes: minutes"
    assert ruth.get("/agenda").one("a", href="/agenda/meetings/1/minutes").text.startswith("Minutes of Tue 10 Mar 2026")


@pytest.mark.parametrize("press", ["note", "task"])
def test_a_line_that_comes_too_late_is_not_lost(ruth: Browser, press: str):
    """Without JavaScript the answer is the minutes, with the words to copy."""
    page = begin(ruth)
    ruth.submit(page.form("/agenda/meetings/1/end"))

    sent = line(page).sent(text="one more", action="call_patient", owner_role="care_coordinator")
    late = ruth.post(f"/agenda/meetings/1/episodes/1/{press}", sent)

    assert late.status == 409
    assert "The meeting has ended" in late.problem
    assert "Rosa Alvarez: one more not kept; copy it" in late.text


def test_a_line_that_is_too_long_is_not_lost(ruth: Browser):
    """Without JavaScript the field holds all of it."""
    page = begin(ruth)

    refused = ruth.submit(line(page), text="x" * 1001)

    assert refused.status == 422
    assert "at most 1000 characters" in refused.problem
    assert dict(line(refused).fields)["text"] == "x" * 1001


def test_the_next_meeting_begins_with_what_became_of_the_last(desk: Desk, ruth: Browser):
    """Tasks done and still open, and what moved for each patient."""
    page = make_task(ruth, begin(ruth), text="ride", due="2026-03-11")
    ruth.submit(page.form("/agenda/meetings/1/end"))
    desk.clock.later(days=7)
    ruth = desk.browser("ruth")
    move(desk, moves.clear_blocker, category=BlockerCategory.TRANSPORT)

    agenda = ruth.get("/agenda").one("main").text
    card = begin(ruth).one(id="item-1").text

    assert "1 blocker cleared" in agenda
    assert "1 task was made there; 0 done, still open: Rosa Alvarez: call patient, care coordinator, Wed 11 Mar" in agenda
    assert "Since the last meeting: No longer blocked: transport" in card
    move(desk, moves.complete_task, task=1)
    assert "1 done, none is open." in ruth.get("/agenda").one("main").text


def test_a_patient_who_was_closed_meanwhile_stays_in_the_meeting(desk: Desk, ruth: Browser):
    """The agenda does not jump while people talk; a line or task about a closed episode makes no sense."""
    begin(ruth)
    move(desk, moves.close, reason=ClosureReason.NO_LONGER_NEEDED)

    card = ruth.get("/agenda/meetings/1").one(id="item-1")

    assert "Closed since the agenda was made: no longer needed." in card.text
    assert card.all("textarea") == []


@pytest.mark.parametrize("path", ["/agenda/meetings/9", "/agenda/meetings/9/minutes", "/agenda/meetings/9/lines", "/agenda/meetings/0"])
def test_a_meeting_that_does_not_exist_is_not_found(ruth: Browser, path: str):
    """In the words of every other page."""
    assert ruth.get(path).status == 404


def test_a_patient_who_is_not_on_the_agenda_is_not_found(desk: Desk, ruth: Browser):
    """Nothing is added to their record from here."""
    page = begin(ruth)
    desk.note("n-2", items=[], patient="p-2")
    before = desk.stored(but=("sessions", "access_log"))
    fields = {**dict(line(page).fields), "version": "1", "text": "x"}

    assert ruth.post("/agenda/meetings/1/episodes/2/note", **fields).status == 404
    assert ruth.post("/agenda/meetings/1/episodes/2/task", **fields).status == 404
    assert ruth.post("/agenda/meetings/1/episodes/2/task", htmx=True, **{**fields, "due": "soon"}).status == 404
    assert desk.stored(but=("sessions", "access_log")) == before


def test_looking_is_recorded(desk: Desk, ruth: Browser):
    """By ids alone."""
    begin(ruth)
    ruth.get("/agenda/meetings/1/minutes")

    with desk.database.read() as session:
        looks = {(row.username, row.action, row.subject) for row in session.scalars(select(AccessRow))}
    assert {("ruth", "read", "agenda"), ("ruth", "open", "meeting 1"), ("ruth", "read", "meeting 1")} <= looks
