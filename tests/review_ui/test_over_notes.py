"""A suggestion that rests on several notes shows the words of each, and leads to them."""

from datetime import timedelta

from store import findings
from store.findings import NewFinding, Reader
from tests.builders import NOW, TEXT, WORSE
from tests.review_ui.desk import Browser, Desk
from tests.review_ui.html import Page

WORDS = "Chest pain worse today"
HOSTILE = "Chest pain <img src=x onerror=alert(1)> a little"


def card_of(page: Page, card_id: int) -> Page:
    return page.one(id=f"suggestion-{card_id}")


def test_the_card_shows_the_words_of_each_note(desk: Desk, maria: Browser) -> None:
    """The reviewer judges on what stands there, as text, whatever it is."""
    first = desk.note("n-0", text=HOSTILE, written_at=NOW - timedelta(days=4), items=[])
    second = desk.note("n-1", items=[])
    start = TEXT.index(WORDS)
    finding = NewFinding(WORSE, ((first, 0, len(HOSTILE)), (second, start, start + len(WORDS))), "Pain is told as worse.", 0.6)
    with desk.database.write() as session:
        findings.save_findings(session, 1, [finding], Reader("record:rules@1:abc", "1", "abc"), now=NOW)
    card = card_of(maria.get(f"/review/{second}"), desk.one(second, "escalation").id)

    assert "Pain is told as worse." in card.text
    assert HOSTILE in card.text
    assert [link.attrs["href"] for link in card.one("blockquote", class_="earlier").all("a")] == [f"/review/{first}"]
    assert "rules that look over the notes together (version 1" in card.text
    assert card.all("img") == []
