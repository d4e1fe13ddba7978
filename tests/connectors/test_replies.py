"""E-mails that come back: bounces as mail servers write them, answers as people write them, and neither."""

from contextlib import suppress
from email.message import EmailMessage

import pytest
from sqlalchemy import func, select

from connectors import replies
from connectors.replies import Answer, Bounce, NotAMail
from store import deliveries, inbound
from store.deliveries import Delivery, DeliveryState
from store.tables import NoteRow
from tests.builders import LANES
from tests.connectors.sending_desk import SendingDesk
from workflow.vocabulary import DraftForm

KEY = "3f2b8c1a-9d4e-4f6a-8b7c-1d2e3f4a5b6c"


def a_report(key: str, *, action: str = "failed", status: str = "5.1.1", original: str = "message/rfc822") -> bytes:
    """A delivery status notification as RFC 3464 has it. `original`: the message whole, its headers, or left out."""
    headers = f"To: rosa@example.org\r\nMessage-ID:\r\n <{key}@clinic.example>\r\n"
    returned = {
        "message/rfc822": f"Content-Type: message/rfc822\r\n\r\n{headers}\r\nHello\r\n",
        "text/rfc822-headers": f"Content-Type: text/rfc822-headers\r\n\r\n{headers}",
        "": "Content-Type: text/plain\r\n\r\n(not returned)\r\n",
    }[original]
    text = f"The message <{key}@clinic.example> could not be delivered.\r\n" if not original else "Undelivered.\r\n"
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.org (Mail Delivery System)\r\nTo: care@clinic.example\r\n"
        f"Message-ID: <dsn-{action}-{status}@mx.example.org>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\n{text}"
        "\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; rosa@example.org\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; 550 no\r\n"
        f"\r\n--b\r\n{returned}\r\n--b--\r\n"
    ).encode()


QMAIL = f"""Return-Path: <>\r
From: MAILER-DAEMON@mx.example.org\r
To: care@clinic.example\r
Subject: failure notice\r
\r
Hi. This is the qmail-send program. I'm afraid I wasn't able to deliver your message.\r
<rosa@example.org>: Sorry, no mailbox here by that name. (#5.1.1)\r
--- Below this line is a copy of the message.\r
Message-ID: <{KEY}@clinic.example>\r
""".encode()

EXIM = f"""Return-path: <>\r
From: Mail Delivery System <Mailer-Daemon@mx.example.org>\r
To: care@clinic.example\r
Subject: Mail delivery failed\r
\r
  rosa@example.org\r
    host mx.example.org: 550 User unknown\r
------ This is a copy of your message.\r
Message-ID: <{KEY}@clinic.example>\r
""".encode()


def an_answer(key: str | None, text: str = "Yes, Thursday works.", **given: str) -> bytes:
    mail = EmailMessage()
    headers = {"From": "Rosa Alvarez <Rosa@example.org>", "To": "care@clinic.example", "Message-ID": "<a1@b.example>"}
    if key:
        headers["In-Reply-To"] = f"<{key}@clinic.example>"
    for name, value in (headers | given).items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


@pytest.mark.parametrize("original", ["message/rfc822", "text/rfc822-headers", ""])
@pytest.mark.parametrize(("action", "status"), [("failed", "5.1.1"), ("failed", "4.4.7"), ("delayed", "4.4.1"), ("delivered", "2.0.0")])
def test_a_delivery_report_is_read_in_every_shape(action, status, original):
    found = replies.read(a_report(KEY, action=action, status=status, original=original))
    assert (found.key, found.what) == (KEY, Bounce(action, status))


@pytest.mark.parametrize("raw", [QMAIL, EXIM], ids=["qmail", "exim"])
def test_a_bounce_of_an_older_server_is_read_from_its_words(raw):
    found = replies.read(raw)
    assert (found.key, found.what) == (KEY, Bounce("failed", "5.1.1"))


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Yes.\n\nOn Tue, 10 Mar 2026 at 10:00, Northside Clinic wrote:\n> Please call us.", "Yes."),
        ("Sí.\n\nEl mar, 10 mar 2026 a las 10:00, Northside Clinic escribió:\n> Llame.", "Sí."),
        ("> Please call us.\nI will.\n> Thank you\n", "I will."),
        ("Yes.\n-----Original Message-----\nFrom: clinic", "Yes."),
        ("On Thursday I can come.\nRosa", "On Thursday I can come.\nRosa"),
    ],
)
def test_an_answer_is_what_was_written_and_not_what_was_quoted(text, own):
    """Our own words, quoted back, would be read as the patient's."""
    found = replies.read(an_answer(KEY, text))
    assert (found.key, found.what) == (KEY, Answer("Rosa@example.org", own))


def test_an_html_answer_is_read_as_text_and_attachments_are_told_of():
    mail = EmailMessage()
    mail["From"], mail["References"] = "rosa@example.org", f"<x@y.z> <{KEY}@clinic.example>"
    html = "<style>p {}</style><p>Yes &amp; thanks</p><script>alert(1)</script><blockquote>Please call</blockquote>"
    mail.set_content(html, subtype="html")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="scan.pdf")
    found = replies.read(mail.as_bytes())
    assert found.key == KEY
    assert found.what == Answer("rosa@example.org", "Yes & thanks\n\n[1 attached file(s) were not taken over. They are in the mailbox.]")


class Mailbox:
    """The mail server, handing over what comes back about a message that was sent."""

    def __init__(self, desk: SendingDesk) -> None:
        self.desk = desk
        self.sent: Delivery = desk.sent(DraftForm.EMAIL)

    def take(self, raw: bytes) -> str:
        return replies.receive(self.desk.database, LANES, self.desk.enqueue, raw, now=self.desk.now)

    @property
    def state(self) -> DeliveryState:
        return self.desk.delivery(self.sent.id).state

    def patients_notes(self) -> int:
        with self.desk.database.read() as session:
            return session.execute(select(func.count()).where(NoteRow.author_role == "patient")).scalar_one()


@pytest.fixture
def mailbox(database) -> Mailbox:
    return Mailbox(SendingDesk(database))


def test_an_address_that_does_not_exist_is_a_failed_attempt(mailbox):
    for _ in range(2):
        mailbox.take(a_report(mailbox.sent.key))
    found = mailbox.desk.delivery(mailbox.sent.id)
    assert (found.state, found.why) == (DeliveryState.BOUNCED, "It came back: there is no such address (5.1.1).")
    assert mailbox.desk.outcomes == ["wrong_number"]


def test_another_bounce_takes_the_sending_back(mailbox):
    mailbox.take(a_report(mailbox.sent.key, status="5.2.2"))
    assert (mailbox.state, mailbox.desk.outcomes) == (DeliveryState.BOUNCED, [])


@pytest.mark.parametrize(
    ("action", "status", "state"), [("delayed", "4.4.1", "sent"), ("relayed", "2.0.0", "sent"), ("delivered", "2.0.0", "delivered")]
)
def test_other_reports_move_nothing(mailbox, action, status, state):
    mailbox.take(a_report(mailbox.sent.key, action=action, status=status))
    assert (mailbox.state, mailbox.desk.outcomes) == (state, ["message_sent"])
    with mailbox.desk.database.read() as session:
        assert action in [one.kind for one in deliveries.reports(session, mailbox.sent.id)]


def test_an_answer_becomes_a_note_once(mailbox):
    for _ in range(2):
        assert mailbox.take(an_answer(mailbox.sent.key)) == f"Delivery {mailbox.sent.id}: answered."
    assert mailbox.patients_notes() == 1
    assert len(mailbox.desk.enqueued) == 1
    assert mailbox.desk.outcomes == ["message_sent", "replied"]


@pytest.mark.parametrize(
    "given", [{"From": "eve@evil.example"}, {"From": "a@example.org, b@example.org"}, {"key": None}, {"key": KEY}], ids=str
)
def test_an_answer_that_is_surely_no_ones_is_kept_for_a_person(mailbox, given):
    """From another address, or to no message of ours."""
    key = given.get("key", mailbox.sent.key)
    mailbox.take(an_answer(key, **{name: value for name, value in given.items() if name != "key"}))
    assert mailbox.patients_notes() == 0
    assert mailbox.desk.outcomes == ["message_sent"]
    with mailbox.desk.database.read() as session:
        [kept] = inbound.nobodys(session)
        assert kept.delivery_id == (mailbox.sent.id if "From" in given else None)


@pytest.mark.parametrize("header", [{"Auto_Submitted": "auto-replied"}, {"X_Autoreply": "yes"}, {"Precedence": "auto_reply"}])
def test_a_robots_answer_is_no_answer(mailbox, header):
    """Out of office is not in touch."""
    assert mailbox.take(an_answer(mailbox.sent.key, **header)) == "An automatic answer."
    assert (mailbox.patients_notes(), mailbox.desk.outcomes) == (0, ["message_sent"])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\xff\xfe",
        b"From: \xff\xfe\r\nIn-Reply-To: <" + KEY.encode() + b"@x>\r\n\r\n\xff",
        b"Content-Type: text/plain; charset=nonsense\r\nFrom: a@b.c\r\n\r\nhello",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 500,
        b"From: =?utf-8?b?/////w==?= <a@b.c>\r\n\r\nhello",
        b"From: " + b"(" * 5000 + b"\r\n\r\nx",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"Content-Type: message/delivery-status\r\n\r\n\r\n\r\nAction: \r\n",
        b"Subject: x\r\n" * 5000,
    ],
    ids=range(10),
)
def test_a_hostile_mail_is_taken_or_refused_in_words(mailbox, raw):
    """Never a traceback: the mail server would try for days."""
    with suppress(NotAMail):
        mailbox.take(raw)
    assert (mailbox.state, mailbox.patients_notes()) == (DeliveryState.SENT, 0)


def test_a_mail_that_is_too_long_is_refused():
    with pytest.raises(NotAMail, match="longer than 10 MB"):
        replies.read(b"x" * (10 * 2**20 + 1))
