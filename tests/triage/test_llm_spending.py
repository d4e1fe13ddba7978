"""What a reading cost is kept with it, call by call: tokens, seconds, and money where prices are known."""

import pytest

from tests.triage.llm_builders import a_note, a_reply, a_task, an_assistant
from tests.triage.misbehaving_server import MisbehavingServer, answers, completion, hangs, replies
from tests.triage.test_llm_fallback import Fake
from triage.assistants.fallback import Fallback
from triage.assistants.protocol import AssistantError, AssistantUnavailable, NoUsableAnswer
from triage.calls import Call, Prices, totals
from triage.jobs import as_stored
from triage.reading import Reading

PRICES = Prices(2.0, 10.0)
ONE_CALL = 100 * 2.0 / 1e6 + 20 * 10.0 / 1e6
"""What `completion` says it took, at `PRICES`."""


def test_each_call_is_kept_with_its_tokens_seconds_and_money() -> None:
    """A re-ask is a call of its own: who looks for what a note cost must see both."""
    with MisbehavingServer(replies("nonsense"), replies(a_reply())) as server:
        reading = an_assistant(server.base_url, prices=PRICES).read_note(a_note())

    assert [(call.tokens_in, call.tokens_out, call.cost) for call in reading.calls] == [(100, 20, ONE_CALL)] * 2
    assert all(0 < call.seconds < 5 for call in reading.calls)
    assert reading.usage | {"seconds": 0} == {"calls": 2, "tokens_in": 200, "tokens_out": 40, "cost": 2 * ONE_CALL, "seconds": 0}


def test_without_prices_there_is_no_cost() -> None:
    """Unknown is not free."""
    with MisbehavingServer(replies(a_reply())) as server:
        reading = an_assistant(server.base_url).read_note(a_note())

    assert "cost" not in reading.usage
    assert reading.calls[0].cost is None


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": -1}, {"prompt_tokens": 10**12}, {"prompt_tokens": "many"}, 7])
def test_tokens_that_the_service_does_not_tell_are_not_known(usage: object) -> None:
    """Some servers count nothing, and a hostile one could empty the day's budget with a number."""
    with MisbehavingServer(answers(200, completion(a_reply()) | {"usage": usage})) as server:
        reading = an_assistant(server.base_url, prices=PRICES).read_note(a_note())

    assert reading.calls == (Call(reading.calls[0].seconds),)
    assert reading.usage | {"seconds": 0} == {"calls": 1, "tokens_in": 0, "tokens_out": 0, "untold": 1, "seconds": 0}


def test_calls_made_in_vain_are_told_with_the_error() -> None:
    """A refusal is paid for like an answer; of a call that was given up nobody knows the tokens."""
    with MisbehavingServer(replies(None, refusal="no")) as server, pytest.raises(NoUsableAnswer) as refused:
        an_assistant(server.base_url, prices=PRICES).read_note(a_note())
    assert [call.cost for call in refused.value.calls] == [ONE_CALL]

    with MisbehavingServer(hangs) as server, pytest.raises(AssistantUnavailable) as gone:
        an_assistant(server.base_url, prices=PRICES, budget_s=0.2).read_note(a_note())
    assert [(call.tokens_in, call.cost) for call in gone.value.calls] == [(None, None)]


def test_windows_that_were_read_before_one_failed_are_paid_for() -> None:
    """The reading is lost, its calls are not."""
    whole, refused = replies(a_reply()), replies(None, refusal="no")
    with MisbehavingServer(whole, whole, refused) as server, pytest.raises(AssistantError) as caught:
        an_assistant(server.base_url, context_chars=200).read_note(a_note("No ride on weekdays. " * 30))
    assert len(caught.value.calls) == 3


def test_a_stand_in_s_reading_carries_what_was_paid_for_nothing() -> None:
    """Otherwise a model that refuses every note would look free."""
    with MisbehavingServer(replies(None, refusal="no")) as server:
        reading = Fallback(an_assistant(server.base_url, prices=PRICES), Fake("embedded")).read_note(a_note())

    assert reading.stood_in_for == "llm"
    assert (reading.usage["calls"], reading.usage["cost"]) == (1, ONE_CALL)
    assert len(reading.calls) == 1


def test_the_calls_are_stored_with_the_reading() -> None:
    """Sums for the day, and each call for whoever asks why a note was slow."""
    with MisbehavingServer(replies(a_reply(tasks=[a_task()]))) as server:
        reading = an_assistant(server.base_url, prices=PRICES).read_note(a_note())

    usage = as_stored(reading).usage

    seconds = reading.calls[0].seconds
    assert usage == reading.usage | {"each": [{"seconds": seconds, "tokens_in": 100, "tokens_out": 20, "cost": ONE_CALL}]}


def test_a_reading_without_calls_costs_nothing_to_tell() -> None:
    """The embedded assistant's usage stays empty."""
    assert as_stored(Reading(Fake("embedded").identity)).usage == {}


def test_sums_tell_what_is_not_known() -> None:
    """A sum over some of the calls must not pass for a sum over all."""
    sums = totals([Call(0.5, 10, 1, 0.25), Call(0.25, 10, 1), Call(1.0)])

    assert sums == {"calls": 3, "tokens_in": 20, "tokens_out": 2, "seconds": 1.75, "untold": 1, "cost": 0.25}


@pytest.mark.parametrize("prices", [(-1.0, 1.0), (1.0, float("nan")), (float("inf"), 1.0)])
def test_what_is_no_price_is_refused(prices: tuple[float, float]) -> None:
    """A negative price would pay for the next call."""
    with pytest.raises(ValueError, match="0 or more"):
        Prices(*prices)
