"""Who is signed in, and that a form was sent from our own page.

The session cookie holds a random token; the store knows only its hash. The CSRF token is derived from the session's, so a page of
another site can neither read nor guess it; browsers that say where a request comes from (`Sec-Fetch-Site`) are believed as well.
"""

import hashlib
import hmac
import secrets
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData

from review_ui.context import Site
from review_ui.errors import CrossSite, SignInFirst, UnreadableForm
from store import draft_list, users
from store.decisions import Reviewer
from store.users import User

SIGN_IN_COOKIE = "sign-in"
MOST_FIELD_CHARS = 20_000


def site_of(request: Request) -> Site:
    """The running site."""
    site: Site = request.app.state.site
    return site


SiteDep = Annotated[Site, Depends(site_of)]


def session_cookie(site: Site) -> str:
    """The cookie's name; `__Host-` binds it to this host and to HTTPS."""
    return "__Host-session" if site.secure_cookies else "session"


def csrf_token(secret: str) -> str:
    """The token a form carries, derived from the session's or the sign-in form's secret."""
    return hmac.new(secret.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).hexdigest()


def new_secret() -> str:
    """For the sign-in form, before there is a session."""
    return secrets.token_urlsafe(32)


def current_user(request: Request, site: SiteDep) -> User:
    """The signed-in user, whose session this request keeps in use. Raises SignInFirst."""
    user = watching_user(request, site)
    token, now = request.cookies[session_cookie(site)], site.clock()
    with site.database.read() as session:
        stale = users.is_stale(session, token, now=now)
    if stale:
        with site.database.write() as session:
            users.touch_session(session, token, now=now)
    return user


def watching_user(request: Request, site: SiteDep) -> User:
    """The signed-in user of a request that a page makes by itself: a page left open must not keep a session in use. Raises SignInFirst."""
    token = request.cookies.get(session_cookie(site))
    if token:
        with site.database.read() as session:
            user = users.session_user(session, token, now=site.clock())
            request.state.drafts_waiting = draft_list.count_waiting(session) if user is not None else 0
        if user is not None:
            request.state.csrf = csrf_token(token)
            request.state.user = user
            return user
    raise SignInFirst("Sign in to see this page.")


UserDep = Annotated[User, Depends(current_user)]
WatcherDep = Annotated[User, Depends(watching_user)]


def reviewer_of(user: User) -> Reviewer:
    """The signed-in user as the one who decides."""
    return Reviewer(user.id, user.username, user.name)


async def own_form(request: Request, user: UserDep) -> FormData:  # noqa: ARG001 — signing in comes before reading the body
    """The form that was posted, if our own page sent it. Raises CrossSite or UnreadableForm."""
    return checked(request, await request.form(max_files=0), request.state.csrf)


FormDep = Annotated[FormData, Depends(own_form)]


def checked(request: Request, form: FormData, expected: str) -> FormData:
    """`form`, once its token and its text hold."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise CrossSite("This form was not sent from Care Triage.")
    sent = form.get("csrf")
    if not isinstance(sent, str) or not hmac.compare_digest(sent.encode("utf-8", "surrogatepass"), expected.encode()):
        raise CrossSite("This page is too old, or the form was not sent from Care Triage. Load the page again and repeat what you did.")
    for name, value in form.multi_items():
        if not isinstance(value, str):
            raise UnreadableForm(f"The field {name!r} cannot hold a file.")
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise UnreadableForm(
                f"The field {name!r} holds a character that cannot be stored (a zero byte or half a character). Remove it."
            )
        if len(value) > MOST_FIELD_CHARS:
            raise UnreadableForm(f"The field {name!r} is longer than {MOST_FIELD_CHARS:,} characters.")
    return form
