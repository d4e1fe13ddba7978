"""Grounding: a quote is placed exactly, or refused."""

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.grounding import Span, fold_tokens, ground, occurrences

NOTE = "Called pt x2 re: cardiology f/u, no answer, LVM.\nTake 3.5 mg, not 35. She’s unable to drive – “no ride” on 3/14."


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("no answer, LVM", "no answer, LVM"),
        ("No Answer LVM", "no answer, LVM"),
        ("called  pt\nx2", "Called pt x2"),
        ("LVM. Take 3.5 mg", "LVM.\nTake 3.5 mg"),
        ("she's unable to drive", "She’s unable to drive"),
        ('drive - "no ride"', "drive – “no ride"),
        ("3/14", "3/14"),
        ("f/u", "f/u"),
        ("take 3.5mg", "Take 3.5 mg"),
    ],
)
def test_a_quote_grounds_though_white_space_case_and_punctuation_differ(quote: str, found: str) -> None:
    """Models tidy what they copy; the words are still the note's own, and the span is cut from the original."""
    span = ground(quote, NOTE)

    assert span is not None
    assert NOTE[span.start : span.end] == found


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("able to drive", "She is unable to drive"),
        ("35 mg", "3.5 mg"),
        ("3.5 mg", "35 mg"),
        ("1000 units", "1,000 units"),
        ("3 14", "on 3/14"),
        ("5 lb", "down -5 lb"),
        ("-5 lb", "down 5 lb"),
        ("has ride", "has no ride"),
        ("has no ride", "has a ride"),
        ("two calls", "2 calls"),
        ("compliant with meds", "non-compliant with meds"),
        ("she can", "she can't"),
        ("w o ride", "w/o ride"),
        ("fever", "fever (-) today".replace("fever", "feverish")),
        ("fever today", "fever (-) today"),
        ("weight > 80", "weight 80"),
        ("8 of A1c", "8% of A1c"),
        ("Dr. Lee to sign", "Dr. Leeson to sign"),
        ("3 5 days", "in 3-5 days"),
        ("5 mg", "take .5 mg"),
        ("take 102 mg", "take 10\u00b2 mg"),
        ("take 52 tabs", "take 5\u00bd tabs"),
        ("8 of A1c", "8 % of A1c"),
        ("yes no", "yes/no"),
        ("she can", "she can`t"),
        ("she can", "she can not drive"),
        ("able to drive", "not able to drive"),
        ("do call", "do not\ncall"),
        ("no ride", "Interpreter: No\nRide: yes"),
        ("no ride needed", "Transport? No. Ride needed"),
        ("stop aspirin", "Stop. Aspirin as before"),
        ("Ride arranged. Not yet", "Ride arranged? Not yet"),
        ("ment Tue", "appoint-\nment Tue"),
        ("...", "Call. Then... fax."),
        ("", "anything"),
        ("call", ""),
    ],
)
def test_a_quote_that_says_something_else_is_refused(quote: str, text: str) -> None:
    """A digit, a sign, a negation, a name or part of a word: each can change what a person would do."""
    assert ground(quote, text) is None


def test_the_leftmost_verbatim_place_wins_over_an_earlier_similar_one() -> None:
    """Where the note has the very words, they are meant, and not their echo in capitals."""
    assert ground("call pt", "CALL PT, then call pt; call pt") == Span(14, 21)


def test_all_places_of_a_quote_are_found_in_order() -> None:
    """Labels quote words, not places; who compares them needs every place."""
    assert occurrences("no answer", "No answer Mon. no answer Tue. Answer: no") == [Span(0, 9), Span(15, 24)]


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("re\u0301sume\u0301", "le r\u00e9sum\u00e9", "r\u00e9sum\u00e9"),
        ("ma\u00f1ana", "hasta man\u0303ana", "man\u0303ana"),
        ("paciente", "pa\u200bciente", "pa\u200bciente"),
        ("o\ufb03ce", "office", "office"),
        ("\uff23all at \uff15", "Call at 5", "Call at 5"),
        ("appointment", "appoint-\nment", "appoint-\nment"),
        ("DO NOT CALL", "DO NOT\nCALL", "DO NOT\nCALL"),
    ],
)
def test_another_form_of_the_same_letters_is_the_same_words(quote: str, text: str, found: str) -> None:
    """Spanish notes come composed or not, scans come with ligatures and broken words, and invisible characters are no letters."""
    span = ground(quote, text)

    assert span is not None
    assert text[span.start : span.end] == found


WORDS = st.lists(
    st.sampled_from(
        ["call", "no", "not", "can", "?", "ride", "3.5", "35", "-2", "x2", "Dr.", "f/u", "can't", "non-stop", "“so”", "é", "—", "(", "\n"]
    ),
    max_size=25,
)
ANY_TEXT = st.one_of(WORDS.map(" ".join), st.text(max_size=120))


@given(text=ANY_TEXT, start=st.integers(0, 120), length=st.integers(1, 60), shout=st.booleans())
def test_whatever_grounds_is_verbatim_and_the_same_tokens(text: str, start: int, length: int, shout: bool) -> None:
    """The one promise that everything else rests on."""
    quote = text[start : start + length]
    quote = quote.upper() if shout and quote.isascii() else quote

    span = ground(quote, text)

    if span is not None:
        assert 0 <= span.start < span.end <= len(text)
        assert fold_tokens(text[span.start : span.end]) == fold_tokens(quote)


@given(words=st.lists(st.text(string.ascii_lowercase, min_size=1, max_size=8), min_size=2, max_size=12), place=st.integers(0, 11))
def test_an_inserted_not_never_grounds(words: list[str], place: int) -> None:
    """A quote that denies what the note says must not be shown as the note's words."""
    words = [word for word in words if word != "not"] or ["call"]
    text = " ".join(words)
    at = place % (len(words) + 1)

    assert ground(" ".join([*words[:at], "not", *words[at:]]), text) is None


@given(
    number=st.from_regex(r"[1-9][0-9]{0,3}([.,/:][0-9]{1,2})?", fullmatch=True),
    place=st.integers(0, 20),
    digit=st.sampled_from(string.digits),
)
def test_a_changed_digit_never_grounds(number: str, place: int, digit: str) -> None:
    """3.5 and 3.6 are different doses."""
    at = place % len(number)
    changed = number[:at] + digit + number[at + 1 :]

    if number[at].isdigit() and changed != number:
        assert ground(f"take {changed} mg", f"take {number} mg daily") is None


@pytest.mark.parametrize(
    ("quote", "text"), [("a " * 50_000, "a " * 500_000), ("x" * 10_000, "x" * 1_000_000), ("(-) 1.", "(-1." * 250_000)]
)
def test_a_megabyte_of_repetition_is_searched_in_linear_time(quote: str, text: str) -> None:
    """A hostile note must not hold up the queue."""
    began = time.process_time()

    ground(quote, text)

    assert time.process_time() - began < 20
