"""Contacting a patient: the small form that logs an attempt from the Queue, and what the patient asked about being contacted."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from review_ui import forms, outreach
from review_ui.context import Site
from review_ui.errors import UnreadableForm
from review_ui.pages import patient
from review_ui.rendering import render, wants_fragment
from review_ui.signing_in import FormDep, SiteDep, UserDep
from store import access, contact, episodes, patients
from store.users import User
from workflow.contact import may_contact
from workflow.refusals import Refusal
from workflow.vocabulary import Channel

router = APIRouter()

Id = Annotated[int, Path(ge=1, le=forms.MOST_ID)]

ALL = "all"


@router.get("/episodes/{episode_id}/log")
def show(request: Request, site: SiteDep, user: UserDep, episode_id: Id) -> Response:
    """The form that logs an attempt: a page of its own, or for htmx the part that stands in a row of the Queue."""
    now = site.clock()
    with site.database.write() as session:
        episode = episodes.load(session, episode_id)
        patient_id = contact.patient_of(session, episode_id)
        who, facts = patients.load(session, patient_id), contact.facts(session, patient_id)
        access.record_access(session, user.username, "read", f"episode {episode_id}", now=now)
    if not episode.is_open:
        return RedirectResponse(f"/episodes/{episode_id}", status_code=303)
    asked = request.query_params.get("back", "")
    back = asked if forms.is_local(asked, "/queue") else ""
    lane = site.lane(episode.lane)
    return render(
        request,
        "_row_log.html" if wants_fragment(request) else "log.html",
        section="queue",
        episode_id=episode_id,
        episode=episode,
        patient=who,
        lane=lane,
        may=may_contact(episode, lane, facts, at=now),
        back=back,
        href=back or "/queue",
        channels=list(Channel),
        outcomes=outreach.IN_ORDER,
        channels_of=outreach.channels_of,
        kept={},
    )


@router.post("/episodes/{episode_id}/do-not-contact")
def ask(request: Request, site: SiteDep, user: UserDep, form: FormDep, episode_id: Id) -> Response:
    """Record that the patient asked not to be contacted, for all of their episodes."""
    return _record(request, site, user, form, episode_id, "do-not-contact", contact.ask)


@router.post("/episodes/{episode_id}/may-contact")
def lift(request: Request, site: SiteDep, user: UserDep, form: FormDep, episode_id: Id) -> Response:
    """Record that the patient may be contacted again."""
    return _record(request, site, user, form, episode_id, "may-contact", contact.lift)


def _record(request: Request, site: Site, user: User, form: FormData, episode_id: int, act: str, write: Callable[..., None]) -> Response:
    now = site.clock()
    try:
        channel = None if forms.text(form, "channel") == ALL else forms.word(form, "channel", Channel)
        reason = forms.text(form, "text")
        with site.database.write() as session:
            patient_id = contact.patient_of(session, episode_id)
            access.record_access(session, user.username, act, f"patient {patient_id}", now=now)
            write(session, patient_id, channel, reason, user_id=user.id, now=now)
    except (UnreadableForm, Refusal) as error:
        kept = {"form": act} | {field: value for field, value in form.items() if isinstance(value, str)}
        status = 422 if isinstance(error, UnreadableForm) else 409
        return patient.answer(request, site, user, episode_id, status=status, problem=str(error), kept=kept)
    return RedirectResponse(f"/episodes/{episode_id}?done=wish", status_code=303)
