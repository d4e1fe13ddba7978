"""The Changes page: what changed in the queue, as a lead reads it aloud, with the patients behind every sentence. Leads prepare it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.orm import Session

from review_ui import changes, forms
from review_ui.changes import Since
from review_ui.context import Site
from review_ui.errors import NotForThisRole, UnreadableForm, status_of
from review_ui.four import Answer, as_it_stands
from review_ui.pages.agenda import queue_of
from review_ui.rendering import render
from review_ui.signing_in import FormDep, SiteDep, UserDep
from store import access, courses, digest_mails, digest_schedules, digests, meetings, people, users
from store.digests import Digest, DigestStanding, Wording
from store.errors import Unknown
from store.users import User
from triage import digesting
from triage.assistants.protocol import AssistantError
from triage.changes import NoPeriod
from triage.digesting import LEADING, facts_of
from triage.writing import Fact
from workflow.agenda import agenda
from workflow.calendar import Calendar
from workflow.people import People
from workflow.vocabulary import LaneName

router = APIRouter()

Id = Annotated[int, Path(ge=1, le=forms.MOST_ID)]
Number = Annotated[int, Path(ge=1, le=1000)]

PAGE = 50
"""Patients listed at once."""

SAID = {
    "prepared": "Prepared. Nobody else sees it until you publish it.",
    "saved": "Saved as a version of its own.",
    "published": "Published to the team.",
    "withdrawn": "Withdrawn. It stays in the record.",
    "mailed": "The mail is on its way to those who were not written to yet.",
    "scheduled": "Stored. The next digest is prepared by this schedule.",
    "off": "Switched off. What it prepared stays.",
}


def lead_or_refuse(user: User) -> None:
    """Raise NotForThisRole for those who only read digests."""
    if user.role not in LEADING:
        raise NotForThisRole("Leads prepare, edit, publish and withdraw digests. You can read those that were published.")


def readable(session: Session, user: User, digest_id: int) -> Digest:
    """The digest, where this person may read it. Raises Unknown: that somebody drafts one is no news."""
    digest = digests.load(session, digest_id)
    if not changes.may_read(user, digest):
        raise Unknown("There is no such digest, or it is not published yet.")
    return digest


def calendar_of(site: Site, lane: LaneName | None) -> Calendar:
    """The calendar of a lane; of the first where it is about all."""
    return site.lanes[lane or next(iter(site.lanes))].calendar


@dataclass(frozen=True, slots=True)
class Read:
    """A digest as it is read: its words, facts and what is wrong, and what it is compared with."""

    digest: Digest
    wording: Wording
    facts: tuple[Fact, ...]
    told: list[changes.Told]
    versions: list[Wording]
    before: Digest | None
    against: list[tuple[str, int, int]]
    differs: list[digesting.Differs]
    mails: list[digest_mails.Mailed]
    calendar: Calendar

    @property
    def title(self) -> str:
        return changes.title(self.digest, self.calendar)

    @property
    def paragraphs(self) -> list[list[changes.Told]]:
        return changes.paragraphs(self.told, self.wording.sentences, self.facts)

    @property
    def figures(self) -> list[changes.Figure]:
        return changes.figures(self.facts)

    @property
    def to_mend(self) -> int:
        """How many sentences disagree with the facts."""
        return sum(bool(each.problems) for each in self.told)


def read(session: Session, site: Site, digest: Digest, *, now: datetime) -> Read:
    """Everything that the page shows of one digest."""
    wording, facts = digests.wording(session, digest), facts_of(digest)
    before = digests.last_published(session, digest.lane, digest)
    return Read(
        digest,
        wording,
        facts,
        changes.told(wording.sentences, facts),
        digests.wordings(session, digest.id),
        before,
        changes.against(facts_of(before), facts) if before else [],
        digesting.differing(facts, digesting.as_of_today(session, site.lanes, digest, now=now)) if digest.is_published else [],
        digest_mails.of_digest(session, digest.id),
        calendar_of(site, digest.lane),
    )


@router.get("/changes")
def show(request: Request, site: SiteDep, user: UserDep) -> Response:
    """The newest digest of a lane, and where leads prepare the next. That it was looked at is recorded."""
    return page(request, site, user, lane=forms.optional_word(request.query_params.get("lane"), LaneName))


@router.get("/changes/{digest_id}")
def one(request: Request, site: SiteDep, user: UserDep, digest_id: Id) -> Response:
    """One digest."""
    return page(request, site, user, digest_id=digest_id)


def page(
    request: Request,
    site: Site,
    user: User,
    *,
    lane: LaneName | None = None,
    digest_id: int | None = None,
    problem: str = "",
    kept: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Response:
    """The Changes page on one digest, or on the newest of a lane. `kept` is a refused form as it was filled in."""
    now = site.clock()
    leads = user.role in LEADING
    with site.database.read() as session:
        if digest_id is not None:
            digest: Digest | None = readable(session, user, digest_id)
        else:
            standings = (DigestStanding.DRAFT, DigestStanding.PUBLISHED) if leads else (DigestStanding.PUBLISHED,)
            digest = digests.newest(session, lane, *standings)
        lane = digest.lane if digest else lane
        calendar = calendar_of(site, lane)
        context: dict[str, Any] = {
            "read": read(session, site, digest, now=now) if digest else None,
            "past": [
                (each, changes.title(each, calendar))
                for each in digests.listed(session, lane, *DigestStanding)
                if changes.may_read(user, each)
            ],
            "agenda": agenda(courses.open_cases(session, lane), site.lanes, calendar.local_day(now)),
            "has_published": digests.last_published(session, lane) is not None,
        }
        if leads:
            context |= _schedule(session, lane, calendar, now)
    with site.database.write() as session:
        access.record_access(session, user.username, "read", f"digest {digest.id}" if digest else "digests", now=now)
    return render(
        request,
        "changes.html",
        status,
        section="changes",
        lane=lane,
        lanes=list(site.lanes.values()),
        leads=leads,
        periods=changes.SAID,
        blockers=changes.blockers(context["read"].facts) if digest else None,
        span=changes.span,
        queue_of=queue_of,
        rhythm=changes.rhythm,
        weekdays=changes.WEEKDAYS,
        sends_mail=site.sends_mail,
        problem=problem,
        kept=kept or {},
        said=SAID.get(request.query_params.get("done", ""), ""),
        **context,
    )


def _schedule(session: Session, lane: LaneName | None, calendar: Calendar, now: datetime) -> dict[str, Any]:
    schedule = digest_schedules.of_lane(session, lane)
    return {
        "schedule": schedule,
        "former": digest_schedules.former(session, lane),
        "next_strike": schedule.rhythm.next_strike(calendar, now) if schedule else None,
        "people": [each for each in users.everybody(session) if each.active],
    }


@router.post("/changes")
def prepare(request: Request, site: SiteDep, user: UserDep, form: FormDep) -> Response:
    """Prepare a draft of a lane and period. A refused form comes back as it was filled in, with the reason."""
    lead_or_refuse(user)
    now = site.clock()
    lane = forms.optional_word(forms.text(form, "lane"), LaneName)
    calendar = calendar_of(site, lane)
    try:
        today = calendar.local_day(now)
        asked = forms.word(form, "period", Since)
        with site.database.read() as session:
            last = digests.last_published(session, lane)
        days = {name: forms.day(form, name, today) for name in ("first_day", "last_day")} if asked is Since.DAYS else {}
        since, until = changes.period(asked, calendar, now, last=last, first_day=days.get("first_day"), last_day=days.get("last_day"))
        digest_id = digesting.prepare(site.database, site.lanes, site.narrate, lane, since, until, user_id=user.id, now=now)
    except (UnreadableForm, NoPeriod, AssistantError) as error:
        status = status_of(error) if isinstance(error, UnreadableForm) else 503 if isinstance(error, AssistantError) else 422
        return page(request, site, user, lane=lane, problem=str(error), kept=form, status=status)
    with site.database.write() as session:
        access.record_access(session, user.username, "prepare", f"digest {digest_id}", now=now)
    return RedirectResponse(f"/changes/{digest_id}?done=prepared", status_code=303)


@router.get("/changes/{digest_id}/sentences/{number}")
def patients(request: Request, site: SiteDep, user: UserDep, digest_id: Id, number: Number) -> Response:
    """The patients behind a sentence, with their four answers as they are now. That they were looked at is recorded."""
    now = site.clock()
    after = forms.number(request.query_params.get("after")) or 0
    with site.database.read() as session:
        digest = readable(session, user, digest_id)
        sentences = digests.wording(session, digest).sentences
        if number > len(sentences):
            raise Unknown("This digest has no such sentence.")
        facts, behind = changes.behind(facts_of(digest), sentences[number - 1])
        shown = [each for each in behind if each > after][:PAGE]
        found = meetings.listed(session, shown)
        everyone = people.here(session, site.today(now))
    with site.database.write() as session:
        access.record_access(session, user.username, "read", f"digest {digest_id} sentence {number}", now=now)
    rows = _rows([found[each] for each in shown if each in found], site, everyone, now)
    more = shown[-1] if shown and shown[-1] != behind[-1] else None
    return render(
        request,
        "changes_patients.html",
        section="changes",
        digest=digest,
        title=changes.title(digest, calendar_of(site, digest.lane)),
        number=number,
        sentence=sentences[number - 1].text,
        facts=facts,
        count=len(behind),
        rows=rows,
        after=more,
    )


def _rows(
    found: Sequence[meetings.Listed], site: Site, everyone: People, now: datetime
) -> list[tuple[meetings.Listed, tuple[Answer, ...]]]:
    return [(each, as_it_stands(each.episode, site.lane(each.episode.lane).calendar.local_day(now), everyone).answers) for each in found]


@router.get("/api/v1/digests/{digest_id}")
def as_json(site: SiteDep, user: UserDep, digest_id: Id) -> Response:
    """A digest for a program, with its facts and the episodes behind each sentence."""
    with site.database.read() as session:
        digest = readable(session, user, digest_id)
        wording = digests.wording(session, digest)
    with site.database.write() as session:
        access.record_access(session, user.username, "read", f"digest {digest_id}", now=site.clock())
    return JSONResponse(changes.as_json(digest, wording, facts_of(digest)))
