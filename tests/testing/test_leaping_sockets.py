"""With a clock that leaps, a wait for a frame takes no time, and the emulator's timers run meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
import trio
from helpers.socket_programs import do, listened, opened

from lensconnect import Error, Program, Result, TransportError, new_async_env, new_env, to_result
from lensconnect.emulator import Emulator, SocketFault
from lensconnect.programs.effects import ReceiveFrame
from lensconnect.testing.leaping_sockets import LeapingSockets
from lensconnect.testing.simulate import LeapingClock

URL = "https://emulator.invalid"
Run = Callable[[Program[Any, Error]], Result[Any, Error]]


class Service:
    """An emulator, and environments on its leaping clock."""

    def __init__(self) -> None:
        self.clock = LeapingClock()
        self.emulator = Emulator(clock=self.clock.now)
        self.sockets = LeapingSockets(self.emulator, self.clock)

    def sync(self, program: Program[Any, Error]) -> Result[Any, Error]:
        with new_env(
            endpoint_url=URL, transport=self.emulator.transport, sockets=self.sockets.sync, clock=self.clock
        ) as env:
            return to_result(program(env))

    def on(self, run: Callable[..., Any]) -> Run:
        def performed(program: Program[Any, Error]) -> Result[Any, Error]:
            async def main() -> Result[Any, Error]:
                async with new_async_env(
                    endpoint_url=URL,
                    transport=self.emulator.async_transport,
                    sockets=self.sockets.asynchronous,
                    clock=self.clock,
                ) as env:
                    return to_result(await program(env))

            return run(main)

        return performed


RUNS: dict[str, Callable[[Service], Run]] = {
    "sync": lambda service: service.sync,
    "asyncio": lambda service: service.on(lambda main: asyncio.run(main())),
    "trio": lambda service: service.on(trio.run),
}
on_each = pytest.mark.parametrize("name", RUNS)


@on_each
def test_waiting_takes_no_time_and_moves_the_clock(name: str) -> None:
    service = Service()
    before, begun = service.clock.now(), time.monotonic()
    chat = service.emulator.start_chat()
    RUNS[name](service)(listened(chat.participant_token, 1000.0)).unwrap()
    assert service.clock.now() - before >= 1000
    assert time.monotonic() - begun < 20


@on_each
def test_a_timer_of_the_emulator_ends_a_wait(name: str) -> None:
    """The socket is closed after its hour, and a frame that was held back comes after a second."""
    service = Service()
    chat = service.emulator.start_chat()
    run = RUNS[name](service)
    service.emulator.plan(SocketFault("reorder", topic="aws/heartbeat", count=1))
    error = run(listened(chat.participant_token, 7200.0)).failure()
    assert error == TransportError("incomplete", "the peer closed the WebSocket with code 1001", "yes")


@on_each
def test_a_look_leaps_nowhere(name: str) -> None:
    service = Service()
    chat = service.emulator.start_chat()
    looked = opened(chat.participant_token).bind(lambda socket: do(ReceiveFrame(socket, 0.0)))
    before = service.clock.now()
    RUNS[name](service)(looked).unwrap()
    assert service.clock.now() - before < 20
