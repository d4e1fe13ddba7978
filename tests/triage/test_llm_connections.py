"""Notes share connections, and a connection that went away costs no note."""

import gc
import json
import socket
import threading
from contextlib import suppress

from tests.triage.llm_builders import a_blocker, a_note, a_reply, an_assistant
from tests.triage.misbehaving_server import Behaviour, MisbehavingServer, Request, completion, http, read_request

ANSWER = http(200, json.dumps(completion(a_reply(blockers=[a_blocker()]))).encode(), {"connection": "keep-alive"})


def keeps(answers: int, gone: threading.Event | None = None) -> Behaviour:
    """Answers so many requests on one connection and then closes it without a word; `gone` is set when the client leaves first."""

    def behave(connection: socket.socket, _: Request, __: threading.Event) -> None:
        connection.settimeout(10)
        connection.sendall(ANSWER)
        for _more in range(answers - 1):
            with suppress(ConnectionResetError):
                read_request(connection)
                connection.sendall(ANSWER)
                continue
            if gone:
                gone.set()
            return

    return behave


def test_notes_one_after_another_use_one_connection() -> None:
    """A connection, and with TLS its handshake, is most of what our side of a call costs."""
    with MisbehavingServer(keeps(5)) as server:
        assistant = an_assistant(server.base_url)
        for _ in range(5):
            assert len(assistant.read_note(a_note()).items) == 1
        assert len(server.requests) == 1  # it notes the first request of each connection


def test_a_connection_that_the_service_closed_meanwhile_is_not_used_again() -> None:
    """Services close idle connections; a note that met a closed one would be the stand-in's for good."""
    with MisbehavingServer(keeps(1)) as server:
        assistant = an_assistant(server.base_url)
        for _ in range(3):
            assert len(assistant.read_note(a_note()).items) == 1
            server.settle()
        assert len(server.requests) == 3


def test_connections_are_given_back_with_the_assistant() -> None:
    """`triage eval` makes one assistant; a test suite, or a page that tries prompts, makes hundreds."""
    gone = threading.Event()
    with MisbehavingServer(keeps(2, gone)) as server:
        assistant = an_assistant(server.base_url)
        assistant.read_note(a_note())
        del assistant
        gc.collect()
        assert gone.wait(1.5)
