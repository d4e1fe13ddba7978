"""Who owns an episode, on the Patient page, the Queue, My account and as JSON: offered and accepted, answered, away."""

from typing import Any

import pytest

from store import check, users
from tests.builders import NO_RIDE, WORSE, a_suggestion
from tests.review_ui.desk import Browser, Clock, Desk
from tests.review_ui.html import Form, Page
from tests.review_ui.test_patient_page import form
from workflow.vocabulary import EscalationAnswer, OwnerRole, Status, UserRole


@pytest.fixture
def rosa(desk: Desk) -> Desk:
    """One patient with an open episode, number 1."""
    desk.note(items=[])
    return desk


@pytest.fixture
def dana(rosa: Desk) -> Browser:
    """A second coordinator's browser."""
    return rosa.dana()


def panel(page: Page) -> str:
    """What the owner panel says."""
    return page.one("section", class_="owner").text


def headlines(page: Page) -> list[str]:
    """What happened, newest first."""
    return [each.text for each in page.one("ol", class_="time").all("b")]


def offer(maria: Browser) -> Page:
    maria.submit(form(maria, "claim"))
    return maria.submit(form(maria, "hand-over"), owner_role="scheduler", owner="dana", text="wants a morning slot")


def api(browser: Browser, **fields: Any) -> Any:
    answer = browser.client.post("/api/v1/episodes/1/owner", json=fields, headers={"X-CSRF-Token": browser.csrf})
    return answer.status_code, answer.json()


# Handing over.


def test_what_is_offered_is_seen_by_both_and_accepted_in_one_click(rosa: Desk, maria: Browser, dana: Browser):
    """Maria keeps it until then, and both know."""
    page = offer(maria)
    assert "You, as care coordinator" in panel(page)
    assert "Offered to Dana Whitfield as scheduler by you" in panel(page)
    assert "“wants a morning slot”" in panel(page)
    happened = page.one("ol", class_="time").text
    assert "Owner: care coordinator, Maria Lopez" in happened
    assert "Offered to Dana Whitfield as scheduler" in happened
    assert "Care coordinator (Maria Lopez)" in maria.get("/review/1").text
    assert rosa.episode().owner == "maria"

    page = dana.get("/episodes/1")
    assert "Maria Lopez hands this over to you as scheduler" in panel(page)
    page = dana.submit(form(dana, "accept"))

    assert "You, as scheduler" in panel(page)
    assert (rosa.episode().owner_role, rosa.episode().owner) == (OwnerRole.SCHEDULER, "dana")


def test_what_is_returned_says_why_and_stays(rosa: Desk, maria: Browser, dana: Browser, clock: Clock):
    """Without a reason it is refused, and the form stays open."""
    offer(maria)
    refused = dana.submit(form(dana, "return"), text=" ")
    assert (refused.status, refused.problem) == (409, "Say why you return it.")
    clock.later(minutes=1)

    page = dana.submit(form(dana, "return"), text="on leave")

    assert headlines(page)[0] == "Hand-over returned"
    assert "“on leave”" in page.text
    assert "Maria Lopez, as care coordinator" in panel(page)


def test_withdrawn_by_who_offered_it(rosa: Desk, maria: Browser, dana: Browser):
    """And Dana, whose page is older, is told."""
    offer(maria)
    old = form(dana, "accept")
    maria.submit(form(maria, "withdraw"))

    page = dana.submit(old)

    assert page.status == 409
    assert "Somebody moved this episode" in page.problem
    assert "Hand-over withdrawn (Maria Lopez)" in page.problem


def test_giving_back_leaves_it_in_the_queue(rosa: Desk, maria: Browser):
    """Where anybody can claim it."""
    maria.submit(form(maria, "claim"))
    page = maria.submit(form(maria, "give-back"), text="too many")

    assert "In the queue of the care coordinator" in panel(page)
    assert form(maria, "claim")


def test_a_refused_hand_over_keeps_what_was_typed(rosa: Desk, maria: Browser, dana: Browser):
    """Nobody writes a note twice."""
    handing = form(maria, "hand-over")
    dana.submit(form(dana, "claim"))

    page = maria.submit(handing, owner_role="scheduler", owner="dana", text="wants a <morning> slot")

    again = dict(page.form("/episodes/1/moves/hand-over").fields)
    assert page.status == 409
    assert (again["owner_role"], again["owner"], again["text"]) == ("scheduler", "dana", "wants a <morning> slot")


def test_a_hand_over_can_be_taken_back(rosa: Desk, maria: Browser, dana: Browser, clock: Clock):
    """As other moves can."""
    clock.later(minutes=1)
    maria.submit(form(maria, "claim"))
    clock.later(minutes=1)
    page = maria.submit(form(maria, "hand-over"), owner="dana", text="so")

    maria.submit(next(each for each in page.forms if each.action.endswith("/undo")))

    assert (rosa.episode().offer, rosa.episode().owner) == (None, "maria")


def test_who_is_away_is_in_the_list_and_cannot_be_chosen(rosa: Desk, maria: Browser, dana: Browser):
    """With until when; and a form sent all the same is refused with what to do."""
    dana.submit(away_form(dana), first="2026-03-10", last="2026-03-13")
    page = maria.get("/episodes/1")
    choice = next(each for each in page.all("option", value="dana"))

    assert choice.text == "Dana Whitfield is away until 13 March"
    assert "disabled" in choice.attrs
    page = maria.post("/episodes/1/moves/hand-over", version="1", owner_role="scheduler", owner="dana", text="x")
    assert page.problem == "Dana Whitfield is away until 13 March. Choose somebody else, or the role’s queue."


@pytest.mark.parametrize(("role", "label"), [(UserRole.LEAD, "Maria Lopez: 1 open"), (UserRole.COORDINATOR, "Maria Lopez")])
def test_leads_see_how_much_each_has_when_handing_over(rosa: Desk, maria: Browser, role: UserRole, label: str):
    """Others see the names."""
    maria.submit(form(maria, "claim"))
    rosa.person("ruth", "Ruth Vogel", role)

    page = rosa.browser("ruth").get("/episodes/1")

    assert page.all("option", value="maria")[0].text == label


# Escalations.


@pytest.fixture
def escalated(rosa: Desk, maria: Browser) -> Desk:
    """Maria owns it and has escalated it."""
    maria.submit(form(maria, "claim"))
    maria.submit(form(maria, "escalate"), reason="worsening_symptoms", text="chest pain")
    return rosa


def escalation(page: Page) -> str:
    return page.one("section", class_="escalated").text


def test_an_escalation_says_to_whom_why_since_when_by_whom_and_what_a_reader_needs(escalated: Desk, maria: Browser, clock: Clock):
    """Without looking anywhere else."""
    clock.later(minutes=14)
    said = escalation(maria.get("/episodes/1"))

    assert "Escalated to nurse reviewer: worsening symptoms" in said
    assert "Raised by Maria Lopez: “chest pain”" in said
    assert "(14 min)" in said
    assert "never in touch yet, no failed try" in said
    assert "Open tasks: none" in said
    assert "Not acknowledged yet; to be by today. Maria Lopez owned it before." in said


@pytest.mark.parametrize(
    ("answer", "owner", "says"),
    [
        (EscalationAnswer.INFORM, "maria", None),
        (EscalationAnswer.HELP, "maria", "Dana Whitfield helps. Acknowledged by Dana Whitfield"),
        (EscalationAnswer.TAKE_OVER, "dana", "Taken over. Acknowledged by Dana Whitfield"),
    ],
)
def test_the_three_answers(escalated: Desk, dana: Browser, clock: Clock, answer: EscalationAnswer, owner: str, says: str | None):
    """From the form on the page, each with one press."""
    clock.later(minutes=5)
    page = dana.submit(form(dana, "answer"), answer.value, text="seen")

    assert escalated.episode().owner == owner
    if says is None:
        assert escalated.episode().status is not Status.ESCALATED
        assert page.all("section", class_="escalated") == []
    else:
        assert says in escalation(page)
        assert "on time: “seen”" in escalation(page)
    assert headlines(page)[0].startswith(f"Escalation acknowledged: {answer.label.lower()}")
    with escalated.database.read() as session:
        assert list(check.problems(session)) == []


def test_an_answer_is_chosen_and_never_assumed(escalated: Desk, dana: Browser):
    """Enter in the text presses nothing; a form without an answer is told, and what was typed stays."""
    page = dana.submit(form(dana, "answer"), text="seen")

    assert (page.status, page.problem) == (422, "Answer: choose one of the list.")
    assert dict(page.form("/episodes/1/moves/answer").fields)["text"] == "seen"


def test_an_escalation_acknowledged_late_says_so(escalated: Desk, dana: Browser, clock: Clock):
    """By the lane's cadence: the same day."""
    clock.later(hours=26)
    dana = escalated.browser("dana")  # the old one has been idle
    assert "was to be by Tue 10 Mar" in escalation(dana.get("/episodes/1"))

    page = dana.submit(form(dana, "answer"), "help")

    assert "after Tue 10 Mar" in escalation(page)


def test_what_a_rule_raised_is_marked_as_such(rosa: Desk, maria: Browser):
    """And counts the failed tries."""
    for _ in range(3):
        maria.submit(form(maria, "log"), "no_answer")

    said = escalation(maria.get("/episodes/1"))
    assert "Raised by a lane rule: 3 failed tries since the patient was last in touch" in said
    assert "3 failed tries since" in said


def test_what_an_assistant_flagged_stands_beside_and_is_marked(desk: Desk, maria: Browser):
    """A suggestion is no escalation until a person accepts it; then its words are quoted and lead to the note."""
    note = desk.note(items=[a_suggestion(WORSE, "Chest pain worse today"), a_suggestion(NO_RIDE, "No ride")])
    page = maria.get("/episodes/1")
    flagged = page.one("section", class_="flagged")
    assert flagged.text.startswith(
        "Flagged by the assistant, not decided suggestion Escalate: worsening symptoms: “Chest pain worse today”"
    )
    assert page.all("section", class_="escalated") == []
    assert desk.episode().escalation is None

    desk.decide(maria, desk.one(note, "escalation"), "accept")

    page = maria.get("/episodes/1")
    assert page.all("section", class_="flagged") == []
    assert "Raised by Maria Lopez, from a note: “Chest pain worse today”" in escalation(page)
    assert page.one("section", class_="escalated").all("a", href=f"/review/{note}#suggestion-{desk.one(note, 'escalation').id}")


# The Queue.


def owner_cell(page: Page) -> str:
    return page.all("td", data_label="Owner")[0].text


def test_claiming_from_a_row_is_one_click_and_keeps_the_view(rosa: Desk, maria: Browser):
    """With and without scripts."""
    claiming = maria.get("/queue", lane="referral", unclaimed="1").form("/queue/1/claim")

    page = maria.submit(claiming)

    assert str(page.response.url).endswith("/queue?lane=referral&unclaimed=1")
    assert rosa.episode().owner == "maria"
    assert owner_cell(maria.get("/queue")) == "Care coordinatorMaria Lopez"


def test_claiming_by_htmx_answers_with_the_cell(rosa: Desk, maria: Browser):
    """The row stays where it is."""
    page = maria.submit(maria.get("/queue").form("/queue/1/claim"), htmx=True)

    assert (page.status, page.text) == (200, "Care coordinatorMaria Lopez")


@pytest.mark.parametrize("htmx", [True, False])
def test_whoever_claims_second_is_told_who_was_first(rosa: Desk, maria: Browser, dana: Browser, htmx: bool):
    """By name, over the page that stays or on a page of its own."""
    old = dana.get("/queue").form("/queue/1/claim")
    maria.submit(maria.get("/queue").form("/queue/1/claim"))

    page = dana.submit(old, htmx=htmx)

    assert page.status == 409
    assert "Maria Lopez owns this already." in page.text
    assert dana.get("/queue").one(id="toast")
    assert rosa.episode().owner == "maria"


def test_offered_to_me_is_a_filter(rosa: Desk, maria: Browser, dana: Browser):
    """Counted, and a row says to whom."""
    rosa.note("n-2", patient="p-2", items=[])
    offer(maria)

    page = dana.get("/queue")
    link = next(each for each in page.one("div", class_="bar").all("a") if each.text == "Offered to me 1")
    page = dana.get(link.attrs["href"])

    assert [each.attrs["href"] for each in page.all("a", class_="name")] == ["/episodes/1"]
    assert "offered to Dana Whitfield" in owner_cell(page)


# My account.


def away_form(browser: Browser) -> Form:
    return browser.get("/account").form("/account/away", having="first")


def test_going_away_gives_work_back_at_once(rosa: Desk, maria: Browser):
    """With the reason on the timeline; and My account says until when."""
    maria.submit(form(maria, "claim"))

    page = maria.submit(away_form(maria), first="2026-03-10", last="2026-03-13")

    assert "Maria Lopez is away until 13 March." in page.text
    assert rosa.episode().owner is None
    assert "Maria Lopez is away until 13 March" in maria.get("/episodes/1").text
    assert maria.submit(form(maria, "claim")).problem == "Maria Lopez is away until 13 March. End that under My account first."

    maria.submit(maria.get("/account").form("/account/away", having="back"))
    assert maria.submit(form(maria, "claim")).status == 200
    assert rosa.episode().owner == "maria"


def test_days_away_to_come_change_nothing_yet(rosa: Desk, maria: Browser):
    """They are announced, and can be taken back."""
    maria.submit(form(maria, "claim"))

    page = maria.submit(away_form(maria), first="2026-03-20", last="2026-03-27")

    assert "You will be away from Fri 20 Mar to Fri 27 Mar." in page.text
    assert rosa.episode().owner == "maria"


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-03-13", "2026-03-10", "The last day away lies before the first. Swap them."),
        ("2026-03-01", "2026-03-09", "These days are past. Choose today or later as the last day away."),
        ("", "2026-03-13", "First day away: choose a day."),
        ("2026-03-10", "soon", "Last: write a day like 2026-03-10."),
    ],
)
def test_days_away_that_make_no_sense_are_refused_and_stay_in_the_form(rosa: Desk, maria: Browser, first: str, last: str, said: str):
    """Told on the page."""
    page = maria.submit(away_form(maria), first=first, last=last)

    assert (page.status, page.problem) == (422, said)
    again = dict(page.form("/account/away", having="first").fields)
    assert (again["first"], again["last"]) == (first, last)
    with rosa.database.read() as session:
        assert users.by_username(session, "maria").away_from is None


def test_a_lead_sets_others_away_and_a_coordinator_does_not(rosa: Desk, maria: Browser, dana: Browser):
    """Somebody ill does not sign in to say so."""
    assert maria.get("/account").all("table") == []
    refused = maria.post("/account/away", username="dana", first="2026-03-10", last="2026-03-13")
    assert refused.status == 403
    dana.submit(form(dana, "claim"))
    rosa.person("ruth", "Ruth Vogel", UserRole.LEAD)
    ruth = rosa.browser("ruth")
    assert "Dana Whitfield coordinator 1" in ruth.get("/account").one("table").text

    page = ruth.submit(ruth.get("/account").form("/account/away", having="dana"), first="2026-03-10", last="2026-03-13")

    assert "Dana Whitfield is away until 13 March." in page.one("table").text
    assert rosa.episode().owner is None
    assert ("ruth", "set away", "user 2") in [row[2:5] for row in rosa.stored()["access_log"]]
    assert ruth.post("/account/away", username="nobody", first="2026-03-10", last="2026-03-13").status == 404


# JSON.


def test_the_owner_as_json_and_its_moves(rosa: Desk, maria: Browser, dana: Browser):
    """The same moves, the same refusals, errors as JSON."""
    assert maria.client.get("/api/v1/episodes/1/owner").json() == {
        "version": 1,
        "open": True,
        "owner_role": "care_coordinator",
        "owner": None,
        "owner_name": None,
        "offer": None,
        "escalation": None,
    }
    status, body = api(maria, move="claim")
    assert (status, body["owner"], body["version"]) == (200, "maria", 2)
    assert api(dana, move="claim") == (
        409,
        {"error": "Maria Lopez owns this already. If it should be yours, hand it over to yourself with a note."},
    )
    status, body = api(maria, move="hand-over", version=2, owner_role="scheduler", owner="dana", text="a morning slot")
    assert (status, body["owner"], body["offer"]["to"]) == (200, "maria", "dana")
    assert api(dana, move="accept", version=2)[0] == 409
    assert api(dana, move="accept", version=3)[1]["owner"] == "dana"
    assert maria.client.get("/api/v1/episodes/9/owner").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"move": "close"},
        {"move": "claim", "actor": "dana"},
        {"move": "accept"},
        {"move": "accept", "version": "x"},
        {"move": "hand-over", "version": 1, "owner_role": "pilot", "text": "x"},
        {"move": "hand-over", "version": 1, "owner_role": "scheduler", "owner": "nobody", "text": "x"},
        {"move": "give-back", "version": 1, "text": "a\0b"},
        {"move": "give-back", "version": 1, "text": "x" * 501},
        {"move": "claim", "version": 2**70},
        [],
    ],
)
def test_a_body_that_makes_no_sense_changes_nothing(rosa: Desk, maria: Browser, body: Any):
    """Unknown fields are refused, never ignored."""
    before = rosa.stored(but=("access_log",))

    answer = maria.client.post("/api/v1/episodes/1/owner", json=body, headers={"X-CSRF-Token": maria.csrf})

    assert answer.status_code == 422
    assert answer.json()["error"]
    assert rosa.stored(but=("access_log",)) == before
