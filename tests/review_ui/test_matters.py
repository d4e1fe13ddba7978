"""What matters now, on the Patient page and for a program: lines that lead to where they stand in the record."""

from store import contexts
from store.contexts import Context
from tests.builders import NOW, WORSE, a_suggestion
from tests.review_ui.desk import Browser, Desk

HOSTILE = "Called pt. <script>alert(1)</script> Chest pain worse today."


def test_each_line_leads_to_the_note_or_the_entry(desk: Desk, maria: Browser) -> None:
    """And the words of the note are text."""
    words = "<script>alert(1)</script> Chest pain worse today"
    note = desk.note(text=HOSTILE, items=[a_suggestion(WORSE, words, text=HOSTILE)])
    page = maria.get("/episodes/1")
    panel = page.one("section", class_="matters")
    links = [link.attrs["href"] for link in panel.all("a")]

    assert f"“{words}”" in panel.text
    assert f"#note-{note}" in links
    assert page.one(id=f"note-{note}")
    assert all(page.one(id=link.removeprefix("#")) for link in links)
    assert panel.all("script") == []
    assert "Put together just now" in panel.text


def test_a_program_gets_the_same(desk: Desk, maria: Browser) -> None:
    """With the place in the record of each line."""
    note = desk.note(items=[a_suggestion(WORSE, "Chest pain worse today")])
    told = maria.client.get("/api/v1/episodes/1/context").json()

    assert told["lines"][0]["text"].startswith("Suggested, not decided: escalate for worsening symptoms.")
    assert told["lines"][0]["rests_on"][0] == {"at": f"note-{note}", "what": "note of Tue 10 Mar", "quote": "Chest pain worse today"}


def test_what_was_worded_before_the_record_moved_is_marked(desk: Desk, maria: Browser) -> None:
    """It is never shown as how things stand."""
    desk.note(items=[])
    old = Context(0, "another", [{"text": "All is well.", "cited": []}], "llm", "small-7b", "summarise_context", "v1", "abc", None, {}, NOW)
    with desk.database.write() as session:
        contexts.save(session, 1, old)
    panel = maria.get("/episodes/1").one("section", class_="matters")

    assert "Out of date: small-7b, prompt summarise_context@v1 wrote this" in panel.one("details").text
    assert "All is well." not in panel.all("ol")[0].text
