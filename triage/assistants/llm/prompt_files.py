"""Prompt files: `prompts/<name>/<version>.md`, source code with a version. Once used, a file is not edited; a change is a new file."""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template, meta

from triage.assistants.protocol import AssistantMisconfigured

PROMPTS = Path(__file__).parents[3] / "prompts"
"""Beside our packages, in a checkout and in an installation alike."""

_FIRST_LINE = re.compile(r"\{#\s*(?P<purpose>.+?)\s*#\}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version of one prompt. The file has two blocks: `system`, the same every time, and what it is about, `note` or `facts`."""

    name: str
    version: str
    source: str

    @property
    def purpose(self) -> str:
        """The first line: what changed in this version and why."""
        match = _FIRST_LINE.match(self.source.split("\n", 1)[0])
        return match["purpose"] if match else ""

    @property
    def content_hash(self) -> str:
        """SHA-256 of the file, in hex."""
        return hashlib.sha256(self.source.encode()).hexdigest()

    def takes(self, name: str) -> bool:
        """Whether the file has a place for a value of this name."""
        return name in meta.find_undeclared_variables(Environment(autoescape=False).parse(self.source))  # noqa: S701 — nothing is rendered

    def render(self, block: str, **values: object) -> str:
        """The text of one block. `values` are inserted as they are: a note full of template syntax stays as it is.

        Raises jinja2.UndefinedError for a name that is missing, KeyError for a block that the file has not.
        """
        template = _compiled(self.source)
        return "".join(template.blocks[block](template.new_context(values))).strip("\n")


@lru_cache(maxsize=64)
def _compiled(source: str) -> Template:
    # The prompt is plain text for a model; HTML escapes would change the note's words.
    return Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True).from_string(source)  # noqa: S701


def available(folder: Path = PROMPTS) -> dict[str, list[str]]:
    """The versions of every prompt by its name, oldest first."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*/*.md"), key=lambda path: (path.parent.name, _number(path.stem), path.stem)):
        found.setdefault(path.parent.name, []).append(path.stem)
    return found


def load(name: str, version: str | None = None, folder: Path = PROMPTS) -> Prompt:
    """One prompt; the newest version where none is named. Raises AssistantMisconfigured naming what there is."""
    versions = available(folder).get(name, [])
    chosen = version or (versions[-1] if versions else "")
    if not _NAME.fullmatch(name) or chosen not in versions:
        raise AssistantMisconfigured(
            f"There is no prompt {name}@{chosen or '?'}. There are: "
            + (", ".join(f"{name}@{version}" for name, versions in available(folder).items() for version in versions) or "none")
            + "."
        )
    return Prompt(name, chosen, (folder / name / f"{chosen}.md").read_text(encoding="utf-8"))


def _number(version: str) -> int:
    return int(version[1:]) if re.fullmatch(r"v\d{1,6}", version) else -1
