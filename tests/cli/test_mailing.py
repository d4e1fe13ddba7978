"""`triage mail receive`, as a mail server calls it, and what the doctor says of sending."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.settings import Settings
from cli.wiring import open_record, sms_settings, smtp_settings, ways_of
from store.deliveries import DeliveryState
from tests.connectors.sending_desk import SendingDesk
from tests.connectors.test_replies import a_report, an_answer
from workflow.vocabulary import Channel, DraftForm


def triage(folder: Path, *arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    given = {"TRIAGE_DATA_DIR": str(folder), "PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": str(Path.cwd())} | environment
    return subprocess.run([sys.executable, "-m", "cli.main", *arguments], input=stdin, capture_output=True, env=given, check=False)


@pytest.fixture
def desk(tmp_path):
    record = open_record(Settings(data_dir=tmp_path))
    made = SendingDesk(record.database)
    made.now = datetime.now(UTC) - timedelta(minutes=10)
    yield made
    record.close()


def test_a_bounce_and_an_answer_are_piped_in(desk, tmp_path):
    """Bounces by a file, answers by a pipe; what is printed holds no patient data."""
    bounced, answered = desk.sent(DraftForm.EMAIL), desk.sent(DraftForm.EMAIL, cause="touch-2")
    (tmp_path / "bounce.eml").write_bytes(a_report(bounced.key))

    by_file = triage(tmp_path, "mail", "receive", str(tmp_path / "bounce.eml"))
    by_pipe = triage(tmp_path, "mail", "receive", "-", stdin=an_answer(answered.key))

    assert (by_file.returncode, by_file.stdout) == (0, b"Delivery 1: came back.\n"), by_file.stderr
    assert (by_pipe.returncode, by_pipe.stdout) == (0, b"Delivery 2: answered.\n"), by_pipe.stderr
    assert desk.delivery(bounced.id).state is DeliveryState.BOUNCED
    assert desk.outcomes == ["message_sent", "wrong_number", "replied"]


def test_what_fails_is_tried_again_by_the_mail_server(tmp_path):
    """75 is what sendmail and its likes keep a mail for."""
    failed = triage(tmp_path, "mail", "receive", "-", stdin=b"x", TRIAGE_DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    assert failed.returncode == 75
    assert b"Traceback" not in failed.stderr
    missing = triage(tmp_path, "mail", "receive", str(tmp_path / "none.eml"))
    assert missing.returncode == 75
    assert b"Traceback" not in missing.stderr


def test_the_doctor_says_how_messages_leave_and_what_hangs_and_shows_no_secret(desk, tmp_path):
    """S16."""
    desk.approve()
    secrets = {"TRIAGE_SMTP_PASSWORD": "hush-1", "TRIAGE_SMS_TOKEN": "hush-2", "TRIAGE_SMS_SECRET": "hush-3"}
    named = {"TRIAGE_SMTP_HOST": "mail.example.org", "TRIAGE_CLINIC_EMAIL": "care@clinic.example", "TRIAGE_SMS_SENDER": "+13125550199"}
    where = {"TRIAGE_SMS_BASE_URL": "https://user:hush-4@api.provider.example/v1"}
    said = triage(tmp_path, "doctor", **secrets, **named, **where)
    text = said.stdout.decode()

    assert "E-mail: through mail.example.org port 587, starttls, without a sign-in" in text
    assert "SMS: TRIAGE_SMS_ALLOWED_HOSTS does not name the host" in text
    assert "1 messages wait to leave, 0 are leaving; 1 should have left by now" in text
    assert said.returncode == 1
    assert "hush" not in text + said.stderr.decode()


def test_without_settings_there_is_no_way_out():
    assert ways_of(Settings()) == {}


def test_the_settings_name_the_ways_out():
    chosen = Settings(
        smtp_host="mail.example.org",
        clinic_email="care@clinic.example",
        sms_base_url="https://api.provider.example",
        address="https://triage.example.org/",
        sms_secret="s",
    )
    sms, mail = sms_settings(chosen), smtp_settings(chosen)
    assert set(ways_of(chosen)) == {Channel.EMAIL, Channel.SMS}
    assert mail is not None
    assert mail.security == "starttls"
    assert sms is not None
    assert sms.callback_url == "https://triage.example.org/api/v1/callbacks/sms"


def test_mails_in_the_open_to_another_machine_are_refused_at_the_start():
    with pytest.raises(ValueError, match="TRIAGE_SMTP_SECURITY=none"):
        Settings(smtp_host="mail.example.org", smtp_security="none")
