"""What is known of an episode when a draft is thought of, shown or approved."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from store import contact, deliveries, drafts, episodes, patients
from store.deliveries import DeliveryState
from store.drafts import StoredDraft
from store.lanes import Lanes
from store.patients import Patient
from triage.draft_checks import Check, check_draft
from triage.fact_json import fact_of
from workflow.clinic import Clinic
from workflow.contact import ContactFacts, MayContact, may_contact
from workflow.episode import Episode
from workflow.lanes import Lane
from workflow.vocabulary import CHANNEL_OF, Channel, DraftForm

ON_THEIR_WAY = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.SENT, DeliveryState.DELIVERED)
"""States of a delivery in which somebody wrote to the patient, or is about to."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of an episode when a draft is thought of. `drafts` are those there are, oldest first."""

    episode_id: int
    episode: Episode
    lane: Lane
    patient: Patient
    facts: ContactFacts
    drafts: tuple[StoredDraft, ...]
    written: tuple[datetime, ...]

    def may(self, now: datetime) -> MayContact:
        """What speaks against contacting the patient at `now`."""
        return may_contact(self.episode, self.lane, self.facts, at=now)

    def address(self, form: DraftForm) -> str:
        """Where this form reaches the patient; empty where the record does not know, or a person carries it."""
        match CHANNEL_OF[form]:
            case Channel.CALL | Channel.SMS:
                return self.patient.phone or ""
            case Channel.EMAIL:
                return self.patient.email or ""
            case _:
                return ""


def situation(session: Session, lanes: Lanes, episode_id: int) -> Situation:
    """Raises Unknown."""
    episode = episodes.load(session, episode_id)
    patient = patients.load(session, contact.patient_of(session, episode_id))
    sent = deliveries.in_states(session, ON_THEIR_WAY, episode_id=episode_id)
    return Situation(
        episode_id=episode_id,
        episode=episode,
        lane=lanes[episode.lane],
        patient=patient,
        facts=contact.facts(session, patient.id),
        drafts=tuple(drafts.of_episode(session, episode_id)),
        written=tuple(each.approved_at for each in sent),
    )


def checks_of(subject: str, body: str, draft: StoredDraft, known: Situation, clinic: Clinic, now: datetime) -> list[Check]:
    """What holds, warns and blocks of these words as the text of a stored draft."""
    return check_draft(
        subject,
        body,
        form=draft.form,
        language=draft.language,
        patient=known.patient.name,
        clinic=clinic,
        facts=[fact_of(fact) for fact in draft.facts],
        may=known.may(now),
        address=known.address(draft.form) or None,
        at=now.astimezone(known.lane.calendar.tz),
    )
