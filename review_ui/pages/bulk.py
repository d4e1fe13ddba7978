"""One change to many patients of the queue: choose, look at the preview, apply, read what became of each; and the way back."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from review_ui import forms, owning, words
from review_ui.context import Site
from review_ui.errors import NotForThisRole, UnreadableForm
from review_ui.four import Answer, as_it_stands, compared
from review_ui.history import since
from review_ui.queue_address import Asked, asked_of, asked_of_text, moment_of
from review_ui.queue_links import SETTABLE
from review_ui.rendering import render
from review_ui.signing_in import FormDep, SiteDep, UserDep
from store import access, batches, episodes, people, queue, users
from store.batches import MOST, Outcome
from store.queue import Row
from store.users import User
from workflow import bulk
from workflow.bulk import Act, Assign, SetDue, SetStatus
from workflow.events import person
from workflow.people import People
from workflow.refusals import Refusal
from workflow.vocabulary import OwnerRole, Status, UserRole

router = APIRouter()

Id = Annotated[int, Path(ge=1, le=forms.MOST_ID)]

UNDO_FOR = timedelta(days=1)
"""How long a batch can be taken back as one, like a single act on the Patient page."""

FIELDS = ("do", "to_role", "to_owner", "to_due", "to_status", "why")


@dataclass(frozen=True, slots=True)
class Line:
    """One patient of the preview: what changes, or why nothing does."""

    row: Row
    answers: tuple[Answer, ...]
    refusal: str = ""

    @property
    def changes(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.after is not None]


@router.get("/queue/preview")
def preview(request: Request, site: SiteDep, user: UserDep) -> Response:
    """What the change would do to each of the chosen patients. Nothing is changed."""
    given = FormData(list(request.query_params.multi_items()))
    typed = {name: str(given.get(name, ""))[:500] for name in FIELDS}
    asked = asked_of(request.query_params)
    status, problem, act, rows = 200, "", None, list[Row]()
    try:
        rows = _chosen(site, user, asked, given)
        act = _act(site, given)
    except UnreadableForm as error:
        status, problem = 422, str(error)
    return _preview(request, site, user, asked, rows, act, typed, status=status, problem=problem)


def _preview(
    request: Request,
    site: Site,
    user: User,
    asked: Asked,
    rows: list[Row],
    act: Act | None,
    typed: dict[str, str],
    *,
    status: int,
    problem: str,
) -> Response:
    now = site.clock()
    with site.database.write() as session:
        access.record_access(session, user.username, "read", "queue", now=now)
    with site.database.read() as session:
        staff = {lane.name: people.here(session, lane.calendar.local_day(now)) for lane in site.lanes.values()}
        names = {each.username: each.name for each in users.everybody(session)}
        owners = owning.choices(session, people.here(session, site.today(now)), user, site.today(now))
    lines = [_line(site, user, row, act, typed["why"], staff[row.episode.lane]) for row in rows] if act is not None else []
    return render(
        request,
        "bulk.html",
        status,
        section="queue",
        asked=asked,
        address=asked.address,
        rows=rows,
        lines=lines,
        moving=[line for line in lines if line.changes and not line.refusal],
        act=act,
        said=said_of(act, names) if act else "",
        at_once=isinstance(act, Assign) and act.owner is not None and act.owner != user.username,
        typed=typed,
        problem=problem,
        token=secrets.token_urlsafe(24),
        owners=owners,
        owner_roles=list(OwnerRole),
        settable=SETTABLE,
    )


@router.post("/queue/bulk")
def apply(site: SiteDep, user: UserDep, form: FormDep) -> Response:
    """Carry out what the preview showed, bound to the versions it showed. Posted twice, it is one batch."""
    token, why = forms.text(form, "token", most=64), forms.text(form, "why")
    if len(token) < 20:
        raise UnreadableForm("This page is too old. Go back to the queue and choose again.")
    act = _act(site, form)
    versions = _versions(forms.text(form, "items", most=MOST * 22))
    if act is None or not versions:
        raise UnreadableForm("Nothing is chosen. Go back to the queue and choose patients.")
    with site.database.read() as session:
        known = {row.episode_id for row in queue.chosen(session, [each for each, _ in versions])}
    versions = [pair for pair in versions if pair[0] in known]
    if not versions:
        raise UnreadableForm("None of these patients is known here. Go back to the queue and choose patients.")
    now = site.clock()
    batch_id = batches.start(site.database, token, act, why, versions, user_id=user.id, now=now)
    batches.carry_out(site.database, site.lanes, batch_id, username=user.username, now=now)
    return _to_result(form, batch_id)


@router.get("/queue/bulk/{batch_id}")
def result(request: Request, site: SiteDep, user: UserDep, batch_id: Id) -> Response:
    """What became of each patient of a batch."""
    back = asked_of_text(request.query_params.get("back", ""))
    with site.database.read() as session:
        batch = batches.load(session, batch_id)
        staff = people.here(session, site.today(site.clock()))
        stale = {
            item.episode_id: since(episodes.history(session, item.episode_id), item.version, staff).strip()
            for item in batch.items
            if item.outcome is Outcome.STALE
        }
    with site.database.write() as session:
        access.record_access(session, user.username, "read", f"batch {batch_id}", now=site.clock())
    return render(
        request,
        "bulk_result.html",
        section="queue",
        batch=batch,
        said=said_of(batch.act, staff.names),
        summary=summary(batch),
        groups=[(title, [item for item in batch.items if item.outcome is outcome]) for outcome, title in TITLES.items()],
        news=stale,
        outcomes=Outcome,
        can_undo=_may_undo(user, batch) and site.clock() - batch.at < UNDO_FOR and any(i.outcome is Outcome.MOVED for i in batch.items),
        can_go_on=batch.user_id == user.id,
        back=back,
        address=back.address,
    )


@router.post("/queue/bulk/{batch_id}/again")
def again(site: SiteDep, user: UserDep, form: FormDep, batch_id: Id) -> Response:
    """Take the batch back, or go on with one that was cut short."""
    now = site.clock()
    with site.database.read() as session:
        batch = batches.load(session, batch_id)
    match forms.text(form, "act"):
        case "undo":
            if not _may_undo(user, batch):
                raise NotForThisRole("A batch is taken back by whoever made it, or by a lead.")
            if now - batch.at >= UNDO_FOR:
                raise UnreadableForm("A batch can be taken back for a day. What is older is history: a new change corrects it.")
            batches.undo(site.database, site.lanes, batch_id, username=user.username, now=now)
        case "go-on":
            if user.id != batch.user_id:
                raise NotForThisRole("A batch is carried on by whoever made it.")
            batches.carry_out(site.database, site.lanes, batch_id, username=user.username, now=now)
        case _:
            raise UnreadableForm("Choose whether to undo the batch or to go on with it.")
    return _to_result(form, batch_id)


TITLES = {
    Outcome.WAITING: "Not done yet",
    Outcome.REFUSED: "Refused",
    Outcome.STALE: "Had moved meanwhile",
    Outcome.MOVED: "Moved",
    Outcome.UNCHANGED: "Stood so already",
    Outcome.UNDONE: "Undone",
}
"""The outcomes in the order in which a person wants to read them: first what is left to do."""


def summary(batch: batches.Batch) -> str:
    """ "41 moved, 2 refused, 1 had moved meanwhile." """
    said = {
        Outcome.MOVED: "moved",
        Outcome.UNDONE: "undone",
        Outcome.UNCHANGED: "stood so already",
        Outcome.REFUSED: "refused",
        Outcome.STALE: "had moved meanwhile",
        Outcome.WAITING: "not done yet",
    }
    parts = [f"{batch.counts[outcome]} {words_}" for outcome, words_ in said.items() if batch.counts[outcome]]
    return f"{', '.join(parts)}."


def said_of(act: Act, names: Mapping[str, str]) -> str:
    """The act in words."""
    match act:
        case Assign(owner_role=role, owner=None):
            return f"Assign to the queue: {role.label.lower() if role else ''}"
        case Assign(owner_role=role, owner=owner):
            return f"Assign to {names.get(owner or '', owner)}" + (f", {role.label.lower()}" if role else "")
        case SetDue(due=due):
            return f"Due {words.day(due)}"
        case SetStatus(status=status):
            return f"Status: {status.label.lower()}"


def _line(site: Site, user: User, row: Row, act: Act, why: str, staff: People) -> Line:
    now, lane = site.clock(), site.lane(row.episode.lane)
    try:
        events = bulk.move(row.episode, lane, act, now=now, actor=person(user.username), why=why, people=staff)
    except Refusal as refusal:
        return Line(row, as_it_stands(row.episode, site.today(now), staff).answers, str(refusal))
    return Line(row, compared(row.episode, events, lane.calendar.local_day(now), staff))


def _chosen(site: Site, user: User, asked: Asked, given: FormData) -> list[Row]:
    """The patients that were ticked, or all of the view. Raises UnreadableForm for none or too many."""
    with site.database.read() as session:
        if given.get("all") == "1":
            at = moment_of(replace(asked, as_of=""), site)
            ids = queue.ids(session, asked.resolved(user.username), at, limit=MOST + 1)
        else:
            ids = [number for raw in given.getlist("e") if (number := forms.number(raw)) is not None]
        if len(set(ids)) > MOST:
            raise UnreadableForm(f"More than {MOST} patients are chosen. At most {MOST} can be changed at once: narrow the view first.")
        if not ids:
            raise UnreadableForm("No patient is chosen. Go back and tick those you mean.")
        return queue.chosen(session, ids)


def _act(site: Site, form: FormData) -> Act | None:
    """What is to be done, or None where that is not chosen yet. Raises UnreadableForm."""
    match forms.text(form, "do"):
        case "assign":
            role = forms.word(form, "to_role", OwnerRole) if forms.text(form, "to_role") else None
            owner = forms.text(form, "to_owner", most=100) or None
            if role is None and owner is None:
                raise UnreadableForm("Assign: choose a role, a person, or both.")
            with site.database.read() as session:
                if owner is not None and owner not in {each.username for each in users.everybody(session) if each.active}:
                    raise UnreadableForm("Person: choose one of the list.")
            return Assign(owner_role=role, owner=owner)
        case "due":
            due = forms.day(form, "to_due", site.today(site.clock()))
            if due is None:
                raise UnreadableForm("Due: choose a day.")
            return SetDue(due=due)
        case "status":
            status = forms.word(form, "to_status", Status)
            if status not in SETTABLE:
                raise UnreadableForm("Status: choose one of the list.")
            return SetStatus(status=status)
        case "":
            return None
        case _:
            raise UnreadableForm("Choose whether to assign, to set the due date or to set the status.")


def _versions(text: str) -> list[tuple[int, int]]:
    """ "12:3,14:1" as pairs. Raises UnreadableForm."""
    found: dict[int, int] = {}
    for part in text.split(",") if text else ():
        episode_id, _, version = part.partition(":")
        numbers = (forms.number(episode_id), forms.number(version))
        if numbers[0] is None or numbers[1] is None or numbers[0] in found:
            raise UnreadableForm("This page cannot be read. Go back to the queue and choose again.")
        found[numbers[0]] = numbers[1]
    if len(found) > MOST:
        raise UnreadableForm(f"At most {MOST} patients can be changed at once.")
    return list(found.items())


def _may_undo(user: User, batch: batches.Batch) -> bool:
    return user.id == batch.user_id or user.role is UserRole.LEAD


def _to_result(form: FormData, batch_id: int) -> Response:
    back = asked_of_text(forms.text(form, "back", most=2000)).query()
    query = f"?{urlencode({'back': back})}" if back else ""
    return RedirectResponse(f"/queue/bulk/{batch_id}{query}", status_code=303)
