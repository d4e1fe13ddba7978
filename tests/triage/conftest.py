"""The embedded assistant, shared by all tests of a run."""

import pytest

from triage.assistants.embedded import EmbeddedAssistant


@pytest.fixture(scope="session")
def embedded() -> EmbeddedAssistant:
    """The embedded assistant as a fresh machine has it."""
    return EmbeddedAssistant.load()
