"""What a maintainer reads."""

import io

from rich.console import Console

from evals import misses
from evals.misses import misses_of
from evals.reports import markdown as report
from evals.scoring import HEADLINE, score
from tests.evals.builders import a_blocker, a_case, a_note, a_prediction, a_reading, a_task, an_attempt, an_escalation


def in_words(gold, predicted) -> list[str]:
    return [miss.in_words() for miss in misses_of(a_case(gold, predicted))]


def test_right_answers_leave_no_misses():
    """Nothing to read is the best report."""
    everything = {"tasks": [a_task()], "blockers": [a_blocker()], "outreach_attempts": [an_attempt()], "escalation": an_escalation()}

    assert in_words(everything, everything) == []


def test_every_kind_of_difference_is_told_once():
    """Missed, spurious, wrong in a field, and quoting what the note does not say."""
    gold = {
        "tasks": [a_task(due="2026-03-12"), a_task("No ride", action="arrange_support")],
        "blockers": [a_blocker()],
        "outreach_attempts": [an_attempt()],
        "escalation": an_escalation(),
    }
    predicted = {
        "tasks": [a_task(owner_role="scheduler"), a_task("not in it", action="other")],
        "blockers": [a_blocker("language", "very worried")],
        "outreach_attempts": [an_attempt(count=1)],
        "escalation": an_escalation("safety_concern"),
    }

    assert in_words(gold, predicted) == [
        "missed blocker: transport (“No ride”)",
        "spurious blocker: language (“very worried”)",
        "wrong count: call no_answer x2, predicted 1 (“Called pt x2, no answer”)",
        "wrong due date: call_patient due 2026-03-12, predicted not told (“Will call again Thurs”)",
        "wrong escalation reason: worsening_symptoms, predicted safety_concern (“BP 190/110”)",
        "wrong owner: call_patient for care_coordinator, predicted scheduler (“Will call again Thurs”)",
        "missed task: arrange_support for care_coordinator, due not told (“No ride”)",
        "spurious task: other for care_coordinator, due not told (“not in it”)",
        "ungrounded task: other for care_coordinator, due not told (“not in it”)",
    ]


def test_a_missed_and_a_spurious_escalation_are_told_apart():
    """The first is the dangerous one."""
    assert in_words({"escalation": an_escalation()}, {}) == ["missed escalation: worsening_symptoms (“BP 190/110”)"]
    assert in_words({}, {"escalation": an_escalation()}) == ["spurious escalation: worsening_symptoms (“BP 190/110”)"]


def test_misses_are_written_by_note_and_notes_without_any_are_left_out():
    """In Markdown for people, in JSON for pages; the note's own text cannot break out of its block."""
    right, wrong = a_case({}, {}), a_case({"tasks": [a_task("call pt")]}, None, text="call pt\n```\n# not a heading")

    page, entries = misses.as_markdown([right, wrong]), misses.as_json([right, wrong])

    assert "1 of 2 notes have at least one." in page
    assert "    # not a heading\n" in page
    assert "There was no answer for this note." in page
    assert [(entry["id"], entry["answered"], [miss["how"] for miss in entry["misses"]]) for entry in entries] == [
        ("n-1", False, ["missed"])
    ]


def test_every_headline_score_has_a_title():
    """A score that the report forgets is one that nobody reads."""
    assert report.TITLES.keys() == HEADLINE.keys()


def test_the_report_says_each_number_with_its_interval_and_what_it_was_taken_over():
    """1 of 2 gold tasks: 0.50, Wilson 0.09 to 0.91."""
    notes = [a_note("n-1", gold=a_reading(tasks=[a_task()])), a_note("n-2", gold=a_reading(tasks=[a_task()]), author_role="a|b")]
    scores = score(notes, [a_prediction("n-1", tasks=[a_task()])], seconds=3)

    page = report.as_markdown(scores)

    assert "2 labelled notes; 1 without an answer, counted as nothing found; 3.0 seconds." in page
    assert "| Tasks, recall | 0.50 | 0.09 to 0.91 | 2 gold tasks |" in page
    assert "| Escalation flag, F1 | undefined | – | 0 gold flags |" in page
    assert "| Call patient | 1.00 | 0.50 | 0.67 | 2 | 1 |" in page
    assert "| a\\|b | 1 |" in page


def test_the_table_on_the_terminal_holds_every_headline_score():
    """The same rows as the page."""
    out = io.StringIO()

    Console(file=out, width=140).print(report.as_table(score([a_note(gold=a_reading(tasks=[a_task()]))], [])))

    assert all(title in out.getvalue() for title, _ in report.TITLES.values())
