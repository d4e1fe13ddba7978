"""My account with days away, claiming from the Queue, and the owner of an episode as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData

from review_ui import forms, owning
from review_ui.asked import Asked
from review_ui.context import Site
from review_ui.errors import NotForThisRole, UnreadableForm
from review_ui.pages.patient import MOVED_MEANWHILE, Id
from review_ui.rendering import render, wants_fragment
from review_ui.signing_in import FormDep, SiteDep, UserDep, checked
from store import access, contact, episodes, people, users
from store import owning as stored
from store.errors import StaleEpisode
from store.people import Load
from store.users import User

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the table that leads see."""

    user: User
    load: Load
    why: str | None


@router.get("/account")
def account(request: Request, site: SiteDep, user: UserDep) -> Response:
    """My account: days away; for those who lead, everybody's, with what each has."""
    said = {"address": "Stored.", "away": "Stored. Open work goes back to its queue when the days away begin.", "back": "Stored."}
    return _account(request, site, user, said=said.get(request.query_params.get("done", ""), ""))


def _account(
    request: Request,
    site: Site,
    user: User,
    *,
    status: int = 200,
    problem: str = "",
    said: str = "",
    typed: Mapping[str, object] | None = None,
) -> Response:
    today = site.today(site.clock())
    with site.database.read() as session:
        me = users.by_username(session, user.username)
        loads = people.loads(session, today)
        everybody = [each for each in users.everybody(session) if each.active] if user.role in owning.LEADING else []
    staff = [Person(each, loads.get(each.username, Load()), people.why_unavailable(each, today)) for each in everybody]
    return render(
        request,
        "account.html",
        status,
        section="account",
        me=me,
        load=loads.get(user.username, Load()),
        why=people.why_unavailable(me, today),
        staff=staff,
        problem=problem,
        said=said,
        typed=typed or {},
    )


@router.post("/account/address")
def address(request: Request, site: SiteDep, user: UserDep, form: FormDep) -> Response:
    """Set where mails to oneself go; empty for nowhere."""
    try:
        with site.database.write() as session:
            users.set_email(session, user.username, forms.text(form, "email"))
            access.record_access(session, user.username, "set address", f"user {user.id}", now=site.clock())
    except (UnreadableForm, ValueError) as error:
        return _account(request, site, user, status=422, problem=str(error), typed=form)
    return RedirectResponse("/account?done=address", status_code=303)


@router.post("/account/away")
def away(request: Request, site: SiteDep, user: UserDep, form: FormDep) -> Response:
    """Set or end somebody's days away: one's own, or anybody's for those who lead. What they own goes back where the days have begun."""
    now = site.clock()
    today = site.today(now)
    whose = forms.text(form, "username", most=100) or user.username
    if whose != user.username and user.role not in owning.LEADING:
        raise NotForThisRole("Leads and maintainers set days away for others. Ask one of them.")
    ends = forms.text(form, "back") == "1"
    try:
        with site.database.write() as session:
            chosen = users.by_username(session, whose)
            access.record_access(session, user.username, "end away" if ends else "set away", f"user {chosen.id}", now=now)
            if ends:
                users.end_away(session, whose)
            else:
                users.set_away(session, whose, _day(form, "first", today), _day(form, "last", today), today=today)
    except (UnreadableForm, ValueError) as error:
        return _account(request, site, user, status=422, problem=str(error), typed=form)
    stored.release_unavailable(site.database, site.lanes, now=now, username=whose)
    return RedirectResponse(f"/account?done={'back' if ends else 'away'}", status_code=303)


def _day(form: FormData, field: str, today: date) -> date:
    chosen = forms.day(form, field, today)
    if chosen is None:
        raise UnreadableForm(f"{field.capitalize()} day away: choose a day.")
    return chosen


@router.post("/queue/{episode_id}/claim")
def claim(request: Request, site: SiteDep, user: UserDep, form: FormDep, episode_id: Id) -> Response:
    """Claim from a row of the Queue; of several who press at once the first has it, and the others are told who."""
    with site.database.write() as session:
        episode = stored.claim(session, site.lanes, episode_id, username=user.username, now=site.clock())
    if wants_fragment(request):
        names = {user.username: user.name}
        return render(request, "_owner_cell.html", e=episode, episode_id=episode_id, people=names, here="")
    view = urlencode(parse_qsl(forms.text(form, "view", most=2000)))
    return RedirectResponse(f"/queue?{view}" if view else "/queue", status_code=303)


Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]


class Move(BaseModel):
    """A move of the owner or the answer to an escalation, bound to the version that was looked at; claiming needs none."""

    model_config = ConfigDict(extra="forbid")

    move: Literal["claim", "hand-over", "accept", "return", "withdraw", "give-back", "answer"]
    version: int | None = Field(default=None, ge=1, le=forms.MOST_ID)
    owner_role: Text = ""
    owner: Text = ""
    answer: Text = ""
    helper: Text = ""
    text: Text = ""


def own_page(request: Request, user: UserDep) -> User:
    """The signed-in user, if our own page asks: the token that a form carries stands in the header X-CSRF-Token. Raises CrossSite."""
    checked(request, FormData([("csrf", request.headers.get("x-csrf-token", ""))]), request.state.csrf)
    return user


@router.get("/api/v1/episodes/{episode_id}/owner")
def owner_as_json(site: SiteDep, user: UserDep, episode_id: Id) -> Response:
    """Owner, offer and escalation of an episode. That it was looked at is recorded."""
    now = site.clock()
    with site.database.write() as session:
        episode = episodes.load(session, episode_id)
        access.record_access(session, user.username, "read", f"episode {episode_id}", now=now)
        staff = people.here(session, site.lane(episode.lane).calendar.local_day(now))
    return JSONResponse(owning.stands(episode, staff))


@router.post("/api/v1/episodes/{episode_id}/owner")
def move_as_json(site: SiteDep, user: Annotated[User, Depends(own_page)], asked: Move, episode_id: Id) -> Response:
    """Make one of the moves of the Patient page's panels; the answer is how the episode stands after it."""
    now = site.clock()
    with site.database.write() as session:
        if asked.move == "claim":
            episode = stored.claim(session, site.lanes, episode_id, username=user.username, now=now)
            lane = site.lane(episode.lane)
        else:
            access.record_access(session, user.username, asked.move, f"episode {episode_id}", now=now)
            episode = episodes.load(session, episode_id)
            if asked.version is None:
                raise UnreadableForm("Version: say which version of the episode you looked at.")
            if episode.version != asked.version:
                raise StaleEpisode(MOVED_MEANWHILE)
            lane = site.lane(episode.lane)
            form = FormData([(name, str(value)) for name, value in asked.model_dump(exclude={"move", "version"}).items()])
            staff = people.here(session, lane.calendar.local_day(now))
            facts = contact.facts(session, contact.patient_of(session, episode_id))
            events = owning.MOVES[asked.move](episode, Asked(form, now, user.username, lane, staff, facts, 0))
            episode = episodes.record(session, episode_id, events, expected_version=asked.version)
        staff = people.here(session, lane.calendar.local_day(now))
    return JSONResponse(owning.stands(episode, staff))
