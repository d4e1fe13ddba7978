"""The Queue page: the active patients of a view, which stands whole in the page's address."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from review_ui import forms, spending
from review_ui.context import Site
from review_ui.history import steps
from review_ui.outreach import Logged
from review_ui.pages import patient
from review_ui.rendering import render
from review_ui.signing_in import SiteDep, UserDep
from store import access, contact, queue, review, timeline, users
from store.errors import Unknown
from store.queue import Sort, View
from store.users import User
from workflow.vocabulary import LaneName, OwnerRole, Status

router = APIRouter()

MOST_TEXT = 100
MOST_KEY = 2000
"""Characters of the key of a page, which may hold a patient's name; a longer one means nothing."""


def address(view: View, **changes: object) -> str:
    """The address of a view, with some of it changed; what narrows nothing is left out."""
    other = replace(view, **changes)  # type: ignore[arg-type]
    parts = {
        "lane": other.lane.value if other.lane else "",
        "status": other.status.value if other.status else "",
        "role": other.owner_role.value if other.owner_role else "",
        "owner": other.owner or "",
        "offered": other.offered_to or "",
        "q": other.text,
        "sort": other.sort.value if other.sort is not Sort.DUE else "",
    }
    flags = ("overdue", "blocked", "escalated", "unclaimed")
    parts |= {flag: "1" for flag in flags if getattr(other, flag)} | ({"down": "1"} if other.descending else {})
    query = urlencode({key: value for key, value in parts.items() if value})
    return f"/queue?{query}" if query else "/queue"


def view_of(request: Request) -> View:
    """The view an address asks for. What it asks that does not exist narrows nothing."""
    asked = request.query_params
    return View(
        lane=forms.optional_word(asked.get("lane"), LaneName),
        status=forms.optional_word(asked.get("status"), Status),
        owner_role=forms.optional_word(asked.get("role"), OwnerRole),
        owner=asked.get("owner", "").replace("\x00", "")[:MOST_TEXT] or None,
        offered_to=asked.get("offered", "").replace("\x00", "")[:MOST_TEXT] or None,
        overdue=asked.get("overdue") == "1",
        blocked=asked.get("blocked") == "1",
        escalated=asked.get("escalated") == "1",
        unclaimed=asked.get("unclaimed") == "1",
        text=asked.get("q", "").replace("\x00", "")[:MOST_TEXT].strip(),
        sort=Sort(asked["sort"]) if asked.get("sort") in set(Sort) else Sort.DUE,
        descending=asked.get("down") == "1",
    )


@router.get("/queue")
def show(request: Request, site: SiteDep, user: UserDep) -> Response:
    """One page of the queue, with the counts of the whole queue as filters."""
    view, now = view_of(request), site.clock()
    after = request.query_params.get("after", "").replace("\x00", "")[:MOST_KEY]
    today = site.today(now)
    with site.database.read() as session:
        page = queue.page(session, view, today=today, after=after or None)
        counts = queue.counts(session, today=today, lane=view.lane, owner=user.username)
        to_review = review.count_waiting(session)
        budget_spent = spending.notice(session, site, now=now)
        people = {each.username: each.name for each in users.everybody(session)}
        facts = contact.facts_of(session, {row.patient.id for row in page.rows})
        logged = _logged(session, site, user, request.query_params.get("logged", ""), address(view), now)
    with site.database.write() as session:
        access.record_access(session, user.username, "read", "queue", now=now)
    filters = [
        (
            "Everyone",
            counts.active,
            address(view, owner=None, offered_to=None, overdue=False, blocked=False, escalated=False, unclaimed=False),
            _is_wide(view),
        ),
        ("Mine", counts.mine, address(view, owner=None if view.owner == user.username else user.username), view.owner == user.username),
        (
            "Offered to me",
            counts.offered,
            address(view, offered_to=None if view.offered_to == user.username else user.username),
            view.offered_to == user.username,
        ),
        ("Unclaimed", counts.unclaimed, address(view, unclaimed=not view.unclaimed), view.unclaimed),
        ("Overdue", counts.overdue, address(view, overdue=not view.overdue), view.overdue),
        ("Blocked", counts.blocked, address(view, blocked=not view.blocked), view.blocked),
        ("Escalated", counts.escalated, address(view, escalated=not view.escalated), view.escalated),
    ]
    return render(
        request,
        "queue.html",
        section="queue",
        view=view,
        page=page,
        counts=counts,
        filters=filters,
        address=address,
        after=after,
        to_review=to_review,
        people=people,
        budget_spent=budget_spent,
        facts=facts,
        back=address(view),
        logged=logged,
        statuses=[status for status in Status if status is not Status.CLOSED],
        lanes=list(site.lanes.values()),
        sorts=Sort,
        limits={lane.name: lane.escalation.after_failed_attempts for lane in site.lanes.values()},
    )


def _logged(session: Session, site: Site, user: User, what: str, back: str, now: datetime) -> Logged | None:
    """The attempt that was just logged from a row, "episode.event" in the address, in words and with its undo."""
    episode_id, seq = (forms.number(part) for part in (what.partition(".")[0], what.partition(".")[2]))
    if not episode_id or episode_id > forms.MOST_ID:
        return None
    try:
        view = timeline.view(session, episode_id)
    except Unknown:
        return None
    lane = site.lane(view.episode.lane)
    found = patient.logged(view, lane, steps(view.timeline, now), seq, user, lane.calendar.local_day(now), back)
    return replace(found, said=f"{view.patient.name}: {found.said}") if found else None


def _is_wide(view: View) -> bool:
    return not (view.owner or view.offered_to or view.overdue or view.blocked or view.escalated or view.unclaimed)
