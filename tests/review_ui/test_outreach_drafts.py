"""The Outreach page: read, mend, approve exactly what is shown, reject, undo, and carry out by hand."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from store import contact, deliveries, drafts, episodes
from store.deliveries import DeliveryState
from store.tables import AccessRow, DraftTextRow
from tests.builders import LANES, a_note, a_patient, a_reviewer
from tests.drafts import CLINIC, Writer, approve
from tests.review_ui.desk import Browser, Desk
from triage.assistants.protocol import AssistantUnavailable
from triage.draft_jobs import Drafting
from workflow import moves
from workflow.events import person
from workflow.vocabulary import Action, Channel, ClosureReason, DraftStanding, OwnerRole


class Ways(dict):
    """Channels that have a way out; nothing is sent in these tests."""


class Outreach:
    """A desk with an episode of Rosa's and one of Ben's, a call accepted for both, and a draft prepared for each."""

    def __init__(self, new_desk) -> None:
        self.writer = Writer()
        self.desk: Desk = new_desk(clinic=CLINIC, ways=Ways({Channel.SMS: object(), Channel.EMAIL: object()}))
        self.database = self.desk.database
        self.drafting = Drafting(self.database, LANES, lambda: self.writer, CLINIC, self.desk.clock)
        object.__setattr__(self.desk.site, "drafting", self.drafting)
        with self.database.write() as session:
            a_patient(session, "p-1", name="Rosa Alvarez", phone="312-555-0134", contact_preference="text first")
            a_patient(session, "p-2", name="Ben Okoro", phone="312-555-0135", language="es-MX")
            for number in (1, 2):
                a_note(session, f"n-{number}", patient=f"p-{number}", items=[])
        for number in (1, 2):
            self.move(number, moves.add_task, action=Action.CALL_PATIENT, owner_role=OwnerRole.CARE_COORDINATOR)
            assert self.drafting.prepare(number)
        self.maria: Browser = self.desk.maria

    def move(self, episode_id, make, **given):
        with self.database.write() as session:
            episode = episodes.load(session, episode_id)
            events = make(episode, LANES[episode.lane], now=self.desk.clock(), actor=person("maria"), **given)
            episodes.record(session, episode_id, events, expected_version=episode.version)

    def draft(self, draft_id=1):
        with self.database.read() as session:
            return drafts.load(session, draft_id)

    def delivery(self, draft_id=1):
        last = next(each for each in reversed(self.draft(draft_id).decisions) if each.action == "approve")
        with self.database.read() as session:
            return deliveries.of_approval(session, last.id)

    def form(self, browser=None, draft_id=1):
        return (browser or self.maria).get(f"/outreach/{draft_id}").form(f"/outreach/{draft_id}/approve")

    def send(self, act, browser=None, draft_id=1, **values):
        """Fill in the draft's form and press one of its buttons."""
        fields = self.form(browser, draft_id).sent(**{name.rstrip("_"): value for name, value in values.items()})
        return (browser or self.maria).post(f"/outreach/{draft_id}/{act}", fields)


@pytest.fixture
def outreach(new_desk):
    return Outreach(new_desk)


def test_the_first_that_waits_is_shown_with_what_it_was_drafted_from(outreach):
    """As the patient will get it, with its checks in words and why it is wanted."""
    page = outreach.maria.get("/outreach")

    assert page.one("h1").text == "SMS to Rosa Alvarez"
    assert page.one("textarea").raw_text == outreach.draft().text.body
    assert "Why: Call patient, due" in page.text
    assert "checks hold" in page.one(id="verdict").text
    assert "Approve and send" in page.one("button", data_approve="*").text
    assert len(page.all("a", class_="item")) == 2
    assert page.one("a", href="/outreach").text == "Outreach 2"
    assert page.one(class_="sources").all("article")


def test_approving_sends_exactly_what_was_shown_and_goes_on_to_the_next(outreach):
    """With the way back, and until when."""
    words = outreach.form().sent()
    page = outreach.send("approve", seconds="4.2")

    assert page.one("h1").text == "Phone script to Ben Okoro"
    assert "Approved: Rosa Alvarez, leaves at 10:02 unless you undo." in page.one(id="toast").text
    delivery = outreach.delivery()
    assert delivery.body == dict(words)["body"]
    assert (delivery.state, delivery.address, delivery.approver) == ("waiting", "312-555-0134", "Maria Lopez")
    page = outreach.maria.submit(page.form("/outreach/1/undo"))
    assert "Undone" in page.one(id="toast").text
    assert (outreach.draft().standing, outreach.delivery().state) == ("pending", "cancelled")


def test_words_that_were_changed_are_kept_as_the_persons_and_approved_as_such(outreach):
    """One press for both; the assistant's stay beside them."""
    words = outreach.draft().text.body.replace("please", "kindly").replace("Please", "Kindly")
    outreach.send("approve", body=words)

    assert [(text.by, text.body == words) for text in outreach.draft().texts] == [(None, False), ("Maria Lopez", True)]
    assert outreach.delivery().body == words


def test_what_a_check_blocks_is_not_approved_whatever_the_form_says(outreach):
    """The button is off, and the server holds to it; nothing typed is lost."""
    words = "Hello Rosa, your HIV test was positive. Call Lakeside Clinic at 555-0100."
    page = outreach.send("approve", body=words)

    assert page.status == 422
    assert "It cannot be approved as it is." in page.problem
    assert page.one("textarea").raw_text == words
    assert "disabled" in page.one("button", data_approve="*").attrs
    assert outreach.draft().standing is DraftStanding.PENDING
    assert len(outreach.draft().texts) == 1


def test_the_checks_are_made_while_typing_and_by_a_button_without_scripts(outreach):
    """Nothing is stored by looking."""
    fields = outreach.form().sent(body="Hello Rosa, your HIV test was positive.")
    live = outreach.maria.post("/outreach/1/checks", fields, htmx=True)
    page = outreach.maria.post("/outreach/1/checks", fields)

    assert "Blocks:" in live.one(id="verdict").text
    assert not live.all("main")
    assert "Blocks:" in page.one(id="verdict").text
    assert page.one("textarea").raw_text == "Hello Rosa, your HIV test was positive."
    assert len(outreach.draft().texts) == 1


def test_of_two_people_the_second_sees_the_firsts_words_and_keeps_their_own(outreach):
    """And approves nothing that she has not seen."""
    dana = outreach.desk.dana()
    shown = outreach.form(dana)
    outreach.send("text", body=outreach.draft().text.body + " Thanks.")
    page = dana.post("/outreach/1/approve", shown.sent())

    assert page.status == 409
    assert "Maria Lopez changed these words" in page.problem
    assert "Thanks." in page.one(class_="theirs").text
    assert page.one("textarea").raw_text == dict(shown.sent())["body"]
    assert outreach.draft().standing is DraftStanding.PENDING
    dana.submit(page.form("/outreach/1/approve"))
    assert outreach.delivery().body == dict(shown.sent())["body"]


def test_a_look_at_the_checks_does_not_pass_for_having_seen_others_words(outreach):
    """Without scripts the page comes back as old as it was."""
    dana = outreach.desk.dana()
    shown = outreach.form(dana)
    outreach.send("text", body="Maria’s words for Rosa, call Lakeside Clinic at 555-0100.")
    page = dana.post("/outreach/1/checks", shown.sent(body="Dana’s words for Rosa, call 555-0100."))
    page = dana.submit(page.form("/outreach/1/approve"))

    assert (page.status, outreach.draft().text.by) == (409, "Maria Lopez")


def test_a_rejection_needs_a_reason_and_goes_on(outreach):
    """What was typed is not lost with it."""
    page = outreach.send("reject")
    assert (page.status, outreach.draft().standing) == (422, "pending")
    page = outreach.send("reject", reject_reason="wrong_tone", comment="too stiff", body="Softer words, Rosa")

    assert "Rejected, wrong tone: Rosa Alvarez." in page.one(id="toast").text
    assert outreach.draft().decision.comment == "too stiff"
    assert outreach.draft().text.body == "Softer words, Rosa"
    outreach.maria.submit(page.form("/outreach/1/undo"))
    assert outreach.draft().standing is DraftStanding.PENDING


def test_an_approved_draft_shows_who_and_when_and_has_no_field(outreach):
    """Its words are frozen."""
    outreach.send("approve")
    page = outreach.maria.get("/outreach/1")

    assert "Approved by Maria Lopez, Tue 10 Mar 2026, 10:00. These words are frozen." in page.text
    assert page.all("textarea") == []
    late = outreach.maria.post("/outreach/1/text", body="Other", seen=outreach.draft().text.hash)
    assert (late.status, len(outreach.draft().texts)) == (409, 1)


def test_what_left_cannot_be_undone(outreach):
    """The page says so and offers nothing."""
    outreach.send("approve")
    page = outreach.maria.get("/outreach/1")
    with outreach.database.write() as session:
        assert deliveries.claim(session, outreach.delivery().id, now=outreach.desk.clock() + timedelta(minutes=9))
    late = outreach.maria.submit(page.form("/outreach/1/undo"))

    assert "It has left already" in late.problem
    assert [form.action for form in outreach.maria.get("/outreach/1").forms if form.action.endswith("undo")] == []


def stands(outreach, state, why):
    """The approved SMS was claimed, and this became of it."""
    now = outreach.desk.clock() + timedelta(minutes=9)
    with outreach.database.write() as session:
        assert deliveries.claim(session, outreach.delivery().id, now=now)
        assert deliveries.mark(session, outreach.delivery().id, state, before=(DeliveryState.SENDING,), why=why, now=now)


@pytest.mark.parametrize(("press", "state", "attempts"), [("yes", "sent", ["message_sent"]), ("no", "failed", [])])
def test_a_person_says_what_became_of_a_message_that_nobody_knew_about(outreach, press, state, attempts):
    """Once; the second is told. Only what did not leave can be approved again."""
    outreach.send("approve")
    stands(outreach, DeliveryState.UNKNOWN, "Nobody knows whether this left.")
    page = outreach.maria.get("/outreach/1")
    assert "Nobody knows whether it left. Nobody knows whether this left." in page.one("a", class_="item", href="/outreach/1").text
    form = page.form("/outreach/1/settle")
    dana = outreach.desk.dana()
    outreach.desk.clock.later(minutes=10)
    page = outreach.maria.submit(form, press=press)

    assert "Kept what you found." in page.one(id="toast").text
    assert "Maria Lopez looked at the provider" in page.one("section", class_="frozen").text
    assert (outreach.delivery().state, [each.outcome for each in outreach.desk.episode().attempts]) == (state, attempts)
    assert bool([each for each in page.forms if each.action == "/outreach/1/undo"]) == (press == "no")
    with outreach.database.read() as session:
        assert "settle draft" in session.scalars(select(AccessRow.action)).all()

    late = dana.post("/outreach/1/settle", [pair for pair in form.sent("no") if pair[0] != "csrf"])
    assert (late.status, outreach.delivery().state) == (409, state)
    assert "It is known by now what became of this message" in late.problem


@pytest.mark.parametrize("given", [{}, {"did_leave": "perhaps"}, {"did_leave": "yes", "delivery": "x"}])
def test_settling_without_an_answer_changes_nothing(outreach, given):
    outreach.send("approve")
    stands(outreach, DeliveryState.UNKNOWN, "Nobody knows whether this left.")
    page = outreach.maria.post("/outreach/1/settle", **({"delivery": str(outreach.delivery().id)} | given))

    assert (page.status, outreach.delivery().state) == (422, "unknown")


def test_a_message_of_another_draft_is_not_settled_here(outreach):
    outreach.send("approve")
    stands(outreach, DeliveryState.UNKNOWN, "Nobody knows whether this left.")
    page = outreach.maria.post("/outreach/2/settle", did_leave="yes", delivery=str(outreach.delivery().id))

    assert (page.status, outreach.delivery().state) == (409, "unknown")


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.BOUNCED])
def test_what_did_not_arrive_says_why_in_the_list_and_beside_its_words(outreach, state):
    outreach.send("approve")
    stands(outreach, state, "The mail server refused the address (550).")
    page = outreach.maria.get("/outreach/1")

    assert "The mail server refused the address (550)." in page.one("a", class_="item", href="/outreach/1").text
    assert "The mail server refused the address (550)." in page.one("section", class_="frozen").text
    assert "A person has to look." in page.text


def test_a_call_is_carried_out_by_hand_and_its_outcome_logged(outreach):
    """The attempt is the episode's, and the draft is done."""
    outreach.desk.clock.later(minutes=1)
    page = outreach.send("approve", draft_id=2)
    assert page.one("h1").text == "Phone script to Ben Okoro"
    assert outreach.delivery(2).state == "by_hand"
    page = outreach.maria.submit(page.form("/outreach/2/outcome"), press="no_answer")

    assert "Logged." in page.one(id="toast").text
    assert [(each.channel, each.outcome) for each in outreach.desk.episode(2).attempts] == [("call", "no_answer")]
    assert (outreach.delivery(2).state, outreach.delivery(2).why) == ("sent", "by hand")
    again = outreach.maria.post("/outreach/2/outcome", channel="call", outcome="reached", version=str(outreach.desk.episode(2).version))
    assert (again.status, len(outreach.desk.episode(2).attempts)) == (409, 1)


def test_an_episode_that_moved_takes_no_outcome_unseen(outreach):
    """Nothing is half logged."""
    outreach.desk.clock.later(minutes=1)
    form = outreach.send("approve", draft_id=2).form("/outreach/2/outcome")
    outreach.move(2, moves.set_due, due=outreach.desk.clock().date() + timedelta(days=3), why="")
    page = outreach.maria.submit(form, press="no_answer")

    assert (page.status, outreach.delivery(2).state, outreach.desk.episode(2).attempts) == (409, "by_hand", ())


def test_another_form_or_language_is_drafted_at_once(outreach):
    """In its place; what was typed stays with the first."""
    page = outreach.send("anew", as_="letter", language="es", body="My words, Rosa")

    assert page.one("h1").text == "Letter to Rosa Alvarez"
    assert "in Spanish (the patient speaks English)" in page.text
    assert (outreach.draft().standing, outreach.draft().text.body) == ("withdrawn", "My words, Rosa")
    assert outreach.draft(3).why == "Asked for by Maria Lopez"


def test_an_assistant_that_is_away_leaves_everything_as_it_was(outreach):
    outreach.writer.error = AssistantUnavailable("The model’s service is down. Try again later.")
    page = outreach.send("anew", as_="letter", language="es", body="My words, Rosa")

    assert "service is down" in page.problem
    assert page.one("textarea").raw_text == "My words, Rosa"
    assert outreach.draft().standing is DraftStanding.PENDING


def test_only_approved_words_are_printed(outreach):
    """A letter nobody approved is no letter."""
    outreach.send("anew", as_="letter", language="en")
    page = outreach.maria.get("/outreach/3/print")
    assert "Nobody has approved this draft" in page.text
    assert outreach.draft(3).text.body.splitlines()[0] not in page.text
    outreach.send("approve", draft_id=3)
    page = outreach.maria.get("/outreach/3/print")

    assert page.one(class_="letter-text").raw_text.strip() == outreach.draft(3).text.body.strip()


def test_what_a_person_carries_stops_as_well_when_the_patient_asks_for_no_contact(outreach):
    """After the approval: nothing is printed, and the page says to undo."""
    outreach.send("anew", as_="letter", language="en")
    outreach.send("approve", draft_id=3)
    with outreach.database.write() as session:
        someone = a_reviewer(session, "dana", "Dana Reyes")
        contact.ask(session, contact.patient_of(session, 1), None, "asked", user_id=someone.id, now=outreach.desk.clock())
    page, printed = outreach.maria.get("/outreach/3"), outreach.maria.get("/outreach/3/print")

    assert "Do not carry this out: undo it." in page.text
    assert "It is not printed." in printed.text
    assert outreach.draft(3).text.body.splitlines()[0] not in printed.text


def test_a_closed_episode_prints_nothing_more(outreach):
    """What was approved before is for nobody any more."""
    outreach.send("anew", as_="letter", language="en")
    outreach.send("approve", draft_id=3)
    outreach.move(1, moves.close, reason=ClosureReason.CARE_COMPLETED, text="")

    assert "The episode was closed after the approval." in outreach.maria.get("/outreach/3/print").text


def test_a_message_is_asked_for_on_the_patient_page_and_stands_on_its_timeline(outreach):
    """With what waits, and what was decided."""
    page = outreach.maria.get("/episodes/1")
    assert "SMS draft waits for approval" in page.text
    page = outreach.maria.submit(page.form("/episodes/1/draft"), **{"purpose": "confirm_appointment", "as": "email", "language": "en"})
    assert page.one("h1").text == "E-mail to Rosa Alvarez"
    outreach.send("approve")

    timeline = outreach.maria.get("/episodes/1").one("ol", class_="time").text
    assert "SMS draft approved" in timeline
    assert "E-mail draft waits for approval" in timeline


def test_no_address_blocks_and_says_what_to_mend(outreach):
    """Rosa has no e-mail address."""
    outreach.maria.post("/episodes/1/draft", [("as", "email")], purpose="call_patient", language="en")
    page = outreach.send("approve", draft_id=3)

    assert page.status == 422
    assert "The record has no e-mail address" in page.problem


def test_a_closed_episode_approves_nothing(outreach):
    form = outreach.form()
    outreach.move(1, moves.close, reason=ClosureReason.CARE_COMPLETED, text="")
    page = outreach.maria.submit(form)

    assert (page.status, outreach.draft().standing) == (409, "pending")
    assert "closed" in page.problem


def test_the_lists_are_narrowed_and_the_next_comes_from_the_same(outreach):
    """By form, lane and whose."""
    page = outreach.maria.get("/outreach", form="phone_script")
    assert page.one("h1").text == "Phone script to Ben Okoro"
    assert len(page.all("a", class_="item")) == 1
    page = outreach.maria.get("/outreach", form="letter")
    assert "No draft fits these filters." in page.text
    page = outreach.maria.get("/outreach", whose="mine")
    assert page.one("h1").text == "Nothing waits for approval"


def test_an_empty_desk_says_where_drafts_come_from(desk):
    assert "A draft is prepared when" in desk.maria.get("/outreach").text


def test_a_draft_in_the_queue_is_marked(outreach):
    page = outreach.maria.get("/queue")

    assert {each.attrs["href"] for each in page.all("a") if each.text == "draft waits"} == {"/outreach/1", "/outreach/2"}


def test_the_measures_say_what_became_of_the_drafts(outreach):
    """Every share with its number and range."""
    assert "No draft was offered" in outreach.maria.get("/outreach/measures", days="7", lane="high_risk").text
    outreach.send("approve", seconds="4")
    outreach.send("reject", draft_id=2, reject_reason="too_long", seconds="8")
    page = outreach.maria.get("/outreach/measures", days="7")

    row = next(each for each in page.all("tr") if each.text.startswith("All drafts"))
    assert row.text == "All drafts250 %9–91 % of 20 %0–66 % of 2—50 %9–91 % of 2006.0median of 2"
    assert "Too long: 1 of 1" in page.text


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "{{ 7 * 7 }}", "\u202eevil", "a" * 10_001])
def test_hostile_words_are_only_words(outreach, typed):
    """On the page, in its versions and on paper."""
    page = outreach.send("text", body=typed)

    if len(typed) > 10_000:
        assert page.status == 422
        return
    assert page.one("textarea").raw_text == typed
    assert page.all("script", src="") == []
    with outreach.database.read() as session:
        assert session.query(DraftTextRow).filter_by(number=2).one().body == typed


def test_someone_elses_approval_is_not_offered_for_undo_in_the_toast(outreach):
    """An address that is sent around says nothing."""
    with outreach.database.write() as session:
        approve(session, 1, a_reviewer(session))
    page = outreach.maria.get("/outreach/2", done="approve", of="1")

    assert "hidden" in page.one(id="toast").attrs
