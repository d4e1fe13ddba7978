"""Drafts: prepared once, edited while pending, approved as exactly the words that were shown, and frozen from then on."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DatabaseError

from store import deliveries, drafts, episodes, users
from store.deliveries import DeliveryState
from store.drafts import hash_of
from store.errors import IllegalDecision, StaleDraft, Unknown
from store.tables import DeliveryRow
from tests.builders import LANES, NOW, a_note, a_reviewer
from tests.drafts import A_DRAFT, ADDRESS, BODY, a_draft, approve
from workflow.events import person
from workflow.moves import close
from workflow.vocabulary import ClosureReason, DraftForm, DraftRejectReason, DraftStanding

PENDING, APPROVED = DraftStanding.PENDING, DraftStanding.APPROVED


@pytest.fixture
def dana(database):
    """One open episode, and Dana who decides."""
    with database.write() as session:
        a_note(session)
        return a_reviewer(session)


@pytest.fixture
def maria(database):
    """A second person."""
    with database.write() as session:
        return a_reviewer(session, "maria", "Maria Lopez")


@pytest.fixture
def draft(database, dana):
    """A pending SMS."""
    with database.write() as session:
        return a_draft(session)


def stored(database, draft_id):
    with database.read() as session:
        return drafts.load(session, draft_id)


def close_episode(session):
    episode = episodes.load(session, 1)
    lane = LANES[episode.lane]
    events = close(episode, lane, now=NOW, actor=person("dana"), reason=ClosureReason.CARE_COMPLETED, text="")
    episodes.record(session, 1, events, expected_version=episode.version)


def test_a_draft_is_kept_with_its_facts_and_the_assistants_words(database, draft):
    """Number 1 is the assistant's, and nobody's name stands by it."""
    found = stored(database, draft)

    assert (found.standing, found.form, found.facts) == (PENDING, DraftForm.SMS, (A_DRAFT.facts[0],))
    assert [(each.number, each.body, each.by, each.hash) for each in found.texts] == [(1, BODY, None, hash_of("", BODY))]
    assert found.decision is None


@pytest.mark.parametrize("form", [DraftForm.SMS, DraftForm.EMAIL])
def test_prepared_again_for_the_same_cause_it_is_one_draft(database, draft, form):
    """A job runs at least once, and only one waits for a cause in whatever form."""
    with database.write() as session:
        assert drafts.save(session, replace(A_DRAFT, form=form), now=NOW) is None
        assert drafts.save(session, replace(A_DRAFT, cause="task-2"), now=NOW) is not None


def test_what_was_decided_does_not_come_back_in_the_same_form(database, draft, dana):
    """In another it may: an SMS after a call that nobody answered."""
    with database.write() as session:
        drafts.reject(session, draft, reviewer=dana, reason=DraftRejectReason.OTHER, now=NOW)
        assert drafts.save(session, A_DRAFT, now=NOW) is None
        other = drafts.save(session, replace(A_DRAFT, form=DraftForm.EMAIL), now=NOW)

    assert stored(database, other).cause == "task-1~2"


def test_what_was_withdrawn_undecided_comes_back_with_its_cause(database, draft):
    """The patient was in touch, and the task is still open tomorrow."""
    with database.write() as session:
        drafts.withdraw(session, draft, "the patient was in touch")
        again = drafts.save(session, A_DRAFT, now=NOW)

    assert (stored(database, again).cause, stored(database, again).standing) == ("task-1~2", PENDING)


def test_nothing_is_prepared_for_a_closed_episode_or_none(database, dana):
    """A job may come late."""
    with database.write() as session:
        close_episode(session)
        assert drafts.save(session, A_DRAFT, now=NOW) is None
        with pytest.raises(Unknown):
            drafts.save(session, replace(A_DRAFT, episode_id=99), now=NOW)


def test_a_persons_words_are_a_version_of_their_own(database, draft, dana):
    """The assistant's stay beside them; saving the same again makes no version."""
    with database.write() as session:
        first = hash_of("", BODY)
        mine = drafts.save_text(session, draft, "", "Hola", seen=first, reviewer=dana, now=NOW)
        again = drafts.save_text(session, draft, "", "Hola", seen=mine.hash, reviewer=dana, now=NOW)

    assert again == mine
    assert [(each.number, each.body, each.by) for each in stored(database, draft).texts] == [(1, BODY, None), (2, "Hola", "Dana Whitfield")]


def test_of_two_who_edit_the_second_is_told(database, draft, dana, maria):
    """Nobody writes over words they have not seen."""
    with database.write() as session:
        drafts.save_text(session, draft, "", "Dana’s", seen=hash_of("", BODY), reviewer=dana, now=NOW)
    with pytest.raises(StaleDraft, match="Dana Whitfield changed these words"), database.write() as session:
        drafts.save_text(session, draft, "", "Maria’s", seen=hash_of("", BODY), reviewer=maria, now=NOW)

    assert stored(database, draft).text.body == "Dana’s"


@pytest.mark.parametrize(("form", "state"), [("sms", "waiting"), ("email", "waiting"), ("phone_script", "by_hand"), ("letter", "by_hand")])
def test_approving_sets_exactly_these_words_on_their_way(database, dana, form, state):
    """One transaction; what a person carries waits for that person."""
    with database.write() as session:
        number = a_draft(session, form=DraftForm(form), subject="Your visit")
        delivery = approve(session, number, dana, seconds=4.5)

    with database.read() as session:
        found = deliveries.load(session, delivery)
    assert (found.draft_id, found.body, found.subject, found.approver) == (number, BODY, "Your visit", "Dana Whitfield")
    assert (found.state, found.address, found.send_after) == (state, ADDRESS, NOW + timedelta(minutes=2))
    assert stored(database, number).standing is APPROVED


def test_other_words_than_those_shown_are_not_approved(database, draft, dana, maria):
    """Somebody changed them since; who did is told, and nothing is written."""
    with database.write() as session:
        drafts.save_text(session, draft, "", "Other words", seen=hash_of("", BODY), reviewer=maria, now=NOW)
    with pytest.raises(StaleDraft, match="Maria Lopez changed these words"), database.write() as session:
        approve(session, draft, dana, text_hash=hash_of("", BODY))

    assert stored(database, draft).standing is PENDING
    with database.read() as session:
        assert deliveries.counts(session)[DeliveryState.WAITING] == 0


def test_of_two_who_decide_the_second_is_told(database, draft, dana, maria):
    """The first wins."""
    with database.write() as session:
        approve(session, draft, dana)
    with pytest.raises(StaleDraft, match=r"^Dana Whitfield approved this draft first\."), database.write() as session:
        drafts.reject(session, draft, reviewer=maria, reason=DraftRejectReason.OTHER, now=NOW)
    with pytest.raises(StaleDraft, match="approved this draft first"), database.write() as session:
        approve(session, draft, maria)

    assert [one.action for one in stored(database, draft).decisions] == ["approve"]


def test_nothing_is_approved_for_a_closed_episode(database, draft, dana):
    """The patient is done here; a reopening is a person's act."""
    with database.write() as session:
        close_episode(session)
    with pytest.raises(IllegalDecision, match="closed meanwhile"), database.write() as session:
        approve(session, draft, dana)


def test_only_a_live_account_approves(database, draft, dana):
    """Ex-staff approve nothing, though a page of theirs is still open."""
    with database.write() as session:
        users.switch_off(session, "dana")
    with pytest.raises(IllegalDecision, match="switched off"), database.write() as session:
        approve(session, draft, dana)


def test_after_approval_the_words_are_frozen(database, draft, dana, maria):
    """No path of ours changes them, and neither does SQL."""
    with database.write() as session:
        delivery = approve(session, draft, dana)
    with pytest.raises(StaleDraft, match=r"Dana Whitfield approved this draft first\. Its words stay"), database.write() as session:
        drafts.save_text(session, draft, "", "Other", seen=hash_of("", BODY), reviewer=maria, now=NOW)
    for statement in (
        "UPDATE draft_texts SET body = 'Other'",
        "DELETE FROM draft_texts",
        "UPDATE draft_decisions SET user_id = 2",
        f"UPDATE deliveries SET text_hash = '{hash_of('', 'Other')}'",
        "UPDATE deliveries SET approval_id = 99",
    ):
        with pytest.raises(DatabaseError), database.write() as session:
            session.execute(text(statement))

    with database.read() as session:
        assert deliveries.load(session, delivery).body == BODY


def test_a_rejection_has_a_reason_and_can_be_undone(database, draft, dana):
    """However long ago, while it was the last decision."""
    with database.write() as session:
        drafts.reject(session, draft, reviewer=dana, reason=DraftRejectReason.WRONG_TONE, now=NOW, comment="too stiff")
    rejected = stored(database, draft)
    with database.write() as session:
        back = drafts.undo(session, draft, reviewer=dana, now=NOW + timedelta(days=9))

    assert (rejected.standing, rejected.decision.reason, rejected.decision.comment) == ("rejected", "wrong_tone", "too stiff")
    assert (back.standing, back.decision) == (PENDING, None)
    assert [(one.action, one.undone) for one in back.decisions] == [("reject", True), ("undo", False)]


def test_an_approval_is_undone_while_it_waits_and_can_be_given_again(database, draft, dana, maria):
    """Two approvals are two deliveries, of which the first is cancelled."""
    with database.write() as session:
        first = approve(session, draft, dana)
        drafts.undo(session, draft, reviewer=maria, now=NOW)
        second = approve(session, draft, maria)

    with database.read() as session:
        assert [deliveries.load(session, number).state for number in (first, second)] == ["cancelled", "waiting"]
        assert deliveries.load(session, first).why == "undone by Maria Lopez"
    with pytest.raises(IllegalDecision, match="nothing to undo"), database.write() as session:
        drafts.undo(session, a_draft(session, cause="task-2"), reviewer=dana, now=NOW)


def test_what_has_left_cannot_be_undone(database, draft, dana):
    """The sender was first: the draft stays approved."""
    with database.write() as session:
        delivery = approve(session, draft, dana)
        assert deliveries.claim(session, delivery, now=NOW + timedelta(minutes=3))
    with pytest.raises(IllegalDecision, match="It has left already"), database.write() as session:
        drafts.undo(session, draft, reviewer=dana, now=NOW + timedelta(minutes=3))

    assert stored(database, draft).standing is APPROVED


def test_a_draft_whose_cause_is_gone_is_withdrawn_unless_decided(database, draft, dana):
    """A person's decision counts over the job's."""
    with database.write() as session:
        other = a_draft(session, cause="task-2")
        approve(session, other, dana)
        assert drafts.withdraw(session, draft, "the task is done")
        assert not drafts.withdraw(session, other, "the task is done")
    with pytest.raises(StaleDraft, match=r"was withdrawn: the task is done\."), database.write() as session:
        approve(session, draft, dana)

    assert (stored(database, draft).standing, stored(database, draft).why) == ("withdrawn", "the task is done")


def test_asked_for_in_another_form_it_takes_the_place_of_the_first(database, draft, dana):
    """For the same cause: the first is withdrawn and keeps its words, and of two who ask at once one is told."""
    with database.write() as session:
        other = drafts.ask_for(session, replace(A_DRAFT, form=DraftForm.EMAIL), instead_of=draft, now=NOW)
        third = drafts.ask_for(session, A_DRAFT, instead_of=other, now=NOW)
        own = drafts.ask_for(session, A_DRAFT, now=NOW)
        assert drafts.save(session, A_DRAFT, now=NOW) is None
    with pytest.raises(StaleDraft), database.write() as session:
        drafts.ask_for(session, A_DRAFT, instead_of=draft, now=NOW)

    with database.read() as session:
        found = drafts.of_episode(session, 1)
    assert [(each.id, each.cause, each.standing, drafts.was_asked_for(each.cause)) for each in found] == [
        (draft, "task-1", "withdrawn", False),
        (other, "task-1+2", "withdrawn", True),
        (third, "task-1+3", "pending", True),
        (own, "asked+1", "pending", True),
    ]


def test_nothing_is_asked_for_in_a_closed_episode(database, draft, dana):
    """Somebody closed it while the assistant wrote."""
    with database.write() as session:
        close_episode(session)
    with pytest.raises(IllegalDecision, match="closed meanwhile"), database.write() as session:
        drafts.ask_for(session, A_DRAFT, instead_of=draft, now=NOW)

    assert stored(database, draft).standing is PENDING


def a_delivery(**given):
    values = {"channel": "sms", "address": ADDRESS, "key": "k", "send_after": NOW, "state": "waiting", "why": "", "changed_at": NOW}
    return insert(DeliveryRow).values(**(values | {"approval_action": "approve"} | given))


@pytest.mark.parametrize(
    "given",
    [
        {"approval_id": None},
        {"approval_id": 4711},
        {"approval_id": 1},  # a rejection, passed off as an approval
        {"approval_id": 1, "approval_action": "reject"},
        {"approval_id": 2, "text_hash": hash_of("", "Other words")},
        {"approval_id": 2, "approval_action": "undo"},
        {"approval_id": 3},  # an undo
    ],
)
def test_the_database_takes_no_delivery_without_an_approval_of_these_words(database, draft, dana, given):
    """Held against code that forgets it."""
    with database.write() as session:
        drafts.reject(session, draft, reviewer=dana, reason=DraftRejectReason.OTHER, now=NOW)  # decision 1
        approve(session, a_draft(session, cause="task-2"), dana)  # decision 2
        drafts.undo(session, draft, reviewer=dana, now=NOW)  # decision 3
        session.execute(delete(DeliveryRow))

    with pytest.raises(DatabaseError, match=r"(?i)foreign key|ck_deliveries_approved|not.null"), database.write() as session:
        session.execute(a_delivery(**({"text_hash": hash_of("", BODY)} | given)))


def test_a_delivery_cannot_be_turned_to_other_words(database, draft, dana):
    """Nor an approval used twice."""
    with database.write() as session:
        approve(session, draft, dana)
    with pytest.raises(DatabaseError, match=r"(?i)foreign key"), database.write() as session:
        session.execute(update(DeliveryRow).values(text_hash=hash_of("", "Other")))
    with pytest.raises(DatabaseError, match=r"(?i)unique"), database.write() as session:
        session.execute(a_delivery(approval_id=1, text_hash=hash_of("", BODY)))


@pytest.mark.parametrize("user", [None, 4711])
def test_no_decision_about_a_draft_is_without_a_person(database, draft, user):
    """It belongs to an account, always."""
    columns = "draft_id, action, user_id, text_id, text_hash, comment, at"
    values = f"{draft}, 'approve', {user or 'NULL'}, 1, '{hash_of('', BODY)}', '', '2026-03-10 15:00:00'"
    with pytest.raises(DatabaseError, match=r"(?i)not.null|foreign key"), database.write() as session:
        session.execute(text(f"INSERT INTO draft_decisions ({columns}) VALUES ({values})"))
