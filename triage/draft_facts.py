"""What an outreach draft may say of an episode: each fact with the field, the event or the words of a note that it rests on.

Facts are few on purpose. For an SMS or a voicemail nothing that tells somebody's health enters the request, not even in a quote.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from store import timeline, users
from store.errors import Unknown
from store.lanes import Lanes
from store.timeline import EpisodeView, EventEntry, NoteEntry
from triage.assistants.redaction.found import folded
from triage.private_words import is_private
from triage.said_appointment import Appointment, Said, arranged_interpreter, arranged_ride, is_by_patient, next_appointment
from triage.writing import DraftRequest, Fact, Source
from workflow import events as ev
from workflow.calendar import in_words
from workflow.clinic import Clinic
from workflow.episode import Episode, Task
from workflow.lanes import Lane
from workflow.vocabulary import FAILED, Action, BlockerCategory, DraftForm

SEEN_BY_OTHERS = frozenset({DraftForm.SMS, DraftForm.VOICEMAIL})

DOCUMENTS = {
    "insurance card": r"\b(?:insurance|ins|member|medicaid|medicare) cards?\b|\btarjeta del? seguro\b",
    "photo ID": r"\bphoto id\b|\bdriver'?s licen[sc]e\b|\b(?:id|i\.d\.) card\b|\bidentificacion\b",
    "signed form": r"\bsigned? (?:the |an? |her |his |their )?(?:[a-z]+ )?(?:forms?|release|consent|roi|packet)\b"
    r"|\b(?:consent|release|roi|registration|enrollment|intake) (?:forms?|packet|paperwork)\b",
    "proof of income": r"\bproof of income\b|\bpay ?stubs?\b|\bincome (?:proof|verification)\b|\bcomprobante de ingresos\b",
    "proof of address": r"\bproof of (?:address|residen[a-z]+)\b|\bcomprobante de domicilio\b",
    "school form": r"\bschool (?:physical )?forms?\b",
}
"""Documents that patients bring, by the words of notes. None of them tells what somebody is seen for."""

_PATIENT = re.compile(
    r"\b(?:pt|patient|he|she|him|her|them|they|mom|mother|dad|father|daughter|son|wife|husband|family|caregiver|member|client|paciente|familia)\b"
)
_GIVES = re.compile(r"\b(?:bring|send|sign|drop|mail|upload|return|fill|provide|give|get|traer|traiga|firmar|mandar|enviar|text)\w*\b")
_OTHERS = re.compile(
    r"\b(?:from|with|through|to|call|calling|ask|asking|tell|email|fax) (?:[\w.'’-]+ ){0,3}?"
    r"(?:office|clinic|desk|hospital|pharmacy|vendor|payer|insurance(?! cards?\b)|lab|"
    r"records|agency|facility|school|specialist|intake|hr|employer|pcp|dr)\b"
)
_SOON = timedelta(days=2)
_ASKED_BY = frozenset({Action.REQUEST_DOCUMENT, Action.SCHEDULE_APPOINTMENT, Action.CONFIRM_APPOINTMENT})


def elsewhere(episode: Episode) -> frozenset[int]:
    """The open tasks whose words say that the step is taken with somebody else than the patient.

    A document is asked of the patient only where the words say that the patient gives one.
    """
    return frozenset(task.number for task in episode.tasks if _is_elsewhere(task))


def _is_elsewhere(task: Task) -> bool:
    words = folded(task.detail)
    if task.action is Action.REQUEST_DOCUMENT:
        return not (_PATIENT.search(words) and _GIVES.search(words)) or _OTHERS.search(words) is not None
    return (
        task.action in {Action.SCHEDULE_APPOINTMENT, Action.ARRANGE_SUPPORT, Action.SEND_INSTRUCTION} and _OTHERS.search(words) is not None
    )


def draft_request(
    session: Session, lanes: Lanes, clinic: Clinic, episode_id: int, *, purpose: Action, form: DraftForm, task: int | None, now: datetime
) -> DraftRequest:
    """The request for a draft of this form and purpose, in the patient's language. `task` is the open task it is for. Raises Unknown."""
    view = timeline.view(session, episode_id)
    lane = lanes[view.episode.lane]
    today = lane.calendar.local_day(now)
    found = _facts(session, view, lane, today, purpose, view.episode.task(task) if task is not None else None)
    facts = tuple(
        replace(fact, id=f"f{number}", episodes=(episode_id,)) for number, fact in enumerate(_fit_to_be_seen(found, form), start=1)
    )
    who = view.patient
    return DraftRequest(form, who.language, lane.name, purpose, who.name, clinic, today, facts)


def _facts(session: Session, view: EpisodeView, lane: Lane, today: date, purpose: Action, task: Task | None) -> Iterator[Fact | None]:
    name = view.patient.name
    yield Fact("", "patient", f"The patient is {name}.", {"name": name}, (Source(field="patient.name"),))
    yield from _caller(session, view)
    said = _said(view, lane)
    appointment = next_appointment(said, today)
    if appointment is not None:
        yield _appointment(appointment)
        yield _support(view, said, appointment, BlockerCategory.TRANSPORT)
        yield _support(view, said, appointment, BlockerCategory.LANGUAGE)
    yield _tries(view, lane)
    if task is not None:
        if purpose is Action.REQUEST_DOCUMENT:
            yield _document(view, task)
        if purpose in _ASKED_BY and task.due >= today + _SOON and (appointment is None or task.due < appointment.day):
            due = f"It is due by {in_words(task.due)}."
            yield Fact("", "due", due, {"day": task.due}, (Source(view.episode_id, event=_added(view, task), field="task.due"),))


def _caller(session: Session, view: EpisodeView) -> Iterator[Fact]:
    """Whom to ask for: the owner."""
    owner = view.episode.owner
    if owner is not None:
        try:
            name = users.by_username(session, owner).name
        except Unknown:
            return
        yield Fact("", "caller", f"{name} looks after this.", {"name": name}, (Source(view.episode_id, field="episode.owner"),))


def _appointment(appointment: Appointment) -> Fact:
    values = {"day": appointment.day} | {role: value for role, value in (("time", appointment.time), ("place", appointment.place)) if value}
    at = f" at {appointment.time}" if appointment.time else ""
    where = f", {appointment.place}" if appointment.place else ""
    words = f"There is an appointment on {in_words(appointment.day)}{at}{where}."
    return Fact("", "appointment", words, values, (replace(appointment.said.source, quote=appointment.quote),))


def _support(view: EpisodeView, said: Sequence[Said], appointment: Appointment, blocker: BlockerCategory) -> Fact | None:
    """A ride or an interpreter that was arranged when, or since, the appointment was told; not where its lack still stands."""
    topic, arranged = ("ride", arranged_ride) if blocker is BlockerCategory.TRANSPORT else ("interpreter", arranged_interpreter)
    found = None if blocker in view.episode.blocked_by else arranged(said, appointment.said.at)
    if found is None:
        return None
    one, quote = found
    what = "A ride" if topic == "ride" else "An interpreter"
    return Fact("", topic, f"{what} is arranged.", {}, (replace(one.source, quote=quote),))


def _tries(view: EpisodeView, lane: Lane) -> Fact | None:
    """How often we tried in vain, and since when."""
    failing = view.episode.failing
    if not failing:
        return None
    count, since = view.episode.failed_attempts, lane.calendar.local_day(failing[0].happened_at)
    seqs = [
        entry.event.seq
        for entry in view.timeline
        if isinstance(entry, EventEntry)
        and not entry.taken_back
        and isinstance(entry.event.change, ev.OutreachLogged)
        and entry.event.change.outcome in FAILED
        and any(entry.event.change.happened_at == attempt.happened_at for attempt in failing)
    ]
    words = f"We tried {count} time{'' if count == 1 else 's'} in vain since {in_words(since)}."
    return Fact("", "tries", words, {"count": count, "since": since}, tuple(Source(view.episode_id, event=seq) for seq in sorted(seqs)))


def _document(view: EpisodeView, task: Task) -> Fact | None:
    """The one document that the task's own words name."""
    named = [document for document, pattern in DOCUMENTS.items() if re.search(pattern, folded(task.detail))]
    if len(named) != 1:
        return None
    notes = [entry.note.id for entry in view.timeline if isinstance(entry, NoteEntry) and task.detail in entry.note.text]
    source = Source(view.episode_id, note=notes[0] if notes else None, event=_added(view, task), quote=task.detail if notes else "")
    return Fact("", "document", f"We need this from the patient: {named[0]}.", {"document": named[0]}, (source,))


def _added(view: EpisodeView, task: Task) -> int | None:
    """The event that added the task."""
    return next(
        (
            entry.event.seq
            for entry in view.timeline
            if isinstance(entry, EventEntry) and isinstance(entry.event.change, ev.TaskAdded) and entry.event.change.task == task.number
        ),
        None,
    )


def _said(view: EpisodeView, lane: Lane) -> list[Said]:
    """What the team and partners wrote: notes but those of patients and families, and the texts of events that stand."""
    said = []
    for entry in view.timeline:
        if isinstance(entry, NoteEntry):
            if not is_by_patient(entry.note.author_role):
                said.append(Said(entry.note.written_at, entry.note.text, Source(view.episode_id, note=entry.note.id)))
        elif not entry.taken_back and entry.event.actor.kind == "person":
            change = entry.event.change
            text = change.text if isinstance(change, ev.OutreachLogged) else change.why if isinstance(change, ev.BlockerCleared) else ""
            if text:
                said.append(Said(entry.at.astimezone(lane.calendar.tz), text, Source(view.episode_id, event=entry.event.seq)))
    return said


def _fit_to_be_seen(facts: Iterable[Fact | None], form: DraftForm) -> Iterator[Fact]:
    """The facts, without what others must not see where they may see or hear the message."""
    for fact in facts:
        if fact is not None and (form not in SEEN_BY_OTHERS or fact.topic == "patient"):
            yield fact
        elif fact is not None:
            values = {role: value for role, value in fact.values.items() if not (isinstance(value, str) and is_private(value))}
            said = fact.said if len(values) == len(fact.values) else fact.said.split(",", maxsplit=1)[0] + "."
            sources = tuple(replace(source, quote="" if is_private(source.quote) else source.quote) for source in fact.sources)
            if not is_private(said):
                yield replace(fact, values=values, said=said, sources=sources)
