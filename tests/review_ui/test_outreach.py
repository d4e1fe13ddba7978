"""Logging attempts from the Patient page and the Queue, contact limits where an attempt would be made, and closing."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from store import contact
from tests.builders import CALL, NOW, a_suggestion
from tests.review_ui.desk import Browser, Clock, Desk
from tests.review_ui.html import Form, Page
from workflow.vocabulary import Channel, LaneName, Limit, Outcome, Status


@pytest.fixture
def rosa(desk: Desk) -> Desk:
    """One patient with an open episode, number 1."""
    desk.note(items=[])
    return desk


def form(browser: Browser, path: str = "/episodes/1") -> Form:
    """The form that logs an attempt."""
    return browser.get(path).form("/episodes/1/moves/log")


def toast(page: Page) -> str:
    return page.one("div", id="toast").text


def undo_of(page: Page) -> Form:
    """The undo in the toast."""
    (found,) = page.one("div", id="toast").all("form")
    return Form(found)


def asks(browser: Browser, channel: str = "all", text: str = "leave me alone", episode: int = 1) -> Page:
    return browser.submit(browser.get(f"/episodes/{episode}").form(f"/episodes/{episode}/do-not-contact"), channel=channel, text=text)


# What happened next.


def test_the_toast_says_what_follows_and_takes_it_back(rosa: Desk, maria: Browser, clock: Clock):
    """The tries so far, the next touch, and the way back."""
    before = rosa.episode()
    clock.later(minutes=1)
    page = maria.submit(form(maria), "no_answer")
    assert toast(page).startswith("Call, no answer. 1 of 3 tries. Next touch Thu 12 Mar.")

    page = maria.submit(undo_of(page))
    assert toast(page) == "Undone."
    assert rosa.episode().attempts == ()
    assert rosa.episode().due == before.due


def test_the_last_try_says_to_whom_it_was_escalated(rosa: Desk, maria: Browser, clock: Clock):
    """The coordinator sees that it is out of their hands."""
    for _ in range(3):
        clock.later(minutes=5)
        page = maria.submit(form(maria), "left_voicemail")

    assert "3 of 3 tries: escalated to the nurse reviewer." in toast(page)


def test_contact_starts_the_count_anew(rosa: Desk, maria: Browser, clock: Clock):
    """Reached after a failed try."""
    maria.submit(form(maria), "no_answer")
    clock.later(minutes=5)

    assert "The count of tries starts anew." in toast(maria.submit(form(maria), "reached"))


@pytest.mark.parametrize("logged", ["1", "99", "x", "", "2.5"])
def test_an_address_that_names_no_attempt_of_mine_says_nothing(rosa: Desk, maria: Browser, logged: str):
    """A reload after the undo, a link that was passed on."""
    assert toast(maria.get("/episodes/1", logged=logged)) == ""
    assert toast(maria.get("/queue", logged=logged)) == ""
    assert toast(maria.get("/queue", logged=f"1.{logged}")) == ""


# When it was.


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"when": "now"}, NOW),
        ({"when": "yesterday"}, NOW - timedelta(days=1)),
        ({"when": "yesterday", "time": "16:30"}, NOW - timedelta(hours=17, minutes=30)),
        ({"when": "earlier", "happened": "2026-03-06"}, NOW - timedelta(days=4) + timedelta(hours=1)),  # before the clocks went forward
        ({"when": "earlier", "happened": "2026-03-09", "time": "09:15"}, NOW - timedelta(days=1, minutes=45)),
        ({"when": "earlier", "time": "09:15"}, NOW - timedelta(minutes=45)),
    ],
)
def test_an_attempt_stands_when_it_happened(rosa: Desk, maria: Browser, fields: dict[str, str], at):
    """“I called yesterday”, in the clinic's zone."""
    maria.submit(form(maria), "reached", **fields)

    assert rosa.episode().attempts[0].happened_at == at


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"when": "earlier"}, 422, "When: say on which day or at what time it was."),
        ({"time": "10:00+05:00"}, 422, "Time: write a time like 16:30."),
        ({"time": "25:00"}, 422, "Time: write a time like 16:30."),
        ({"when": "earlier", "happened": "2026-03-10", "time": "23:00"}, 409, "An outreach attempt cannot lie in the future."),
    ],
)
def test_a_refused_attempt_keeps_what_was_typed(rosa: Desk, maria: Browser, fields: dict[str, str], status: int, said: str):
    """Nobody writes a line twice."""
    page = maria.submit(form(maria), "no_answer", channel="sms", text="rang for long", **fields)

    assert (page.status, page.problem) == (status, said)
    again = dict(page.form("/episodes/1/moves/log").fields)
    assert (again["channel"], again["text"]) == ("sms", "rang for long")
    assert {name: again[name] for name in fields} == fields


def test_the_timeline_is_ordered_by_when_things_happened(rosa: Desk, maria: Browser, clock: Clock):
    """A late entry stands where it belongs and says when it was written."""
    maria.submit(form(maria), "no_answer")
    clock.later(minutes=5)
    page = maria.submit(form(maria), "left_voicemail", when="earlier", happened="2026-03-09", time="09:15")

    first, second = page.one("ol", class_="time").all("li", class_="attempt")
    assert "Call, no answer" in first.text
    assert "Mon 9 Mar 2026, 09:15 · written down Tue 10 Mar 2026, 10:05" in second.text
    assert "Written down for Mon 9 Mar 2026, 09:15." in toast(page)


@pytest.mark.parametrize(
    ("show", "headlines"),
    [("outreach", {"Call, no answer"}), ("notes", {"Call log"}), ("escalations", {"Escalated to nurse reviewer: safety concern"})],
)
def test_the_timeline_can_be_narrowed(rosa: Desk, maria: Browser, clock: Clock, show: str, headlines: set[str]):
    """By a link with its count; nonsense narrows nothing."""
    clock.later(minutes=1)
    maria.submit(form(maria), "no_answer")
    clock.later(minutes=1)
    maria.submit(maria.get("/episodes/1").form("/episodes/1/moves/escalate"), reason="safety_concern", text="fell")

    def shown(page: Page) -> set[str]:
        return {each.all("b")[0].text for each in page.one("ol", class_="time").all("li") if each.all("b")}

    page = maria.get("/episodes/1", show=show)
    assert shown(page) == headlines
    assert page.one("nav", class_="topics").one("a", aria_current="true").text.endswith(f" {len(headlines)}")
    assert shown(maria.get("/episodes/1", show="nonsense")) == shown(maria.get("/episodes/1"))


# From the Queue.


def test_a_row_of_the_queue_logs_an_attempt_and_comes_back(rosa: Desk, maria: Browser, clock: Clock):
    """The link in the row, then the outcome; the view stays, and undo is there."""
    clock.later(minutes=1)
    queue = maria.get("/queue", lane="referral", sort="age")
    (link,) = [a for a in queue.all("a", class_="link") if a.text == "Log…"]

    page = maria.submit(maria.get(link.attrs["href"]).form("/episodes/1/moves/log"), "no_answer", text="rang")
    assert page.response.url.path == "/queue"
    assert {name: page.response.url.params[name] for name in ("lane", "sort")} == {"lane": "referral", "sort": "age"}
    assert toast(page).startswith("Rosa Alvarez: Call, no answer. 1 of 3 tries.")

    page = maria.submit(undo_of(page))
    assert page.response.url.path == "/queue"
    assert rosa.episode().attempts == ()


def test_in_the_row_itself_stands_the_form_alone(rosa: Desk, maria: Browser):
    """What htmx puts in place of the link."""
    part = maria.get("/episodes/1/log", htmx=True, back="/queue?lane=referral")

    assert part.all("main") == []
    assert dict(part.form("/episodes/1/moves/log").fields)["back"] == "/queue?lane=referral"


@pytest.mark.parametrize(
    "back", ["//evil", "https://evil", "/queue//evil\r\nX: y", "/queued", "/episodes/1", "/queue?" + "x" * 3000, "/queue?é"]
)
def test_nobody_is_sent_elsewhere(rosa: Desk, maria: Browser, back: str):
    """An address in a form leads to the queue or nowhere."""
    assert "back" not in dict(form(maria, f"/episodes/1/log?back={quote(back)}").fields)
    fields = [*form(maria).sent("no_answer"), ("back", back)]

    answer = maria.post("/episodes/1/moves/log", fields, follow=False)
    assert answer.response.headers["location"].startswith("/episodes/1?logged=")


# What the patient asked, and the lane's limits.


def test_what_the_patient_asked_is_shown_wherever_an_attempt_would_be_made(desk: Desk, maria: Browser, clock: Clock):
    """Patient, in every episode; Queue; Review."""
    note = desk.note(items=[a_suggestion(CALL)])
    desk.note("n-2", lane=LaneName.CARE_GAP, items=[])
    page = asks(maria, "call", "works nights")
    assert toast(page) == "Recorded, for all of the patient’s episodes."

    for path in ("/episodes/1", "/episodes/2", "/episodes/2/log", f"/review/{note}"):
        assert "Asked not to be contacted by phone" in maria.get(path).text, path
    assert [chip.text for chip in maria.get("/queue").all("span", class_="chip") if chip.text == "no calls"] == ["no calls", "no calls"]
    assert ("maria", "do-not-contact", "patient 1") in [row[2:5] for row in desk.stored()["access_log"]]


def test_a_next_action_that_is_a_call_is_flagged_and_something_else_is_offered(rosa: Desk, maria: Browser):
    """A person decides: in writing, or closing."""
    maria.submit(form(maria), "no_answer")
    page = asks(maria, "call")
    assert "The next action is a call, and the patient asked for none." in page.text
    assert "a letter, a portal message or an e-mail, or closing" in page.text

    offer = next(each for each in page.forms if each.action.endswith("next-action") and "Write instead" in each.element.text)
    page = maria.submit(offer)
    assert rosa.episode().next_action.value == "send_instruction"
    assert "The next action is a call" not in page.text


def test_where_nothing_is_allowed_only_closing_is_left(rosa: Desk, maria: Browser):
    """ "Not at all" leaves no letter either."""
    maria.submit(form(maria), "no_answer")
    page = asks(maria)

    assert "The next action is a call, and the patient asked for none. You decide what comes instead." in page.text
    assert "Write instead" not in page.text


def test_it_is_lifted_with_a_reason(rosa: Desk, maria: Browser, clock: Clock):
    """And both stay on the timeline."""
    asks(maria)
    clock.later(minutes=1)
    lift = maria.get("/episodes/1").form("/episodes/1/may-contact")
    refused = maria.submit(lift, text=" ")
    assert (refused.status, refused.problem) == (409, "Say why the patient may be contacted again.")

    page = maria.submit(lift, text="called us")
    assert not [each for each in page.forms if each.action.endswith("/may-contact")]
    assert "May be contacted again" in page.one("ol", class_="time").text
    assert "“leave me alone”" in page.one("ol", class_="time").text


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"channel": "pigeon", "text": "x"}, 422, "Channel: choose one of the list."),
        ({"text": "x"}, 422, "Channel: choose one of the list."),
        ({"channel": "all", "text": ""}, 409, "Say what the patient asked, in their words where you can."),
        ({"channel": "all", "text": "x" * 501}, 422, "Text: at most 500 characters."),
    ],
)
def test_a_wish_that_says_nothing_is_refused(rosa: Desk, maria: Browser, fields: dict[str, str], status: int, said: str):
    """In words, and nothing is stored."""
    page = maria.post("/episodes/1/do-not-contact", **fields)

    assert (page.status, page.problem) == (status, said)
    assert rosa.stored()["do_not_contact"] == []


def test_an_attempt_beyond_the_limits_is_logged_and_marked(rosa: Desk, clock: Clock):
    """In the toast and on the timeline; nobody is refused."""
    with rosa.database.write() as session:
        contact.ask(session, 1, Channel.CALL, "no calls", user_id=1, now=NOW)
    clock.now = NOW + timedelta(hours=12)  # ten in the evening
    maria = rosa.browser("maria")
    page = maria.get("/episodes/1")
    assert "Quiet hours until 8:00 in the clinic’s zone (America/Chicago)." in page.text

    page = maria.submit(page.form("/episodes/1/moves/log"), "no_answer")
    assert page.status == 200
    assert rosa.episode().attempts[0].beyond == (Limit.DO_NOT_CONTACT, Limit.QUIET_HOURS)
    assert "Marked: made in quiet hours." in toast(page)
    assert "made in quiet hours" in [chip.text for chip in page.one("ol", class_="time").all("span", class_="chip")]


def test_the_tries_of_the_week_are_shown(rosa: Desk, maria: Browser):
    """Before they are used up, and when they are."""
    assert "4 tries this week" not in maria.get("/episodes/1").text
    assert "1 of 4 tries this week used." in maria.submit(form(maria), "no_answer").text
    assert "2 of 2 tries today used; next from Wed 11 Mar." in maria.submit(form(maria), "no_answer").text


# Closing.


def test_closing_tells_of_suggestions_that_wait_and_of_the_tries(desk: Desk, maria: Browser):
    """What a coordinator would find out too late."""
    desk.note(items=[a_suggestion(CALL)])
    page = maria.get("/episodes/1/close")

    assert "1 suggestion to decide stays in Review" in page.text
    assert "For “unable to reach”: no failed tries so far; the lane’s number, 3, is not reached." in page.text


def test_an_episode_that_moved_meanwhile_is_not_closed(rosa: Desk, maria: Browser, clock: Clock):
    """The list is shown as it stands now, and the tick has to be given anew."""
    old = maria.get("/episodes/1/close").form("/episodes/1/moves/close")
    maria.submit(maria.get("/episodes/1").form("/episodes/1/moves/set-blocker"), category="transport")

    page = maria.submit(old, reason="care_completed", text="done")
    assert page.status == 409
    assert "Somebody moved this episode" in page.problem
    assert "Blocker: transport" in page.text
    assert rosa.episode().status is not Status.CLOSED
    kept = dict(page.form("/episodes/1/moves/close").fields)
    assert (kept["reason"], kept["text"], "seen" in kept) == ("care_completed", "done", False)


def test_a_closed_episode_has_nothing_to_close_or_to_log(rosa: Desk, maria: Browser):
    """Old links lead to the patient, who can be reopened there."""
    maria.submit(maria.get("/episodes/1/close").form("/episodes/1/moves/close"), reason="care_completed")

    for path in ("/episodes/1/close", "/episodes/1/log"):
        assert maria.get(path).response.url.path == "/episodes/1"
    assert Outcome.REACHED not in [attempt.outcome for attempt in rosa.episode().attempts]
