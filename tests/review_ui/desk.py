"""A small clinic: its people, its notes, and browsers that people have open on it."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select
from starlette.testclient import TestClient

from review_ui.app import create_app
from review_ui.context import Site
from review_ui.signing_in import csrf_token
from store import episodes, notes, suggestions, users
from store.database import Database
from store.suggestions import NewSuggestion, Suggestion
from store.tables import Base, DecisionRow
from tests.builders import LANES, NOW, a_note, a_patient, everything
from tests.review_ui.html import Form, Page
from workflow.episode import Episode
from workflow.vocabulary import UserRole

PASSWORD = "correct horse battery"


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        """Time passes."""
        self.now += timedelta(**by)


class Browser:
    """Somebody's browser: plain requests, with the cookie and the CSRF token that our own pages would send. `htmx` asks as htmx does."""

    def __init__(self, client: TestClient, token: str = "") -> None:
        self.client, self.token = client, token
        if token:
            client.cookies.set("session", token)

    @property
    def csrf(self) -> str:
        return csrf_token(self.token)

    def get(self, path: str, *, htmx: bool = False, **query: str) -> Page:
        """The page at `path`, redirects followed."""
        response = self.client.get(path, params=query or None, headers={"HX-Request": "true"} if htmx else {})
        return Page(response.text, response)

    def post(self, path: str, data: Sequence[tuple[str, str]] = (), *, htmx: bool = False, follow: bool = True, **fields: str) -> Page:
        """Post fields, with this browser's own CSRF token unless they say another."""
        pairs = [*data, *fields.items()]
        if not any(name == "csrf" for name, _ in pairs):
            pairs.append(("csrf", self.csrf))
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | ({"HX-Request": "true"} if htmx else {})
        response = self.client.post(path, content=urlencode(pairs).encode(), headers=headers, follow_redirects=follow)
        return Page(response.text, response)

    def submit(self, form: Form, press: str | None = None, *, htmx: bool = False, follow: bool = True, **values: str | None) -> Page:
        """Send a form of a page, filled in."""
        return self.post(form.action, form.sent(press, **values), htmx=htmx, follow=follow)


class Desk:
    """One running site over one database. Maria is signed in."""

    def __init__(self, database: Database, clock: Clock, **site: Any) -> None:
        self.database, self.clock = database, clock
        self.site = Site(**({"database": database, "lanes": LANES, "clock": clock} | site))
        self.app = create_app(self.site)
        self.stack = ExitStack()
        self.person("maria", "Maria Lopez")
        self.maria = self.browser("maria")

    def close(self) -> None:
        self.stack.close()

    def person(self, username: str, name: str, role: UserRole = UserRole.COORDINATOR, password: str | None = None) -> None:
        """An account."""
        with self.database.write() as session:
            users.add_user(session, username, name, role, password, now=self.clock())

    def browser(self, username: str | None = None, *, secure: bool = False) -> Browser:
        """A browser in which `username` is signed in, or nobody."""
        base = "https://testserver" if secure else "http://testserver"
        client = self.stack.enter_context(TestClient(self.app, base_url=base, raise_server_exceptions=False))
        token = ""
        if username:
            with self.database.write() as session:
                token = users.open_session(session, users.by_username(session, username), now=self.clock())
        return Browser(client, token)

    def dana(self) -> Browser:
        """A second coordinator, signed in."""
        self.person("dana", "Dana Whitfield")
        return self.browser("dana")

    def note(self, external_id: str = "n-1", *, items: Sequence[NewSuggestion] | None = None, **given: Any) -> int:
        """A stored note that was read, with one suggestion of each kind unless `items` says otherwise; returns its id."""
        with self.database.write() as session:
            return a_note(session, external_id, items=everything() if items is None else items, **given).id

    def unread_note(self, external_id: str = "n-unread", **given: Any) -> int:
        """A stored note that nobody has read yet."""
        with self.database.write() as session:
            return a_note(session, external_id, **given).id

    def patient(self, external_id: str = "p-1", **given: Any) -> int:
        with self.database.write() as session:
            return a_patient(session, external_id, **given)

    def on(self, note_id: int, kind: str | None = None) -> list[Suggestion]:
        """The suggestions on a note as they stand, of one kind or all."""
        with self.database.read() as session:
            return [item for item in suggestions.of_note(session, note_id) if kind in {None, item.kind.value}]

    def one(self, note_id: int, kind: str) -> Suggestion:
        """The first suggestion of this kind."""
        return self.on(note_id, kind)[0]

    def standing(self, suggestion_id: int) -> str:
        with self.database.read() as session:
            return suggestions.load(session, suggestion_id).standing.value

    def episode(self, episode_id: int = 1) -> Episode:
        with self.database.read() as session:
            return episodes.load(session, episode_id)

    def episode_of(self, note_id: int) -> int:
        """The episode a note belongs to."""
        with self.database.read() as session:
            return notes.load(session, note_id).episode_id

    def form(self, browser: Browser, suggestion: Suggestion, decision: str, page: Page | None = None) -> Form:
        """The form on the note's page that makes this decision."""
        page = page or browser.get(f"/review/{suggestion.note_id}")
        return page.form(f"/suggestions/{suggestion.id}/decisions", having=decision)

    def decide(self, browser: Browser, suggestion: Suggestion, decision: str, *, htmx: bool = False, **values: str | None) -> Page:
        """Load the note's page, fill in the form for this decision, and send it."""
        return browser.submit(self.form(browser, suggestion, decision), htmx=htmx, **values)

    def decisions(self) -> list[DecisionRow]:
        """All decisions in the order they were made."""
        with self.database.read() as session:
            return list(session.scalars(select(DecisionRow).order_by(DecisionRow.id)))

    def stored(self, *, but: Sequence[str] = ()) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table of ours, for "nothing changed"."""
        with self.database.read() as session:
            tables = (table for table in Base.metadata.sorted_tables if table.name not in but)
            return {table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))] for table in tables}


TODAY = date(2026, 3, 10)
LATER = datetime(2026, 3, 12, 15, 0, tzinfo=UTC)
