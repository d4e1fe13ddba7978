"""From a draft on the page to a mail that arrives: a real browser, the real job, a real mail server on loopback."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from cli.settings import Settings
from cli.wiring import ways_of
from connectors import sending
from store import deliveries, drafts
from store.deliveries import Delivery, DeliveryState
from store.jobs import JobQueue, Worker
from tests.browser.clinic import Clinic
from tests.browser.conftest import Watched
from tests.builders import LANES
from tests.connectors.mail_server import MailServer, mail_server
from tests.drafts import CLINIC, Writer
from triage.draft_jobs import Drafting
from workflow.vocabulary import Action, DraftForm

ADDRESS = "rosa@example.org"
UNDO_WINDOW = timedelta(seconds=30)
PATIENCE_S = 20
"""How long a worker is waited for, which looks every second on a machine that may be busy."""


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def chosen(server: MailServer) -> Settings:
    """Settings that name the mail server, as an installation's would."""
    given = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_security": "none", "clinic_email": "care@clinic.example"}
    return Settings.model_validate(given)


@pytest.fixture
def clinic(serve: Callable[..., Clinic], chosen: Settings) -> Clinic:
    """An e-mail to Rosa waits for approval."""
    clinic = serve(clinic=CLINIC, ways=ways_of(chosen), undo_window=UNDO_WINDOW)
    with clinic.database.write() as session:
        session.execute(text("UPDATE patients SET email = :email"), {"email": ADDRESS})
    Drafting(clinic.database, LANES, Writer, CLINIC, clinic.clock).ask(1, Action.CALL_PATIENT, DraftForm.EMAIL, "en", why="Asked for")
    return clinic


@pytest.fixture
def worker(clinic: Clinic, chosen: Settings) -> Iterator[None]:
    """The sending job, run as `triage worker` runs it, by the clinic's clock."""
    queue = JobQueue(clinic.database)
    queue.migrate()
    queue.close()
    jobs = sending.jobs(clinic.database, LANES, ways_of(chosen), clock=clinic.clock)
    beat = partial(sending.strike, clinic.database, clock=clinic.clock)
    running = Worker(clinic.database, jobs, beats=[beat])
    with ThreadPoolExecutor(1) as aside:  # the browser's own event loop runs in this thread
        aside.submit(running.start).result()
        yield
        aside.submit(running.stop).result()


def delivery(clinic: Clinic) -> Delivery:
    """That of the last approval."""
    with clinic.database.read() as session:
        last = next(each for each in reversed(drafts.load(session, 1).decisions) if each.action == "approve")
        return deliveries.of_approval(session, last.id)


def settled(clinic: Clinic, state: DeliveryState) -> Delivery:
    """The delivery once it stands so; fails where that does not come."""
    until = time.monotonic() + PATIENCE_S
    while (found := delivery(clinic)).state is not state and time.monotonic() < until:
        time.sleep(0.1)
    assert found.state is state
    return found


def approve_with_other_words(page: Page) -> str:
    """Blocked words cannot be approved; mended, they are. Returns what was approved."""
    page.goto("/outreach")
    expect(page.get_by_role("heading", level=1)).to_have_text("E-mail to Rosa Alvarez")
    words = page.get_by_label("Message")
    drafted = words.input_value()
    words.fill(f"{drafted}\n\nAsk for Gregory Quint.")
    expect(page.locator("#verdict")).to_contain_text("“Gregory Quint” is neither the patient")
    expect(page.locator("[data-approve]")).to_be_disabled()
    mended = f"{drafted}\n\nWe look forward to it 🙂"
    words.fill(mended)
    expect(page.locator("[data-approve]")).to_be_enabled()
    page.get_by_role("button", name="Approve and send").click()
    expect(page.locator("#toast")).to_contain_text("leaves at 10:00 unless you undo")
    return mended


@pytest.mark.usefixtures("worker")
def test_exactly_the_approved_words_arrive_once_the_undo_window_is_over(clinic: Clinic, page: Page, server: MailServer, watched: Watched):
    """The page then says sent, and the Patient page shows the attempt."""
    approved = approve_with_other_words(page)
    assert delivery(clinic).state is DeliveryState.WAITING
    assert server.taken == []

    clinic.clock.later(seconds=31)
    sent = settled(clinic, DeliveryState.SENT)

    [mail] = server.taken
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == approved == sent.body
    assert (mail["To"], mail["Subject"]) == (ADDRESS, sent.subject)
    assert mail["Message-ID"] == f"<{sent.key}@clinic.example>"
    page.goto("/outreach/1")
    expect(page.locator(".frozen")).to_contain_text("Approved by Maria Lopez")
    expect(page.locator(".frozen")).to_contain_text("Sent, Tue 10 Mar 2026, 10:00")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    page.get_by_role("link", name="whole history").click()
    expect(page.locator("ol.time")).to_contain_text("E-mail approved by Maria Lopez")
    [attempt] = clinic.episode().attempts
    assert (attempt.channel, attempt.outcome) == ("email", "message_sent")
    assert watched.errors == []


@pytest.mark.usefixtures("worker")
def test_undone_within_the_window_nothing_arrives(clinic: Clinic, page: Page, server: MailServer):
    """What is approved after it arrives alone, so the job ran and had its chance."""
    approve_with_other_words(page)
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#toast")).to_contain_text("Undone")
    assert delivery(clinic).state is DeliveryState.CANCELLED

    clinic.clock.later(seconds=31)
    page.get_by_label("Message").fill("Hello Rosa, this is Lakeside Clinic. Please call us at 555-0100.")
    page.get_by_role("button", name="Approve and send").click()
    expect(page.locator("#toast")).to_contain_text("Approved: Rosa Alvarez")
    clinic.clock.later(seconds=31)
    settled(clinic, DeliveryState.SENT)

    assert [mail.get_content().strip() for mail in server.taken] == ["Hello Rosa, this is Lakeside Clinic. Please call us at 555-0100."]
    assert len(clinic.episode().attempts) == 1
