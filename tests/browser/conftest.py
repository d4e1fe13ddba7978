"""A real Chromium on a real server: one browser for the run, and for every test a site over its own copy of one seeded database."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from review_ui.app import create_app
from review_ui.context import Site
from store import users
from store.database import Database
from tests.browser.clinic import Clinic, seed
from tests.builders import LANES
from tests.review_ui.desk import Clock

PATIENCE_MS = 5000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where Chromium is on this machine."""
    path = (
        os.environ.get("TRIAGE_TEST_CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if not path:
        pytest.fail(
            "No Chromium found. Install one (apt-get install chromium), name it in TRIAGE_TEST_CHROMIUM, "
            "or leave these tests out with -m 'not browser'."
        )
    return path


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    """The one browser of the run."""
    browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-background-networking"])
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A database with a few notes to review; copied for every test."""
    path = tmp_path_factory.mktemp("seeded") / "seeded.db"
    shutil.copy(sqlite_template, path)
    with opened(path) as database:
        seed(database)
    return path


@contextmanager
def opened(path: Path) -> Iterator[Database]:
    """The database in this file; at the end all of it stands in the one file, which can be copied."""
    database = Database(f"sqlite:///{path}")
    try:
        yield database
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        database.dispose()


class Server(uvicorn.Server):
    """A server in a thread, listening on a port of its own."""

    def __init__(self, site: Site) -> None:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        self.listening = listening
        self.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(create_app(site), log_level="critical", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
        super().__init__(config)
        self.thread = threading.Thread(target=self.run, kwargs={"sockets": [listening]}, daemon=True)

    def begin(self) -> None:
        """Returns once it answers."""
        self.thread.start()
        while not self.started:
            assert self.thread.is_alive(), "the server did not start"
            time.sleep(0.005)

    def end(self) -> None:
        """Returns once it is gone."""
        self.should_exit = True
        self.thread.join(timeout=10)
        self.listening.close()


@pytest.fixture
def serve(tmp_path: Path, seeded: Path) -> Iterator[Callable[..., Clinic]]:
    """Opens a clinic: a server over a fresh copy of the seeded database, or of `template`."""
    running: list[tuple[Server, Database]] = []

    def start(template: Path = seeded, **site: Any) -> Clinic:
        path = tmp_path / f"clinic-{len(running)}.db"
        shutil.copy(template, path)
        database = Database(f"sqlite:///{path}")
        clock = Clock()
        server = Server(Site(**({"database": database, "lanes": LANES, "clock": clock} | site)))
        running.append((server, database))
        server.begin()
        return Clinic(server.address, database, clock)

    yield start
    for server, database in running:
        server.end()
        database.dispose()


@pytest.fixture
def clinic(serve: Callable[..., Clinic]) -> Clinic:
    """A running site with notes to review."""
    return serve()


class Watched:
    """What a browser said on its console, where it went, and whether a planted script ran."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        self.dialogs: list[str] = []

    def watch(self, page: Page) -> Page:
        page.on("console", lambda message: self.errors.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2] if "//" in request.url else request.url.split(":")[0]))
        page.on("dialog", self._dialog)
        return page

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


Open = Callable[..., Page]


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def open_as(chromium: Browser, clinic: Clinic, watched: Watched) -> Iterator[Open]:
    """Opens a browser window of its own in which somebody is signed in. Whatever is given goes to the window."""
    contexts: list[BrowserContext] = []

    def start(username: str | None = "maria", at: Clinic | None = None, **window: Any) -> Page:
        where = at or clinic
        context = chromium.new_context(
            base_url=where.address, **({"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"} | window)
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        if username:
            with where.database.write() as session:
                token = users.open_session(session, users.by_username(session, username), now=where.clock())
            context.add_cookies([{"name": "session", "value": token, "url": where.address, "httpOnly": True, "sameSite": "Strict"}])
        return watched.watch(context.new_page())

    yield start
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_as: Open) -> Page:
    """Maria's window."""
    return open_as()
