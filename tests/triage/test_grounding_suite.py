"""The promise about quotes, on notes written by hand: 0 altered ones are accepted, nearly all harmless ones are placed.

A line of `altered_quotes.jsonl` is a note, what it says (`was`, not for words of another note) and a quote that says something else.
A line of `harmless_quotes.jsonl` is a note, words of it (`found`), and those words as somebody who copies them may write them.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from triage.grounding import ground

HERE = Path(__file__).parent


def lines(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


ALTERED, HARMLESS = lines("altered_quotes.jsonl"), lines("harmless_quotes.jsonl")
AROUND = " \n\"'“”‘’«».,;:!?()¿¡"
"""What may stand around the words without being part of them."""


def test_no_altered_quote_is_accepted() -> None:
    """A dose, a name, a day, a "not": whoever reads the quote would do something else."""
    accepted = [(line["altered"], line["quote"]) for line in ALTERED if ground(line["quote"], line["note"]) is not None]

    assert accepted == []


def test_nearly_all_harmless_variants_are_placed_on_the_very_words() -> None:
    """A reader that tidies what it copies loses nothing by it."""
    astray = []
    for line in HARMLESS:
        span = ground(line["quote"], line["note"])
        if span is None or line["note"][span.start : span.end].strip(AROUND) != line["found"].strip(AROUND):
            astray.append((line["varied"], line["quote"]))

    assert len(astray) <= len(HARMLESS) / 100, astray


def test_the_suite_is_as_large_and_as_various_as_it_says() -> None:
    """At least 300 and 200, no line twice, of every kind several, and each with what it claims to alter or vary in its note."""
    assert (len(ALTERED) >= 300, len(HARMLESS) >= 200) == (True, True)
    assert len({(line["note"], line["quote"]) for line in ALTERED + HARMLESS}) == len(ALTERED) + len(HARMLESS)
    kinds = Counter(line["altered"] for line in ALTERED)
    for kind in ("number", "negation in", "negation out", "name", "date", "other note", "symbol", "word"):
        assert kinds[kind] >= 9, kind
    varied = Counter(line["varied"] for line in HARMLESS)
    for kind in ("white space", "case", "quotes", "hyphens", "ligature", "punctuation"):
        assert varied[kind] >= 15, kind
    assert [line for line in ALTERED if line.get("was", "") not in line["note"]] == []
    assert [line for line in HARMLESS if line["found"] not in line["note"] or line["found"] == line["quote"]] == []


DOUBTFUL = [
    ("sent to us", "Sent to US", "case alone: US is a scan"),
    ("Ride is set up to her", "Ride is set. Up to her to call.", "a full stop between two sentences"),
    ("Mon Fri", "open Mon-Fri", "a dash that means through"),
    ("blood type O, transfused", "blood type O-, transfused", "a minus after a letter"),
    ("Give 5 tablets", "Give\n- 5 tablets", "a list's dash, or a sign"),
    ("Ride arranged.", "Ride arranged? Ask her.", "a question cut off before its mark"),
]


@pytest.mark.parametrize(("quote", "note"), [case[:2] for case in DOUBTFUL], ids=[case[2] for case in DOUBTFUL])
def test_what_is_forgiven_with_doubt(quote: str, note: str) -> None:
    """Models tidy just this, so it is forgiven, though it can change the meaning; the page shows the note's own words."""
    span = ground(quote, note)

    assert span is not None
    assert note[span.start : span.end].strip() in note
