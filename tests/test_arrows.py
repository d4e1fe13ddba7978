"""Rules of the house that a search over our own source can hold."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ["workflow", "store", "prompts", "triage", "connectors", "evals", "review_ui", "cli"]
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_is_something_to_search():
    """An empty list would hold every rule."""
    assert {path.relative_to(ROOT).parts[0] for path in SOURCES} >= {"workflow", "store", "triage"}


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_nothing_loads_a_pickle(path):
    """Unpickling runs what the bytes say: whoever can write the database, a cache or a data set could run code."""
    source = path.read_text(encoding="utf-8")
    imports = r"^\s*(?:import|from)\s+(?:_?pickle|cPickle|dill|cloudpickle|joblib|shelve|marshal)\b"
    loads = (
        r"\b(?:pickle|joblib|dill|marshal|shelve)\.(?:loads?|open|Unpickler)\b|\bread_pickle\b"
        r"|allow_pickle\s*=\s*True|yaml\.(?:unsafe_|full_)?load\("
    )

    assert re.findall(imports, source, flags=re.MULTILINE) == []
    assert re.findall(loads, source) == []


@pytest.mark.parametrize("path", [path for path in SOURCES if path.relative_to(ROOT).parts[0] == "workflow"], ids=ids)
def test_the_rules_read_no_clock(path):
    """A move can be previewed and replayed over history because the moment is handed in."""
    source = path.read_text(encoding="utf-8")

    assert re.findall(r"\b(?:datetime\.(?:now|utcnow|today)|date\.today|time\.(?:time|sleep|monotonic))\s*\(", source) == []
