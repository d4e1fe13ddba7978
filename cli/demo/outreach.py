"""Drafts of the last weeks, so that the measures show something: for attempts that were made, drafted, decided and carried out before.

Each goes through the code that people use, at its moment: most are used as they were, some are edited, some rejected.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from cli.demo.moments import chance
from store import courses, deliveries, drafts, patients, users
from store.contact import patient_of
from store.decisions import Reviewer
from store.deliveries import DeliveryState
from store.drafts import NewDraft
from store.lanes import Lanes
from triage.assistants.protocol import Assistant
from triage.draft_facts import draft_request
from triage.fact_json import as_json
from workflow.agenda import Case
from workflow.clinic import Clinic
from workflow.episode import Attempt
from workflow.vocabulary import Action, Channel, DraftForm, DraftRejectReason

FORMS = {
    Channel.CALL: DraftForm.PHONE_SCRIPT,
    Channel.SMS: DraftForm.SMS,
    Channel.EMAIL: DraftForm.EMAIL,
    Channel.PORTAL: DraftForm.PORTAL,
    Channel.LETTER: DraftForm.LETTER,
}
LANGUAGES = ("en", "es")
LATELY = timedelta(days=28)
DRAFTED, DECIDED = timedelta(minutes=30), timedelta(minutes=6)
WHO = ("maria", "dana", "joy")
EDITS = ((" please ", " "), ("Thank you.", "Thank you, and take care."), ("Thank you", "Thanks"), ("Gracias.", "Muchas gracias."))
REASONS = (DraftRejectReason.ALREADY_CONTACTED, DraftRejectReason.WRONG_TONE, DraftRejectReason.NOT_NEEDED, DraftRejectReason.TOO_LONG)


def decide_past_drafts(session: Session, lanes: Lanes, assistant: Assistant, clinic: Clinic, *, now: datetime) -> int:
    """Seed them; returns how many. The same record gives the same."""
    reviewers = [Reviewer(user.id, user.username, user.name) for user in (users.by_username(session, name) for name in WHO)]
    made = 0
    for case, attempt, form in _attempts(courses.open_cases(session, None), now):
        if patients.load(session, patient_of(session, case.episode_id)).language[:2] not in LANGUAGES:
            continue
        luck = chance(case.episode_id, attempt.happened_at.isoformat(), "draft")
        at = attempt.happened_at - DRAFTED
        new = _drafted(session, lanes, assistant, clinic, case, form, at)
        draft_id = drafts.save(session, new, now=at)
        if draft_id is None:
            continue
        made += 1
        _decided(session, draft_id, reviewers[luck % len(reviewers)], attempt, luck)
    return made


def _attempts(cases: Iterable[Case], now: datetime) -> Iterator[tuple[Case, Attempt, DraftForm]]:
    for case in cases:
        last = case.episode.last_attempt
        if last is not None and last.channel in FORMS and case.episode.opened_at + DRAFTED < last.happened_at > now - LATELY:
            yield case, last, FORMS[last.channel]


def _drafted(session: Session, lanes: Lanes, assistant: Assistant, clinic: Clinic, case: Case, form: DraftForm, at: datetime) -> NewDraft:
    purpose = Action.CALL_PATIENT
    request = draft_request(session, lanes, clinic, case.episode_id, purpose=purpose, form=form, task=None, now=at)
    written = assistant.draft_outreach(request)
    who = written.identity
    return NewDraft(
        episode_id=case.episode_id,
        episode_version=case.episode.version,
        cause=f"touch-{lanes[case.episode.lane].calendar.local_day(at).isoformat()}",
        form=form,
        language=request.language,
        purpose=purpose,
        why=f"{purpose.label}, due that day",
        facts=[as_json(fact) | {"used": fact.id in written.facts} for fact in request.facts],
        subject=written.subject,
        body=written.body,
        assistant=who.assistant,
        model=who.model,
        prompt=who.prompt,
        prompt_version=who.version,
        content_hash=who.content_hash,
        stood_in_for=written.stood_in_for,
        usage=written.usage,
    )


def _decided(session: Session, draft_id: int, reviewer: Reviewer, attempt: Attempt, luck: int) -> None:
    at, seconds = attempt.happened_at - DECIDED, 4 + luck // 7 % 400 / 10
    if luck % 6 == 0:
        drafts.reject(session, draft_id, reviewer=reviewer, reason=REASONS[luck // 6 % len(REASONS)], now=at, seconds=seconds)
        return
    text = drafts.load(session, draft_id).text
    if luck % 3 == 1:
        body = text.body
        for before, after in EDITS:
            body = body.replace(before, after)
        text = drafts.save_text(session, draft_id, text.subject, body, seen=text.hash, reviewer=reviewer, now=at)
    patient = patients.load(session, patient_of(session, drafts.load(session, draft_id).episode_id))
    address = {Channel.CALL: patient.phone, Channel.SMS: patient.phone, Channel.EMAIL: patient.email}.get(attempt.channel) or ""
    delivery = drafts.approve(
        session, draft_id, text_hash=text.hash, reviewer=reviewer, address=address, send_after=at, now=at, seconds=seconds, by_hand=True
    )
    made_at = attempt.happened_at
    deliveries.mark(session, delivery, DeliveryState.SENT, before=(DeliveryState.BY_HAND,), why="by hand", now=made_at)
