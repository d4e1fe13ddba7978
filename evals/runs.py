"""A run: one data set read by one assistant, kept as files that diff well.

The folder of a run holds

    run.json            what made it: who read, which data (path and hash), when, how long, how many, with which libraries and commit
    predictions.jsonl   one line a note that was read, in the order of the data set
    errors.jsonl        one line a note that the assistant could not read: id, kind of error, its sentence (never note text)
    scores.json         `Scores.as_json()`, where the data set has gold
    reliability.svg     how true the confidence is, drawn, where the data set has gold

While a run is under way, predictions are appended as they come; a run that was cut off goes on where it stopped, and tries the notes that
failed once more. `predictions.jsonl` quotes notes: keep it where the notes may be kept.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evals import files, predictions
from evals.errors import DataDoesNotFit, FolderIsTaken
from evals.provenance import commit, versions
from evals.reports import reliability_plot
from evals.scoring import Scores, score
from triage import labelled
from triage.assistants.protocol import Assistant, AssistantError, AssistantMisconfigured
from triage.calls import Call, totals
from triage.reading import Identity, Note, Reading

RUN, PREDICTIONS, ERRORS, SCORES = "run.json", "predictions.jsonl", "errors.jsonl", "scores.json"

Progress = Callable[[int, int], None]
"""Called with (notes done, notes in all) before the first and after each."""


@dataclass(frozen=True, slots=True)
class Run:
    """What made a run. `data` is the path as it was given, `sha256` the hash of that file. `seconds` are wall-clock, over all sittings.

    `notes` were to be read, `answered` were, `failed` could not be; `stood_in` of the answers came from a stand-in for the assistant, so
    the scores are not wholly its own. `refused` items could not be grounded and were dropped. `usage` sums what the assistant reports of
    its answers (calls, tokens, cost) by its own keys; `in_vain` does so for the notes that it could not read, over all sittings.
    `finished` is None while the run is under way or was cut off.
    """

    folder: Path
    identity: Identity
    data: str
    sha256: str
    started: str
    finished: str | None = None
    seconds: float = 0.0
    notes: int = 0
    answered: int = 0
    failed: int = 0
    stood_in: int = 0
    refused: int = 0
    usage: dict[str, float] = field(default_factory=dict)
    in_vain: dict[str, float] = field(default_factory=dict)
    made_with: dict[str, str | None] = field(default_factory=dict)
    scores: Scores | None = None

    def as_json(self) -> dict[str, Any]:
        """The `run.json` document."""
        return {
            "identity": asdict(self.identity),
            "data": {"path": self.data, "sha256": self.sha256},
            **{
                name: getattr(self, name)
                for name in ("started", "finished", "seconds", "notes", *_COUNTED, "usage", "in_vain", "made_with")
            },
        }


_COUNTED = ("answered", "failed", "stood_in", "refused")


def run(data: Path, assistant: Assistant, out: Path, *, progress: Progress | None = None, threads: int = 1) -> Run:
    """Has `assistant` read every note of `data` and leaves predictions and scores in the folder `out`; resumes what was cut off there.

    An assistant's error on one note is recorded and the run goes on: the note counts as missing. `threads` notes are read at once: 1 for
    the embedded assistant, which fills a core by itself; about 8 for a service.
    Raises: FolderIsTaken where `out` holds the run of another assistant or other data; DataDoesNotFit where an id comes twice;
    AssistantMisconfigured, since no later note would fare better (mend the settings and run again: what is done is kept); BadLine; OSError.
    """
    notes = labelled.load(data)
    if twice := [name for name, times in Counter(note.id for note in notes).items() if times > 1]:
        raise DataDoesNotFit(f"the data set holds {twice[0]} twice; give each note an id of its own")
    sitting = _Sitting(_open(data, assistant.identity, out), len(notes))
    to_read = [note.note() for note in notes if note.id not in sitting.lines]
    sitting.save()
    if progress:
        progress(len(sitting.lines), len(notes))
    try:
        for done, (note, reading, seconds) in enumerate(_readings(assistant, to_read, threads), len(sitting.lines) + 1):
            sitting.keep(note, reading, seconds)
            if progress:
                progress(done, len(notes))
    finally:
        sitting.save()
    _write_lines(out / PREDICTIONS, [sitting.lines[note.id] for note in notes if note.id in sitting.lines])
    finished = sitting.save(finished=datetime.now(UTC).isoformat(timespec="seconds"))
    scores = None
    if any(note.gold for note in notes):
        scores = score(notes, predictions.load(out / PREDICTIONS), seconds=finished.seconds)
        files.write_json(out / SCORES, scores.as_json())
        files.write_text(out / reliability_plot.NAME, reliability_plot.svg(scores.calibration))
    return replace(finished, scores=scores)


def load(folder: Path, *, data: Path | None = None) -> Run:
    """The run in `folder`, scored afresh from its predictions. `data` says where its data set is now, if it has moved.

    Raises: FolderIsTaken where `folder` holds no run; DataDoesNotFit where the data set is gone or is not the file the run was made on.
    """
    known = _read(folder)
    path = data or Path(known.data)
    if not path.exists():
        raise DataDoesNotFit(f"the data set of the run, {path}, is not there; name the file it is in now")
    if files.sha256(path) != known.sha256:
        raise DataDoesNotFit(f"{path} is not the file that the run in {folder} was made on: its contents differ; run again on it")
    notes = labelled.load(path)
    answers = predictions.load(folder / PREDICTIONS) if (folder / PREDICTIONS).exists() else []
    return replace(known, scores=score(notes, answers, seconds=known.seconds) if any(note.gold for note in notes) else None)


def folder_name(data: Path, identity: Identity) -> str:
    """A folder name for this data set read by this assistant: the same for both means the same run, to be resumed."""
    parts = (data.stem, identity.assistant, identity.model, f"{identity.prompt}@{identity.version}", identity.content_hash[:12])
    return "-".join("".join(c if c.isalnum() or c in "@._" else "_" for c in part) for part in parts if part)


class _Sitting:
    """One stretch of work on a run: keeps the lines written so far and the clock."""

    def __init__(self, known: Run, notes: int) -> None:
        self._known = known
        self._notes = notes
        self._began = time.monotonic()
        self._failed = 0
        self._in_vain = known.in_vain
        self.lines = _lines_of(known.folder / PREDICTIONS)
        files.write_text(known.folder / ERRORS, "")  # notes that failed are read again, so what stood here is out of date

    def keep(self, note: Note, reading: Reading | AssistantError, seconds: float) -> None:
        """Appends what came of one note."""
        if isinstance(reading, AssistantError):
            self._failed += 1
            told = {"id": note.id, "error": type(reading).__name__, "reason": str(reading)}
            if reading.calls:
                self._in_vain = _together([self._in_vain, totals(reading.calls)])
                told |= _calls(reading.calls)
            _append(self._known.folder / ERRORS, told)
            return
        line = predictions.line_of(note, reading) | {"seconds": round(seconds, 3), "refused": reading.refused}
        line |= {"stood_in_for": reading.stood_in_for} if reading.stood_in_for else {}
        line |= {"usage": reading.usage} if reading.usage else {}
        line |= _calls(reading.calls)
        line |= {"examples": list(reading.examples)} if reading.examples else {}
        self.lines[note.id] = line
        _append(self._known.folder / PREDICTIONS, line)

    def save(self, *, finished: str | None = None) -> Run:
        """Writes run.json as things stand now."""
        now = replace(
            self._known,
            finished=finished,
            seconds=round(self._known.seconds + time.monotonic() - self._began, 3),
            notes=self._notes,
            answered=len(self.lines),
            failed=self._failed,
            stood_in=sum("stood_in_for" in line for line in self.lines.values()),
            refused=sum(line.get("refused", 0) for line in self.lines.values()),
            usage=_together(line.get("usage", {}) for line in self.lines.values()),
            in_vain=self._in_vain,
        )
        files.write_json(now.folder / RUN, now.as_json())
        return now


def _together(several: Iterable[dict[str, float]]) -> dict[str, float]:
    """The sums, key by key, in the order of the keys."""
    sums: Counter[str] = Counter()
    for one in several:
        sums.update(one)
    return {key: round(sums[key], 9) for key in sorted(sums)}


def _calls(calls: Sequence[Call]) -> dict[str, Any]:
    """Each call by itself, for the line of a note."""
    return {"calls": [asdict(call) for call in calls]} if calls else {}


def _readings(assistant: Assistant, notes: Sequence[Note], threads: int) -> Iterator[tuple[Note, Reading | AssistantError, float]]:
    """What came of each note, with its seconds, as it comes. Raises AssistantMisconfigured at once and leaves the rest unread."""

    def read(note: Note) -> tuple[Note, Reading | AssistantError, float]:
        began = time.monotonic()
        answer: Reading | AssistantError
        try:
            answer = assistant.read_note(note)
        except AssistantMisconfigured:
            raise
        except AssistantError as error:
            answer = error
        return note, answer, time.monotonic() - began

    if threads <= 1:
        yield from map(read, notes)
        return
    pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="eval")
    try:
        for waiting in as_completed([pool.submit(read, note) for note in notes]):
            yield waiting.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _open(data: Path, identity: Identity, out: Path) -> Run:
    """The run to go on with in `out`, or a new one there."""
    out.mkdir(parents=True, exist_ok=True)
    digest = files.sha256(data)
    made_with = {"commit": commit(), **versions()}
    if not (out / RUN).exists():
        if any((out / name).exists() for name in (PREDICTIONS, SCORES)):
            raise FolderIsTaken(f"{out} holds predictions but no {RUN}, so nobody can tell whose they are; choose another folder")
        started = datetime.now(UTC).isoformat(timespec="seconds")
        return Run(out, identity, str(data), digest, started, made_with=made_with)
    known = _read(out)
    if known.identity.key != identity.key:
        raise FolderIsTaken(f"{out} holds the run of {known.identity.key}, not of {identity.key}; choose another folder")
    if known.sha256 != digest:
        raise FolderIsTaken(f"{out} holds a run on other data (or {data} has changed since); choose another folder")
    return replace(known, data=str(data), made_with=made_with)


def _read(folder: Path) -> Run:
    try:
        document = json.loads((folder / RUN).read_text(encoding="utf-8"))
        kept = {name: document[name] for name in ("started", "finished", "seconds", "notes", *_COUNTED, "usage", "made_with")}
        kept["in_vain"] = document.get("in_vain", {})  # runs of before it was counted have none
        return Run(folder, Identity(**document["identity"]), document["data"]["path"], document["data"]["sha256"], **kept)
    except FileNotFoundError:
        raise FolderIsTaken(f"{folder} holds no run: there is no {RUN} in it; make one with `triage eval run`") from None
    except (ValueError, KeyError, TypeError):
        raise FolderIsTaken(f"{folder / RUN} is not as a run writes it; choose another folder, or remove this one") from None


def _lines_of(path: Path) -> dict[str, dict[str, Any]]:
    """Lines kept so far, by note. The last one may be torn where the process was killed while writing it: it is cut off, and read again."""
    if not path.exists():
        return {}
    whole = [line for line in path.read_bytes().split(b"\n")[:-1] if line.strip()]
    try:
        lines = {line["id"]: line for line in map(json.loads, whole)}
    except (ValueError, KeyError, TypeError):
        raise FolderIsTaken(f"{path} is not as a run writes it; choose another folder, or remove this one") from None
    _write_lines(path, list(lines.values()))
    return lines


def _write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    files.write_text(path, "".join(map(files.json_line, lines)))


def _append(path: Path, line: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(files.json_line(line))
