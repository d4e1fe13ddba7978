"""Accept, edit, reject, undo: what is stored, what the person is told, and what happens when somebody else was faster."""

from collections.abc import Callable

import pytest

from tests.builders import CALL, LANES, NO_RIDE, TODAY, a_lane, a_suggestion
from tests.review_ui.desk import Browser, Desk
from tests.review_ui.html import Page
from tests.review_ui.test_review_page import cards, close_episode
from workflow.suggestions import BlockerPayload, EscalationPayload, OutreachAttemptPayload, TaskPayload
from workflow.vocabulary import Action, BlockerCategory, Channel, EscalationReason, LaneName, Outcome, OwnerRole, RejectReason

EDITS = {
    "task": (
        {"action": "schedule_appointment", "owner_role": "scheduler", "due": "2026-03-20"},
        TaskPayload(action=Action.SCHEDULE_APPOINTMENT, owner_role=OwnerRole.SCHEDULER, due=TODAY.replace(day=20)),
    ),
    "blocker": ({"category": "language"}, BlockerPayload(category=BlockerCategory.LANGUAGE)),
    "outreach_attempt": (
        {"channel": "sms", "outcome": "message_sent", "count": "2"},
        OutreachAttemptPayload(channel=Channel.SMS, outcome=Outcome.MESSAGE_SENT, count=2),
    ),
    "escalation": ({"reason": "time_critical"}, EscalationPayload(reason=EscalationReason.TIME_CRITICAL)),
}
KINDS = list(EDITS)


def toast(page: Page) -> str:
    return page.one(id="toast").text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("htmx", [False, True])
def test_accepting_stores_the_decision_and_makes_the_move(desk: Desk, maria: Browser, kind: str, htmx: bool):
    """One press: the suggestion is accepted by this person, and the episode moved."""
    item = desk.one(desk.note(), kind)

    page = desk.decide(maria, item, "accept", htmx=htmx, seconds="7.5")

    (decision,) = desk.decisions()
    assert (decision.action, decision.suggestion_id, decision.reviewer_id, decision.seconds) == ("accept", item.id, 1, 7.5)
    assert desk.standing(item.id) == "accepted"
    assert desk.episode().version == 1 + len(decision.event_seqs) > 1
    assert page.status == 200
    assert toast(page).startswith("Accepted: ")
    assert "Maria Lopez accepted it" in page.text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("htmx", [False, True])
def test_editing_stores_what_the_person_made_of_it(desk: Desk, maria: Browser, kind: str, htmx: bool):
    """The move is the edited one; what the assistant said is kept beside it."""
    item = desk.one(desk.note(), kind)
    fields, expected = EDITS[kind]

    page = desk.decide(maria, item, "edit", htmx=htmx, **fields)

    stored = desk.one(item.note_id, kind) if kind != "blocker" else desk.on(item.note_id, kind)[0]
    assert (stored.standing, stored.payload, stored.final) == ("edited", item.payload, expected)
    assert desk.decisions()[0].action == "edit"
    assert "Maria Lopez edited and accepted it" in page.text


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_that_changes_nothing_is_an_acceptance(desk: Desk, maria: Browser, kind: str):
    """Opening the form and saving it as it stands says that the assistant was right."""
    item = desk.one(desk.note(), kind)

    desk.decide(maria, item, "edit")

    assert (desk.standing(item.id), desk.decisions()[0].action) == ("accepted", "accept")


@pytest.mark.parametrize("reason", RejectReason)
def test_rejecting_stores_why_and_moves_nothing(desk: Desk, maria: Browser, reason: RejectReason):
    """Every reason of the list can be given; the episode stays as it is."""
    item = desk.one(desk.note(), "task")
    before = desk.episode()

    page = desk.decide(maria, item, "reject", reject_reason=reason.value)

    (decision,) = desk.decisions()
    assert (decision.action, decision.reject_reason, decision.event_seqs) == ("reject", reason.value, [])
    assert desk.standing(item.id) == "rejected"
    assert desk.episode() == before
    assert "Maria Lopez rejected it" in page.text


def test_the_reasons_on_the_card_are_those_of_the_keys(desk: Desk, maria: Browser):
    """1 to 8, in the order of the vocabulary."""
    form = desk.form(maria, desk.one(desk.note(), "task"), "reject")

    assert form.choices("reject_reason") == RejectReason.values()
    assert [each.attrs["data-reason"] for each in form.element.all("input", name="reject_reason")] == list("12345678")


def test_a_rejection_without_a_reason_is_not_stored(desk: Desk, maria: Browser):
    """The reason is what the evals learn from."""
    item = desk.one(desk.note(), "task")

    page = desk.decide(maria, item, "reject", reject_reason=None)

    assert (page.status, page.problem) == (422, "Reject reason: choose one of the list. See what happened")
    assert desk.decisions() == []


@pytest.mark.parametrize("decision", ["accept", "edit", "reject"])
@pytest.mark.parametrize("htmx", [False, True])
def test_undo_takes_a_decision_back(desk: Desk, maria: Browser, decision: str, htmx: bool):
    """The suggestion is pending again and the episode stands as before; both decisions stay in the record."""
    item = desk.one(desk.note(), "task")
    before = desk.episode()
    edit = {"due": "2026-03-20"} if decision == "edit" else {"reject_reason": "duplicate"} if decision == "reject" else {}
    desk.decide(maria, item, decision, **edit)

    page = desk.decide(maria, item, "undo", htmx=htmx)

    after = desk.episode()
    assert desk.standing(item.id) == "pending"
    assert after.model_copy(update={"version": before.version, "tasks_ever": before.tasks_ever}) == before
    assert [each.action for each in desk.decisions()] == [decision, "undo"]
    assert len(cards(page)) == 5


def test_undo_of_the_note_takes_back_what_this_person_decided_last(desk: Desk, maria: Browser):
    """One press after another walks back through one's own decisions."""
    note = desk.note()
    task, blocker = desk.one(note, "task"), desk.one(note, "blocker")
    desk.decide(maria, task, "accept")
    desk.decide(maria, blocker, "reject", reject_reason="not_ours")

    maria.submit(maria.get(f"/review/{note}").form(f"/notes/{note}/undo"))
    assert (desk.standing(task.id), desk.standing(blocker.id)) == ("accepted", "pending")
    maria.submit(maria.get(f"/review/{note}").form(f"/notes/{note}/undo"))
    assert (desk.standing(task.id), desk.standing(blocker.id)) == ("pending", "pending")

    page = maria.submit(maria.get(f"/review/{note}").form(f"/notes/{note}/undo"))
    assert page.status == 409
    assert "nothing of yours to undo" in page.problem


def test_undo_of_the_note_leaves_what_others_decided(desk: Desk, maria: Browser):
    """The key u never takes a colleague's work back."""
    note = desk.note()
    desk.decide(desk.dana(), desk.one(note, "task"), "accept")

    page = maria.submit(maria.get(f"/review/{note}").form(f"/notes/{note}/undo"))

    assert page.status == 409
    assert desk.standing(desk.one(note, "task").id) == "accepted"


def test_undoing_twice_is_told_and_changes_nothing(desk: Desk, maria: Browser):
    """A second press on an old page finds nothing to undo."""
    item = desk.one(desk.note(), "task")
    desk.decide(maria, item, "accept")
    form = desk.form(maria, item, "undo")
    maria.submit(form)

    page = maria.submit(form)

    assert (page.status, len(desk.decisions())) == (409, 2)
    assert "nothing to undo" in page.problem


def test_what_something_else_builds_on_cannot_be_undone(desk: Desk, maria: Browser):
    """The task was completed meanwhile: undoing its acceptance would break the history, and the page says so."""
    item = desk.one(desk.note(), "task")
    desk.decide(maria, item, "accept")
    maria.submit(maria.get("/episodes/1").form("/episodes/1/moves/complete-task"))

    page = desk.decide(maria, item, "undo")

    assert page.status == 409
    assert "Something that came later builds on this" in page.problem
    assert desk.standing(item.id) == "accepted"


def test_what_was_done_is_said_with_its_consequence(desk: Desk, maria: Browser):
    """The toast names the suggestion, and where it moved the next touch or escalated."""
    note = desk.note()

    assert "Escalated to nurse reviewer." in toast(desk.decide(maria, desk.one(note, "escalation"), "accept", htmx=True))

    other = desk.note("n-2", patient="p-2", items=[a_suggestion(NO_RIDE, "No ride"), a_suggestion(CALL.model_copy(update={"due": TODAY}))])
    assert "Next touch is Tue 10 Mar." in toast(desk.decide(maria, desk.one(other, "task"), "accept", htmx=True))


def test_the_toast_offers_the_way_back(desk: Desk, maria: Browser):
    """Undo is always there, with and without scripts."""
    item = desk.one(desk.note(), "task")

    for htmx in (False, True):
        page = desk.decide(maria, item, "accept", htmx=htmx)
        maria.submit(next(form for form in page.forms if form.element.parent and form.element.parent.attrs.get("id") == "toast"))
        assert desk.standing(item.id) == "pending"


def test_a_plain_undo_does_not_claim_something_else_was_just_done(desk: Desk, maria: Browser):
    """Without scripts the page after an undo says what was undone or nothing, never an older decision as if it were new."""
    note = desk.note()
    desk.decide(maria, desk.one(note, "outreach_attempt"), "accept")
    desk.decide(maria, desk.one(note, "task"), "accept")

    page = desk.decide(maria, desk.one(note, "task"), "undo")

    assert not toast(page).startswith("Accepted")


def test_htmx_gets_the_parts_and_a_plain_browser_the_redirect(desk: Desk, maria: Browser):
    """The same form works with and without scripts."""
    note = desk.note()
    form = desk.form(maria, desk.one(note, "task"), "accept")

    plain = maria.submit(form, follow=False)
    assert (plain.status, plain.response.headers["location"].split("?")[0]) == (303, f"/review/{note}")

    parts = desk.decide(maria, desk.one(note, "outreach_attempt"), "accept", htmx=True)
    assert parts.status == 200
    assert not parts.all("html")
    assert not parts.all("nav")
    swapped = {each.attrs["id"] for each in parts.walk() if "hx-swap-oob" in each.attrs and "id" in each.attrs}
    assert {"four", "note-text", "nav-count", "pace", "toast"} <= swapped


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/suggestions/{}/decisions", "suggestion"),
        ("/notes/{}/accept-all", "note"),
        ("/notes/{}/missed", "note"),
        ("/notes/{}/finish", "note"),
        ("/notes/{}/undo", "note"),
    ],
)
@pytest.mark.parametrize("htmx", [False, True])
def test_deciding_what_is_not_there_is_not_found(desk: Desk, maria: Browser, path: str, kind: str, htmx: bool):
    """An id that names nothing stores nothing, not even that somebody worked on it."""
    desk.note()
    before = desk.stored()

    page = maria.post(path.format(99), htmx=htmx, decision="accept", version="1", quote="Called", label="blocker:other", follow=False)

    assert page.status == 404
    assert desk.stored() == before


# Two people on one note.


@pytest.mark.parametrize("first", ["accept", "edit", "reject"])
@pytest.mark.parametrize("second", ["accept", "edit", "reject"])
@pytest.mark.parametrize("htmx", [False, True])
def test_the_second_to_decide_is_told_what_the_first_decided(desk: Desk, maria: Browser, first: str, second: str, htmx: bool):
    """Nothing of the second decision is applied, and the page shows who decided and how."""
    item = desk.one(desk.note(), "task")
    dana = desk.dana()
    edit = {"due": "2026-03-20"}
    marias, danas = desk.form(maria, item, second), desk.form(dana, item, first)
    dana.submit(danas, **(edit if first == "edit" else {"reject_reason": "duplicate"} if first == "reject" else {}))
    before = desk.stored(but=("access_log", "viewers", "sessions"))

    page = maria.submit(
        marias, htmx=htmx, **({"due": "2026-04-01"} if second == "edit" else {"reject_reason": "other"} if second == "reject" else {})
    )

    said = {"accept": "accepted", "edit": "edited and accepted", "reject": "rejected"}[first]
    assert page.status == 409
    assert f"Dana Whitfield {said} it first. Nothing of yours was lost or applied." in page.problem
    assert page.one("article", id=f"suggestion-{item.id}").text.startswith("task Call patient")
    assert desk.stored(but=("access_log", "viewers", "sessions")) == before


def test_the_same_press_twice_decides_once(desk: Desk, maria: Browser):
    """A double click, or a form sent again by the back button."""
    item = desk.one(desk.note(), "task")
    form = desk.form(maria, item, "accept")
    maria.submit(form)

    page = maria.submit(form)

    assert page.status == 409
    assert "Maria Lopez accepted it first" in page.problem
    assert len(desk.decisions()) == 1


@pytest.mark.parametrize("decision", ["accept", "edit"])
def test_an_episode_that_moved_since_is_shown_before_anything_is_applied(desk: Desk, maria: Browser, decision: str):
    """An approval is bound to the four answers that were on the page."""
    item = desk.one(desk.note(), "task")
    form = desk.form(maria, item, decision)
    maria.submit(maria.get("/episodes/1").form("/episodes/1/moves/set-status"), status="waiting_on_patient")
    before = desk.episode()

    page = maria.submit(form)

    assert page.status == 409
    assert "The episode moved since this page was shown" in page.problem
    assert "Since then: Status: waiting on patient (Maria Lopez)" in page.problem
    assert "Waiting on patient" in page.one("dl", data_four="stand").text
    assert (desk.episode(), desk.standing(item.id), desk.decisions()) == (before, "pending", [])
    assert maria.submit(page.form(form.action, having=decision)).status == 200


def test_a_rejection_does_not_depend_on_the_episode(desk: Desk, maria: Browser):
    """A wrong suggestion is wrong however the episode stands."""
    item = desk.one(desk.note(), "task")
    form = desk.form(maria, item, "reject")
    maria.submit(maria.get("/episodes/1").form("/episodes/1/moves/set-status"), status="waiting_on_patient")

    assert maria.submit(form, reject_reason="duplicate").status == 200
    assert desk.standing(item.id) == "rejected"


def test_a_closed_episode_takes_no_acceptance_but_a_rejection(desk: Desk, maria: Browser):
    """Closed meanwhile: the old form is refused in words, the suggestion can still be cleared away."""
    item = desk.one(desk.note(), "task")
    accept, edit = desk.form(maria, item, "accept"), desk.form(maria, item, "edit")
    close_episode(desk, 1)
    version = str(desk.episode().version)

    for form in (accept, edit):
        assert maria.submit(form).status == 409
        page = maria.submit(form, version=version)
        assert page.status == 409
        assert "closed" in page.problem
    assert desk.standing(item.id) == "pending"
    assert desk.decide(maria, item, "reject", reject_reason="out_of_date").status == 200


def test_what_the_lane_does_not_allow_is_refused_in_words(new_desk: Callable[..., Desk]):
    """An edit to an owner the lane does not know is told with those it knows."""
    small = a_lane(LaneName.REFERRAL, owners=[OwnerRole.CARE_COORDINATOR, OwnerRole.NURSE_REVIEWER, OwnerRole.ADMIN_LEAD])
    desk = new_desk(lanes=LANES | {LaneName.REFERRAL: small})
    item = desk.one(desk.note(), "task")

    page = desk.decide(desk.maria, item, "edit", owner_role="scheduler")

    assert page.status == 409
    assert "Scheduler owns nothing in Referral follow-through. Owners there: Care coordinator, Nurse reviewer, Admin lead." in page.problem
    assert desk.standing(item.id) == "pending"


# Accept all.


def test_accept_all_leaves_escalations_and_attempts_for_a_decision_of_their_own(desk: Desk, maria: Browser):
    """What speaks for the clinic or cannot wait is never accepted in one go."""
    note = desk.note()
    form = maria.get(f"/review/{note}").form(f"/notes/{note}/accept-all")

    page = maria.submit(form, htmx=True)

    assert toast(page).startswith("Accepted 3 suggestions.")
    assert {item.kind.value: item.standing.value for item in desk.on(note)} == {
        "outreach_attempt": "pending",
        "task": "accepted",
        "blocker": "accepted",
        "escalation": "pending",
    }


def test_accept_all_accepts_what_was_shown_and_nothing_that_came_since(desk: Desk, maria: Browser):
    """Ids that were not on the page, or that belong to another note, are left alone."""
    note, other = desk.note(), desk.note("n-2", patient="p-2")
    task = desk.one(note, "task")
    shown = [("shown", str(task.id)), *(("shown", str(item.id)) for item in desk.on(other)), ("shown", "abc"), ("shown", "9" * 30)]

    maria.post(f"/notes/{note}/accept-all", [("version", "1"), *shown])

    assert [item.id for item in desk.on(note) if item.standing == "accepted"] == [task.id]
    assert {item.standing.value for item in desk.on(other)} == {"pending"}


def test_accept_all_is_all_or_nothing(desk: Desk, maria: Browser):
    """A page that is out of date applies none of it."""
    note = desk.note()
    form = maria.get(f"/review/{note}").form(f"/notes/{note}/accept-all")
    desk.decide(desk.dana(), desk.one(note, "task"), "accept")

    page = maria.submit(form)

    assert page.status == 409
    assert [item.standing.value for item in desk.on(note, "blocker")] == ["pending", "pending"]
    assert len(desk.decisions()) == 1


def test_accept_all_twice_decides_once(desk: Desk, maria: Browser):
    """The second press finds nothing left, or an episode that moved."""
    note = desk.note()
    form = maria.get(f"/review/{note}").form(f"/notes/{note}/accept-all")
    maria.submit(form)
    maria.submit(form)

    assert len(desk.decisions()) == 3


def test_accept_all_is_offered_where_there_are_several(desk: Desk, maria: Browser):
    """For one suggestion it would only be a second button of the same meaning."""
    note = desk.note(items=[a_suggestion()])

    assert not [form for form in maria.get(f"/review/{note}").forms if form.action.endswith("accept-all")]


# Finishing a note.


def test_deciding_the_last_suggestion_finishes_the_note(desk: Desk, maria: Browser):
    """It leaves the list, and an undo brings it back."""
    note = desk.note(items=[a_suggestion()])
    item = desk.one(note, "task")
    page = desk.decide(maria, item, "accept")
    assert "All decided." in page.text
    assert len(desk.stored()["reviews"]) == 1

    desk.decide(maria, item, "undo")
    assert desk.stored()["reviews"] == []


def test_next_note_goes_on_to_the_next_one_and_at_the_end_to_the_empty_desk(desk: Desk, maria: Browser):
    """One press from note to note."""
    first, second = desk.note("n-1", items=[]), desk.note("n-2", patient="p-2", items=[])

    page = maria.submit(maria.get(f"/review/{first}").form(f"/notes/{first}/finish"))
    assert page.response.url.path == f"/review/{second}"
    page = maria.submit(maria.get(f"/review/{second}").form(f"/notes/{second}/finish"))
    assert page.one("h1").text == "Nothing waits for review"
    assert len(desk.stored()["reviews"]) == 2


def test_finishing_twice_is_finishing_once(desk: Desk, maria: Browser):
    """Two people confirm the same empty note: one review is stored, nobody sees an error."""
    note = desk.note(items=[])
    form, danas = maria.get(f"/review/{note}").form(f"/notes/{note}/finish"), desk.dana()
    other = danas.get(f"/review/{note}").form(f"/notes/{note}/finish")

    assert maria.submit(form).status == danas.submit(other).status == 200
    assert len(desk.stored()["reviews"]) == 1


def test_a_note_with_something_pending_is_not_finished(desk: Desk, maria: Browser):
    """An undo by a colleague brought a card back: the page stays on this note and says what is left."""
    note = desk.note(items=[a_suggestion()])
    item = desk.one(note, "task")
    page = desk.decide(maria, item, "accept")
    desk.decide(desk.dana(), item, "undo")

    page = maria.submit(page.form(f"/notes/{note}/finish"))

    assert page.status == 409
    assert "Decide every suggestion on this note first." in page.text
    assert page.one("article", id=f"suggestion-{item.id}")
    assert desk.stored()["reviews"] == []
