"""A coordinator decides drafts with the keyboard alone, and the checks follow what is typed."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from store import drafts, episodes
from tests.browser.clinic import Clinic
from tests.browser.conftest import Open, Watched
from tests.browser.test_pages import violations
from tests.builders import LANES, NOW
from tests.drafts import CLINIC, Writer
from triage.draft_jobs import Drafting
from workflow import moves
from workflow.events import person
from workflow.vocabulary import Action, Channel, OwnerRole


@pytest.fixture
def clinic(serve: Callable[..., Clinic]) -> Clinic:
    """A call accepted for Rosa and for Ben, and asked for by text: a draft waits for each."""
    ways = {Channel.SMS: object(), Channel.EMAIL: object()}
    clinic = serve(clinic=CLINIC, ways=ways)
    drafting = Drafting(clinic.database, LANES, Writer, CLINIC, lambda: NOW)
    with clinic.database.write() as session:
        session.execute(text("UPDATE patients SET phone = '312-555-0134', contact_preference = 'text first'"))
    for number in (1, 2):
        with clinic.database.write() as session:
            episode = episodes.load(session, number)
            call = {"action": Action.CALL_PATIENT, "owner_role": OwnerRole.CARE_COORDINATOR}
            events = moves.add_task(episode, LANES[episode.lane], now=NOW, actor=person("maria"), **call)
            episodes.record(session, number, events, expected_version=episode.version)
        assert drafting.prepare(number)
    return clinic


def standing(clinic: Clinic, draft_id: int) -> Any:
    with clinic.database.read() as session:
        return drafts.load(session, draft_id)


def test_drafts_are_decided_by_keyboard_alone(clinic: Clinic, page: Page, watched: Watched):
    """Go there, edit with the checks live, approve, undo, reject with a reason."""
    page.goto("/queue")
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", level=1)).to_have_text("SMS to Rosa Alvarez")
    page.wait_for_load_state()
    assert [each["id"] for each in violations(page)] == []

    page.keyboard.press("e")
    expect(page.locator(":focus")).to_have_attribute("name", "body")
    page.keyboard.press("Control+End")
    page.keyboard.type(" Your HIV test was positive.")
    expect(page.locator("#verdict .blocks").first).to_contain_text("HIV")
    expect(page.locator("[data-approve]")).to_be_disabled()
    for _ in " Your HIV test was positive.":
        page.keyboard.press("Backspace")
    page.keyboard.type(" Bye.")
    expect(page.locator("[data-approve]")).to_be_enabled()
    page.keyboard.press("Escape")
    page.keyboard.press("a")

    expect(page.get_by_role("heading", level=1)).to_have_text("SMS to Ben Okoro")
    expect(page.locator("#toast")).to_contain_text("leaves at 10:02 unless you undo")
    expect(page.locator("#toast [data-left]")).to_contain_text("in 1")
    assert standing(clinic, 1).standing == "approved"
    assert standing(clinic, 1).text.body.endswith(" Bye.")
    page.wait_for_load_state()
    page.keyboard.press("u")
    expect(page.locator("#toast")).to_contain_text("Undone")
    assert standing(clinic, 1).standing == "pending"

    page.wait_for_load_state()
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).to_have_text("SMS to Ben Okoro")
    page.wait_for_load_state()
    page.keyboard.press("r")
    page.keyboard.press("3")
    expect(page.locator("#toast")).to_contain_text("Rejected, not needed: Ben Okoro.")
    assert standing(clinic, 2).decision.reason == "not_needed"
    assert watched.errors == []


def test_and_a_phone_in_the_dark_shows_it_whole(clinic: Clinic, open_as: Open, watched: Watched):
    """Nothing runs over the edge, and axe finds nothing, waiting or approved."""
    page = open_as(viewport={"width": 390, "height": 844}, color_scheme="dark")
    for path in ("/outreach/1", "/outreach/measures", "/outreach?lists=1"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert [each["id"] for each in violations(page)] == []
    page.goto("/outreach/1")
    page.get_by_role("button", name="Approve and send").click()
    page.goto("/outreach/1")
    expect(page.locator(".frozen")).to_contain_text("Approved by Maria Lopez")
    assert [each["id"] for each in violations(page)] == []
    assert watched.errors == []


def test_without_scripts_everything_is_a_form(clinic: Clinic, open_as: Open):
    """Typed, checked by a button, mended, approved."""
    page = open_as(java_script_enabled=False)
    page.goto("/outreach/1")
    words = page.locator("textarea").input_value()
    page.locator("textarea").fill("Hello Rosa, your HIV test was positive.")
    page.get_by_role("button", name="Check").click()
    expect(page.locator("[data-approve]")).to_be_disabled()
    page.locator("textarea").fill(words)
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Approve and send").click()

    expect(page.locator("#toast")).to_contain_text("Approved: Rosa Alvarez")
    assert standing(clinic, 1).standing == "approved"
