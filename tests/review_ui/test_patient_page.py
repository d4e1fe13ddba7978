"""The Patient page: every move from its own form, refusals in words, undo, and what the timeline says."""

from typing import Any

import pytest

from store import access, check, episodes, users
from tests.builders import NO_ANSWER, NO_RIDE, PA_PENDING, a_suggestion
from tests.review_ui.desk import Browser, Clock, Desk
from tests.review_ui.html import Form, Page
from tests.review_ui.test_review_page import close_episode
from workflow.vocabulary import Action, BlockerCategory, ClosureReason, EscalationReason, LaneName, OwnerRole, Status


@pytest.fixture
def rosa(desk: Desk) -> Desk:
    """One patient with an open episode, number 1, and a note with nothing in it."""
    desk.note(items=[])
    return desk


def form(browser: Browser, move: str, episode: int = 1) -> Form:
    """The form of a move, on the page or, for closing, on its own."""
    return browser.get(f"/episodes/{episode}{'/close' if move == 'close' else ''}").form(f"/episodes/{episode}/moves/{move}")


def five(page: Page) -> dict[str, str]:
    """What stands at the top of the page."""
    return {part.one("dt").text: part.one("dd").text for part in page.one("dl", class_="five").all("div")}


def timeline(page: Page) -> list[str]:
    """The headlines, newest first."""
    return [step.all("b")[0].text for step in page.one("ol", class_="time").all("li", class_="*") if step.all("b")]


def with_task(rosa: Desk, maria: Browser) -> None:
    maria.submit(form(maria, "add-task"), action="call_patient", due="2026-03-12")


def with_blocker(rosa: Desk, maria: Browser) -> None:
    maria.submit(form(maria, "set-blocker"), category="transport")


MOVES: list[tuple[str, dict[str, str], str | None, Any]] = [
    ("log", {"channel": "call", "text": "rang"}, "no_answer", lambda e: (e.attempts[0].text, e.failed_attempts) == ("rang", 1)),
    ("log", {"channel": "sms"}, "message_sent", lambda e: e.status is Status.WAITING_ON_PATIENT),
    ("log", {"happened": "2026-03-06"}, "reached", lambda e: e.last_contact_at.date().isoformat() == "2026-03-06"),
    ("add-task", {"action": "request_document", "owner_role": "scheduler", "due": "2026-03-20", "text": "fax"}, None,
     lambda e: (e.tasks[0].action, e.tasks[0].owner_role, e.tasks[0].detail) == (Action.REQUEST_DOCUMENT, OwnerRole.SCHEDULER, "fax")),
    ("next-action", {"action": "arrange_support"}, None, lambda e: e.next_action is Action.ARRANGE_SUPPORT and e.pinned),
    ("set-due", {"due": "2026-03-30"}, None, lambda e: e.due.isoformat() == "2026-03-30"),
    ("set-status", {"status": "scheduled", "text": "booked"}, None, lambda e: e.status is Status.SCHEDULED),
    ("set-blocker", {"category": "language", "text": "no interpreter"}, None, lambda e: e.blocked_by == (BlockerCategory.LANGUAGE,)),
    ("hand-over", {"owner_role": "scheduler", "owner": "maria", "text": "mine"}, None,
     lambda e: (e.owner_role, e.owner) == (OwnerRole.SCHEDULER, "maria")),
    ("claim", {}, None, lambda e: e.owner == "maria"),
    ("escalate", {"reason": "safety_concern", "text": "fell at home"}, None,
     lambda e: e.escalation.reason is EscalationReason.SAFETY_CONCERN),
    ("close", {"reason": "care_completed", "text": "all done"}, None, lambda e: e.closure.reason is ClosureReason.CARE_COMPLETED),
]  # fmt: skip


@pytest.mark.parametrize(("move", "fields", "press", "holds"), MOVES, ids=[f"{move[0]}-{number}" for number, move in enumerate(MOVES)])
def test_every_move_works_from_its_form(rosa: Desk, maria: Browser, move: str, fields: dict[str, str], press: str | None, holds: Any):
    """Filled in as it stands on the page and sent: the episode moved, by this person, and the record holds."""
    before = rosa.episode()

    page = maria.submit(form(maria, move), press, **fields)

    after = rosa.episode()
    assert page.status == 200
    assert page.response.url.path == "/episodes/1"
    assert page.problem == ("" if move != "escalate" else page.problem)
    assert holds(after)
    assert after.version > before.version
    with rosa.database.read() as session:
        assert list(check.problems(session)) == []
    assert ("maria", move, "episode 1") in [row[2:5] for row in rosa.stored()["access_log"]]


def test_a_task_is_done_and_another_cancelled_with_a_reason(rosa: Desk, maria: Browser):
    """Each open task has its own two forms."""
    with_task(rosa, maria)
    maria.submit(form(maria, "add-task"), action="other", due="2026-03-13")

    maria.submit(form(maria, "complete-task"))
    assert len(rosa.episode().tasks) == 1
    refused = maria.submit(form(maria, "cancel-task"), text="  ")
    assert (refused.status, refused.problem) == (409, "Say why the task is cancelled.")
    maria.submit(form(maria, "cancel-task"), text="not needed")
    assert rosa.episode().tasks == ()


def test_a_blocker_is_cleared_from_beside_it(rosa: Desk, maria: Browser):
    """And the status that stood for it is ours again."""
    with_blocker(rosa, maria)
    page = maria.submit(form(maria, "clear-blocker"))

    assert rosa.episode().blockers == ()
    assert five(page)["Blocked by"] == "nothing"


def test_closing_needs_a_reason(rosa: Desk, maria: Browser):
    """The page makes one choose; a form without one is told."""
    closing = form(maria, "close")
    assert closing.element.one("select", name="reason").attrs["required"] == ""
    assert dict(closing.fields)["reason"] == ""

    page = maria.submit(closing)
    assert (page.status, page.problem) == (422, "Reason: choose one of the list.")
    assert rosa.episode().is_open


def test_closing_says_what_it_does_to_what_is_open_and_wants_that_seen(rosa: Desk, maria: Browser):
    """Each open thing is named before one closes; without the tick nothing is closed and nothing typed is lost."""
    with_task(rosa, maria)
    with_blocker(rosa, maria)

    (items,) = form(maria, "close").element.all("ul", class_="checklist")
    assert [item.text for item in items.all("li")] == ["Task: call patient, due Thu 12 Mar is cancelled", "Blocker: transport is cleared"]
    page = maria.submit(form(maria, "close"), reason="care_completed", text="all well")
    assert (page.status, page.problem.partition(".")[0]) == (422, "Something is still open")
    kept = dict(page.form("/episodes/1/moves/close").fields)
    assert (kept["reason"], kept["text"]) == ("care_completed", "all well")
    assert rosa.episode().is_open

    page = maria.submit(page.form("/episodes/1/moves/close"), seen="1")
    assert five(page)["Closed for"].startswith("Care completed")
    assert not page.all("section", class_="moves")


def test_reopening_needs_a_line_of_text(rosa: Desk, maria: Browser, clock: Clock):
    """Why a closed episode is taken up again stands in the record."""
    maria.submit(form(maria, "close"), reason="care_completed")

    refused = maria.submit(form(maria, "reopen"), text="")
    assert (refused.status, refused.problem) == (409, "Say why the episode is reopened.")
    clock.later(minutes=1)
    page = maria.submit(form(maria, "reopen"), text="called back")
    assert rosa.episode().is_open
    assert "“called back”" in page.text


@pytest.mark.parametrize("move", ["log", "add-task", "set-status", "close", "escalate", "claim"])
def test_a_closed_episode_takes_no_move(rosa: Desk, maria: Browser, move: str):
    """A form of a page from before is refused in words."""
    old = form(maria, move)
    close_episode(rosa, 1)
    fields = [(name, value) for name, value in old.sent(**({"reason": "care_completed"} if move == "close" else {})) if name != "version"]

    page = maria.post(old.action, [*fields, ("version", str(rosa.episode().version)), ("outcome", "reached"), ("text", "x")])

    assert (page.status, page.problem) == (409, "This episode is closed. Reopen it first.")


@pytest.mark.parametrize(("move", "fields", "press", "holds"), MOVES, ids=[f"{move[0]}-{number}" for number, move in enumerate(MOVES)])
def test_a_move_on_an_old_page_is_refused_and_the_page_shows_how_it_stands(
    rosa: Desk, maria: Browser, move: str, fields: dict[str, str], press: str | None, holds: Any
):
    """Two people on one episode: the second sees what the first did before doing anything."""
    old = form(maria, move)
    with_blocker(rosa, rosa.dana())
    before = rosa.episode()

    page = maria.submit(old, press, **fields)

    assert page.status == 409
    assert "Somebody moved this episode while you were looking at it." in page.problem
    assert rosa.episode() == before
    assert "Transport" in five(page)["Blocked by"] if move != "close" else "Blocker: transport" in page.text


def test_the_same_form_twice_moves_once(rosa: Desk, maria: Browser):
    """A double click logs one attempt."""
    twice = form(maria, "log")

    assert [maria.submit(twice, "no_answer").status for _ in range(2)] == [200, 409]
    assert len(rosa.episode().attempts) == 1


@pytest.mark.parametrize(
    ("move", "fields", "status", "said"),
    [
        ("set-due", {"due": "2026-03-09"}, 409, "2026-03-09 is past. Choose today or a later day."),
        ("set-due", {"due": ""}, 422, "Due: choose a day."),
        ("set-due", {"due": "31.12.2026"}, 422, "Due: write a day like 2026-03-10."),
        ("log", {"outcome": "reached", "happened": "2026-03-11"}, 409, "An outreach attempt cannot lie in the future."),
        ("log", {}, 422, "Outcome: choose one of the list."),
        ("log", {"outcome": "reached", "channel": "pigeon"}, 422, "Channel: choose one of the list."),
        ("set-status", {"status": "closed"}, 409, "Close the episode with a reason instead."),
        ("set-status", {"status": "escalated"}, 409, "Escalate the episode with a reason instead."),
        ("complete-task", {"task": "7"}, 409, "This task is not open any more."),
        ("complete-task", {"task": "x"}, 422, "Task: a whole number from 1 to 2147483647 is needed."),
        ("clear-blocker", {"category": "transport"}, 409, "Transport is not a blocker of this episode."),
        ("close", {"reason": "bored"}, 422, "Reason: choose one of the list."),
        ("reopen", {"text": "why not"}, 409, "This episode is open."),
        ("dance", {}, 422, "There is no such move."),
    ],
)
def test_a_refusal_is_told_in_words_on_the_page(rosa: Desk, maria: Browser, move: str, fields: dict[str, str], status: int, said: str):
    """Whatever the rules forbid or the form lacks; nothing is stored."""
    before = rosa.stored(but=("access_log", "sessions"))

    page = maria.post(f"/episodes/1/moves/{move}", **({"version": "1", "channel": "call"} | fields))

    assert (page.status, page.problem) == (status, said)
    assert "Rosa Alvarez" in page.one("h1").text
    assert rosa.stored(but=("access_log", "sessions")) == before


def test_an_owner_who_does_not_exist_is_refused(rosa: Desk, maria: Browser):
    """Work is never handed to nobody by a slip, nor to somebody who has left."""
    rosa.person("gone", "Gone Person")
    with rosa.database.write() as session:
        users.switch_off(session, "gone")

    assert "gone" not in form(maria, "hand-over").choices("owner")
    gone = "Gone Person’s account is switched off. Choose somebody else, or the role’s queue."
    for owner, status, said in (("nobody-here", 422, "Owner: choose one of the list."), ("gone", 409, gone)):
        page = maria.post("/episodes/1/moves/hand-over", version="1", owner_role="scheduler", owner=owner, text="for you")
        assert (page.status, page.problem) == (status, said)
    assert rosa.episode().owner is None


def test_three_failed_tries_escalate_and_the_page_warns_before(rosa: Desk, maria: Browser):
    """One sees it coming, then who it went to and why; setting a status ends it."""
    for _ in range(2):
        maria.submit(form(maria, "log"), "no_answer")
    page = maria.get("/episodes/1")
    assert "One more failed try escalates to the nurse reviewer." in page.text
    assert "2 of 3 tries" in five(page)["Last outreach"]

    page = maria.submit(form(maria, "log"), "no_answer")
    assert "Escalated to nurse reviewer: repeated failed outreach Raised by a lane rule: 3 failed tries" in page.text
    page = maria.submit(form(maria, "set-status"), status="waiting_on_patient")
    assert rosa.episode().escalation is None


# Undo.


def undo_forms(page: Page) -> list[Form]:
    return [each for each in page.forms if each.action.endswith("/undo")]


def newest_undo(browser: Browser) -> str:
    """The events of the act at the top of the timeline."""
    return dict(undo_forms(browser.get("/episodes/1"))[0].fields)["seqs"]


@pytest.mark.parametrize("move", ["set-status", "claim", "set-blocker", "add-task"])
def test_a_move_can_be_taken_back_from_the_timeline(rosa: Desk, maria: Browser, clock: Clock, move: str):
    """It stays on the timeline, struck through, and the episode stands as before."""
    before = rosa.episode()
    clock.later(minutes=1)
    page = maria.submit(form(maria, move), **({"status": "scheduled"} if move == "set-status" else {}))

    page = maria.submit(undo_forms(page)[0])

    after = rosa.episode()
    assert page.status == 200
    assert after.model_copy(update={"version": before.version, "tasks_ever": before.tasks_ever}) == before
    assert "taken back" in page.text
    assert undo_forms(page) == []


def test_undoing_twice_takes_back_once(rosa: Desk, maria: Browser, clock: Clock):
    """The second press of an old page is refused."""
    clock.later(minutes=1)
    page = maria.submit(form(maria, "claim"))
    undoing = undo_forms(page)[0]
    maria.submit(undoing)
    version = rosa.episode().version

    assert maria.submit(undoing).status == 409
    assert rosa.episode().version == version


def test_what_something_later_builds_on_cannot_be_taken_back(rosa: Desk, maria: Browser, clock: Clock):
    """The task is done: adding it cannot be undone before that is."""
    clock.later(minutes=1)
    page = maria.submit(form(maria, "add-task"))
    adding = undo_forms(page)[0]
    clock.later(minutes=1)
    maria.submit(form(maria, "complete-task"))

    page = maria.submit(adding, version=str(rosa.episode().version))
    assert page.status == 409
    assert "Something that came later builds on this" in page.problem


@pytest.mark.parametrize("seqs", ["", "1", "99", "0", "-1", "abc", "1,2,3", "2,99", "9" * 30, ",,,"])
def test_events_that_are_not_ours_to_take_back_are_refused(desk: Desk, maria: Browser, seqs: str):
    """The opening, events of a decision, and numbers that name nothing: a decision is undone where it was made."""
    note = desk.note(items=[a_suggestion(NO_RIDE, "No ride")])
    desk.decide(maria, desk.one(note, "blocker"), "accept")
    before = desk.episode()

    page = maria.post("/episodes/1/undo", seqs=seqs, version=str(before.version))

    assert (page.status, page.problem) == (422, "There is nothing like that to undo.")
    assert desk.episode() == before


def test_an_old_page_s_undo_is_refused_after_a_day(rosa: Desk, maria: Browser, clock: Clock):
    """The page was left open; what it offered is history by now."""
    clock.later(minutes=1)
    maria.submit(form(maria, "claim"))
    seqs, before = newest_undo(maria), rosa.episode()
    clock.later(days=1)

    page = rosa.browser("maria").post("/episodes/1/undo", seqs=seqs, version=str(before.version))

    assert (page.status, page.problem) == (409, "This was more than a day ago and is history. Make a new move that corrects it.")
    assert rosa.episode() == before


def test_a_part_of_an_act_cannot_be_taken_back_alone(rosa: Desk, maria: Browser, clock: Clock):
    """The rule's escalation goes with the try that caused it, or not at all; and not two acts in one."""
    offered = []
    for _ in range(3):
        clock.later(minutes=1)
        maria.submit(form(maria, "log"), "no_answer")
        offered.append(newest_undo(maria))
    before = rosa.episode()
    with rosa.database.read() as session:
        raised = next(e.seq for e in episodes.history(session, 1) if e.change.kind == "escalated")

    for seqs in (str(raised), ",".join(offered[:2])):
        page = maria.post("/episodes/1/undo", seqs=seqs, version=str(before.version))
        assert (page.status, page.problem) == (422, "There is nothing like that to undo.")
    assert rosa.episode() == before


def test_a_decision_offers_no_undo_here_but_leads_to_its_note(desk: Desk, maria: Browser, clock: Clock):
    """What was decided in Review is undone in Review."""
    note = desk.note(items=[a_suggestion(NO_RIDE, "No ride")])
    clock.later(minutes=1)
    desk.decide(maria, desk.one(note, "blocker"), "accept")

    page = maria.get("/episodes/1")
    assert undo_forms(page) == []
    assert page.one("ol", class_="time").all("a", href=f"/review/{note}")


# What the page says.


def test_a_newcomer_finds_the_five_answers_at_the_top(desk: Desk, maria: Browser):
    """Status, next action, owner, blocker, last outreach."""
    note = desk.note(items=[a_suggestion(NO_RIDE, "No ride"), a_suggestion(NO_ANSWER, "Called pt, no answer")])
    for kind in ("blocker", "outreach_attempt"):
        desk.decide(maria, desk.one(note, kind), "accept")
    maria.submit(form(maria, "claim"))

    found = five(maria.get("/episodes/1"))
    assert list(found) == ["Status", "Next action", "Owner", "Blocked by", "Last outreach"]
    assert found["Status"].startswith("Needs outreach")
    assert found["Next action"].startswith("Call patient")
    assert "Maria Lopez" in found["Owner"]
    assert found["Blocked by"].startswith("Transport")
    assert found["Last outreach"].startswith("Call, no answer")


def test_the_timeline_tells_notes_acts_and_their_consequences_newest_first(rosa: Desk, maria: Browser, clock: Clock):
    """Each act of a person with what the lane's rules made of it under it."""
    clock.later(minutes=1)
    maria.submit(form(maria, "log"), "left_voicemail")
    page = maria.get("/episodes/1")

    items = [each for each in page.one("ol", class_="time").children if not isinstance(each, str)]
    assert "Call, left voicemail" in items[0].text
    assert "Maria Lopez" in items[0].text
    assert "Status: needs outreach" in items[0].one("ul").text
    assert items[-1].one("div", class_="quote").raw_text.startswith("Called pt, no answer.")
    assert any("Opened" in each.text for each in items)


def test_a_second_episode_of_the_patient_is_one_link_away(desk: Desk, maria: Browser):
    """Two lanes, one patient."""
    desk.note(items=[])
    desk.note("n-2", lane=LaneName.HIGH_RISK, items=[])

    assert maria.get("/episodes/1").all("a", href="/episodes/2")


def test_reading_an_episode_is_recorded_and_the_chain_holds(rosa: Desk, maria: Browser):
    """Reads as well as writes."""
    maria.get("/episodes/1")
    maria.submit(form(maria, "claim"))

    log = [row[2:5] for row in rosa.stored()["access_log"]]
    assert log[0] == ("maria", "read", "episode 1")
    assert ("maria", "claim", "episode 1") in log
    with rosa.database.read() as session:
        assert access.broken_at(session) is None


def test_a_refused_move_shows_the_page_and_is_recorded_as_a_read(rosa: Desk, maria: Browser):
    """What the refusal took back was the record of its own access."""
    for move, fields in (("nonsense", {"version": "1"}), ("claim", {"version": "99"}), ("claim", {})):
        before = len(rosa.stored()["access_log"])
        page = maria.post(f"/episodes/1/moves/{move}", **fields)

        assert page.status in {409, 422}
        assert [row[2:5] for row in rosa.stored()["access_log"]][before:] == [("maria", "read", "episode 1")]


def test_decisions_of_one_moment_are_steps_of_their_own(desk: Desk, maria: Browser, clock: Clock):
    """Undoing one that "accept all" made does not strike the others through."""
    note = desk.note(items=[a_suggestion(NO_RIDE, "No ride"), a_suggestion(PA_PENDING, "PA still pending")])
    clock.later(minutes=1)
    maria.submit(maria.get(f"/review/{note}").form(f"/notes/{note}/accept-all"))
    clock.later(minutes=1)
    maria.submit(desk.form(maria, desk.one(note, "blocker"), "undo"))

    steps = [each for each in maria.get("/episodes/1").one("ol", class_="time").all("li", class_="act") if "Blocked" in each.text]
    assert {each.all("b")[0].text: "taken back" in each.text for each in steps} == {
        "Blocked: transport": True,
        "Blocked: authorization": False,
    }


def test_quotation_marks_stand_around_what_somebody_wrote_alone(rosa: Desk, maria: Browser, clock: Clock):
    """The rules' and our own words are not quotes, and nothing is quoted that was not written so."""
    long = "fax the signed form " * 10
    maria.submit(form(maria, "add-task"), action="request_document", due="2026-03-20", text=long.strip())
    for _ in range(3):
        clock.later(minutes=1)
        maria.submit(form(maria, "log"), "no_answer", text="rang")
    clock.later(minutes=1)
    maria.submit(form(maria, "claim"))
    page = maria.submit(undo_forms(maria.get("/episodes/1"))[0])

    assert "“rang”" in page.text
    assert "“undone”" not in page.text
    assert "failed tries" in page.text
    assert "“3 failed" not in page.text
    shown = page.one("aside").text.partition("“")[2].partition("”")
    assert shown[0] in long
    assert shown[2].startswith("…")


def test_every_choice_of_every_form_is_accepted_or_refused_in_words(rosa: Desk, maria: Browser):
    """No choice that a form offers ends in an error of ours."""
    page = maria.get("/episodes/1")
    for each in page.forms:
        if "/moves/" not in each.action:
            continue
        for select in each.element.all("select"):
            for choice in each.choices(select.attrs["name"]):
                fresh = maria.get("/episodes/1")
                if not [form for form in fresh.forms if form.action == each.action]:
                    maria.submit(fresh.form("/episodes/1/moves/reopen"), text="again")
                    fresh = maria.get("/episodes/1")
                answer = maria.submit(
                    fresh.form(each.action), **{select.attrs["name"]: choice}, **({"text": "x"} if each.has("text") else {})
                )
                assert answer.status in {200, 409, 422}, (each.action, choice)
                assert answer.status == 200 or answer.problem
