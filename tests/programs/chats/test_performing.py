"""Orders of a chat, performed while another task acts on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Never

import pytest

import lensconnect as lc
from lensconnect.emulator import SocketFault
from lensconnect.interpreters.contract import Transport
from lensconnect.live import orders
from lensconnect.programs.chats.performing import _perform
from lensconnect.programs.primitives import now, reserve
from lensconnect.programs.rehearse import _DEFAULT_SETTINGS
from lensconnect.testing.simulate import Simulation
from programs.chats.helpers.altered_replies import without_member


def test_a_receipt_under_way_is_not_sent_by_another_mark_too() -> None:
    receipts: list[str] = []
    opened: list[lc.Chat] = []
    items: list[lc.Item] = []

    def fault(transport: Transport) -> Transport:
        def marking(request: lc.HttpRequest, seconds: float) -> lc.Result[lc.HttpResponse, lc.TransportError]:
            if request.url.endswith("/participant/event"):
                receipts.append(request.body.decode())
                if len(receipts) == 1:
                    lc.or_raise(lc.mark_delivered(opened[0], items[0])(simulation.env))
            return transport(request, seconds)

        return marking

    simulation = Simulation(1, fault=fault)
    started = simulation.service.start_chat()
    opened.append(lc.or_raise(lc.open_chat(started.participant_token)(simulation.env)))
    for text in ("older", "newer"):
        simulation.service.say(started.contact_id, text)
    items.extend(lc.or_raise(lc.replies(opened[0])(simulation.env)))
    lc.or_raise(lc.mark_delivered(opened[0], items[1])(simulation.env))
    assert lc.or_raise(lc.receive_within(opened[0], 20.0)(simulation.env)) is None
    assert len(receipts) == 1


def test_a_chat_waits_for_its_place_within_the_quotas() -> None:
    simulation = Simulation(2)
    service, started = simulation.service, simulation.service.start_chat()
    asked: list[lc.Event] = []

    @lc.program
    def used_up(operation: str) -> lc.Steps[float]:
        for _ in range(99):
            wait = yield from reserve(operation, lc.CONNECT_QUOTAS)
        return (yield from now()) + wait

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[tuple[float, float]]:
        while (yield from lc.receive_within(chat, 8.0)) is not None:
            pass
        page_at = yield from used_up("GetTranscript")
        yield from lc.receive_within(chat, 30.0)
        connection_at = yield from used_up("CreateParticipantConnection")
        service.plan(SocketFault("expire", topic="aws/chat", count=1))
        service.say(started.contact_id, "missed")
        while not isinstance((yield from lc.receive(chat)), lc.ConnectionRegained):
            pass
        return page_at, connection_at

    program = lc.converse(started.participant_token, body, options=lc.LiveOptions(reconcile=10.0))
    page_at, connection_at = lc.or_raise(lc.observed(asked.append)(program)(simulation.env))
    times = {event.operation: event.at for event in asked if event.name == "started" and event.at < connection_at}
    assert times["GetTranscript"] >= page_at
    assert [event for event in asked if event.operation == "CreateParticipantConnection"][-1].at >= connection_at


def test_a_page_waits_for_a_place_that_is_free_within_a_second() -> None:
    simulation = Simulation(5, chance=0.0)
    asked: list[lc.Event] = []

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[float]:
        while (yield from lc.receive_within(chat, 8.0)) is not None:
            pass
        wait = 0.0
        while wait < 1.5:
            wait = yield from reserve("GetTranscript", lc.CONNECT_QUOTAS)
        free_at = (yield from now()) + wait
        yield from lc.receive_within(chat, 10.0)
        return free_at

    program = lc.converse(
        simulation.service.start_chat().participant_token, body, options=lc.LiveOptions(reconcile=10.0)
    )
    free_at = lc.or_raise(lc.observed(asked.append)(program)(simulation.env))
    pages = [event.at for event in asked if (event.name, event.operation) == ("started", "GetTranscript")]
    assert pages[1] == pytest.approx(free_at + 1 / 8)


@pytest.mark.parametrize(("mark", "content_type"), [(lc.mark_read, "read"), (lc.mark_delivered, "delivered")])
def test_a_receipt_has_the_content_type_of_its_kind(
    mark: Callable[[lc.Chat, lc.Item], lc.Program[None, Never]], content_type: str
) -> None:
    receipts: list[dict[str, str]] = []

    def fault(transport: Transport) -> Transport:
        def noting(request: lc.HttpRequest, seconds: float) -> lc.Result[lc.HttpResponse, lc.TransportError]:
            if request.url.endswith("/participant/event"):
                receipts.append(json.loads(request.body))
            return transport(request, seconds)

        return noting

    simulation = Simulation(6, fault=fault)
    started = simulation.service.start_chat()

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[lc.Item]:
        simulation.service.say(started.contact_id, "Hello")
        (item,) = yield from lc.replies(chat)
        yield from mark(chat, item)
        yield from lc.receive_within(chat, 2.0)
        return item

    item = lc.or_raise(lc.converse(started.participant_token, body)(simulation.env))
    (receipt,) = receipts
    assert receipt["ContentType"] == f"application/vnd.amazonaws.connect.event.message.{content_type}"
    assert json.loads(receipt["Content"])["messageId"] == item.id


@pytest.mark.parametrize("member", ["Url", "Websocket", "ConnectionToken", "ConnectionCredentials"])
def test_a_connection_without_a_url_or_a_token_is_a_failure_of_the_opening(member: str) -> None:
    simulation = Simulation(3, fault=without_member(member))
    token = simulation.service.start_chat().participant_token
    error = lc.to_result(lc.open_chat(token, options=lc.LiveOptions(give_up=10.0))(simulation.env)).failure()
    assert isinstance(error, lc.SerializeError)
    assert "lacks the socket's URL" in error.message


def test_an_order_that_ends_a_call_is_not_performed() -> None:
    simulation = Simulation(4)
    chat = lc.or_raise(lc.open_chat(simulation.service.start_chat().participant_token)(simulation.env))
    with pytest.raises(AssertionError, match="the order ends the call"):
        next(_perform(chat, orders.Nothing(), _DEFAULT_SETTINGS))
