"""What people made of the drafts: used unchanged, edited, rejected and why, and how long a decision took."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from evals.outreach_measures import BY, measure, measures_by
from review_ui import forms
from review_ui.rendering import render
from review_ui.signing_in import SiteDep, UserDep
from store import draft_measures
from workflow.languages import language
from workflow.vocabulary import LaneName

router = APIRouter()

PERIODS = (7, 30, 90)
"""Days that can be looked back."""


@router.get("/outreach/measures")
def show(request: Request, site: SiteDep, user: UserDep) -> Response:  # noqa: ARG001 — for signed-in people
    """The drafts offered in the last days, up to now. It names no patient."""
    now = site.clock()
    days = forms.number(request.query_params.get("days"))
    days = days if days in PERIODS else PERIODS[1]
    lane = forms.optional_word(request.query_params.get("lane"), LaneName)
    first = site.today(now) - timedelta(days=days - 1)
    since = datetime.combine(first, time(), ZoneInfo(site.zone)).astimezone(UTC)
    with site.database.read() as session:
        found = draft_measures.outcomes(session, since, now + timedelta(microseconds=1), lane=lane)
    return render(
        request,
        "outreach_measures.html",
        section="outreach",
        days=days,
        periods=PERIODS,
        lane=lane,
        lanes=list(LaneName),
        since=first,
        whole=measure(found),
        parts={what: {_named(what, key): part for key, part in measures_by(found, what).items()} for what in BY},
    )


def _named(what: str, key: str) -> str:
    return language(key) if what == "language" else key
