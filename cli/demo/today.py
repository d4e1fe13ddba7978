"""What lies on the desks today: a hand-over that waits, an escalation somebody helps with, a wish, a meeting with minutes, shared views."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from store import contact, courses, episodes, meetings, saved_views, users
from store.lanes import Lanes
from workflow import agenda, escalating, owning
from workflow.agenda import Case
from workflow.events import Event, person
from workflow.vocabulary import Channel, EscalationAnswer, LaneName, OwnerRole, Status

MEETING = LaneName.REFERRAL
BEGAN, ENDED = timedelta(minutes=50), timedelta(minutes=20)
MINUTES = (
    ("ruth", "Clinic says the slot list opens on Monday; we ask again then."),
    ("maria", "Daughter drives from next week, so mornings work."),
)
VIEWS = (("Overdue, all lanes", "overdue=1"), ("Blocked", "blocked=1"))
"""What the lead shares with the team, as addresses of the Queue page."""


def lie_on_desks(session: Session, lanes: Lanes, *, now: datetime) -> None:
    """The rest of the demo, through the moves and the functions that people use. The same record gives the same."""
    lead, maria, dana = (users.by_username(session, name) for name in ("ruth", "maria", "dana"))
    by_name = {each.username: each.id for each in (lead, maria, dana)}
    _meet(session, lanes, by_name, now=now)
    for name, query in VIEWS:
        saved_views.save(session, lead, name, query, shared=True, now=now)
    cases = list(courses.open_cases(session, None))
    wish = next(_waiting_for_a_call(cases), None)
    if wish is not None:
        patient = contact.patient_of(session, wish.episode_id)
        contact.ask(session, patient, Channel.SMS, "No texts, my grandson reads them. Call me.", user_id=maria.id, now=now)
    for case, events in (*_offered(cases, lanes, now), *_helped(cases, lanes, now)):
        episodes.record(session, case.episode_id, events, expected_version=case.episode.version)


def _meet(session: Session, lanes: Lanes, by_name: dict[str, int], *, now: datetime) -> None:
    today = lanes[MEETING].calendar.local_day(now)
    made = agenda.agenda(courses.open_cases(session, MEETING), lanes, today)
    meeting = meetings.open_meeting(session, MEETING, made, user_id=by_name["ruth"], now=now - BEGAN)
    for (who, line), episode_id in zip(MINUTES, made.episode_ids, strict=False):
        meetings.write(session, meeting, episode_id, line, user_id=by_name[who], now=now - ENDED)
    meetings.end(session, meeting, user_id=by_name["ruth"], now=now - ENDED)


def _waiting_for_a_call(cases: list[Case]) -> Iterator[Case]:
    return (case for case in cases if case.episode.status is Status.NEEDS_OUTREACH and case.episode.attempts)


def _offered(cases: list[Case], lanes: Lanes, now: datetime) -> Iterator[tuple[Case, list[Event]]]:
    """Dana asks Maria to take one of hers on."""
    role, note = OwnerRole.CARE_COORDINATOR, "I am in training tomorrow; the family expects a call in the morning."
    for case in cases:
        episode, lane = case.episode, lanes[case.episode.lane]
        if episode.owner == "dana" and episode.escalation is None and role in lane.owners:
            yield case, owning.hand_over(episode, lane, now=now, actor=person("dana"), owner_role=role, owner="maria", note=note)
            return


def _helped(cases: list[Case], lanes: Lanes, now: datetime) -> Iterator[tuple[Case, list[Event]]]:
    """Priya answers the first escalation to her queue that lies unanswered."""
    text = "I ring the specialist’s nurse this afternoon."
    for case in cases:
        raised, lane = case.episode.escalation, lanes[case.episode.lane]
        if raised is not None and raised.to is OwnerRole.NURSE_REVIEWER and raised.owner_before != "priya":
            answer = EscalationAnswer.HELP
            yield case, escalating.answer_escalation(case.episode, lane, now=now, actor=person("priya"), answer=answer, text=text)
            return
