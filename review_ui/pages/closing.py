"""The page on which an episode is closed: what is still open and what closing does to it, the reason, and the tries so far."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from review_ui import forms
from review_ui.context import Site
from review_ui.rendering import render
from review_ui.signing_in import SiteDep, UserDep
from store import access, contact, episodes, patients, people, suggestions
from store.users import User
from workflow.closing import open_items, tries_so_far
from workflow.vocabulary import ClosureReason

router = APIRouter()

Id = Annotated[int, Path(ge=1, le=forms.MOST_ID)]


@router.get("/episodes/{episode_id}/close")
def show(request: Request, site: SiteDep, user: UserDep, episode_id: Id) -> Response:
    """The page. A closed episode has nothing to close."""
    with site.database.read() as session:
        is_open = episodes.load(session, episode_id).is_open
    if not is_open:
        return RedirectResponse(f"/episodes/{episode_id}", status_code=303)
    reason = forms.optional_word(request.query_params.get("reason"), ClosureReason)
    return answer(request, site, user, episode_id, kept={"reason": reason.value} if reason else None)


def answer(
    request: Request, site: Site, user: User, episode_id: int, *, status: int = 200, problem: str = "", kept: dict[str, str] | None = None
) -> Response:
    """The page as the episode stands now; `kept` is what was typed before a refusal. That it was looked at is recorded."""
    with site.database.write() as session:
        episode = episodes.load(session, episode_id)
        patient = patients.load(session, contact.patient_of(session, episode_id))
        pending = suggestions.count_pending(session, episode_id)
        staff = people.here(session, site.today(site.clock()))
        access.record_access(session, user.username, "read", f"episode {episode_id}", now=site.clock())
    lane = site.lane(episode.lane)
    return render(
        request,
        "close.html",
        status,
        section="queue",
        episode_id=episode_id,
        episode=episode,
        patient=patient,
        lane=lane,
        items=open_items(episode, pending=pending, people=staff) if episode.is_open else (),
        tries=tries_so_far(episode, lane),
        problem=problem,
        kept=kept or {},
        has_seen=bool(kept and kept.get("seen")) and status != 409,  # what moved meanwhile was not seen
    )
