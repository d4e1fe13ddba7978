"""The Review page: a note, what was suggested, and one decision at a time."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from review_ui import forms, words
from review_ui.context import Site
from review_ui.four import Preview, as_it_stands, preview
from review_ui.highlight import Piece, pieces
from review_ui.pages.sent import may_see
from review_ui.rendering import render, wants_fragment
from review_ui.signing_in import SiteDep, UserDep, reviewer_of
from review_ui.why import Because, why
from store import access, contact, decisions, episodes, findings, notes, patients, people, precedents, recalls, review, suggestions
from store.decisions import NOT_IN_BULK
from store.findings import Quoted
from store.notes import StoredNote
from store.patients import Patient
from store.precedents import Precedents, likeness
from store.recalls import Recall
from store.review import Pace, Waiting
from store.suggestions import Suggestion
from store.users import User
from triage.orders import orders
from workflow.contact import ContactFacts
from workflow.episode import Episode
from workflow.lanes import Lane
from workflow.people import People
from workflow.suggestions import TaskPayload
from workflow.vocabulary import (
    Action,
    BlockerCategory,
    Channel,
    EscalationReason,
    Outcome,
    OwnerRole,
    RejectReason,
    Standing,
    SuggestionKind,
)

router = APIRouter()

Id = Annotated[int, Path(ge=1, le=forms.MOST_ID)]


@dataclass(frozen=True, slots=True)
class Card:
    """One suggestion on the page. `decided` says who did what, empty while pending; `default_due` is the lane's where the note has none.

    `recall` is there where it is up for review again; `stuck` then says why it cannot be taken back, empty where it can. `earlier` are the
    words of other notes that it rests on as well.
    """

    suggestion: Suggestion
    preview: Preview | None
    decided: str
    default_due: date | None
    recall: Recall | None = None
    stuck: str = ""
    why: list[Because] = field(default_factory=list)
    earlier: list[Quoted] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the list of notes to review."""

    title: str
    items: list[Waiting]


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """All the page shows of one note. `unread` counts the passages that speak to a machine and that no assistant was shown."""

    note: StoredNote
    patient: Patient
    episode: Episode
    lane: Lane
    cards: list[Card]
    facts: ContactFacts
    pieces: list[Piece]
    stands: Preview
    reader: str
    is_read: bool
    fault: str
    refused: int
    unread: int
    reviewed_by: str | None
    others: list[str]
    next_note: int | None
    previous_note: int | None

    @property
    def pending(self) -> list[Card]:
        return [card for card in self.cards if card.suggestion.standing is Standing.PENDING]

    @property
    def again(self) -> list[Card]:
        """What was accepted and is up for review again."""
        return [card for card in self.cards if card.recall is not None]

    @property
    def bulk(self) -> list[Card]:
        """What "accept all" would accept."""
        return [card for card in self.pending if card.suggestion.kind not in NOT_IN_BULK]


@dataclass(frozen=True, slots=True)
class Desk:
    """What stands around the note: the list, the counts, the reviewer's pace."""

    groups: list[Group]
    total: int
    unread: int
    stuck: tuple[int, str]
    pace: Pace
    here: dict[int, list[str]]

    @property
    def order(self) -> list[int]:
        return [item.note_id for group in self.groups for item in group.items]


def load_desk(session: Session, site: Site, user: User, *, now: datetime) -> Desk:
    """The list of notes to review, in the order in which they should be taken up."""
    today = site.today(now)
    items = review.waiting(session, today=today)
    groups = (
        Group("Look at these first", [i for i in items if i.urgent]),
        Group("Due today or late", [i for i in items if not i.urgent and i.pending and i.due <= today]),
        Group("The rest, surest last", [i for i in items if not i.urgent and i.pending and i.due > today]),
        Group("Nothing found in these", [i for i in items if not i.pending]),
    )
    return Desk(
        groups=[group for group in groups if group.items],
        total=review.count_waiting(session),
        unread=review.count_unread(session),
        stuck=review.stuck(session),
        pace=review.pace(session, user.id, site.midnight(now)),
        here=review.others_here(session, user.id, now=now),
    )


def load_page(session: Session, site: Site, note_id: int, user: User, desk: Desk, *, now: datetime, then: int | None = None) -> ReviewPage:
    """One note with its suggestions and previews. Raises Unknown.

    `then` is the note that was to come next when this one was opened; it stays next, though deciding moves this one in the list.
    """
    note = notes.load(session, note_id)
    episode = episodes.load(session, note.episode_id)
    lane = site.lane(note.lane)
    found = suggestions.of_note(session, note_id)
    today = lane.calendar.local_day(now)
    again = recalls.open_on(session, note_id)
    staff = people.here(session, today)
    cards = [
        _again(session, site, item, again[item.id], now)
        if item.id in again
        else _card(session, item, episode, lane, note, user, staff, now)
        for item in found
    ]
    readings, alike = review.readings(session, note_id), precedents.lately(session)
    quoted = findings.quotes(session, [item.id for item in found])

    def explained(card: Card) -> Card:
        one = card.suggestion
        reading = readings.get(one.reading_id) if one.reading_id else None
        told = why(one, note, reading, alike.get(likeness(one.payload), Precedents()), lane.calendar.zone)
        return replace(card, why=told, earlier=quoted.get(one.id, []))

    order = desk.order
    place = order.index(note_id) if note_id in order else -1
    of_the_note = [one for one in readings.values() if one.assistant != findings.RECORD]
    reading = max(of_the_note, key=lambda one: one.id, default=None)
    return ReviewPage(
        note=note,
        patient=patients.load(session, note.patient_id),
        episode=episode,
        lane=lane,
        cards=sorted(
            map(explained, cards), key=lambda card: (card.suggestion.kind is not SuggestionKind.ESCALATION, card.suggestion.start)
        ),
        facts=contact.facts(session, note.patient_id),
        pieces=pieces(note.text, found),
        stands=as_it_stands(episode, today, staff),
        reader=_reader(reading),
        is_read=reading is not None,
        fault=review.faults(session, [note_id]).get(note_id, ""),
        refused=reading.refused if reading else 0,
        unread=len(orders(note.text)) if reading else 0,
        reviewed_by=review.reviewed_by(session, note_id),
        others=desk.here.get(note_id, []),
        next_note=then if then in order else next((other for other in order[place + 1 :] if other != note_id), None),
        previous_note=order[place - 1] if place > 0 else None,
    )


def _card(
    session: Session, item: Suggestion, episode: Episode, lane: Lane, note: StoredNote, user: User, staff: People, now: datetime
) -> Card:
    if item.standing is not Standing.PENDING:
        return Card(item, None, decisions.who_decided(session, item.id) or "", None)
    today = lane.calendar.local_day(now)
    default = None
    if isinstance(item.payload, TaskPayload) and item.payload.due is None:
        default = lane.calendar.add_business_days(today, lane.touch_days(episode.status, episode.blocked_by))
    would = preview(episode, lane, item, note, username=user.username, people=staff, now=now) if episode.is_open else None
    return Card(item, would, "", default)


def _again(session: Session, site: Site, item: Suggestion, recall: Recall, now: datetime) -> Card:
    stuck = decisions.why_not_undone(session, site.lanes, item, now=now)
    return Card(item, None, decisions.who_decided(session, item.id) or "", None, recall, stuck)


def _reader(reading: object) -> str:
    assistant = getattr(reading, "assistant", None)
    stood_in_for = getattr(reading, "stood_in_for", None)
    if assistant is None:
        return "not read yet"
    who = (
        "the embedded assistant"
        if assistant == "embedded"
        else f"{getattr(reading, 'model', '')}, prompt {getattr(reading, 'prompt_version', '')}"
    )
    return f"read by {who}" + (", standing in while the model’s service was away" if stood_in_for else "")


def _choices() -> dict[str, object]:
    """The closed lists of the forms."""
    return {
        "actions": list(Action),
        "owner_roles": list(OwnerRole),
        "categories": list(BlockerCategory),
        "channels": list(Channel),
        "outcomes": list(Outcome),
        "reasons": list(EscalationReason),
        "reject_reasons": list(RejectReason),
    }


def answer(
    request: Request,
    site: Site,
    user: User,
    note_id: int,
    *,
    status: int = 200,
    problem: str = "",
    said: str = "",
    undo: int | None = None,
    then: int | None = None,
    draft: dict[str, str] | None = None,
) -> Response:
    """The page, or for htmx the parts of it that a decision changes.

    A refusal took the record of its own access back with everything else, so that the page was shown is recorded here.
    """
    now = site.clock()
    if status != 200:
        _record_read(site, user, note_id, now)
    with site.database.read() as session:
        desk = load_desk(session, site, user, now=now)
        page = load_page(session, site, note_id, user, desk, now=now, then=then)
    template = "_review_parts.html" if wants_fragment(request) and request.method == "POST" else "review.html"
    shown = {"page": page, "desk": desk, "problem": problem, "said": said, "undo": undo, "draft": draft or {}, "sees_sent": may_see(user)}
    return render(request, template, status, section="review", **shown, **_choices())


def _record_read(site: Site, user: User, note_id: int, now: datetime) -> None:
    """Record, in a transaction of its own, that somebody sees this note. Raises Unknown."""
    with site.database.write() as session:
        notes.load(session, note_id)
        access.record_access(session, user.username, "read", f"note {note_id}", now=now)


@router.get("/")
def start() -> Response:
    """Review is where the day begins."""
    return RedirectResponse("/review", status_code=303)


@router.get("/review")
def first(request: Request, site: SiteDep, user: UserDep) -> Response:
    """The first note that waits, or an empty desk."""
    now = site.clock()
    with site.database.read() as session:
        desk = load_desk(session, site, user, now=now)
    if desk.order:
        return RedirectResponse(f"/review/{desk.order[0]}", status_code=303)
    return render(request, "review_empty.html", section="review", desk=desk)


@router.get("/review/all")
def everything(request: Request, site: SiteDep, user: UserDep) -> Response:
    """The list alone, for small screens. It names patients, so that it was looked at is recorded."""
    now = site.clock()
    with site.database.write() as session:
        access.record_access(session, user.username, "read", "review list", now=now)
    with site.database.read() as session:
        desk = load_desk(session, site, user, now=now)
    return render(request, "review_all.html", section="review", desk=desk, current=None)


@router.get("/review/{note_id}")
def show(request: Request, site: SiteDep, user: UserDep, note_id: Id) -> Response:
    """One note and its suggestions. That it was looked at is recorded."""
    now = site.clock()
    with site.database.write() as session:
        notes.load(session, note_id)
        access.record_access(session, user.username, "read", f"note {note_id}", now=now)  # first: people take turns from here on
        review.note_seen(session, note_id, user.id, now=now)
    said, undo = _last(site, user, note_id) if request.query_params.get("said") else ("", None)
    return answer(request, site, user, note_id, said=said, undo=undo, then=forms.number(request.query_params.get("next")))


def _last(site: Site, user: User, note_id: int) -> tuple[str, int | None]:
    """What this reviewer did last on this note, in words, and the suggestion to undo it on."""
    with site.database.read() as session:
        last = decisions.last_undoable(session, note_id, reviewer_of(user))
        if last is None:
            return "", None
        item = suggestions.load(session, last)
    return f"{item.standing.label}: {words.headline(item.shown)}.", last


@router.get("/keys")
def keys(request: Request, user: UserDep) -> Response:  # noqa: ARG001 — for signed-in people
    """The list of keys."""
    return render(request, "keys.html")
