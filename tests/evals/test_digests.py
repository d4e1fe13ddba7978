"""The digest cases: what a lead needs of each is said, and nothing that the record does not say."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.digests import DigestCase, load_cases, request_of, score, score_digests
from evals.errors import DataDoesNotFit
from store.database import Database
from store.migrate import upgrade
from tests.builders import LANES
from triage.assistants.embedded.narrating import narrate_changes
from triage.narration_check import check_narration
from triage.reading import Identity
from triage.writing import Line

PATH = Path(__file__).parents[2] / "evals" / "data" / "digest_cases.jsonl"
IDENTITY = Identity("embedded", "templates", "embedded", "1", "x")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A record in which nothing stays."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('cases') / 'record.db'}")
    upgrade(database)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def cases() -> list[DigestCase]:
    return load_cases(PATH)


def test_the_embedded_assistant_says_what_a_lead_needs_and_nothing_else(record: Database, cases: list[DigestCase]) -> None:
    """Every sentence is supported, at least 95 in 100 of what must be said are, and it reads easily."""
    scores = score_digests(cases, record, LANES, lambda request: narrate_changes(request, IDENTITY).sentences)

    assert len(cases) >= 24
    assert scores.support == 1
    assert scores.coverage is not None
    assert scores.coverage >= 0.95, scores.as_json()
    assert scores.against == 0, scores.as_json()
    assert scores.grade is not None
    assert scores.grade < 8


def test_a_digest_that_says_nothing_or_falsehoods_scores_so(record: Database, cases: list[DigestCase]) -> None:
    """The score is no constant."""
    case = next(each for each in cases if each.id == "growing")
    nothing = score(case, [], record, LANES)
    false = score(case, [Line("The queue shrank from 5 to 4 active patients.", ("active",))], record, LANES)

    assert (len(nothing.unsaid), nothing.unsupported) == (len(case.must), ())
    assert (len(false.unsupported), len(false.against)) == (1, 1)


def test_cases_leave_nothing_behind_and_are_the_same_each_time(record: Database, cases: list[DigestCase]) -> None:
    """Ids apart, which a database counts on."""
    first, second = (request_of(cases[0], record, LANES) for _ in range(2))

    assert [(fact.id, fact.values) for fact in first.facts] == [(fact.id, fact.values) for fact in second.facts]


def test_references_are_not_all_templates(record: Database, cases: list[DigestCase]) -> None:
    """They are a person's words, of which none contradicts its own checklist."""
    for case in cases:
        assert not score(case, [Line(case.reference, ())], record, LANES).against, case.id
    assert check_narration([], ()) == []


def test_a_line_that_is_no_case_is_told(tmp_path: Path) -> None:
    """With its number."""
    path = tmp_path / "cases.jsonl"
    path.write_text('{"id": "x"}\n', encoding="utf-8")

    with pytest.raises(DataDoesNotFit, match="line 1"):
        load_cases(path)
