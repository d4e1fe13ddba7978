"""Reading the text of a lane file: the lane, or everything that does not hold, each with its line, column, key and remedy.

A file may come from a stranger's hand, so it is bounded before it is read: in bytes, in depth, and without YAML's anchors, aliases,
tags and merges, by which a few lines can stand for millions.
"""

import codecs
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from workflow.lanes import ALWAYS, EscalationRules, Lane, LaneError, contradictions

LARGEST = 64 * 1024
"""Bytes; a shipped file has under 5,000."""

DEEPEST = 6
"""Levels of keys within keys; a lane file has three."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the file that does not hold, or, as a warning, that may not be meant. Lines and columns count from 1."""

    line: int
    column: int
    key: str
    what: str
    remedy: str
    is_warning: bool = False

    def __str__(self) -> str:
        said = f"{self.key}: {self.what}" if self.key else self.what
        return f"line {self.line}, column {self.column}: {said}. {self.remedy[:1].upper()}{self.remedy[1:]}."


@dataclass(frozen=True, slots=True)
class Examined:
    """What reading a file came to. `lane` is there where nothing but warnings was found."""

    lane: Lane | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if not problem.is_warning)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.is_warning)


def parse_lane(data: bytes | str, file_name: str) -> Lane:
    """The lane that the file says. Raises LaneError with every problem of it, a line each."""
    examined = examine(data)
    if examined.lane is None:
        raise LaneError("\n".join(f"{file_name}, {problem}" for problem in examined.errors))
    return examined.lane


def examine(data: bytes | str) -> Examined:
    """Read a file and say everything about it that does not hold, in the order of its lines."""
    reading = _Reading()
    lane = reading.lane(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data)
    problems = sorted(set(reading.problems), key=lambda problem: (problem.line, problem.column, problem.key))
    return Examined(None if any(not problem.is_warning for problem in problems) else lane, tuple(problems))


@dataclass
class _Reading:
    problems: list[Problem] = field(default_factory=list)
    key_at: dict[Path, yaml.Mark] = field(default_factory=dict)
    value_at: dict[Path, yaml.Mark] = field(default_factory=dict)
    unread: set[Path] = field(default_factory=set)

    def lane(self, data: bytes) -> Lane | None:
        text = self._text(data)
        root = self._root(text) if text is not None else None
        if root is None:
            return None
        said = self._plain(root, ())
        try:
            lane = Lane.model_validate(said)
        except ValidationError as error:
            for each in error.errors(include_url=False):
                if each["loc"]:  # what the keys say against one another comes below, with lines
                    self._explain(each)
            lane = None
        for path, what, remedy in contradictions(said):
            self._tell(path, what, remedy)
        if lane is not None:
            self._warn(lane, said)
        return lane

    def _text(self, data: bytes) -> str | None:
        """The file as text; None where it is too large or none."""
        if len(data) > LARGEST:
            self._at(
                0, 0, f"the file has {len(data):,} bytes, and a lane file has at most {LARGEST:,}", "look whether this is the right file"
            )
            return None
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self._at(0, 0, "the file is saved as UTF-16", "save it as UTF-8 (in Notepad: Save as, Encoding)")
            return None
        if data.startswith(codecs.BOM_UTF8):
            what = "the file begins with a byte order mark, which is passed over"
            self._at(0, 0, what, "save it as UTF-8 without BOM to be rid of this", is_warning=True)
            data = data.removeprefix(codecs.BOM_UTF8)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            before = data[: error.start].decode("utf-8")
            self._in_text(before, f"byte {data[error.start]:#04x} is not UTF-8", "save the file as UTF-8 and try again")
            return None
        if strange := yaml.reader.Reader.NON_PRINTABLE.search(text):
            name = f"U+{ord(strange[0]):04X}"
            self._in_text(text[: strange.start()], f"a character that cannot be seen ({name}) stands here", "remove it")
            return None
        return text

    def _root(self, text: str) -> MappingNode | None:
        """The file's tree, once nothing in its syntax stands against it."""
        try:
            if not self._is_plain(text):
                return None
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line, mark.column) if mark else (0, 0)
            lines = text.splitlines()
            if "\t" in (lines[line][: column + 1] if line < len(lines) else ""):
                self._at(line, column, "a tab stands where YAML wants spaces", "indent with spaces")
            else:
                what = f"this is not valid YAML: {error.problem or 'it cannot be read'}"
                self._at(line, column, what, "look here and in the line before for a colon, bracket, quote or space missing or too many")
            return None
        if not isinstance(root, MappingNode):
            what = "the file is empty" if root is None else "a lane file is a list of keys and values, like name: referral"
            self._at(0, 0, what, "start from one that holds: triage lane show referral")
            return None
        return root

    def _is_plain(self, text: str) -> bool:
        """Whether the file is keys, lists and words, and no more of YAML. Stops at the first thing that is more."""
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            mark = event.start_mark
            line, column = (mark.line, mark.column) if mark else (0, 0)
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
                self._at(
                    line, column, "anchors and aliases (& and *) have no place in a lane file", "write the value out where it is meant"
                )
                return False
            if getattr(event, "tag", None) is not None:
                self._at(line, column, "tags (!) have no place in a lane file", "write the value without it")
                return False
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                self._at(line, column, "keys stand deeper within keys than in any lane file", "look at the brackets and at the indentation")
                return False
        return True

    def _plain(self, node: Node, path: Path) -> Any:
        """The node as dicts, lists and scalars, with the place of each noted."""
        self.value_at[path] = node.start_mark
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self._plain(each, (*path, str(number))) for number, each in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._at(
                    key.start_mark.line, key.start_mark.column, "a list or a group of keys cannot be a key", "write a word before the colon"
                )
                continue
            here = (*path, key.value)
            if key.value in said:
                first = self.key_at[here].line + 1
                self.key_at[here] = key.start_mark
                self._tell(here, f"stands twice; first in line {first}", "remove one of the two", at_key=True)
                continue
            self.key_at[here] = key.start_mark
            said[key.value] = self._plain(value, here)
        return said

    def _scalar(self, node: Node, path: Path) -> Any:
        if node.tag == "tag:yaml.org,2002:bool":
            return node.value  # no key of a lane is a yes or no, but the country Norway and the province Ontario are NO and ON
        try:
            return yaml.SafeLoader("").construct_object(node)
        except ValueError:  # a day like 2026-13-45, or a number of thousands of digits
            self.unread.add(path)
            self._tell(path, f"{node.value[:40]!r} cannot be read", "write a day like 2026-12-24, or a small whole number")
            return None

    def _explain(self, error: ErrorDetails) -> None:
        """One finding of the model, in words."""
        path = tuple(str(part) for part in error["loc"] if part != "[key]")
        if path in self.unread:
            return
        given, context = error["input"], error.get("ctx", {})
        match error["type"]:
            case "missing":
                self._tell(path, "is missing", f"add {path[-1]}: and its value{'' if path[:-1] else ', as in the shipped file'}")
            case "extra_forbidden":
                known = _keys_at(path[:-1])
                self._tell(path, "is no key that a lane file has here", _choose(path[-1], known), at_key=True)
            case "enum":
                allowed = [word.strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
                at_key = error["loc"][-1] == "[key]"
                self._tell(
                    path,
                    f"{_short(given)} is no word for this",
                    _choose(given, allowed),
                    at_key=at_key,
                )
            case "value_error":
                what, _, remedy = str(context["error"]).partition("; ")
                self._tell(path, what, remedy or "write another value")
            case kind:
                what, remedy = _SAID.get(kind, (error["msg"], "look at the shipped file: triage lane show referral"))
                self._tell(path, f"{_short(given)} {what.format(**context)}", remedy.format(**context))

    def _warn(self, lane: Lane, said: Mapping[str, Any]) -> None:
        """What holds and may still not be meant."""
        tables: tuple[tuple[Path, Sequence[str]], ...] = (
            (("cadence", "by_status"), list(lane.cadence.by_status)),
            (("next_action_by_status",), list(lane.next_action_by_status)),
        )
        for path, words in tables:
            for status in words:
                if status not in lane.statuses and status not in ALWAYS:
                    self._tell(
                        (*path, status), "this lane does not use that status", "remove the line, or add it to statuses", is_warning=True
                    )
        for rule in EscalationRules.model_fields:
            if rule.startswith("after_") and rule not in said["escalation"]:
                what = f"{rule} is not there, so nothing is raised by it"
                self._tell(("escalation",), what, f"add {rule} with a number, or with null to say that this is meant", is_warning=True)

    def _tell(self, path: Path, what: str, remedy: str, *, at_key: bool = False, is_warning: bool = False) -> None:
        """Note a problem of a key: at its value, at the key itself, or, where it is not there, at the nearest that is."""
        marks = (self.key_at, self.value_at) if at_key else (self.value_at, self.key_at)
        near = next(path[:length] for length in range(len(path), -1, -1) if path[:length] in self.value_at or path[:length] in self.key_at)
        mark = next(marked[near] for marked in (marks if near == path else (self.key_at, self.value_at)) if near in marked)
        self.problems.append(Problem(mark.line + 1, mark.column + 1, ".".join(path), what, remedy, is_warning))

    def _at(self, line: int, column: int, what: str, remedy: str, *, is_warning: bool = False) -> None:
        self.problems.append(Problem(line + 1, column + 1, "", what, remedy, is_warning))

    def _in_text(self, before: str, what: str, remedy: str) -> None:
        """Note a problem of the character behind `before`."""
        self._at(before.count("\n"), len(before) - before.rfind("\n") - 1, what, remedy)


_SAID = {
    "greater_than_equal": ("is too small", "write {ge} or more"),
    "less_than_equal": ("is too large", "write {le} or less"),
    "int_type": ("is no whole number", "write one, like 3"),
    "too_short": ("names nothing", "write at least one"),
    "string_type": ("is no text", "write it in quotes"),
    "string_too_short": ("is empty", "write a few words"),
    "string_too_long": ("is too long", "write {max_length} characters or fewer"),
    "tuple_type": ("is no list", "write one like [care_coordinator, nurse_reviewer]"),
    "frozen_set_type": ("is no list of days", "write one like [2026-12-24]"),
    "dict_type": ("is no group of keys", "write keys and values below it, each as word: value"),
    "model_type": ("is no group of keys", "write keys and values below it, each as word: value"),
    "date_type": ("is no day", "write one like 2026-12-24"),
    "date_from_datetime_parsing": ("is no day", "write one like 2026-12-24"),
    "date_from_datetime_inexact": ("is no day", "write one like 2026-12-24, without a time"),
}
"""What a finding of the model means for the person who edits the file, by its type: what, and the remedy."""


def _keys_at(path: Path) -> list[str]:
    """The keys that a group of the file may have."""
    model: type[BaseModel] = Lane
    for part in path:
        inner = model.model_fields[part].annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return list(model.model_fields)


def _choose(said: object, known: Sequence[str]) -> str:
    """The words that can be written, the nearest first."""
    near = difflib.get_close_matches(str(said).lower().replace(" ", "_").replace("-", "_")[:60], known, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    return f"{meant}Write one of: {', '.join(known)}"


def _short(value: object) -> str:
    """A value as the message repeats it."""
    text = (
        "nothing" if value is None else repr(value) if isinstance(value, str) else "this" if isinstance(value, dict | list) else str(value)
    )
    return text if len(text) <= 40 else f"{text[:39]}…"


def each_on_a_line(problems: Sequence[Problem], file_name: str) -> Iterator[str]:
    """The problems as a terminal shows them."""
    for problem in problems:
        yield f"{file_name}, {'note, ' if problem.is_warning else ''}{problem}"
