"""Rehearse a lane: a lead pastes or uploads a changed file and sees what it would have made of the past days and makes of tomorrow."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import FormData, UploadFile

from review_ui import forms
from review_ui.context import Site
from review_ui.errors import NotForThisRole
from review_ui.rendering import render
from review_ui.signing_in import MOST_FIELD_CHARS, SiteDep, UserDep, checked
from store import access
from store.lanes import lane_path
from store.rehearsing import Report, count, rehearse
from store.users import User
from workflow.lane_file import LARGEST, Examined, examine
from workflow.rehearsal import Window, tomorrow_of
from workflow.vocabulary import LaneName, UserRole

router = APIRouter()

DAYS = (30, 90, 180, 365)

MOST_EPISODES = 2000
"""Episodes that a page rehearses while somebody waits for it; for more there is the command line."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The posted form, and the bytes of a file where one was chosen."""

    form: FormData
    upload: bytes | None


async def sent_form(request: Request, user: UserDep) -> Sent:  # noqa: ARG001 — signing in comes before reading the body
    """The form with its one file, if our own page sent it. Raises CrossSite or UnreadableForm."""
    whole = await request.form(max_files=1)
    upload = whole.get("file")
    try:
        data = await upload.read(LARGEST + 1) if isinstance(upload, UploadFile) and upload.filename else None
    finally:
        await whole.close()
    texts = FormData([(name, value) for name, value in whole.multi_items() if name != "file"])
    return Sent(checked(request, texts, request.state.csrf), data)


@router.get("/lanes/rehearse")
def show(request: Request, site: SiteDep, user: UserDep) -> Response:
    """The page with the file that is in force, to be changed."""
    _for_leads(user)
    lane = forms.optional_word(request.query_params.get("lane"), LaneName) or next(iter(LaneName))
    text = lane_path(lane, site.lanes_dir).read_text(encoding="utf-8")
    return _page(request, site, lane=lane, text=text)


@router.post("/lanes/rehearse")
def run(request: Request, site: SiteDep, user: UserDep, sent: Annotated[Sent, Depends(sent_form)]) -> Response:
    """Check the file and rehearse it. Nothing is stored but that it was done; the answer is the page itself, with what was sent."""
    _for_leads(user)
    days = forms.whole(sent.form, "days", least=1, most=max(DAYS))
    typed = str(sent.form.get("text", ""))  # as it came: blank lines at its beginning count when lines are numbered
    data = sent.upload if sent.upload is not None else typed.encode()
    text = data[:MOST_FIELD_CHARS].decode("utf-8", errors="replace").replace("\r\n", "\n")
    examined = examine(data)
    changed, now = examined.lane, site.clock()
    if changed is None:
        lane = forms.optional_word(str(sent.form.get("lane", "")), LaneName) or next(iter(LaneName))
        return _page(request, site, lane=lane, text=text, days=days, examined=examined, status=422)
    present = site.lane(changed.name)
    with site.database.write() as session:
        access.record_access(session, user.username, "rehearse", f"lane {changed.name.value}", now=now)
    window = Window.of(present.calendar, days, now)
    with site.database.read() as session:
        found = count(session, present.name, window)
        if found > MOST_EPISODES:
            return _page(request, site, lane=changed.name, text=text, days=days, examined=examined, too_many=found, status=422)
        report = rehearse(session, present, changed, window)
    return _page(request, site, lane=changed.name, text=text, days=days, examined=examined, report=report)


def _page(
    request: Request,
    site: Site,
    *,
    lane: LaneName,
    text: str,
    days: int = 90,
    examined: Examined | None = None,
    report: Report | None = None,
    too_many: int = 0,
    status: int = 200,
) -> Response:
    return render(
        request,
        "rehearse.html",
        status,
        section="lanes",
        lane=lane,
        lanes=list(LaneName),
        text=text,
        days=days,
        choices=DAYS,
        problems=examined.problems if examined else (),
        report=report,
        too_many=too_many,
        most_episodes=MOST_EPISODES,
        tomorrow=tomorrow_of(site.lane(lane), site.clock()),
        most=MOST_FIELD_CHARS,
    )


def _for_leads(user: User) -> None:
    if user.role is UserRole.COORDINATOR:
        raise NotForThisRole("Changed rules are rehearsed by leads and maintainers.")
