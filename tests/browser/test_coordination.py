"""A coordinator's morning and a lead's week, as people go through them: page by page in one browser, with what they are told on the way."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from store import users
from store.self_checks import run_self_check
from tests.browser.clinic import BEN, Clinic
from tests.browser.conftest import Open, Watched
from tests.browser.test_pages import violations
from tests.builders import LANES
from workflow.vocabulary import Status, UserRole

ROSA = "Rosa Alvarez"
WEEK_LATER = "2026-03-24"


def row_of(page: Page, name: str) -> Locator:
    """The patient's row of a table."""
    return page.locator("tbody tr", has=page.get_by_role("link", name=name, exact=True))


def toast(page: Page) -> Locator:
    return page.locator("#toast")


@pytest.fixture
def lead(clinic: Clinic, open_as: Open) -> Page:
    """Ruth's window, a week later: everybody is past the due date."""
    clinic.clock.later(days=7)
    with clinic.database.write() as session:
        users.add_user(session, "ruth", "Ruth Abara", UserRole.LEAD, None, now=clinic.clock())
    return open_as("ruth")


def test_a_coordinators_morning(clinic: Clinic, page: Page, open_as: Open, watched: Watched):
    """Claim, three calls that nobody answers, the rule escalates, hand over, the other accepts and closes."""
    page.goto("/queue")
    rosa = row_of(page, ROSA)
    rosa.get_by_role("button", name="Claim").click()
    expect(rosa).to_contain_text("Maria Lopez")

    for tries in (1, 2, 3):
        clinic.clock.later(minutes=5)
        rosa.get_by_label(f"Log an attempt: {ROSA}").click()
        rosa.get_by_role("button", name="No answer").click()
        expect(toast(page)).to_contain_text(f"{tries} of 3 tries")
        expect(toast(page)).to_have_count(1)
    expect(rosa).to_contain_text("Escalated")

    rosa.get_by_role("link", name=ROSA, exact=True).click()
    expect(page.locator("dl.five")).to_contain_text("3 of 3 tries")
    expect(page.locator("section.escalated")).to_contain_text("repeated failed outreach")
    expect(page.locator("section.escalated")).to_contain_text("Raised by a lane rule: 3 failed tries since the patient was last in touch")

    page.locator("section.owner summary", has_text="Hand over…").click()
    page.locator("section.owner select[name=owner]").select_option("dana")
    page.get_by_label("Note: what does the next owner need to know?").fill("The daughter may know another number.")
    page.get_by_role("button", name="Hand over", exact=True).click()
    expect(page.locator("section.owner")).to_contain_text("Offered to Dana Whitfield")
    assert clinic.episode().owner != "dana"

    other = open_as("dana")
    other.goto("/queue")
    other.get_by_role("link", name="Offered to me 1").click()
    expect(other.locator("tbody tr")).to_have_count(1)
    other.get_by_role("link", name=ROSA, exact=True).click()
    expect(other.locator("section.owner")).to_contain_text("The daughter may know another number.")
    other.get_by_role("button", name="Accept", exact=True).click()
    expect(other.locator("section.owner")).to_contain_text("You")
    assert clinic.episode().owner == "dana"

    other.get_by_role("link", name="Close with a reason…").click()
    expect(other.locator(".checklist")).to_contain_text("suggestions to decide")
    other.get_by_label("Reason").select_option(label="Unable to reach")
    other.get_by_label("I have seen what closing does to these").check()
    other.get_by_role("button", name="Close the episode").click()
    expect(other.get_by_role("heading", name="This episode is closed")).to_be_visible()
    assert clinic.episode().status is Status.CLOSED
    assert watched.errors == []


def test_a_lead_holds_the_weekly_review(clinic: Clinic, lead: Page, watched: Watched):
    """Open the agenda as a meeting, walk it by key, write a line, make it a task, end, and read it all in the minutes."""
    lead.goto("/agenda")
    lead.get_by_role("button", name="Open the meeting").click()
    lead.wait_for_url("**/agenda/meetings/1")  # once it is loaded: before that no key has a meaning
    items = lead.locator("[data-item]")
    expect(items).to_have_count(3)

    lead.keyboard.press("j")
    expect(items.nth(0)).to_be_focused()
    lead.keyboard.press("j")
    expect(items.nth(1)).to_be_focused()
    lead.keyboard.press("k")
    expect(items.nth(0)).to_be_focused()
    name = items.nth(0).get_by_role("heading").inner_text()

    lead.keyboard.press("w")
    lead.keyboard.type("Ask the daughter jointly")  # the letters of words are no keys
    expect(items.nth(0).locator(".saved")).to_have_text("Kept")
    lead.keyboard.press("Escape")
    lead.keyboard.press("t")
    expect(items.nth(0).get_by_label("Action")).to_be_focused()
    items.nth(0).get_by_label("Action").select_option(label="Call patient")
    items.nth(0).get_by_label("Due").fill(WEEK_LATER)
    items.nth(0).get_by_role("button", name="Add the task").click()
    expect(items.nth(0).locator(".said")).to_contain_text("Call patient, care coordinator, Tue 24 Mar: “Ask the daughter jointly”")
    assert [each["id"] for each in violations(lead)] == []

    lead.get_by_role("button", name="End the meeting").click()
    expect(lead).to_have_url(re.compile(r"/agenda/meetings/1/minutes"))
    made = row_of(lead, name)
    expect(made).to_contain_text("Call patient")
    expect(made).to_contain_text("Ask the daughter jointly")
    expect(made).to_contain_text("by Ruth Abara")
    assert [each["id"] for each in violations(lead)] == []
    made.get_by_role("link", name=name).click()
    expect(lead.get_by_label("Open work")).to_contain_text("Ask the daughter jointly")
    assert watched.errors == []


def test_a_lead_asks_who_stands_behind_a_number(clinic: Clinic, lead: Page, watched: Watched):
    """A report's number leads to as many patients, yesterday's queue can only be looked at, and the self-check lists who fails and why."""
    run_self_check(clinic.database, LANES, now=clinic.clock())
    lead.goto("/queue")
    lead.keyboard.press("g")
    lead.keyboard.press("p")
    expect(lead).to_have_url(re.compile("/reports$"))
    aging = lead.locator("section.report#aging")
    aging.get_by_text("Table and patients").click()
    number = aging.locator("td.number a").first
    count = int(number.inner_text())
    number.click()
    expect(lead.locator("tbody tr")).to_have_count(count)
    expect(row_of(lead, ROSA)).to_be_visible()

    lead.goto("/queue")
    expect(lead.locator("[data-pick]")).to_have_count(3)
    lead.get_by_text("As it stood on…").click()
    lead.get_by_label("Day").fill("2026-03-16")
    lead.get_by_label("Day").press("Enter")
    expect(lead.get_by_role("status")).to_contain_text("As it stood on Mon 16 Mar")
    expect(lead.locator("tbody tr")).to_have_count(3)
    for act in (lead.locator("[data-pick]"), lead.get_by_role("button", name="Claim"), lead.get_by_role("link", name="Log an attempt")):
        expect(act).to_have_count(0)
    lead.get_by_role("link", name="Back to now").click()
    expect(lead.locator("[data-pick]")).to_have_count(3)

    lead.goto("/agenda")
    lead.get_by_role("link", name="Self-check: 3 of 3 fail").click()
    unclaimed = lead.get_by_role("region", name="Has somebody claimed what is past its due date?")
    expect(unclaimed).to_contain_text("Claim it, or hand it over to a person.")
    expect(row_of(lead, ROSA).first).to_be_visible()
    assert [each["id"] for each in violations(lead)] == []
    assert watched.errors == []


def test_a_lead_changes_many_and_takes_it_back(clinic: Clinic, lead: Page, watched: Watched):
    """Chosen by key, previewed, told one by one (somebody worked on Ben meanwhile), and undone."""
    before = [clinic.episode(number).due for number in (1, 2, 3)]
    lead.goto("/queue")
    for _ in range(3):
        lead.keyboard.press("j")
        lead.keyboard.press("x")
    expect(lead.locator("[data-chosen]")).to_have_text("3 chosen")
    bulk = lead.locator("[data-bulk]")
    bulk.get_by_label("Due").fill(WEEK_LATER)
    bulk.get_by_role("button", name="Preview the due date").click()
    expect(lead.get_by_role("status")).to_contain_text("3 will change. Nothing is changed yet.")
    expect(row_of(lead, ROSA).locator("ins")).to_contain_text("Tue 24 Mar")
    assert [clinic.episode(number).due for number in (1, 2, 3)] == before

    clinic.dana_accepts(clinic.one(BEN, "task").id)
    bens = clinic.episode(2).due
    lead.get_by_role("button", name="Change 3").click()
    expect(lead.get_by_role("status")).to_contain_text("2 moved, 1 had moved meanwhile")
    left = lead.locator("main section", has=lead.get_by_role("link", name="Ben Okoro"))
    expect(left).not_to_contain_text(ROSA)
    assert [clinic.episode(number).due.isoformat() for number in (1, 3)] == [WEEK_LATER] * 2
    assert clinic.episode(2).due == bens
    assert [each["id"] for each in violations(lead)] == []

    lead.get_by_role("button", name="Undo 2").click()
    expect(lead.get_by_role("button", name=re.compile("^Undo"))).to_have_count(0)
    assert [clinic.episode(number).due for number in (1, 3)] == [before[0], before[2]]
    assert watched.errors == []
