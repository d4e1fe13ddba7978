"""`triage serve` and `triage worker` as processes: they start, do their work, and stop when told to."""

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError
from typer.testing import Result

from cli.serving import run_server
from cli.wiring import open_record
from review_ui.context import Site
from store import notes, patients, suggestions
from store.notes import NewNote
from store.patients import NewPatient
from triage.assistants.hosts import is_loopback
from workflow.vocabulary import LaneName

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
Run = Callable[..., Result]


@contextmanager
def process(*words: str) -> Iterator["subprocess.Popen[str]"]:
    """A running command; killed at the end if it is still there."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    started = subprocess.Popen([sys.executable, "-m", "cli.main", *words], stderr=subprocess.PIPE, text=True, env=environment)
    try:
        yield started
    finally:
        started.kill()
        started.wait()
        if started.stderr:
            started.stderr.close()


def line_with(started: "subprocess.Popen[str]", words: str) -> str:
    """The first line on stderr that holds `words`."""
    assert started.stderr is not None
    before = ""
    for line in started.stderr:
        if words in line:
            return line
        before += line
    raise AssertionError(f"it ended without saying {words!r}: {before}")


def stored_note() -> int:
    """A note that waits to be read."""
    record = open_record()
    now = datetime.now(UTC)
    made: list[int] = []

    def enqueue(session: object, note_id: int) -> None:
        record.enqueue(session, note_id)  # type: ignore[arg-type]
        made.append(note_id)

    with record.database.write() as session:
        patients.add_patient(session, NewPatient(source="test", external_id="1", name="Ana Ruiz"), now=now)
        words = "No answer, LVM. Call her again tomorrow."
        note = NewNote("test", "n1", "1", LaneName.REFERRAL, "M. Ortiz", "care_coordinator", "call_log", now, words)
        notes.add_note(session, note, lanes=record.lanes, now=now, enqueue=enqueue)
    record.close()
    return made[0]


def was_read(note_id: int) -> bool:
    """Whether suggestions are there within a minute."""
    record = open_record()
    try:
        for _ in range(PATIENCE_S * 5):
            with record.database.read() as session:
                if suggestions.of_note(session, note_id):
                    return True
            time.sleep(0.2)
        return False
    finally:
        record.close()


def test_serve_shows_pages_reads_notes_and_stops_when_told(data_dir: Path) -> None:
    """One process is enough for a small clinic; SIGTERM is no failure (R7)."""
    note_id = stored_note()
    with process("serve", "--port", "0") as serving:
        address = line_with(serving, "http://").split()[4]

        with urllib.request.urlopen(f"{address}/sign-in", timeout=PATIENCE_S) as page:
            assert page.status == 200
        assert was_read(note_id)

        serving.send_signal(signal.SIGTERM)
        assert serving.wait(PATIENCE_S) == 0


def test_a_worker_reads_notes_and_stops_when_told(data_dir: Path) -> None:
    """And nobody takes it for alive afterwards."""
    note_id = stored_note()
    with process("worker") as working:
        line_with(working, "Running jobs")
        assert was_read(note_id)

        working.send_signal(signal.SIGTERM)
        assert working.wait(PATIENCE_S) == 0


def test_a_taken_port_is_told_with_a_way_out(triage: Run) -> None:
    """Before anything else starts."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        result = triage("serve", "--port", str(port), "--no-jobs")

    assert result.exit_code == 2
    assert f"Port {port} is taken." in result.stderr
    assert "Traceback" not in result.stderr


def test_the_demo_is_open_on_this_machine_and_answers_to_its_own_name_only(data_dir: Path) -> None:
    """Signed in without a password; a page elsewhere that points its own name at 127.0.0.1 gets nothing."""
    with process("demo", "--port", "0") as showing:
        address = line_with(showing, "http://").split()[4].rstrip(",")
        own = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

        with own.open(f"{address}/", timeout=PATIENCE_S) as page:
            assert "/review" in page.url
        with (
            pytest.raises(urllib.error.HTTPError) as refused,
            urllib.request.urlopen(urllib.request.Request(f"{address}/sign-in", headers={"Host": "elsewhere.example"}), timeout=PATIENCE_S),
        ):
            pass
        assert refused.value.code == 400
        refused.value.close()
        showing.send_signal(signal.SIGINT)
        assert showing.wait(PATIENCE_S) == 0
    assert json.loads((data_dir / "demo" / "seeded.json").read_text())["counted"]["patients"] == 66


def test_what_breaks_is_logged_without_its_message(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A traceback's last line may hold words of a note; where it broke is enough to find the fault."""

    def broken() -> None:
        try:
            TypeAdapter(int).validate_python("planted words of a note")
        except ValidationError as error:
            raise RuntimeError("planted words of a note") from error

    def fail(*_: object, **__: object) -> None:
        try:
            broken()
        except RuntimeError:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")

    monkeypatch.setattr("uvicorn.Server.run", fail)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    record = open_record()
    try:
        run_server(Site(record.database, record.lanes), "127.0.0.1", 0, assistant=None)
    finally:
        record.close()
        for name in ("uvicorn", "uvicorn.error"):
            logging.getLogger(name).handlers.clear()
    logged = capsys.readouterr().err

    assert "planted" not in logged
    assert "Exception in ASGI application" in logged
    assert "ValidationError, raised in" in logged
    assert "RuntimeError, raised in" in logged
    assert re.search(r"test_serving\.py:\d+ broken\n", logged)


@pytest.mark.parametrize(
    ("host", "alone"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False), ("10.0.0.5", False)],
)
def test_which_addresses_this_machine_keeps_to_itself(host: str, alone: bool) -> None:
    """A name that we do not know may lead anywhere."""
    assert is_loopback(host) is alone
    assert is_loopback("clinic.example") is False
