"""Every page in a real browser: without scripts, in both themes, on a phone, and within its promises about weight and hosts."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from store import users
from store.self_checks import run_self_check
from tests.browser.clinic import BEN, EVA, ROSA, Clinic
from tests.browser.conftest import Open, Watched
from tests.builders import LANES, NOW
from tests.review_ui.desk import PASSWORD
from workflow.vocabulary import UserRole

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PAGES = {
    "sign in": "/sign-in",
    "review": f"/review/{ROSA}",
    "a note with nothing found": f"/review/{EVA}",
    "list of notes": "/review/all",
    "queue": "/queue",
    "reports": "/reports",
    "patients behind a number": "/reports/aging/patients",
    "a view that fits nobody": "/queue?q=nobody",
    "the queue as it stood": "/queue?as_of=2026-03-09",
    "a queue that could not be": "/queue?as_of=2031-03-09",
    "a preview": "/queue/preview?e=1&e=2&do=status&to_status=waiting_on_patient",
    "patient": "/episodes/1",
    "logging an attempt": "/episodes/1/log",
    "closing": "/episodes/1/close",
    "agenda": "/agenda",
    "self-check": "/self-check",
    "monthly view": "/monthly",
    "account": "/account",
    "not for this role": "/lanes/rehearse",
    "keys": "/keys",
    "not found": "/review/99",
    "no such page": "/nothing",
}
LEADS = {
    "agenda of a lead": "/agenda",
    "meeting": "/agenda/meetings/1",
    "minutes so far": "/agenda/meetings/1/minutes",
    "rehearse": "/lanes/rehearse",
    "account of a lead": "/account",
}
"""Pages that a lead sees otherwise than a coordinator, or alone; a meeting is under way."""


TOO_WIDE = "() => document.documentElement.scrollWidth > innerWidth"


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds on the page as it stands."""
    return list(Axe().run(page).response["violations"])


def card(page: Page, name: str) -> Any:
    """The card with this heading."""
    return page.locator("article.card", has=page.get_by_role("heading", name=name, exact=True))


def test_a_whole_note_without_scripts(clinic: Clinic, open_as: Open, watched: Watched):
    """Every action is a form: accept, edit, reject, add, undo and go on work in a browser that runs nothing."""
    page = open_as(java_script_enabled=False)
    page.goto("/review")
    expect(page).to_have_url(re.compile(rf"/review/{ROSA}$"))

    card(page, "Escalate: worsening symptoms").get_by_role("button", name="Accept").click()
    expect(page.locator("#toast")).to_contain_text("Accepted: Escalate")
    edit = card(page, "Call patient").locator("[data-edit]")
    edit.locator("summary").click()
    edit.get_by_label("Owner").select_option("scheduler")
    edit.get_by_label("Due").fill("2026-03-20")
    edit.get_by_role("button", name="Save and accept").click()
    reject = card(page, "Transport").locator("[data-reject]")
    reject.locator("summary").click()
    reject.get_by_label("The patient will do it").check()
    reject.get_by_role("button", name="Reject").click()
    missed = page.locator("[data-missed]")
    missed.locator("summary").click()
    missed.get_by_label("Words from the note").fill("Chest pain worse")
    missed.get_by_label("What it is").select_option("task:review_care_plan")
    missed.get_by_role("button", name="Add and accept").click()
    expect(page.get_by_text("added by hand")).to_be_visible()
    page.get_by_role("button", name="Undo my last decision here").click()
    expect(page.get_by_text("added by hand")).to_have_count(0)
    card(page, "Call, no answer").get_by_role("button", name="Accept").click()
    card(page, "Authorization").get_by_role("button", name="Accept").click()
    page.get_by_role("button", name="Next note").click()
    expect(page).to_have_url(re.compile(rf"/review/({BEN}|{EVA})$"))

    assert [each.action for each in clinic.decisions()] == ["accept", "edit", "reject", "accept", "undo", "accept", "accept"]
    assert {each.seconds for each in clinic.decisions()} == {None}
    assert set(clinic.standings(ROSA).values()) == {"accepted", "edited", "rejected"}
    assert watched.errors == []


def test_signing_in_and_out(open_as: Open, watched: Watched):
    """By the form, to the work, and out again from the name in the corner."""
    page = open_as(None)
    page.goto("/queue")
    expect(page).to_have_url(re.compile("/sign-in$"))
    page.get_by_label("User name").fill("maria")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/review/{ROSA}$"))
    page.get_by_text("Maria Lopez · coordinator").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in$"))
    page.goto("/queue")
    expect(page).to_have_url(re.compile("/sign-in$"))
    assert watched.errors == []


@pytest.mark.parametrize("scripts", [True, False])
def test_an_attempt_is_logged_in_two_clicks(clinic: Clinic, open_as: Open, scripts: bool):
    """The channel, the outcome: done. For a call it is one."""
    page = open_as(java_script_enabled=scripts)
    page.goto("/episodes/1")
    page.get_by_role("radio", name="SMS").check()
    page.get_by_role("button", name="Message sent").click()
    expect(page.locator("dl.five")).to_contain_text("SMS, sent")
    page.get_by_role("button", name="No answer").click()
    expect(page.locator("dl.five")).to_contain_text("1 of 3 tries")

    assert [(each.channel, each.outcome) for each in clinic.episode().attempts] == [("sms", "message_sent"), ("call", "no_answer")]


def test_enter_in_the_text_of_an_attempt_logs_nothing(clinic: Clinic, page: Page):
    """A line of text followed by Enter is not "reached": the outcome is chosen by a press of its own."""
    page.goto("/episodes/1")
    page.get_by_label("Text", exact=True).first.fill("rang for a long time")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)

    assert clinic.episode().attempts == ()


def test_every_move_of_the_patient_page_is_reachable_by_tab(page: Page):
    """Nothing needs a mouse."""
    page.goto("/episodes/1")
    wanted = page.locator("main").locator("summary, button:visible, a[href]").count()
    reached = set()
    for _ in range(wanted + 30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim().slice(0, 100)"))
    names = page.locator("main summary").all_inner_texts()

    assert all(any(name in each for each in reached) for name in names)


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["wide", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(clinic: Clinic, open_as: Open, watched: Watched, theme: str, width: dict[str, int]):
    """WCAG 2.2 AA on every page and in its states, in both themes, on a desk and on a phone; and no page is wider than its screen."""
    clinic.dana_accepts(clinic.one(ROSA, "outreach_attempt").id)
    page = open_as(viewport=width, color_scheme=theme)
    stranger = open_as(None, viewport=width, color_scheme=theme)
    with clinic.database.write() as session:
        users.add_user(session, "ruth", "Ruth Abara-Lindqvist", UserRole.LEAD, None, now=NOW)
    run_self_check(clinic.database, LANES, now=NOW + timedelta(days=3))
    lead = open_as("ruth", viewport=width, color_scheme=theme)
    lead.goto("/agenda")
    lead.get_by_role("button", name="Open the meeting").click()
    found, wide = [], []
    for name, path in [*PAGES.items(), *LEADS.items()]:
        window = stranger if name == "sign in" else lead if name in LEADS else page
        window.goto(path)
        wide += [name] if window.evaluate(TOO_WIDE) else []
        window.evaluate("() => document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
        wide += [f"{name}, opened"] if window.evaluate(TOO_WIDE) else []
        found += [f"{name}: {each['id']}: {[node['target'] for node in each['nodes']][:4]}" for each in violations(window)]

    assert found == []
    assert wide == []
    assert [error for error in watched.errors if not re.search("403|404|422", error)] == []
    assert watched.hosts == {clinic.address.removeprefix("http://")}


def test_axe_finds_nothing_on_what_comes_up_while_working(clinic: Clinic, page: Page):
    """The toast, a refusal, the dialog of keys, a decided note, an escalated and a closed episode, an empty desk."""
    found = []

    def look(state: str) -> None:
        found.extend(f"{state}: {each['id']} {[node['target'] for node in each['nodes']][:3]}" for each in violations(page))

    page.goto(f"/review/{BEN}")
    page.keyboard.press("a")
    expect(page.locator("#toast")).to_be_visible()
    look("toast")
    clinic.dana_accepts(clinic.one(BEN, "task").id)
    page.keyboard.press("a")
    expect(page.get_by_role("alert")).to_be_visible()
    look("refusal and all decided")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    look("dialog")
    clinic.dana_accepts(clinic.one(ROSA, "escalation").id)
    page.goto("/episodes/1")
    look("escalated")
    page.get_by_text("Close with a reason…").click()
    look("closing")
    page.get_by_label("I have seen what closing does to these").check()
    page.get_by_label("Reason").last.select_option("care_completed")
    page.get_by_role("button", name="Close the episode").click()
    expect(page.get_by_role("heading", name="This episode is closed")).to_be_visible()
    look("closed")
    page.goto(f"/review/{ROSA}")
    look("review of a closed episode")

    assert found == []


def test_an_empty_desk_is_accessible_too(serve: Callable[..., Clinic], sqlite_template: Path, open_as: Open):
    """Nothing to review, nothing in the queue."""
    empty = serve(sqlite_template)
    with empty.database.write() as session:
        users.add_user(session, "maria", "Maria Lopez", UserRole.COORDINATOR, None, now=NOW)
    page = open_as(at=empty)
    for path in ("/review", "/review/all", "/queue", "/reports"):
        page.goto(path)
        assert [each["id"] for each in violations(page)] == [], path


def test_the_first_view_is_light(clinic: Clinic, open_as: Open):
    """Under 100 KB over the wire, styles, scripts and all."""
    page = open_as()
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto("/review")
    page.wait_for_load_state("networkidle")

    assert len(sizes) >= 7
    assert sum(sizes) < 100_000


def test_nothing_jumps_while_reading(page: Page):
    """No layout shift from loading, from walking the cards, or from deciding one."""
    page.goto(f"/review/{ROSA}")
    page.evaluate(
        """() => { window.shifts = 0;
        new PerformanceObserver((list) => { for (const each of list.getEntries()) window.shifts += each.value; })
          .observe({type: "layout-shift", buffered: true}); }"""
    )
    before = page.locator("#text").bounding_box()
    for _ in range(4):
        page.keyboard.press("j")
        page.wait_for_timeout(30)
        assert page.locator("#text").bounding_box() == before

    assert page.evaluate("window.shifts") < 0.01


def test_a_decision_is_answered_quickly(page: Page, clinic: Clinic):
    """The next card has the focus soon after the key; generous here, because machines of suites are slow."""
    page.goto(f"/review/{BEN}")
    page.wait_for_function("() => document.activeElement?.matches('[data-card]')")
    took = page.evaluate(
        """() => new Promise((done) => {
          const start = performance.now();
          document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "cards") done(performance.now() - start); });
          document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "a", bubbles: true}));
        })"""
    )

    assert took < 1500


def test_a_newcomer_sees_the_five_answers_without_scrolling(page: Page, clinic: Clinic):
    """Status, next action, owner, blocker and last outreach at the top of the Patient page."""
    clinic.dana_accepts(clinic.one(ROSA, "outreach_attempt").id)
    page.goto("/episodes/1")
    box = page.locator("dl.five").bounding_box()

    assert box["y"] + box["height"] < 500
    assert page.locator("dl.five dt").all_inner_texts() == ["Status", "Next action", "Owner", "Blocked by", "Last outreach"]


def test_a_whole_note_and_its_cards_fit_a_desk_screen(page: Page):
    """At 1440 × 900 the page itself does not scroll, and the note stands whole."""
    page.goto(f"/review/{ROSA}")

    assert page.evaluate("document.documentElement.scrollHeight") <= 900
    assert page.locator("#text").bounding_box()["y"] < 450
