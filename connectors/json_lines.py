"""Reading JSON Lines: our columns as keys, or labelled notes in the format of docs/dataset.md, whose labels are passed over."""

import io
import json
import math
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, NoReturn

from connectors.refusals import FileRefused, Refusal, Row, shown
from connectors.refused_file import WHY, WRAPPED, json_line
from connectors.rows import What, column, detect, unknown_content

GOLD = "gold"
MOST_KEYS = 20


class NotAnObject(ValueError):
    """A line that cannot be read as one JSON object; the message says why, as the end of "the line ..."."""


def parse_object(line: str) -> dict[str, object]:
    """The object that a line holds. Raises NotAnObject where JSON readers would differ about it, or could not store it."""
    try:
        found = json.loads(line, object_pairs_hook=_without_twins, parse_constant=_no_constant, parse_float=_finite)
    except NotAnObject:
        raise
    except json.JSONDecodeError as error:
        raise NotAnObject(f"is not valid JSON at character {error.pos + 1} ({error.msg}); was the file cut off or broken here?") from None
    except RecursionError:
        raise NotAnObject("has lists or objects in one another more deeply than can be read; a note is one flat object") from None
    except ValueError:
        raise NotAnObject("holds a number too long to be read; write ids as text, in double quotes") from None
    if not isinstance(found, dict):
        raise NotAnObject('is not a JSON object; one line is one object, like {"note_id": "n1", ...}')
    return found


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise NotAnObject(f"has the key {shown(twice)} twice; keep the one that holds")
    return found


def _no_constant(name: str) -> NoReturn:
    raise NotAnObject(f"holds {name}, which is no JSON; leave the key out, or write null")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotAnObject(f"holds the number {shown(text)}, which is too large; leave the key out, or write null")
    return number


class JsonLinesTable:
    """The rows of one JSON Lines file. Raises FileRefused on making where no line of it says what it holds."""

    suffix = "jsonl"

    def __init__(self, file: BinaryIO, codec: str, what: What | None) -> None:
        self._file = file
        self._codec = codec
        self.warnings: list[str] = []
        self.total = 0
        first: dict[str, object] | None = None
        trouble = ""
        for number, line in self._lines():
            self.total += 1
            if first is None:
                try:
                    first = parse_object(_as_it_was(line))
                except NotAnObject as error:
                    trouble = trouble or f"line {number} {error}"
                    if self.total == 1 and (line.strip() == "{" or line.lstrip().startswith("[")):
                        _refuse_whole_document()
        if self.total == 0:
            raise FileRefused("The file has no lines with anything in them. Export it again.")
        if first is None and what is None:
            raise FileRefused(f"No line of the file can be read: {trouble}.")
        headings = tuple(first or ())
        if "resourceType" in headings:
            raise FileRefused("The file is FHIR, not a list of patients or notes. Export those as CSV or JSON Lines.")
        found = what or detect(headings)
        if found is None:
            raise FileRefused(unknown_content(headings))
        self.what: What = found

    def __iter__(self) -> Generator[Row | Refusal, None, None]:
        """All lines with something on them. What was not used of them is told in `warnings` when the last one is read."""
        unused: Counter[str] = Counter()
        for number, line in self._lines():
            raw = _as_it_was(line)
            try:
                found = parse_object(raw)
                row = Row(number, self._values(found), raw)
            except NotAnObject as error:
                yield Refusal(number, str(error), raw)
                continue
            unused.update(key for key in found if column(key, self.what) is None and key != WHY)
            yield row
        labelled = unused.pop(GOLD, 0)
        if labelled:
            self.warnings.append(f"{_lines_of(labelled)} labels ({GOLD}), which importing passes over: they are for evals.")
        if unused:
            some = ", ".join(f"{shown(key)} ({count})" for key, count in unused.most_common(MOST_KEYS))
            more = f" and {len(unused) - MOST_KEYS} more" if len(unused) > MOST_KEYS else ""
            self.warnings.append(f"Keys that were not used, with how many lines have them: {some}{more}.")

    def refused_lines(self, refusals: list[Refusal]) -> Iterator[str]:
        """The refused lines, each with its reason."""
        for refusal in refusals:
            raw = refusal.raw if isinstance(refusal.raw, str) else "".join(refusal.raw)
            try:
                found: dict[str, object] | None = parse_object(raw)
            except NotAnObject:
                found = None
            yield json_line(refusal.reason, found, raw)

    def _values(self, found: dict[str, object]) -> dict[str, object]:
        values: dict[str, object] = {}
        names: dict[str, str] = {}
        for key, value in found.items():
            name = column(key, self.what)
            if name is None:
                continue
            if name in names:
                raise NotAnObject(f"has both {shown(names[name])} and {shown(key)} for {name}; keep the one that holds")
            names[name] = key
            if value is not None and value != "":
                values[name] = value
        return values

    def _lines(self) -> Iterator[tuple[int, str]]:
        self._file.seek(0)
        # A JSON string cannot hold a raw line end, so any of them ends a line; those that Unicode adds (U+2028) do not.
        text = io.TextIOWrapper(self._file, encoding=self._codec, newline="")
        try:
            for number, line in enumerate(text, 1):
                if line.strip():
                    yield number, line
        finally:
            text.detach()


def _refuse_whole_document() -> NoReturn:
    raise FileRefused(
        "The file is one JSON document; JSON Lines has one object on each line. For a list, run: jq -c '.[]' notes.json > notes.jsonl"
    )


def _lines_of(count: int) -> str:
    return "1 line has" if count == 1 else f"{count:,} lines have"


def _as_it_was(line: str) -> str:
    """The line as it was before our refused file wrapped it."""
    raw = line.rstrip("\r\n")
    if WRAPPED in raw and WHY in raw:
        with suppress(NotAnObject):
            found = parse_object(raw)
            inner = found.get(WRAPPED)
            if WHY in found and isinstance(inner, str):
                return inner
    return raw
