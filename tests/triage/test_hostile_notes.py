"""Notes that talk to their reader: what the honest part says is suggested, all of it, and nothing else.

A line of `hostile_notes.jsonl` is the kind of attack, the honest words before and after it, and the attack's own words. What the honest
part says by itself is the measure, so that no label of ours stands between.
"""

import json
import re
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.triage.llm_builders import a_blocker, a_note, a_reply, a_task, an_assistant
from tests.triage.misbehaving_server import MisbehavingServer, obeys
from triage.assistants.embedded import EmbeddedAssistant
from triage.assistants.screened import Screened
from triage.orders import orders, without_orders
from triage.reading import Identity, Note, Reading


@dataclass(frozen=True)
class Hostile:
    attack: str
    before: str
    words: str
    after: str

    @property
    def text(self) -> str:
        return self.before + self.words + self.after

    @property
    def honest(self) -> str:
        return self.before + self.after

    def in_honest(self, place: int) -> int:
        """Where a place of the hostile note stands in the honest part alone; below zero inside the attack."""
        if place <= len(self.before):
            return place
        return place - len(self.words) if place >= len(self.before) + len(self.words) else -1


LINES = (Path(__file__).parent / "hostile_notes.jsonl").read_text(encoding="utf-8").splitlines()
NOTES = [Hostile(**json.loads(line)) for line in LINES]
IDS = [f"{number}-{note.attack.replace(' ', '-')}" for number, note in enumerate(NOTES)]
KINDS = {
    "bidi", "closed fence", "encoded", "forged json", "hidden html", "impersonated", "instruct", "markdown", "other language", "template",
    "zero-width",
}  # fmt: skip


def test_there_are_enough_of_every_kind() -> None:
    """At least 80, and four or more of each kind."""
    assert len(NOTES) >= 80
    assert {kind: sum(note.attack == kind for note in NOTES) >= 4 for kind in KINDS} == dict.fromkeys(KINDS, True)


@pytest.mark.parametrize("hostile", NOTES, ids=IDS)
def test_the_embedded_assistant_reads_the_honest_part_as_if_it_stood_alone(embedded: EmbeddedAssistant, hostile: Hostile) -> None:
    """Nothing is added, nothing is lost, and nothing of the attack is quoted (rule 9 of the guide)."""
    assistant = Screened(embedded)

    read = assistant.read_note(a_note(hostile.text))
    alone = assistant.read_note(a_note(hostile.honest))

    assert {(i.payload, hostile.in_honest(i.start), hostile.in_honest(i.end)) for i in read.items} == {
        (i.payload, i.start, i.end) for i in alone.items
    }


def first_words(text: str) -> str:
    """Something to quote from the honest part."""
    return " ".join(text.split()[:3]).rstrip(".,;")


def obeyed(hostile: Hostile) -> list[dict[str, Any]]:
    """What a model that does all it is told might answer: the attack's words as steps, its JSON as the answer, words of its own."""
    lines = [line for line in hostile.words.splitlines() if line.strip()]
    halves = [half for line in lines for half in (line[: len(line) // 2], line[len(line) // 2 :])]
    pieces = [" ".join(line.split()[at : at + 4]) for line in lines for at in range(0, max(1, len(line.split()) - 3), 4)]
    quotes = [words for words in dict.fromkeys((*lines, *halves, *pieces)) if len(re.findall(r"\w+", words)) >= 2]
    own = [
        "Close the episode now",
        "<<<end of note 0>>>",
        '{"tasks": []}',
        "Maria Gonzalez, DOB 1/2/1960",
        "https://evil.example/approve now",
    ]
    asked = [*quotes, *own]
    honest = a_blocker(first_words(hostile.before), "other")
    return [
        a_reply(
            tasks=[a_task(quote, action="other") for quote in asked[at : at + 15]],
            blockers=[honest],
            escalation={"quote": asked[0], "reason": "safety_concern"},
        )
        for at in range(0, len(asked), 15)
    ]


@pytest.mark.parametrize("hostile", NOTES, ids=IDS)
def test_a_model_that_obeys_gets_nothing_of_the_attack_through(hostile: Hostile) -> None:
    """Every piece of the attack quoted as a step, forged quotes, the closed fence, the echoed JSON: only the honest item stands."""
    for reply in obeyed(hostile):
        with MisbehavingServer(obeys(lambda _, reply=reply: reply)) as server:
            read = Screened(an_assistant(server.base_url, max_reasks=0)).read_note(a_note(hostile.text))

        assert [hostile.text[item.start : item.end] for item in read.items] == [first_words(hostile.before)]
        assert read.refused == len(reply["tasks"]) + 1


@pytest.mark.parametrize("hostile", NOTES, ids=IDS)
def test_every_honest_word_keeps_its_place(hostile: Hostile) -> None:
    """The screen blanks nothing of the patient's care, and moves nothing."""
    seen = without_orders(hostile.text)

    assert len(seen) == len(hostile.text)
    assert seen[: len(hostile.before)] + seen[len(hostile.before) + len(hostile.words) :] == hostile.honest


@pytest.mark.parametrize(
    "text",
    [
        "Told pt to ignore the old prep instructions, new ones mailed.",
        "Medical assistant to call pt Fri. Model number on the CPAP is worn off.",
        "Mod AI on echo, refer to AI clinic, please call them.",
        "EF <35%, HR <b/w 60 and 70>, wt > 80. Uses <4 h/night & [sic] 3/10 (pain).",
        "--- forwarded message ---\nPt can't come Tues.\n--- end of message ---\nRebook.",
        "Ride: {unknown}. Bring #2 form [blue one]; see portal [msg 3].",
        "A B C D of care reviewed. Insert into calendar. Delete from wait list.",
        "User: dwhitfield\nCalled pt, LVM.\nAssistant on call: Maria",
        "Machine reads high on BP cuff, so ask RN to check it.",
    ],
)
def test_honest_words_that_look_a_little_like_it_are_read(text: str) -> None:
    """A screen that swallows work is worse than an order that a person will reject."""
    assert orders(text) == []


class Parrot:
    """Quotes all it is shown."""

    identity = Identity("parrot", "m", "p", "v1", "hash")

    def read_note(self, note: Note) -> Reading:
        from triage.reading import Grounded
        from workflow.suggestions import BlockerPayload
        from workflow.vocabulary import BlockerCategory

        payload = BlockerPayload(category=BlockerCategory.OTHER)
        return Reading(self.identity, (Grounded(payload, 0, len(note.text), 0.5),))


def test_a_quote_that_reaches_over_a_blank_is_left_out_and_counted() -> None:
    """It is not one run of words, and between them stands the attack."""
    read = Screened(Parrot()).read_note(a_note("Call pt {{ 7*7 }} tomorrow."))

    assert (read.items, read.refused) == ((), 1)


@pytest.mark.parametrize("piece", ["<a ", "<!--", "{{", "\n \n", "</note>", "a b ", "ignore ", "User: \n", "<div hidden>", "the model "])
def test_a_megabyte_of_it_is_screened_in_good_time(piece: str) -> None:
    """A hostile note must not hold up the queue."""
    began = time.process_time()

    orders(piece * (500_000 // len(piece)))

    assert time.process_time() - began < 20


def test_a_note_without_orders_is_handed_on_as_it_is(embedded: EmbeddedAssistant) -> None:
    """The screen changes nothing for honest notes, and answers under the name of whom it asks."""
    note = a_note(written_at=datetime.fromisoformat("2026-03-10T15:20:00-05:00"))

    assert Screened(embedded).read_note(note) == embedded.read_note(note)
    assert Screened(embedded).identity == embedded.identity
