"""The Queue page: every view stands in its address, the counts match, and nonsense narrows nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update

from store import episodes, suggestions
from store.queue import PAGE
from store.tables import EpisodeRow
from tests.builders import NO_ANSWER, NO_RIDE, WORSE, a_reading, a_suggestion
from tests.review_ui.desk import Browser, Clock, Desk
from tests.review_ui.html import Page
from triage.assistants.budget import DailyBudget
from workflow.vocabulary import LaneName


@pytest.fixture
def clinic(desk: Desk, maria: Browser) -> Desk:
    """Four patients: one blocked, one escalated, one late, one of Maria's own in another lane."""
    for number, name in enumerate(("Ana Blocked", "Ben Escalated", "Cleo Late", "Dev Mine"), start=1):
        desk.patient(f"p-{number}", name=name, language="es-MX" if number == 1 else "en")
    blocked = desk.note("n-1", patient="p-1", items=[a_suggestion(NO_RIDE, "No ride")])
    escalated = desk.note("n-2", patient="p-2", items=[a_suggestion(WORSE, "Chest pain worse today")])
    late = desk.note("n-3", patient="p-3", items=[a_suggestion(NO_ANSWER, "Called pt, no answer")])
    desk.note("n-4", patient="p-4", lane=LaneName.HIGH_RISK, items=[])
    for note, kind in ((blocked, "blocker"), (escalated, "escalation"), (late, "outreach_attempt")):
        desk.decide(maria, desk.one(note, kind), "accept")
    maria.submit(maria.get("/episodes/4").form("/episodes/4/moves/claim"))
    with desk.database.write() as session:
        session.execute(update(EpisodeRow).where(EpisodeRow.id == 3).values(due=date(2026, 3, 6)))
        state = episodes.load(session, 3).model_copy(update={"due": date(2026, 3, 6)})
        session.execute(update(EpisodeRow).where(EpisodeRow.id == 3).values(state=state.model_dump(mode="json")))
    return desk


def names(page: Page) -> list[str]:
    return [each.text for each in page.all("a", class_="name")]


def row(page: Page, name: str) -> dict[str, str]:
    """One row of the table by the names of its columns."""
    (found,) = [tr for tr in page.all("tr") if name in [a.text for a in tr.all("a", class_="name")]]
    return {cell.attrs["data-label"]: cell.text for cell in found.all("td")}


def filters(page: Page) -> dict[str, tuple[int, str]]:
    """The counts of the bar above the table, with where they lead."""
    found = {}
    for link in page.one("div", class_="bar").all("a"):
        label, _, count = link.text.rpartition(" ")
        found[label] = (int(count), link.attrs["href"])
    return found


def test_a_row_answers_the_four_questions_and_more(clinic: Desk, maria: Browser):
    """Status, next action, owner, blocker; and due, last contact and age."""
    page = maria.get("/queue")

    assert row(page, "Ana Blocked")["Blocked by"] == "transport"
    assert row(page, "Ana Blocked")["Status"] == "Needs outreach"
    assert "Spanish" in row(page, "Ana Blocked")["Patient"]
    assert row(page, "Ben Escalated")["Owner"].startswith("Nurse reviewer")
    assert row(page, "Ben Escalated")["Next action"].startswith("Escalate to clinician")
    assert row(page, "Cleo Late")["Due"] == "Fri 6 Mar4 days late"
    assert row(page, "Cleo Late")["Last contact"].startswith("Call, no answer2 h ago · 1 of 3 tries")
    assert row(page, "Dev Mine")["Owner"].endswith(("maria", "Maria Lopez"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["Ana Blocked", "Ben Escalated", "Cleo Late", "Dev Mine"]),
        ({"blocked": "1"}, ["Ana Blocked"]),
        ({"escalated": "1"}, ["Ben Escalated"]),
        ({"overdue": "1"}, ["Cleo Late"]),
        ({"unclaimed": "1"}, ["Ana Blocked", "Ben Escalated", "Cleo Late"]),
        ({"owner": "maria"}, ["Dev Mine"]),
        ({"owner": "dana"}, []),
        ({"lane": "high_risk"}, ["Dev Mine"]),
        ({"status": "escalated"}, ["Ben Escalated"]),
        ({"role": "nurse_reviewer"}, ["Ben Escalated", "Dev Mine"]),
        ({"q": "cleo"}, ["Cleo Late"]),
        ({"q": "LATE cleo"}, ["Cleo Late"]),
        ({"q": "p-2"}, ["Ben Escalated"]),
        ({"q": "transport"}, ["Ana Blocked"]),
        ({"q": "maria"}, ["Dev Mine"]),
        ({"q": "late", "blocked": "1"}, []),
        ({"lane": "referral", "unclaimed": "1", "blocked": "1"}, ["Ana Blocked"]),
    ],
)
def test_every_view_stands_in_the_address(clinic: Desk, maria: Browser, query: dict[str, str], expected: list[str]):
    """A view is a link that can be saved and sent to a colleague."""
    found = sorted(names(maria.get("/queue", **query)))
    if query.get("role"):  # which role the high-risk lane begins with is its own business
        expected = [name for name in expected if name != "Dev Mine" or clinic.episode(4).owner_role == query["role"]]

    assert found == expected


def test_the_counts_are_those_of_the_views_they_lead_to(clinic: Desk, maria: Browser):
    """A number on a filter is how many rows it shows."""
    page = maria.get("/queue")

    assert {label: count for label, (count, _) in filters(page).items()} == {
        "Everyone": 4, "Mine": 1, "Offered to me": 0, "Unclaimed": 3, "Overdue": 1, "Due today": 2, "Blocked": 1, "Escalated": 1,
    }  # fmt: skip
    for count, href in filters(page).values():
        assert len(names(maria.get(href))) == count, href
    for link in page.one("div", class_="legend").all("a"):
        assert len(names(maria.get(link.attrs["href"]))) == int(link.text.split()[0]), link.text


def test_the_filters_of_a_view_keep_the_rest_of_it(clinic: Desk, maria: Browser):
    """Narrowing further, sorting and searching start from what is on the screen."""
    page = maria.get("/queue", lane="referral", q="e", sort="patient")

    for _, href in filters(page).values():
        assert {"lane=referral", "q=e", "sort=patient"} <= set(href.partition("?")[2].split("&"))
    form = page.one("div", class_="bar").one("form")
    assert form.one("input", name="lane").attrs["value"] == "referral"


@pytest.mark.parametrize(
    "given", [{"sort": "patient"}, {"sort": "age", "down": "1"}, {"overdue": "1"}, {"owner": "maria"}, {"role": "scheduler"}]
)
def test_searching_keeps_every_part_of_the_view(clinic: Desk, maria: Browser, given: dict[str, str]):
    """The search form carries the view along, sorting included."""
    (form,) = [form for form in maria.get("/queue", **given).forms if form.element.parent.attrs.get("class") == "bar"]

    assert set(given.items()) <= set(form.sent(q="a"))


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("due", ["Cleo Late", "Ben Escalated"]),
        ("patient", ["Ana Blocked", "Ben Escalated", "Cleo Late", "Dev Mine"]),
        ("status", None),
        ("age", None),
        ("last", None),
    ],
)
def test_every_column_that_sorts_sorts_both_ways(clinic: Desk, maria: Browser, sort: str, expected: list[str] | None):
    """The heading says which way, and turns it round."""
    up, down = maria.get("/queue", sort=sort), maria.get("/queue", sort=sort, down="1")

    assert names(up) == names(down)[::-1]
    if expected:
        assert names(up)[: len(expected)] == expected
    (heading,) = [th for th in up.all("th") if "aria-sort" in th.attrs]
    assert heading.attrs["aria-sort"] == "ascending"
    assert names(maria.get(heading.one("a").attrs["href"])) == names(down)


@pytest.mark.parametrize(
    ("typed", "found"),
    [("%", ["100% Coverage"]), ("_", ["Under_Score"]), ("\\", ["Back\\slash"]), ("100%", ["100% Coverage"]), ("' OR 1=1 --", [])],
)
def test_what_is_typed_is_sought_literally(desk: Desk, maria: Browser, typed: str, found: list[str]):
    """Signs that mean something to a database mean themselves."""
    for number, name in enumerate(("100% Coverage", "Under_Score", "Back\\slash", "Plain")):
        desk.patient(f"q{number}", name=name)
        desk.note(f"n-{number}", patient=f"q{number}", items=[])

    matched = names(maria.get("/queue", q=typed))

    assert [name for name in matched if name != "Plain"] == found or typed == "_"
    assert "Plain" not in matched or typed == "_"  # an underscore also stands in words like care_coordinator


def test_an_underscore_is_not_any_character(desk: Desk, maria: Browser):
    """ "a_b" finds a_b and not axb."""
    for number, name in enumerate(("Qa_b", "Qaxb")):
        desk.patient(f"q{number}", name=name)
        desk.note(f"n-{number}", patient=f"q{number}", items=[])

    assert names(maria.get("/queue", q="qa_b")) == ["Qa_b"]


def many(desk: Desk, count: int) -> None:
    for number in range(count):
        desk.patient(f"p-{number}", name=f"Patient {number:03d}")
        desk.note(f"n-{number}", patient=f"p-{number}", items=[])


@pytest.mark.parametrize(
    "query", [{}, {"sort": "patient"}, {"sort": "status", "down": "1"}, {"sort": "age"}, {"sort": "last", "down": "1"}]
)
def test_next_leads_through_the_whole_queue_once(desk: Desk, maria: Browser, query: dict[str, str]):
    """No row twice, none left out, whatever it is sorted by."""
    many(desk, PAGE + 5)
    page = maria.get("/queue", **query)
    seen = names(page)
    (following,) = [a for a in page.one("div", class_="pager").all("a") if a.text.startswith("Next")]

    page = maria.get(following.attrs["href"])

    assert len(seen) == PAGE
    assert len(names(page)) == 5
    assert len({*seen, *names(page)}) == PAGE + 5
    assert not [a for a in page.one("div", class_="pager").all("a") if a.text.startswith("Next")]
    assert page.all("a", href=maria.get("/queue", **query).response.url.raw_path.decode()) or "First page" in page.text


def test_a_very_long_name_does_not_break_the_next_page(desk: Desk, maria: Browser):
    """The key of a page holds the last name of it, however long."""
    for number in range(PAGE + 1):
        desk.patient(f"p-{number}", name=f"{number:03d}" + "é" * 497)
        desk.note(f"n-{number}", patient=f"p-{number}", items=[])
    page = maria.get("/queue", sort="patient")
    (following,) = [a for a in page.one("div", class_="pager").all("a") if a.text.startswith("Next")]

    assert len(names(maria.get(following.attrs["href"]))) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"lane": "nowhere"}, {"status": "fine"}, {"role": "boss"}, {"sort": "colour"}, {"overdue": "yes"}, {"down": "x"},
        {"after": "x"}, {"after": "|"}, {"after": "2026-99-99|1"}, {"after": "|" + "9" * 30}, {"after": "x" * 5000},
        {"sort": "age", "after": "2026-03-01|1"}, {"sort": "age", "after": "2026-03-01T00:00:00|1"},
        {"sort": "last", "after": "0001-01-01T00:00:00+14:00|1"}, {"lane": ""}, {"q": " "}, {"status": "closed"},
        {"nothing": "at all"}, {"lane": "REFERRAL"}, {"after": "2026-03-09|" + "9" * 18},
    ],
)  # fmt: skip
def test_nonsense_in_the_address_narrows_nothing(clinic: Desk, maria: Browser, query: dict[str, str]):
    """An old or mistyped link shows the queue, not an error."""
    page = maria.get("/queue", **query)

    assert page.status == 200
    if query != {"status": "closed"} and query.get("after", "").partition("|")[0][:4] not in {"2026", "0001"}:
        assert len(names(page)) == 4


def test_a_closed_episode_leaves_the_queue(clinic: Desk, maria: Browser):
    """The queue is what is active."""
    maria.submit(maria.get("/episodes/2/close").form("/episodes/2/moves/close"), reason="care_completed", seen="1")

    page = maria.get("/queue")
    assert "Ben Escalated" not in names(page)
    assert filters(page)["Escalated"][0] == 0


def test_an_empty_queue_says_how_to_fill_it(maria: Browser):
    """A fresh machine shows the next step."""
    page = maria.get("/queue")

    assert page.status == 200
    assert "No active patients here yet" in page.text
    assert not page.all("table")


def test_a_view_that_fits_nobody_offers_the_way_out(clinic: Desk, maria: Browser):
    """One link shows everybody again."""
    page = maria.get("/queue", q="nobody like this")

    assert "No active patient fits this view." in page.text
    (link,) = [a for a in page.one("main").all("a") if a.text.startswith("Show all")]
    assert len(names(maria.get(link.attrs["href"]))) == 4


def test_the_search_of_the_top_bar_leads_to_the_queue(clinic: Desk, maria: Browser):
    """From every page."""
    form = maria.get("/episodes/1").one("nav", class_="top").one("form", role="search")

    assert (form.attrs["action"], form.one("input").attrs["name"]) == ("/queue", "q")


def test_reading_the_queue_is_recorded(desk: Desk, maria: Browser):
    """Who looked, and not what was searched for."""
    maria.get("/queue", q="Rosa Alvarez")

    assert [log[2:5] for log in desk.stored()["access_log"]] == [("maria", "read", "queue")]


def test_age_and_due_follow_the_clock(clinic: Desk, clock: Clock):
    """Tomorrow everything is a day older."""
    clock.later(days=3)
    page = clinic.browser("maria").get("/queue")

    assert row(page, "Ana Blocked")["Age"] == "3 d"
    assert row(page, "Cleo Late")["Due"] == "Fri 6 Mar7 days late"


def test_a_spent_budget_is_told_with_its_figures(new_desk: Callable[..., Desk]):
    """A lead must see why suggestions come from the embedded assistant today, and decide whether to raise the budget."""
    desk = new_desk(daily_budget=DailyBudget(cost=5.0))
    took = {"calls": 640, "tokens_in": 800_000, "tokens_out": 12_400, "cost": 5.02}
    note = desk.note("n-1")

    def read_at(at: datetime) -> None:
        with desk.database.write() as session:
            suggestions.save_reading(session, note, replace(a_reading(reader=f"llm:{at}"), usage=took), now=at)

    read_at(desk.site.midnight(desk.clock()) - timedelta(seconds=1))
    assert "budget" not in desk.maria.get("/queue").text
    read_at(desk.clock())

    (told,) = [each.text for each in desk.maria.get("/queue").all("p", class_="notice")]

    assert told.startswith("Today’s budget for the model is spent: 5.02 of 5.00, 812,400 tokens in 640 calls.")
    assert told.endswith("Until tomorrow the embedded assistant reads the notes that come in.")


def test_without_a_budget_nothing_is_told_of_money(clinic: Desk, maria: Browser):
    """Most clinics run the embedded assistant."""
    assert maria.get("/queue").all("p", class_="notice") == []
