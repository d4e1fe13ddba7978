"""The scores of patients' contexts in lines for a person."""

from pathlib import Path

from cli.evals.written import score_context, table
from evals.contexts import PATH
from tests.builders import LANES
from triage.writing import Line


def test_the_table_tells_each_share_and_what_went_wrong_by_case(tmp_path: Path) -> None:
    data = tmp_path / "one.jsonl"
    data.write_text(PATH.read_text(encoding="utf-8").splitlines()[0], encoding="utf-8")

    told = table(score_context(LANES, lambda *_: [Line("Blocked by transport.", ())], lambda *_: [False], data))

    assert told[0].split("  ")[-1].strip().startswith("0.000 (0.000 to 0.793, n=1)")
    assert "not supported: “Blocked by transport.”" in told[-1]
    assert "unsaid: nobody owns it" in told[-1]
    assert "forbidden: " in told[-1]


def test_nothing_written_has_no_shares_to_tell(tmp_path: Path) -> None:
    data = tmp_path / "none.jsonl"
    data.write_text("", encoding="utf-8")

    assert "- (n=0)" in table(score_context(LANES, lambda *_: [], lambda *_: [], data))[0]
