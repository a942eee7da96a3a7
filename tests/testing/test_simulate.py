"""A simulation is deterministic, and one send through random faults never makes two messages."""

import os
import subprocess
import sys
from collections import Counter
from random import Random
from typing import Final, NamedTuple

import pytest
from helpers.lanes import searched

from lensconnect import (
    AMAZONKA,
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONTENT_TEXT_PLAIN,
    NO_RETRY,
    STANDARD,
    ConnectionToken,
    EnvOptions,
    Error,
    Event,
    ParticipantToken,
    Result,
    RetryPolicy,
    SendMessage,
    SendMessageResponse,
    ServiceError,
    Steps,
    Success,
    TransportError,
    create_participant_connection_type,
    env_retry,
    is_err,
    is_ok,
    new_create_participant_connection,
    new_get_transcript,
    new_send_message,
    or_raise,
    paced,
    program,
    send,
    to_result,
    tokened,
)
from lensconnect.emulator import HttpFault, Options
from lensconnect.testing.faults import (
    TransportFault,
    delivered_twice,
    healthy,
    lost_reply,
    lost_request,
    scheduled,
    slow,
    throttled,
    unavailable,
)
from lensconnect.testing.simulate import Simulation


@program
def connected(token: ParticipantToken) -> Steps[ConnectionToken]:
    opened = yield from send(
        new_create_participant_connection(token)
        & create_participant_connection_type.set((CONNECTION_TYPE_CONNECTION_CREDENTIALS,))
    )
    assert opened.connection_credentials is not None
    assert opened.connection_credentials.connection_token is not None
    return opened.connection_credentials.connection_token


def random_faults(random: Random, simulation: Simulation) -> list[TransportFault]:
    catalogue = [
        healthy,
        lost_request,
        lost_reply,
        delivered_twice,
        throttled,
        unavailable,
        slow(random.uniform(0, 20), simulation.sleep),
    ]
    return [random.choice(catalogue) for _ in range(random.randrange(1, 7))]


class SimulatedSend(NamedTuple):
    """One send of a message through random faults, and its outcome."""

    simulation: Simulation
    request: SendMessage
    faults: int
    outcome: Result[SendMessageResponse, Error]

    def messages(self) -> list[str]:
        """Return the ids of the messages that the service has."""
        page = or_raise(send(new_get_transcript(self.request.connection_token))(self.simulation.env))
        return [item.id or "" for item in page.transcript or () if item.content == "once"]


def send_once(seed: int, policy: RetryPolicy, options: Options | None = None) -> SimulatedSend:
    simulation = Simulation(seed, service_options=options, retry=policy, timeout=5.0, deadline=30.0)
    token = or_raise(connected(simulation.service.start_chat().participant_token)(simulation.env))
    request = or_raise(tokened(new_send_message(CONTENT_TEXT_PLAIN, "once", token))(simulation.env))
    faults = random_faults(Random(seed), simulation)
    outcome = to_result(send(request)(simulation.with_fault(scheduled(faults))))
    return SimulatedSend(simulation, request, sum(fault is not healthy for fault in faults), outcome)


def end_of(sent: SimulatedSend) -> str:
    """Return the end that the outcome reports, after comparing it with what the service has."""
    messages = sent.messages()
    assert len(messages) <= 1
    if is_ok(sent.outcome):
        assert messages == [sent.outcome.unwrap().id]
        return "delivered"
    error = sent.outcome.failure()
    unsent = isinstance(error, TransportError) and error.sent == "no"
    if unsent or (isinstance(error, ServiceError) and error.status == 429):
        assert messages == [], "no earlier attempt was acted on"
        return "refused"
    repeated = or_raise(send(sent.request)(sent.simulation.env))
    assert sent.messages() == [repeated.id], "the same ClientToken returns the same message"
    return f"unknown, {'was' if messages else 'was not'} delivered"


SCHEDULES: Final = 3500
"""For each of three policies: more than 10,000 in all."""


@searched("schedules", fast=250, slow=SCHEDULES)
@pytest.mark.parametrize("policy", [STANDARD, AMAZONKA, NO_RETRY], ids=lambda policy: policy.name)
def test_one_send_never_makes_two_messages(policy: RetryPolicy, schedules: int) -> None:
    ends: Counter[str] = Counter()
    for seed in range(schedules):
        sent = send_once(seed, policy)
        ends["with faults"] += sent.faults > 0
        ends[end_of(sent)] += 1
    assert ends["with faults"] > 0.9 * schedules
    assert all(ends[end] for end in ("delivered", "refused", "unknown, was delivered", "unknown, was not delivered"))


def test_without_idempotency_the_same_search_finds_a_duplicate() -> None:
    sends = (send_once(seed, STANDARD, Options(idempotency="off")) for seed in range(SCHEDULES))
    assert any(len(sent.messages()) > 1 for sent in sends)


def test_sending_the_same_tokened_request_again_settles_an_unknown_outcome() -> None:
    for seed in range(100):
        simulation = Simulation(seed, retry=NO_RETRY)
        token = or_raise(connected(simulation.service.start_chat().participant_token)(simulation.env))
        request: SendMessage = or_raise(tokened(new_send_message(CONTENT_TEXT_PLAIN, "once", token))(simulation.env))
        for fault in (lost_reply, delivered_twice, lost_request):
            to_result(send(request)(simulation.with_fault(fault)))
        repeated = or_raise(send(request)(simulation.env))
        page = or_raise(send(new_get_transcript(token))(simulation.env))
        assert [item.id for item in page.transcript or () if item.content == "once"] == [repeated.id]


def test_the_same_seed_gives_the_same_trace_byte_for_byte() -> None:
    traces = {seed: [send_once(seed, STANDARD).simulation.trace for _ in range(2)] for seed in range(25)}
    assert all(first == again for first, again in traces.values())
    assert len({tuple(first) for first, _ in traces.values()}) > 20


TRACES = """
from random import Random
from testing.test_simulate import STANDARD, send_once
print([send_once(seed, STANDARD).simulation.trace for seed in range(20)])
"""


def test_the_trace_is_the_same_in_another_process() -> None:
    """In the other process sets and hashes have another order."""

    def traces(hash_seed: str) -> bytes:
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.run([sys.executable, "-c", TRACES], env=environment, capture_output=True, check=True).stdout

    assert traces("1") == traces("2") != b""


VALID = new_send_message(CONTENT_TEXT_PLAIN, "x", ConnectionToken("a"))
LOCAL_ERRORS: dict[str, tuple[SendMessage, EnvOptions]] = {
    "an invalid request": (new_send_message("", "x", ConnectionToken("a b")), {}),
    "a request over a limit": (new_send_message(CONTENT_TEXT_PLAIN, "x" * 16_385, ConnectionToken("a")), {}),
    "no endpoint": (VALID, {"endpoint_url": "nowhere"}),
    "plain http": (VALID, {"endpoint_url": "http://chat.example"}),
    "FIPS with an endpoint URL": (VALID, {"fips": True}),
    "a closed environment": (VALID, {}),
}


@pytest.mark.parametrize("policy", [STANDARD, AMAZONKA], ids=lambda policy: policy.name)
@pytest.mark.parametrize("name", LOCAL_ERRORS)
def test_local_errors_cause_no_waits_and_no_io(name: str, policy: RetryPolicy) -> None:
    request, options = LOCAL_ERRORS[name]
    simulation = Simulation(0, retry=policy, deadline=30.0, **options)
    if name == "a closed environment":
        simulation.env.close()
    outcome = to_result(paced()(send(request))(simulation.env))
    assert is_err(outcome)
    assert simulation.clock.waits == []
    assert not [line for line in simulation.trace if "HttpRequest" in line]


def test_an_observer_changes_no_trace() -> None:
    events: list[Event] = []
    plain, observed = Simulation(7), Simulation(7, observe=events.append)
    for simulation in (plain, observed):
        connected(simulation.service.start_chat().participant_token)(simulation.env)
    assert observed.trace == plain.trace
    assert [line for line in observed.trace if "attempt" in line] == [f"{event.at!r} {event}" for event in events] != []


def test_the_result_of_a_simulated_program_is_a_value() -> None:
    simulation = Simulation(7)
    token = connected(simulation.service.start_chat().participant_token)(simulation.env)
    assert isinstance(to_result(token), Success)


def test_a_planned_delay_takes_simulated_time() -> None:
    simulation = Simulation(1)
    simulation.service.plan(HttpFault("delay", seconds=20.0, count=1), HttpFault("delay", seconds=3600.0, count=1))
    request = new_create_participant_connection(
        simulation.service.start_chat().participant_token
    ) & create_participant_connection_type.set((CONNECTION_TYPE_CONNECTION_CREDENTIALS,))
    assert is_ok(to_result(send(request)(simulation.env)))
    assert simulation.now() == 20.0
    error = to_result(send(request)(simulation.env & env_retry.set(NO_RETRY))).failure()
    assert isinstance(error, TransportError)
    assert (error.kind, simulation.now()) == ("timeout", 80.0)
