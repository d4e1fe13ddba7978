"""The embedded assistant: no key, no network, no download. See docs/embedded.md."""

from triage.assistants.embedded.assistant import EmbeddedAssistant

__all__ = ["EmbeddedAssistant"]
