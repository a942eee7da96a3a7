"""Every driver, those in memory too, on the emulator: the same program sees the same frames, and the same faults."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
import trio
import uvloop
from helpers.socket_programs import HEARTBEAT, MEGABYTE, SUBSCRIBE, do, opened

from lensconnect import (
    CreateParticipantConnection,
    Error,
    Program,
    Result,
    ServiceError,
    Steps,
    TransportError,
    new_async_env,
    new_env,
    program,
    send,
    to_result,
)
from lensconnect.emulator import Emulator, Options, SocketFault, StartedChat, running
from lensconnect.programs.effects import CloseSocket, OpenSocket, ReceiveFrame, SendFrame, Socket

Run = Callable[[Program[Any, Error]], Result[Any, Error]]
KINDS = ("sync", "asyncio", "trio", "uvloop", "sync in memory", "asyncio in memory", "trio in memory")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator that is also behind HTTP."""
    service = Emulator(Options(socket_quiet_seconds=None, sockets_per_participant=2))
    with running(service):
        yield service


def runner(kind: str, service: Emulator) -> Run:
    """Return a function that runs a program in an environment of this kind."""
    if kind == "sync in memory":
        options: dict[str, Any] = {"transport": service.transport, "sockets": service.sockets}
    elif kind.endswith("in memory"):
        options = {"transport": service.async_transport, "sockets": service.async_sockets}
    else:
        options = {"transport": "httpx2"} if kind == "trio" else {}

    def run_sync(performed: Program[Any, Error]) -> Result[Any, Error]:
        with new_env(endpoint_url=service.base_url, **options) as env:
            return to_result(performed(env))

    def run_async(performed: Program[Any, Error]) -> Result[Any, Error]:
        async def main() -> Result[Any, Error]:
            async with new_async_env(endpoint_url=service.base_url, **options) as env:
                return to_result(await performed(env))

        return loops[kind.split()[0]](main)

    loops: dict[str, Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any]] = {
        "asyncio": lambda main: asyncio.run(main()),
        "uvloop": lambda main: uvloop.run(main()),
        "trio": trio.run,
    }
    return run_sync if kind.startswith("sync") else run_async


@pytest.fixture(params=KINDS)
def run(request: pytest.FixtureRequest, emulator: Emulator) -> Run:
    return runner(request.param, emulator)


@pytest.fixture
def chat(emulator: Emulator) -> Iterator[StartedChat]:
    yield emulator.start_chat()
    emulator.clear_faults()


@program
def frames(token: Any, count: int, after: Callable[[], object]) -> Steps[list[str]]:
    """Open a WebSocket, call `after`, and return so many frames without those that tell who has joined or left."""
    socket = yield from opened(token)
    after()
    came: list[str] = []
    while len(came) < count:
        frame = str((yield from do(ReceiveFrame(socket, 10.0))))
        if "event.participant." not in frame:
            came.append(frame)
    yield from do(CloseSocket(socket, 1000))
    return came


def test_what_is_said_comes_in_order(run: Run, emulator: Emulator, chat: StartedChat) -> None:
    def say() -> None:
        for number in range(30):
            emulator.say(chat.contact_id, f"number {number}")

    came = run(frames(chat.participant_token, 30, say)).unwrap()
    assert [f"number {number}" in frame for number, frame in enumerate(came)] == [True] * 30


def test_what_is_said_meanwhile_wakes_a_receive(run: Run, emulator: Emulator, chat: StartedChat) -> None:
    speaker = threading.Timer(0.1, lambda: emulator.say(chat.contact_id, "at last"))
    begun = time.monotonic()
    (frame,) = run(frames(chat.participant_token, 1, speaker.start)).unwrap()
    assert "at last" in frame
    assert time.monotonic() - begun < 8.0


def test_a_closed_socket_is_forgotten_by_the_service(run: Run, emulator: Emulator, chat: StartedChat) -> None:
    def is_open() -> bool:
        return any(
            socket.membership.chat.contact_id == chat.contact_id
            for socket in emulator.read(lambda state: list(state.sockets.values()))
        )

    run(frames(chat.participant_token, 0, lambda: None)).unwrap()
    end = time.monotonic() + 10.0
    while is_open():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("kind", ["drop", "duplicate", "reorder"])
def test_faults_of_frames(run: Run, emulator: Emulator, chat: StartedChat, kind: Any) -> None:
    def say() -> None:
        emulator.plan(SocketFault(kind, topic="aws/chat", contact_id=chat.contact_id, count=1))
        for number in range(3):
            emulator.say(chat.contact_id, f"number {number}")

    expected = {"drop": [1, 2], "duplicate": [0, 0, 1, 2], "reorder": [1, 0, 2]}[kind]
    came = run(frames(chat.participant_token, len(expected), say)).unwrap()
    assert [int(frame.partition("number ")[2][0]) for frame in came] == expected


def test_an_expiry_is_a_loss_with_1001(run: Run, emulator: Emulator, chat: StartedChat) -> None:
    def say() -> None:
        emulator.plan(SocketFault("expire", topic="aws/chat", contact_id=chat.contact_id, count=1))
        emulator.say(chat.contact_id, "never arrives")

    error = run(frames(chat.participant_token, 1, say)).failure()
    assert error == TransportError("incomplete", "the peer closed the WebSocket with code 1001", "yes")


def test_silence_is_nothing_in_time(run: Run, emulator: Emulator, chat: StartedChat) -> None:
    @program
    def listen() -> Steps[object]:
        socket = yield from opened(chat.participant_token)
        emulator.plan(SocketFault("silence", topic="aws/heartbeat", contact_id=chat.contact_id, count=1))
        yield from do(SendFrame(socket, HEARTBEAT, 1.0))
        frame: object = ""
        while frame is not None and "aws/heartbeat" not in str(frame):
            frame = yield from do(ReceiveFrame(socket, 0.2))
        return frame

    assert run(listen()).unwrap() is None


def test_a_url_opens_one_socket_and_a_third_socket_is_refused(run: Run, chat: StartedChat) -> None:
    @program
    def again() -> Steps[list[object]]:
        urls: list[str] = []
        for _ in range(3):
            reply = yield from send(
                CreateParticipantConnection(participant_token=chat.participant_token, type=("WEBSOCKET",))
            )  # type: ignore[arg-type]
            assert reply.websocket is not None
            urls.append(str(reply.websocket.url))
        outcomes: list[object] = []
        for url in (urls[0], urls[0], urls[1], urls[2]):
            outcomes.append((yield from do(OpenSocket(url, 10.0, MEGABYTE)).attempt()))
        return [outcome.value_or(None) or outcome.failure() for outcome in outcomes]  # type: ignore[attr-defined]

    assert run(again()).unwrap() == [Socket(1), ServiceError(403, ""), Socket(2), ServiceError(429, "")]


def test_a_url_without_time_is_not_opened(run: Run, emulator: Emulator) -> None:
    url = emulator.base_url.replace("http", "ws", 1)
    error = run(do(OpenSocket(f"{url}/participant/socket?ticket=x", 0.0, MEGABYTE))).failure()
    assert isinstance(error, TransportError)
    assert (error.kind, error.sent) == ("timeout", "no")


def test_the_end_of_a_chat_comes_as_a_frame(run: Run, emulator: Emulator, chat: StartedChat) -> None:
    came = run(frames(chat.participant_token, 1, lambda: emulator.stop_chat(chat.contact_id))).unwrap()
    assert "chat.ended" in came[0]


def test_a_frame_over_the_limit_is_a_loss(run: Run, emulator: Emulator, chat: StartedChat) -> None:
    @program
    def limited() -> Steps[object]:
        reply = yield from send(
            CreateParticipantConnection(participant_token=chat.participant_token, type=("WEBSOCKET",))
        )  # type: ignore[arg-type]
        assert reply.websocket is not None
        socket = yield from do(OpenSocket(str(reply.websocket.url), 10.0, 2000))
        yield from do(SendFrame(socket, SUBSCRIBE, 5.0))
        yield from do(ReceiveFrame(socket, 10.0))
        emulator.say(chat.contact_id, "x" * 3000)
        for _ in range(3):
            yield from do(ReceiveFrame(socket, 10.0))
        return None

    error = run(limited()).failure()
    assert error == TransportError("too_large", "a frame of more than 2000 bytes (code 1009)", "yes")
