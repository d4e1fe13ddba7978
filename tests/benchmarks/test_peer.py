"""medSpaCy as a peer in `make bench`: its rules, its process, and the bench without it."""

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import peer
from benchmarks.measuring import ROOT
from evals.scoring import NAMED_BLOCKERS

RULES = json.loads((ROOT / "benchmarks" / "medspacy_rules.json").read_text("utf-8"))
installed = pytest.mark.skipif(not peer.INSTALLED.exists(), reason="medSpaCy is not installed beside us: make bench-peer")


def test_every_category_has_rules_and_there_are_no_others() -> None:
    """A misspelt category would count as nothing found, against the peer."""
    counts = Counter(rule["category"] for rule in RULES["target_rules"])

    assert counts.keys() == {category.value for category in NAMED_BLOCKERS}
    assert all(15 <= count <= 30 for count in counts.values())


def test_no_rule_stands_twice() -> None:
    """Where two rules look for the same, one of them is a slip of the hand."""
    patterns = [json.dumps(rule.get("pattern", rule["literal"])) for rule in RULES["target_rules"]]

    assert [pattern for pattern, count in Counter(patterns).items() if count > 1] == []


def test_the_context_rules_say_what_medspacy_acts_on() -> None:
    """ConText passes over a category that it does not know, and over types that are not in capitals."""
    known = {"NEGATED_EXISTENCE", "HISTORICAL", "HYPOTHETICAL", "FAMILY"}
    types = {category.value.upper() for category in NAMED_BLOCKERS}

    acting = [rule for rule in RULES["context_rules"] if rule["direction"] != "TERMINATE"]

    assert {rule["category"] for rule in acting} == known
    assert all(types.issuperset(rule.get(key, ())) for rule in acting for key in ("allowed_types", "excluded_types"))


def test_the_bench_goes_on_where_medspacy_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says how to have it."""
    monkeypatch.setattr(peer, "INSTALLED", tmp_path / ".installed")

    assert peer.run(tmp_path) == []
    assert "make bench-peer" in capsys.readouterr().err


@installed
@pytest.mark.parametrize("who", ["medspacy", "medspacy_quick"])
def test_medspacy_reads_notes_and_logs_nothing_of_them(who: str, tmp_path: Path) -> None:
    """Its default sentence splitter writes each word to stderr unless it is told not to."""
    texts = {
        "stands": "Called Zanzibarova twice, no answer, LVM. Says she has no ride on weekdays.",
        "negated": "Pt denies transportation problems.",
        "hypothetical": "If PA denied we appeal.",
        "plain": "Saw Zanzibarova today, doing well.",
    }
    notes = tmp_path / "notes.jsonl"
    notes.write_text("\n".join(json.dumps({"id": name, "text": text}) for name, text in texts.items()), encoding="utf-8")

    command = [peer.PYTHON, "-m", "benchmarks.reading_child", who, "0", notes]
    done = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True)

    assert done.stderr == ""
    ready, answer = done.stdout.splitlines()
    found = {name: {one["category"] for one in blockers} for name, blockers in json.loads(answer)["blockers"].items()}
    assert ready == "ready"
    assert found == {"stands": {"patient_unreachable", "transport"}, "negated": set(), "hypothetical": set(), "plain": set()}
