"""What stands in the place of an identifier, and that the way back is exact."""

import socket
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.identifiers import MEASURED, load
from triage.assistants.redaction.replacing import redact
from triage.reading import Person

ROSA = Person("Rosa María Ibáñez", date(1965, 2, 4), "(312) 555-0142", "rosa.ibanez@mail.example", "MR-0048812")
TUNING = MEASURED.with_name("identifiers_tuning.jsonl")


def sent(text: str, person: Person | None = ROSA) -> str:
    return redact(text, person).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rosa, IBANEZ and ms. ibáñez's chart", "[NAME_1], [NAME_1] and ms. [NAME_1]'s chart"),
        ("IBAÑEZ, ROSA MARIA called", "[NAME_1], [NAME_1] called"),
        ("Rosie called", "[NAME_1] called"),
        ("hi im rosas sister", "hi im [NAME_1]s sister"),
        ("312.555.0142 or 3125550142 or +1 (312) 555-0142", "[PHONE_1] or [PHONE_1] or [PHONE_2]"),
        ("local 555-0142", "local [PHONE_1]"),
        ("three one two 555 oh one four two", "[PHONE_1]"),
        ("mail ROSA.IBANEZ@MAIL.EXAMPLE or rosa.ibanez at mail dot example", "mail [EMAIL_1] or [EMAIL_2]"),
        ("MRN MR 48812, also mr0048812", "MRN [ID_1], also [ID_2]"),
        ("2/4/65, 02-04-1965, 4 Feb 1965, Feb. 4th, 1965, 1965-02-04", ", ".join(f"[BIRTH_DATE_{n}]" for n in (1, 2, 3, 4, 5))),
        ("nació el 4 de febrero de 1965", "nació el [BIRTH_DATE_1]"),
    ],
)
def test_what_the_record_says_is_found_however_it_is_written(text: str, expected: str) -> None:
    """Case, accents, spacing, punctuation, and the many shapes of phones and dates."""
    assert sent(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Recheck 3/14, then 04/02/2026, in 2 wks, by Friday May 8 or 2026-04-02.",
        "Pt due 2/4, seen 2/4/2026.",
        "BP 138/76, wt 182 lb, 2000 units, 10000 steps, $1200, HbA1c 8.6, CPT 99213.",
        "I hope she will call in May.",
    ],
)
def test_dates_and_amounts_stay(text: str) -> None:
    """Due dates are computed from what the model quotes."""
    assert sent(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Spoke w/ daughter Marisol, Marisol drives.", "Spoke w/ daughter [NAME_1], [NAME_1] drives."),
        ("Dr. Young and Beth Corliss, LCSW", "Dr. [NAME_1] and [NAME_2], LCSW"),
        ("Marisol Whitefeather called. Ms. Whitefeather will call.", "[NAME_1] called. Ms. [NAME_1] will call."),
        ("fax 305-555-0170 ext 4", "fax [PHONE_1]"),
        ("lives at 12 Elm Street Apt 4, claim # AB-12345", "lives at [ADDRESS_1], claim # [ID_1]"),
        ("see https://portal.example/x?id=1, write a.b@c.example", "see [URL_1], write [EMAIL_1]"),
        ("SSN 612-55-0193, DOB 9/14/87", "SSN [ID_1], DOB [BIRTH_DATE_1]"),
    ],
)
def test_others_are_found_by_shape_and_by_neighbours(text: str, expected: str) -> None:
    """Family, staff, addresses and numbers that no record of ours knows."""
    assert sent(text, None) == expected


def test_the_patient_is_the_first_name_of_every_note() -> None:
    """Also where somebody else is named before; a surname they share is the patient's when it stands alone."""
    assert sent("Marisol Ibáñez: mom Rosa is fine. Ibáñez out.") == "[NAME_2]: mom [NAME_1] is fine. [NAME_1] out."


def test_a_surrogate_that_a_note_already_has_is_not_given_out() -> None:
    """Somebody may write one, to confuse."""
    assert sent("[NAME_1] is not Rosa") == "[NAME_1] is not [NAME_2]"


def test_a_span_that_ends_inside_a_surrogate_widens_to_all_it_stands_for() -> None:
    """A model may quote NAME_1 without its brackets."""
    text = "Call Rosa María Ibáñez on Friday."
    redacted = redact(text, ROSA)
    start = redacted.text.index("NAME_1")

    first, last = redacted.original_span(start, start + len("NAME_1] on"))

    assert text[first:last] == "Rosa María Ibáñez on"
    assert redacted.original_span(0, len(redacted.text)) == (0, len(text))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["Rosa", "Dr. Young", " ", "\n", "call", "555-0142", "é", "e\u0301", "\u200b", "🙂", "[NAME_1]", "3/14", "."]))
)
def test_every_piece_goes_back_to_its_place(parts: list[str]) -> None:
    """The changed text with every surrogate put back is the original, and so is every span of it outside of surrogates."""
    text = "".join(parts)
    redacted = redact(text, ROSA)

    back = redacted.text
    for piece in reversed(redacted.pieces):
        assert redacted.text[piece.start : piece.end] == piece.surrogate
        assert text[piece.original_start : piece.original_end] == piece.original
        assert redacted.original_span(piece.start, piece.end) == (piece.original_start, piece.original_end)
        back = back[: piece.start] + piece.original + back[piece.end :]
    assert back == text
    for at in range(len(redacted.text)):
        first, last = redacted.original_span(at, at + 1)
        assert any(p.start <= at < p.end for p in redacted.pieces) or text[first:last] == redacted.text[at]


def test_no_socket_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Presidio's e-mail recognizer would fetch a list of domains, and its engine a language model."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)

    for note in load(TUNING):
        redact(note.text, note.patient.person())
    assert sent("write to someone@somewhere.co.uk or www.somewhere.co.uk", None) == "write to [EMAIL_1] or [URL_1]"


def test_nothing_of_it_is_loaded_where_nothing_is_sent() -> None:
    """It costs a second and a hundred megabytes, and most people use the embedded assistant or a service of their own."""
    loaded = "bool({'presidio_analyzer', 'spacy', 'faker'} & set(sys.modules))"
    code = f"import sys, cli.main, cli.wiring, triage.jobs, triage.assistants.llm; sys.exit({loaded})"

    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0


def test_a_span_of_the_original_is_found_in_what_is_sent() -> None:
    """One that touches an identifier widens to its whole surrogate; beside it, nothing does."""
    text = "Reached Rosa at 312-555-0142 today."
    redacted = redact(text, ROSA)

    def there(words: str) -> str:
        start, end = redacted.span(text.index(words), text.index(words) + len(words))
        return redacted.text[start:end]

    assert [there(words) for words in ("Reached ", "osa at", " at ", "today.", "555", text)] == [
        "Reached ",
        "[NAME_1] at",
        " at ",
        "today.",
        "[PHONE_1]",
        redacted.text,
    ]
