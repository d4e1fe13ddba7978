"""The docs tell the truth: examples run, every setting and command is there, links lead somewhere."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.main import app
from cli.settings import Settings
from review_ui.reports import SHOWN
from triage.labelled import parse_line
from workflow.vocabulary import Action, BlockerCategory, Channel, EscalationReason, LaneName, Outcome, OwnerRole

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("**/*.md"))]
BLOCK = re.compile(r"^```sh test\n(.*?)^```", re.DOTALL | re.MULTILINE)
RUNNABLE = [(page.name, block) for page in PAGES for block in BLOCK.findall(page.read_text("utf-8"))]


@pytest.mark.parametrize(("page", "block"), RUNNABLE, ids=[f"{page}-{number}" for number, (page, _) in enumerate(RUNNABLE)])
def test_an_example_runs(page: str, block: str, tmp_path: Path) -> None:
    """As it stands, from the top of the checkout, on a data folder of its own (blocks that say `sh test`)."""
    data, programs = tmp_path / "data", tmp_path / "bin"
    data.mkdir()
    programs.mkdir()
    triage = programs / "triage"
    triage.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli.main "$@"\n', encoding="utf-8")
    triage.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRIAGE_") and name != "OPENAI_API_KEY"}
    environment = kept | {"PATH": f"{programs}:{kept['PATH']}", "PYTHONPATH": str(ROOT), "TRIAGE_DATA_DIR": str(data)}

    done = subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, f"{page}: {done.stderr}"


def test_the_readme_begins_with_the_two_commands() -> None:
    """A stranger gets to a running review page with the first one."""
    commands = re.findall(r"^(?:\$ )?(make \S+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)

    assert commands[:2] == ["make demo", "make test"]


def test_every_setting_is_told() -> None:
    """A setting nobody can find is no setting."""
    text = "\n".join(page.read_text("utf-8") for page in PAGES)

    assert [name for name in Settings.model_fields if f"`TRIAGE_{name.upper()}`" not in text] == []


def test_no_setting_is_told_that_does_not_exist() -> None:
    """Nobody should set what nothing reads."""
    told = {name for page in PAGES for name in re.findall(r"`TRIAGE_([A-Z_]+)`", page.read_text("utf-8"))}

    assert {name.lower() for name in told if not name.startswith("TEST_")} <= set(Settings.model_fields)


def test_every_command_is_told() -> None:
    """By the words a person types."""
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    commands = [command.name for command in app.registered_commands] + [group.name for group in app.registered_groups]

    assert [name for name in commands if f"triage {name}" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    """Links within the checkout, that is."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_annotation_guide_has_the_program_s_words() -> None:
    """A word in one and not in the other would make a label that nobody can read."""
    guide = (ROOT / "docs" / "dataset.md").read_text("utf-8")
    words = [word for kind in (Action, OwnerRole, BlockerCategory, Channel, Outcome, EscalationReason, LaneName) for word in kind.values()]

    assert [word for word in words if f"`{word}`" not in guide] == []


def test_the_annotation_guide_s_example_is_a_labelled_note() -> None:
    """Its evidence is in its text, as the guide asks."""
    example = re.search(r"```json\n(.*?)```", (ROOT / "docs" / "dataset.md").read_text("utf-8"), re.DOTALL)
    assert example is not None

    labelled = parse_line(json.dumps(json.loads(example[1])), 1)

    assert labelled.gold is not None
    assert len(labelled.gold.tasks) == 2


def test_every_report_is_defined_as_the_page_says() -> None:
    """A definition is written once and told twice."""
    told = (ROOT / "docs" / "reports.md").read_text("utf-8")

    assert [name for name, kind in SHOWN.items() if f"### {kind.title}\n\n`{name}`. {kind.definition}\n" not in told] == []
