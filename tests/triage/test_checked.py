"""A text that does not hold is never returned: the writer is asked once more, then somebody else writes, then nobody does."""

from dataclasses import replace

import pytest

from tests.triage.llm_builders import a_note
from tests.triage.writing_builders import FIGURES, JOBS, Scribe, a_changes_request, a_context_request, a_draft_request, words_of
from triage.assistants.checked import CITATIONS_ALONE, MOST_REMARK_CHARS, MOST_REMARKS, Checked, Problem
from triage.assistants.fallback import Fallback
from triage.assistants.protocol import AssistantMisconfigured, AssistantUnavailable, NoUsableAnswer
from triage.writing import Fact

GOOD, BAD = "No ride.", "No ride for 99 days."
FACTS = {"draft_outreach": ("ride",), "summarise_context": ("ride",), "narrate_changes": ("overdue",), "name_pattern": ()}


@pytest.mark.parametrize("job", JOBS)
def test_a_text_that_holds_is_returned_as_it_came(job: str) -> None:
    """And nobody else is asked."""
    first, stand_in = Scribe("llm", GOOD, facts=FACTS[job]), Scribe("embedded")
    written = JOBS[job][0](Checked(first, FIGURES, stand_in))
    assert (words_of(written)[-1], written.stood_in_for, len(first.asked), stand_in.asked) == (GOOD, None, 1, [])


@pytest.mark.parametrize("job", JOBS)
def test_the_writer_is_told_once_what_was_wrong(job: str) -> None:
    """In words, with the line that is meant; both calls are paid for."""
    first, stand_in = Scribe("llm", BAD, GOOD, facts=FACTS[job], calls=1), Scribe("embedded")
    written = JOBS[job][0](Checked(first, FIGURES, stand_in))
    assert (words_of(written)[-1], written.stood_in_for, stand_in.asked) == (GOOD, None, [])
    assert (len(written.calls), written.usage["calls"], written.usage["tokens_in"]) == (2, 2, 20)
    assert first.asked[0].remarks == ()
    (remark,) = first.asked[1].remarks
    assert remark.endswith("no fact says 99.")
    assert (BAD in remark) is (job in {"summarise_context", "narrate_changes"})


@pytest.mark.parametrize("job", JOBS)
def test_the_stand_in_s_text_is_returned_where_the_writer_s_never_holds(job: str) -> None:
    """It says for whom, and what was paid in vain is kept with it."""
    first, stand_in = Scribe("llm", BAD, facts=FACTS[job], calls=1), Scribe("embedded", GOOD, facts=FACTS[job])
    written = JOBS[job][0](Checked(first, FIGURES, stand_in))
    assert (words_of(written)[-1], written.identity.assistant, written.stood_in_for) == (GOOD, "embedded", "llm")
    assert (len(first.asked), len(written.calls), written.usage["calls"]) == (2, 2, 2)
    assert stand_in.asked[0].remarks == ()


@pytest.mark.parametrize("job", ["draft_outreach", "name_pattern"])
def test_half_of_a_message_is_no_message(job: str) -> None:
    """A draft or a name of which something does not hold is not given at all, and the words of it are in no error."""
    checked = Checked(Scribe("llm", BAD, facts=FACTS[job], calls=1), FIGURES, Scribe("embedded", BAD, facts=FACTS[job]))
    with pytest.raises(NoUsableAnswer, match="person must write") as caught:
        JOBS[job][0](checked)
    assert "99" not in str(caught.value)
    assert len(caught.value.calls) == 2


@pytest.mark.parametrize("job", ["summarise_context", "narrate_changes"])
def test_lines_that_do_not_hold_are_dropped_where_the_stand_in_s_do_not_either(job: str) -> None:
    """What is left holds line by line."""
    first, stand_in = Scribe("llm", BAD, facts=FACTS[job]), Scribe("embedded", f"{GOOD}\n{BAD}\nNo car.", facts=FACTS[job])
    assert words_of(JOBS[job][0](Checked(first, FIGURES, stand_in))) == [GOOD, "No car."]


@pytest.mark.parametrize("job", ["summarise_context", "narrate_changes"])
def test_where_no_line_holds_there_is_no_text(job: str) -> None:
    """An empty one would say that nothing is the matter."""
    with pytest.raises(NoUsableAnswer):
        JOBS[job][0](Checked(Scribe("embedded", f"{BAD}\n{BAD}", facts=FACTS[job]), FIGURES, again=False))


@pytest.mark.parametrize("stand_in", [None, Scribe("llm", BAD)])
def test_without_another_to_write_what_holds_is_kept(stand_in: Scribe | None) -> None:
    """An assistant by itself, and one that stood in already and is not asked for the same again."""
    checked = Checked(Scribe("llm", f"{BAD}\n{GOOD}"), FIGURES, stand_in)
    assert words_of(checked.summarise_context(a_context_request())) == [GOOD]
    assert stand_in is None or stand_in.asked == []


def test_citing_what_is_not_there_is_refused_without_any_check_of_ours() -> None:
    """Every line names facts that exist."""
    for facts in ((), ("ride", "nowhere")):
        checked = Checked(Scribe("llm", GOOD, facts=facts), CITATIONS_ALONE, Scribe("embedded", GOOD))
        assert checked.summarise_context(a_context_request()).stood_in_for == "llm"
    drafted = Checked(Scribe("llm", GOOD, facts=("nowhere",)), CITATIONS_ALONE, Scribe("embedded", GOOD)).draft_outreach(a_draft_request())
    assert drafted.stood_in_for == "llm"


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_an_empty_text_is_none(text: str) -> None:
    """Of every kind."""
    for ask, _ in JOBS.values():
        with pytest.raises(NoUsableAnswer):
            ask(Checked(Scribe("llm", text), CITATIONS_ALONE))


def test_a_summary_has_five_lines_at_most() -> None:
    """What matters now, not all there is."""
    with pytest.raises(NoUsableAnswer):
        Checked(Scribe("llm", "\n".join(["No ride."] * 6)), CITATIONS_ALONE).summarise_context(a_context_request())


def test_what_does_not_refuse_is_told_and_returned_all_the_same() -> None:
    """That a text reads hard is a reason to ask again, and none to have no text."""
    hard = replace(FIGURES, draft=lambda _, draft: [Problem("It reads hard.", refuses=False)] if "hard" in draft.body else [])
    kept, mended = Scribe("llm", "hard"), Scribe("llm", "hard", "plain")
    assert Checked(kept, hard).draft_outreach(a_draft_request()).body == "hard"
    assert Checked(mended, hard).draft_outreach(a_draft_request()).body == "plain"
    assert (kept.asked[1].remarks, mended.asked[1].remarks) == (("It reads hard.",),) * 2


def test_of_two_tries_the_better_one_stands() -> None:
    """A second one that says more that is wrong takes nothing away."""
    checked = Checked(Scribe("llm", f"{GOOD}\n{BAD}", f"{BAD}\n{BAD}\n{BAD}", calls=1), FIGURES)
    summary = checked.summarise_context(a_context_request())
    assert (words_of(summary), len(summary.calls)) == ([GOOD], 2)


@pytest.mark.parametrize("error", [AssistantUnavailable("down"), NoUsableAnswer("refused")])
def test_a_second_try_that_fails_leaves_the_first_with_what_holds(error: Exception) -> None:
    """And what it took is paid for."""
    summary = Checked(Scribe("llm", f"{GOOD}\n{BAD}", error, calls=1), FIGURES).summarise_context(a_context_request())  # type: ignore[arg-type]
    assert (words_of(summary), len(summary.calls)) == ([GOOD], 2)


def test_wrong_settings_go_through_to_whoever_can_mend_them() -> None:
    """At the second try as at the first."""
    with pytest.raises(AssistantMisconfigured):
        Checked(Scribe("llm", BAD, AssistantMisconfigured("key")), FIGURES, Scribe("embedded")).summarise_context(a_context_request())


def test_a_stand_in_s_failure_tells_what_was_paid_before() -> None:
    """There is no third."""
    checked = Checked(Scribe("llm", BAD, calls=1), FIGURES, Scribe("embedded", NoUsableAnswer("no template")))
    with pytest.raises(NoUsableAnswer, match="no template") as caught:
        checked.draft_outreach(a_draft_request())
    assert len(caught.value.calls) == 2


def test_over_a_fallback_the_stand_in_writes_once() -> None:
    """Where the service is down the stand-in's text is there already: it is checked, and nobody writes it again."""
    stand_in = Scribe("embedded", f"{GOOD}\n{BAD}")
    model = Scribe("llm", AssistantUnavailable("down"))
    summary = Checked(Fallback(model, stand_in), FIGURES, stand_in).summarise_context(a_context_request())
    assert (words_of(summary), summary.stood_in_for) == ([GOOD], "llm")
    assert len(stand_in.asked) == len(model.asked) == 1


def test_remarks_have_an_end() -> None:
    """A text that is wrong in a thousand places does not make a request of a thousand lines."""
    scribe = Scribe("llm", "\n".join(f"{'x' * 500} {number}" for number in range(1000, 1100)), facts=("overdue",))
    with pytest.raises(NoUsableAnswer):
        Checked(scribe, FIGURES).narrate_changes(a_changes_request())
    remarks = scribe.asked[1].remarks
    assert len(remarks) == MOST_REMARKS
    assert all(len(remark) <= MOST_REMARK_CHARS for remark in remarks)
    assert remarks[0].endswith("no fact says 1000.")


def test_a_reading_is_handed_on() -> None:
    """Its evidence was placed in the note already."""
    scribe = Scribe("llm")
    assert Checked(scribe, FIGURES).read_note(a_note()).identity == scribe.identity == Checked(scribe, FIGURES).identity


def test_no_word_of_a_refused_text_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """It may hold a name."""
    caplog.set_level("DEBUG")
    fact = Fact("ride", "blocker", "Rosa Delgado has no ride.")
    Checked(Scribe("llm", "Rosa Delgado 99"), FIGURES, Scribe("embedded", GOOD)).summarise_context(a_context_request(fact))
    assert "stand-in writes" in caplog.text
    assert "Rosa" not in caplog.text
