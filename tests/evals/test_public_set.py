"""The public eval set and its card."""

from evals.datasets.card import PUBLIC, facts, facts_in
from evals.files import sha256
from triage import labelled


def test_the_card_states_the_hash_and_the_counts_of_the_file():
    """A set that was changed without its card being changed is another set under the same name."""
    card = PUBLIC.with_suffix(".card.md").read_text(encoding="utf-8")

    assert sha256(PUBLIC) in card
    assert facts_in(card) == facts(PUBLIC)


def test_the_public_set_is_250_labelled_notes_with_evidence_in_their_text():
    """`labelled.load` refuses a line whose evidence is not verbatim."""
    notes = labelled.load(PUBLIC)

    assert len({note.id for note in notes}) == len(notes) == 250
    assert all(note.gold is not None for note in notes)


def test_no_two_notes_share_a_text():
    """A note that stands twice would count twice."""
    assert len({note.text for note in labelled.load(PUBLIC)}) == 250
