"""An attempt logged from the Queue with the keyboard alone, and without scripts."""

from playwright.sync_api import Page, expect

from tests.browser.clinic import Clinic
from tests.browser.conftest import Open, Watched
from tests.browser.test_pages import violations


def test_an_attempt_is_logged_from_the_queue_with_the_keyboard(page: Page, clinic: Clinic, watched: Watched):
    """Enter on the row's link opens the form with the focus in it; an arrow chooses the channel, Tab and Enter the outcome."""
    clinic.clock.later(minutes=1)
    page.goto("/queue")
    page.get_by_label("Log an attempt: Rosa Alvarez").focus()
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_attribute("value", "call")
    assert [each["id"] for each in violations(page)] == []
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Message sent")
    page.keyboard.press("Enter")

    expect(page.locator("#toast")).to_contain_text("Rosa Alvarez: SMS, sent.")
    assert [(each.channel, each.outcome) for each in clinic.episode().attempts] == [("sms", "message_sent")]
    page.locator("#toast").get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_be_hidden()
    assert clinic.episode().attempts == ()
    assert watched.errors == []


def test_and_without_scripts_in_two_clicks(clinic: Clinic, open_as: Open):
    """The link leads to a page of its own, and the outcome back to the queue."""
    page = open_as(java_script_enabled=False)
    page.goto("/queue")
    page.get_by_label("Log an attempt: Rosa Alvarez").click()
    page.get_by_role("button", name="No answer").click()

    expect(page.locator("#toast")).to_contain_text("1 of 3 tries.")
    assert len(clinic.episode().attempts) == 1
