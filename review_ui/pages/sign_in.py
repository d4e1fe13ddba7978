"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from review_ui import forms
from review_ui.context import Site
from review_ui.errors import CrossSite
from review_ui.rendering import render
from review_ui.signing_in import SIGN_IN_COOKIE, FormDep, SiteDep, UserDep, checked, csrf_token, new_secret, session_cookie
from store import access, users
from store.users import User

router = APIRouter()


@router.get("/sign-in")
def show(request: Request, site: SiteDep) -> Response:
    """The form. A demo signs its coordinator in without asking."""
    if site.demo_user is not None:
        with site.database.read() as session:
            demo = users.by_username(session, site.demo_user)
        return _signed_in(site, session_token(site, demo))
    return _form(request, site)


def session_token(site: Site, user: User) -> str:
    """Open a session for `user` and note it in the access log."""
    now = site.clock()
    with site.database.write() as session:
        access.record_access(session, user.username, "sign in", f"user {user.id}", now=now)
        return users.open_session(session, user, now=now)


def _form(request: Request, site: Site, status: int = 200, problem: str = "", username: str = "") -> Response:
    secret = request.cookies.get(SIGN_IN_COOKIE) or new_secret()
    request.state.csrf = csrf_token(secret)
    response = render(request, "sign_in.html", status, problem=problem, username=username)
    response.set_cookie(SIGN_IN_COOKIE, secret, httponly=True, samesite="strict", secure=site.secure_cookies, max_age=3600)
    return response


async def _sign_in_form(request: Request) -> FormData:
    secret = request.cookies.get(SIGN_IN_COOKIE)
    if not secret:
        raise CrossSite("Your browser sent no cookie. Allow cookies for this page, load it again and sign in.")
    return checked(request, await request.form(max_files=0), csrf_token(secret))


@router.post("/sign-in")
def sign_in(request: Request, site: SiteDep, form: Annotated[FormData, Depends(_sign_in_form)]) -> Response:
    """Check name and password. A wrong one is told the same way whether the name exists or not."""
    username, password = forms.text(form, "username", most=100), str(form.get("password", ""))
    with site.database.write() as session:
        user = users.check_password(session, username, password, now=site.clock())
        if user is None:
            access.record_access(session, "nobody", "sign in refused", "form", now=site.clock())
    if user is None:
        return _form(request, site, 401, "Name or password is wrong.", username)
    return _signed_in(site, session_token(site, user))


def _signed_in(site: Site, token: str) -> Response:
    response = RedirectResponse("/review", status_code=303)
    response.set_cookie(session_cookie(site), token, httponly=True, samesite="strict", secure=site.secure_cookies, path="/")
    return response


@router.post("/sign-out")
def sign_out(request: Request, site: SiteDep, user: UserDep, form: FormDep) -> Response:  # noqa: ARG001 — the form's token is checked
    """End this browser's session."""
    with site.database.write() as session:
        users.close_session(session, request.cookies[session_cookie(site)])
        access.record_access(session, user.username, "sign out", f"user {user.id}", now=site.clock())
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(session_cookie(site), path="/", secure=site.secure_cookies)
    return response
