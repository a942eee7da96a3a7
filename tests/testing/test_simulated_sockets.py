"""WebSockets of a simulation: in simulated time, the same in both environments, with seeded faults."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import uvloop
from helpers.socket_programs import HEARTBEAT, MEGABYTE, do, listened, opened

from lensconnect import (
    AsyncEnv,
    ServiceError,
    Steps,
    TransportError,
    gather,
    now,
    or_raise,
    program,
    sleep,
    to_result,
)
from lensconnect.emulator import SocketFault, StartedChat
from lensconnect.programs.effects import CloseSocket, OpenSocket, ReceiveFrame, SendFrame, Socket
from lensconnect.testing.faults import (
    SocketDriverFault,
    frames_dropped,
    frames_duplicated,
    frames_reordered,
    handshake_refused,
    healthy,
    scheduled,
    slow_opening,
    socket_expired,
    socket_silenced,
)
from lensconnect.testing.simulate import Simulation

FAULTS: dict[str, Callable[[Callable[[], float]], SocketDriverFault]] = {
    "healthy": lambda chance: healthy,
    "dropped": lambda chance: frames_dropped(0.3, chance),
    "duplicated": lambda chance: frames_duplicated(0.3, chance),
    "reordered": lambda chance: frames_reordered(0.3, chance),
    "silenced": lambda chance: socket_silenced(0.1, chance),
    "expired": lambda chance: socket_expired(0.1, chance),
    "dropped and duplicated": lambda chance: (
        lambda driver: frames_dropped(0.2, chance)(frames_duplicated(0.2, chance)(driver))
    ),
}


def simulated(seed: int, fault: str = "healthy", messages: int = 20) -> tuple[Simulation, StartedChat]:
    """Return a simulation of a chat in which the flow says something each 3.3 seconds."""
    simulation = Simulation(seed, socket_fault=FAULTS[fault](Random(seed).random))
    chat = simulation.service.start_chat()
    for number in range(messages):
        simulation.at(3.3 * number, lambda number=number: simulation.service.say(chat.contact_id, f"secret-{number}"))
    return simulation, chat


def numbers(frames: list[str]) -> list[int]:
    """Return the numbers that the flow has said, in the order in which they came."""
    return [int(found[1]) for frame in frames if (found := re.search(r"secret-(\d+)", frame))]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("fault", FAULTS)
def test_the_same_seed_gives_the_same_trace_in_both_environments(fault: str, run: Callable[..., Any]) -> None:
    for seed in range(5):
        simulation, chat = simulated(seed, fault)
        outcome = to_result(listened(chat.participant_token, 100.0)(simulation.env))
        beside, again = simulated(seed, fault)

        async def listen(env: AsyncEnv = beside.async_env, chat: StartedChat = again) -> Any:
            return to_result(await listened(chat.participant_token, 100.0)(env))

        assert run(listen()) == outcome
        assert beside.trace == simulation.trace
        assert not [line for line in simulation.trace if "secret" in line or "ticket" in line]


def test_frames_come_at_the_time_at_which_they_were_sent() -> None:
    simulation, chat = simulated(1)
    frames = or_raise(listened(chat.participant_token, 100.0)(simulation.env))
    assert numbers(frames) == list(range(20))
    received = {float(line.split()[0]) for line in simulation.trace if re.search("receive on socket 1: [0-9]", line)}
    assert received >= {3.3 * number for number in range(20)}


@pytest.mark.parametrize(
    ("fault", "holds"),
    [
        ("dropped", lambda came: 0 < len(came) < 20 and came == sorted(set(came))),
        ("duplicated", lambda came: len(came) > 20 and sorted(set(came)) == list(range(20)) and came == sorted(came)),
        ("reordered", lambda came: came != sorted(came) and sorted(came) == list(range(20))),
        ("silenced", lambda came: came == list(range(len(came))) and len(came) < 20),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_of_frames_does_what_its_name_says(fault: str, holds: Callable[[list[int]], bool]) -> None:
    simulation, chat = simulated(3, fault)
    assert holds(numbers(or_raise(listened(chat.participant_token, 300.0)(simulation.env))))


def test_an_expired_socket_is_lost_with_1001_and_forgotten_by_the_service() -> None:
    simulation, chat = simulated(3, "expired")
    error = to_result(listened(chat.participant_token, 300.0)(simulation.env)).failure()
    assert error == TransportError("incomplete", "the peer closed the WebSocket with code 1001", "yes")
    assert simulation.service.read(lambda state: len(state.sockets)) == 0


def test_the_emulators_own_faults_of_frames_apply() -> None:
    simulation, chat = simulated(1)
    simulation.service.plan(SocketFault("drop", topic="aws/chat", probability=0.5))
    came = numbers(or_raise(listened(chat.participant_token, 100.0)(simulation.env)))
    assert 0 < len(came) < 20


def test_an_opening_can_be_refused_or_slow() -> None:
    simulation = Simulation(1)
    simulation = Simulation(1, socket_fault=scheduled([handshake_refused(429), slow_opening(12.0, simulation.sleep)]))
    chat = simulation.service.start_chat()
    outcomes = [to_result(opened(chat.participant_token)(simulation.env)) for _ in range(3)]
    assert outcomes[0].failure() == ServiceError(429, "")
    assert outcomes[1].failure() == TransportError("timeout", "out of time in the WebSocket handshake", "no")
    assert outcomes[2].unwrap() == Socket(1)


def test_a_socket_is_closed_by_the_service_after_its_hour() -> None:
    simulation, chat = simulated(1)
    error = to_result(listened(chat.participant_token, 7200.0)(simulation.env)).failure()
    assert error == TransportError("incomplete", "the peer closed the WebSocket with code 1001", "yes")
    assert simulation.now() == 3600.0


def test_actions_happen_in_a_sleep_too_and_in_order() -> None:
    simulation = Simulation(1)
    happened: list[tuple[str, float]] = []
    for name, time in (("c", 5.0), ("a", 1.0), ("b", 1.0), ("late", 0.5)):
        simulation.at(time, lambda name=name: happened.append((name, simulation.now())))
    or_raise(sleep(2.0)(simulation.env))
    assert happened == [("late", 0.5), ("a", 1.0), ("b", 1.0)]
    assert simulation.now() == 2.0
    assert simulation.clock.waits == [2.0]


def test_the_exception_of_an_action_leaves_the_program() -> None:
    def fail() -> None:
        raise LookupError("of the other side")

    simulation = Simulation(1)
    simulation.at(1.0, fail)
    with pytest.raises(LookupError):
        sleep(2.0)(simulation.env)
    simulation.at(4.0, fail)

    async def wait() -> None:
        await sleep(20.0)(simulation.async_env)

    with pytest.raises(LookupError):
        asyncio.run(wait())


def test_on_asyncio_the_time_passes_when_every_task_waits() -> None:
    """The shorter wait ends first, and a frame that one task sends wakes the other at the same simulated time."""
    simulation, chat = simulated(1, messages=0)

    @program
    def waits(seconds: float) -> Steps[float]:
        yield from sleep(seconds)
        return (yield from now())

    @program
    def beats(socket: Socket) -> Steps[float]:
        yield from sleep(3.0)
        yield from do(SendFrame(socket, HEARTBEAT, 1.0))
        return (yield from now())

    @program
    def listens(socket: Socket) -> Steps[float]:
        while (yield from do(ReceiveFrame(socket, 100.0))) != HEARTBEAT:
            pass
        return (yield from now())

    @program
    def all_of_it() -> Steps[tuple[float, ...]]:
        socket = yield from opened(chat.participant_token)
        return (yield from gather([listens(socket), beats(socket), waits(7.0), waits(5.0), waits(6.0)]))

    async def run() -> tuple[float, ...]:
        return or_raise(await all_of_it()(simulation.async_env))

    assert asyncio.run(run()) == (3.0, 3.0, 7.0, 5.0, 6.0)
    assert simulation.now() == 7.0


def test_a_cancelled_wait_is_forgotten_and_loses_no_frame() -> None:
    simulation, chat = simulated(1, messages=5)

    async def run() -> list[object]:
        env = simulation.async_env
        socket = or_raise(await opened(chat.participant_token)(env))
        for _ in range(3):
            waiting = asyncio.ensure_future(_received(env, socket, 100.0))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        frames = [await _received(env, socket, 30.0) for _ in range(8)]
        or_raise(await do(CloseSocket(socket, 1000))(env))
        return frames

    async def _received(env: AsyncEnv, socket: Socket, seconds: float) -> object:
        return to_result(await do(ReceiveFrame(socket, seconds))(env)).unwrap()

    frames = asyncio.run(run())
    assert numbers([frame for frame in frames if isinstance(frame, str)]) == [0, 1, 2, 3, 4]


def test_a_closed_socket_and_a_wrong_url_are_failures() -> None:
    simulation, chat = simulated(1, messages=0)

    @program
    def limited() -> Steps[object]:
        socket = yield from opened(chat.participant_token)
        yield from do(CloseSocket(socket, 1000))
        return (yield from do(ReceiveFrame(socket, 1.0)))

    error = to_result(limited()(simulation.env)).failure()
    assert isinstance(error, TransportError)
    assert error.kind == "closed"
    refused = to_result(do(OpenSocket("wss://simulated.invalid/elsewhere", 1.0, MEGABYTE))(simulation.env)).failure()
    assert isinstance(refused, ServiceError)
    assert (refused.status, refused.code) == (404, "")
