"""Openings of chats: what may come before the confirmation of the subscription, and what the first call may do."""

from __future__ import annotations

import json

import pytest

import lensconnect as lc
from lensconnect.emulator import Emulator
from lensconnect.interpreters.contract import Transport
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Failure, Result, Success
from lensconnect.testing.simulate import Simulation

CONFIRMED = '{"topic":"aws/subscribe","content":{"status":"success","topics":["aws/chat"]}}'
TIME = "2026-01-01T00:00:00.000Z"
FAST = lc.LiveOptions(backoff=lc.Backoff(first=0.01))


def frame(item: lc.Item) -> str:
    """Return the frame of an item."""
    members = {"Id": item.id, "AbsoluteTime": TIME, "ContentType": item.content_type, "Type": item.type}
    return json.dumps({"topic": "aws/chat", "content": json.dumps(members)})


TYPING = lc.Item(id="t1", content_type=lc.EVENT_TYPING, type=lc.CHAT_ITEM_TYPE_TYPING)
ENDED = lc.Item(id="e1", content_type=lc.EVENT_CHAT_ENDED, type=lc.CHAT_ITEM_TYPE_EVENT)


class EagerSocket:
    """An open WebSocket on which frames come before the confirmation of the subscription."""

    def __init__(self, frames: list[str]) -> None:
        self.frames = frames

    def send(self, text: str, seconds: float, /) -> Result[None, lc.TransportError]:
        """Confirm a subscription."""
        if "subscribe" in text:
            self.frames.append(CONFIRMED)
        return Success(None)

    def receive(self, seconds: float, /) -> Result[str | bytes | None, lc.TransportError]:
        """Return the next frame."""
        return Success(self.frames.pop(0) if self.frames else None)

    def close(self, code: int, /) -> None:
        """Close nothing."""


def received_of(first: lc.Item) -> list[lc.Notification | None]:
    """Open a chat to which an item comes before the confirmation; return what is received then."""
    service = Emulator()
    token = service.start_chat().participant_token

    def sockets(_: OpenSocket) -> Result[EagerSocket, lc.TransportError | lc.ServiceError]:
        return Success(EagerSocket([frame(first)]))

    with lc.new_env(endpoint_url="http://127.0.0.1:1", transport=service.transport, sockets=sockets) as env:
        chat = lc.or_raise(lc.open_chat(token)(env))
        return [lc.or_raise(lc.receive_within(chat, 0)(env)) for _ in range(2)]


def item_of(note: lc.Notification | None) -> str | None:
    """Return the Id of a received item."""
    assert isinstance(note, lc.ItemReceived)
    return note.item.id


def test_what_comes_before_the_confirmation_is_received_afterwards() -> None:
    assert item_of(received_of(TYPING)[0]) == "t1"


def test_a_chat_that_ends_before_the_confirmation_is_opened_and_ends() -> None:
    last, end = received_of(ENDED)
    assert item_of(last) == "e1"
    assert end == lc.ChatEnded("ended")


def test_a_chat_that_is_denied_while_it_is_opened_ends() -> None:
    service = Emulator()
    token = service.start_chat().participant_token
    denied = lc.HttpResponse(403, (("x-amzn-requestid", "1"), ("x-amzn-errortype", "AccessDeniedException")), b"{}")
    asked: list[lc.HttpRequest] = []

    def transport(request: lc.HttpRequest, seconds: float) -> Result[lc.HttpResponse, lc.TransportError]:
        asked.append(request)
        return service.transport(request, seconds) if len(asked) == 1 else Success(denied)

    def refused(_: OpenSocket) -> Result[EagerSocket, lc.TransportError | lc.ServiceError]:
        return Failure(lc.ServiceError(403, ""))

    with lc.new_env(endpoint_url="http://127.0.0.1:1", transport=transport, sockets=refused) as env:
        chat = lc.or_raise(lc.open_chat(token, options=FAST)(env))
        assert lc.or_raise(lc.receive(chat)(env)) == lc.ChatEnded("denied")


def test_the_first_call_without_time_may_begin_a_page() -> None:
    simulation = Simulation(1)
    token = simulation.service.start_chat().participant_token
    chat = lc.or_raise(lc.open_chat(token)(simulation.env))
    pages: list[lc.Event] = []
    with_observer = lc.observed(pages.append)(lc.receive_within(chat, 0))
    assert lc.or_raise(with_observer(simulation.env)) is None
    assert [event.operation for event in pages if event.name == "started"] == ["GetTranscript"]


def test_a_conversation_returns_what_its_body_returns_and_closes_the_chat() -> None:
    simulation = Simulation(2)
    chats: list[lc.Chat] = []

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[str]:
        chats.append(chat)
        return (yield from lc.say(chat, "Hello")).id or ""

    started = simulation.service.start_chat()
    item_id = lc.or_raise(lc.converse(started.participant_token, body)(simulation.env))
    assert item_id in [item.id for item in simulation.service.items(started.contact_id)]
    with pytest.raises(RuntimeError, match="was closed"):
        _ = lc.receive(chats[0])(simulation.env)


def test_joining_without_a_socket_starts_the_flow() -> None:
    bodies: list[bytes] = []

    def fault(transport: Transport) -> Transport:
        def noting(request: lc.HttpRequest, seconds: float) -> Result[lc.HttpResponse, lc.TransportError]:
            bodies.append(request.body)
            return transport(request, seconds)

        return noting

    simulation = Simulation(3, fault=fault)
    lc.or_raise(lc.join_chat(simulation.service.start_chat().participant_token)(simulation.env))
    assert [json.loads(body) for body in bodies] == [{"Type": ["CONNECTION_CREDENTIALS"], "ConnectParticipant": True}]
