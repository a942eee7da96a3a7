"""Faults of WebSockets wrap synchronous and asynchronous drivers, one by one and composed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import lensconnect as lc
from lensconnect.interpreters.sockets.protocol import SOCKET_CLOSED
from lensconnect.programs.effects import OpenSocket
from lensconnect.testing.cassette import Tape, recording_sockets
from lensconnect.testing.faults import (
    SocketDriverWrapper,
    frames_corrupted,
    frames_delayed,
    frames_dropped,
    frames_duplicated,
    frames_planned,
    frames_reordered,
    handshake_cut,
    handshake_refused,
    healthy,
    slow_opening,
    socket_cut_after,
    socket_expired,
    socket_silenced,
)
from lensconnect.testing.stub import ScriptedTransport, connection, event, message, pushes, stub

FRAMES = ("aa", "bb", "cc", "dd")
OPENING = OpenSocket("wss://chat.invalid/", 5.0, 1000)
CUT = "the connection ended without a close frame (code 1006)"


def service() -> ScriptedTransport:
    return stub({}, sockets=connection(pushes(*FRAMES), answers=False))


def shown(outcome: Any) -> object:
    return outcome.failure().message if lc.is_err(outcome) else outcome.unwrap()


def received(fault: Callable[[Any], Any], stubbed: ScriptedTransport, count: int = 6) -> list[object]:
    opened = fault(stubbed.sockets)(OPENING)
    if lc.is_err(opened):
        return [opened.failure()]
    return [shown(opened.unwrap().receive(1.0)) for _ in range(count)]


async def received_on_a_loop(fault: Callable[[Any], Any], stubbed: ScriptedTransport, count: int = 6) -> list[object]:
    opened = await fault(stubbed.async_sockets)(OPENING)
    if lc.is_err(opened):
        return [opened.failure()]
    return [shown(await opened.unwrap().receive(1.0)) for _ in range(count)]


def always() -> float:
    return 0.0


FAULTS: dict[str, tuple[Callable[[ScriptedTransport], Callable[[Any], Any]], list[object]]] = {
    "none": (lambda _: healthy, ["aa", "bb", "cc", "dd", None, None]),
    "planned": (
        lambda _: frames_planned(["none", "drop", "duplicate", "corrupt"]),
        ["aa", "cc", "cc", "d", None, None],
    ),
    "planned: reorder and cut": (lambda _: frames_planned(["reorder", "cut"]), ["bb", "aa", CUT, CUT, CUT, CUT]),
    "dropped": (lambda _: frames_dropped(1.0, always), [None] * 6),
    "duplicated": (lambda _: frames_duplicated(1.0, always), ["aa", "aa", "bb", "bb", "cc", "cc"]),
    "reordered": (lambda _: frames_reordered(1.0, always), ["bb", "aa", "dd", "cc", None, None]),
    "corrupted": (lambda _: frames_corrupted(1.0, always), ["a", "b", "c", "d", None, None]),
    "silenced": (lambda _: socket_silenced(1.0, always), [None] * 6),
    "expired": (lambda _: socket_expired(1.0, always), ["the peer closed the WebSocket with code 1001"] * 6),
    "cut after": (lambda _: socket_cut_after(3), ["aa", "bb", "cc", CUT, CUT, CUT]),
    "delayed": (lambda stubbed: frames_delayed(1.5, stubbed.clock.sleep), [None, "aa", None, "bb", None, "cc"]),
    "refused": (lambda _: handshake_refused(403), [lc.ServiceError(403, "")]),
    "handshake cut": (
        lambda _: handshake_cut(),
        [lc.TransportError("incomplete", "the peer ended the connection in the WebSocket handshake", "maybe")],
    ),
    "slow": (
        lambda stubbed: slow_opening(9.0, stubbed.clock.sleep),
        [lc.TransportError("timeout", "out of time in the WebSocket handshake", "no")],
    ),
    "slow, but in time": (
        lambda stubbed: slow_opening(4.0, stubbed.clock.sleep),
        ["aa", "bb", "cc", "dd", None, None],
    ),
    "composed": (
        lambda _: lambda driver: frames_duplicated(1.0, always)(recording_sockets(Tape())(socket_cut_after(1)(driver))),
        ["aa", "aa", CUT, CUT, CUT, CUT],
    ),
    "refused around another": (
        lambda _: lambda driver: handshake_refused(403)(socket_cut_after(1)(driver)),
        [lc.ServiceError(403, "")],
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_does_the_same_to_both_kinds_of_drivers(name: str) -> None:
    new_fault, expected = FAULTS[name]
    for stubbed, receive in ((service(), received), (service(), received_on_a_loop)):
        outcome: Any = receive(new_fault(stubbed), stubbed)
        found = asyncio.run(outcome) if asyncio.iscoroutine(outcome) else outcome
        assert found == expected


def test_nothing_is_sent_after_the_end() -> None:
    cut = socket_cut_after(0)(service().sockets)(OPENING).unwrap()
    assert [shown(cut.receive(1.0)), shown(cut.send("text", 1.0))] == [CUT, CUT]


def test_a_plan_goes_on_over_all_sockets() -> None:
    fault, stubbed = frames_planned(["none", "none", "none", "none", "drop"]), service()
    assert [received(fault, stubbed, count=1), received(fault, stubbed, count=5)[-1]] == [["aa"], None]


def test_a_chat_lives_through_faults() -> None:
    faults: SocketDriverWrapper = frames_planned(["none", "duplicate", "corrupt", "cut"])
    first = connection(pushes(message("a"), message("b"), message("c")))
    stubbed = stub({}, sockets=[first, connection(pushes(message("d"), event(lc.EVENT_CHAT_ENDED)))])
    env = lc.new_env(
        region="us-east-1", transport=stubbed.transport, sockets=faults(stubbed.sockets), clock=stubbed.clock
    )

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[list[str | None]]:
        items = yield from lc.replies(chat, quiet=10.0)
        return [item.content for item in items]

    assert lc.or_raise(lc.converse(lc.ParticipantToken("t"), body)(env)) == ["a", "d"]


def test_a_wait_for_an_event_loop_does_not_fit_a_synchronous_driver() -> None:
    stubbed = service()
    slow = slow_opening(4.0, lambda _: asyncio.sleep(0))
    with pytest.raises(TypeError, match="has to be awaited"):
        slow(stubbed.sockets)(OPENING)


@pytest.mark.parametrize("fault", [frames_duplicated(1.0, always), socket_cut_after(1), socket_expired(1.0, always)])
def test_nothing_comes_after_the_close_of_the_client(fault: SocketDriverWrapper) -> None:
    opened = fault(service().sockets)(OPENING).unwrap()
    for _ in range(3):
        opened.receive(1.0)
    opened.close(1000)
    assert [opened.receive(1.0), opened.send("text", 1.0)] == [lc.Failure(SOCKET_CLOSED)] * 2


def test_a_close_ends_a_wait_for_a_delayed_frame() -> None:
    async def main() -> object:
        begun, passed = asyncio.Event(), asyncio.Event()

        async def wait(_: float) -> None:
            begun.set()
            await passed.wait()

        opened = (await frames_delayed(1.0, wait)(service().async_sockets)(OPENING)).unwrap()
        receiving = asyncio.create_task(opened.receive(5.0))
        await begun.wait()
        await opened.close(1000)
        passed.set()
        return await receiving

    assert asyncio.run(main()) == lc.Failure(SOCKET_CLOSED)
