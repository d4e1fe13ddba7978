"""Hostile text on every page of a real Chromium: nothing runs, nothing is fetched from elsewhere (S8)."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from store import users
from tests.browser.clinic import Clinic
from tests.browser.conftest import Open, Watched, opened
from tests.builders import NOW
from tests.review_ui.hostile import plant
from tests.review_ui.payloads import MARK, PAYLOADS
from workflow.vocabulary import UserRole

GROUPS = [" ".join(PAYLOADS[start : start + 4]) for start in range(0, len(PAYLOADS), 4)]
"""Four to a note; the client's tests look at each alone."""

STRANGERS = "() => [...document.querySelectorAll('mark *, #text *, .quote *')].some((each) => each.tagName !== 'MARK')"


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A database with all payloads in every field."""
    path = tmp_path_factory.mktemp("hostile") / "hostile.db"
    shutil.copy(sqlite_template, path)
    with opened(path) as database, database.write() as session:
        users.add_user(session, "maria", "Maria <script>window.__pwned=1</script>", UserRole.COORDINATOR, None, now=NOW)
        plant(session, GROUPS, username="u")
    return path


def test_no_payload_runs_on_any_page(serve: Callable[..., Clinic], hostile: Path, open_as: Open, watched: Watched):
    """Every note, every patient, the queue, a decision and its toast: 0 scripts, 0 dialogs, 0 requests to elsewhere, 0 violations."""
    clinic = serve(hostile)
    page = open_as(at=clinic)
    ran = []
    paths = [f"/{kind}/{number}" for number in range(1, len(GROUPS) + 1) for kind in ("review", "episodes")]
    for path in [*paths, "/review/all", "/queue", "/queue?sort=patient&down=1", "/queue?q=%3Cscript%3E"]:
        page.goto(path, wait_until="load")
        if page.evaluate(f"Boolean(window.{MARK})") or page.evaluate(STRANGERS):
            ran.append(path)
    page.goto("/review/1")
    page.keyboard.press("a")
    page.locator("#toast", has_text="Accepted").wait_for()
    page.keyboard.press("e")

    assert ran == []
    assert not page.evaluate(f"Boolean(window.{MARK})")
    assert watched.dialogs == []
    assert watched.errors == []
    assert watched.hosts == {clinic.address.removeprefix("http://")}
