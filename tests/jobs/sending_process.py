"""A worker of its own that sends: by a mail server and an SMS provider on loopback, until told to stop.

Arguments: database URL, port of the mail server, port of the provider, seconds that a claim lasts. Prints "ready" once it works.
"""

import sys
from datetime import timedelta

from connectors import sending
from connectors.sms import Sms
from connectors.smtp import Mail
from store.database import Database
from store.jobs import Worker
from tests.builders import LANES
from tests.connectors.sms_provider import Provider
from tests.connectors.test_smtp import settings
from workflow.vocabulary import Channel


def main(url: str, mail_port: str, sms_port: str, claim_s: str) -> None:
    sending.CLAIM_LASTS = timedelta(seconds=float(claim_s))
    database = Database(url)
    ways = {Channel.EMAIL: Mail(settings(int(mail_port))), Channel.SMS: Sms(Provider(port=int(sms_port)).settings())}
    worker = Worker(database, sending.jobs(database, LANES, ways), beats=[sending.beat(database)], lease=timedelta(seconds=3))
    worker.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    worker.stop()
    database.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
