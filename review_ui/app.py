"""The web app: routes, static files, headers, and one place that turns errors into pages."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from review_ui.context import Site
from review_ui.errors import PageError, SignInFirst, TooLarge, status_of
from review_ui.pages import (
    agenda,
    bulk,
    callbacks,
    closing,
    contact,
    deciding,
    meeting,
    monthly,
    ownership,
    patient,
    queue,
    rehearsing,
    reports,
    review,
    saved_views,
    self_check,
    sent,
    sign_in,
)
from review_ui.rendering import render, wants_fragment
from store.errors import StoreError
from workflow.refusals import Refusal

LARGEST_BODY = 512 * 1024
"""Bytes; the largest form is one missed item with its quote."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'none'; "
        "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}

SAID = {
    400: "This form cannot be read: it has too many fields, or a file where none belongs. Load the page again and repeat what you did.",
    404: "There is no such page.",
    405: "This address takes no such request.",
}
"""What a person is told where the framework itself refuses a request."""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(site: Site, *, lifespan: Lifespan | None = None) -> FastAPI:
    """The app over an open record. `lifespan` is what runs beside it: the jobs, unless they run elsewhere."""
    app = FastAPI(title="Care Triage", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.site = site
    of_the_queue = (queue, saved_views, bulk)
    of_an_episode = (patient, contact, closing, ownership)
    of_leads = (agenda, meeting, monthly, self_check, reports, rehearsing)
    for page in (sign_in, callbacks, review, sent, deciding, *of_the_queue, *of_an_episode, *of_leads):
        app.include_router(page.router)
    static = StaticFiles(directory=Path(str(files("review_ui"))) / "static")
    app.mount("/static", GZipMiddleware(static, minimum_size=1024))
    app.mount("/htmx", GZipMiddleware(StaticFiles(directory=_htmx()), minimum_size=1024))
    app.middleware("http")(_guard)
    for kind in (PageError, StoreError, Refusal):
        app.add_exception_handler(kind, _told)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(500, _failed)
    return app


def _htmx() -> Path:
    """The folder of htmx, which ships inside a package."""
    script = next(path for path in distribution("django-js-lib-htmx").files or [] if path.name == "htmx.min.js")
    return Path(str(script.locate())).parent


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse bodies that no form of ours has, and put the headers on every answer."""
    length = request.headers.get("content-length", "0")
    chunked = "transfer-encoding" in request.headers
    if chunked or not length.isdecimal() or len(length) > 9 or int(length) > LARGEST_BODY:
        response: Response = _page(request, TooLarge(f"At most {LARGEST_BODY // 1024} kB can be sent with a form."))
    else:
        response = await call_next(request)
    return _guarded(request, response)


def _guarded(request: Request, response: Response) -> Response:
    """The answer with the headers that every answer has."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.url.path.startswith(("/static/", "/htmx/")):
        response.headers["Cache-Control"] = "no-store"
    else:
        response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _page(request: Request, error: Exception) -> Response:
    return _error(request, status_of(error), str(error))


def _error(request: Request, status: int, message: str) -> Response:
    """An error as a page; for htmx, as a toast over the page that stays; for a program, as JSON."""
    if _is_api(request):
        return JSONResponse({"error": message}, status)
    if wants_fragment(request):
        toast = render(request, "_toast.html", status, message=message, undo=None, is_error=True, oob=False)
        toast.headers["HX-Retarget"], toast.headers["HX-Reswap"] = "#toast", "outerHTML"
        return toast
    return render(request, "error.html", status, code=status, message=message)


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


async def _told(request: Request, error: Exception) -> Response:
    if isinstance(error, SignInFirst) and not wants_fragment(request) and not _is_api(request):
        return RedirectResponse("/sign-in", status_code=303)
    return _page(request, error)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _error(request, status, SAID.get(status, "This request cannot be answered."))


async def _unreadable(request: Request, error: Exception) -> Response:
    """An address that names nothing. The error's own text is left out: it repeats what was sent."""
    in_path = isinstance(error, RequestValidationError) and any(each["loc"][0] == "path" for each in error.errors())
    return _error(request, 404 if in_path else 422, "This address or form cannot be read. Go back and try again.")


async def _failed(request: Request, error: Exception) -> Response:  # noqa: ARG001 — its text may hold patient data
    message = "Something went wrong on our side. Nothing was stored. Try again; if it stays, tell whoever runs Care Triage."
    return _guarded(request, _error(request, 500, message))  # this handler stands outside of _guard
