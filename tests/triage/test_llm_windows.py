"""Long notes are cut where a reader would pause, and nothing of them is lost."""

from hypothesis import given
from hypothesis import strategies as st

from triage.assistants.llm.windows import split


@given(st.text(st.sampled_from("ab. \n!")), st.integers(2, 40))
def test_windows_joined_are_the_note(text: str, limit: int) -> None:
    """In order, without gap and overlap, none longer than the limit, each knowing where it stands."""
    windows = split(text, limit)
    assert "".join(window.text for window in windows) == text
    assert all(len(window.text) <= limit and text.startswith(window.text, window.start) for window in windows)


def test_a_short_note_is_one_window() -> None:
    """As nearly all are."""
    assert [window.text for window in split("No ride.", 200)] == ["No ride."]


def test_a_cut_prefers_a_paragraph_then_a_line_then_a_sentence_then_a_word() -> None:
    """A sentence that is torn apart loses its label."""
    assert split("aa bb. cc\n\ndd. ee ff", 16)[0].text == "aa bb. cc\n\n"
    assert split("aa bb. cc\nd. ee ff", 16)[0].text == "aa bb. cc\n"
    assert split("aa bb. cc dd. ee ff", 16)[0].text == "aa bb. cc dd. "
    assert split("aa bb cc dd ee ff gg", 16)[0].text == "aa bb cc dd ee "
    assert split("a" * 20, 16)[0].text == "a" * 16


def test_a_megabyte_in_one_line_is_split_quickly() -> None:
    """BAD-INPUT 78."""
    assert len(split("x" * 1_000_000, 12_000)) == 84
