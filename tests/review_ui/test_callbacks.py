"""The address at which the SMS provider tells: without a session, with a signature, within bounds."""

from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from connectors.sms_callbacks import SmsCallbacks, signed
from store.deliveries import DeliveryState
from tests.builders import LANES
from tests.connectors.sending_desk import SendingDesk
from tests.connectors.sms_provider import Provider
from tests.review_ui.desk import Clock, Desk

PATH = "/api/v1/callbacks/sms"
SETTINGS = Provider().settings()


@pytest.fixture
def sending(database) -> SendingDesk:
    return SendingDesk(database)


@pytest.fixture
def client(database, sending):
    with TestClient(app_of(database, sending)) as opened:
        yield opened


def app_of(database, sending):
    callbacks = SmsCallbacks(database, LANES, sending.enqueue, SETTINGS)
    with database.write() as session:
        session.connection().exec_driver_sql("UPDATE users SET username = 'maria-2' WHERE username = 'maria'")
    return Desk(database, Clock(sending.now), sms_callbacks=callbacks).app


def tell(client, body: bytes, *, key: str = "", timestamp: str = "", signature: str | None = None):
    timestamp = timestamp or str(int(client.app.state.site.clock().timestamp()))
    query = urlencode({"key": key}) if key else ""
    signature = signature if signature is not None else signed(SETTINGS, query=query, timestamp=timestamp, body=body)
    headers = {"x-timestamp": timestamp, "x-signature": signature, "content-type": "application/x-www-form-urlencoded"}
    return client.post(f"{PATH}?{query}" if query else PATH, content=body, headers=headers)


def test_a_signed_telling_is_taken_without_session_or_token_and_twice_alike(client, sending):
    client.app.state.site.clock.later(minutes=3)
    found = sending.sent()
    body = urlencode({"MessageSid": found.provider_id or "", "MessageStatus": "delivered"}).encode()
    answers = [tell(client, body, key=found.key) for _ in range(2)]

    assert [(one.status_code, one.json()) for one in answers] == [(200, {"taken": "taken"})] * 2
    assert sending.delivery(found.id).state is DeliveryState.DELIVERED
    assert answers[0].headers["cache-control"] == "no-store"


@pytest.mark.parametrize("signature", ["", "0" * 64])
def test_a_bad_signature_is_forbidden(client, signature):
    assert tell(client, b"MessageSid=SM1&MessageStatus=delivered", signature=signature).status_code == 403


def test_a_replay_is_forbidden(client):
    old = str(int(client.app.state.site.clock().timestamp()) - 301)
    assert tell(client, b"MessageSid=SM1&MessageStatus=delivered", timestamp=old).status_code == 403


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{}", b"a=%ff"])
def test_a_signed_body_that_is_no_form_is_refused_in_words(client, body):
    answer = tell(client, body)
    assert (answer.status_code, answer.json()) == (400, {"error": "This is no form that the SMS provider posts."})


def test_a_long_body_is_refused(client):
    assert tell(client, b"x" * 70_000).status_code == 413


def test_where_no_provider_is_set_up_nothing_is_believed(database):
    with TestClient(Desk(database, Clock()).app) as opened:
        assert tell(opened, b"MessageSid=SM1&MessageStatus=delivered").status_code == 403
