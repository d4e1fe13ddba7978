"""Mails about digests, to a real SMTP server on loopback: counts and a link, nothing of a patient, once to each."""

import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from connectors.digest_mail import Mailing, enqueue_mail, jobs, send
from connectors.smtp import Security, SmtpSettings
from store import digest_mails, digest_schedules, digests, users
from store.database import Database
from store.jobs import JobQueue
from tests.builders import LANES, NOW, a_note, a_patient
from triage import digesting
from workflow.digests import Every, Rhythm
from workflow.vocabulary import UserRole

PLANTED = ("Wilhelmina Quackenbush", "Zebulon Featherstonehaugh", "Xiomara Oyelaran-Thistlewood")
"""Patients whose names nothing else holds; so few that the digest itself names them."""


class Inbox:
    """What the server took, and what it answers."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], bytes]] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 — aiosmtpd's name
        if self.answer.startswith("250"):
            self.taken.append((list(envelope.rcpt_tos), cast("bytes", envelope.content)))
        return self.answer


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, Mailing]]:
    """A mail server on a port of its own, and how to reach it."""
    with socket.socket() as probing:
        probing.bind(("127.0.0.1", 0))
        port = probing.getsockname()[1]
    taking = Inbox()
    controller = Controller(taking, hostname="127.0.0.1", port=port)
    controller.start()
    smtp = SmtpSettings(host="127.0.0.1", port=port, sender="care@clinic.example", sender_name="Lakeside Care", security=Security.NONE)
    yield taking, Mailing(smtp, "https://triage.example/", "Lakeside Care", "America/Chicago")
    controller.stop()


@pytest.fixture
def published(database: Database) -> int:
    """The id of a published digest that names the planted patients; Ruth and Maria have addresses."""
    with database.write() as session:
        ruth = users.add_user(session, "ruth", "Ruth Abara", UserRole.LEAD, None, now=NOW, email="ruth@clinic.example")
        users.add_user(session, "maria", "Maria Lopez", UserRole.COORDINATOR, None, now=NOW, email="maria@clinic.example")
        users.add_user(session, "dana", "Dana Whitfield", UserRole.COORDINATOR, None, now=NOW)
        for number, name in enumerate(PLANTED):
            a_patient(session, f"q-{number}", name=name)
            a_note(session, f"n-{number}", patient=f"q-{number}")
    later = NOW + timedelta(hours=1)
    week = (None, NOW - timedelta(days=7), later)
    digest_id = digesting.prepare(database, LANES, digesting.from_templates, *week, user_id=ruth.id, now=later)
    with database.write() as session:
        stored = digests.load(session, digest_id)
        facts = digesting.facts_of(stored)
        named = digesting.cite(f"{PLANTED[0]}, {PLANTED[1]} and {PLANTED[2]} came in.", facts)
        digests.save_wording(session, digest_id, [named], after=1, user_id=ruth.id, now=later)
        assert digesting.publish(session, stored, digests.wording(session, stored), user_id=ruth.id, now=later) == []
    return digest_id


def post(database: Database, digest_id: int, at: datetime = NOW) -> list[int]:
    """Have a mail go to everybody; returns those that wait."""
    with database.write() as session:
        digest_mails.post(session, digest_id, [user.id for user in users.everybody(session)], "published", now=at)
        return digest_mails.waiting(session)


def read(raw: bytes) -> EmailMessage:
    return cast("EmailMessage", message_from_bytes(raw, policy=default))


def test_a_mail_holds_counts_and_a_link_and_nothing_of_a_patient(database: Database, inbox: tuple[Inbox, Mailing], published: int):
    """Though the digest names them in words and facts; whatever part of a name is looked for, in headers and body."""
    taking, mailing = inbox
    for mail_id in post(database, published):
        assert send(database, mailing, mail_id, now=NOW) is None

    assert sorted(to for to, _ in taking.taken) == [["maria@clinic.example"], ["ruth@clinic.example"]]
    with database.read() as session:
        assert PLANTED[0] in str(digests.load(session, published).facts)
        assert {each.state for each in digest_mails.of_digest(session, published)} == {"sent"}
    for _, raw in taking.taken:
        message = read(raw)
        whole = f"{message.as_string()}\n{message.get_content()}".lower()
        assert not [part for name in PLANTED for part in name.lower().replace("-", " ").split() if part in whole]
        assert f"https://triage.example/changes/{published}" in message.get_content()
        assert "Active: 3 (up 3 from 0)" in message.get_content()


def test_sent_twice_it_is_sent_once(database: Database, inbox: tuple[Inbox, Mailing], published: int):
    """A job that runs again, and a form that is sent again."""
    taking, mailing = inbox
    for _ in range(2):
        for mail_id in [*post(database, published), 1, 2]:
            send(database, mailing, mail_id, now=NOW)

    assert len(taking.taken) == 2


def test_a_server_that_says_not_now_is_asked_again_and_a_no_is_told(database: Database, inbox: tuple[Inbox, Mailing], published: int):
    """What waits says why; a refusal ends it, until a person sends it again."""
    taking, mailing = inbox
    first, second = post(database, published)
    taking.answer = "451 4.3.0 later"
    assert send(database, mailing, first, now=NOW) == 60.0
    taking.answer = "250 OK"
    assert send(database, mailing, first, now=NOW) is None
    taking.answer = "554 5.7.1 no"
    assert send(database, mailing, second, now=NOW) is None
    with database.read() as session:
        states = {each.id: (each.state, each.why) for each in digest_mails.of_digest(session, published)}
    assert states == {first: ("sent", ""), second: ("failed", "The mail server refused the message (554 5.7.1).")}

    taking.answer = "250 OK"
    with database.write() as session:
        digest_mails.again(session, second, now=NOW)
    send(database, mailing, second, now=NOW)
    assert len(taking.taken) == 2


def test_of_a_withdrawn_digest_nothing_goes_out(database: Database, inbox: tuple[Inbox, Mailing], published: int):
    """Also where the mail waited already."""
    taking, mailing = inbox
    waiting = post(database, published)
    with database.write() as session:
        digests.withdraw(session, published, reason="wrong lane", user_id=1, now=NOW)
    for mail_id in waiting:
        send(database, mailing, mail_id, now=NOW)

    assert taking.taken == []


def test_without_a_server_it_waits_and_the_hourly_round_finds_it(database: Database, inbox: tuple[Inbox, Mailing], published: int):
    """As after a restart, or once a server was set up."""
    taking, mailing = inbox
    waiting = post(database, published)
    for mail_id in waiting:
        assert send(database, Mailing(None, "", "", "UTC"), mail_id, now=NOW) is None
    hourly: dict[str, Callable[[int], float | None]] = jobs(database, mailing)[1]
    for job in hourly.values():
        job(0)

    assert len(taking.taken) == 2


def test_a_schedule_prepares_a_draft_and_tells_its_lead(database: Database, inbox: tuple[Inbox, Mailing], published: int):
    """Once a strike, however often it is looked; nobody but the lead hears of a draft."""
    taking, mailing = inbox
    queue = JobQueue(database)
    queue.migrate()
    with database.write() as session:
        digest_schedules.set_schedule(session, None, Rhythm(Every.DAY, None, 8), recipients=[2], mails=True, user_id=1, now=NOW)
    for hours in (30, 31):
        digesting.strike(database, LANES, digesting.from_templates, now=NOW + timedelta(hours=hours), enqueue=enqueue_mail(queue))
    queue.close()
    with database.read() as session:
        waiting = digest_mails.waiting(session)
    for mail_id in waiting:
        send(database, mailing, mail_id, now=NOW + timedelta(hours=31))

    assert [to for to, _ in taking.taken] == [["ruth@clinic.example"]]
    assert "A digest is ready" in str(read(taking.taken[0][1])["Subject"])
