"""The Outreach page: a draft as the patient will get it, what it was drafted from, and one decision at a time."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from connectors import sending
from review_ui import draft_view, forms, outreach
from review_ui.asked import Asked
from review_ui.context import Site
from review_ui.draft_view import DraftPage
from review_ui.errors import UnreadableForm
from review_ui.pages import patient
from review_ui.rendering import render, wants_fragment
from review_ui.signing_in import FormDep, SiteDep, UserDep, reviewer_of
from store import access, contact, deliveries, draft_list, drafts, episodes, people
from store.deliveries import DeliveryState
from store.drafts import StoredDraft
from store.errors import IllegalDecision, StaleDelivery, StaleDraft, StaleEpisode, Unknown
from store.users import User
from triage.assistants.protocol import AssistantError
from triage.draft_checks import Verdict, blocked
from triage.draft_situation import checks_of, situation
from workflow.drafting import WITH_PATIENT
from workflow.refusals import Refusal
from workflow.vocabulary import CHANNEL_OF, Action, DraftForm, DraftRejectReason, DraftStanding, LaneName, Word

router = APIRouter()

Id = Annotated[int, Path(ge=1, le=forms.MOST_ID)]

LATELY = timedelta(days=7)
"""How long a decided draft stays on the list."""

MOST_WORDS = 10_000
"""Characters of a draft's words."""

WRITTEN = ("en", "es")
"""Languages offered beside the patient's own."""


class DidLeave(Word):
    """What a person found at the provider."""

    YES = "yes"
    NO = "no"


REFUSED = (StaleDraft, StaleDelivery, IllegalDecision, StaleEpisode, Refusal, UnreadableForm, AssistantError)
"""What ends in the page as it now stands, with what was typed and the reason: nothing was applied."""

NO_ASSISTANT = "No assistant runs here, so nothing can be drafted. Tell whoever runs Care Triage."


@router.get("/outreach")
def first(request: Request, site: SiteDep, user: UserDep) -> Response:
    """The first draft that waits, or the lists with an empty desk."""
    with site.database.read() as session:
        waiting = draft_list.waiting(session, draft_view.filter_of(request.query_params, user))
    if waiting and "lists" not in request.query_params:
        return RedirectResponse(f"/outreach/{waiting[0].draft_id}{draft_view.query_of(request.query_params)}", status_code=303)
    now = site.clock()
    with site.database.write() as session:
        access.record_access(session, user.username, "read", "outreach list", now=now)
    return _render(request, site, user, None, request.query_params)


@router.get("/outreach/{draft_id}")
def show(request: Request, site: SiteDep, user: UserDep, draft_id: Id) -> Response:
    """One draft. That it was looked at is recorded."""
    with site.database.write() as session:
        episode_id = drafts.load(session, draft_id).episode_id
        access.record_access(session, user.username, "read", f"draft {draft_id} of episode {episode_id}", now=site.clock())
    return _render(request, site, user, draft_id, request.query_params)


@router.post("/outreach/{draft_id}/checks")
def check(request: Request, site: SiteDep, user: UserDep, form: FormDep, draft_id: Id) -> Response:
    """What holds and what blocks of the words in the form, which are not stored."""
    subject, body = _typed(form)
    if not wants_fragment(request):
        return _render(request, site, user, draft_id, _back(form), typed=(subject, body), seen=_seen(form))
    with site.database.read() as session:
        page = _page(session, site, draft_id, typed=(subject, body))
    return render(request, "_draft_checks.html", page=page)


@router.post("/outreach/{draft_id}/text")
def save(request: Request, site: SiteDep, user: UserDep, form: FormDep, draft_id: Id) -> Response:
    """Keep a person's words as the newest version."""

    def act(session: Session, draft: StoredDraft) -> None:
        _keep(session, site, user, form, draft)

    return _do(request, site, user, form, draft_id, "edit draft", act, then=lambda _: f"/outreach/{draft_id}", done="text")


@router.post("/outreach/{draft_id}/approve")
def approve(request: Request, site: SiteDep, user: UserDep, form: FormDep, draft_id: Id) -> Response:
    """Approve exactly the words in the form, which are kept first where a person wrote them. What a check blocks is refused."""

    def act(session: Session, draft: StoredDraft) -> None:
        subject, body = _words(form, draft)
        known, now = situation(session, site.lanes, draft.episode_id), site.clock()
        checks = checks_of(subject, body, draft, known, site.clinic, now)
        if blocked(checks):
            first_of = next(each for each in checks if each.verdict is Verdict.BLOCKS)
            raise UnreadableForm(f"It cannot be approved as it is. {first_of.words}")
        drafts.approve(
            session,
            draft_id,
            text_hash=_keep(session, site, user, form, draft),
            reviewer=reviewer_of(user),
            address=known.address(draft.form),
            send_after=now + site.undo_window,
            now=now,
            seconds=forms.seconds(form),
            by_hand=not draft_view.leaves_by_itself(site, draft.form),
        )

    def then(draft: StoredDraft) -> str:
        by_hand = not draft_view.leaves_by_itself(site, draft.form)
        return f"/outreach/{draft_id}" if by_hand else _next(site, user, form)

    return _do(request, site, user, form, draft_id, "approve draft", act, then=then, done="approve")


@router.post("/outreach/{draft_id}/reject")
def reject(request: Request, site: SiteDep, user: UserDep, form: FormDep, draft_id: Id) -> Response:
    """Reject with a reason; what a person wrote is kept with it."""

    def act(session: Session, draft: StoredDraft) -> None:
        reason = forms.word(form, "reject_reason", DraftRejectReason)
        comment = forms.text(form, "comment")
        _keep(session, site, user, form, draft)
        now, seconds = site.clock(), forms.seconds(form)
        drafts.reject(session, draft_id, reviewer=reviewer_of(user), reason=reason, now=now, comment=comment, seconds=seconds)

    return _do(request, site, user, form, draft_id, "reject draft", act, then=lambda _: _next(site, user, form), done="reject")


@router.post("/outreach/{draft_id}/undo")
def undo(request: Request, site: SiteDep, user: UserDep, form: FormDep, draft_id: Id) -> Response:
    """Take the decision that stands back."""

    def act(session: Session, _: StoredDraft) -> None:
        drafts.undo(session, draft_id, reviewer=reviewer_of(user), now=site.clock())

    return _do(request, site, user, form, draft_id, "undo draft", act, then=lambda _: f"/outreach/{draft_id}", done="undo")


@router.post("/outreach/{draft_id}/anew")
def anew(request: Request, site: SiteDep, user: UserDep, form: FormDep, draft_id: Id) -> Response:
    """Have it drafted in another form or language, in place of this one. What a person wrote stays with this one."""
    made: list[int] = []

    def act(session: Session, draft: StoredDraft) -> None:
        if draft.standing is DraftStanding.PENDING:
            _keep(session, site, user, form, draft)

    def then(draft: StoredDraft) -> str:
        chosen, language = forms.word(form, "as", DraftForm), _language(form)
        made.append(_ask(site, user, draft.episode_id, draft.purpose, chosen, language, instead_of=draft))
        return f"/outreach/{made[0]}"

    return _do(request, site, user, form, draft_id, "draft anew", act, then=then, done="anew")


@router.post("/outreach/{draft_id}/outcome")
def outcome(request: Request, site: SiteDep, user: UserDep, form: FormDep, draft_id: Id) -> Response:
    """What came of a draft that a person carried out: an outreach attempt of the episode, logged as anywhere else."""

    def act(session: Session, draft: StoredDraft) -> None:
        now = site.clock()
        episode = episodes.load(session, draft.episode_id)
        version = forms.whole(form, "version", least=1)
        if version != episode.version:
            raise StaleEpisode(patient.MOVED_MEANWHILE)
        lane = site.lane(episode.lane)
        facts = contact.facts(session, contact.patient_of(session, draft.episode_id))
        staff = people.here(session, lane.calendar.local_day(now))
        events = patient.MOVES["log"](episode, Asked(form, now, user.username, lane, staff, facts, pending=0))
        last = draft.decision
        delivery = deliveries.of_approval(session, last.id) if last is not None and last.action == "approve" else None
        by_hand = (DeliveryState.BY_HAND,)
        if delivery is None or not deliveries.mark(session, delivery.id, DeliveryState.SENT, before=by_hand, why="by hand", now=now):
            raise StaleDraft("Somebody logged or undid this first. Nothing of yours was logged.")
        episodes.record(session, draft.episode_id, events, expected_version=version)

    return _do(request, site, user, form, draft_id, "log draft", act, then=lambda _: f"/outreach/{draft_id}", done="outcome")


@router.post("/outreach/{draft_id}/settle")
def settle(request: Request, site: SiteDep, user: UserDep, form: FormDep, draft_id: Id) -> Response:
    """A person looked at the provider and says whether a message left of which nobody knew it."""

    def act(_session: Session, _draft: StoredDraft) -> None:
        forms.word(form, "did_leave", DidLeave)
        forms.whole(form, "delivery", least=1)

    def then(draft: StoredDraft) -> str:
        delivery_id, did_leave = forms.whole(form, "delivery", least=1), forms.word(form, "did_leave", DidLeave) is DidLeave.YES
        with site.database.read() as session:
            if deliveries.load(session, delivery_id).draft_id != draft.id:
                raise StaleDelivery("This message is of another draft. Nothing was settled.")
        sending.settle_unknown(site.database, site.lanes, delivery_id, did_leave=did_leave, by=reviewer_of(user), now=site.clock())
        return f"/outreach/{draft_id}"

    return _do(request, site, user, form, draft_id, "settle draft", act, then=then, done="settle")


@router.get("/outreach/{draft_id}/print")
def as_print(request: Request, site: SiteDep, user: UserDep, draft_id: Id) -> Response:
    """The approved words on paper. What nobody approved, or what the patient must no longer get, is not printed."""
    with site.database.write() as session:
        draft = drafts.load(session, draft_id)
        access.record_access(session, user.username, "print", f"draft {draft_id} of episode {draft.episode_id}", now=site.clock())
        known = situation(session, site.lanes, draft.episode_id)
        stopped = draft_view.stopped(known, draft.form, site.clock())
    return render(request, "draft_print.html", section="outreach", draft=draft, patient=known.patient, clinic=site.clinic, stopped=stopped)


@router.post("/episodes/{episode_id}/draft")
def ask(request: Request, site: SiteDep, user: UserDep, form: FormDep, episode_id: Id) -> Response:
    """Have a message drafted that nobody thought of but a person."""
    try:
        purpose, chosen = forms.word(form, "purpose", Action), forms.word(form, "as", DraftForm)
        with site.database.write() as session:
            access.record_access(session, user.username, "ask for draft", f"episode {episode_id}", now=site.clock())
        draft_id = _ask(site, user, episode_id, purpose, chosen, _language(form))
    except REFUSED as error:
        kept = {"form": "draft"} | {field: value for field, value in form.items() if isinstance(value, str)}
        status = 422 if isinstance(error, UnreadableForm) else 409
        return patient.answer(request, site, user, episode_id, status=status, problem=str(error), kept=kept)
    return RedirectResponse(f"/outreach/{draft_id}?done=anew", status_code=303)


def _ask(
    site: Site, user: User, episode_id: int, purpose: Action, form: DraftForm, language: str, *, instead_of: StoredDraft | None = None
) -> int:
    if site.drafting is None:
        raise IllegalDecision(NO_ASSISTANT)
    if purpose not in WITH_PATIENT:
        raise UnreadableForm("Purpose: choose one of the list.")
    return site.drafting.ask(episode_id, purpose, form, language, why=f"Asked for by {user.name}", instead_of=instead_of)


def _do(
    request: Request,
    site: Site,
    user: User,
    form: FormData,
    draft_id: int,
    what: str,
    act: Callable[[Session, StoredDraft], None],
    *,
    then: Callable[[StoredDraft], str],
    done: str,
) -> Response:
    """Make one decision in one transaction and go on; or show the page as it stands, with what was typed and why nothing was applied."""
    try:
        with site.database.write() as session:
            draft = drafts.load(session, draft_id)
            access.record_access(session, user.username, what, f"draft {draft_id}", now=site.clock())
            act(session, draft)
        where = then(draft)
    except REFUSED as error:
        status = 422 if isinstance(error, UnreadableForm) else 409
        # Who was told of other people's words has them on the page now; after another refusal the form is as old as it was.
        seen = None if isinstance(error, StaleDraft) else _seen(form)
        return _render(request, site, user, draft_id, _back(form), typed=_typed(form), seen=seen, status=status, problem=str(error))
    back = parse_qsl(draft_view.query_of(_back(form)).removeprefix("?"))
    return RedirectResponse(f"{where}?{urlencode([*back, ('done', done), ('of', str(draft_id))])}", status_code=303)


def _next(site: Site, user: User, form: FormData) -> str:
    """The draft to look at after a decision: the first that waits in the same list."""
    with site.database.read() as session:
        waiting = draft_list.waiting(session, draft_view.filter_of(_back(form), user))
    return f"/outreach/{waiting[0].draft_id}" if waiting else "/outreach"


def _keep(session: Session, site: Site, user: User, form: FormData, draft: StoredDraft) -> str:
    """Store the words of the form, where they are others than those that were on the page; returns the hash of the words that count."""
    subject, body = _words(form, draft)
    return drafts.save_text(session, draft.id, subject, body, seen=_seen(form), reviewer=reviewer_of(user), now=site.clock()).hash


def _words(form: FormData, draft: StoredDraft) -> tuple[str, str]:
    """The words of the form; a form of a draft without a subject keeps the stored one. Raises UnreadableForm where nothing is left."""
    subject, body = _typed(form)
    if not body:
        raise UnreadableForm("There are no words left. Write the message, or reject the draft.")
    return (subject if "subject" in form else draft.text.subject), body


def _typed(form: FormData) -> tuple[str, str]:
    return forms.text(form, "subject"), forms.text(form, "body", most=MOST_WORDS).replace("\r\n", "\n")


def _seen(form: FormData) -> str:
    return forms.text(form, "seen")


def _language(form: FormData) -> str:
    """A BCP-47 tag. Raises UnreadableForm."""
    tag = forms.text(form, "language", most=35)
    if not tag or not tag.isascii() or not tag.replace("-", "").isalnum():
        raise UnreadableForm("Language: choose one of the list.")
    return tag


def _back(form: FormData) -> Mapping[str, str]:
    """The filters of the list that the page was opened from."""
    return dict(parse_qsl(forms.text(form, "back").removeprefix("?")))


def _page(session: Session, site: Site, draft_id: int, *, typed: tuple[str, str] | None = None, seen: str | None = None) -> DraftPage:
    draft, now = drafts.load(session, draft_id), site.clock()
    known = situation(session, site.lanes, draft.episode_id)
    subject, body = typed if typed is not None and draft.standing is DraftStanding.PENDING else (draft.text.subject, draft.text.body)
    if typed is not None and draft.form not in draft_view.WITH_SUBJECT:
        subject = draft.text.subject
    last = next((each for each in reversed(draft.decisions) if each.action == "approve"), None)
    delivery = deliveries.of_approval(session, last.id) if last is not None else None
    return DraftPage(
        draft=draft,
        known=known,
        subject=subject,
        body=body,
        seen=seen or draft.text.hash,
        checks=checks_of(subject, body, draft, known, site.clinic, now) if draft.standing is DraftStanding.PENDING else [],
        told=draft_view.told_of(draft),
        delivery=delivery if draft.standing is DraftStanding.APPROVED else None,
        reports=deliveries.reports(session, delivery.id) if delivery is not None else [],
        leaves_by_itself=draft_view.leaves_by_itself(site, draft.form),
    )


def _render(
    request: Request,
    site: Site,
    user: User,
    draft_id: int | None,
    query: Mapping[str, str],
    *,
    typed: tuple[str, str] | None = None,
    seen: str | None = None,
    status: int = 200,
    problem: str = "",
) -> Response:
    """The page: the lists, and beside them one draft, with the words of the form where some were typed.

    A refusal took the record of its own access back with everything else, so that the page was shown is recorded here.
    """
    now, asked = site.clock(), draft_view.filter_of(query, user)
    if problem:
        with site.database.write() as session:
            access.record_access(session, user.username, "read", f"draft {draft_id}", now=now)
    with site.database.read() as session:
        page = _page(session, site, draft_id, typed=typed, seen=seen) if draft_id is not None else None
        waiting = draft_list.waiting(session, asked)
        of = forms.number(request.query_params.get("of"))
        just = _just_done(session, site, user, of, request.query_params.get("done", ""))
        lists = {
            "waiting": waiting,
            "under_way": draft_list.under_way(session, asked),
            "settled": draft_list.settled(session, asked, since=now - LATELY),
            "total": draft_list.count_waiting(session, asked),
        }
    order = [each.draft_id for each in waiting]
    place = order.index(draft_id) if draft_id in order else -1
    return render(
        request,
        "outreach.html",
        status,
        section="outreach",
        page=page,
        problem=problem,
        just=just,
        query=draft_view.query_of(query),
        asked=asked,
        whose=query.get("whose", ""),
        next_draft=order[place + 1] if place + 1 < len(order) else None,
        previous_draft=order[place - 1] if place > 0 else None,
        here=_here(page),
        stopped=draft_view.stopped(page.known, page.draft.form, now) if page is not None and page.by_hand else "",
        states=draft_view.STATES,
        troubled=draft_list.TROUBLED,
        told_kinds=draft_view.TOLD,
        leaves_at=draft_view.leaves_at,
        lanes=list(LaneName),
        draft_forms=list(DraftForm),
        reject_reasons=list(DraftRejectReason),
        words_channels=outreach.channels_of,
        kept={},
        back="",
        clinic=site.clinic,
        **lists,
    )


def _here(page: DraftPage | None) -> dict[str, object]:
    """What the forms of a draft choose from."""
    if page is None:
        return {}
    channel = CHANNEL_OF[page.draft.form]
    languages = dict.fromkeys((page.draft.language, page.known.patient.language, *WRITTEN))
    return {"languages": list(languages), "channel": channel, "outcomes": outreach.OUTCOMES[channel]}


def _just_done(session: Session, site: Site, user: User, draft_id: int | None, what: str) -> dict[str, object]:
    """What this person did last, in words, with the draft to undo it on; empty where an old address says nothing."""
    said = {
        "text": "Your words are kept.",
        "undo": "Undone. The draft waits again.",
        "anew": "Drafted. Read it before you decide.",
        "outcome": "Logged.",
        "settle": "Kept what you found.",
    }
    if what in said:
        return {"said": said[what], "undo": None}
    if draft_id is None or draft_id > forms.MOST_ID:
        return {}
    try:
        page = _page(session, site, draft_id)
    except Unknown:
        return {}
    last = page.draft.decision
    if last is None or last.username != user.username or not page.can_undo or what != last.action:
        return {}
    name, zone = page.known.patient.name, site.zone
    if last.action == "reject":
        return {"said": f"Rejected, {last.reason.label.lower() if last.reason else ''}: {name}.", "undo": draft_id}
    if page.delivery is not None and page.delivery.state is DeliveryState.WAITING:
        left = max(0, round((page.delivery.send_after - site.clock()).total_seconds()))
        return {"said": f"Approved: {name}, {draft_view.leaves_at(page.delivery, site.clock(), zone)}.", "undo": draft_id, "left": left}
    return {"said": f"Approved: {name}. Carry it out and log what came of it.", "undo": draft_id}
