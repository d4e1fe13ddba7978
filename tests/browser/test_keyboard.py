"""A coordinator clears notes with the keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clinic import BEN, BENS, EVA, ROSA, Clinic
from tests.browser.conftest import Open, Watched


def focused_card(page: Page) -> str:
    """The label of the card that has the focus."""
    return str(page.evaluate("document.activeElement.closest('[data-card]')?.getAttribute('aria-label') ?? ''"))


def lit(page: Page) -> list[str]:
    """The words of the note that are lit."""
    return page.locator("#text mark.on").all_inner_texts()


def focus_is(page: Page, name: str) -> None:
    expect(page.locator(":focus")).to_have_attribute("aria-label", name)


def select(page: Page, words: str, nth: int = 0) -> None:
    """Select words of the note, as a mouse would."""
    page.evaluate(
        """([words, nth]) => {
          const root = document.getElementById("text");
          const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
          let all = "", nodes = [];
          while (walker.nextNode()) { nodes.push([all.length, walker.currentNode]); all += walker.currentNode.data; }
          let at = -1;
          for (let n = 0; n <= nth; n++) at = all.indexOf(words, at + 1);
          const place = (offset) => { const [start, node] = nodes.findLast(([s]) => s <= offset); return [node, offset - start]; };
          const range = document.createRange();
          range.setStart(...place(at));
          const [node, end] = place(at + words.length - 1);
          range.setEnd(node, end + 1);
          getSelection().removeAllRanges();
          getSelection().addRange(range);
        }""",
        [words, nth],
    )


def test_a_whole_note_by_keyboard_alone(clinic: Clinic, page: Page, watched: Watched):
    """Accept, edit, reject with a reason, add what was missed, undo, go on: each decision stored, each with its time, focus never lost."""
    page.goto("/review")
    page.wait_for_url(f"**/review/{ROSA}")
    focus_is(page, "escalation: Escalate: worsening symptoms")
    assert lit(page) == ["Chest pain worse today"]
    expect(page.locator("#four dl:visible ins").first).to_have_text("Escalated")

    page.keyboard.press("a")
    focus_is(page, "attempt: Call, no answer")
    assert lit(page) == ["Called pt, no answer"]
    expect(page.locator("#toast")).to_contain_text("Accepted: Escalate: worsening symptoms.")

    page.keyboard.press("j")
    focus_is(page, "task: Call patient")
    page.keyboard.press("e")
    card = page.locator("[data-card].on")
    expect(card.get_by_label("Action")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("Sched")
    expect(card.get_by_label("Owner")).to_have_value("scheduler")
    page.keyboard.press("Tab")
    page.keyboard.type("03202026")
    expect(card.get_by_label("Due")).to_have_value("2026-03-20")
    page.keyboard.press("Enter")
    focus_is(page, "blocker: Transport")

    page.keyboard.press("r")
    page.keyboard.press("6")
    focus_is(page, "blocker: Authorization")

    select(page, "Thurs")
    page.keyboard.press("m")
    missed = page.locator("[data-missed]")
    expect(missed.get_by_label("Words from the note")).to_have_value("Thurs")
    expect(missed.get_by_label("What it is")).to_be_focused()
    page.keyboard.type("Transport")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("Added: Transport.")

    page.wait_for_function("() => document.activeElement?.matches('[data-card]')", polling=50)
    page.keyboard.press("u")
    expect(page.locator("#toast")).to_contain_text("Undone: Transport.")

    page.wait_for_function("() => document.activeElement?.matches('[data-card]')", polling=50)
    page.keyboard.press("k")
    page.keyboard.press("k")
    focus_is(page, "attempt: Call, no answer")
    page.keyboard.press("a")
    focus_is(page, "blocker: Authorization")
    page.keyboard.press("a")
    expect(page.get_by_text("All decided.")).to_be_visible()
    expect(page.locator("[data-finish]")).to_be_focused()
    page.keyboard.press("n")
    page.wait_for_url(re.compile(rf"/review/({BEN}|{EVA})"))

    assert clinic.standings(ROSA) == {
        "Called pt, no answer": "accepted",
        "Will call again Thurs": "edited",
        "No ride": "rejected",
        "PA still pending": "accepted",
        "Chest pain worse today": "accepted",
    }
    edited = clinic.one(ROSA, "task").final
    assert (edited.owner_role, edited.due.isoformat()) == ("scheduler", "2026-03-20")
    decisions = clinic.decisions()
    assert [each.action for each in decisions] == ["accept", "edit", "reject", "accept", "undo", "accept", "accept"]
    assert decisions[2].reject_reason == "patient_will_do_it"
    timed = [each.seconds for each in decisions if each.action != "undo"]
    assert all(seconds is not None and 0 <= seconds < 60 for seconds in (timed[0], timed[1], timed[2], timed[4], timed[5]))
    assert watched.errors == []


def test_j_and_k_walk_the_cards_and_their_words_light_up(page: Page):
    """Forward, back, and no further than the ends."""
    page.goto(f"/review/{ROSA}")
    order = page.locator("[data-card]").evaluate_all("cards => cards.map(card => card.getAttribute('aria-label'))")

    for name in [*order[1:], order[-1]]:
        page.keyboard.press("j")
        focus_is(page, name)
        assert len(lit(page)) == 1
        assert page.locator("[data-card].on").count() == 1
    for name in [*order[-2::-1], order[0]]:
        page.keyboard.press("k")
        focus_is(page, name)


def test_s_skips_and_leaves_it_pending(clinic: Clinic, page: Page):
    """Not sure yet: on to the next card, nothing decided."""
    page.goto(f"/review/{BEN}")
    focus_is(page, "blocker: Transport")
    page.keyboard.press("s")
    focus_is(page, "task: Call patient")

    assert clinic.decisions() == []


def test_shift_a_accepts_all_but_escalations_and_attempts(clinic: Clinic, page: Page):
    """One key for the plain ones; what remains keeps the focus."""
    page.goto(f"/review/{ROSA}")
    page.keyboard.press("Shift+A")
    expect(page.locator("#toast")).to_contain_text("Accepted 3 suggestions.")

    assert sorted(item.kind.value for item in clinic.on(ROSA) if item.standing == "pending") == ["escalation", "outreach_attempt"]
    page.wait_for_function("() => document.activeElement?.matches('[data-card]')", polling=50)


def test_a_capital_from_caps_lock_does_not_accept_everything(clinic: Clinic, page: Page):
    """Caps Lock sends A without Shift; accepting a whole note must be meant."""
    page.goto(f"/review/{ROSA}")
    page.evaluate("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'A', bubbles: true, shiftKey: false}))")
    page.wait_for_timeout(300)

    assert clinic.decisions() == []


def test_p_goes_back_and_n_goes_on_without_finishing_what_is_pending(clinic: Clinic, page: Page):
    """Walking through the list decides nothing."""
    page.goto(f"/review/{ROSA}")
    page.keyboard.press("n")
    page.wait_for_url(f"**/review/{BEN}**")
    page.wait_for_function("() => document.activeElement?.matches('[data-card]')", polling=50)
    page.keyboard.press("p")
    page.wait_for_url(f"**/review/{ROSA}**")

    assert clinic.decisions() == []


def test_n_confirms_an_empty_note(clinic: Clinic, page: Page):
    """Nothing found, nothing missed: one key says so."""
    page.goto(f"/review/{EVA}")
    expect(page.get_by_text("Nothing found in this note")).to_be_visible()
    page.keyboard.press("n")
    page.wait_for_url(re.compile(rf"/review/({ROSA}|{BEN})"))

    assert clinic.on(EVA) == []


def test_g_and_a_letter_go_to_a_page(page: Page):
    """Two keys from anywhere."""
    page.goto(f"/review/{BEN}")
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url(re.compile(r"/queue$"))
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url(re.compile(r"/agenda$"))
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url(re.compile(r"/review/\d+$"))


def test_a_key_after_g_that_leads_nowhere_decides_nothing(clinic: Clinic, page: Page):
    """g then a slip of the finger is no decision."""
    page.goto(f"/review/{BEN}")
    focus_is(page, "blocker: Transport")
    for key in "Aueme":
        page.keyboard.press("g")
        page.keyboard.press(key)
    page.wait_for_timeout(300)

    assert clinic.decisions() == []
    assert page.locator("details[open]").count() == 0


def test_slash_focuses_the_search(page: Page):
    """On the queue its own search, elsewhere the one of the top bar."""
    page.goto(f"/review/{BEN}")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("okoro")
    page.keyboard.press("Enter")
    page.wait_for_url("**/queue?q=okoro")
    page.keyboard.press("/")
    expect(page.get_by_placeholder("Patient, blocker, owner")).to_be_focused()


def test_the_list_of_keys_opens_and_closes(page: Page, watched: Watched):
    """Question mark opens it as a dialog, Escape closes it, and the focus comes back."""
    page.goto(f"/review/{BEN}")
    focus_is(page, "blocker: Transport")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    focus_is(page, "blocker: Transport")
    assert watched.errors == []


def test_keys_do_not_fire_inside_a_field(clinic: Clinic, page: Page):
    """Typing a name in the search, or words in a form, is typing."""
    page.goto(f"/review/{BEN}")
    page.keyboard.press("/")
    page.keyboard.type("aAernsjkmup?g")
    expect(page.locator("#search")).to_have_value("aAernsjkmup?g")
    page.locator("[data-missed] summary").click()
    page.locator("[data-quote]").fill("")
    page.locator("[data-quote]").press_sequentially("ar1ejun")
    page.wait_for_timeout(200)

    assert clinic.decisions() == []
    assert page.url.endswith(f"/review/{BEN}")


@pytest.mark.parametrize("modifier", ["Control", "Alt", "Meta"])
def test_keys_with_a_modifier_belong_to_the_browser(clinic: Clinic, page: Page, modifier: str):
    """Ctrl+A selects the page and accepts nothing."""
    page.goto(f"/review/{BEN}")
    focus_is(page, "blocker: Transport")
    page.keyboard.press(f"{modifier}+a")
    page.wait_for_timeout(200)

    assert clinic.decisions() == []


def test_escape_leaves_an_edit_without_saving(clinic: Clinic, page: Page):
    """Back to the card, nothing decided."""
    page.goto(f"/review/{BEN}")
    focus_is(page, "blocker: Transport")
    page.keyboard.press("e")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    focus_is(page, "blocker: Transport")

    assert clinic.decisions() == []
    assert page.locator("details[open]").count() == 0


def test_enter_in_the_edit_form_saves_the_edit(clinic: Clinic, page: Page):
    """It never accepts the suggestion unedited."""
    page.goto(f"/review/{ROSA}")
    page.keyboard.press("j")
    focus_is(page, "attempt: Call, no answer")
    page.keyboard.press("e")
    page.locator("[data-card].on").get_by_label("How often").fill("2")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("Edited: 2 calls, no answer.")

    assert clinic.one(ROSA, "outreach_attempt").final.count == 2


def test_a_number_after_r_gives_the_reason_also_when_opened_by_mouse(clinic: Clinic, page: Page):
    """The digits that stand beside the reasons work whenever they are shown."""
    page.goto(f"/review/{BEN}")
    focus_is(page, "blocker: Transport")
    page.locator("[data-card].on [data-reject] summary").click()
    page.keyboard.press("4")
    expect(page.locator("#toast")).to_contain_text("Rejected, duplicate")

    assert clinic.decisions()[0].reject_reason == "duplicate"


def test_a_selection_is_added_where_it_was_made(clinic: Clinic, page: Page):
    """Of two places with the same words, across a line end, the one that was selected is stored."""
    page.goto(f"/review/{BEN}")
    select(page, "no ride", 1)
    page.keyboard.press("m")
    page.locator("[data-label]").select_option("blocker:other")
    page.get_by_role("button", name="Add and accept").click()
    expect(page.locator("#toast")).to_contain_text("Added: Other.")

    added = next(item for item in clinic.on(BEN) if item.origin == "reviewer")
    assert added.start == BENS.rindex("no ride")
    select(page, "pending. \nWill")
    page.keyboard.press("m")
    page.locator("[data-label]").select_option("blocker:authorization")
    page.get_by_role("button", name="Add and accept").click()
    expect(page.locator("#toast")).to_contain_text("Added: Authorization.")
    assert "pending.\r\nWill" in clinic.standings(BEN)


def test_pressing_a_fast_decides_each_card_once(clinic: Clinic, page: Page):
    """A quick hand never decides a card it has not seen."""
    page.goto(f"/review/{BEN}")
    focus_is(page, "blocker: Transport")
    page.evaluate(
        "for (let i = 0; i < 3; i++) document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'a', bubbles: true}))"
    )
    expect(page.locator("#toast")).to_contain_text("Accepted")
    page.wait_for_timeout(400)

    assert [decision.action for decision in clinic.decisions()] == ["accept"]


def test_two_people_the_second_is_told(clinic: Clinic, page: Page):
    """Dana decides while Maria looks: Maria is told what Dana did, the page shows it, nothing of hers is applied."""
    page.goto(f"/review/{BEN}")
    focus_is(page, "blocker: Transport")
    clinic.dana_accepts(clinic.one(BEN, "blocker").id)

    page.keyboard.press("a")

    expect(page.get_by_role("alert")).to_contain_text("Dana Whitfield accepted it first. Nothing of yours was lost or applied.")
    expect(page.locator("#problem")).to_be_focused()
    expect(page.locator("article.done")).to_contain_text("Dana Whitfield accepted it")
    assert len(clinic.decisions()) == 1
    page.keyboard.press("j")
    focus_is(page, "task: Call patient")


def test_two_windows_see_each_others_name(clinic: Clinic, page: Page, open_as: Open):
    """Each sees that the other has the note open."""
    page.goto(f"/review/{BEN}")
    other = open_as("dana")
    other.goto(f"/review/{BEN}")

    expect(other.get_by_text("Maria Lopez has this note open too")).to_be_visible()


def test_a_server_that_cannot_be_reached_is_told(page: Page):
    """Nothing was stored, and one is told to try again."""
    page.goto(f"/review/{BEN}")
    focus_is(page, "blocker: Transport")
    page.context.set_offline(True)
    page.keyboard.press("a")

    expect(page.locator("#toast")).to_contain_text("The server cannot be reached. Nothing was stored; try again.")


def test_the_page_says_what_it_is_to_those_who_hear_it(page: Page):
    """Landmarks and names: the cards, the answers, the toast."""
    page.goto(f"/review/{ROSA}")

    for role, name in (("navigation", "Main"), ("complementary", "Notes to review"), ("region", "Suggestions"), ("article", "Note")):
        expect(page.get_by_role(role, name=name)).to_be_visible()
    assert page.locator("#toast").get_attribute("role") == "status"
    assert page.locator("#four dl:visible").get_attribute("aria-label") == "If “Escalate: worsening symptoms” is accepted"
    assert page.locator("article[data-card]").first.get_attribute("tabindex") == "0"


def test_a_mouse_can_skip(clinic: Clinic, page: Page):
    """Skip leaves the suggestion undecided and goes on to the next; past the last it leads to what stands below the cards."""
    page.goto(f"/review/{ROSA}")
    first, second = page.locator("[data-card]").nth(0), page.locator("[data-card]").nth(1)
    first.locator("[data-skip]").click()

    expect(second).to_be_focused()
    assert "on" in str(second.get_attribute("class")).split()
    expect(page.locator("[data-card]")).to_have_count(5)
    page.locator("[data-card]").last.locator("[data-skip]").click()
    expect(page.locator("#add-missed")).to_be_focused()


def test_patients_are_chosen_by_key_and_in_runs(page: Page, watched: Watched):
    """j and x, shift and click; the bar says how many, and the preview shows exactly those."""
    page.goto("/queue")
    boxes = page.locator("[data-pick]")
    shown = boxes.count()
    told = page.locator("[data-chosen]")
    expect(told).to_have_text("Choose patients to change many at once")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(told).to_have_text("1 chosen")
    boxes.last.click(modifiers=["Shift"])
    expect(told).to_have_text(f"{shown} chosen")
    boxes.first.click()
    page.locator("#bulk").get_by_role("button", name="Preview the status").click()

    expect(page.locator("tbody tr")).to_have_count(shown - 1)
    expect(page.get_by_text("Nothing is changed yet.")).to_be_visible()
    assert watched.errors == []
