"""Saving a view of the queue, renaming, sharing, deleting it, opening with it; each change can be undone."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from review_ui import forms
from review_ui.errors import UnreadableForm
from review_ui.pages.queue import answer
from review_ui.queue_address import asked_of_text
from review_ui.signing_in import FormDep, SiteDep, UserDep
from store import saved_views
from store.errors import AlreadyKnown

router = APIRouter()

Id = Annotated[int, Path(ge=1, le=forms.MOST_ID)]


def _query(form: FormDep) -> str:
    """The view that was shown, as we write it; a past moment is no part of a saved view."""
    asked = asked_of_text(forms.text(form, "query", most=2000))
    query = type(asked)(asked.view).query()
    if len(query) > saved_views.LONGEST_QUERY:
        raise UnreadableForm("This view is too long to save. Shorten what you search for.")
    return query


def _name(form: FormDep) -> str:
    name = " ".join(forms.text(form, "name", most=saved_views.LONGEST_NAME).split())
    if not name:
        raise UnreadableForm("Name: say what this view is called.")
    return name


def _back(form: FormDep, said: str, view_id: int | None = None) -> Response:
    query = asked_of_text(forms.text(form, "query", most=2000)).query()
    parts = {"said": said} | ({"view": str(view_id)} if view_id is not None else {})
    return RedirectResponse(f"/queue?{query}{'&' if query else ''}{urlencode(parts)}", status_code=303)


@router.post("/queue/views")
def save(request: Request, site: SiteDep, user: UserDep, form: FormDep) -> Response:
    """Keep the view that is shown under a name."""
    try:
        name, query, shared = _name(form), _query(form), forms.text(form, "shared") == "1"
        with site.database.write() as session:
            saved_views.save(session, user, name, query, shared=shared, now=site.clock())
    except (UnreadableForm, AlreadyKnown) as error:
        return _refused(request, site, user, form, error)
    return _back(form, "saved")


@router.post("/queue/views/{view_id}")
def change(request: Request, site: SiteDep, user: UserDep, form: FormDep, view_id: Id) -> Response:
    """Rename, share or keep to oneself, set to what is shown, delete, undo that, or open the page with it."""
    now = site.clock()
    try:
        with site.database.write() as session:
            match forms.text(form, "act"):
                case "rename":
                    saved_views.change(session, user, view_id, now=now, name=_name(form))
                case "share":
                    saved_views.change(session, user, view_id, now=now, shared=True)
                case "unshare":
                    saved_views.change(session, user, view_id, now=now, shared=False)
                case "set":
                    saved_views.change(session, user, view_id, now=now, query=_query(form))
                case "delete":
                    saved_views.change(session, user, view_id, now=now, deleted=True)
                    return _back(form, "deleted", view_id)
                case "undo":
                    saved_views.undo(session, user, view_id, now=now)
                    return _back(form, "undone")
                case "default":
                    saved_views.set_default(session, user, view_id)
                    return _back(form, "default")
                case "no-default":
                    saved_views.set_default(session, user, None)
                    return _back(form, "no-default")
                case _:
                    raise UnreadableForm("Choose what to do with this view.")
    except (UnreadableForm, AlreadyKnown) as error:
        return _refused(request, site, user, form, error)
    return _back(form, "changed", view_id)


def _refused(request: Request, site: SiteDep, user: UserDep, form: FormDep, error: Exception) -> Response:
    """The queue as it was, why nothing was changed, and what was typed."""
    draft = {name: str(form.get(name, ""))[:200] for name in ("name", "shared")}
    asked = asked_of_text(str(form.get("query", "")))
    return answer(request, site, user, asked, status=422 if isinstance(error, UnreadableForm) else 409, problem=str(error), draft=draft)
