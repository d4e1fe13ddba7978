"""docs/import.md says what the program does: its examples import, and no column or option is missing from it."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from cli.importing import import_command
from connectors.rows import SYNONYMS, What, column, columns, required

PAGE = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
SECTIONS = {What.PATIENTS: PAGE.split("### Patients")[1].split("### Notes")[0], What.NOTES: PAGE.split("### Notes")[1].split("\n## ")[0]}


def test_the_examples_import(intake: Any) -> None:
    """In the order of the page: patients, then their notes, without a refusal or a warning."""
    examples = re.findall(r"```(csv|jsonl)\n(.*?)```", PAGE, flags=re.DOTALL)

    reports = [intake.take(text.encode(), f"example{number}.{suffix}") for number, (suffix, text) in enumerate(examples)]

    assert [(report.new, report.refused, report.warnings) for report in reports] == [(2, [], []), (1, [], []), (1, [], [])]


@pytest.mark.parametrize("what", What)
def test_every_column_is_on_the_page_and_no_other(what: What) -> None:
    """The table is the whole of what a file may hold; "needed" stands where the program needs it."""
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", SECTIONS[what], flags=re.MULTILINE)

    assert sorted(name for name, _ in rows) == sorted(columns(what))
    assert sorted(name for name, text in rows if text.startswith("needed")) == sorted(required(what))
    told = {column(also, what): name for name, text in rows for also in re.findall(r"`([\w-]+)`", text.partition("Also: ")[2])}
    assert all(ours == name for ours, name in told.items())
    assert sum(text.partition("Also: ")[2].count("`") // 2 for _, text in rows) == len(SYNONYMS[what])


def test_every_option_is_on_the_page() -> None:
    """An option nobody can find is no option."""
    names = {"as_json": "--json", "file_format": "--format"}
    for name in inspect.signature(import_command).parameters:
        if name != "path":
            assert names.get(name, f"--{name.replace('_', '-')}") in PAGE
