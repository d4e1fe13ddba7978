"""The LLM assistant: any OpenAI-compatible endpoint, prompts from files, every answer checked against the note. See docs/llm.md."""

from triage.assistants.llm.assistant import LLMAssistant
from triage.assistants.llm.settings import LLMSettings, ReplyFormat

__all__ = ["LLMAssistant", "LLMSettings", "ReplyFormat"]
