"""What the annotation guide says about words, as named patterns over folded text. Each is one feature of a clause; the heads weigh them."""

import re

from triage.assistants.embedded.lexicon_signs import ALARM, CONTACT, HINDERS
from triage.assistants.embedded.lexicon_steps import MOOD, STEPS, THINGS

GROUPS = {"m": MOOD, "s": STEPS, "t": THINGS, "h": HINDERS, "o": CONTACT, "a": ALARM}
CUES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (f"{group}:{name}", re.compile(pattern)) for group, table in GROUPS.items() for name, pattern in table.items() if pattern != "@"
)
OPEN_MOODS = (
    "m:will",
    "m:need",
    "m:to_be",
    "m:start_verb",
    "m:comma_verb",
    "m:actor_to",
    "m:name_to",
    "m:actor_present",
    "m:please",
    "m:can_you",
    "m:ing_future",
    "m:want",
    "m:box_open",
)
SHUT_MOODS = ("m:done", "m:past", "m:not_needed", "m:patient_will", "m:advise", "m:self_do", "m:weak")


def cues(clause: str) -> list[str]:
    """Names of the cues that a folded clause shows, in the order of the tables."""
    return [name for name, pattern in CUES if pattern.search(clause)]
