"""Helpers: a service with a clock in hand, and short ways to speak to it."""

from __future__ import annotations

from typing import TypeVar

from lensconnect import (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    ConnectionToken,
    Endpoint,
    Error,
    HttpRequest,
    HttpResponse,
    ParticipantToken,
    Reply,
    Request,
    Result,
    ServiceError,
    create_participant_connection_type,
    decode,
    describe,
    new_create_participant_connection,
    new_send_message,
    send_message_client_token,
)
from lensconnect.emulator import Emulator, Frame, Options
from lensconnect.wire.limits import NONE

R = TypeVar("R", bound=Reply)

HOME = Endpoint("http://emulator.invalid")


class Talk:
    """An emulator whose clock stands still until it is moved, and whose frames are kept."""

    def __init__(self, options: Options | None = None) -> None:
        self.now = 1_795_341_600.0
        self.frames: list[Frame] = []
        self.emulator = Emulator(options, seed="tests", clock=lambda: self.now, on_frame=self.frames.append)
        self.chat = self.emulator.start_chat()

    def ask(self, request: Request[R]) -> Result[R, Error]:
        return decode(type(request), self.raw(described(request)))

    def raw(self, request: HttpRequest) -> HttpResponse:
        return self.emulator.handle(request)

    def refusal(self, request: Request[Reply]) -> tuple[int, str]:
        error = self.ask(request).failure()
        assert isinstance(error, ServiceError)
        return error.status, error.code

    def connect(self, token: ParticipantToken | None = None) -> ConnectionToken:
        return connected(self.emulator, token or self.chat.participant_token)

    def say(self, token: ConnectionToken, text: str, client_token: str | None = None) -> str:
        request = new_send_message("text/plain", text, token)
        identity = self.ask(send_message_client_token.put(client_token, request)).unwrap().id
        assert identity is not None
        return identity


def described(request: Request[Reply]) -> HttpRequest:
    return describe(request, HOME, NONE).unwrap()


def connected(emulator: Emulator, token: ParticipantToken) -> ConnectionToken:
    wanted = create_participant_connection_type.set((CONNECTION_TYPE_CONNECTION_CREDENTIALS,))
    request = wanted(new_create_participant_connection(token))
    credentials = decode(type(request), emulator.handle(described(request))).unwrap().connection_credentials
    assert credentials is not None
    assert credentials.connection_token is not None
    return credentials.connection_token
