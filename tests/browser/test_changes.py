"""The Changes page in a real browser: a lead publishes a digest and opens the patients behind a sentence; by keyboard alone; on a phone."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from store import digests, users
from store.digests import DigestStanding
from tests.browser.clinic import Clinic
from tests.browser.conftest import Open, Watched
from tests.browser.test_pages import NARROW, TOO_WIDE, WIDE, violations
from tests.builders import NOW
from workflow.vocabulary import UserRole


@pytest.fixture
def ruth(clinic: Clinic, open_as: Open) -> Page:
    """The lead's window, an hour after three patients came in."""
    with clinic.database.write() as session:
        users.add_user(session, "ruth", "Ruth Abara", UserRole.LEAD, None, now=NOW, email="ruth@clinic.example")
    clinic.clock.later(hours=1)
    return open_as("ruth")


def standing(clinic: Clinic, digest_id: int = 1) -> DigestStanding:
    with clinic.database.read() as session:
        return digests.load(session, digest_id).standing


def test_a_lead_publishes_a_digest_and_opens_the_patients_behind_a_sentence(ruth: Page, clinic: Clinic, open_as: Open, watched: Watched):
    """From the choice of a period to a Patient page, and a coordinator reads it then."""
    ruth.goto("/changes")
    ruth.get_by_label("Period").select_option("Since Monday")
    ruth.get_by_role("button", name="Prepare").click()
    expect(ruth.get_by_role("heading", level=1)).to_contain_text("What changed since Monday 9 March")
    ruth.get_by_role("button", name="Publish to the team").click()
    expect(ruth.get_by_text("published by Ruth Abara")).to_be_visible()
    ruth.get_by_role("link", name="The 3 patients behind sentence 1").click()
    expect(ruth.get_by_role("columnheader")).to_have_text(["Patient", "Status", "Next action", "Owner", "Blocked by"])
    ruth.get_by_role("link", name="Rosa Alvarez").click()
    expect(ruth.get_by_role("heading", level=1)).to_contain_text("Rosa Alvarez")

    maria = open_as()
    maria.goto("/changes")
    expect(maria.get_by_text("published by Ruth Abara")).to_be_visible()
    assert watched.errors == []


def test_by_keyboard_alone(ruth: Page, clinic: Clinic):
    """g c goes there; Tab and Enter prepare, publish and open the patients."""
    ruth.goto("/queue")
    ruth.locator("main").focus()
    ruth.keyboard.press("g")
    ruth.keyboard.press("c")
    expect(ruth).to_have_url(f"{clinic.address}/changes")
    for name in ("Prepare", "Publish to the team"):
        press(ruth, name)
    expect(ruth.get_by_text("published by Ruth Abara")).to_be_visible()
    press(ruth, "1")
    expect(ruth.get_by_role("heading", level=1)).to_contain_text("Sentence 1")

    assert standing(clinic) is DigestStanding.PUBLISHED


def press(page: Page, words: str) -> None:
    """Tab until what is in focus says this, and press Enter."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == words:
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    raise AssertionError(f"{words} cannot be reached by Tab")


def test_what_disagrees_is_marked_while_writing(ruth: Page, clinic: Clinic, watched: Watched):
    """In words beside the sentence; the field keeps the focus; what is mended agrees again."""
    ruth.goto("/changes")
    ruth.get_by_role("button", name="Prepare").click()
    ruth.get_by_role("link", name="Edit").click()
    first = ruth.get_by_label("Sentence 1", exact=True)
    first.fill("7 patients are active now.")
    expect(ruth.locator("#check-1 .mend")).to_be_visible()
    expect(first).to_be_focused()
    first.fill("3 patients are active now.")
    expect(ruth.locator("#check-1")).to_contain_text("Agrees with the facts: 3 patients behind it.")
    ruth.get_by_role("button", name="Save").click()

    expect(ruth.locator(".text-aloud")).to_contain_text("3 patients are active now.")
    assert watched.errors == []


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["wide", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_too_wide(
    ruth: Page, clinic: Clinic, open_as: Open, width: dict[str, int], theme: str, watched: Watched
):
    """The empty page, a draft, its form, one that disagrees, a published one, the patients behind a sentence, for leads and others."""
    page = open_as("ruth", viewport=width, color_scheme=theme)
    found, wide = [], []

    def look(state: str, window: Page = page) -> None:
        window.evaluate("() => document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
        found.extend(f"{state}: {each['id']} {[node['target'] for node in each['nodes']][:3]}" for each in violations(window))
        wide.extend([state] if window.evaluate(TOO_WIDE) else [])

    def go(button: str) -> None:
        with page.expect_navigation():
            page.get_by_role("button", name=button).click()

    page.goto("/changes")
    look("empty")
    go("Prepare")
    look("a draft")
    page.goto("/changes/1/edit")
    look("the form")
    page.get_by_label("Sentence 1", exact=True).fill("7 patients are active now.")
    go("Save")
    look("one that disagrees")
    page.goto("/changes/1/edit")
    page.get_by_label("Sentence 1", exact=True).fill("3 patients are active now.")
    go("Save")
    go("Publish to the team")
    look("published")
    page.goto("/changes/1/sentences/1")
    look("the patients")
    maria = open_as(viewport=width, color_scheme=theme)
    maria.goto("/changes/1")
    look("a coordinator's", maria)

    assert found == []
    assert wide == []
    assert watched.errors == []


def test_the_whole_way_without_scripts(ruth: Page, clinic: Clinic, open_as: Open):
    """Prepare, add a sentence, save, publish."""
    page = open_as("ruth", java_script_enabled=False)
    clinic.clock.now += timedelta(minutes=1)
    page.goto("/changes")
    page.get_by_role("button", name="Prepare").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("One more sentence").fill("Please look at the agenda.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".text-aloud")).to_contain_text("Please look at the agenda.")
    page.get_by_role("button", name="Publish to the team").click()

    assert standing(clinic) is DigestStanding.PUBLISHED
