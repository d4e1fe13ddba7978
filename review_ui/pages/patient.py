"""The Patient page: one episode at a glance, everything that happened, and the moves a person can make."""

from datetime import date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from review_ui import forms, outreach, owning
from review_ui.asked import Asked, Make
from review_ui.context import Site
from review_ui.errors import UnreadableForm
from review_ui.history import TOPICS, UNDO_FOR, Step, since, steps, undoable
from review_ui.outreach import Logged
from review_ui.pages import closing
from review_ui.rendering import render
from review_ui.signing_in import FormDep, SiteDep, UserDep
from store import access, contact, episodes, people, review, suggestions, timeline
from store.errors import AnotherIsOpen, StaleEpisode
from store.timeline import EpisodeView
from store.users import User
from workflow import moves, undoing
from workflow.closing import open_items
from workflow.contact import by, may_contact
from workflow.episode import Episode
from workflow.events import Event, person
from workflow.lanes import Lane
from workflow.refusals import CannotUndo, Refusal
from workflow.vocabulary import MOVE_OF, Action, BlockerCategory, Channel, ClosureReason, EscalationReason, Outcome, OwnerRole, Status

router = APIRouter()

Id = Annotated[int, Path(ge=1, le=forms.MOST_ID)]

MOVED_MEANWHILE = "Somebody moved this episode while you were looking at it. This is how it stands now; decide again."
TOO_LATE = "This was more than a day ago and is history. Make a new move that corrects it."


def _log(episode: Episode, asked: Asked) -> list[Event]:
    form = asked.form
    at, time_known = _happened(form, asked.lane, asked.now)
    return moves.log_outreach(
        episode,
        asked.lane,
        now=asked.now,
        actor=person(asked.username),
        channel=forms.word(form, "channel", Channel),
        outcome=forms.word(form, "outcome", Outcome),
        happened_at=at,
        text=forms.text(form, "text"),
        facts=asked.facts,
        time_known=time_known,
    )


def _happened(form: FormData, lane: Lane, now: datetime) -> tuple[datetime, bool]:
    """When the attempt was made, and whether its time of day is known. A day counts over “yesterday”, which counts over “now”."""
    here = now.astimezone(lane.calendar.tz)
    day, clock = forms.day(form, "happened", here.date()), forms.clock(form, "time")
    when = forms.text(form, "when")
    if day is None and clock is None and when == "earlier":
        raise UnreadableForm("When: say on which day or at what time it was.")
    if day is None:
        day = here.date() - timedelta(days=1) if when == "yesterday" else here.date()
    if day == here.date() and clock is None:
        return now, True
    known = here.time() if clock is None else clock
    return datetime.combine(day, known, lane.calendar.tz).astimezone(now.tzinfo), clock is not None


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
    who = person(asked.username)
    return moves.set_status(episode, asked.lane, now=asked.now, actor=who, status=status, why=why, people=asked.people)


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
    events = moves.close(episode, asked.lane, now=asked.now, actor=person(asked.username), reason=reason, text=text)
    if open_items(episode, pending=asked.pending) and forms.text(asked.form, "seen") != "1":
        raise UnreadableForm("Something is still open. Look at the list, then tick that you have seen what closing does.")
    return events


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
    "next-action": _next_action,
    "set-due": _set_due,
    "escalate": _escalate,
    "close": _close,
    "reopen": _reopen,
    **owning.MOVES,
}
"""The moves of the page by the last part of their address."""


@router.get("/episodes/{episode_id}")
def show(request: Request, site: SiteDep, user: UserDep, episode_id: Id) -> Response:
    """The page. That it was looked at is recorded."""
    with site.database.write() as session:
        episodes.load(session, episode_id)
        access.record_access(session, user.username, "read", f"episode {episode_id}", now=site.clock())
    return answer(request, site, user, episode_id)


def answer(
    request: Request, site: Site, user: User, episode_id: int, *, status: int = 200, problem: str = "", kept: dict[str, str] | None = None
) -> Response:
    """The page. A refusal took the record of its own access back with everything else, so that the page was shown is recorded here.

    `kept` is what was typed into the form that was refused, with its name under "form".
    """
    if problem:
        with site.database.write() as session:
            episodes.load(session, episode_id)
            access.record_access(session, user.username, "read", f"episode {episode_id}", now=site.clock())
    with site.database.read() as session:
        view = timeline.view(session, episode_id)
        lane = site.lane(view.episode.lane)
        panels = owning.panels(session, view, lane, user, site.clock())
        to_review = review.count_waiting(session)
    now = site.clock()
    history: list[Step] = steps(view.timeline, now, view.wishes, panels.people)
    done = {
        "move": "Done. It can be undone below, in what happened.",
        "undo": "Undone.",
        "wish": "Recorded, for all of the patient’s episodes.",
    }
    topic = request.query_params.get("show", "")
    may = may_contact(view.episode, lane, view.facts, at=now)
    return render(
        request,
        "patient.html",
        status,
        section="queue",
        view=view,
        episode=view.episode,
        patient=view.patient,
        lane=lane,
        steps=[step for step in history if topic not in TOPICS or topic in step.topics],
        topics={name: (label, sum(name in step.topics for step in history)) for name, label in TOPICS.items()},
        topic=topic if topic in TOPICS else "",
        total=len(history),
        facts=view.facts,
        may=may,
        by=by,
        call_is_forbidden=outreach.call_is_forbidden(view.episode, may),
        in_writing=outreach.in_writing(view.facts),
        logged=logged(view, lane, history, forms.number(request.query_params.get("logged")), user, lane.calendar.local_day(now)),
        kept=kept or {},
        back="",
        people=panels.people.names,
        panels=panels,
        answers=owning.answers(),
        context=owning.context(view.episode, now),
        tried=(kept or {}).get("form", ""),
        typed=kept or {},
        problem=problem,
        said=done.get(request.query_params.get("done", ""), ""),
        to_review=to_review,
        mover=MOVE_OF[view.episode.status],
        actions=list(Action),
        owner_roles=list(lane.owners),
        categories=list(BlockerCategory),
        channels=list(Channel),
        outcomes=outreach.IN_ORDER,
        channels_of=outreach.channels_of,
        reasons=list(EscalationReason),
        statuses=[word for word in Status if lane.uses(word) and word not in {Status.CLOSED, Status.ESCALATED, Status.NEW}],
    )


def logged(view: EpisodeView, lane: Lane, history: list[Step], seq: int | None, user: User, today: date, back: str = "") -> Logged | None:
    """What the attempt with this event number did, if `user` may take it back; None else, so that an old address says nothing."""
    mine = next((step for step in history if str(seq) in step.undo.split(",") and step.who == user.name and step.css == "attempt"), None)
    if seq is None or mine is None:
        return None
    said = outreach.after_logging(view.episode, lane, mine, today)
    return Logged(view.episode_id, view.episode.version, said, mine.undo, back)


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
            lane = site.lane(episode.lane)
            staff = people.here(session, lane.calendar.local_day(now))
            if episode.version != version:
                news = since(episodes.history(session, episode_id), version, staff)
                raise StaleEpisode(f"{MOVED_MEANWHILE}{news}")
            facts = contact.facts(session, contact.patient_of(session, episode_id))
            pending = suggestions.count_pending(session, episode_id)
            events = make(episode, Asked(form, now, user.username, lane, staff, facts, pending))
            episodes.record(session, episode_id, events, expected_version=version)
    except (UnreadableForm, Refusal, StaleEpisode, AnotherIsOpen) as error:
        status = 422 if isinstance(error, UnreadableForm) else 409
        kept = {"form": name} | {field: value for field, value in form.items() if isinstance(value, str)}
        show = closing.answer if name == "close" else answer
        return show(request, site, user, episode_id, status=status, problem=str(error), kept=kept)
    if name == "log":
        return RedirectResponse(_after_log(forms.local_path(form, "back", "/queue"), episode_id, events[0].seq), status_code=303)
    return RedirectResponse(f"/episodes/{episode_id}?done=move", status_code=303)


def _after_log(back: str, episode_id: int, seq: int) -> str:
    if not back:
        return f"/episodes/{episode_id}?logged={seq}"
    return f"{back}{'&' if urlsplit(back).query else '?'}logged={episode_id}.{seq}"


@router.post("/episodes/{episode_id}/undo")
def undo(request: Request, site: SiteDep, user: UserDep, form: FormDep, episode_id: Id) -> Response:
    """Take back a move made on this page, whole and for a day (not a decision: those are undone where they were made)."""
    now = site.clock()
    try:
        seqs = {int(part) for part in forms.text(form, "seqs").split(",") if part.isdecimal() and len(part) < 10}
        version = forms.whole(form, "version", least=1)
        with site.database.write() as session:
            access.record_access(session, user.username, "undo", f"episode {episode_id}", now=now)
            history = episodes.history(session, episode_id)
            episode = episodes.load(session, episode_id)
            if not seqs or not seqs <= episodes.undecided_seqs(session, episode_id):
                raise UnreadableForm("There is nothing like that to undo.")
            lane = site.lane(episode.lane)
            staff = people.here(session, lane.calendar.local_day(now))
            if episode.version != version:
                raise StaleEpisode(f"{MOVED_MEANWHILE}{since(history, version, staff)}")
            if any(now - event.at >= UNDO_FOR for event in history if event.seq in seqs):
                raise CannotUndo(TOO_LATE)
            if seqs not in undoable(timeline.view(session, episode_id).timeline, now):
                raise UnreadableForm("There is nothing like that to undo.")
            events = undoing.undo(history, sorted(seqs), lane, now=now, actor=person(user.username), why="undone", people=staff)
            episodes.record(session, episode_id, events, expected_version=version)
    except (UnreadableForm, Refusal, StaleEpisode, AnotherIsOpen) as error:
        return answer(request, site, user, episode_id, status=422 if isinstance(error, UnreadableForm) else 409, problem=str(error))
    back = forms.local_path(form, "back", "/queue")
    return RedirectResponse(back or f"/episodes/{episode_id}?done=undo", status_code=303)
