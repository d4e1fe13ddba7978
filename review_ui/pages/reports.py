"""The Reports page: what a period was like, each number with its patients. The period and what narrows it stand in the address."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from markupsafe import Markup

from connectors import spreadsheet
from review_ui import charts, forms, reports
from review_ui.context import Site
from review_ui.rendering import render
from review_ui.reports import SHOWN, Background, Row, Shown
from review_ui.signing_in import SiteDep, UserDep
from store import access, review, users
from store.errors import Unknown
from store.reports import catalogue
from store.reports.counting import Counted
from store.reports.scope import Scope
from workflow.vocabulary import LaneName, OwnerRole

router = APIRouter()

Name = Annotated[str, Path(max_length=40)]

PERIODS = ((4, "4 weeks"), (13, "13 weeks"), (52, "52 weeks"))
USUAL = 13
PAGE = 50
MOST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Section:
    """One report as the page shows it. `chart` is None where it could not be drawn; then the table is open."""

    name: str
    kind: Shown
    counted: Counted
    reading: str
    rows: list[Row]
    chart: Markup | None


def scope_of(request: Request, site: Site, now: datetime) -> Scope:
    """What an address asks about. What makes no sense there narrows nothing; without a period it is the last 13 weeks."""
    asked = request.query_params
    lane = forms.optional_word(asked.get("lane"), LaneName)
    zone = site.lane(lane).calendar.zone if lane else site.zone
    scope = Scope(
        first=date.min,
        last=date.max,
        zone=zone,
        now=now,
        lane=lane,
        owner_role=forms.optional_word(asked.get("role"), OwnerRole),
        site=asked.get("site", "").replace("\x00", "")[:MOST_TEXT] or None,
    )
    first, last = _day(asked.get("from")), _day(asked.get("to"))
    today = scope.today
    if first is None or last is None or not forms.EARLIEST <= first <= last:
        first, last = today - timedelta(weeks=USUAL) + timedelta(days=1), today
    return replace(scope, first=min(first, today), last=min(last, today))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def address(scope: Scope, path: str = "/reports", **changes: object) -> str:
    """The address of a page about this scope, with some of it changed, and with what else the page is asked."""
    more = {name: str(changes.pop(name, None) or "") for name in ("line", "after")}
    other = replace(scope, **changes)  # type: ignore[arg-type]
    parts = {
        "from": other.first.isoformat(),
        "to": other.last.isoformat(),
        "lane": other.lane.value if other.lane else "",
        "role": other.owner_role.value if other.owner_role else "",
        "site": other.site or "",
    }
    return f"{path}?{urlencode({key: value for key, value in (parts | more).items() if value})}"


@router.get("/reports")
def show(request: Request, site: SiteDep, user: UserDep) -> Response:
    """All reports about one period. That they were looked at is recorded."""
    now = site.clock()
    scope = scope_of(request, site, now)
    with site.database.read() as session:
        background = Background(catalogue.count_open(session, scope), catalogue.business_days_late(session, scope, site.lanes))
        counts = {name: report.counted(session, scope) for name, report in catalogue.REPORTS.items()}
        sites = catalogue.sites(session)
        to_review = review.count_waiting(session)
    with site.database.write() as session:
        access.record_access(session, user.username, "read", "reports", now=now)
    sections = [_section(name, counts[name], background) for name in SHOWN]
    periods = [
        (label, address(scope, first=first, last=scope.today), (scope.first, scope.last) == (first, scope.today))
        for weeks, label in PERIODS
        for first in [scope.today - timedelta(weeks=weeks) + timedelta(days=1)]
    ]
    return render(
        request,
        "reports.html",
        section="reports",
        scope=scope,
        sections=sections,
        periods=periods,
        address=address,
        sites=sites,
        lanes=list(site.lanes.values()),
        is_few=reports.is_few,
        in_days=reports.days,
        to_review=to_review,
    )


def _section(name: str, counted: Counted, background: Background) -> Section:
    kind = SHOWN[name]
    reading = kind.reading(counted, background)
    chart = charts.draw(kind.chart(counted), f"{kind.title} {reading}") if counted.whole.count else None
    return Section(name, kind, counted, reading, kind.rows(counted), chart)


@router.get("/reports/{report}.csv")
def table(request: Request, site: SiteDep, user: UserDep, report: Name) -> Response:
    """The table of a report, for a spreadsheet: exactly what the page shows."""
    kind, now = _known(report), site.clock()
    scope = scope_of(request, site, now)
    with site.database.read() as session:
        counted = catalogue.REPORTS[report].counted(session, scope)
    with site.database.write() as session:
        access.record_access(session, user.username, "export", f"report {report}", now=now)
    rows = (kind.headings, *((*row.words, *row.numbers) for row in kind.rows(counted)))
    name = f"{report}-{scope.first.isoformat()}-{scope.last.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("".join(spreadsheet.lines(rows)), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/reports/{report}/patients")
def behind(
    request: Request, site: SiteDep, user: UserDep, report: Name, line: Annotated[str, Query(max_length=100)] = "", after: str = ""
) -> Response:
    """The patients behind a number, as they stand today. That they were looked at is recorded."""
    kind, now = _known(report), site.clock()
    scope = scope_of(request, site, now)
    last_id = forms.number(after) or 0
    with site.database.read() as session:
        ids = catalogue.REPORTS[report].episodes(session, scope, line.replace("\x00", ""))
        rest = [each for each in ids if each > last_id]
        found = catalogue.found(session, rest[:PAGE])
        counted = catalogue.REPORTS[report].counted(session, scope)
        people = {each.username: each.name for each in users.everybody(session)}
    with site.database.write() as session:
        access.record_access(session, user.username, "read", f"report {report}: patients", now=now)
    return render(
        request,
        "report_patients.html",
        section="reports",
        scope=scope,
        report=report,
        kind=kind,
        line=reports.line_words(kind, counted, line),
        key=line,
        count=len(ids),
        found=found,
        after=rest[PAGE - 1] if len(rest) > PAGE else None,
        address=address,
        people=people,
    )


def _known(report: str) -> Shown:
    kind = SHOWN.get(report)
    if kind is None:
        raise Unknown("There is no such report.")
    return kind
