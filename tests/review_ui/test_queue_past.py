"""The queue as it stood, and the queue as a file and as JSON: the same view, the same rows."""

import csv
import io
from datetime import timedelta

import pytest

from connectors.spreadsheet import unguarded
from store import episodes
from store.queue import PAGE
from tests.builders import MARIA, NO_RIDE, REFERRAL, a_suggestion
from tests.review_ui.desk import Browser, Clock, Desk
from tests.review_ui.test_queue_page import filters, many, names, row
from workflow.moves import open_episode


@pytest.fixture
def clinic(desk: Desk, maria: Browser, clock: Clock) -> Desk:
    """On 10 March Ana and Ben came; Ben was blocked at once. A week later Ana was closed, and Cleo came."""
    for number, name in enumerate(("Ana", "Ben", "Cleo"), start=1):
        desk.patient(f"p-{number}", name=name)
    desk.note("n-1", patient="p-1", items=[])
    note = desk.note("n-2", patient="p-2", items=[a_suggestion(NO_RIDE, "No ride")])
    clock.later(hours=1)
    desk.decide(desk.browser("maria"), desk.one(note, "blocker"), "accept")
    clock.later(days=7)
    later = desk.browser("maria")
    later.submit(later.get("/episodes/1/close").form("/episodes/1/moves/close"), reason="care_completed")
    with desk.database.write() as session:
        episodes.create(session, 3, REFERRAL.name, open_episode(REFERRAL, now=clock(), actor=MARIA, reason="r"))
    return desk


@pytest.fixture
def late(clinic: Desk) -> Browser:
    """Maria's browser, a week later."""
    return clinic.browser("maria")


def test_the_past_shows_who_was_there_then(clinic: Desk, late: Browser):
    """A closed patient is back, a new one not yet there, and age and lateness are those of that day."""
    assert sorted(names(late.get("/queue"))) == ["Ben", "Cleo"]

    page = late.get("/queue", as_of="2026-03-10")

    assert sorted(names(page)) == ["Ana", "Ben"]
    assert row(page, "Ben")["Blocked by"] == "transport"
    assert filters(page)["Blocked"][0] == 1
    assert row(page, "Ben")["Age"] == "13 h"  # at the end of the day
    assert "As it stood on Tue 10 Mar 2026, 23:59." in page.text


@pytest.mark.parametrize(
    ("moment", "blocked"),
    [("2026-03-10T10:30", "—"), ("2026-03-10T11:00", "transport"), ("2026-03-10T15:30Z", "—"), ("2026-03-10T16:00:00Z", "transport")],
)
def test_a_moment_is_the_clinics_own_unless_it_says_its_zone(clinic: Desk, late: Browser, moment: str, blocked: str):
    """Ten o'clock in Chicago is three in the afternoon in UTC."""
    page = late.get("/queue", as_of=moment)

    assert row(page, "Ben")["Blocked by"] == blocked
    assert row(late.get("/queue", as_of=moment[:10], as_of_time="10:30"), "Ben")["Blocked by"] == "—"


def test_before_anybody_came_nobody_was_there(clinic: Desk, late: Browser):
    """Told as such; not as if the machine were fresh."""
    page = late.get("/queue", as_of="2026-03-09")

    assert names(page) == []
    assert "Nobody was active then." in page.text


def test_the_past_can_only_be_looked_at(clinic: Desk, late: Browser):
    """No boxes, no batch; filters, order and export stay on that day, and one link leads back."""
    page = late.get("/queue", as_of="2026-03-10", blocked="1")

    assert not page.all("input", name="e")
    assert not [form for form in page.forms if form.action == "/queue/preview"]
    for link in [*page.one("div", class_="bar").all("a"), *page.one("thead").all("a"), *page.all("a", download="*")]:
        assert "as_of=2026-03-10" in link.attrs["href"]
    (back,) = [a.attrs["href"] for a in page.all("a") if a.text == "Back to now"]
    assert back == "/queue?blocked=1"


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01", "2026-03-18", "2030-01-01T00:00Z", "1999-01-01", "9999-12-31", "٢٠٢٦-٠٣-٠١"])
def test_a_moment_that_cannot_be_is_told_never_taken_for_now(clinic: Desk, late: Browser, moment: str):
    """On the page with the present queue beside it; as a file and as JSON, nothing comes."""
    page = late.get("/queue", as_of=moment)

    assert page.status == 422
    assert page.problem.startswith("As it stood on:")
    assert sorted(names(page)) == ["Ben", "Cleo"]
    assert late.get("/queue.csv", as_of=moment).status == 422
    assert late.get("/api/v1/queue", as_of=moment).response.json()["error"].startswith("As it stood on:")


def cells(browser: Browser, **query: str) -> list[dict[str, str]]:
    response = browser.client.get("/queue.csv", params=query)
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline=""), strict=True))


def test_the_file_holds_every_page_of_the_view(desk: Desk, maria: Browser):
    """In its order, with the columns a lead needs."""
    many(desk, PAGE + 5)

    found = cells(maria, sort="patient", down="1")

    assert [each["patient"] for each in found] == [f"Patient {number:03d}" for number in range(PAGE + 4, -1, -1)]
    first = found[0]
    assert (first["lane"], first["status"], first["owner"], first["opened_at"]) == ("referral", "new", "", "2026-03-10T10:00:00-05:00")
    assert (first["due"], first["days_overdue"], first["age_days"], first["patient_id"]) == ("2026-03-12", "0", "0", "p-54")


FORMULAS = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "＝1+1", "＋1", "－1", "＠SUM(A1)", "'=1", "''=1", "\n=1"),
    *('=HYPERLINK("http://x.example","y")', "=cmd|' /C calc'!A0", "Ana\n=1+1", "Ana\r\n@x", "Ana\u2028=1", 'x";=1', "a;=1", "a\t=1"),
]


@pytest.mark.parametrize("name", FORMULAS)
def test_no_cell_of_the_file_runs(desk: Desk, maria: Browser, name: str):
    """Whatever a patient is called, no line of any cell begins as a formula; read back, it is the name again."""
    desk.patient("p-1", name=name)
    desk.note("n-1", patient="p-1", items=[])
    raw = maria.client.get("/queue.csv").content.decode("utf-8-sig")

    ((_, cell),) = [
        (key, value) for each in csv.DictReader(io.StringIO(raw, newline="")) for key, value in each.items() if key == "patient"
    ]

    assert not cell.strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert not any(char in cell for char in "\r\n\u2028")
    assert raw.count("\r\n") == 2
    assert " ".join(unguarded(cell).split()) == " ".join(name.split())


def test_the_name_of_the_file_says_view_and_moment_and_not_what_was_sought(clinic: Desk, late: Browser):
    """A name of a file travels further than the file."""

    def named(**query: str) -> str:
        return late.client.get("/queue.csv", params=query).headers["content-disposition"]

    assert named() == 'attachment; filename="queue-all-at-2026-03-17T1100.csv"'
    assert named(lane="referral", overdue="1", q="Ana", as_of="2026-03-10") == (
        'attachment; filename="queue-referral-overdue-found-as-of-2026-03-10T2359.csv"'
    )
    assert named(owner='x"; y\r\nz') == 'attachment; filename="queue-x-y-z-at-2026-03-17T1100.csv"'


def test_taking_a_file_stands_in_the_access_log(clinic: Desk, late: Browser):
    """Who, when, and as of when; not what was searched for."""
    late.get("/queue.csv", q="Ana")
    late.get("/queue.csv", as_of="2026-03-10")

    logged = [log[2:5] for log in clinic.stored()["access_log"]][-2:]
    assert logged == [("maria", "export", "queue"), ("maria", "export", "queue as of 2026-03-11T04:59+00:00")]


def test_the_past_as_a_file_is_the_past(clinic: Desk, late: Browser):
    """The same rows as the page."""
    assert sorted(each["patient"] for each in cells(late, as_of="2026-03-10")) == ["Ana", "Ben"]


def test_json_holds_the_same_rows_page_by_page(desk: Desk, maria: Browser, clock: Clock):
    """With the number of the view, and the way to the next page."""
    many(desk, PAGE + 5)
    clock.later(minutes=1)
    first = maria.client.get("/api/v1/queue", params={"sort": "patient", "lane": "referral"}).json()

    second = maria.client.get(first["next"]).json()

    assert (first["active"], first["shown"], len(first["rows"]), len(second["rows"]), second["next"]) == (PAGE + 5, PAGE + 5, PAGE, 5, None)
    assert second["rows"][-1]["patient"] == f"Patient {PAGE + 4:03d}"
    assert second["rows"][0]["blocked_by"] == []
    past = maria.client.get("/api/v1/queue", params={"as_of": (clock() - timedelta(days=1)).isoformat().replace("+00:00", "Z")}).json()
    assert past["rows"] == []


def test_a_stranger_gets_json_that_says_so(desk: Desk):
    """A program is told by the status, not sent to a form."""
    response = desk.browser().client.get("/api/v1/queue", follow_redirects=False)

    assert (response.status_code, response.json()) == (401, {"error": "Sign in to see this page."})
