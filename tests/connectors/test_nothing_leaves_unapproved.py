"""R13: whatever people, time and crashes do, nothing leaves without a standing approval, by a live person, of exactly these words.

What may leave is known here by itself, from what the steps did, and asked of every single thing that reaches the way out. The suite takes
some hundred steps on each database; TRIAGE_TEST_STEPS=10000 takes as many.
"""

import os
import random
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select, update

from connectors import coming_back, sending
from connectors.outgoing import Accepted, NobodyKnows, Refused, TryLater
from store import contact, deliveries, episodes
from store.database import Database
from store.decisions import Reviewer
from store.deliveries import Delivery, DeliveryState
from store.errors import StaleDelivery
from store.tables import DraftRow, UserRow
from tests.approved import a_decision, a_draft, a_text
from tests.builders import LANES, MARIA, NOW, a_note, a_patient, a_reviewer
from workflow import moves
from workflow.episode import Episode, broken_invariant, fold
from workflow.refusals import Refusal
from workflow.vocabulary import CHANNEL_OF, Channel, ClosureReason, DraftForm, OwnerRole

STEPS_EACH = 50
STEPS = int(os.environ.get("TRIAGE_TEST_STEPS", "300"))

PHONE, EMAIL = "(312) 555-0123", "rosa@example.org"


class Dies(BaseException):
    """The process is gone: nothing after this line runs."""


@dataclass
class Known:
    """A draft as the steps have made it. `approved` is the hash of the words of the approval that stands, and by whom."""

    id: int
    form: DraftForm
    newest: str
    approved: str = ""
    by: str = ""
    approval: int = 0
    delivery: int = 0
    at: datetime = NOW
    opened: int = 0
    owner: OwnerRole | None = None


@dataclass
class World:
    """What may leave, known from the steps alone."""

    now: datetime = NOW
    drafts: list[Known] = field(default_factory=list)
    active: dict[str, bool] = field(default_factory=dict)
    no_contact: set[Channel | None] = field(default_factory=set)
    is_open: bool = True
    opened: int = 0
    owner: Callable[[], OwnerRole] = lambda: OwnerRole.CARE_COORDINATOR
    """Looked up: the lane's rules move it too, when a message that does not arrive is one failed attempt too many."""
    sent: dict[str, str] = field(default_factory=dict)
    left_alone: set[int] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def check(self, delivery: Delivery) -> None:
        """Raises AssertionError where this must not leave now."""
        draft = next(one for one in self.drafts if one.delivery == delivery.id)
        assert deliveries.hash_of(delivery.subject, delivery.body) == draft.approved == draft.newest, "other words than approved"
        assert self.active[draft.by], "approved by somebody whose account is switched off"
        assert self.is_open, "the episode is closed"
        assert draft.opened == self.opened, "the episode was reopened after the approval"
        assert draft.owner is self.owner(), "the episode went over to another role after the approval"
        assert not self.no_contact & {None, delivery.channel}, "the patient asked not to be contacted"
        assert self.now >= draft.at + timedelta(seconds=120), "within the undo window"
        assert delivery.key not in self.sent, "sent twice"
        assert delivery.id not in self.left_alone, "sent again after nobody knew"


class Providers:
    """Both ways out. What reaches them is checked, and then they do what the dice say."""

    def __init__(self, world: World, dice: random.Random) -> None:
        self.world, self.dice = world, dice

    def send(self, delivery: Delivery) -> Accepted:
        try:
            self.world.check(delivery)
        except AssertionError as error:  # whoever calls a connector takes every error for an outcome
            self.world.wrong.append(str(error))
        fate = self.dice.choice(["took", "took", "took", "refused", "no such", "later", "unknown", "unknown, took", "died", "died, took"])
        if "took" in fate:
            self.world.sent[delivery.key] = deliveries.hash_of(delivery.subject, delivery.body)
        if "unknown" in fate or "died" in fate:
            self.world.left_alone.add(delivery.id)
        match fate.partition(",")[0]:
            case "refused" | "no such":
                raise Refused("No.", no_such_address=fate == "no such")
            case "later":
                raise TryLater("Busy.")
            case "unknown":
                raise NobodyKnows("Lost.")
            case "died":
                raise Dies
        return Accepted(f"id-{delivery.key}")

    def ask(self, key: str) -> Accepted | None:
        return Accepted(f"id-{key}") if key in self.world.sent and self.dice.random() < 0.5 else None


class NothingLeavesUnapproved(RuleBasedStateMachine):
    """Two coordinators, one patient, any number of drafts."""

    taken = 0

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database, self.world, self.dice = database, World(), random.Random()
        providers = Providers(self.world, self.dice)
        self.ways = {Channel.SMS: providers, Channel.EMAIL: providers}
        name = uuid.uuid4().hex[:12]
        with database.write() as session:
            a_patient(session, name, phone=PHONE, email=EMAIL)
            self.episode_id = a_note(session, f"note-{name}", patient=name).episode_id
            self.people: list[Reviewer] = [a_reviewer(session, f"{one}-{name}", one) for one in ("Dana", "Maria")]
            self.patient_id = contact.patient_of(session, self.episode_id)
        self.world.owner = self._owner
        self.world.active = {person.username: True for person in self.people}

    @initialize(seed=st.integers(0, 2**32))
    def throw_the_dice(self, seed):
        self.dice.seed(seed)

    def teardown(self) -> None:
        """R16: what is stored is what the events say."""
        with self.database.read() as session:
            events = episodes.history(session, self.episode_id)
            assert fold(events) == episodes.load(session, self.episode_id)
            assert broken_invariant(fold(events)) is None

    @rule(form=st.sampled_from([DraftForm.SMS, DraftForm.EMAIL]))
    def prepare(self, form):
        with self.database.write() as session:
            words = f"Words of draft {len(self.world.drafts)}"
            draft_id = a_draft(session, self.episode_id, form=form, cause=f"touch-{len(self.world.drafts)}", body=words)
            subject = "A message from your clinic" if form is DraftForm.EMAIL else ""
        self.world.drafts.append(Known(draft_id, form, deliveries.hash_of(subject, words)))

    @rule(which=st.integers(0, 99), who=st.booleans())
    def edit(self, which, who):
        """Also after the approval, which `store.drafts` forbids: the last look finds it all the same."""
        if draft := self._draft(which):
            words = f"Edited at {self.world.now.isoformat()} {uuid.uuid4()}"
            with self.database.write() as session:
                a_text(session, draft.id, body=words, user_id=self.people[who].id)
            draft.newest = deliveries.hash_of("", words)

    @rule(which=st.integers(0, 99), who=st.booleans())
    def approve(self, which, who):
        draft, person = self._draft(which), self.people[who]
        if draft is None or draft.approval or not self.world.is_open or not self.world.active[person.username]:
            return
        with self.database.write() as session:
            draft.approval = a_decision(session, draft.id, person.id, at=self.world.now)
            draft.delivery = deliveries.enqueue(
                session,
                approval_id=draft.approval,
                text_hash=draft.newest,
                channel=CHANNEL_OF[draft.form],
                address=EMAIL if draft.form is DraftForm.EMAIL else PHONE,
                send_after=self.world.now + timedelta(seconds=120),
                now=self.world.now,
            )
        draft.approved, draft.by, draft.at = draft.newest, person.username, self.world.now
        draft.opened, draft.owner = self.world.opened, self.world.owner()

    @rule(which=st.integers(0, 99), who=st.booleans(), action=st.sampled_from(["undo", "reject"]))
    def take_back(self, which, who, action):
        """Undo as the page does it, or a rejection that comes from nowhere."""
        draft = self._draft(which)
        if draft is None or not draft.approval:
            return
        with self.database.write() as session:
            if action == "undo" and not deliveries.cancel(session, draft.approval, why="undone", now=self.world.now):
                return
            a_decision(
                session, draft.id, self.people[who].id, action, at=self.world.now, undoes=draft.approval if action == "undo" else None
            )
        draft.approved = draft.by = ""
        draft.approval = 0 if action == "undo" else draft.approval
        if action == "undo":
            draft.delivery = 0

    @rule(which=st.integers(0, 99))
    def as_usual(self, which):
        """What happens on most days: words are approved, the undo window passes, they leave."""
        self.prepare(DraftForm.EMAIL if which % 3 else DraftForm.SMS)
        self.reopen()
        self.switch(who=which % 2, active=True)
        self.approve(len(self.world.drafts) - 1, who=which % 2)
        if which % 4:
            self.jobs_run(121)

    @rule(who=st.booleans(), active=st.sampled_from([True, True, False]))
    def switch(self, who, active):
        with self.database.write() as session:
            session.execute(update(UserRow).where(UserRow.id == self.people[who].id).values(active=active))
        self.world.active[self.people[who].username] = active

    @rule(really=st.sampled_from([False, False, True]))
    def close(self, really):
        if really and self._move(moves.close, reason=ClosureReason.CARE_COMPLETED):
            self.world.is_open = False

    @rule()
    def reopen(self):
        if self._move(moves.reopen, text="back again"):
            self.world.is_open, self.world.opened = True, self.world.opened + 1

    @rule(role=st.sampled_from([OwnerRole.CARE_COORDINATOR, OwnerRole.NURSE_REVIEWER]))
    def reassign(self, role):
        self._move(moves.set_owner, owner_role=role)

    @rule(channel=st.sampled_from([None, Channel.SMS, Channel.EMAIL]), lifted=st.sampled_from([True, True, False]))
    def asks(self, channel, lifted):
        with self.database.write() as session:
            given = {"user_id": self.people[0].id, "now": self.world.now}
            (contact.lift if lifted else contact.ask)(session, self.patient_id, channel, "asked", **given)
        (self.world.no_contact.discard if lifted else self.world.no_contact.add)(channel)

    @rule(seconds=st.sampled_from([1, 30, 90, 121, 600, 3600, 12 * 3600]))
    def time_passes(self, seconds):
        self.world.now += timedelta(seconds=seconds)

    @rule(pause=st.sampled_from([0, 121]))
    def jobs_run(self, pause):
        """Everything due and everything hanging, each by two jobs; a process may die at the provider."""
        self.world.now += timedelta(seconds=pause)
        with self.database.read() as session:
            found = {one for one, _ in deliveries.due(session, self.world.now)}
            found |= {one for one, _ in deliveries.hanging(session, self.world.now - sending.CLAIM_LASTS)}
        mine = {draft.delivery for draft in self.world.drafts}
        for delivery_id in sorted(found & mine) * 2:
            with suppress(Dies):
                sending.send(self.database, LANES, self.ways, delivery_id, clock=lambda: self.world.now)

    @rule(which=st.integers(0, 99), did_leave=st.booleans())
    def somebody_settles(self, which, did_leave):
        if (draft := self._draft(which)) and draft.delivery:
            with suppress(StaleDelivery):
                given = {"did_leave": did_leave, "by": self.people[0], "now": self.world.now}
                sending.settle_unknown(self.database, LANES, draft.delivery, **given)

    @rule(which=st.integers(0, 99), how=st.sampled_from(["delivered", "came back"]))
    def the_provider_tells(self, which, how):
        draft = self._draft(which)
        if draft is None or not draft.delivery:
            return
        with self.database.write() as session:
            delivery = deliveries.load(session, draft.delivery)
            if delivery.key not in self.world.sent:
                return
            if how == "delivered":
                coming_back.delivered(session, LANES, delivery, now=self.world.now)
            else:
                coming_back.came_back(session, LANES, delivery, "It came back.", no_such_address=False, now=self.world.now)

    @invariant()
    def what_is_said_to_have_left_did(self):
        """And the other way round: what left is never said to wait, so that nobody sends it again."""
        NothingLeavesUnapproved.taken += 1
        assert self.world.wrong == []
        with self.database.read() as session:
            for draft in self.world.drafts:
                if draft.delivery:
                    found = deliveries.load(session, draft.delivery)
                    if found.key in self.world.sent:
                        assert found.state not in {DeliveryState.WAITING, DeliveryState.CANCELLED, DeliveryState.BY_HAND}

    def _owner(self) -> OwnerRole:
        with self.database.read() as session:
            return episodes.load(session, self.episode_id).owner_role

    def _draft(self, which: int) -> Known | None:
        return self.world.drafts[which % len(self.world.drafts)] if self.world.drafts else None

    def _move(self, move, **given) -> Episode | None:
        with self.database.write() as session:
            before = episodes.load(session, self.episode_id)
            try:
                events = move(before, LANES[before.lane], now=self.world.now, actor=MARIA, **given)
            except Refusal:
                return None
            after = episodes.record(session, self.episode_id, events, expected_version=before.version)
        return after if events else None


def test_nothing_leaves_without_a_standing_approval_of_exactly_these_words(database):
    """Edit, undo, reject, switch off, close, reassign, do-not-contact, time, two jobs at once, crashes: 0 sends that must not be."""
    NothingLeavesUnapproved.taken = 0
    chosen = settings(max_examples=10, stateful_step_count=STEPS_EACH, deadline=None, suppress_health_check=list(HealthCheck))
    while NothingLeavesUnapproved.taken < STEPS:
        run_state_machine_as_test(lambda: NothingLeavesUnapproved(database), settings=chosen)
    with database.read() as session:
        count = session.execute(select(func.count()).select_from(DraftRow)).scalar_one()
        states = {state.value: number for state, number in deliveries.counts(session).items() if number}
    print(f"{NothingLeavesUnapproved.taken} steps, {count} drafts, {states}")  # noqa: T201
    assert states.get("sent", 0) + states.get("delivered", 0) > 0, "nothing was ever sent, so nothing was shown"
