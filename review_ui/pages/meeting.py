"""A meeting: its agenda item by item, a line of notes a patient that may become a task, and at the end the minutes."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from review_ui import forms, four
from review_ui.context import Site
from review_ui.errors import UnreadableForm, status_of
from review_ui.four import Answer
from review_ui.history import describe
from review_ui.pages.agenda import hold_or_refuse, may_hold, queue_of
from review_ui.rendering import render, wants_fragment
from review_ui.signing_in import FormDep, SiteDep, UserDep, WatcherDep
from store import access, episodes, meetings, people
from store.errors import MeetingIsOver, StaleEpisode
from store.meetings import Listed, Made, Meeting, Written
from store.users import User
from workflow import moves
from workflow.agenda import Item, Part
from workflow.events import Event, TaskAdded, person
from workflow.lanes import Lane
from workflow.people import People
from workflow.refusals import NoChange, Refusal
from workflow.vocabulary import Action, LaneName, OwnerRole

router = APIRouter(prefix="/agenda/meetings")

Id = Annotated[int, Path(ge=1, le=forms.MOST_ID)]

LONGEST_LINE = 1000
MOST_STEPS = 4
"""Lines of what happened since the last meeting that a card shows."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a refused form held, so that nothing typed is lost, and why it was refused."""

    problem: str
    text: str
    action: str
    owner_role: str
    due: str


@dataclass(frozen=True, slots=True)
class Card:
    """One patient of a meeting: the reason from the agenda, how it stands now, what moved since the last meeting, what is written."""

    part: Part
    item: Item
    listed: Listed
    lane: Lane
    answers: tuple[Answer, ...]
    since: tuple[str, ...]
    more: int
    written: Written
    mine: str
    made: list[tuple[Made, TaskAdded | None]]
    typed: Typed | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """All that the pages of a meeting show."""

    meeting: Meeting
    last: Meeting | None
    cards: list[Card]
    moved: dict[int, tuple[str, ...]]
    became: dict[tuple[int, int], str]


@router.get("/{meeting_id}")
def show(request: Request, site: SiteDep, user: UserDep, meeting_id: Id) -> Response:
    """The meeting while it is under way, else its minutes. That it was looked at is recorded."""
    return _page(request, site, user, meeting_id)


def _page(
    request: Request, site: Site, user: User, meeting_id: int, *, typed: dict[int, Typed] | None = None, status: int = 200
) -> Response:
    held = _held(site, user, meeting_id, typed)
    _looked(site, user, meeting_id)
    template = "meeting.html" if held.meeting.is_under_way else "minutes.html"
    return render(request, template, status, section="agenda", held=held, meeting=held.meeting, **_offers(site, user, held.meeting.lane))


@router.get("/{meeting_id}/minutes")
def minutes(request: Request, site: SiteDep, user: UserDep, meeting_id: Id) -> Response:
    """What was decided and which tasks were made, to print; so far, while the meeting is under way."""
    held = _held(site, user, meeting_id)
    _looked(site, user, meeting_id)
    return render(request, "minutes.html", section="agenda", held=held, meeting=held.meeting, **_offers(site, user, held.meeting.lane))


def _looked(site: Site, user: User, meeting_id: int) -> None:
    with site.database.write() as session:
        access.record_access(session, user.username, "read", f"meeting {meeting_id}", now=site.clock())


def _offers(site: Site, user: User, lane: LaneName | None) -> dict[str, Any]:
    return {
        "may_hold": may_hold(user),
        "actions": list(Action),
        "queue_of": queue_of,
        "title": site.lane(lane).title if lane else "All lanes",
    }


@router.get("/{meeting_id}/lines")
def lines(request: Request, site: SiteDep, user: WatcherDep, meeting_id: Id) -> Response:
    """What the others have written, for the page to put beside each patient. It asks by itself, so the session is not kept in use by it."""
    held = _held(site, user, meeting_id)
    return render(request, "_meeting_lines.html", held=held, meeting=held.meeting)


@router.post("/{meeting_id}/episodes/{episode_id}/note")
def note(request: Request, site: SiteDep, user: UserDep, form: FormDep, meeting_id: Id, episode_id: Id) -> Response:
    """Keep my line about a patient as it stands. A line that is refused stays in its field."""
    hold_or_refuse(user)
    now = site.clock()
    try:
        with site.database.write() as session:
            meetings.write(session, meeting_id, episode_id, _line(form), user_id=user.id, now=now)
            access.record_access(session, user.username, "write", f"meeting {meeting_id} episode {episode_id}", now=now)
    except (UnreadableForm, MeetingIsOver) as error:
        if wants_fragment(request):
            raise  # the page with the line stays where it is, under a toast
        typed = {episode_id: _typed(form, error)}
        return _page(request, site, user, meeting_id, typed=typed, status=status_of(error))
    if wants_fragment(request):
        return render(request, "_meeting_saved.html", episode_id=episode_id)
    return RedirectResponse(f"/agenda/meetings/{meeting_id}#item-{episode_id}", status_code=303)


def _line(form: FormData) -> str:
    return forms.text(form, "text", most=LONGEST_LINE)


@router.post("/{meeting_id}/episodes/{episode_id}/task")
def task(request: Request, site: SiteDep, user: UserDep, form: FormDep, meeting_id: Id, episode_id: Id) -> Response:
    """Make my line a task: the person's own move, and the line's end, in one step. A refusal changes neither and keeps what was typed."""
    hold_or_refuse(user)
    now = site.clock()
    typed: dict[int, Typed] = {}
    status = 200
    try:
        with site.database.write() as session:
            meetings.load_with(session, meeting_id, episode_id)
            access.record_access(session, user.username, "add-task", f"episode {episode_id}", now=now)
            made = _add_task(session, site, user, form, episode_id)
            meetings.write(session, meeting_id, episode_id, _line(form), user_id=user.id, now=now, task=made)
    except (UnreadableForm, Refusal, StaleEpisode, MeetingIsOver) as error:
        status = status_of(error)
        typed = {episode_id: _typed(form, error)}
    if wants_fragment(request):
        held = _held(site, user, meeting_id, typed)
        card = next(card for card in held.cards if card.item.episode_id == episode_id)
        return render(request, "_meeting_card.html", card=card, held=held, meeting=held.meeting, **_offers(site, user, held.meeting.lane))
    if typed:
        return _page(request, site, user, meeting_id, typed=typed, status=status)
    return RedirectResponse(f"/agenda/meetings/{meeting_id}#item-{episode_id}", status_code=303)


def _typed(form: FormData, error: Exception) -> Typed:
    return Typed(str(error), *(str(form.get(name, "")) for name in ("text", "action", "owner_role", "due")))


def _add_task(session: Session, site: Site, user: User, form: FormData, episode_id: int) -> int:
    """Record the task and return its number."""
    now = site.clock()
    episode = episodes.load(session, episode_id)
    lane = site.lane(episode.lane)
    if episode.version != forms.whole(form, "version", least=1):
        raise StaleEpisode("Somebody moved this episode in the meantime. This is how it stands now; your line is still here.")
    events = moves.add_task(
        episode,
        lane,
        now=now,
        actor=person(user.username),
        action=forms.word(form, "action", Action),
        owner_role=forms.word(form, "owner_role", OwnerRole),
        due=forms.day(form, "due", lane.calendar.local_day(now)),
        detail=_line(form),
    )
    episodes.record(session, episode_id, events, expected_version=episode.version)
    for event in events:
        if isinstance(event.change, TaskAdded):
            return event.change.task
    raise NoChange("The same task, for the same owner and day, is open already. Nothing was added.")


@router.post("/{meeting_id}/end")
def end(site: SiteDep, user: UserDep, form: FormDep, meeting_id: Id) -> Response:  # noqa: ARG001 — the form carries the token
    """End the meeting; what was written stays as its minutes."""
    hold_or_refuse(user)
    now = site.clock()
    with site.database.write() as session:
        meetings.end(session, meeting_id, user_id=user.id, now=now)
        access.record_access(session, user.username, "end", f"meeting {meeting_id}", now=now)
    return RedirectResponse(f"/agenda/meetings/{meeting_id}/minutes", status_code=303)


def _held(site: Site, user: User, meeting_id: int, typed: dict[int, Typed] | None = None) -> Held:
    now = site.clock()
    with site.database.read() as session:
        meeting = meetings.load(session, meeting_id)
        ids = meeting.agenda.episode_ids
        last = meetings.last(session, meeting.lane, before=meeting.opened_at)
        listed = meetings.listed(session, ids)
        written = meetings.written(session, meeting_id)
        tasks = meetings.tasks_of(session, ids)
        staff = people.here(session, site.today(now))
        before: dict[int, list[Event]] = {}
        if last is not None and last.ended_at is not None:
            before = meetings.happened(session, ids, last.ended_at, meeting.opened_at)
        during = meetings.happened(session, ids, meeting.opened_at, meeting.ended_at or now)
        became = meetings.what_became(session, [made for stands in written.values() for made in stands.made])
    cards = []
    for part in meeting.agenda.parts:
        for item in part.items:
            stands, mine = listed[item.episode_id], written.get(item.episode_id, Written())
            known = tasks.get(item.episode_id, {})
            steps = _in_words(before.get(item.episode_id, []), known, staff)
            lane = site.lane(stands.episode.lane)
            cards.append(
                Card(
                    part=part,
                    item=item,
                    listed=stands,
                    lane=lane,
                    answers=four.as_it_stands(stands.episode, lane.calendar.local_day(now), staff).answers,
                    since=steps[-MOST_STEPS:],
                    more=max(0, len(steps) - MOST_STEPS),
                    written=mine,
                    mine=mine.lines.get(user.id, ""),
                    made=[(made, known.get(made.task)) for made in mine.made],
                    typed=(typed or {}).get(item.episode_id),
                )
            )
    moved = {}
    for episode_id, events in during.items():
        made_here = {made.task for made in written.get(episode_id, Written()).made}
        others = [event for event in events if not (isinstance(event.change, TaskAdded) and event.change.task in made_here)]
        moved[episode_id] = _in_words(others, tasks.get(episode_id, {}), staff)
    return Held(meeting, last, cards, moved, became)


def _in_words(events: list[Event], tasks: dict[int, TaskAdded], staff: People) -> tuple[str, ...]:
    """What people did, and what rules escalated; other consequences of rules are left out."""
    names = {number: task.action for number, task in tasks.items()}
    told = [event for event in events if event.actor.kind == "person" or event.change.kind == "escalated"]
    return tuple(describe(event.change, names, staff) for event in told if event.change.kind != "next_action_set")
