"""E-mail out, against a real SMTP server on loopback: what arrives, and what its faults become."""

import time
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.outgoing import NobodyKnows, Refused, TryLater
from connectors.smtp import Security, SmtpSettings, compose, send_mail
from tests.builders import NOW
from tests.connectors.mail_server import PEM, dripping_server, mail_server

KEY = "3f2b8c1a-9d4e-4f6a-8b7c-1d2e3f4a5b6c"


def settings(port: int, **given: Any) -> SmtpSettings:
    values = {"host": "127.0.0.1", "port": port, "sender": "care@clinic.example", "sender_name": "Northside Clinic", "budget_s": 5.0}
    return SmtpSettings(**(values | {"security": Security.NONE} | given))


def send(port: int, *, to: str = "rosa@example.org", subject: str = "Your visit", body: str = "Please call us.\n", **given: Any) -> str:
    chosen = settings(port, **given)
    return send_mail(chosen, compose(chosen, to=to, subject=subject, body=body, key=KEY, at=NOW)).provider_id


def test_a_message_arrives_as_it_was_approved():
    """Plain text, from the clinic, to one address, with the key in its Message-ID and answers to where the clinic reads them."""
    with mail_server() as server:
        body = "Hola Rosa:\n\n.starts with a dot\n" + "long " * 300 + "\nFrom the start\nñandú 🙂\n"
        told = send(server.port, body=body, reply_to="answers@clinic.example")

    [mail] = server.taken
    assert mail.get_content().replace("\r\n", "\n") == body
    assert mail.get_content_type() == "text/plain"
    assert [str(mail[name]) for name in ("From", "To", "Reply-To", "Subject", "Message-ID")] == [
        "Northside Clinic <care@clinic.example>",
        "rosa@example.org",
        "answers@clinic.example",
        "Your visit",
        f"<{KEY}@clinic.example>",
    ]
    assert told == f"<{KEY}@clinic.example>"


HOSTILE = (
    *("Visit\r\nBcc: eve@evil.example", "Visit\nX: y\n\nbody", "Visit\u2028Bcc: x", "V\0isit"),
    *("\u202eVisit", "Besuch für Ñandú " * 40, "=?utf-8?q?x?="),
)
NO_ADDRESSES = (
    *("", "rosa", "rosa@", "a@b, c@d", "rosa@example.org\r\nRCPT TO:<eve@evil.example>", "Rosa <rosa@example.org>"),
    *('"a b"@example.org', "a..b@example.org", "rosa@exa mple.org", "rosa@example.org>"),
    *("x" * 65 + "@example.org", "rosa@" + "e" * 260 + ".org"),
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_subject_or_name_can_write_no_header(hostile):
    """Notes are hostile data, also in a header."""
    with mail_server() as server:
        send(server.port, subject=hostile, sender_name=hostile)

    [mail] = server.taken
    expected = {"From", "To", "Subject", "Date", "Message-ID", "Content-Type", "Content-Transfer-Encoding", "MIME-Version", "X-Peer"}
    assert set(mail.keys()) - {"X-MailFrom", "X-RcptTo"} <= expected
    assert len(str(mail["Subject"])) <= 200
    assert not any(char in str(mail["Subject"]) for char in "\r\n\0\u2028\u202e")
    assert str(mail["To"]) == "rosa@example.org"


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_is_no_plain_address_is_never_written_to(address):
    """Refused before any connection, and for good: the patient's record must be corrected."""
    with pytest.raises(Refused) as refused:
        compose(settings(1), to=address, subject="", body="", key=KEY, at=NOW)
    assert refused.value.no_such_address


@pytest.mark.parametrize(
    ("faults", "error", "words"),
    [
        ({"rcpt": "550 5.1.1 <rosa@example.org> no such user"}, Refused, "no such address (550 5.1.1)"),
        ({"rcpt": "550 no such user"}, Refused, "no such address (550)"),
        ({"rcpt": "550 5.7.1 you are on a list"}, Refused, "refused the address (550 5.7.1)"),
        ({"rcpt": "450 4.2.1 mailbox busy"}, TryLater, "(450 4.2.1)"),
        ({"data": "554 5.6.0 rosa@example.org"}, Refused, "refused the message (554 5.6.0)"),
        ({"data": "451 4.3.0 try later"}, TryLater, "(451 4.3.0)"),
        ({"close_after_data": True}, NobodyKnows, "before its answer"),
        ({"wait_after_data_s": 3.0}, NobodyKnows, "before its answer"),
        ({"data": "299 whatever"}, NobodyKnows, "before its answer"),
    ],
)
def test_every_fault_is_refused_for_good_tried_again_or_unknown(faults, error, words):
    """Only what surely did not leave is tried again. No word of ours repeats the address."""
    with mail_server(**faults) as server, pytest.raises(error) as found:
        send(server.port, budget_s=1.0)

    assert words in str(found.value)
    assert "rosa" not in str(found.value)
    assert getattr(found.value, "no_such_address", False) is ("no such address" in words)


def test_a_server_that_is_away_is_tried_again():
    with mail_server() as server:
        port = server.port
    with pytest.raises(TryLater):
        send(port)


def test_a_server_that_drips_is_left_at_the_end_of_the_budget():
    """A time-out between bytes would never end; nothing was handed over, so it is tried again."""
    with dripping_server() as port:
        began = time.monotonic()
        with pytest.raises(TryLater):
            send(port, budget_s=0.5)
        assert time.monotonic() - began < 5


def test_over_tls_it_signs_in_and_sends(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    with mail_server("starttls") as server:
        send(server.port, security=Security.STARTTLS, user="clinic", password=SecretStr("right"))
        assert len(server.taken) == 1
        with pytest.raises(TryLater, match="our sign-in"):
            send(server.port, security=Security.STARTTLS, user="clinic", password=SecretStr("wrong"))
    with mail_server("tls") as server:
        send(server.port, security=Security.TLS)
        assert len(server.taken) == 1


@pytest.mark.parametrize("offered", ["none", "starttls", "tls"])
def test_without_tls_or_with_a_certificate_of_nobody_nothing_is_sent(offered):
    """A server in between can take STARTTLS away, or show a certificate of its own."""
    with mail_server(offered) as server, pytest.raises(TryLater):
        send(server.port, security=Security.TLS if offered == "tls" else Security.STARTTLS, budget_s=2.0)
    assert server.taken == []


def test_in_the_open_it_goes_to_this_machine_only():
    with pytest.raises(TryLater, match="without TLS"):
        send(25, host="mail.example.org")


def test_the_password_never_shows():
    assert "right" not in repr(settings(1, password=SecretStr("right")))
