"""The command on a data folder of the test's own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from cli.settings import settings


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder, named by the environment; no other setting, and no `.env`."""
    for name in list(os.environ):
        if name.startswith("TRIAGE_") or name == "OPENAI_API_KEY":
            monkeypatch.delenv(name)
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("TRIAGE_DATA_DIR", str(folder))
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    yield folder
    settings.cache_clear()


@pytest.fixture
def triage(data_dir: Path) -> Callable[..., Result]:
    """Runs the command; `stdin` is what is typed."""

    def run(*words: str | Path, stdin: str | bytes = "") -> Result:
        settings.cache_clear()
        return CliRunner().invoke(app, [str(word) for word in words], input=stdin)

    return run
