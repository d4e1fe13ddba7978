"""One process that has `NOTES` notes read by the stub, `IN_FLIGHT` at once: by our LLM assistant, or by bare instructor.

Both send the same instructions and the same note and hold the reply to the same shape. Ours also fences the note, checks every quote,
computes dates and counts, and holds each note to its time. Prints one line of JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from benchmarks.asking_stub import TEXT
from triage.assistants.llm import LLMAssistant, LLMSettings
from triage.assistants.llm.prompt_files import load
from triage.assistants.llm.schema import NoteReply
from triage.reading import Note
from workflow.vocabulary import LaneName

IN_FLIGHT = 64
NOTES = 10 * IN_FLIGHT


def ours(base_url: str) -> Callable[[int], None]:
    """Reads so many notes with the LLM assistant, from as many threads as notes may be in flight."""
    assistant = LLMAssistant(LLMSettings(base_url, "stub"), load("read_note", "v1"))
    written_at = datetime.fromisoformat("2026-03-10T15:20:00-05:00")

    def one(number: int) -> None:
        note = Note(f"n-{number}", LaneName.POST_VISIT, written_at, "care_coordinator", "call_log", f"{TEXT} Visit {number}.")
        if len(assistant.read_note(note).items) != 4:
            raise RuntimeError("a note was not read as it should be")

    pool = ThreadPoolExecutor(IN_FLIGHT)
    return lambda notes: [None for _ in pool.map(one, range(notes))] and None


def bare(base_url: str) -> Callable[[int], None]:
    """Asks instructor for so many replies, in one event loop, over one client."""
    import instructor
    import openai

    from triage.assistants.llm.assistant import WORDS

    prompt = load("read_note", "v1")
    system = prompt.render("system", words=WORDS, most_quote_chars=500)
    loop = asyncio.new_event_loop()
    client = instructor.from_openai(openai.AsyncOpenAI(base_url=base_url, api_key="none"), mode=instructor.Mode.JSON_SCHEMA)

    async def one(number: int, places: asyncio.Semaphore) -> None:
        async with places:
            note = f"{TEXT} Visit {number}."
            user = prompt.render("note", note_text=note, author_role="care_coordinator", marker="5f1d0c2a9b7e4836", part=1, parts=1)
            messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
            reply = await client.chat.completions.create(
                model="stub", response_model=NoteReply, messages=messages, temperature=0.0, max_retries=1
            )
            if len(reply.blockers) != 2:
                raise RuntimeError("a note was not read as it should be")

    async def every(notes: int) -> None:
        places = asyncio.Semaphore(IN_FLIGHT)
        await asyncio.gather(*(one(number, places) for number in range(notes)))

    return lambda notes: loop.run_until_complete(every(notes))


def main(who: str, base_url: str) -> None:
    """Warm up, then read and say what it came to."""
    read = {"ours": ours, "instructor": bare}[who](base_url)
    read(2 * IN_FLIGHT)
    began, began_cpu = time.perf_counter(), time.process_time()
    read(NOTES)
    wall, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    print(json.dumps({"notes": NOTES, "notes_per_s": NOTES / wall, "cpu_ms": cpu * 1000 / NOTES}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
