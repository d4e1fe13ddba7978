"""The monthly view: a few numbers for each kind of owner, each beside the month before and with the patients behind it."""

from datetime import date
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from review_ui import forms
from review_ui.rendering import render
from review_ui.signing_in import SiteDep, UserDep
from store import access, meetings, monthly
from workflow.monthly import Figure, Month
from workflow.vocabulary import LaneName

router = APIRouter()

MOST = 200
"""Patients behind a number that are listed."""


def address(month: Month, lane: LaneName | None, of: str = "") -> str:
    """The address of this page, with the patients behind the number called `of`."""
    query = {"month": str(month), "lane": lane.value if lane else "", "of": of}
    return "/monthly?" + urlencode({key: value for key, value in query.items() if value}) + ("#patients" if of else "")


def amount(figure: Figure) -> str:
    """A number in words: "12", "78 %", "23 days"."""
    if figure.value is None:
        return "—"
    if figure.unit == "share":
        return f"{figure.value:.0%}".replace("%", " %")
    days = "" if not figure.unit else " day" if figure.value == 1 else " days"
    return f"{figure.value:g}{days}"


def change(figure: Figure, before: Figure) -> str:
    """The change against the month before: "+3", "−5 points", "no change"; a dash where one of the two has no number."""
    if figure.value is None or before.value is None:
        return "—"
    by = figure.value - before.value
    points = figure.unit == "share"
    by = round(by * 100) if points else by
    if not by:
        return "no change"
    unit = (" point" if abs(by) == 1 else " points") if points else ""
    return f"{'+' if by > 0 else '−'}{abs(by):g}{unit}"


def asked_month(text: str, today: date) -> Month:
    """The month an address names; the last full one where it names none that there was."""
    try:
        month = Month(date.fromisoformat(f"{text}-01"))
    except ValueError:
        return Month.of(today).before
    return month if forms.EARLIEST <= month.first <= today else Month.of(today).before


@router.get("/monthly")
def show(request: Request, site: SiteDep, user: UserDep) -> Response:
    """The page. That it was looked at is recorded."""
    now = site.clock()
    today = site.today(now)
    lane = forms.optional_word(request.query_params.get("lane"), LaneName)
    month = asked_month(request.query_params.get("month", ""), today)
    with site.database.read() as session:
        owners = monthly.view(session, site.lanes, month, now=now, lane=lane)
        of = monthly.patients_of(owners, request.query_params.get("of", ""))
        listed = meetings.listed(session, of.episodes[:MOST]) if of else {}
    with site.database.write() as session:
        access.record_access(session, user.username, "read", "monthly", now=now)
    return render(
        request,
        "monthly.html",
        section="agenda",
        month=month,
        this_month=Month.of(today),
        lane=lane,
        lanes=list(site.lanes.values()),
        owners=owners,
        of=of,
        listed=[listed[episode_id] for episode_id in (of.episodes[:MOST] if of else ())],
        address=address,
        amount=amount,
        change=change,
    )
