"""Harness: an emulator with a clock that the test moves, and a WebSocket client for it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypeVar

from lensconnect import (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONNECTION_TYPE_WEBSOCKET,
    ConnectionToken,
    Endpoint,
    Error,
    HttpRequest,
    HttpResponse,
    Item,
    ParticipantToken,
    Reply,
    Request,
    Result,
    ServiceError,
    create_participant_connection_type,
    decode,
    describe,
    new_create_participant_connection,
    new_get_transcript,
    new_send_message,
    send_message_client_token,
)
from lensconnect.emulator import Emulator, Frame, Options, RunningEmulator, SocketAction, SocketText
from lensconnect.wire.limits import NONE

R = TypeVar("R", bound=Reply)

HOME = Endpoint("http://emulator.invalid")


class Harness:
    """An emulator with one chat, whose clock stands still until the test moves it, and whose frames are kept."""

    def __init__(self, options: Options | None = None) -> None:
        self.now = 1_795_341_600.0
        self.frames: list[Frame] = []
        self.emulator = Emulator(options, seed="tests", clock=lambda: self.now, on_frame=self.frames.append)
        self.chat = self.emulator.start_chat()

    def send(self, request: Request[R]) -> Result[R, Error]:
        return decode(type(request), self.handle(described(request)))

    def handle(self, request: HttpRequest) -> HttpResponse:
        return self.emulator.handle(request)

    def error_of(self, request: Request[Reply]) -> tuple[int, str]:
        error = self.send(request).failure()
        assert isinstance(error, ServiceError)
        return error.status, error.code

    def connect(self, token: ParticipantToken | None = None) -> ConnectionToken:
        return connected(self.emulator, token or self.chat.participant_token)

    def socket_url(self, token: ParticipantToken | None = None) -> str:
        wanted = create_participant_connection_type.set((CONNECTION_TYPE_WEBSOCKET,))
        request = wanted(new_create_participant_connection(token or self.chat.participant_token))
        websocket = self.send(request).unwrap().websocket
        assert websocket is not None
        assert websocket.url is not None
        return websocket.url

    def open_socket(self, token: ParticipantToken | None = None) -> WebSocketClient:
        return WebSocketClient(self, self.socket_url(token))

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self.emulator.tick()

    def say(self, token: ConnectionToken, text: str, client_token: str | None = None) -> str:
        request = new_send_message("text/plain", text, token)
        identity = self.send(send_message_client_token.put(client_token, request)).unwrap().id
        assert identity is not None
        return identity

    def transcript(self, token: ConnectionToken) -> tuple[Item, ...]:
        return self.send(new_get_transcript(token)).unwrap().transcript or ()

    def pushed_items(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the items pushed since the last call, each with the id of the participant it was pushed to."""
        frames, self.frames[:] = list(self.frames), []
        return [(frame.participant_id, item_in(json.loads(frame.text))) for frame in frames]


def described(request: Request[Reply]) -> HttpRequest:
    return describe(request, HOME, NONE).unwrap()


def connected(emulator: Emulator, token: ParticipantToken) -> ConnectionToken:
    wanted = create_participant_connection_type.set((CONNECTION_TYPE_CONNECTION_CREDENTIALS,))
    request = wanted(new_create_participant_connection(token))
    credentials = decode(type(request), emulator.handle(described(request))).unwrap().connection_credentials
    assert credentials is not None
    assert credentials.connection_token is not None
    return credentials.connection_token


def socket_url(service: RunningEmulator, token: ParticipantToken) -> str:
    """Connect with a participant token, and return the URL of a WebSocket."""
    wanted = create_participant_connection_type.set((CONNECTION_TYPE_WEBSOCKET, CONNECTION_TYPE_CONNECTION_CREDENTIALS))
    request = wanted(new_create_participant_connection(token))
    websocket = decode(type(request), service.emulator.handle(described(request))).unwrap().websocket
    assert websocket is not None
    assert websocket.url is not None
    return websocket.url


class WebSocketClient:
    """A client of a WebSocket of an emulator in this process.  It keeps the actions it receives, in order."""

    def __init__(self, harness: Harness, url: str) -> None:
        self.harness = harness
        self.received: list[SocketAction] = []
        outcome = harness.emulator.open_socket(url, self.received.append)
        self.refusal = outcome if isinstance(outcome, HttpResponse) else None
        self.id = outcome if isinstance(outcome, str) else ""

    def send(self, text: str | None) -> list[dict[str, Any]]:
        """Send a frame, and return the frames received since the last call."""
        self.harness.emulator.receive_frame(self.id, text)
        return self.frames()

    def subscribe(self) -> WebSocketClient:
        answer = self.send(SUBSCRIBE)[0]
        assert answer == {"topic": "aws/subscribe", "content": {"status": "success", "topics": ["aws/chat"]}}
        return self

    def frames(self) -> list[dict[str, Any]]:
        """Return the frames received since the last call; a close as its code."""
        received, self.received[:] = list(self.received), []
        return [json.loads(one.text) if isinstance(one, SocketText) else {"closed": one.code} for one in received]

    def items(self) -> list[dict[str, Any]]:
        """Return the chat items received since the last call."""
        return [item_in(frame) for frame in self.frames() if frame.get("topic") == "aws/chat"]


SUBSCRIBE = '{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}}'


def item_in(frame: dict[str, Any]) -> dict[str, Any]:
    assert (frame["topic"], frame["contentType"]) == ("aws/chat", "application/json")
    item: dict[str, Any] = json.loads(frame["content"])
    return item


def kinds(items: Iterable[dict[str, Any]]) -> list[str]:
    """Return the content type of each item, without its prefix; the type of an item without one."""
    return [str(item.get("ContentType", item["Type"])).rpartition("event.")[2] for item in items]
