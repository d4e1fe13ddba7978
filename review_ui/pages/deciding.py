"""Decisions made on the Review page: every one a form, bound to what the page showed."""

from datetime import date
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from review_ui import forms, words
from review_ui.context import Site
from review_ui.errors import UnreadableForm
from review_ui.highlight import SHOWN_AS, inert
from review_ui.history import since
from review_ui.pages.review import Id, answer
from review_ui.rendering import wants_fragment
from review_ui.signing_in import FormDep, SiteDep, UserDep, reviewer_of
from store import access, decisions, episodes, notes, people, suggestions
from store.errors import AnotherIsOpen, IllegalDecision, StaleEpisode, StaleSuggestion
from store.suggestions import Suggestion
from store.users import User
from triage.grounding import ground
from workflow.refusals import Refusal
from workflow.suggestions import BlockerPayload, EscalationPayload, OutreachAttemptPayload, Payload, TaskPayload
from workflow.vocabulary import Action, BlockerCategory, Channel, EscalationReason, Outcome, OwnerRole, RejectReason, SuggestionKind

router = APIRouter()

MOVED = (StaleSuggestion, StaleEpisode, IllegalDecision, AnotherIsOpen, Refusal)
"""What ends in the page as it now stands, with the reason: nothing was applied."""


@router.post("/suggestions/{suggestion_id}/decisions")
def decide(request: Request, site: SiteDep, user: UserDep, form: FormDep, suggestion_id: Id) -> Response:
    """Accept, edit, reject, confirm or undo one suggestion, bound to what the page showed."""
    with site.database.read() as session:
        item = suggestions.load(session, suggestion_id)
    try:
        said, undo = _apply(site, user, item, form)
    except (*MOVED, UnreadableForm) as error:
        return _moved(request, site, user, item.note_id, form, error)
    return _done(request, site, user, item.note_id, form, said, undo)


def _done(request: Request, site: Site, user: User, note_id: int, form: FormDep, said: str, undo: int | None) -> Response:
    """The note as it now stands: for htmx at once, for a plain form behind a redirect."""
    then = forms.number(form.get("next"))
    if wants_fragment(request):
        return answer(request, site, user, note_id, said=said, undo=undo, then=then)
    query = urlencode({name: value for name, value in (("said", "1" if undo else ""), ("next", then or "")) if value})
    return RedirectResponse(f"/review/{note_id}{f'?{query}' if query else ''}#cards", status_code=303)


def _moved(
    request: Request, site: Site, user: User, note_id: int, form: FormDep, error: Exception, draft: dict[str, str] | None = None
) -> Response:
    """Nothing was applied: the note as it now stands, why, and what happened since the page was shown.

    `draft` is what was typed to be added, so that nobody types it twice.
    """
    status = 422 if isinstance(error, UnreadableForm) else 409
    problem = str(error)
    if isinstance(error, StaleEpisode):
        with site.database.read() as session:
            history = episodes.history(session, notes.load(session, note_id).episode_id)
            staff = people.here(session, site.today(site.clock()))
        problem += since(history, forms.number(form.get("version")), staff)
    return answer(request, site, user, note_id, status=status, problem=problem, then=forms.number(form.get("next")), draft=draft)


def _apply(site: Site, user: User, item: Suggestion, form: FormDep) -> tuple[str, int | None]:
    """Make the decision the form asks for; says what was done and what can be undone."""
    now, who = site.clock(), reviewer_of(user)
    action = forms.text(form, "decision")
    with site.database.write() as session:
        access.record_access(session, user.username, action[:20] or "decide", f"suggestion {item.id}", now=now)
        match action:
            case "accept" | "edit":
                version = forms.whole(form, "version", least=1)
                payload = forms.payload(form, item.kind, site.today(now)) if action == "edit" else None
                done = decisions.accept(
                    session,
                    site.lanes,
                    item.id,
                    reviewer=who,
                    episode_version=version,
                    now=now,
                    payload=payload,
                    seconds=forms.seconds(form),
                    reading_id=forms.number(form.get("reading")),
                )
                return _in_words(done), item.id
            case "reject":
                reason = forms.word(form, "reject_reason", RejectReason)
                comment = forms.text(form, "comment")
                decisions.reject(session, item.id, reviewer=who, reason=reason, now=now, comment=comment, seconds=forms.seconds(form))
                return f"Rejected, {reason.label.lower()}: {words.headline(item.payload)}.", item.id
            case "confirm":
                decisions.confirm(session, item.id, reviewer=who, now=now)
                return f"Looked at again, it stands: {words.headline(item.shown)}.", None
            case "undo":
                decisions.undo_last(session, site.lanes, item.id, reviewer=who, now=now)
                return f"Undone: {words.headline(item.shown)}.", None
            case _:
                raise UnreadableForm("Choose accept, edit, reject, confirm or undo.")


def _in_words(done: decisions.Decided) -> str:
    """What accepting did: the suggestion, and the next touch where it moved."""
    text = f"{done.suggestion.standing.label}: {words.headline(done.suggestion.shown)}."
    if not done.events:
        return text + " It stood so already; nothing changed."
    if done.after.escalation is not None and done.before.escalation is None:
        return text + f" Escalated to {done.after.escalation.to.label.lower()}."
    return text + (f" Next touch is {words.day(done.after.due)}." if done.after.due != done.before.due else "")


@router.post("/notes/{note_id}/accept-all")
def accept_all(request: Request, site: SiteDep, user: UserDep, form: FormDep, note_id: Id) -> Response:
    """Accept all that was shown as pending, but never escalations or outreach attempts. All or nothing."""
    now = site.clock()
    pairs = [str(value).partition(":") for value in form.getlist("shown")]
    shown = {number: forms.number(reading) for one, _, reading in pairs if (number := forms.number(one)) is not None}
    try:
        with site.database.write() as session:
            notes.load(session, note_id)
            access.record_access(session, user.username, "accept all", f"note {note_id}", now=now)
            version = forms.whole(form, "version", least=1)
            done = decisions.accept_all(
                session, site.lanes, note_id, reviewer=reviewer_of(user), episode_version=version, shown=shown, now=now
            )
    except (*MOVED, UnreadableForm) as error:
        return _moved(request, site, user, note_id, form, error)
    said = f"Accepted {words.plural(len(done), 'suggestion')}." if done else "Nothing here can be accepted in one go."
    return _done(request, site, user, note_id, form, said, done[-1].suggestion.id if done else None)


@router.post("/notes/{note_id}/missed")
def add_missed(request: Request, site: SiteDep, user: UserDep, form: FormDep, note_id: Id) -> Response:
    """Add what the assistant missed, from words of the note."""
    now = site.clock()
    try:
        with site.database.write() as session:
            note = notes.load(session, note_id)
            start, end = _selection(form, note.text)
            kind, label = _label(forms.text(form, "label"))
            payload = _missed_payload(form, kind, label, site.today(now))
            version = forms.whole(form, "version", least=1)
            access.record_access(session, user.username, "add missed", f"note {note_id}", now=now)
            done = decisions.add_missed(
                session, site.lanes, note_id, payload, start, end, reviewer=reviewer_of(user), episode_version=version, now=now
            )
    except (*MOVED, UnreadableForm) as error:
        draft = {name: forms.text(form, name, most=2000) for name in ("quote", "start", "label", "due")}
        return _moved(request, site, user, note_id, form, error, draft)
    return _done(request, site, user, note_id, form, f"Added: {words.headline(done.suggestion.shown)}.", done.suggestion.id)


def _selection(form: FormDep, text: str) -> tuple[int, int]:
    """Where the quoted words stand in the note; the page's own offsets decide between two places with the same words."""
    quote = forms.text(form, "quote", most=2000).replace("\r\n", "\n")  # forms send every line end so
    if not quote:
        raise UnreadableForm("Words from the note: select them in the note, or copy them here.")
    raw = forms.text(form, "start")
    if raw.isdecimal() and len(raw) < 8:
        start = int(raw)
        if inert(text)[start : start + len(quote)] == quote and text[start : start + len(quote)].strip():
            return start, start + len(quote)
    span = ground(quote.replace(SHOWN_AS, ""), text)
    if span is None:
        raise UnreadableForm(f"“{quote}” does not stand in this note. Select the words in the note, or copy them exactly.")
    return span[0], span[1]


def _label(value: str) -> tuple[SuggestionKind, str]:
    kind, _, label = value.partition(":")
    try:
        return SuggestionKind(kind), label
    except ValueError:
        raise UnreadableForm("What it is: choose one of the list.") from None


def _missed_payload(form: FormDep, kind: SuggestionKind, label: str, today: date) -> Payload:
    try:
        match kind:
            case SuggestionKind.TASK:
                return TaskPayload(
                    action=Action(label), owner_role=forms.word(form, "owner_role", OwnerRole), due=forms.day(form, "due", today)
                )
            case SuggestionKind.BLOCKER:
                return BlockerPayload(category=BlockerCategory(label))
            case SuggestionKind.OUTREACH_ATTEMPT:
                count = forms.whole(form, "count", least=1, most=99)
                return OutreachAttemptPayload(channel=Channel(label), outcome=forms.word(form, "outcome", Outcome), count=count)
            case SuggestionKind.ESCALATION:
                return EscalationPayload(reason=EscalationReason(label))
    except ValueError:
        raise UnreadableForm("What it is: choose one of the list.") from None


@router.post("/notes/{note_id}/finish")
def finish(request: Request, site: SiteDep, user: UserDep, form: FormDep, note_id: Id) -> Response:
    """This note is done: on to the one that was to come next, or to the first that waits."""
    now = site.clock()
    try:
        with site.database.write() as session:
            access.record_access(session, user.username, "finish", f"note {note_id}", now=now)
            decisions.finish_note(session, note_id, reviewer=reviewer_of(user), now=now)
    except MOVED as error:
        return _moved(request, site, user, note_id, form, error)
    then = forms.number(form.get("next"))
    return RedirectResponse(f"/review/{then}" if then else "/review", status_code=303)


@router.post("/notes/{note_id}/undo")
def undo(request: Request, site: SiteDep, user: UserDep, form: FormDep, note_id: Id) -> Response:
    """Undo what this reviewer decided last on this note."""
    with site.database.read() as session:
        last = decisions.last_undoable(session, note_id, reviewer_of(user))
        item = suggestions.load(session, last) if last is not None else None
    if item is None:
        return answer(request, site, user, note_id, status=409, problem="There is nothing of yours to undo on this note.")
    now = site.clock()
    try:
        with site.database.write() as session:
            access.record_access(session, user.username, "undo", f"suggestion {item.id}", now=now)
            decisions.undo_last(session, site.lanes, item.id, reviewer=reviewer_of(user), now=now)
    except MOVED as error:
        return _moved(request, site, user, note_id, form, error)
    return _done(request, site, user, note_id, form, f"Undone: {words.headline(item.shown)}.", None)
