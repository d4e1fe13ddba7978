"""The Agenda page: whom the weekly meeting is about, as of now, and the meetings there were."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from review_ui import forms, words
from review_ui.context import Site
from review_ui.errors import NotForThisRole
from review_ui.queue_address import Asked
from review_ui.rendering import render
from review_ui.signing_in import FormDep, SiteDep, UserDep
from store import access, courses, meetings, review, self_checks, users
from store.meetings import Made, Meeting
from store.queue import Sort, View
from store.users import User
from workflow.agenda import Agenda, Section, agenda
from workflow.vocabulary import LaneName, Status, UserRole

router = APIRouter()


def may_hold(user: User) -> bool:
    """Whether they may open, hold and end meetings."""
    return user.role in {UserRole.LEAD, UserRole.MAINTAINER}


def hold_or_refuse(user: User) -> None:
    """Raise NotForThisRole for those who only read meetings."""
    if not may_hold(user):
        raise NotForThisRole("Meetings are held by leads. You can read the agenda, what is written, and the minutes.")


def queue_of(section: Section, lane: LaneName | None) -> str:
    """The address of the Queue view that lists everybody of a section."""
    asked = Asked(View(lane=lane))
    match section:
        case Section.ESCALATED:
            return asked.address(escalated=True)
        case Section.MISSED_DUE_DATES:
            return asked.address(overdue=True)
        case Section.REPEATED_BLOCKERS | Section.BLOCKED:
            return asked.address(blocked=True)
        case Section.OLDEST_OPEN:
            return asked.address(sort=Sort.AGE)
        case Section.NEAR_CLOSURE:
            return asked.address(status=Status.SCHEDULED)


MOVED = {
    "episode_opened": ("opened", "opened"),
    "episode_reopened": ("reopened", "reopened"),
    "episode_closed": ("closed", "closed"),
    "escalated": ("escalated", "escalated"),
    "blocker_set": ("blocker set", "blockers set"),
    "blocker_cleared": ("blocker cleared", "blockers cleared"),
    "task_added": ("task added", "tasks added"),
    "task_completed": ("task done", "tasks done"),
}
"""What moved, in words for one and for many, in this order."""


@dataclass(frozen=True, slots=True)
class Since:
    """What the last meeting left: when it was, what moved since, its tasks with what became of each."""

    meeting: Meeting
    moved: list[str]
    tasks: list[tuple[Made, str]]

    @property
    def done(self) -> int:
        return sum(became == "done" for _, became in self.tasks)

    @property
    def left(self) -> list[Made]:
        """The tasks that are still open."""
        return [made for made, became in self.tasks if became == "open"]


def since_last(session: Session, last: Meeting | None) -> Since | None:
    """What moved since the last meeting of a lane; None where there was none."""
    if last is None or last.ended_at is None:
        return None
    counts = meetings.moved(session, last.lane, last.ended_at)
    made = [one for stands in meetings.written(session, last.id).values() for one in stands.made]
    became = meetings.what_became(session, made)
    moved = [words.plural(counts[kind], one, many) for kind, (one, many) in MOVED.items() if kind in counts]
    return Since(last, moved, [(one, became[one.episode_id, one.task]) for one in made])


@router.get("/agenda")
def show(request: Request, site: SiteDep, user: UserDep) -> Response:
    """The agenda as it would be if the meeting began now. That it was looked at is recorded."""
    lane, now = forms.optional_word(request.query_params.get("lane"), LaneName), site.clock()
    with site.database.read() as session:
        current = _agenda(session, site, lane)
        last = meetings.last(session, lane)
        since = since_last(session, last)
        left = [made.episode_id for made in since.left] if since else []
        context: dict[str, Any] = {
            "agenda": current,
            "listed": meetings.listed(session, [*current.episode_ids, *left]),
            "under_way": meetings.under_way(session, lane),
            "since": since,
            "past": meetings.ended(session, lane),
            "checked": self_checks.last_run(session),
            "people": {each.username: each.name for each in users.everybody(session)},
            "to_review": review.count_waiting(session),
        }
    with site.database.write() as session:
        access.record_access(session, user.username, "read", "agenda", now=now)
    lanes = list(site.lanes.values())
    return render(request, "agenda.html", section="agenda", lane=lane, lanes=lanes, may_hold=may_hold(user), queue_of=queue_of, **context)


def _agenda(session: Session, site: Site, lane: LaneName | None) -> Agenda:
    return agenda(courses.open_cases(session, lane), site.lanes, site.today(site.clock()))


@router.post("/agenda/meetings")
def begin(site: SiteDep, user: UserDep, form: FormDep) -> Response:
    """Open the meeting over the agenda as it is now; where one of this lane is under way, go there."""
    hold_or_refuse(user)
    lane, now = forms.optional_word(forms.text(form, "lane"), LaneName), site.clock()
    with site.database.write() as session:
        meeting_id = meetings.open_meeting(session, lane, _agenda(session, site, lane), user_id=user.id, now=now)
        access.record_access(session, user.username, "open", f"meeting {meeting_id}", now=now)
    return RedirectResponse(f"/agenda/meetings/{meeting_id}", status_code=303)
