"""Whether a prompt file can be used: what it is given is all it asks for, and it says what changed and why."""

import re

from jinja2 import TemplateError

from triage.assistants.llm.assistant import WORDS
from triage.assistants.llm.checking import MOST_QUOTE_CHARS
from triage.assistants.llm.prompt_files import Prompt
from triage.assistants.llm.writing import TOLD

_NOTE = {"note_text": "No ride.", "author_role": "nurse", "part": 1, "parts": 2, "examples": ()}
_FACTS = {
    "draft_outreach": {"form": "sms", "language": "es", "purpose": "call_patient", "lane": "referral"},
    "summarise_context": {"lane": "referral"},
    "narrate_changes": {"lane": "all lanes"},
    "name_pattern": {"category": "transport"},
}


def problems(prompt: Prompt) -> list[str]:
    """What is wrong with a prompt file, each in a sentence; empty where it can be used."""
    found = []
    if not re.match(rf"{re.escape(prompt.version)}, \d{{4}}-\d\d-\d\d: ", prompt.purpose):
        found.append(f"The first line must say {prompt.version}, the day, what changed and why.")
    blocks: dict[str, dict[str, object]] = {}
    if prompt.name == "read_note":
        blocks = {"system": {"words": WORDS, "most_quote_chars": MOST_QUOTE_CHARS}, "note": {**_NOTE, "marker": "ab12"}}
    elif prompt.name in TOLD:
        blocks = {"system": TOLD[prompt.name], "facts": {**_FACTS[prompt.name], "lines": ["{}"], "marker": "ab12"}}
    else:
        found.append("Nobody asks for a prompt of this name.")
    for block, values in blocks.items():
        try:
            prompt.render(block, **values)
        except KeyError:
            found.append(f"The block {block!r} is missing.")
        except TemplateError as error:
            found.append(f"The block {block!r} cannot be rendered: {error}.")
    return found
