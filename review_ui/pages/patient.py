"""The Patient page: one episode at a glance, everything that happened, and the moves a person can make."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from review_ui import forms
from review_ui.context import Site
from review_ui.errors import UnreadableForm
from review_ui.history import Step, steps
from review_ui.rendering import render
from review_ui.signing_in import FormDep, SiteDep, UserDep
from store import access, episodes, review, timeline, users
from store.errors import AnotherIsOpen, StaleEpisode
from store.users import User
from workflow import moves, undoing
from workflow.episode import Episode
from workflow.events import Event, person
from workflow.lanes import Lane
from workflow.refusals import Refusal
from workflow.vocabulary import MOVE_OF, Action, BlockerCategory, Channel, ClosureReason, EscalationReason, Outcome, OwnerRole, Status

router = APIRouter()

Id = Annotated[int, Path(ge=1, le=forms.MOST_ID)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a move form hands to its move. `people` are the user names of those who can own something."""

    form: FormData
    now: datetime
    username: str
    lane: Lane
    people: frozenset[str]


Make = Callable[[Episode, Asked], list[Event]]


def _log(episode: Episode, asked: Asked) -> list[Event]:
    form, today = asked.form, asked.lane.calendar.local_day(asked.now)
    happened = forms.day(form, "happened", today)
    at = asked.now
    if happened is not None and happened != today:
        at = datetime.combine(happened, asked.now.astimezone(asked.lane.calendar.tz).timetz()).astimezone(asked.now.tzinfo)
    return moves.log_outreach(
        episode,
        asked.lane,
        now=asked.now,
        actor=person(asked.username),
        channel=forms.word(form, "channel", Channel),
        outcome=forms.word(form, "outcome", Outcome),
        happened_at=at,
        text=forms.text(form, "text"),
    )


def _add_task(episode: Episode, asked: Asked) -> list[Event]:
    form = asked.form
    return moves.add_task(
        episode,
        asked.lane,
        now=asked.now,
        actor=person(asked.username),
        action=forms.word(form, "action", Action),
        owner_role=forms.word(form, "owner_role", OwnerRole),
        due=forms.day(form, "due", asked.lane.calendar.local_day(asked.now)),
        detail=forms.text(form, "text"),
    )


def _complete(episode: Episode, asked: Asked) -> list[Event]:
    task = forms.whole(asked.form, "task", least=1)
    return moves.complete_task(episode, asked.lane, now=asked.now, actor=person(asked.username), task=task)


def _cancel(episode: Episode, asked: Asked) -> list[Event]:
    task, why = forms.whole(asked.form, "task", least=1), forms.text(asked.form, "text")
    return moves.cancel_task(episode, asked.lane, now=asked.now, actor=person(asked.username), task=task, why=why)


def _set_blocker(episode: Episode, asked: Asked) -> list[Event]:
    category = forms.word(asked.form, "category", BlockerCategory)
    detail = forms.text(asked.form, "text")
    return moves.set_blocker(episode, asked.lane, now=asked.now, actor=person(asked.username), category=category, detail=detail)


def _clear_blocker(episode: Episode, asked: Asked) -> list[Event]:
    category = forms.word(asked.form, "category", BlockerCategory)
    why = forms.text(asked.form, "text")
    return moves.clear_blocker(episode, asked.lane, now=asked.now, actor=person(asked.username), category=category, why=why)


def _set_status(episode: Episode, asked: Asked) -> list[Event]:
    status, why = forms.word(asked.form, "status", Status), forms.text(asked.form, "text")
    return moves.set_status(episode, asked.lane, now=asked.now, actor=person(asked.username), status=status, why=why)


def _hand_over(episode: Episode, asked: Asked) -> list[Event]:
    role, owner = forms.word(asked.form, "owner_role", OwnerRole), forms.text(asked.form, "owner", most=100) or None
    if owner is not None and owner not in asked.people:
        raise UnreadableForm("Owner: choose one of the list.")
    why = forms.text(asked.form, "text")
    return moves.set_owner(episode, asked.lane, now=asked.now, actor=person(asked.username), owner_role=role, owner=owner, why=why)


def _claim(episode: Episode, asked: Asked) -> list[Event]:
    who = person(asked.username)
    return moves.set_owner(episode, asked.lane, now=asked.now, actor=who, owner_role=episode.owner_role, owner=asked.username)


def _next_action(episode: Episode, asked: Asked) -> list[Event]:
    action = forms.word(asked.form, "action", Action)
    due = forms.day(asked.form, "due", asked.lane.calendar.local_day(asked.now))
    return moves.set_next_action(episode, asked.lane, now=asked.now, actor=person(asked.username), action=action, due=due)


def _set_due(episode: Episode, asked: Asked) -> list[Event]:
    due = forms.day(asked.form, "due", asked.lane.calendar.local_day(asked.now))
    if due is None:
        raise UnreadableForm("Due: choose a day.")
    return moves.set_due(episode, asked.lane, now=asked.now, actor=person(asked.username), due=due, why=forms.text(asked.form, "text"))


def _escalate(episode: Episode, asked: Asked) -> list[Event]:
    reason, text = forms.word(asked.form, "reason", EscalationReason), forms.text(asked.form, "text")
    return moves.escalate(episode, asked.lane, now=asked.now, actor=person(asked.username), reason=reason, text=text)


def _close(episode: Episode, asked: Asked) -> list[Event]:
    reason, text = forms.word(asked.form, "reason", ClosureReason), forms.text(asked.form, "text")
    return moves.close(episode, asked.lane, now=asked.now, actor=person(asked.username), reason=reason, text=text)


def _reopen(episode: Episode, asked: Asked) -> list[Event]:
    return moves.reopen(episode, asked.lane, now=asked.now, actor=person(asked.username), text=forms.text(asked.form, "text"))


MOVES: dict[str, Make] = {
    "log": _log,
    "add-task": _add_task,
    "complete-task": _complete,
    "cancel-task": _cancel,
    "set-blocker": _set_blocker,
    "clear-blocker": _clear_blocker,
    "set-status": _set_status,
    "hand-over": _hand_over,
    "claim": _claim,
    "next-action": _next_action,
    "set-due": _set_due,
    "escalate": _escalate,
    "close": _close,
    "reopen": _reopen,
}
"""The moves of the page by the last part of their address."""


@router.get("/episodes/{episode_id}")
def show(request: Request, site: SiteDep, user: UserDep, episode_id: Id) -> Response:
    """The page. That it was looked at is recorded."""
    with site.database.write() as session:
        episodes.load(session, episode_id)
        access.record_access(session, user.username, "read", f"episode {episode_id}", now=site.clock())
    return _page(request, site, user, episode_id)


def _page(request: Request, site: Site, user: User, episode_id: int, *, status: int = 200, problem: str = "") -> Response:
    """The page. A refusal took the record of its own access back with everything else, so that the page was shown is recorded here."""
    if problem:
        with site.database.write() as session:
            episodes.load(session, episode_id)
            access.record_access(session, user.username, "read", f"episode {episode_id}", now=site.clock())
    with site.database.read() as session:
        view = timeline.view(session, episode_id)
        people = users.everybody(session)
        to_review = review.count_waiting(session)
    lane = site.lane(view.episode.lane)
    history: list[Step] = steps(view.timeline, site.clock())
    done = {"move": "Done. It can be undone below, in what happened.", "undo": "Undone."}
    said = done.get(request.query_params.get("done", ""), "")
    return render(
        request,
        "patient.html",
        status,
        section="queue",
        view=view,
        episode=view.episode,
        patient=view.patient,
        lane=lane,
        steps=history,
        people={each.username: each.name for each in people},
        owners={each.username: each.name for each in people if each.active},
        problem=problem,
        said=said,
        to_review=to_review,
        mover=MOVE_OF[view.episode.status],
        actions=list(Action),
        owner_roles=list(lane.owners),
        categories=list(BlockerCategory),
        channels=list(Channel),
        outcomes=list(Outcome),
        reasons=list(EscalationReason),
        statuses=[word for word in Status if lane.uses(word) and word not in {Status.CLOSED, Status.ESCALATED, Status.NEW}],
    )


@router.post("/episodes/{episode_id}/moves/{name}")
def move(request: Request, site: SiteDep, user: UserDep, form: FormDep, episode_id: Id, name: str) -> Response:
    """Make one move, bound to the version the page showed."""
    make = MOVES.get(name)
    try:
        if make is None:
            raise UnreadableForm("There is no such move.")
        version = forms.whole(form, "version", least=1)
        now = site.clock()
        with site.database.write() as session:
            access.record_access(session, user.username, name, f"episode {episode_id}", now=now)
            episode = episodes.load(session, episode_id)
            if episode.version != version:
                raise StaleEpisode("Somebody moved this episode while you were looking at it. This is how it stands now; decide again.")
            people = frozenset(each.username for each in users.everybody(session) if each.active)
            events = make(episode, Asked(form, now, user.username, site.lane(episode.lane), people))
            episodes.record(session, episode_id, events, expected_version=version)
    except (UnreadableForm, Refusal, StaleEpisode, AnotherIsOpen) as error:
        return _page(request, site, user, episode_id, status=422 if isinstance(error, UnreadableForm) else 409, problem=str(error))
    return RedirectResponse(f"/episodes/{episode_id}?done=move", status_code=303)


@router.post("/episodes/{episode_id}/undo")
def undo(request: Request, site: SiteDep, user: UserDep, form: FormDep, episode_id: Id) -> Response:
    """Take back a move made on this page (not a decision: those are undone where they were made)."""
    now = site.clock()
    try:
        seqs = [int(part) for part in forms.text(form, "seqs").split(",") if part.isdecimal() and len(part) < 10]
        version = forms.whole(form, "version", least=1)
        with site.database.write() as session:
            access.record_access(session, user.username, "undo", f"episode {episode_id}", now=now)
            history = episodes.history(session, episode_id)
            if not seqs or not set(seqs) <= episodes.undecided_seqs(session, episode_id):
                raise UnreadableForm("There is nothing like that to undo.")
            lane = site.lane(episodes.load(session, episode_id).lane)
            events = undoing.undo(history, seqs, lane, now=now, actor=person(user.username), why="undone")
            episodes.record(session, episode_id, events, expected_version=version)
    except (UnreadableForm, Refusal, StaleEpisode, AnotherIsOpen) as error:
        return _page(request, site, user, episode_id, status=422 if isinstance(error, UnreadableForm) else 409, problem=str(error))
    return RedirectResponse(f"/episodes/{episode_id}?done=undo", status_code=303)
