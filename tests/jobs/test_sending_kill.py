"""A worker is killed between the provider's taking a message and the commit that says so: nothing is sent a second time."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from store import check, deliveries
from store.deliveries import Delivery, DeliveryState
from tests.connectors.mail_server import MailServer, mail_server
from tests.connectors.sending_desk import SendingDesk
from tests.connectors.sms_provider import Provider, sms_provider
from tests.jobs.conftest import Bench
from workflow.vocabulary import DraftForm

CLAIM_S = 4.0
"""Longer than any call of this test takes."""


class Senders:
    """The desk, both servers, and workers that send."""

    def __init__(self, bench: Bench, mail: MailServer, sms: Provider) -> None:
        self.bench, self.mail, self.sms = bench, mail, sms
        hour = datetime.now(UTC).hour
        self.desk = SendingDesk(bench.database, zone=f"Etc/GMT{hour - 12:+d}")  # where it is noon: no quiet hours
        self.desk.now = datetime.now(UTC) - timedelta(minutes=5)

    def approve(self, count: int, form: DraftForm) -> list[int]:
        return [self.desk.approve(form, cause=f"touch-{number}") for number in range(count)]

    def start(self) -> subprocess.Popen[str]:
        arguments = [self.bench.database.url, str(self.mail.port), str(self.sms.port), str(CLAIM_S)]
        command = [sys.executable, "-m", "tests.jobs.sending_process", *arguments]
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.bench.workers.append(worker)
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
        return worker

    def all(self) -> list[Delivery]:
        with self.bench.database.read() as session:
            return deliveries.in_states(session, list(DeliveryState))

    def wait_until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end, [one.state for one in self.all()]
            time.sleep(0.1)

    def settled(self) -> bool:
        return all(one.state not in {DeliveryState.WAITING, DeliveryState.SENDING} for one in self.all())

    def holds(self) -> bool:
        with self.bench.database.read() as session:
            return list(check.problems(session)) == []


@pytest.fixture
def senders(bench: Bench) -> Iterator[Senders]:
    with mail_server() as mail, sms_provider() as sms:
        yield Senders(bench, mail, sms)


def test_a_mail_whose_sender_was_killed_is_unknown_and_never_sent_again(senders):
    """A mail server cannot be asked: a person looks. R14."""
    senders.approve(6, DraftForm.EMAIL)
    victim = senders.start()
    senders.mail.wait_after_data_s = 1.0  # it has the message, and its answer is under way
    senders.wait_until(lambda: len(senders.mail.taken) >= 1)
    victim.kill()
    victim.wait(timeout=10)
    senders.mail.wait_after_data_s = 0.0

    successor = senders.start()
    senders.wait_until(senders.settled)
    senders.bench.stop_worker(successor)

    found = senders.all()
    arrived = [str(mail["Message-ID"]) for mail in senders.mail.taken]
    assert len(arrived) == len(set(arrived))
    assert {one.state for one in found} <= {DeliveryState.SENT, DeliveryState.UNKNOWN}
    assert any(one.state is DeliveryState.UNKNOWN for one in found)
    sent = sum(one.state is DeliveryState.SENT for one in found)
    assert senders.desk.outcomes.count("message_sent") == sent
    assert senders.holds()


def test_an_sms_whose_sender_was_killed_is_found_by_its_key(senders):
    """The provider knows it: sent, once, and logged once."""
    senders.approve(1, DraftForm.SMS)
    victim = senders.start()
    senders.sms.on_post = lambda key, form: victim.kill()
    senders.wait_until(lambda: victim.poll() is not None)
    senders.sms.on_post = None

    successor = senders.start()
    senders.wait_until(senders.settled)
    senders.bench.stop_worker(successor)

    [found] = senders.all()
    assert (found.state, found.provider_id) == (DeliveryState.SENT, "SM1")
    assert len(senders.sms.posts) == 1
    assert senders.desk.outcomes == ["message_sent"]
    assert senders.holds()
