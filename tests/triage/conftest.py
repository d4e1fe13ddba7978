"""The fitted embedded assistant, shared by all tests of a run: fitting takes half a minute, reading milliseconds."""

import os
from pathlib import Path

import pytest

from store.database import default_folder
from triage.assistants.embedded import EmbeddedAssistant


@pytest.fixture(scope="session")
def embedded_cache() -> Path:
    """Where the fitted model is kept between runs; its name follows code and data, so it is never stale."""
    return Path(os.environ.get("TRIAGE_DATA_DIR") or default_folder()) / "cache"


@pytest.fixture(scope="session")
def embedded(embedded_cache: Path) -> EmbeddedAssistant:
    """The embedded assistant as a fresh machine has it."""
    return EmbeddedAssistant.load(embedded_cache)
