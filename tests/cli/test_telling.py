"""A person's mistake ends in one sentence on stderr and exit code 2; ours in a traceback."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from cli import telling

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("words", "environment", "told"),
    [
        (["read", "nowhere.jsonl"], {}, "nowhere.jsonl: No such file or directory"),
        (["read", "-"], {"TRIAGE_ASSISTANT": "oracle"}, "TRIAGE_ASSISTANT: "),
        (["user", "list"], {"TRIAGE_DATABASE_URL": "mysql://me:hush@host/x"}, "TRIAGE_DATABASE_URL: "),
        (["user", "list"], {"TRIAGE_DATABASE_URL": "hush"}, "TRIAGE_DATABASE_URL: "),
        (["user", "list"], {"TRIAGE_DATABASE_URL": "postgresql://me:hush@127.0.0.1:9/x"}, "the database cannot be used: "),
        (["db", "check"], {}, "The database is not up to date. Run: triage db upgrade"),
        (["user", "off", "nobody"], {}, "There is no user nobody."),
        (["user", "add", "amara", "--name", "Amara", "--role", "king", "--password-stdin"], {}, "'king' is not one of: coordinator"),
        (["user", "add", "amara", "--name", "Amara", "--password-stdin"], {}, "A password has at least 10 characters."),
        (["lane", "show", "fast"], {}, "'fast' is not one of: post_visit"),
        (["lane", "list"], {"TRIAGE_LANES_DIR": "lanes"}, "lanes/referral.yaml, line 1, "),
        (["eval", "report", "nowhere"], {}, "nowhere holds no run"),
        (["eval", "score", "--predictions", "notes.csv", "--data", "notes.csv"], {}, "line 1: "),
        (["agenda", "--lane", "fast"], {}, "'fast' is not one of: post_visit"),
        (["recall"], {}, "Name a prompt (NAME@VERSION) or a model"),
        (["recall", "--prompt", "read_note@v1", "--reopen"], {}, "Say who puts them up for review again"),
        (["recall", "--prompt", "read_note@v1", "--reopen", "--as", "nobody", "--reason", "x"], {}, "There is no user nobody."),
        (["prompts", "show", "read_note@v999"], {}, "There is no prompt read_note@v999"),
        (["demo", "--no-serve", "--as", "nobody", "--data-dir", "notes.csv"], {}, "notes.csv/"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(
    triage: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], environment: dict[str, str], told: str
) -> None:
    """It names what to mend, and shows no secret."""
    (data_dir.parent / "lanes").mkdir()
    (data_dir.parent / "lanes" / "referral.yaml").write_text("name: referral\n", encoding="utf-8")
    (data_dir.parent / "notes.csv").write_text("a,b\n", encoding="utf-8")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    result = triage(*words)

    assert result.stderr.startswith(f"triage: {told}")
    assert "Traceback" not in result.stderr
    assert "hush" not in result.stderr
    assert result.exit_code == 2


def test_our_own_mistake_keeps_its_traceback() -> None:
    """What nobody at the terminal can mend must not be dressed up as theirs."""
    assert telling.sentence(KeyError("boom")) is None


def test_a_message_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A file name may hold an escape sequence."""
    telling.tell(telling.CannotRun("no file \x1b[2J here"))

    assert "\x1b" not in capsys.readouterr().err


def test_help_names_every_command_and_loads_nothing_for_it(triage: Run) -> None:
    """What a person reads first."""
    result = triage("--help")

    assert result.exit_code == 0
    for command in (
        "demo",
        "serve",
        "worker",
        "import",
        "read",
        "train",
        "doctor",
        "eval",
        "lane",
        "prompts",
        "agenda",
        "self-check",
        "recall",
        "user",
        "db",
    ):
        assert f" {command} " in result.stdout
