"""Accounts, database, lanes, prompts and doctor, as a person at a terminal meets them."""

import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import Result

from cli.doctoring import sqlite_finding
from cli.wiring import open_record
from store import access, users
from triage.assistants.llm.writing import SHAPES

Run = Callable[..., Result]
PASSWORD = "correct horse battery"


def test_an_account_is_added_listed_and_switched_off(triage: Run) -> None:
    """The whole life of an account without a page."""
    added = triage("user", "add", "amara", "--name", "Amara Nwosu", "--role", "lead", "--password-stdin", stdin=PASSWORD + "\n")
    listed = triage("user", "list")
    off = triage("user", "off", "amara")

    assert added.stdout == "Amara Nwosu can sign in as amara (lead).\n"
    assert listed.stdout.split() == ["amara", "lead", "Amara", "Nwosu"]
    assert off.exit_code == 0
    assert triage("user", "list").stdout.endswith("(off)\n")


def test_the_password_is_the_one_that_was_typed(triage: Run) -> None:
    """The line end of a pipe is not part of it."""
    triage("user", "add", "amara", "--name", "Amara Nwosu", "--password-stdin", stdin=PASSWORD + "\r\n")

    record = open_record()
    with record.database.write() as session:
        user = users.check_password(session, "amara", PASSWORD, now=datetime.now(UTC))
        entry = access.broken_at(session)
    record.close()
    assert user is not None
    assert entry is None


def test_upgrade_says_what_it_did_and_check_that_all_holds(triage: Run, data_dir: Path) -> None:
    """Twice is as good as once, and the file is its owner's alone."""
    first, second, checked = triage("db", "upgrade"), triage("db", "upgrade"), triage("db", "check")

    assert first.stdout.startswith("The database went from empty to ")
    assert second.stdout.startswith("The database is up to date")
    assert checked.stdout.startswith("Everything holds")
    assert checked.stdout.endswith(f"Access log: 0 entries, head {access.FIRST}\n")
    assert stat.S_IMODE((data_dir / "care-triage.db").stat().st_mode) == 0o600


def test_check_finds_an_altered_access_log(triage: Run) -> None:
    """Exit code 1 says that somebody should look."""
    triage("user", "add", "amara", "--name", "Amara Nwosu", "--password-stdin", stdin=PASSWORD)
    record = open_record()
    with record.database.write() as session:
        columns = "at, username, action, subject, previous, hash"
        values = "'2026-01-01 00:00:00', 'eve', 'read', 'note 1', 'x', 'y'"
        session.execute(text(f"INSERT INTO access_log ({columns}) VALUES ({values})"))
    record.close()

    result = triage("db", "check")

    assert (result.exit_code, result.stdout.split(":")[0]) == (1, "access log")
    assert result.stdout.endswith("entries, head y\n")  # a log that was cut short differs from what was kept of this line


def test_a_lane_can_be_copied_edited_and_checked(triage: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that is shown is the file that is in force."""
    own = data_dir / "lanes"
    own.mkdir()
    shown = triage("lane", "show", "referral").stdout
    (own / "referral.yaml").write_text(shown.replace("Referral follow-through", "Referrals, our way"), encoding="utf-8")
    monkeypatch.setenv("TRIAGE_LANES_DIR", str(own))

    assert triage("lane", "check", own / "referral.yaml").exit_code == 0
    assert "Referrals, our way" in triage("lane", "list").stdout
    assert "Referrals, our way" in triage("lane", "show", "referral").stdout


def test_a_broken_lane_file_is_a_finding(triage: Run, data_dir: Path) -> None:
    """It names the line and the key, and mends nobody's guess: the remedy is there too."""
    broken = data_dir / "referral.yaml"
    broken.write_text(
        triage("lane", "show", "referral").stdout.replace("first_owner: care_coordinator", "first_owner: boss"), encoding="utf-8"
    )

    result = triage("lane", "check", broken)

    assert result.exit_code == 1
    line = 1 + broken.read_text(encoding="utf-8").splitlines().index("first_owner: boss")
    assert (
        f"referral.yaml, line {line}, column 14: first_owner: 'boss' is no word for this. Write one of: care_coordinator" in result.stderr
    )
    assert result.stderr.endswith("referral.yaml does not hold: 1 problem.\n")


def test_a_lane_file_that_is_not_there_cannot_be_checked(triage: Run, data_dir: Path) -> None:
    """That is no finding about a file."""
    result = triage("lane", "check", data_dir / "nothing.yaml")

    assert result.exit_code == 2
    assert "nothing.yaml" in result.stderr


def test_a_note_about_a_lane_file_is_no_finding(triage: Run, data_dir: Path) -> None:
    """Told on stderr; the file holds."""
    noted = data_dir / "referral.yaml"
    noted.write_text(triage("lane", "show", "referral").stdout.replace("  after_days_overdue: 7\n", ""), encoding="utf-8")

    result = triage("lane", "check", noted)

    assert result.exit_code == 0
    assert "note, line" in result.stderr
    assert "after_days_overdue is not there" in result.stderr


def test_prompts_are_listed_and_shown(triage: Run) -> None:
    """With what changed and why, from the file's first line."""
    assert "read_note@v1  " in triage("prompts", "list").stdout
    assert all(f"{name}@v1  " in triage("prompts", "list").stdout for name in SHAPES)
    assert triage("prompts", "check").stdout == "Every prompt renders.\n"
    assert triage("prompts", "show", "read_note").stdout.startswith("{#")


def test_doctor_lists_every_setting_and_shows_no_secret(triage: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten places a secret may stand in; none is printed."""
    from cli.settings import Settings

    monkeypatch.setenv("TRIAGE_LLM_API_KEY", "sk-hush")
    monkeypatch.setenv("TRIAGE_LLM_BASE_URL", "https://me:hush@models.example/v1?key=hush")
    monkeypatch.setenv("TRIAGE_DATABASE_URL", "postgresql://me:hush@127.0.0.1:9/x?password=hush")

    result = triage("doctor")

    assert all(f"TRIAGE_{name.upper()} = " in result.stdout for name in Settings.model_fields)
    assert "hush" not in result.output
    assert result.exit_code == 1


def test_doctor_of_a_fresh_machine_finds_nothing_wrong(triage: Run) -> None:
    """What is not there yet is a note, with the command that makes it."""
    result = triage("doctor")

    assert result.exit_code == 0, result.output
    assert "is not there yet" in result.stdout


def test_doctor_looks_into_the_record(triage: Run) -> None:
    """Accounts, workers, and how many notes wait."""
    triage("db", "upgrade")

    result = triage("doctor")

    assert "0 people can sign in" in result.stdout
    assert "No process runs jobs; 0 notes wait" in result.stdout


def test_doctor_tells_what_the_model_cost_today(triage: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """And says so where the day's budget is spent: 0 is spent from the start."""
    triage("db", "upgrade")
    for name, value in {"ASSISTANT": "llm", "LLM_BASE_URL": "http://127.0.0.1:9/v1", "LLM_MODEL": "m"}.items():
        monkeypatch.setenv(f"TRIAGE_{name}", value)
    assert "LLM today: 0 tokens in 0 calls, cost not known (no prices are set); no daily budget is set" in triage("doctor").stdout

    monkeypatch.setenv("TRIAGE_LLM_DAILY_BUDGET", "0")
    assert "TRIAGE_LLM_DAILY_BUDGET is money, and no prices are set" in triage("doctor").stdout

    monkeypatch.setenv("TRIAGE_LLM_PRICE_IN", "2.5")
    assert "half a price tells no cost" in triage("doctor").stdout

    monkeypatch.setenv("TRIAGE_LLM_PRICE_OUT", "10")
    told = triage("doctor").stdout
    assert " ! LLM today: 0.00 of 0.00, 0 tokens in 0 calls: the budget is spent" in told


@pytest.mark.parametrize(
    ("library", "kind"),
    [("3.40.1", "note"), ("3.44.6", "ok"), ("3.45.0", "note"), ("3.50.7", "ok"), ("3.51.2", "note"), ("3.51.3", "ok"), ("3.53.4", "ok")],
)
def test_doctor_knows_the_sqlite_libraries_that_can_damage_a_database(library: str, kind: str) -> None:
    """The WAL-reset fault was mended in 3.51.3 and in two older series."""
    assert sqlite_finding(library)[0] == kind


def test_days_away_are_set_and_ended(triage: Run) -> None:
    """Both days included; told in the list; what makes no sense is refused with what to do."""
    triage("user", "add", "amara", "--name", "Amara Nwosu", "--password-stdin", stdin=PASSWORD + "\n")

    gone = triage("user", "away", "amara", "--from", "2098-12-01", "--until", "2098-12-04")

    assert gone.stdout == "Amara Nwosu is away from 2098-12-01 to 2098-12-04. No open work had to go back.\n"
    assert triage("user", "list").stdout.endswith("(away 2098-12-01 to 2098-12-04)\n")
    assert triage("user", "away", "amara", "--back").stdout.startswith("Amara Nwosu is not away.")
    for words in (("--until", "2020-01-01"), ("--from", "2098-12-04", "--until", "2098-12-01"), (), ("--until", "2098-12-04", "--back")):
        refused = triage("user", "away", "amara", *words)
        assert refused.exit_code == 2
        assert refused.stderr
