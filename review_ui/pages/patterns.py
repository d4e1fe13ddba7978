"""The Patterns pages: causes that several episodes share. Everybody reads them; leads and maintainers decide."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from review_ui import forms, patterns
from review_ui.context import Site
from review_ui.errors import NotForThisRole, UnreadableForm, status_of
from review_ui.rendering import render
from review_ui.signing_in import FormDep, SiteDep, UserDep
from store import access, pattern_decisions, pattern_evidence, pattern_search, users
from store import patterns as store
from store.errors import StaleEpisode, Unknown
from store.pattern_decisions import Plan
from store.users import User
from workflow.refusals import Refusal
from workflow.vocabulary import LaneName, PatternAct, PatternStanding, UserRole

router = APIRouter()

Id = Annotated[int, Path(ge=1, le=forms.MOST_ID)]

LONGEST_NAME = 80
LONGEST_TEXT = 500
REVIEW_AFTER = timedelta(weeks=8)


def may_decide(user: User) -> bool:
    """Whether they may confirm, rename, merge, dismiss and follow patterns."""
    return user.role in {UserRole.LEAD, UserRole.MAINTAINER}


@router.get("/patterns")
def show(request: Request, site: SiteDep, user: UserDep) -> Response:
    """The patterns of the last weeks, those to decide about first. That they were looked at is recorded."""
    lane = forms.optional_word(request.query_params.get("lane"), LaneName)
    now = site.clock()
    with site.database.read() as session:
        listed = patterns.listing(session, site.lanes, now=now, lane=lane)
        searched = pattern_search.last_search(session)
    _looked(site, user, "patterns")
    sections = (
        ("Suggested", "Nobody has decided about these.", [each for each in listed if _is_open(each)]),
        ("Followed", "Something is being done about these.", [each for each in listed if each.pattern.state.followed is not None]),
        ("Confirmed", "", [each for each in listed if _is_only(each, PatternStanding.CONFIRMED)]),
        ("Dismissed", "", [each for each in listed if _is_only(each, PatternStanding.DISMISSED) and not each.pattern.has_grown]),
    )
    return render(
        request,
        "patterns.html",
        section="patterns",
        sections=sections,
        searched=searched,
        lane=lane,
        lanes=list(site.lanes.values()),
        may_decide=may_decide(user),
        weeks=pattern_evidence.WEEKS,
        fewest=patterns.FEWEST,
    )


def _is_open(one: patterns.Shown) -> bool:
    return one.pattern.standing is PatternStanding.SUGGESTED or one.pattern.has_grown


def _is_only(one: patterns.Shown, standing: PatternStanding) -> bool:
    return one.pattern.standing is standing and one.pattern.state.followed is None


@router.get("/api/v1/patterns")
def as_json(request: Request, site: SiteDep, user: UserDep) -> Response:
    """The same list for a program."""
    lane = forms.optional_word(request.query_params.get("lane"), LaneName)
    with site.database.read() as session:
        listed = patterns.listing(session, site.lanes, now=site.clock(), lane=lane)
        searched = pattern_search.last_search(session)
    _looked(site, user, "patterns")
    return JSONResponse(patterns.as_json(listed, searched))


@router.get("/patterns/{pattern_id}")
def one(request: Request, site: SiteDep, user: UserDep, pattern_id: Id) -> Response:
    """One pattern with all its patients, weeks, decisions and improvements."""
    return _page(request, site, user, pattern_id)


def _page(
    request: Request, site: Site, user: User, pattern_id: int, *, problem: str = "", kept: FormData | None = None, status: int = 200
) -> Response:
    now = site.clock()
    zone, today = patterns.clinic_day(site.lanes, now)
    with site.database.read() as session:
        since = pattern_evidence.begins(today, zone)
        everything = {each.id: each for each in store.patterns(session, since)}
        if pattern_id not in everything:
            raise Unknown("There is no such pattern.")
        found = patterns.shown(everything[pattern_id], pattern_evidence.mondays(today), zone)
        effects = patterns.effects(session, found, zone, today)
        decisions = pattern_decisions.history(session, pattern_id)
        people = [each for each in users.everybody(session) if each.active]
    _looked(site, user, f"pattern {pattern_id}")
    others = [each for each in everything.values() if each.id != pattern_id and each.standing is not PatternStanding.MERGED]
    return render(
        request,
        "pattern.html",
        status,
        section="patterns",
        shown=found,
        pattern=found.pattern,
        names={each.id: each.name for each in everything.values()},
        merged=[each for each in everything.values() if each.merged_into == pattern_id],
        others=sorted(others, key=lambda each: each.name),
        effects=effects,
        decisions=decisions,
        people=people,
        chart=patterns.chart(found, [each.improvement.started_on for each in effects]) if found.pattern.pieces else None,
        may_decide=may_decide(user),
        problem=problem,
        kept=kept or {},
        review_on=today + REVIEW_AFTER,
        week_end=patterns.week_end,
    )


@router.post("/patterns/{pattern_id}/decisions")
def decide(request: Request, site: SiteDep, user: UserDep, form: FormDep, pattern_id: Id) -> Response:
    """Record what a lead decided. A refused form comes back as it was filled in, with the reason."""
    if not may_decide(user):
        raise NotForThisRole("Leads decide about patterns. You can read them, with their patients and what was decided.")
    now = site.clock()
    try:
        with site.database.write() as session:
            _decide(session, site, user, form, pattern_id)
            access.record_access(session, user.username, "decide", f"pattern {pattern_id}", now=now)
    except (UnreadableForm, Refusal, StaleEpisode) as error:
        return _page(request, site, user, pattern_id, problem=str(error), kept=form, status=status_of(error))
    return RedirectResponse(f"/patterns/{pattern_id}", status_code=303)


def _decide(session: Session, site: Site, user: User, form: FormData, pattern_id: int) -> None:
    now = site.clock()
    zone, today = patterns.clinic_day(site.lanes, now)
    act = forms.word(form, "act", PatternAct)
    pattern = store.load(session, pattern_id, pattern_evidence.begins(today, zone))
    if pattern.version != forms.whole(form, "version"):
        raise StaleEpisode("Somebody decided about this pattern in the meantime. This is how it stands now; what you wrote is still here.")
    name = _needed(form, "name", LONGEST_NAME) if act is PatternAct.RENAME else ""
    into = forms.whole(form, "into", least=1) if act is PatternAct.MERGE else None
    reason = _needed(form, "reason", LONGEST_TEXT) if act is PatternAct.DISMISS else forms.text(form, "reason", most=LONGEST_TEXT)
    plan = _plan(session, form, today) if act is PatternAct.FOLLOW else None
    pattern_decisions.decide(
        session,
        pattern_id,
        act,
        user_id=user.id,
        now=now,
        today=today,
        size=pattern.size,
        name=name,
        into=into,
        reason=reason,
        plan=plan,
    )


def _needed(form: FormData, name: str, most: int) -> str:
    value = forms.text(form, name, most=most)
    if not value:
        raise UnreadableForm(f"{name.capitalize()}: write a few words.")
    return value


def _plan(session: Session, form: FormData, today: date) -> Plan:
    what = _needed(form, "what", LONGEST_TEXT)
    owner = next((each for each in users.everybody(session) if each.username == forms.text(form, "owner") and each.active), None)
    if owner is None:
        raise UnreadableForm("Owner: choose somebody of the list.")
    started, review = forms.day(form, "started", today), forms.day(form, "review", today)
    if started is None or review is None:
        raise UnreadableForm("Started and review: both days are needed.")
    if started > today or review <= started:
        raise UnreadableForm("The improvement starts today or before, and is reviewed after that.")
    return Plan(what, owner.id, started, review)


def _looked(site: Site, user: User, subject: str) -> None:
    with site.database.write() as session:
        access.record_access(session, user.username, "read", subject, now=site.clock())
