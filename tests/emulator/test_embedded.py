"""Emulator in process: its transports, its lock, its seed, and the missing extra."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from lensconnect import (
    GetTranscript,
    HttpRequest,
    TransportError,
    create_participant_connection_connect_participant,
    new_create_participant_connection,
    new_env,
    or_raise,
    send,
)
from lensconnect.emulator import Emulator, Options
from lensconnect.interpreters.contract import AsyncTransport, Transport

from .helpers.harness import Harness

REQUEST = HttpRequest("POST", "http://emulator.invalid/_emulator/chats")


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
