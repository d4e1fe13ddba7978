"""What the Outreach page shows of a draft: its words and checks, what it was drafted from, and where it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from review_ui import forms, words
from review_ui.context import Site
from review_ui.history import Step
from store.deliveries import Delivery, DeliveryState, Report
from store.draft_list import NOBODY, DraftFilter
from store.drafts import SENT_BY_US, StoredDraft
from store.users import User
from triage.draft_checks import Check, blocked
from triage.draft_situation import Situation
from triage.fact_json import fact_of
from triage.text_language import language_of
from triage.writing import Fact
from workflow.vocabulary import CHANNEL_OF, DraftForm, DraftStanding, LaneName, Limit

WITH_SUBJECT = frozenset({DraftForm.EMAIL, DraftForm.PORTAL, DraftForm.LETTER})
MINE, UNOWNED = "mine", "nobody"

STATES = {
    DeliveryState.WAITING: "approved, not sent yet",
    DeliveryState.CANCELLED: "not sent",
    DeliveryState.SENDING: "being sent",
    DeliveryState.SENT: "sent",
    DeliveryState.DELIVERED: "delivered",
    DeliveryState.BOUNCED: "came back",
    DeliveryState.FAILED: "not taken",
    DeliveryState.UNKNOWN: "nobody knows whether it left",
    DeliveryState.BY_HAND: "for you to carry out",
}
"""Where a delivery stands, in words."""

TOLD = {
    "accepted": "Taken by the provider",
    "delivered": "Delivered",
    "bounced": "Came back",
    "replied": "The patient replied",
    "tried": "Tried, and it did not leave",
    "settled": "Looked up",
}
"""What is told of a delivery, in words; anything else in the provider's own."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fact with whether the draft uses it."""

    fact: Fact
    used: bool


@dataclass(frozen=True, slots=True)
class DraftPage:
    """One draft. `subject` and `body` are the words in the form, `seen` the hash of the stored words that they were written over.

    `theirs` are the newest stored words, where the form holds others that were refused.
    """

    draft: StoredDraft
    known: Situation
    subject: str
    body: str
    seen: str
    checks: list[Check]
    told: list[Told]
    delivery: Delivery | None
    reports: list[Report]
    leaves_by_itself: bool

    @property
    def is_pending(self) -> bool:
        return self.draft.standing is DraftStanding.PENDING

    @property
    def written_in(self) -> str:
        """The language of the words as far as code can tell, else the one asked for: an assistant may not write the patient's."""
        asked = self.draft.language
        found = language_of(self.body)
        return asked if found is None or asked.partition("-")[0].lower() == found else found

    @property
    def is_blocked(self) -> bool:
        return blocked(self.checks)

    @property
    def has_subject(self) -> bool:
        return self.draft.form in WITH_SUBJECT

    @property
    def is_changed(self) -> bool:
        """Whether the form holds other words than are stored."""
        return (self.subject, self.body) != (self.draft.text.subject, self.draft.text.body)

    @property
    def can_undo(self) -> bool:
        """Whether the decision that stands can be taken back."""
        if self.draft.standing is DraftStanding.REJECTED:
            return True
        stays = {DeliveryState.WAITING, DeliveryState.BY_HAND, DeliveryState.CANCELLED, DeliveryState.FAILED}
        return self.delivery is not None and self.delivery.state in stays

    @property
    def by_hand(self) -> bool:
        """Whether a person carries it out now and logs what came of it."""
        return self.delivery is not None and self.delivery.state is DeliveryState.BY_HAND


def stopped(known: Situation, form: DraftForm, now: datetime) -> str:
    """Why an approved message must no longer be carried out by hand, in a sentence; empty where nothing speaks against it."""
    if not known.episode.is_open:
        return "The episode was closed after the approval."
    asked = [each.words for each in known.may(now).against(CHANNEL_OF[form]) if each.limit is Limit.DO_NOT_CONTACT]
    return f"{'; '.join(asked)}." if asked else ""


def told_of(draft: StoredDraft) -> list[Told]:
    """What it was drafted from, the facts that it uses first."""
    told = [Told(fact_of(fact), bool(fact.get("used"))) for fact in draft.facts]
    return sorted(told, key=lambda each: not each.used)


def leaves_by_itself(site: Site, form: DraftForm) -> bool:
    """Whether an approved draft of this form is sent from here, or by a person."""
    return form in SENT_BY_US and CHANNEL_OF[form] in site.ways


def filter_of(query: Mapping[str, str], user: User) -> DraftFilter:
    """What of the lists an address asks for; what it does not understand narrows nothing."""
    whose = {MINE: user.username, UNOWNED: NOBODY}.get(query.get("whose", ""))
    return DraftFilter(forms.optional_word(query.get("lane"), LaneName), forms.optional_word(query.get("form"), DraftForm), whose)


def query_of(query: Mapping[str, str]) -> str:
    """The same as a part of an address, "?lane=referral"; empty where nothing is narrowed."""
    lane, form = forms.optional_word(query.get("lane"), LaneName), forms.optional_word(query.get("form"), DraftForm)
    kept = {"lane": lane, "form": form, "whose": query.get("whose", "") if query.get("whose") in {MINE, UNOWNED} else ""}
    found = urlencode({name: value for name, value in kept.items() if value})
    return f"?{found}" if found else ""


def leaves_at(delivery: Delivery, now: datetime, zone: str) -> str:
    """ "leaves at 15:04 unless you undo", with its day where that is not today."""
    moment = words.moment(delivery.send_after, zone)
    day, _, clock = moment.rpartition(", ")
    today = words.moment(now, zone).rpartition(", ")[0]
    return f"leaves at {clock} unless you undo" if day == today else f"leaves {day} at {clock} unless you undo"


def steps_of(drafts: Iterable[StoredDraft]) -> list[Step]:
    """What became of an episode's drafts, for its timeline. What nobody decided and nothing waits for is left out."""
    steps = []
    for draft in drafts:
        name = f"{draft.form.label} draft"
        if draft.standing is DraftStanding.PENDING:
            steps.append(
                Step(draft.at, "draft", f"{name} waits for approval", "assistant", draft.why.rstrip("."), draft_id=draft.id, topics=_TOPICS)
            )
        for decision in draft.decisions:
            if decision.action == "undo" or decision.undone:
                continue
            said = "approved" if decision.action == "approve" else "rejected"
            why = decision.reason.label if decision.reason else draft.why
            steps.append(Step(decision.at, "draft", f"{name} {said}", decision.by, why, draft_id=draft.id, topics=_TOPICS))
    return steps


_TOPICS = frozenset({"outreach", "people"})
