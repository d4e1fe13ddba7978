"""What leads do with a digest: edit it with the checks beside each sentence, publish, withdraw, send as e-mail; and schedules."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from review_ui import changes, forms
from review_ui.context import Site
from review_ui.errors import UnreadableForm, status_of
from review_ui.pages.changes import Id, calendar_of, lead_or_refuse, page, readable
from review_ui.rendering import render, wants_fragment
from review_ui.signing_in import FormDep, SiteDep, UserDep
from store import access, digest_mails, digest_schedules, digests, users
from store.digests import Sentence
from store.errors import DigestIsSettled
from store.users import User
from triage import digesting
from triage.digesting import facts_of
from triage.writing import Fact
from workflow.digests import Every, Rhythm
from workflow.vocabulary import LaneName

router = APIRouter()

LONGEST_SENTENCE = 600
MOST_SENTENCES = 40
LONGEST_REASON = 500


@router.get("/changes/{digest_id}/edit")
def edit(request: Request, site: SiteDep, user: UserDep, digest_id: Id) -> Response:
    """A field for every sentence."""
    lead_or_refuse(user)
    with site.database.read() as session:
        digest = readable(session, user, digest_id)
        wording = digests.wording(session, digest)
    if not digest.is_draft:
        raise DigestIsSettled(f"This digest is {digest.standing.label.lower()}; its words stay as they are. Prepare another one.")
    return _form(request, site, user, digest_id, [*(each.text for each in wording.sentences), ""], wording.number)


def _form(
    request: Request, site: Site, user: User, digest_id: int, texts: Sequence[str], number: int, *, problem: str = "", status: int = 200
) -> Response:
    """The form as it is filled in, with what disagrees with the facts beside each sentence."""
    with site.database.read() as session:
        digest = readable(session, user, digest_id)
        former = digests.wording(session, digest).sentences
    with site.database.write() as session:
        access.record_access(session, user.username, "read", f"digest {digest_id}", now=site.clock())
    facts = facts_of(digest)
    return render(
        request,
        "changes_edit.html",
        status,
        section="changes",
        digest=digest,
        title=changes.title(digest, calendar_of(site, digest.lane)),
        fields=list(zip(texts, _checks(texts, facts, former), strict=True)),
        facts=facts,
        number=number,
        most=LONGEST_SENTENCE,
        oob=False,
        problem=problem,
    )


@dataclass(frozen=True, slots=True)
class Check:
    """What is to be said beside a sentence."""

    problems: tuple[str, ...] = ()
    patients: int = 0
    cites: int = 0


def _checks(texts: Sequence[str], facts: Sequence[Fact], former: Sequence[Sentence]) -> list[Check | None]:
    """One for each text, None where it is empty."""
    cited = {place: _cite(text, facts, former) for place, text in enumerate(texts) if text}
    told = dict(zip(cited, changes.told(list(cited.values()), facts), strict=True))
    return [
        Check(told[place].problems, told[place].patients, len(cited[place].facts)) if place in cited else None
        for place in range(len(texts))
    ]


def _cite(text: str, facts: Sequence[Fact], former: Sequence[Sentence]) -> Sentence:
    """The sentence with its citations: as they were where its words are, else those it speaks of."""
    unchanged = next((each for each in former if each.text == text), None)
    return unchanged or digesting.cite(text, facts)


@router.post("/changes/{digest_id}/edit")
def save(request: Request, site: SiteDep, user: UserDep, form: FormDep, digest_id: Id) -> Response:
    """Save the words as a version; or, without storing anything, check them, remove a sentence, or make room for one."""
    lead_or_refuse(user)
    texts = [" ".join(value.split()) for value in form.getlist("text") if isinstance(value, str)]
    number = forms.whole(form, "number", least=1)
    act, _, place = forms.text(form, "act").partition(":")
    if wants_fragment(request):
        return _beside(request, site, user, digest_id, texts)
    if act in {"check", "remove", "below"}:
        if act != "check" and (at := forms.number(place)) is not None and at < len(texts):
            texts[at : at + 1] = [] if act == "remove" else [texts[at], ""]
        return _form(request, site, user, digest_id, [*texts, ""] if not texts or texts[-1] else texts, number)
    now = site.clock()
    try:
        written = _sentences(texts)
        with site.database.write() as session:
            digest = readable(session, user, digest_id)
            former, facts = digests.wording(session, digest).sentences, facts_of(digest)
            sentences = [_cite(text, facts, former) for text in written]
            digests.save_wording(session, digest_id, sentences, after=number, user_id=user.id, now=now)
            access.record_access(session, user.username, "edit", f"digest {digest_id}", now=now)
    except (UnreadableForm, DigestIsSettled) as error:
        return _form(request, site, user, digest_id, texts, number, problem=str(error), status=status_of(error))
    return RedirectResponse(f"/changes/{digest_id}?done=saved", status_code=303)


def _sentences(texts: Sequence[str]) -> list[str]:
    """Those that say something. Raises UnreadableForm."""
    written = [text for text in texts if text]
    if not written:
        raise UnreadableForm("A digest has at least one sentence. Write one, or withdraw it.")
    if len(written) > MOST_SENTENCES:
        raise UnreadableForm(f"At most {MOST_SENTENCES} sentences: nobody reads more aloud.")
    for place, text in enumerate(written, start=1):
        if len(text) > LONGEST_SENTENCE:
            raise UnreadableForm(f"Sentence {place} has more than {LONGEST_SENTENCE} characters. Make two of it.")
    return written


def _beside(request: Request, site: Site, user: User, digest_id: int, texts: Sequence[str]) -> Response:
    """What the checks say now, for the places beside the fields."""
    with site.database.read() as session:
        digest = readable(session, user, digest_id)
        former = digests.wording(session, digest).sentences
    texts = [text[:LONGEST_SENTENCE] for text in texts[: MOST_SENTENCES + 1]]
    return render(request, "_changes_checks.html", checks=_checks(texts, facts_of(digest), former), oob=True)


@router.post("/changes/{digest_id}/publish")
def publish(request: Request, site: SiteDep, user: UserDep, form: FormDep, digest_id: Id) -> Response:
    """Publish the words that were looked at, and mail those whom its schedule names. What contradicts the facts is not published."""
    lead_or_refuse(user)
    now = site.clock()
    try:
        number = forms.whole(form, "number", least=1)
        with site.database.write() as session:
            digest = readable(session, user, digest_id)
            every = digests.wordings(session, digest_id)
            if number > len(every):
                raise UnreadableForm("There is no such version of this digest. Load the page again.")
            wrong = digesting.publish(session, digest, every[number - 1], user_id=user.id, now=now)
            if wrong:
                raise UnreadableForm("This is not published yet: what is marked below contradicts the facts. Edit it, then publish.")
            access.record_access(session, user.username, "publish", f"digest {digest_id}", now=now)
            if digest.schedule_id is not None:
                schedule = digest_schedules.load(session, digest.schedule_id)
                wanted = schedule.recipients if schedule.mails else ()
                digest_mails.post(session, digest_id, wanted, "published", now=now, enqueue=site.enqueue_mail)
    except (UnreadableForm, DigestIsSettled) as error:
        return page(request, site, user, digest_id=digest_id, problem=str(error), status=status_of(error))
    return RedirectResponse(f"/changes/{digest_id}?done=published", status_code=303)


@router.post("/changes/{digest_id}/withdraw")
def withdraw(request: Request, site: SiteDep, user: UserDep, form: FormDep, digest_id: Id) -> Response:
    """Take a digest back; a published one with the reason, which its readers see."""
    lead_or_refuse(user)
    now = site.clock()
    try:
        reason = forms.text(form, "reason", most=LONGEST_REASON)
        with site.database.write() as session:
            readable(session, user, digest_id)
            digests.withdraw(session, digest_id, reason=reason, user_id=user.id, now=now)
            access.record_access(session, user.username, "withdraw", f"digest {digest_id}", now=now)
    except (UnreadableForm, ValueError) as error:
        return page(request, site, user, digest_id=digest_id, problem=str(error), kept=form, status=422)
    return RedirectResponse(f"/changes/{digest_id}?done=withdrawn", status_code=303)


@router.post("/changes/{digest_id}/mails")
def mail(request: Request, site: SiteDep, user: UserDep, form: FormDep, digest_id: Id) -> Response:
    """Send a published digest as e-mail to chosen people, once to each; or one more time what failed or has an unknown end."""
    lead_or_refuse(user)
    now = site.clock()
    try:
        with site.database.write() as session:
            digest = readable(session, user, digest_id)
            if not digest.is_published:
                raise UnreadableForm("Publish it first: a draft is sent to nobody.")
            again = forms.number(form.get("again"))
            if again is not None:
                if again not in {each.id for each in digest_mails.of_digest(session, digest_id)}:
                    raise UnreadableForm("There is no such mail about this digest.")
                digest_mails.again(session, again, now=now, enqueue=site.enqueue_mail)
            else:
                chosen = _recipients(form)
                if not chosen:
                    raise UnreadableForm("Choose who is to get it.")
                digest_mails.post(session, digest_id, chosen, "published", now=now, enqueue=site.enqueue_mail)
            access.record_access(session, user.username, "mail", f"digest {digest_id}", now=now)
    except UnreadableForm as error:
        return page(request, site, user, digest_id=digest_id, problem=str(error), kept=form, status=422)
    return RedirectResponse(f"/changes/{digest_id}?done=mailed", status_code=303)


def _recipients(form: FormData) -> list[int]:
    return [number for value in form.getlist("recipient") if (number := forms.number(value)) is not None]


@router.post("/changes/schedule")
def schedule(request: Request, site: SiteDep, user: UserDep, form: FormDep) -> Response:
    """Set the schedule of a lane, switch it off, or go back to the one before."""
    lead_or_refuse(user)
    now = site.clock()
    lane = forms.optional_word(forms.text(form, "lane"), LaneName)
    act = forms.text(form, "act")
    try:
        with site.database.write() as session:
            if act == "off":
                digest_schedules.switch_off(session, forms.whole(form, "schedule", least=1))
            elif act == "back":
                digest_schedules.switch_on(session, forms.whole(form, "schedule", least=1), now=now)
            else:
                every = forms.word(form, "every", Every)
                weekday = forms.whole(form, "weekday", most=6) if every is Every.WEEK else None
                rhythm = Rhythm(every, weekday, forms.whole(form, "hour", most=23))
                known = {each.id for each in users.everybody(session) if each.active}
                recipients = [each for each in _recipients(form) if each in known]
                mails = forms.text(form, "mails") == "1"
                if mails and not recipients:
                    raise UnreadableForm("Choose who gets the mail, or leave the mail out.")
                digest_schedules.set_schedule(session, lane, rhythm, recipients=recipients, mails=mails, user_id=user.id, now=now)
            access.record_access(session, user.username, "set schedule", f"digests of {lane.value if lane else 'all lanes'}", now=now)
    except UnreadableForm as error:
        return page(request, site, user, lane=lane, problem=str(error), kept=form, status=422)
    where = f"lane={lane.value}&" if lane else ""
    return RedirectResponse(f"/changes?{where}done={'off' if act == 'off' else 'scheduled'}#schedule", status_code=303)
