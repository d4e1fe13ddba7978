"""The context cases: each is a record that the product itself could have come to, and its checklist is fair."""

from collections import Counter
from pathlib import Path

import pytest

from evals.contexts import MOST_LINES, PATH, ContextCase, card_facts, empty_databases, load_cases, moment_of, record_of, score_contexts
from evals.datasets.card import facts_in
from evals.errors import DataDoesNotFit
from evals.writing import EASY, score_text
from store import contact, decisions, episodes, notes, patients, suggestions, users
from store.database import Database
from tests.builders import LANES
from triage.writing import Line
from workflow.episode import Episode
from workflow.vocabulary import LaneName, Standing, Status

CASES = load_cases()
BY_ID = {case.id: case for case in CASES}


def all_is_fine(_database: Database, _episode_id: int, _now: object) -> list[Line]:
    """A summariser that looks at no record."""
    return [Line("Everything is fine.", ())]


def test_there_are_enough_cases_of_every_lane_and_none_is_there_twice() -> None:
    lanes = Counter(case.lane for case in CASES)

    assert len(BY_ID) == len(CASES) >= 40
    assert all(lanes[lane] >= 5 for lane in LaneName)
    assert len({case.patient.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_reference_says_what_must_be_said_in_plain_words_and_nothing_forbidden(case: ContextCase) -> None:
    """A checklist that its own reference does not meet would ask for phrasings."""
    text = score_text(case, case.reference, [True] * len(case.reference))

    assert (text.unsaid, text.against) == ((), ())
    assert len(case.reference) <= MOST_LINES
    assert 3 <= len(case.must) <= 7
    assert text.grade is not None
    assert text.grade <= EASY


def test_checklists_tell_patients_apart() -> None:
    """The text of another patient meets few of a checklist's items: they do not ask for what is true of everybody."""
    met = wanted = 0
    for case in CASES:
        for other in CASES:
            if other is not case:
                text = score_text(case, other.reference, [True] * len(other.reference))
                met, wanted = met + text.wanted - len(text.unsaid), wanted + text.wanted

    assert met / wanted < 0.25


def test_every_case_can_be_built_and_holds_what_it_tells() -> None:
    with empty_databases() as new_database:
        for case in CASES:
            with new_database() as database, database.read() as session:
                episode = episodes.load(session, record_of(case, database, LANES))
                stored = [notes.load(session, number + 1) for number in range(len(case.notes))]
                found = [suggestion for note in stored for suggestion in suggestions.of_note(session, note.id)]

                assert episode.lane is case.lane
                assert episode.opened_at <= moment_of(case, LANES)
                assert {note.text for note in stored} == {text for _, _, text, _ in case.notes}
                assert {note.episode_id for note in stored} <= {1 + len(case.other_lanes)}
                assert Counter(one.standing.value for one in found) == Counter(
                    item.decided for _, _, _, read in case.notes for item in read
                )
                assert patients.load(session, 1).identified is case.patient.identified


def test_a_case_comes_about_as_the_product_would_have_made_it() -> None:
    """Accepted suggestions moved the episode, the rules did their part, and whoever asked not to be contacted is on record."""
    with empty_databases() as new_database:
        with new_database() as database:
            tried = episode_of(database, "three-tries-escalated")
        with new_database() as database:
            read = episode_of(database, "unreachable-blocker")
        with new_database() as database:
            episode_of(database, "no-calls")
            with database.read() as session:
                wish = contact.facts(session, 1).do_not_contact[0]

    assert tried.status is Status.ESCALATED
    assert tried.escalation is not None
    assert tried.escalation.by_rule
    assert [blocker.category.value for blocker in read.blockers] == ["patient_unreachable"]
    assert read.failed_attempts == 2
    assert (wish.channel, wish.by) == ("call", "Dana Whitfield")


def episode_of(database: Database, case: str) -> Episode:
    """The episode of a case, once it is written."""
    number = record_of(BY_ID[case], database, LANES)
    with database.read() as session:
        return episodes.load(session, number)


def test_who_decided_is_a_person_of_the_case() -> None:
    with empty_databases() as new_database, new_database() as database:
        record_of(BY_ID["rejected-suggestions"], database, LANES)
        with database.read() as session:
            found = suggestions.of_note(session, 1)

            assert {one.standing for one in found} == {Standing.REJECTED}
            assert decisions.who_decided(session, found[0].id) == "Joan Price rejected it"
            assert [user.username for user in users.everybody(session)] == ["joan"]


def test_a_summariser_is_scored_case_by_case() -> None:
    cases = [BY_ID["closed-completed"], BY_ID["quiet-waiting-on-provider"]]
    by_name = iter(cases)

    right = score_contexts(
        cases, LANES, lambda *_: [Line(text, ()) for text in next(by_name).reference], lambda _d, _e, _n, lines: [True] * len(lines)
    )
    wrong = score_contexts(cases, LANES, all_is_fine, lambda *_: [False])

    assert (right.coverage.value, right.support.value, right.clean.value, right.short.value) == (1, 1, 1, 1)
    assert (wrong.coverage.value, wrong.support.value) == (0, 0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"open_episode"', '"claim"', "the first move is open_episode"),
        ('"maria", "claim"', '"zoe", "claim"', "nobody said who zoe is"),
        ('"must": [', '"must": [{"what": "x", "all": ["("]}, ', "no pattern"),
    ],
)
def test_a_line_that_is_no_case_is_refused_with_its_number(tmp_path: Path, old: str, new: str, said: str) -> None:
    lines = PATH.read_text(encoding="utf-8").splitlines()
    number = next(place for place, line in enumerate(lines) if old in line)
    lines[number] = lines[number].replace(old, new, 1)
    (tmp_path / "cases.jsonl").write_text("\n".join(lines), encoding="utf-8")

    with pytest.raises(DataDoesNotFit, match=f"line {number + 1}.*{said}"):
        load_cases(tmp_path / "cases.jsonl")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"moves": (("2026-03-02T09:00", "maria", "open_episode", {"reason": "x"}), ("2026-03-03T09:00", "maria", "dance", {}))}, "dance"),
        ({"now": "2026-03-01T09:00"}, "lies after"),
    ],
)
def test_a_case_that_cannot_have_happened_is_refused_and_leaves_nothing(changed: dict[str, object], said: str) -> None:
    case = ContextCase.model_validate(BY_ID["quiet-waiting-on-provider"].model_dump() | changed)

    with empty_databases() as new_database, new_database() as database:
        with pytest.raises(DataDoesNotFit, match=said):
            record_of(case, database, LANES)
        with database.read() as session:
            assert users.everybody(session) == []


def test_the_card_states_the_hash_and_the_counts_of_the_file() -> None:
    card = PATH.with_suffix(".card.md").read_text(encoding="utf-8")

    assert facts_in(card) == card_facts(PATH)
