"""The figures that are published about replaced identifiers are those of the program, on notes that are what they are said to be."""

from itertools import pairwise
from pathlib import Path

from evals.identifiers import MEASURED, lines, load, main, measure

ROOT = Path(__file__).parents[2]
TUNING = MEASURED.with_name("identifiers_tuning.jsonl")


def test_the_published_figures_are_the_programs_own() -> None:
    """Whoever changes the rules publishes what that did."""
    page = (ROOT / "docs" / "privacy.md").read_text("utf-8")
    published = page.split("<!-- figures: begin -->")[1].split("<!-- figures: end -->")[0].strip()

    figures = measure(load(MEASURED))

    assert "\n".join(lines(figures)) == published
    assert figures.notes >= 200


def test_the_planted_identifiers_stand_in_their_notes() -> None:
    """Each span holds something, none overlaps another, and no note is in both sets."""
    measured, tuning = load(MEASURED), load(TUNING)

    for note in [*measured, *tuning]:
        spans = sorted((one.start, one.end) for one in note.identifiers)
        assert spans, note.id
        assert all(note.text[start:end].strip() == note.text[start:end] != "" for start, end in spans), note.id
        assert all(end <= following for (_, end), (following, _) in pairwise(spans)), note.id
    assert not {note.text for note in measured} & {note.text for note in tuning}
    assert len(tuning) == 60


def test_the_script_prints_the_table(capsys) -> None:
    """For a file of one's own."""
    main([str(TUNING)])

    assert capsys.readouterr().out.startswith("60 notes\n\n| Identifiers |")
