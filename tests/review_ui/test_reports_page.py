"""The Reports page: every number with its patients, the same table as CSV, the address that holds the whole question."""

import csv
import io
import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from review_ui import charts, reports
from review_ui.reports import SHOWN
from store import episodes
from store.reports.catalogue import REPORTS
from store.reports.counting import DAY
from store.tables import AccessRow
from tests.builders import NOW, a_patient
from tests.histories import a_story
from tests.review_ui.desk import Browser, Desk
from tests.review_ui.html import Element, Page

WIDE = "/reports?from=2026-01-01&to=2026-12-31"


@pytest.fixture
def clinic(desk: Desk) -> Browser:
    """Maria's browser on a desk with thirty patients, of two sites, months later."""
    with desk.database.write() as session:
        for seed in range(30):
            story = a_story(seed, opened_at=NOW + timedelta(days=seed), steps=16)
            site = "=Harbor" if seed % 3 else "North & <b>South</b>"
            patient = a_patient(session, f"p-{seed}", name=f"Patient {seed}", site=site)
            episodes.create(session, patient, story.lane.name, story.events)
    desk.clock.later(days=190)
    return desk.browser("maria")  # the first session is long over


def sections(page: Page) -> dict[str, Element]:
    return {each.attrs["id"]: each for each in page.all("section", class_="report")}


def rows(section: Element) -> list[list[Element]]:
    """The cells of the table, without its heading."""
    return [[cell for cell in row.children if isinstance(cell, Element)] for row in section.one("tbody").all("tr")]


def test_every_report_stands_on_the_page_with_its_definition_and_chart(clinic: Browser):
    """Question, sentence, chart with words for those who do not see it, table, definition."""
    page = clinic.get(WIDE)
    found = sections(page)

    assert page.status == 200
    assert found.keys() == SHOWN.keys() == REPORTS.keys()
    for name, kind in SHOWN.items():
        section = found[name]
        assert section.one("h2").text == kind.title
        assert kind.definition in section.text
        assert section.one("svg").attrs["aria-label"].startswith(kind.title)
        assert section.one("p", class_="reading").text
        assert [each.text for each in section.one("thead").all("th")] == list(kind.headings)


def test_every_number_leads_to_exactly_its_patients(clinic: Browser):
    """The list behind a line has as many patients as the line says, over all its pages; the way back is the same question."""
    for name, section in sections(clinic.get(WIDE)).items():
        place = SHOWN[name].headings.index("Patients")
        for cells in rows(section):
            said = int(cells[place].text)
            links = {link.attrs["href"] for cell in cells for link in cell.all("a")}
            assert len(links) == (said > 0), name
            for href in links:
                page = clinic.get(unescape(href))
                assert page.one("h1").one("span").text.endswith(f"{said} patient{'' if said == 1 else 's'}"), (name, href)
                assert len(page.one("tbody").all("tr")) == said <= 50, (name, href)
                back = page.one("a", href=f"/reports?from=2026-01-01&to={parse_qs(urlsplit(href).query)['to'][0]}#{name}")
                assert back.text == "Reports"


def test_the_csv_is_the_table(clinic: Browser):
    """Headings, lines and the sum, cell for cell."""
    for name, section in sections(clinic.get(WIDE)).items():
        answer = clinic.client.get(section.one("a", download="*").attrs["href"])
        lines = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))

        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert re.fullmatch(rf'attachment; filename="{name}-2026-01-01-2026-\d\d-\d\d\.csv"', answer.headers["content-disposition"])
        assert lines == [list(SHOWN[name].headings), *([cell.text for cell in cells] for cells in rows(section))]


def test_filters_stand_in_the_address_and_in_every_link(clinic: Browser):
    """A view can be sent to a colleague; the form, the links and the CSV ask the same question."""
    site = "North & <b>South</b>"
    page = clinic.get("/reports", **{"from": "2026-03-01", "to": "2026-06-30", "role": "care_coordinator", "site": site})
    form = page.form("/reports")

    assert dict(form.fields) == {"from": "2026-03-01", "to": "2026-06-30", "lane": "", "role": "care_coordinator", "site": site}
    hrefs = [each.attrs["href"] for section in sections(page).values() for each in section.all("a")]
    assert hrefs
    for href in hrefs:
        asked = parse_qs(urlsplit(href).query)
        assert (asked["role"], asked["site"], asked["from"]) == (["care_coordinator"], [site], ["2026-03-01"])
    for row in clinic.get(next(href for href in hrefs if "/aging/patients" in href)).one("tbody").all("tr"):
        assert site in row.text


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-13-01&to=x",
        "from=2026-05-01&to=2026-04-01",
        "from=0001-01-01&to=9999-12-31",
        "lane=x&role=y&site=%00",
        "from=2026-05-01",
        "",
    ],
)
def test_a_question_that_makes_no_sense_is_the_usual_one(clinic: Browser, query: str):
    """Thirteen weeks until today, as the form then says."""
    form = dict(clinic.get(f"/reports?{query}").form("/reports").fields)

    assert (form["from"], form["to"], form["lane"], form["role"], form["site"]) == ("2026-06-18", "2026-09-16", "", "", "")


def test_a_day_to_come_is_not_told(clinic: Browser):
    """A period that reaches into the future ends today; one that lies there is today."""
    assert dict(clinic.get("/reports?from=2026-09-01&to=2027-01-01").form("/reports").fields)["to"] == "2026-09-16"
    assert dict(clinic.get("/reports?from=2027-01-01&to=2027-02-01").form("/reports").fields)["from"] == "2026-09-16"


def test_an_empty_record_says_so_in_words(maria: Browser):
    """No chart of nothing, no 0 where nothing is defined."""
    page = maria.get("/reports")

    assert [each.one("p", class_="reading").text for each in sections(page).values()] == [
        "Nothing was closed in this period.",
        "Nobody was open at the end of this period.",
        "Nobody was open at the end of this period.",
        "Nobody was open in this period.",
        "Nobody was open in this period.",
        "Nothing was blocked on the days looked at.",
        "No status changed in this period.",
        "Nothing was closed in this period.",
        "Nothing was closed in this period.",
    ]
    assert page.all("svg") == []
    assert page.all("table") == []


def test_few_cases_are_said_to_be_few(desk: Desk, maria: Browser):
    """A median of three is no finding."""
    desk.note()
    desk.clock.later(minutes=5)

    assert "few: 1 patient" in sections(maria.get("/reports"))["aging"].text


def test_a_chart_that_cannot_be_drawn_leaves_its_table(clinic: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    """The numbers are what matters; the log says what failed."""
    charts._svg.cache_clear()
    monkeypatch.setattr(charts, "_VEGA_LITE", "0.1")

    page = clinic.get(WIDE)
    charts._svg.cache_clear()

    assert page.status == 200
    assert page.all("svg") == []
    assert len(page.all("details", open="*")) == len(SHOWN)
    assert "a chart could not be drawn" in caplog.text


def test_a_chart_is_drawn_once_and_follows_the_theme():
    """Colours are the tokens', texts are escaped, and nothing in it speaks to a screen reader but its words."""
    charts._svg.cache_clear()
    spec = charts.bars([("<script>alert(1)</script>", 2, "2"), ("b", 1, '"1"')])

    drawn = [charts.draw(spec, 'Of 3 "closings" <half>') for _ in range(2)]

    assert drawn[0] == drawn[1]
    assert charts._svg.cache_info().misses == 1
    svg = str(drawn[0])
    assert "var(--accent)" in svg
    assert "<script" not in svg
    assert 'aria-label="Of 3 &#34;closings&#34; &lt;half&gt;"' in svg
    assert len(re.findall(r"role=", svg)) == 1
    assert not re.search(r"style=|#[0-9a-f]{6}|https?://(?!www\.w3\.org)", svg)


def test_looks_and_exports_are_recorded_by_name_alone(desk: Desk, clinic: Browser):
    """Who saw whose list: the report and the address' filters are no patient."""
    clinic.get("/reports")
    clinic.get("/reports/aging/patients")
    clinic.get("/reports/aging.csv")

    with desk.database.read() as session:
        entries = session.execute(select(AccessRow.action, AccessRow.subject).order_by(AccessRow.id)).all()
    assert [tuple(entry) for entry in entries] == [("read", "reports"), ("read", "report aging: patients"), ("export", "report aging")]


@pytest.mark.parametrize("path", ["/reports/nothing.csv", "/reports/nothing/patients", "/reports/aging%00/patients"])
def test_a_report_that_does_not_exist_is_not_found(maria: Browser, path: str):
    """In a sentence."""
    assert maria.get(path).status == 404


def test_a_line_that_does_not_exist_has_nobody_behind_it(clinic: Browser):
    """With the way back."""
    for line in ("99", "x", "%00", "' OR 1=1"):
        page = clinic.get("/reports/aging/patients", line=line)
        assert (page.status, page.one("h1").one("span").text) == (200, "0 patients")


def test_a_long_list_comes_in_pages(desk: Desk, clinic: Browser):
    """Fifty at a time, none twice and none left out."""
    with desk.database.write() as session:
        for number in range(100, 190):
            story = a_story(3, opened_at=desk.clock.now - timedelta(days=2), steps=0)
            episodes.create(session, a_patient(session, f"p-{number}", name=f"Patient {number}"), story.lane.name, story.events)
    page, seen = clinic.get("/reports/aging/patients", line="0"), []
    while True:
        seen += [link.attrs["href"] for link in page.all("a", class_="name")]
        following = page.one("div", class_="pager").all("a")
        if not following:
            break
        page = clinic.get(following[0].attrs["href"])

    assert len(seen) == len(set(seen)) == 90


def test_durations_in_words():
    """One decimal while it matters; undefined is a dash."""
    assert [reports.days(seconds) for seconds in (None, 0, DAY, 2.5 * DAY, 31.4 * DAY)] == ["–", "0 days", "1 day", "2.5 days", "31 days"]
    assert [reports.share(part, whole) for part, whole in ((1, 0), (0, 9), (1, 300), (1, 3))] == ["–", "0 %", "under 1 %", "33 %"]
