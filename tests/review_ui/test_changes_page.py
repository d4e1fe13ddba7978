"""The Changes page: what everybody reads, what leads decide, and that nothing is published that contradicts the facts."""

from datetime import UTC, datetime, timedelta

import pytest

from store import digest_mails, digest_schedules, digests, episodes, users
from store.digests import DigestStanding, Sentence
from tests.builders import LANES
from tests.review_ui.desk import Browser, Desk
from tests.review_ui.html import Page
from workflow.digests import Every
from workflow.events import person
from workflow.moves import close
from workflow.vocabulary import ClosureReason, LaneName, UserRole

MONDAY = datetime(2026, 3, 9, 15, 0, tzinfo=UTC)


@pytest.fixture
def ruth(desk: Desk) -> Browser:
    """The lead's browser, on a desk at which four patients came in on Monday; it is Thursday."""
    desk.clock.now = MONDAY
    for number in range(1, 5):
        desk.patient(f"p-{number}", name=("Rosa Alvarez", "Ben Okoro", "Eva Lind", "Ana <b>Ruiz</b>")[number - 1])
        desk.note(f"n-{number}", patient=f"p-{number}", items=[])
    desk.clock.later(days=3)
    desk.person("ruth", "Ruth Bergström", UserRole.LEAD)
    desk.maria = desk.browser("maria")
    return desk.browser("ruth")


def prepare(browser: Browser, period: str = "monday", lane: str = "", **fields: str) -> Page:
    return browser.submit(browser.get("/changes").form("/changes"), period=period, lane=lane, **fields)


def stored(desk: Desk, digest_id: int = 1) -> digests.Digest:
    with desk.database.read() as session:
        return digests.load(session, digest_id)


def sentences(desk: Desk, digest_id: int = 1) -> list[str]:
    with desk.database.read() as session:
        return [each.text for each in digests.wordings(session, digest_id)[-1].sentences]


def edit(browser: Browser, texts: list[str], digest_id: int = 1, act: str = "save", *, number: str = "1", htmx: bool = False) -> Page:
    """Send the form of sentences."""
    return browser.post(f"/changes/{digest_id}/edit", [("text", text) for text in texts], number=number, act=act, htmx=htmx)


def publish(browser: Browser, digest_id: int = 1) -> Page:
    return browser.submit(browser.get(f"/changes/{digest_id}").form(f"/changes/{digest_id}/publish"))


def test_before_the_first_digest_the_page_says_what_to_do(desk: Desk, ruth: Browser):
    """A lead is told how to begin, a coordinator whom to wait for."""
    assert "prepare the first" in ruth.get("/changes").text
    page = desk.maria.get("/changes")
    assert "When a lead publishes one, it stands here." in page.text
    assert not [form for form in page.forms if form.action.startswith("/changes")]


def test_a_lead_prepares_a_draft_which_nobody_else_sees(desk: Desk, ruth: Browser):
    """Its text, where it comes from, its figures, and no trace of it for others."""
    page = prepare(ruth)

    assert "What changed since Monday 9 March" in page.one("h1").text
    assert "4 patients are active now" in page.text
    assert "every number is checked against them · draft until you publish it" in page.text
    assert stored(desk).prepared_by == "Ruth Bergström"
    assert page.one("dl", class_="figures").text.startswith("Active4up 4")
    assert desk.maria.get("/changes/1").status == 404
    assert desk.maria.get("/changes/1/sentences/1").status == 404
    assert desk.maria.get("/api/v1/digests/1").status == 404
    assert "What changed since" not in desk.maria.get("/changes").text


def test_every_sentence_leads_to_its_patients_with_their_four_answers(desk: Desk, ruth: Browser):
    """As they are now, each with the way to the Patient page; what a name says is text."""
    page = prepare(ruth)
    links = [each.attrs["href"] for each in page.all("a", class_="c")]
    assert len(links) == len(sentences(desk))

    behind = ruth.get(links[0])
    assert [each.attrs["href"] for each in behind.all("a", class_="name")] == [f"/episodes/{number}" for number in range(1, 5)]
    assert [each.text for each in behind.all("th")] == ["Patient", "Status", "Next action", "Owner", "Blocked by"]
    assert "Ana <b>Ruiz</b>" in behind.text
    assert ruth.get("/changes/1/sentences/99").status == 404
    assert "digest 1 sentence 1" in str(desk.stored()["access_log"])


@pytest.mark.parametrize(
    ("period", "since", "until"),
    [
        ("monday", "2026-03-09T05:00", "2026-03-12T15:00"),
        ("last_week", "2026-03-02T06:00", "2026-03-09T05:00"),
        ("yesterday", "2026-03-11T05:00", "2026-03-12T05:00"),
    ],
)
def test_periods_are_those_of_the_clinics_clock(desk: Desk, ruth: Browser, period: str, since: str, until: str):
    """On Sunday 8 March 2026 the clocks went forward: last week is an hour short."""
    prepare(ruth, period)

    assert (stored(desk).since, stored(desk).until) == tuple(datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (since, until))


def test_the_next_period_begins_where_the_last_published_ended(desk: Desk, ruth: Browser):
    """So that nothing is told twice or left out; before there is one, the choice is not offered and not taken."""
    assert "No digest was published here yet" in ruth.post("/changes", period="published").problem
    prepare(ruth, "yesterday")
    publish(ruth)
    prepare(ruth, "published")

    assert stored(desk, 2).since == stored(desk, 1).until


def test_two_days_count_whole_and_a_wrong_choice_comes_back_as_it_was(desk: Desk, ruth: Browser):
    """Both days are kept in the form with what to mend."""
    page = prepare(ruth, "days", first_day="2026-03-12", last_day="2026-03-10")
    assert "The last day comes after the first" in page.problem
    assert page.one("input", name="last_day").attrs["value"] == "2026-03-10"
    assert "choose both days" in prepare(ruth, "days", first_day="2026-03-10").problem

    prepare(ruth, "days", first_day="2026-03-09", last_day="2026-03-10")
    assert stored(desk).until - stored(desk).since == timedelta(days=2)


def test_a_published_digest_is_read_by_everybody_and_stays(desk: Desk, ruth: Browser):
    """With its publisher; nothing of it can be edited after."""
    prepare(ruth)
    page = publish(ruth)
    assert "published by Ruth Bergström" in page.text

    assert "published by Ruth Bergström" in desk.maria.get("/changes").text
    assert not [form for form in desk.maria.get("/changes/1").forms if form.action.startswith("/changes")]
    assert desk.maria.get("/changes/1/sentences/1").status == 200
    assert edit(ruth, ["Other words."]).status == 409
    assert ruth.get("/changes/1/edit").status == 409
    assert stored(desk).number == 1


def test_what_contradicts_the_facts_is_kept_as_a_version_and_not_published(desk: Desk, ruth: Browser):
    """The page says at which sentence, what, and what to mend."""
    prepare(ruth)
    page = edit(ruth, ["5 patients are active now.", "Well done, thank you."])

    assert "1 sentence disagrees with the facts" in page.text
    assert page.all("mark", class_="wrong")
    assert "Sentence 1:" in page.one("ul", class_="mend").text
    refused = publish(ruth)
    assert refused.status == 422
    assert "contradicts the facts" in refused.problem
    assert stored(desk).standing is DigestStanding.DRAFT

    edit(ruth, ["4 patients are active now.", "Well done, thank you."], number="2")
    publish(ruth)
    assert (stored(desk).standing, stored(desk).number) == (DigestStanding.PUBLISHED, 3)


def test_a_persons_sentence_finds_its_facts_by_itself(desk: Desk, ruth: Browser):
    """Nobody has to name what a sentence rests on: it cites what it speaks of, and its patients stand behind it."""
    prepare(ruth)
    edit(ruth, ["4 patients are active now.", "Please look at the agenda."])

    with desk.database.read() as session:
        first, own = digests.wordings(session, 1)[-1].sentences
    assert first.facts == ("active",)
    assert own == Sentence("Please look at the agenda.", ())
    assert len(ruth.get("/changes/1").all("a", class_="c")) == 1


def test_sentences_are_added_and_removed_without_scripts(desk: Desk, ruth: Browser):
    """Each a button of the form; nothing is stored before it is saved."""
    prepare(ruth)
    before = sentences(desk)
    page = ruth.get("/changes/1/edit")
    page = ruth.submit(page.form("/changes/1/edit", having="below:0"), "below:0")
    assert [each.raw_text for each in page.all("textarea")][:2] == [before[0], ""]
    page = ruth.submit(page.form("/changes/1/edit", having="remove:0"), "remove:0")
    assert sentences(desk) == before
    ruth.submit(page.form("/changes/1/edit", having="save"), "save")

    assert sentences(desk) == before[1:]
    assert "at least one sentence" in edit(ruth, [""], number="2").problem


def test_the_check_beside_a_sentence_is_live_and_stores_nothing(desk: Desk, ruth: Browser):
    """htmx gets the words for each place; without scripts the button gives the page."""
    prepare(ruth)
    before = desk.stored(but=("access_log", "sessions"))
    page = edit(ruth, ["4 patients are active now.", "5 patients are active now.", ""], htmx=True)

    assert "Agrees with the facts: 4 patients behind it." in page.one(id="check-1").text
    assert page.one(id="check-2").all("ul", class_="mend")
    assert page.one(id="check-3").text == ""
    assert "5 patients are active now." in edit(ruth, ["5 patients are active now."], act="check").text
    assert desk.stored(but=("access_log", "sessions")) == before


def test_of_two_who_edit_the_second_is_told_and_loses_nothing(desk: Desk, ruth: Browser):
    """The words that were typed are still in the form."""
    prepare(ruth)
    edit(ruth, ["4 patients are active now."])
    page = edit(ruth, ["Mine."], number="1")

    assert page.status == 409
    assert "Somebody edited this digest in the meantime" in page.problem
    assert "Mine." in page.one("textarea", id="text-1").raw_text


def test_what_was_not_looked_at_is_not_published(desk: Desk, ruth: Browser):
    """The form names the version it showed."""
    prepare(ruth)
    page = ruth.get("/changes/1")
    edit(ruth, ["4 patients are active now."])

    assert ruth.submit(page.form("/changes/1/publish")).status == 409
    assert stored(desk).is_draft


def test_withdrawing_needs_a_reason_that_readers_see(desk: Desk, ruth: Browser):
    """A draft needs none."""
    prepare(ruth)
    publish(ruth)
    assert "Say why" in ruth.post("/changes/1/withdraw", reason=" ").problem
    ruth.post("/changes/1/withdraw", reason="Two <patients> were counted twice")

    assert "Two <patients> were counted twice" in desk.maria.get("/changes/1").text
    prepare(ruth)
    ruth.submit(ruth.get("/changes/2").form("/changes/2/withdraw"))
    assert stored(desk, 2).standing is DigestStanding.WITHDRAWN


def test_a_published_digest_says_how_many_figures_would_differ_today(desk: Desk, ruth: Browser):
    """A late entry changes the record, not what was published."""
    prepare(ruth)
    page = publish(ruth)
    assert "No figure would differ" in page.text
    with desk.database.write() as session:
        episode = episodes.load(session, 1)
        when = desk.clock() - timedelta(hours=1)
        events = close(episode, LANES[episode.lane], now=when, actor=person("ruth"), reason=ClosureReason.CARE_COMPLETED)
        episodes.record(session, 1, events, expected_version=episode.version)

    assert "figures would differ today" in ruth.get("/changes/1").text


def test_the_next_one_stands_beside_the_last_published(desk: Desk, ruth: Browser):
    """Headlines of both, with the way to the other."""
    prepare(ruth, "days", first_day="2026-03-09", last_day="2026-03-10")
    publish(ruth)
    page = prepare(ruth)

    assert "Beside the last published one" in page.text
    assert page.all("a", href="/changes/1")


def test_a_digest_is_sent_to_those_chosen_who_have_an_address(desk: Desk, ruth: Browser):
    """Once to each, also where the form is sent twice; without a mail server it waits, and the page says so."""
    with desk.database.write() as session:
        users.set_email(session, "maria", "maria@clinic.example")
    prepare(ruth)
    assert "Publish it first" in ruth.post("/changes/1/mails", recipient="1").problem
    publish(ruth)
    assert "No mail server is set up here" in ruth.get("/changes/1").text
    assert "Choose who is to get it." in ruth.post("/changes/1/mails").problem
    for _ in range(2):
        page = ruth.post("/changes/1/mails", [("recipient", "1"), ("recipient", "2")])

    assert "Maria Lopez: waiting to be sent" in page.text
    with desk.database.read() as session:
        assert [each.to for each in digest_mails.of_digest(session, 1)] == ["Maria Lopez"]


def test_a_schedule_is_set_changed_undone_and_switched_off(desk: Desk, ruth: Browser):
    """Each by a form of the page, and said in words."""
    page = ruth.submit(ruth.get("/changes").form("/changes/schedule", having="every"), every="week", weekday="4", hour="7")
    assert "every Friday at 7:00; next Fri 13 Mar 2026, 07:00" in page.text
    page = ruth.submit(page.form("/changes/schedule", having="every"), every="day", hour="9")
    assert "every day at 9:00" in page.text
    page = ruth.submit(page.form("/changes/schedule", having="back"), "back")
    assert "A draft is prepared every Friday at 7:00" in page.text
    page = ruth.submit(page.form("/changes/schedule", having="off"), "off")
    assert "None: digests of all lanes are prepared by hand." in page.text
    with desk.database.read() as session:
        assert digest_schedules.active(session) == []
        assert digest_schedules.former(session, None).rhythm.every in Every  # type: ignore[union-attr]


def test_a_mail_of_a_schedule_needs_somebody_to_get_it(ruth: Browser):
    """The refused form comes back as it was filled in."""
    page = ruth.post("/changes/schedule", every="day", hour="9", mails="1", lane="referral")

    assert "Choose who gets the mail" in page.problem
    assert page.one("select", name="hour").one("option", selected="*").text == "9:00"


def test_publishing_one_of_a_schedule_mails_those_whom_it_names(desk: Desk, ruth: Browser):
    """Nobody else, and only on publishing."""
    with desk.database.write() as session:
        users.set_email(session, "maria", "maria@clinic.example")
    ruth.post("/changes/schedule", [("recipient", "1")], every="day", hour="9", mails="1")
    prepare(ruth)
    with desk.database.write() as session:
        session.connection().exec_driver_sql("UPDATE digests SET schedule_id = 1, period = '2026-03-12'")
    publish(ruth)

    with desk.database.read() as session:
        assert [(each.to, each.kind) for each in digest_mails.of_digest(session, 1)] == [("Maria Lopez", "published")]


@pytest.mark.parametrize("what", ["edit", "publish", "withdraw", "mails"])
def test_a_coordinator_decides_nothing_by_a_form_of_their_own(desk: Desk, ruth: Browser, what: str):
    """The page without a form is not what keeps them from it."""
    prepare(ruth)
    before = desk.stored(but=("access_log", "sessions"))

    assert desk.maria.post(f"/changes/1/{what}", text="x", number="1", reason="x", recipient="1").status == 403
    assert desk.maria.post("/changes", period="monday").status == 403
    assert desk.maria.post("/changes/schedule", every="day", hour="8").status == 403
    assert desk.stored(but=("access_log", "sessions")) == before


def test_a_program_gets_the_same(desk: Desk, ruth: Browser):
    """Facts, sentences with their episodes, and how it stands."""
    prepare(ruth, lane=LaneName.REFERRAL.value)
    told = ruth.get("/api/v1/digests/1").response.json()

    assert (told["standing"], told["lane"]) == ("draft", "referral")
    assert told["sentences"][0]["episodes"] == [1, 2, 3, 4]
    assert {fact for each in told["sentences"] for fact in each["facts"]} <= {fact["id"] for fact in told["facts"]}


def test_everybody_sets_their_own_address(desk: Desk):
    """One plain address or none."""
    page = desk.maria.submit(desk.maria.get("/account").form("/account/address"), email="maria@clinic.example")
    assert page.one("input", name="email").attrs["value"] == "maria@clinic.example"
    page = desk.maria.post("/account/address", email="a@b.example, c@d.example")
    assert "no e-mail address" in page.problem
    with desk.database.read() as session:
        assert users.by_username(session, "maria").email == "maria@clinic.example"
