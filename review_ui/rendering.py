"""Templates: one page each, partials with a leading underscore, filters from `words`. Only `.html`, which Jinja escapes."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from review_ui import words
from review_ui.highlight import inert
from review_ui.signing_in import site_of
from workflow import vocabulary
from workflow.languages import language


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(str(Path(str(files("review_ui"))) / "templates")),
        autoescape=select_autoescape(["html"], default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "day": words.day,
        "moment": words.moment,
        "ago": words.ago,
        "language": language,
        "likelihood": words.likelihood,
        "plural": words.plural,
        "capfirst": words.capfirst,
        "headline": words.headline,
        "quoted": words.quoted,
        "inert": inert,
    }
    environment.globals |= {"words": words, "vocabulary": vocabulary}
    return environment


_templates = Jinja2Templates(env=_environment())


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page or a partial, with what every template may use: the user, the CSRF token, the clock's today."""
    site = site_of(request)
    now = site.clock()
    context = {
        "user": getattr(request.state, "user", None),
        "csrf": getattr(request.state, "csrf", ""),
        "drafts_waiting": getattr(request.state, "drafts_waiting", 0),
        "now": now,
        "today": site.today(now),
        "zone": site.zone,
        "demo": site.demo_user is not None,
        "section": "",
        **values,
    }
    return _templates.TemplateResponse(request, template, context, status_code=status)


def wants_fragment(request: Request) -> bool:
    """Whether htmx asks, which swaps a fragment instead of loading a page."""
    return request.headers.get("HX-Request") == "true"
