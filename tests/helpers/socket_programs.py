"""Programs that use the effects of WebSockets without a live chat."""

from __future__ import annotations

from typing import TypeVar

from lensconnect import (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONNECTION_TYPE_WEBSOCKET,
    CreateParticipantConnection,
    Error,
    ParticipantToken,
    Program,
    Steps,
    now,
    program,
    send,
    sleep,
)
from lensconnect.programs.effects import (
    CloseSocket,
    Effect,
    OpenSocket,
    ReceiveFrame,
    SendFrame,
    Socket,
)
from lensconnect.programs.program import Do

T = TypeVar("T")

SUBSCRIBE = '{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}}'
HEARTBEAT = '{"topic":"aws/heartbeat"}'
MEGABYTE = 1 << 20


def do(effect: Effect[T]) -> Program[T, Error]:
    """Return the program of one effect."""
    return Do(effect)


@program
def opened(token: ParticipantToken) -> Steps[Socket]:
    """Open and subscribe the WebSocket of a participant."""
    reply = yield from send(
        CreateParticipantConnection(
            participant_token=token, type=(CONNECTION_TYPE_WEBSOCKET, CONNECTION_TYPE_CONNECTION_CREDENTIALS)
        )
    )
    assert reply.websocket is not None
    assert reply.websocket.url is not None
    socket = yield from do(OpenSocket(reply.websocket.url, 10.0, MEGABYTE))
    yield from do(SendFrame(socket, SUBSCRIBE, 5.0))
    yield from do(ReceiveFrame(socket, 5.0))
    return socket


@program
def listened(token: ParticipantToken, seconds: float) -> Steps[list[str]]:
    """Return the frames that come within so many seconds; send a heartbeat after ten seconds without one."""
    socket = yield from opened(token)
    frames: list[str] = []
    end = (yield from now()) + seconds
    while (left := end - (yield from now())) > 0:
        frame = yield from do(ReceiveFrame(socket, min(10.0, left)))
        if frame is None:
            yield from do(SendFrame(socket, HEARTBEAT, 5.0))
        else:
            frames.append(str(frame))
    yield from sleep(2.5)
    yield from do(CloseSocket(socket, 1000))
    return frames
