"""Adding what the assistant missed, from words of the note."""

import pytest

from tests.builders import CALL, TEXT, a_suggestion
from tests.review_ui.desk import Browser, Desk
from tests.review_ui.html import Page
from workflow.suggestions import BlockerPayload, EscalationPayload, OutreachAttemptPayload, TaskPayload
from workflow.vocabulary import Action, BlockerCategory, Channel, EscalationReason, Outcome, OwnerRole

ADDED = {
    "task:request_document": TaskPayload(action=Action.REQUEST_DOCUMENT, owner_role=OwnerRole.SCHEDULER),
    "blocker:transport": BlockerPayload(category=BlockerCategory.TRANSPORT),
    "outreach_attempt:call": OutreachAttemptPayload(channel=Channel.CALL, outcome=Outcome.NO_ANSWER, count=2),
    "escalation:safety_concern": EscalationPayload(reason=EscalationReason.SAFETY_CONCERN),
}
ALL = {"owner_role": "scheduler", "due": "", "outcome": "no_answer", "count": "2"}


def add(
    desk: Desk, browser: Browser, note: int, quote: str, label: str = "blocker:transport", *, htmx: bool = False, **fields: str
) -> Page:
    """Fill in the form on the note's page and send it."""
    form = browser.get(f"/review/{note}").form(f"/notes/{note}/missed")
    return browser.submit(form, htmx=htmx, **({"quote": quote, "label": label} | ALL | fields))


@pytest.mark.parametrize("label", ADDED)
@pytest.mark.parametrize("htmx", [False, True])
def test_what_was_missed_is_stored_as_the_reviewers_and_accepted(desk: Desk, maria: Browser, label: str, htmx: bool):
    """Every kind can be added; the record knows that a person found it, which is how recall is measured."""
    note = desk.note(items=[])

    page = add(desk, maria, note, "No ride to clinic", label, htmx=htmx)

    (item,) = desk.on(note)
    assert page.status == 200
    assert (item.origin, item.standing, item.payload, item.evidence) == ("reviewer", "accepted", ADDED[label], "No ride to clinic")
    assert TEXT[item.start : item.end] == item.evidence
    assert desk.decisions()[0].action == "accept"
    assert desk.episode().version > 1
    assert "added by hand" in page.text


def test_every_label_of_the_form_can_be_added(desk: Desk, maria: Browser):
    """No choice in the list leads to an error."""
    note = desk.note(items=[])
    labels = [label for label in maria.get(f"/review/{note}").form(f"/notes/{note}/missed").choices("label") if label]

    assert len(labels) == 12 + 11 + 6 + 5
    for number, label in enumerate(labels):
        fresh = desk.note(f"n-{number}-x", patient=f"p-{number}", items=[])
        assert add(desk, maria, fresh, "No ride", label).status == 200, label
        assert len(desk.on(fresh)) == 1


def test_the_offsets_decide_between_two_places_with_the_same_words(desk: Desk, maria: Browser):
    """What was selected is what is marked, not the first words that look like it."""
    text = "No ride on Monday. No ride on Friday."
    note = desk.note(text=text, items=[])

    add(desk, maria, note, "No ride", start="19")

    assert desk.on(note)[0].start == 19


@pytest.mark.parametrize("start", ["", "3", "999", "-1", "abc", "9" * 30, "١"])
def test_words_alone_are_enough(desk: Desk, maria: Browser, start: str):
    """Without scripts one copies the words; an offset that does not fit them is passed over."""
    note = desk.note(items=[])

    assert add(desk, maria, note, "no ride  to\nclinic", start=start).status == 200
    assert desk.on(note)[0].evidence == "No ride to clinic"


def test_a_selection_over_a_line_end_stays_where_it_was_made(desk: Desk, maria: Browser):
    """A form sends line ends as CR LF; the words are still those that were selected."""
    text = "No ride\nto clinic. Later: no answer. No ride\nto clinic again."
    note = desk.note(text=text, items=[])
    second = text.rindex("No ride")

    add(desk, maria, note, "No ride\r\nto clinic", start=str(second))

    assert desk.on(note)[0].start == second


def test_a_selection_over_hidden_characters_finds_them(desk: Desk, maria: Browser):
    """The page shows a hidden character as ◌; selecting over it works all the same."""
    text = "Pt has no\u200b ride\r\nto the clinic."
    note = desk.note(text=text, items=[])
    shown = maria.get(f"/review/{note}").one(id="text").raw_text
    quote = shown[shown.index("no") : shown.index(" clinic")]

    page = add(desk, maria, note, quote.replace("\n", "\r\n"), start=str(shown.index("no")))

    assert page.status == 200
    assert desk.on(note)[0].evidence == "no\u200b ride\r\nto the"


def test_a_selection_of_nothing_but_a_hidden_character_is_refused(desk: Desk, maria: Browser):
    """What cannot be read is no evidence."""
    note = desk.note(text="No\x1cride", items=[])

    assert add(desk, maria, note, "◌", start="2").status == 422
    assert desk.on(note) == []


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("quote", ["has a ride", "No rides", "clinic ride", "◌", "?!", "No ride to clinic and chest pain"])
def test_words_that_are_not_in_the_note_are_refused_with_the_remedy(desk: Desk, maria: Browser, quote: str, htmx: bool):
    """Evidence is never made up, not by a person either; the answer says how to mend it and stores nothing."""
    note = desk.note(items=[])
    before = desk.stored(but=("access_log", "viewers"))

    page = add(desk, maria, note, quote, htmx=htmx)

    assert page.status == 422
    assert f"“{quote}” does not stand in this note. Select the words in the note, or copy them exactly." in page.problem
    assert desk.stored(but=("access_log", "viewers")) == before


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"quote": ""}, "Words from the note: select them in the note, or copy them here."),
        ({"quote": "   "}, "Words from the note: select them in the note, or copy them here."),
        ({"label": ""}, "What it is: choose one of the list."),
        ({"label": "blocker"}, "What it is: choose one of the list."),
        ({"label": "blocker:nonsense"}, "What it is: choose one of the list."),
        ({"label": "task:transport"}, "What it is: choose one of the list."),
        ({"label": "note:transport"}, "What it is: choose one of the list."),
        ({"label": "task:call_patient", "owner_role": "boss"}, "Owner role: choose one of the list."),
        ({"label": "task:call_patient", "due": "soon"}, "Due: write a day like 2026-03-10."),
        ({"label": "task:call_patient", "due": "2026-02-30"}, "Due: write a day like 2026-03-10."),
        ({"label": "task:call_patient", "due": "9999-01-01"}, "Due: 9999-01-01 is too far away."),
        ({"label": "task:call_patient", "due": "0001-01-01"}, "Due: 0001-01-01 is too far away."),
        ({"label": "outreach_attempt:call", "count": "0"}, "Count: a whole number from 1 to 99 is needed."),
        ({"label": "outreach_attempt:call", "count": "100"}, "Count: a whole number from 1 to 99 is needed."),
        ({"label": "outreach_attempt:call", "count": "1e3"}, "Count: a whole number from 1 to 99 is needed."),
        ({"label": "outreach_attempt:call", "outcome": "fine"}, "Outcome: choose one of the list."),
    ],
)
def test_a_field_that_cannot_be_understood_is_named_with_the_remedy(desk: Desk, maria: Browser, fields: dict[str, str], said: str):
    """The page stays, says which field, and stores nothing."""
    note = desk.note(items=[])

    page = add(desk, maria, note, **({"quote": "No ride"} | fields))

    assert (page.status, page.problem.removesuffix(" See what happened")) == (422, said)
    assert desk.on(note) == []


def test_what_was_typed_is_still_there_after_a_refusal(desk: Desk, maria: Browser):
    """Nobody types a quote twice because a label was missing."""
    note = desk.note(items=[])

    page = add(desk, maria, note, "No ride", label="")

    assert page.form(f"/notes/{note}/missed").element.one("textarea").raw_text == "No ride"


def test_undoing_what_was_added_makes_it_go_away(desk: Desk, maria: Browser):
    """It was never the assistant's: pending again would be nobody's suggestion."""
    note = desk.note(items=[])
    page = add(desk, maria, note, "No ride")
    item = desk.on(note)[0]

    page = maria.submit(desk.form(maria, item, "undo", page))

    assert desk.on(note) == []
    assert desk.standing(item.id) == "superseded"
    assert desk.episode().blockers == ()
    assert "Nothing found in this note" in page.text


def test_it_can_be_added_again_after_an_undo(desk: Desk, maria: Browser):
    """A slip is mended by doing it again."""
    note = desk.note(items=[])
    add(desk, maria, note, "No ride")
    desk.decide(maria, desk.on(note)[0], "undo")

    assert add(desk, maria, note, "No ride").status == 200
    assert desk.on(note)[0].standing == "accepted"


def test_adding_the_same_twice_is_told(desk: Desk, maria: Browser):
    """The same label on the same words is one suggestion."""
    note = desk.note(items=[])
    add(desk, maria, note, "No ride")

    page = add(desk, maria, note, "No ride")

    assert page.status == 409
    assert len(desk.on(note)) == len(desk.decisions()) == 1


def test_adding_what_the_assistant_suggested_already_accepts_that(desk: Desk, maria: Browser):
    """A card one overlooked counts as the assistant's find, not as a miss."""
    note = desk.note(items=[a_suggestion(CALL)])

    add(desk, maria, note, "Will call again Thurs", "task:call_patient", owner_role="care_coordinator", due="2026-03-12")

    (item,) = desk.on(note)
    assert (item.origin, item.standing) == ("assistant", "accepted")


def test_an_old_page_adds_nothing(desk: Desk, maria: Browser):
    """The episode moved meanwhile: one sees that first."""
    note = desk.note(items=[])
    form = maria.get(f"/review/{note}").form(f"/notes/{note}/missed")
    add(desk, desk.dana(), note, "PA still pending", "blocker:authorization")

    page = maria.submit(form, quote="No ride", label="blocker:transport")

    assert page.status == 409
    assert len(desk.on(note)) == 1
