"""The measures of drafts: shares of what was decided, with how much stands behind them."""

from evals.outreach_measures import BY, measure, measures_by
from store.draft_measures import DraftOutcome
from workflow.vocabulary import DraftForm, DraftRejectReason, DraftStanding, LaneName


def an_outcome(**given):
    values = {
        "form": DraftForm.SMS,
        "lane": LaneName.REFERRAL,
        "language": "en",
        "assistant": "embedded",
        "prompt": "draft_outreach@1",
        "standing": DraftStanding.APPROVED,
        "changed": None,
        "reason": None,
        "seconds": None,
    }
    return DraftOutcome(**(values | given))


UNCHANGED = an_outcome(changed=0.0, seconds=2.0)
EDITED = an_outcome(changed=0.2, seconds=10.0)
REJECTED = an_outcome(standing=DraftStanding.REJECTED, reason=DraftRejectReason.WRONG_TONE, seconds=4.0)
WITHDRAWN = an_outcome(standing=DraftStanding.WITHDRAWN)
WAITING = an_outcome(standing=DraftStanding.PENDING)


def test_shares_are_of_the_decided_ones():
    found = measure([UNCHANGED, UNCHANGED, EDITED, REJECTED, WITHDRAWN, WAITING])

    assert (found.offered, found.decided, found.withdrawn, found.waiting) == (6, 4, 1, 1)
    assert [(each.value, each.n) for each in (found.unchanged, found.edited, found.rejected)] == [(0.5, 4), (0.25, 4), (0.25, 4)]
    assert all(each.low < each.value < each.high for each in (found.unchanged, found.edited, found.rejected))
    assert (found.changed, found.seconds, found.timed) == (0.2, 3.0, 4)
    assert found.reasons == {DraftRejectReason.WRONG_TONE: 1}


def test_of_nothing_nothing_is_said():
    found = measure([WAITING])

    assert (found.unchanged.value, found.unchanged.n, found.changed, found.seconds) == (None, 0, None, None)


def test_they_are_told_apart_by_everything_that_may_matter():
    spanish = an_outcome(language="es-MX", changed=0.0)
    found = measures_by([UNCHANGED, EDITED, spanish], "language")

    assert {key: each.offered for key, each in found.items()} == {"en": 2, "es": 1}
    assert set(BY) == {"form", "lane", "language", "assistant", "prompt"}
