"""The Self-check page and the monthly view: what they list, how they narrow, and what they say where there is nothing."""

from datetime import timedelta

import pytest

from review_ui.pages import self_check
from review_ui.pages.monthly import amount, change
from store.self_checks import run_self_check
from tests.builders import LANES
from tests.review_ui.desk import Browser, Clock, Desk
from tests.review_ui.html import Page
from workflow.monthly import Figure


def night(desk: Desk, days: int) -> None:
    run_self_check(desk.database, LANES, now=desk.clock() + timedelta(days=days))


def row(page: Page) -> list[str]:
    """The cells of the first number."""
    return [cell.text for cell in page.all("tbody")[0].all("tr")[0].all("td")]


def test_before_the_first_night_the_page_says_when_it_runs(maria: Browser):
    """And how to run it at once."""
    assert "triage self-check" in maria.get("/self-check").text


def test_failures_are_listed_by_rule_with_patient_and_first_night(desk: Desk, maria: Browser):
    """The question, what to do about it, who fails and since when; and the trend over the nights."""
    desk.note(items=[])
    for days in (3, 6):
        night(desk, days)

    section = maria.get("/self-check").one("section", aria_labelledby="rule-unclaimed").text

    assert section.startswith("Has somebody claimed what is past its due date? 1 patient")
    assert "Claim it, or hand it over to a person." in section
    assert "Nobody has claimed it, and it was due 4 days ago." in section
    assert "Fri 13 Mar" in section
    assert "Fri 13 Mar: 1, Mon 16 Mar: 1, most 1" in section


def test_the_page_narrows_by_lane_owner_and_rule(desk: Desk, maria: Browser):
    """What asks for nothing that exists narrows nothing."""
    desk.note(items=[])
    night(desk, 6)

    assert "Rosa Alvarez" in maria.get("/self-check", lane="referral", role="care_coordinator", rule="unclaimed").text
    assert "Rosa Alvarez" in maria.get("/self-check", lane="nowhere", role="king", rule="x").text
    for query in ({"lane": "care_gap"}, {"role": "clinician"}, {"owner": "maria"}, {"rule": "owner_left"}):
        page = maria.get("/self-check", **query)
        assert "Rosa Alvarez" not in page.text
        assert "Nothing fails in this view." in page.text


def test_a_night_without_failures_says_when_it_ran(desk: Desk, maria: Browser):
    """An empty page would look like a night that did not happen."""
    night(desk, 0)

    page = maria.get("/self-check")

    assert "Nothing fails." in page.text
    assert "Tue 10 Mar 2026, 10:00" in page.text


def test_a_long_rule_is_cut_and_leads_to_all_of_it(desk: Desk, maria: Browser):
    """Eight at first."""
    for number in range(10):
        desk.note(f"n-{number}", items=[], patient=f"p-{number}")
    night(desk, 6)

    link = maria.get("/self-check").one("a", href="/self-check?rule=unclaimed")

    assert link.text == "and 2 more"
    assert len(maria.get(link.attrs["href"]).one("section", aria_labelledby="rule-unclaimed").all("a", class_="name")) == 10


def test_a_rule_by_itself_is_in_pages(desk: Desk, maria: Browser, monkeypatch: pytest.MonkeyPatch):
    """Everybody stands on one of them; the heading counts all, and a page that is not there leads back."""
    monkeypatch.setattr(self_check, "PAGE", 4)
    for number in range(6):
        desk.note(f"n-{number}", items=[], patient=f"p-{number}")
    night(desk, 6)

    first = maria.get("/self-check", rule="unclaimed")
    link = next(a for a in first.all("a") if a.text == "Next page")
    second = maria.get(link.attrs["href"])

    listed = [a.attrs["href"] for page in (first, second) for a in page.all("a", class_="name")]
    assert len(listed) == len(set(listed)) == 6
    assert "6 patients" in second.one("section", aria_labelledby="rule-unclaimed").text
    assert "Page 2 of 2" in second.text
    assert "There is no page 9." in maria.get("/self-check", rule="unclaimed", page="9").text
    assert "Page 1 of 2" in maria.get("/self-check", rule="unclaimed", page="x").text


def test_the_monthly_view_shows_each_number_with_the_month_before(desk: Desk, clock: Clock, maria: Browser):
    """The present month so far, and the patients behind a number."""
    desk.note(items=[])

    page = maria.get("/monthly", month="2026-03", of="opened")

    assert page.one("h1").text.startswith("March 2026 All lanes · so far")
    assert row(page) == ["Episodes opened", "1", "+1from 0", "1"]
    assert page.one(id="patients").one("a", href="/episodes/1").text == "Rosa Alvarez"
    assert row(maria.get("/monthly", month="2026-03", lane="care_gap")) == ["Episodes opened", "0", "no changefrom 0", "0"]


@pytest.mark.parametrize("month", ["", "2026-04", "1999-12", "9999-99", "march", "2026-02-31", "%00"])
def test_without_a_month_that_there_was_the_last_full_one_is_shown(maria: Browser, month: str):
    """Tuesday 10 March: February."""
    page = maria.get("/monthly", month=month, of="nothing", lane="nowhere")

    assert page.status == 200
    assert page.one("h1").text.startswith("February 2026 All lanes")
    assert page.all(id="patients") == []


@pytest.mark.parametrize(
    ("now", "before", "unit", "said", "moved"),
    [
        (12.0, 9.0, "", "12", "+3"),
        (0.785, 0.835, "share", "78 %", "−5 points"),
        (0.5, 0.49, "share", "50 %", "+1 point"),
        (1.0, 1.0, "days", "1 day", "no change"),
        (13.5, 20.0, "days", "13.5 days", "−6.5"),
        (None, 1.0, "days", "—", "—"),
        (1.0, None, "", "1", "—"),
    ],
)
def test_numbers_are_told_in_words(now: float | None, before: float | None, unit: str, said: str, moved: str):
    """A share in points, days as days, and no number where there is none."""
    figure, was = Figure("k", "l", now, 1, unit), Figure("k", "l", before, 1, unit)

    assert (amount(figure), change(figure, was)) == (said, moved)
