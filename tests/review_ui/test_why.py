"""Why?: every card says where it comes from, in words, without scripts."""

from dataclasses import replace

import pytest

from store import suggestions
from store.suggestions import NewReading, NewSuggestion
from tests.builders import CALL, NO_ANSWER, NO_RIDE, NOW, TEXT, a_reading, a_suggestion
from tests.review_ui.desk import Browser, Desk
from tests.review_ui.html import Page


def why(page: Page, suggestion_id: int) -> dict[str, str]:
    """What the card's Why? says, by what it is about."""
    (told,) = page.one(id=f"suggestion-{suggestion_id}").all("details", class_="why")
    assert told.one("summary").text == "Why?"
    return {each.one("dt").text: each.one("dd").text for each in told.all("div")}


def read_by(desk: Desk, *items: NewSuggestion, **reader: str | None) -> int:
    """A note that this reader read; returns its id."""
    note = desk.unread_note()
    reading: NewReading = replace(a_reading(*items), **reader)  # type: ignore[arg-type]
    with desk.database.write() as session:
        suggestions.save_reading(session, note, reading, now=NOW)
    return note


def test_a_task_says_its_words_its_date_its_reader_and_its_like(desk: Desk, maria: Browser) -> None:
    """Everything a reviewer may ask before believing it."""
    task = replace(a_suggestion(CALL), time_phrase="Thurs")
    note = read_by(desk, task, assistant="llm", model="small-7b", prompt="read_note", prompt_version="v1", content_hash="0123456789abcdef")
    card = desk.one(note, "task")

    assert why(maria.get(f"/review/{note}"), card.id) == {
        "Words": "“Will call again Thurs”, in the note of Tue 10 Mar 2026",
        "Due": "Thu 12 Mar: “Thurs”, counted by rule from the note’s own day, Tue 10 Mar",
        "Read by": "small-7b, prompt read_note@v1 (0123456789ab), Tue 10 Mar 2026, 10:00",
        "How sure": "8 in 10 like this are accepted: a starting value for every task suggestion of a model, not yet from decisions",
        "Others like it": "nobody has decided one with this label lately",
    }


@pytest.mark.parametrize(
    ("due", "phrase", "told"),
    [
        (None, None, "the note gives no time for it; the lane’s cadence gives one"),
        (None, "soon", "“soon” is no day that the rules can compute; the lane’s cadence gives one"),
        (CALL.due, None, "Thu 12 Mar, by rule from the note’s own day, Tue 10 Mar"),
    ],
)
def test_a_date_that_the_note_does_not_tell_is_said(desk: Desk, maria: Browser, due: object, phrase: str | None, told: str) -> None:
    """Nobody takes the lane's date for the note's."""
    note = read_by(desk, replace(a_suggestion(CALL.model_copy(update={"due": due})), time_phrase=phrase))

    assert why(maria.get(f"/review/{note}"), desk.one(note, "task").id)["Due"] == told


def test_a_stand_in_says_for_whom(desk: Desk, maria: Browser) -> None:
    """And the embedded assistant names the hash by which it can be recalled."""
    note = read_by(desk, a_suggestion(NO_ANSWER, "Called pt, no answer"), stood_in_for="llm", content_hash="fedcba9876543210")

    told = why(maria.get(f"/review/{note}"), desk.one(note, "outreach_attempt").id)

    assert "model fedcba987654)" in told["Read by"]
    assert ", standing in for the llm assistant, which did not answer, " in told["Read by"]
    assert told["How often"] == "1 time, counted by rule from the note’s words"


LEARNT = (
    "3 in 10 like this are accepted, learnt from 412 decisions about blocker suggestions of the embedded assistant, "
    "by how sure it was; edited counts as accepted"
)


@pytest.mark.parametrize(
    ("learnt_from", "told"),
    [
        (None, "3 in 10 like this are accepted: learnt from labelled notes, not yet from decisions"),
        (
            412,
            LEARNT,
        ),
    ],
)
def test_where_the_number_on_the_card_comes_from_is_said(desk: Desk, maria: Browser, learnt_from: int | None, told: str) -> None:
    """It is about a kind and how sure its reader was; others like it are those with the same label. The card shows the same number."""
    note = read_by(desk, replace(a_suggestion(NO_RIDE, "No ride", confidence=0.31), own_confidence=0.8, learnt_from=learnt_from))
    page = maria.get(f"/review/{note}")
    card = desk.one(note, "blocker")

    assert why(page, card.id)["How sure"] == told
    assert "3 in 10 like this are accepted" in page.one(id=f"suggestion-{card.id}").one("header").text


def test_others_like_it_are_counted_as_people_decided_them(desk: Desk, maria: Browser) -> None:
    """The same label, whatever the patient; another label, or one added by hand, is none."""
    for number, decision in enumerate(("accept", "accept", "reject")):
        note = desk.note(f"n-{number}", patient=f"p-{number}", items=[a_suggestion(NO_RIDE, "No ride"), a_suggestion(CALL)])
        values = {"reject_reason": "not_in_note"} if decision == "reject" else {}
        desk.decide(maria, desk.one(note, "blocker"), decision, **values)
    note = desk.note("n-9", patient="p-9", items=[a_suggestion(NO_RIDE, "No ride"), a_suggestion(CALL)])

    page = maria.get(f"/review/{note}")

    assert why(page, desk.one(note, "blocker").id)["Others like it"] == (
        "3 with this label decided lately, whoever read the note: 2 accepted as they were, 0 edited, 1 rejected"
    )
    assert why(page, desk.one(note, "task").id)["Others like it"] == "nobody has decided one with this label lately"


def test_a_decided_card_and_the_patients_history_lead_to_it_too(desk: Desk, maria: Browser) -> None:
    """Weeks later somebody asks why this task is there."""
    note = desk.note(items=[a_suggestion(CALL)])
    card = desk.one(note, "task")
    desk.decide(maria, card, "accept")

    patient = maria.get(f"/episodes/{desk.episode_of(note)}")
    (link,) = [each for each in patient.all("a") if each.text == "from a note: why?"]

    assert link.attrs["href"] == f"/review/{note}#suggestion-{card.id}"
    assert why(maria.get(f"/review/{note}"), card.id)["Words"].startswith("“Will call again Thurs”")


def test_what_was_added_by_hand_says_so(desk: Desk, maria: Browser) -> None:
    """No assistant is credited with it."""
    note = desk.note(items=[])
    page = maria.get(f"/review/{note}")
    form = page.form(f"/notes/{note}/missed")
    maria.submit(form, quote="No ride", label="blocker:transport")

    assert why(maria.get(f"/review/{note}"), desk.one(note, "blocker").id) == {
        "Words": "“No ride”, in the note of Tue 10 Mar 2026",
        "Made by": "a reviewer, by hand: no assistant had suggested it",
    }
    assert "No ride" in TEXT
