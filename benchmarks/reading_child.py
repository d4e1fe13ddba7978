"""One process, pinned to one core, that reads notes with the embedded assistant or medSpaCy, or embeds them with plain wordllama.

Prints one line when it is ready and one with what it measured and which blockers it found. Imports what it measures late, so that each
stands for itself alone; for medSpaCy it runs in a Python that has nothing of ours.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PUBLIC = Path(__file__).parent.parent / "evals" / "data" / "public.jsonl"
LEAST_S = 2.0

Line = dict[str, str]
Reader = tuple[Callable[[Line], Any], Callable[[Line, Any], list[dict[str, str]]]]
"""Reads a line of the data set, which is timed; and says which blockers the result holds, by category and evidence, which is not."""


def assistant() -> Reader:
    """The embedded assistant."""
    from datetime import datetime

    from triage.assistants.embedded import EmbeddedAssistant
    from triage.reading import Note, Reading
    from workflow.suggestions import BlockerPayload
    from workflow.vocabulary import LaneName

    reader = EmbeddedAssistant.load()

    def read(line: Line) -> Reading:
        written = datetime.fromisoformat(line["written_at"])
        return reader.read_note(Note(line["id"], LaneName(line["lane"]), written, line["author_role"], line["source"], line["text"]))

    def blockers(line: Line, reading: Reading) -> list[dict[str, str]]:
        found = ((item.payload, line["text"][item.start : item.end]) for item in reading.items)
        return [{"category": what.category, "evidence": words} for what, words in found if isinstance(what, BlockerPayload)]

    return read, blockers


def medspacy() -> Reader:
    """medSpaCy with the sentence splitter that it loads by default."""
    from benchmarks import medspacy_reader

    return medspacy_reader.load(default_sentences=True)


def medspacy_quick() -> Reader:
    """medSpaCy with spaCy's own sentence splitter."""
    from benchmarks import medspacy_reader

    return medspacy_reader.load(default_sentences=False)


def plain() -> Reader:
    """Embeds the text of a line, whole and once; finds no blockers."""
    import wordllama
    from wordllama import WordLlama

    inside = Path(wordllama.__file__).parent  # where the package carries its files; on its own it looks for one of them elsewhere
    model = WordLlama.load(cache_dir=inside, disable_download=True)
    return lambda line: model.embed([line["text"]]), lambda _line, _vectors: []


READERS: dict[str, Callable[[], Reader]] = {
    "assistant": assistant,
    "medspacy": medspacy,
    "medspacy_quick": medspacy_quick,
    "wordllama": plain,
}


def main(who: str, measured: bool, notes: Path = PUBLIC) -> None:
    """Get ready, say so, then go over all notes until `LEAST_S` have passed and say what that came to."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # before any library counts the cores
    use, blockers = READERS[who]()
    print("ready", flush=True)
    lines: list[Line] = [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]
    found = {line["id"]: blockers(line, use(line)) for line in lines}
    passes = 0
    began, began_cpu = time.perf_counter(), time.process_time()
    while measured and time.perf_counter() - began < LEAST_S:
        for line in lines:
            use(line)
        passes += 1
    wall, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    print(
        json.dumps(
            {
                "notes": len(lines),
                "words": sum(len(line["text"].split()) for line in lines),
                "notes_per_s": passes * len(lines) / wall,
                "notes_per_cpu_s": passes * len(lines) / cpu if cpu else 0.0,
                "peak_mb": _peak_mb(),
                "blockers": found,
            }
        ),
        flush=True,
    )


def _peak_mb() -> float:
    """The most memory this process had resident; not getrusage, which counts what it was forked from as well."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] == "1", *map(Path, sys.argv[3:]))
