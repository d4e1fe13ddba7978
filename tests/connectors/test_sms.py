"""SMS out, against a local server that behaves like a provider: what arrives, and what its faults become."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from connectors import addresses
from connectors.outgoing import NobodyKnows, Refused, TryLater
from connectors.sms import Sms
from store.deliveries import Delivery, DeliveryState
from tests.builders import NOW
from tests.connectors.sms_provider import CALLBACK, sms_provider
from workflow.vocabulary import Channel, DraftForm

DELIVERY = Delivery(
    id=1,
    approval_id=1,
    draft_id=1,
    episode_id=1,
    patient_id=1,
    form=DraftForm.SMS,
    language="en",
    channel=Channel.SMS,
    address="(312) 555-0123",
    subject="",
    body="Please call us. ñ",
    text_hash="",
    approved_by="dana",
    approver="Dana Whitfield",
    approver_active=True,
    approved_at=NOW,
    key="3f2b8c1a-9d4e-4f6a-8b7c-1d2e3f4a5b6c",
    send_after=NOW,
    state=DeliveryState.SENDING,
    why="",
    provider_id=None,
    event_seqs=(),
    changed_at=datetime.now(UTC),
)


def test_a_message_is_posted_with_its_key_and_where_to_tell():
    with sms_provider() as provider:
        accepted = Sms(provider.settings()).send(DELIVERY)

    [form] = provider.posts
    assert accepted.provider_id == "SM1"
    assert {name: form[name] for name in ("To", "From", "Body", "StatusCallback")} == {
        "To": "+13125550123",
        "From": "+13125550199",
        "Body": "Please call us. ñ",
        "StatusCallback": f"{CALLBACK}?key={DELIVERY.key}",
    }
    assert form["authorization"].startswith("Basic ")
    assert form["user-agent"] == "care-triage"
    assert list(provider.taken) == [DELIVERY.key]


@pytest.mark.parametrize(
    ("given", "error", "no_such"),
    [
        ({"status": 400, "answer": {"code": 21211}}, Refused, True),
        ({"status": 400, "answer": {"code": 21610}}, Refused, False),
        ({"status": 422, "answer": {}}, Refused, False),
        ({"answer": {"status": "failed", "error_code": 30005}}, Refused, True),
        ({"answer": {"status": "undelivered", "error_code": 30007}}, Refused, False),
        ({"status": 401}, TryLater, False),
        ({"status": 404}, TryLater, False),
        ({"status": 429, "headers": {"retry-after": "7"}}, TryLater, False),
        ({"status": 503}, TryLater, False),
        ({"fault": "redirects"}, TryLater, False),
        ({"status": 500}, NobodyKnows, False),
        ({"status": 409}, NobodyKnows, False),
        ({"answer": {"sid": None}}, NobodyKnows, False),
        ({"fault": "closes"}, NobodyKnows, False),
        ({"fault": "drips"}, NobodyKnows, False),
        ({"fault": "floods"}, NobodyKnows, False),
        ({"fault": "html"}, NobodyKnows, False),
    ],
)
def test_every_answer_is_taken_refused_tried_again_or_unknown(given, error, no_such):
    """One request each, whatever comes: nothing is followed, and nothing is sent a second time."""
    with sms_provider(**given) as provider:
        began = time.monotonic()
        with pytest.raises(error) as found:
            Sms(provider.settings(budget_s=0.5)).send(DELIVERY)
        assert time.monotonic() - began < 4

    assert len(provider.posts) == 1
    assert getattr(found.value, "no_such_address", False) is no_such
    assert "312" not in str(found.value).replace("30007", "")
    if given.get("status") == 429:
        assert found.value.after_s == 7


def test_a_provider_that_is_away_is_tried_again():
    with sms_provider() as provider:
        gone = provider.settings()
    with pytest.raises(TryLater, match="could not be reached"):
        Sms(gone).send(DELIVERY)
    assert Sms(gone).ask(DELIVERY.key) is None


def test_it_can_be_asked_by_the_key():
    """After a crash: known means sent; unknown says nothing, since it may still be under way."""
    with sms_provider() as provider:
        way = Sms(provider.settings())
        assert way.ask(DELIVERY.key) is None
        way.send(DELIVERY)
        assert way.ask(DELIVERY.key).provider_id == "SM1"
        assert len(provider.posts) == 1


@pytest.mark.parametrize("number", ["", "555-0100", "312 555 0123 ext 12", "call me", "+1 312 555 0123 x9", "1" * 40])
def test_what_is_no_number_is_refused_before_anything_is_posted(number):
    with sms_provider() as provider, pytest.raises(Refused) as refused:
        Sms(provider.settings()).send(replace(DELIVERY, address=number))
    assert refused.value.no_such_address
    assert provider.posts == []


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://api.provider.example/v1", ""),
        ("http://api.provider.example/v1", "api.provider.example"),
        ("https://169.254.169.254/v1", "api.provider.example"),
        ("https://api.provider.example@evil.example/v1", "api.provider.example"),
        ("https://api.provider.example.evil.example/v1", "api.provider.example"),
        ("https://[::ffff:10.0.0.1]/v1", ""),
        ("https://2130706433/v1", ""),
        ("https://0x7f.1/v1", ""),
        ("ftp://api.provider.example/v1", "api.provider.example"),
        ("", ""),
    ],
)
def test_it_goes_to_allowed_hosts_over_tls_alone(url, allowed):
    """Of the forms in which an address leads elsewhere, none leads anywhere."""
    with sms_provider() as provider:
        chosen = provider.settings(base_url=url, allowed_hosts=frozenset({allowed}) - {""})
        with pytest.raises(TryLater, match="Nothing was sent"):
            Sms(chosen).send(DELIVERY)


def test_proxies_and_secrets_of_the_environment_are_left_alone(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with sms_provider() as provider:
        assert Sms(provider.settings()).send(DELIVERY).provider_id == "SM1"
        assert "hush" not in repr(provider.settings(token=SecretStr("hush"), secret=SecretStr("hush")))


def test_numbers_are_read_as_people_write_them():
    same = ["+1 312 555 0123", "(312) 555-0123", "312.555.0123", "1-312-555-0123", "001 312 555 0123"]
    assert {addresses.number(one, "US") for one in same[:4]} == {"+13125550123"}
    assert addresses.number("+34 612 345 678", "US") == "+34612345678"
