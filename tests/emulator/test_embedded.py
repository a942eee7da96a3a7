"""Emulator in process: its transports, its lock, its seed, and the missing extra."""

from __future__ import annotations

import asyncio
import math
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import pytest
import trio
import trio.testing
from helpers.signal_handlers import handled_at

from lensconnect import (
    CONNECTION_TYPE_WEBSOCKET,
    CreateParticipantConnection,
    GetTranscript,
    HttpRequest,
    HttpResponse,
    Result,
    TransportError,
    create_participant_connection_connect_participant,
    is_ok,
    new_async_env,
    new_create_participant_connection,
    new_env,
    or_raise,
    send,
)
from lensconnect import emulator as package
from lensconnect.emulator import Emulator, HttpFault, Options
from lensconnect.emulator.engine import NestedStepError
from lensconnect.interpreters.contract import AsyncTransport, Transport
from lensconnect.programs.effects import OpenSocket

from .helpers.harness import Harness

EMULATOR = Path(package.__file__).parent
REQUEST = HttpRequest("POST", "http://emulator.invalid/_emulator/chats")


def test_a_delay_is_waited_for_on_trio() -> None:
    emulator = Emulator()
    emulator.plan(HttpFault("delay", seconds=3.0))
    joined = create_participant_connection_connect_participant.set(True)
    request = new_create_participant_connection(emulator.start_chat().participant_token) & joined
    clock = trio.testing.MockClock(autojump_threshold=0.0)

    async def connect() -> float:
        before = trio.current_time()
        async with new_async_env(endpoint_url="https://emulator.invalid", transport=emulator.async_transport) as env:
            or_raise(await env.run(send(request)))
        return trio.current_time() - before

    assert trio.run(connect, clock=clock) >= 3.0


def test_both_transports_keep_the_contract() -> None:
    emulator = Emulator()
    transport: Transport = emulator.transport
    async_transport: AsyncTransport = emulator.async_transport
    assert transport(REQUEST, 1.0).unwrap().status == 200
    late = transport(REQUEST, 0.0).failure()
    assert isinstance(late, TransportError)
    assert (late.kind, late.sent) == ("timeout", "no")

    async def once() -> int:
        return (await async_transport(REQUEST, 1.0)).unwrap().status

    assert asyncio.run(once()) == 200


def test_calls_of_many_threads_are_serialised() -> None:
    harness = Harness()
    token = harness.connect()
    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(lambda n: harness.say(token, str(n)), range(80)))
    page = harness.send(GetTranscript(connection_token=token, max_results=100)).unwrap()
    times = [item.absolute_time or "" for item in page.transcript or ()]
    assert len(ids) == 80
    assert times == sorted(set(times), reverse=True)


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="Windows has no such signal")
def test_a_signal_handler_inside_a_step_is_refused_at_once() -> None:
    """A real signal in the middle of a step, which a callback holds up."""
    outcomes: list[object] = []

    def handler(_number: int, _frame: FrameType | None) -> None:
        outcomes.append(emulator.transport(REQUEST, math.inf).failure())
        outcomes.append(emulator.sockets(OpenSocket("wss://emulator.invalid", 1.0, 100)).failure())
        with pytest.raises(NestedStepError, match="inside another call"):
            emulator.start_chat()
        outcomes.append(emulator.base_url)

    emulator = Emulator(on_frame=lambda _: signal.raise_signal(signal.SIGUSR1))
    before = signal.signal(signal.SIGUSR1, handler)
    try:
        emulator.stop_chat(emulator.start_chat().contact_id)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert outcomes
    refused = [outcome for outcome in outcomes if isinstance(outcome, TransportError)]
    assert {(error.kind, error.sent) for error in refused} == {("unsupported", "no")}
    assert len(refused) * 3 == len(outcomes) * 2
    assert emulator.transport(REQUEST, 1.0).unwrap().status == 200


def test_receiving_inside_a_step_is_refused_on_an_event_loop_too() -> None:
    emulator = Emulator()
    token = emulator.start_chat().participant_token
    request = CreateParticipantConnection(participant_token=token, type=(CONNECTION_TYPE_WEBSOCKET,))

    async def receive_inside_a_step() -> TransportError:
        async with new_async_env(endpoint_url="https://emulator.invalid", transport=emulator.async_transport) as env:
            websocket = or_raise(await send(request)(env)).websocket
        assert websocket is not None
        opening = OpenSocket(websocket.url or "", 1.0, 100)
        connection = (await emulator.async_sockets(opening)).unwrap()
        receiving = connection.receive(0.0)
        with pytest.raises(StopIteration) as stopped:
            emulator.transact(lambda _: receiving.send(None))
        await connection.close(1000)
        error: TransportError = stopped.value.value.failure()
        return error

    error = asyncio.run(receive_inside_a_step())
    assert (error.kind, error.sent) == ("unsupported", "no")


def call_with_handler(line: int, clock: Callable[[], float]) -> bool:
    """Start a chat in a handler at one line of another start; return whether there was such a line."""
    emulator, outcomes = Emulator(seed="handler", clock=clock), list[Result[HttpResponse, TransportError]]()
    with handled_at(line, lambda: outcomes.append(emulator.transport(REQUEST, 9.0)), EMULATOR) as has_run:
        outcomes.append(emulator.transport(REQUEST, 9.0))
    statuses = [outcome.unwrap().status for outcome in outcomes if is_ok(outcome)]
    assert statuses[-1:] == [200]
    assert len(emulator.read(lambda state: state.chats)) == len(statuses)
    assert all(outcome.failure().sent == "no" for outcome in outcomes if not is_ok(outcome))
    assert emulator.transport(REQUEST, 9.0).unwrap().status == 200
    return has_run()


def test_a_handler_at_any_line_of_a_call_works_or_is_refused() -> None:
    with ThreadPoolExecutor(1) as thread:
        line = 1
        while thread.submit(call_with_handler, line, lambda: 1e9).result(20.0):
            line += max(1, line // 20)
    assert line > 80


def test_emulators_without_a_seed_differ() -> None:
    assert Emulator().start_chat() != Emulator().start_chat()


def test_running_names_the_missing_extra() -> None:
    program = """
import sys
sys.modules["starlette"] = sys.modules["uvicorn"] = None
from lensconnect import emulator
emulator.Emulator().start_chat()
try:
    with emulator.running():
        pass
except ModuleNotFoundError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "needs uvicorn: python -m pip install " in done.stdout


def test_options_are_readable_during_an_action() -> None:
    seen: list[Options] = []
    service = Emulator(on_frame=lambda _: seen.append(service.options))
    chat = service.start_chat()
    with new_env(endpoint_url="https://chat.invalid", transport=service.transport) as env:
        joined = new_create_participant_connection(chat.participant_token)
        or_raise(send(joined & create_participant_connection_connect_participant.set(True))(env))
    assert seen
