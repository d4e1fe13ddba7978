"""One process, pinned to one core, that reads the public notes with the embedded assistant or embeds them with plain wordllama.

Prints one line when it is ready and one with what it measured. Imports what it measures late, so that each stands for itself alone.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

PUBLIC = Path(__file__).parent.parent / "evals" / "data" / "public.jsonl"
LEAST_S = 2.0


def assistant() -> Callable[[dict[str, str]], object]:
    """Reads a line of the data set with the embedded assistant."""
    from datetime import datetime

    from triage.assistants.embedded import EmbeddedAssistant
    from triage.reading import Note
    from workflow.vocabulary import LaneName

    reader = EmbeddedAssistant.load()

    def read(line: dict[str, str]) -> object:
        written = datetime.fromisoformat(line["written_at"])
        return reader.read_note(Note(line["id"], LaneName(line["lane"]), written, line["author_role"], line["source"], line["text"]))

    return read


def plain() -> Callable[[dict[str, str]], object]:
    """Embeds the text of a line, whole and once."""
    import wordllama
    from wordllama import WordLlama

    inside = Path(wordllama.__file__).parent  # where the package carries its files; on its own it looks for one of them elsewhere
    model = WordLlama.load(cache_dir=inside, disable_download=True)
    return lambda line: model.embed([line["text"]])


def main(who: str, measured: bool) -> None:
    """Get ready, say so, then go over all notes until `LEAST_S` have passed and say what that came to."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # before any library counts the cores
    use = {"assistant": assistant, "wordllama": plain}[who]()
    print("ready", flush=True)
    lines = [json.loads(line) for line in PUBLIC.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        use(line)
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
            }
        ),
        flush=True,
    )


def _peak_mb() -> float:
    """The most memory this process had resident; not getrusage, which counts what it was forked from as well."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] == "1")
