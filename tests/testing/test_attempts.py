"""Attempts: where waits take no time, a client that tries for ever ends after a day of the clock."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest

from lensconnect import (
    EVENT_CHAT_ENDED,
    HttpRequest,
    HttpResponse,
    ParticipantToken,
    Program,
    Steps,
    Success,
    converse,
    leave,
    new_env,
    or_raise,
    program,
    receive,
    receive_within,
    replies,
    sleep,
)
from lensconnect.emulator import HttpFault, Options, SocketFault
from lensconnect.testing import attempts, timeline
from lensconnect.testing.attempts import Attempts
from lensconnect.testing.faults import handshake_refused, healthy
from lensconnect.testing.simulate import LeapingClock, Simulation
from lensconnect.testing.stub import connection, event, pushes, stub
from lensconnect.testing.timeline import EndlessWaitError, SimulatedClock


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the end come after ten minutes instead of a day, since a chat looks at each second of them."""
    monkeypatch.setattr(attempts, "LONGEST_WAIT", 600.0)
    monkeypatch.setattr(attempts, "_FEWEST", 10)
    monkeypatch.setattr(timeline, "_MOST_READS", 2000)


def in_env(simulation: Simulation, program: Program[Any, Any]) -> object:
    return program(simulation.env)


def in_async_env(simulation: Simulation, program: Program[Any, Any]) -> object:
    async def main() -> object:
        return await simulation.async_env.run(program)

    return asyncio.run(main())


def as_participant(simulation: Simulation, program: Program[Any, Any]) -> object:
    return simulation.run({"customer": program}, until=1e9)


RUNNERS: list[Callable[[Simulation, Program[Any, Any]], object]] = [in_env, in_async_env, as_participant]
SILENCE = SocketFault("silence")
FAILS = {
    HttpFault("error", operation="CreateParticipantConnection"): (
        "CreateParticipantConnection",
        "500 InternalServerException",
    ),
    HttpFault("drop"): ("CreateParticipantConnection", "incomplete: the connection ended without a reply"),
    SILENCE: ("the subscription on a WebSocket", "nothing came"),
    SocketFault("refuse"): ("the subscription on a WebSocket", "the subscription was refused"),
    SocketFault("expire"): ("the subscription on a WebSocket", "incomplete: the peer closed"),
}


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    ("fault", "runner"),
    [*((fault, in_env) for fault in FAILS), *((SILENCE, runner) for runner in RUNNERS[1:])],
    ids=lambda value: getattr(value, "__name__", None) or f"{type(value).__name__}-{value.kind}",
)
def test_a_chat_that_never_comes_to_a_connection_ends_with_the_reason(
    fault: HttpFault | SocketFault, runner: Callable[[Simulation, Program[Any, Any]], object]
) -> None:
    simulation = Simulation(1, chance=0.0)
    chat = simulation.service.start_chat()
    simulation.service.plan(fault)
    name, why = FAILS[fault]
    text = rf"{name} has failed 2\d times in a row, for more than a day .* at last with: {re.escape(why)}"
    with pytest.raises(EndlessWaitError, match=text) as raised:
        runner(simulation, converse(chat.participant_token, replies))
    assert any("in the program converse" in note for note in raised.value.__notes__)
    assert 600 < simulation.now() < 700


@pytest.mark.usefixtures("soon")
def test_a_refused_handshake_is_the_reason() -> None:
    simulation = Simulation(1, chance=0.0, socket_fault=handshake_refused(503))
    chat = simulation.service.start_chat()
    with pytest.raises(EndlessWaitError, match="at last with: 503"):
        converse(chat.participant_token, replies)(simulation.env)


@pytest.mark.usefixtures("soon")
def test_a_simulated_environment_with_another_fault_ends_it_too() -> None:
    simulation = Simulation(1, chance=0.0)
    chat = simulation.service.start_chat()
    simulation.service.plan(HttpFault("throttle"))
    with pytest.raises(EndlessWaitError, match="429 ThrottlingException"):
        converse(chat.participant_token, replies)(simulation.with_fault(healthy))


@program
def days(chat: Any, count: int) -> Steps[float]:
    for _ in range(count):
        yield from receive_within(chat, 43_200.0)
        yield from sleep(43_200.0)
    yield from leave(chat)
    return 1.0


def test_a_chat_of_many_quiet_days_runs_to_its_end() -> None:
    simulation = Simulation(1, chance=0.0, service_options=Options(chat_seconds=604_800.0))
    chat = simulation.service.start_chat()
    or_raise(converse(chat.participant_token, lambda chat: days(chat, 5))(simulation.env))
    assert simulation.now() > 2 * 86_400


class Client:
    """A client whose requests of two kinds succeed or fail, at any times."""

    def __init__(self) -> None:
        self._clock = SimulatedClock()
        self._attempts = Attempts(self._clock)

    def send(self, method: str, *, status: int = 500, hours: float = 0.01, count: int = 1) -> None:
        transport = self._attempts.transport(lambda request, seconds: Success(HttpResponse(status)))
        for _ in range(count):
            self._clock.time += hours * 3600
            transport(HttpRequest(method, "https://storage.invalid/"), 1.0)


def test_a_request_of_no_operation_is_told_by_its_method_and_status() -> None:
    client = Client()
    client.send("PUT", hours=0.5, count=100)
    with pytest.raises(EndlessWaitError, match=r"HttpRequest \(PUT\) has failed 101 times .* with: status 500"):
        client.send("PUT")


def test_few_failures_in_many_days_and_many_in_one_day_are_no_end() -> None:
    Client().send("PUT", hours=48.0, count=100)
    Client().send("PUT", hours=0.001, count=20_000)


def test_a_success_ends_the_row_of_its_own_kind_alone() -> None:
    client = Client()
    client.send("PUT", hours=0.5, count=100)
    client.send("PUT", status=200)
    client.send("PUT", hours=0.5, count=100)
    client.send("GET", status=200)
    with pytest.raises(EndlessWaitError):
        client.send("PUT")


@program
def receives_for_ever(chat: Any) -> Steps[None]:
    while True:
        yield from receive(chat)


LOOP = r"^the program goes on for ever: .* a loop over receive has to end at ChatEnded"


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("runner", RUNNERS)
def test_a_loop_over_receive_after_the_end_of_a_chat_ends_with_its_line(
    runner: Callable[[Simulation, Program[Any, Any]], object],
) -> None:
    simulation = Simulation(1, chance=0.0)
    chat = simulation.service.start_chat()
    simulation.at(60.0, lambda: simulation.service.stop_chat(chat.contact_id))
    with pytest.raises(EndlessWaitError, match=LOOP) as raised:
        runner(simulation, converse(chat.participant_token, receives_for_ever))
    assert any("in the program receives_for_ever" in note for note in raised.value.__notes__)


@pytest.mark.usefixtures("soon")
def test_a_loop_over_receive_ends_with_a_stub_and_with_a_clock_that_runs_by_itself_too() -> None:
    for clock in (None, LeapingClock()):
        stubbed = stub({}, sockets=connection(pushes(event(EVENT_CHAT_ENDED))))
        with (
            new_env(
                region="us-east-1", transport=stubbed.transport, sockets=stubbed.sockets, clock=clock or stubbed.clock
            ) as env,
            pytest.raises(EndlessWaitError, match=LOOP),
        ):
            converse(ParticipantToken("t"), receives_for_ever)(env)


@pytest.mark.parametrize("clock", [SimulatedClock(), LeapingClock()], ids=["simulated", "leaping"])
def test_a_clock_may_be_read_for_ever_if_something_happens_in_between(clock: SimulatedClock | LeapingClock) -> None:
    attempts = Attempts(clock)
    transport = attempts.transport(lambda request, seconds: Success(HttpResponse(200)))
    progress = [clock.note_progress, lambda: clock.sleep(1.0), lambda: transport(HttpRequest("GET", "https://a"), 1.0)]
    for happen in progress:
        for _ in range(12_000):
            clock.now()
        happen()
