"""Is the confidence true: what counts as right, what is left out, and the plot that says the same in words."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from evals.calibration import KINDS, calibration
from evals.reports import markdown as report
from evals.reports import reliability_plot
from evals.scoring import score
from tests.evals.builders import a_blocker, a_case, a_note, a_prediction, a_reading, a_task, an_attempt, an_escalation


def sure(item: dict[str, Any], confidence: float | None) -> dict[str, Any]:
    return item | {"confidence": confidence}


GOLD: dict[str, Any] = {
    "tasks": [a_task()],
    "blockers": [a_blocker()],
    "outreach_attempts": [an_attempt()],
    "escalation": an_escalation(),
}


def test_right_is_what_the_scores_count_as_a_hit():
    """A task told twice is right once; owner, date, count and the reason of an escalation are other scores."""
    predicted = {
        "tasks": [sure(a_task(owner_role="nurse_reviewer", due="2026-03-12"), 0.85), sure(a_task(), 0.65), sure(a_task("No ride"), 0.45)],
        "blockers": [sure(a_blocker(evidence="Called pt"), 0.95), sure(a_blocker("language"), 0.35)],
        "outreach_attempts": [sure(an_attempt(count=1), 0.75), sure(an_attempt(outcome="reached"), 0.25)],
        "escalation": sure(an_escalation("patient_distress"), 0.55),
    }

    found = calibration([a_case(GOLD, predicted)])

    def judged(kind: str) -> dict[float, bool]:
        return {round(one.confidence, 6): bool(one.right) for one in found[kind].bins if one.confidence is not None}

    assert judged("tasks") == {0.85: False, 0.65: True, 0.45: False}
    assert judged("blockers") == {0.95: True, 0.35: False}
    assert judged("outreach_attempts") == {0.75: True, 0.25: False}
    assert judged("escalation") == {0.55: True}
    assert found["all"].n == 8 == sum(found[kind].n for kind in KINDS)


def test_an_escalation_that_gold_does_not_raise_is_wrong():
    """However well it quotes."""
    found = calibration([a_case({}, {"escalation": sure(an_escalation(), 0.9)})])

    assert (found["escalation"].ece, found["escalation"].brier) == (pytest.approx(0.9), pytest.approx(0.81))


def test_without_a_confidence_nothing_is_judged_and_nothing_is_zero():
    """Others' predictions may leave it out; null is not a perfect score."""
    document = score([a_note(gold=a_reading(**GOLD))], [a_prediction(tasks=[a_task()])]).as_json()["calibration"]

    assert set(document) == {"all", *KINDS}
    for one in document.values():
        assert (one["ece"], one["brier"], one["n"]) == (None, None, 0)
        assert len(one["bins"]) == 10
        assert {bin_[name] for bin_ in one["bins"] for name in ("confidence", "right", "low", "high")} == {None}


def scored():
    notes = [a_note(f"n-{number}", gold=a_reading(tasks=[a_task()] if number % 2 else [])) for number in range(4)]
    return score(notes, [a_prediction(note.id, tasks=[sure(a_task(), 0.75)]) for note in notes])


def test_each_bin_has_its_count_and_wilson_interval():
    """2 of 4 right: 0.15 to 0.85."""
    (held,) = [one for one in scored().as_json()["calibration"]["tasks"]["bins"] if one["n"]]

    assert (held["from"], held["to"], held["n"], held["confidence"], held["right"]) == (0.7, 0.8, 4, 0.75, 0.5)
    assert (round(held["low"], 2), round(held["high"], 2)) == (0.15, 0.85)


def test_the_report_has_the_error_with_its_n_and_the_bins():
    """Over all and by kind; a kind that was never predicted is undefined."""
    page = report.as_markdown(scored(), plot="folder/reliability.svg")

    assert "| Calibration error, tasks | 0.250 | – | 4 suggestions |" in page
    assert "| Calibration error, escalation | undefined | – | 0 suggestions |" in page
    assert "| Tasks | 0.7 to 0.8 | 4 | 0.75 | 0.50 | 0.15 to 0.85 |" in page
    assert "](<folder/reliability.svg>)" in page


def test_the_plot_is_whole_and_says_in_words_what_it_shows():
    """A title, and every point as a sentence, for those who cannot see it; colours for a dark page."""
    drawn = reliability_plot.svg(scored().calibration)

    root = ET.fromstring(drawn)
    space = {"svg": "http://www.w3.org/2000/svg"}
    assert root.attrib["role"] == "img"
    words = root.findtext("svg:desc", namespaces=space) or ""
    assert "Tasks, 4, calibration error 0.250: sure of 0.75, 0.50 right of 4." in words
    assert "Escalation: no suggestion with a confidence." in words
    assert set(root.attrib["aria-labelledby"].split()) == {node.attrib["id"] for node in root if "id" in node.attrib}
    assert "prefers-color-scheme: dark" in drawn
    assert len(root.findall(".//svg:circle", space)) == 2  # all kinds, and tasks
