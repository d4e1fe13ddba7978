"""A stand-in for a model's service, in a process of its own: answers every request after `ANSWER_S` with the same reply.

Prints its address once it listens, and runs until it is told to stop. Plain asyncio, so that it takes little of the cores it shares.
"""

import asyncio
import json

ANSWER_S = 0.2

TEXT = "Called pt x2, no answer, LVM. Daughter says no ride on weekdays. Try again Thurs."
"""The note that the reply fits."""

REPLY = {
    "tasks": [{"quote": "Try again Thurs", "action": "call_patient", "owner_role": "care_coordinator", "time_phrase": "Thurs"}],
    "blockers": [
        {"quote": "no ride on weekdays", "category": "transport"},
        {"quote": "no answer", "category": "patient_unreachable"},
    ],
    "outreach_attempts": [{"quote": "Called pt x2, no answer, LVM", "channel": "call", "outcome": "left_voicemail", "counted": ["x2"]}],
    "escalation": None,
}


def _answer() -> bytes:
    message = {"role": "assistant", "content": json.dumps(REPLY)}
    body = json.dumps(
        {
            "id": "c1",
            "object": "chat.completion",
            "created": 0,
            "model": "stub",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 1800, "completion_tokens": 150, "total_tokens": 1950},
        }
    ).encode()
    return f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


ANSWER = _answer()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, kept alive as long as the client wants it."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            await reader.readexactly(length)
            await asyncio.sleep(ANSWER_S)
            writer.write(ANSWER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    """Listen, say where, and answer until the process ends."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, backlog=256)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
