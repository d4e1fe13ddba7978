"""Message threads: lines of "CLINIC:" and "PT:" that quote a message of the team and the patient's answer to it."""

import re
from typing import NamedTuple

from triage.assistants.embedded.features import Seen, who_speaks
from workflow.vocabulary import Channel

_WAYS = (
    (Channel.SMS, re.compile(r"\b(?:sms|text)")),
    (Channel.PORTAL, re.compile(r"portal|mychart")),
    (Channel.EMAIL, re.compile(r"e-?mail")),
)


class Exchange(NamedTuple):
    """A message of the team and the first answer to it; `start` and `end` span both."""

    channel: Channel
    start: int
    end: int


def replied_thread(seen: Seen) -> Exchange | None:
    """The first message of the team that the patient answered, where the note is such a thread; one the patient began is none."""
    source = seen.note.source.lower().replace("_", " ")
    channel = next((way for way, pattern in _WAYS if pattern.search(source)), None)
    if channel is None:
        return None
    asked: tuple[int, int] | None = None
    for unit in seen.sentences:
        if ":" not in seen.split.folded[max(0, unit.place.start - 40) : unit.place.end]:
            continue
        speaker = who_speaks(unit.place.header, "")
        if speaker == "team":
            asked = (unit.place.start, unit.place.end)
        elif speaker == "patient":
            return Exchange(channel, asked[0], unit.place.end) if asked else None
    return None
