"""The Patterns pages: what everybody reads, what leads decide, and that a refused form keeps what was written."""

from datetime import timedelta

import pytest

from store import pattern_evidence, pattern_search
from store.pattern_search import Found
from store.tables import SuggestionRow
from tests.builders import everything
from tests.review_ui.desk import TODAY, Browser, Desk
from tests.review_ui.html import Page
from workflow.vocabulary import UserRole


@pytest.fixture
def ruth(desk: Desk) -> Browser:
    """The lead's browser, on a desk with two patterns: no ride (four patients) and "PA still pending" (three)."""
    for number in range(1, 5):
        desk.note(f"n-{number}", patient=f"p-{number}", items=everything())
    desk.person("ruth", "Ruth Bergström", UserRole.LEAD)
    with desk.database.write() as session:
        groups = []
        for words, category, most in (("No ride", "transport", 4), ("PA still pending", "authorization", 3)):
            session.query(SuggestionRow).filter_by(evidence=words).update({"standing": "accepted"})
            items = [row.id for row in session.query(SuggestionRow).filter_by(evidence=words).order_by(SuggestionRow.id)][:most]
            groups.append(Found(None, dict.fromkeys(items, 0.5), TODAY, category, f"Pattern: {words}", "embedded:1"))
        pattern_search.save_search(session, groups, after=0, items=8, week=pattern_evidence.monday(TODAY), now=desk.clock())
    return desk.browser("ruth")


def decide(browser: Browser, act: str, pattern: int = 1, **fields: str) -> Page:
    """Send the form of the page as it stands."""
    page = browser.get(f"/patterns/{pattern}")
    form = next(form for form in page.forms if ("act", act) in form.fields)
    return browser.submit(form, **fields)


def test_before_the_first_search_the_page_says_when_it_runs(maria: Browser):
    """And how to run it at once."""
    assert "triage patterns --refresh" in maria.get("/patterns").text


def test_everybody_reads_patterns_with_their_size_lanes_words_and_owner(desk: Desk, ruth: Browser):
    """Without a form for those who do not decide."""
    page = desk.maria.get("/patterns")

    assert "Pattern: No ride" in page.text
    assert "4 patients in 26 weeks · Referral follow-through 4" in page.text
    assert "“No ride”" in page.text
    assert "Suggested owner:" in page.text
    assert not [form for form in page.forms if form.action.startswith("/patterns")]
    assert "No cause is shared by 3 patients in this lane" in desk.maria.get("/patterns", lane="care_gap").text
    assert "Leads confirm, rename" in desk.maria.get("/patterns/1").text


def test_a_coordinator_cannot_decide_by_a_form_of_their_own(desk: Desk, ruth: Browser):
    """The page without a form is not what keeps them from it."""
    before = desk.stored(but=("access_log", "sessions"))

    assert desk.maria.post("/patterns/1/decisions", act="confirm", version="0").status == 403
    assert desk.stored(but=("access_log", "sessions")) == before


def test_a_lead_confirms_renames_follows_ends_and_undoes(ruth: Browser):
    """Each with its line in the history, and the improvement with its effect in words."""
    decide(ruth, "confirm")
    decide(ruth, "rename", name="No van on <Mondays>")
    page = decide(ruth, "follow", what="Call the van company", owner="ruth", started="2026-03-02")
    assert "No van on <Mondays>" in page.one("h1").text
    assert "Call the van company" in page.text
    assert "Too early to tell" in page.text
    assert page.one("svg").attrs["aria-label"].startswith("No van on")
    assert "Call the van company" in ruth.get("/patterns").text

    page = decide(ruth, "end")
    assert "Past improvement" in page.text
    page = decide(ruth, "undo")
    assert "Past improvement" not in page.text
    assert "Undo" in page.text


def test_merging_brings_the_evidence_along_and_dismissing_needs_a_reason(ruth: Browser):
    """A merged pattern leads to where it went."""
    page = decide(ruth, "merge", pattern=2, into="1")
    assert "Merged into Pattern: No ride" in page.text
    assert "With what was Pattern: PA still pending" in ruth.get("/patterns/1").text

    refused = decide(ruth, "dismiss", reason=" ")
    assert refused.status == 422
    assert "write a few words" in refused.text
    assert "Transport · dismissed" in decide(ruth, "dismiss", reason="a strike").text


@pytest.mark.parametrize(
    "wrong",
    [{"owner": "nobody"}, {"started": "2026-03-20"}, {"review": "2026-03-01"}, {"started": ""}, {"started": "x"}, {"what": "x" * 501}],
)
def test_a_refused_improvement_keeps_what_was_written(ruth: Browser, wrong: dict[str, str]):
    """Nothing typed is lost, and nothing is stored."""
    decide(ruth, "confirm")
    given = {"what": "Call the van company", "owner": "ruth", "started": "2026-03-02", "review": "2026-05-01"} | wrong

    page = decide(ruth, "follow", **given)

    assert page.status == 422
    assert given["what"] in page.html
    assert "Past improvement" not in ruth.get("/patterns/1").text


def test_the_second_lead_is_told_and_loses_nothing(ruth: Browser):
    """What was approved was the pattern as it stood on the page."""
    stale = next(form for form in ruth.get("/patterns/1").forms if ("act", "rename") in form.fields)
    decide(ruth, "confirm")

    page = ruth.submit(stale, name="My name for it")

    assert page.status == 409
    assert "My name for it" in page.html


@pytest.mark.parametrize(
    ("fields", "status"), [({"act": "burn"}, 422), ({"act": "merge", "into": "1"}, 404), ({"act": "merge", "into": "99"}, 404)]
)
def test_a_form_that_makes_no_sense_is_refused(ruth: Browser, fields: dict[str, str], status: int):
    """In a sentence, with nothing stored."""
    assert ruth.post("/patterns/1/decisions", version="0", **fields).status == status
    assert ruth.post("/patterns/99/decisions", version="0", act="confirm").status == 404


def test_a_program_gets_numbers_and_ids_but_no_words_of_notes(desk: Desk, ruth: Browser):
    """The same list, with its weeks."""
    desk.clock.later(seconds=timedelta(seconds=1).seconds)
    told = ruth.get("/api/v1/patterns").response.json()

    first = told["patterns"][0]
    assert (first["name"], first["patients"], first["standing"]) == ("Pattern: No ride", 4, "suggested")
    assert sum(week["patients"] for week in first["weeks"]) == 4
    assert "Rosa" not in str(told)
