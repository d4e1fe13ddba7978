"""Notes that attack the page or hide from its reader, opened in a real Chromium: nothing runs, and the text is shown as text."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from store import users
from store.suggestions import NewSuggestion
from tests.browser.clinic import Clinic
from tests.browser.conftest import Open, Watched, opened
from tests.builders import CALL, NOW, a_note
from tests.review_ui.payloads import MARK
from workflow.vocabulary import UserRole

LINES = (Path(__file__).parents[1] / "triage" / "hostile_notes.jsonl").read_text(encoding="utf-8").splitlines()
ON_PAGES = {"hidden html", "markdown", "template", "bidi", "zero-width", "closed fence"}
NOTES = [note for note in map(json.loads, LINES) if note["attack"] in ON_PAGES]
TEXTS = [note["before"] + note["words"] + note["after"] for note in NOTES]

STRANGERS = "() => [...document.querySelectorAll('#text *, .quote *, blockquote *')].filter(each => each.tagName !== 'MARK').length"


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A database with these notes, each quoted whole by a suggestion."""
    path = tmp_path_factory.mktemp("attacked") / "attacked.db"
    shutil.copy(sqlite_template, path)
    with opened(path) as database, database.write() as session:
        users.add_user(session, "maria", "Maria Lopez", UserRole.COORDINATOR, None, now=NOW)
        for number, text in enumerate(TEXTS):
            a_note(session, f"n-{number}", patient=f"p-{number}", text=text, items=[NewSuggestion(CALL, 0, len(text), 0.5)])
    return path


def plain(text: str) -> str:
    """What of a text every page shows: characters that are hidden or turn others around stand as a mark of their own."""
    return "".join(character for character in text if character.isascii() and not character.isspace())


def test_an_attack_on_the_page_is_shown_as_text(serve: Callable[..., Clinic], attacked: Path, open_as: Open, watched: Watched):
    """On Review and in the patient's history, letter for letter, with what was hidden made visible."""
    clinic = serve(attacked)
    page = open_as(at=clinic)
    wrong = []
    for number, text in enumerate(TEXTS, 1):
        for path, where in ((f"/review/{number}", "#text"), (f"/episodes/{number}", "li.note .quote")):
            page.goto(path, wait_until="load")
            shown = page.locator(where).first.evaluate("each => each.textContent")
            if plain(shown) != plain(text) or page.evaluate(STRANGERS) or page.evaluate(f"Boolean(window.{MARK})"):
                wrong.append((path, shown))

    assert wrong == []
    assert (watched.dialogs, watched.errors) == ([], [])
    assert watched.hosts == {clinic.address.removeprefix("http://")}
