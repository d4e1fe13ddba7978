"""The Queue page: the active patients of a view, now or as they stood at a past moment; the same as CSV and as JSON."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse, StreamingResponse
from sqlalchemy.orm import Session

from connectors import spreadsheet
from review_ui import forms, owning, queue_columns, queue_links, spending
from review_ui.context import Site
from review_ui.errors import UnreadableForm
from review_ui.history import steps
from review_ui.outreach import Logged
from review_ui.pages import patient
from review_ui.queue_address import Asked, asked_of, moment_of
from review_ui.rendering import render
from review_ui.signing_in import SiteDep, UserDep
from store import access, contact, counts, draft_list, people, queue, review, saved_views, timeline, users
from store.batches import MOST as MOST_IN_BATCH
from store.errors import Unknown
from store.queue import Moment, Sort, View
from store.users import User
from workflow.vocabulary import OwnerRole, Status

router = APIRouter()

MOST_KEY = 2000
"""Characters of the key of a page, which may hold a patient's name; a longer one means nothing."""

SAID = {
    "saved": "View saved.",
    "changed": "View changed.",
    "deleted": "View deleted.",
    "undone": "Undone.",
    "default": "Your Queue page opens with this view now.",
    "no-default": "Your Queue page opens with the whole queue now.",
}


@router.get("/queue")
def show(request: Request, site: SiteDep, user: UserDep) -> Response:
    """One page of the queue, each filter with the number of rows it leads to."""
    if not request.query_params:
        with site.database.read() as session:
            default = saved_views.default_of(session, user)
        if default is not None:
            return RedirectResponse(f"/queue?{default.query or 'all=1'}", status_code=303)
    return answer(request, site, user, asked_of(request.query_params))


def answer(
    request: Request, site: Site, user: User, asked: Asked, *, status: int = 200, problem: str = "", draft: dict[str, str] | None = None
) -> Response:
    """The page. `problem` is why something was refused, `draft` what was typed into the form that was."""
    try:
        at = moment_of(asked, site)
    except UnreadableForm as error:
        asked, status, problem = replace(asked, as_of=""), 422, str(error)
        at = moment_of(asked, site)
    view, after = asked.resolved(user.username), _after(request)
    with site.database.read() as session:
        page = queue.page(session, view, at, after=after)
        numbers = counts.counts(session, view, at, me=user.username)
        to_review = review.count_waiting(session)
        budget_spent = spending.notice(session, site, now=site.clock())
        views = saved_views.of(session, user)
        names = {each.username: each.name for each in users.everybody(session)}
        today = site.today(site.clock())
        owners = owning.choices(session, people.here(session, today), user, today)
        facts = contact.facts_of(session, {row.patient.id for row in page.rows})
        drafted = draft_list.waiting_of(session, {row.episode_id for row in page.rows})
        logged = _logged(session, site, user, request.query_params.get("logged", ""), asked.address())
    _record(site, user.username, "read", at)
    address = _addresses(asked, whole="/queue?all=1" if any(each.is_default for each in views) else "/queue")
    saved = request.query_params.get("view", "")
    return render(
        request,
        "queue.html",
        status,
        section="queue",
        asked=asked,
        view=view,
        page=page,
        counts=numbers,
        address=address,
        after=after,
        to_review=to_review,
        people=names,
        owners=owners,
        budget_spent=budget_spent,
        facts=facts,
        drafted=drafted,
        back=asked.address(),
        logged=logged,
        problem=problem,
        draft=draft or {},
        lanes=list(site.lanes.values()),
        sorts=Sort,
        limits={lane.name: lane.escalation.after_failed_attempts for lane in site.lanes.values()},
        views=views,
        query=replace(asked, as_of="").query(),
        nothing=queue_links.QUICK,
        now_address=replace(asked, as_of="").address(),
        said=SAID.get(request.query_params.get("said", ""), ""),
        undo_view=int(saved) if saved.isascii() and saved.isdecimal() and len(saved) < 10 else None,
        most=MOST_IN_BATCH,
        as_of=at if at.past else None,
        here=site.clock().astimezone(ZoneInfo(site.zone)),
        at_here=at.now.astimezone(ZoneInfo(site.zone)),
        acting=not at.past,
        now=at.now,
        today=at.today,
        statuses=[word for word in Status if word is not Status.CLOSED],
        settable=queue_links.SETTABLE,
        owner_roles=list(OwnerRole),
        **queue_links.of(view, numbers, address, user.username),
    )


def _logged(session: Session, site: Site, user: User, what: str, back: str) -> Logged | None:
    """The attempt that was just logged from a row, "episode.event" in the address, in words and with its undo."""
    episode_id, seq = (forms.number(part) for part in (what.partition(".")[0], what.partition(".")[2]))
    if not episode_id or episode_id > forms.MOST_ID:
        return None
    try:
        view = timeline.view(session, episode_id)
    except Unknown:
        return None
    lane, now = site.lane(view.episode.lane), site.clock()
    found = patient.logged(view, lane, steps(view.timeline, now), seq, user, lane.calendar.local_day(now), back)
    return replace(found, said=f"{view.patient.name}: {found.said}") if found else None


@router.get("/queue.csv")
def export(request: Request, site: SiteDep, user: UserDep) -> Response:
    """The whole view, every page of it, as a file that a spreadsheet opens. That it was taken is recorded."""
    asked = asked_of(request.query_params)
    at = moment_of(asked, site)
    _record(site, user.username, "export", at)
    view = asked.resolved(user.username)
    name = queue_columns.file_name(view, at, ZoneInfo(site.zone))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_csv(site, view, at), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/api/v1/queue")
def as_json(request: Request, site: SiteDep, user: UserDep) -> Response:
    """One page of the view with its numbers; `next` is the address of the page after it."""
    asked = asked_of(request.query_params)
    at = moment_of(asked, site)
    view = asked.resolved(user.username)
    with site.database.read() as session:
        page = queue.page(session, view, at, after=_after(request))
        numbers = counts.counts(session, view, at, me=user.username)
        names = {each.username: each.name for each in users.everybody(session)}
    _record(site, user.username, "read", at)
    zone = ZoneInfo(site.zone)
    following = f"{asked.address('/api/v1/queue')}{'&' if asked.query() else '?'}{urlencode({'after': page.after or ''})}"
    return JSONResponse(
        {
            "as_of": at.now.astimezone(zone).isoformat(),
            "active": numbers.active,
            "shown": numbers.shown,
            "rows": [queue_columns.of(row, at, zone, names) for row in page.rows],
            "next": following if page.after else None,
        }
    )


def _csv(site: Site, view: View, at: Moment) -> Iterator[str]:
    """The lines of the file, all from one snapshot."""
    zone = ZoneInfo(site.zone)
    with site.database.read() as session:
        names = {each.username: each.name for each in users.everybody(session)}

        def rows() -> Iterator[list[str]]:
            yield list(queue_columns.COLUMNS)
            for row in queue.every_row(session, view, at):
                yield queue_columns.as_cells(queue_columns.of(row, at, zone, names))

        yield from spreadsheet.lines(rows())


def _record(site: Site, username: str, action: str, at: Moment) -> None:
    """That it was looked at or taken, and as of when; never what was searched for."""
    with site.database.write() as session:
        subject = f"queue as of {at.now.isoformat(timespec='minutes')}" if at.past else "queue"
        access.record_access(session, username, action, subject, now=site.clock())


def _after(request: Request) -> str | None:
    return request.query_params.get("after", "").replace("\x00", "")[:MOST_KEY] or None


def _addresses(asked: Asked, *, whole: str) -> Callable[..., str]:
    """Makes the address of the view with some of it changed; `whole` is that of the whole queue."""

    def address(path: str = "/queue", **changes: Any) -> str:
        made = asked.address(path, **changes)
        return whole if made == "/queue" else made

    return address
