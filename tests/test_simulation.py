"""The same program in a simulation: determinism, and at most one message for one send."""

from collections import Counter
from random import Random

import pytest

from lensconnect import (
    AMAZONKA,
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONTENT_TEXT_PLAIN,
    NO_RETRY,
    STANDARD,
    ConnectionToken,
    Error,
    ParticipantToken,
    Result,
    RetryPolicy,
    SendMessage,
    SendMessageResponse,
    Steps,
    Success,
    TransportError,
    create_participant_connection_type,
    is_err,
    is_ok,
    new_create_participant_connection,
    new_get_transcript,
    new_send_message,
    or_raise,
    program,
    send,
    to_result,
    tokened,
)
from lensconnect.emulator import Options
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


def faults_of(chance: Random, wait: Simulation) -> list[TransportFault]:
    known = [
        healthy,
        lost_request,
        lost_reply,
        delivered_twice,
        throttled,
        unavailable,
        slow(chance.uniform(0, 20), wait.sleep),
    ]
    return [chance.choice(known) for _ in range(chance.randrange(1, 7))]


def one_send(
    seed: int, policy: RetryPolicy, options: Options | None = None
) -> tuple[Simulation, Result[SendMessageResponse, Error], list[str]]:
    """A message sent once through random faults; its outcome and the messages the service then has."""
    simulation = Simulation(seed, service_options=options, retry=policy, timeout=5.0, deadline=30.0)
    token = or_raise(connected(simulation.service.start_chat().participant_token)(simulation.env))
    troubled = simulation.beside(scheduled(faults_of(Random(seed), simulation)))
    outcome = to_result(send(new_send_message(CONTENT_TEXT_PLAIN, "once", token))(troubled))
    page = or_raise(send(new_get_transcript(token))(simulation.env))
    return simulation, outcome, [item.id or "" for item in page.transcript or () if item.content == "once"]


@pytest.mark.parametrize("policy", [STANDARD, AMAZONKA, NO_RETRY], ids=lambda policy: policy.name)
def test_one_send_is_never_two_messages(policy: RetryPolicy) -> None:
    ends: Counter[str] = Counter()
    for seed in range(3500):
        _, outcome, messages = one_send(seed, policy)
        assert len(messages) <= 1
        if is_ok(outcome):
            assert messages == [outcome.unwrap().id]
            ends["delivered"] += 1
        elif isinstance(outcome.failure(), TransportError) and outcome.failure().sent == "no":
            ends["refused or unsent"] += 1
        else:
            ends["unknown"] += 1
    assert min(ends.values()) > 10
    assert len(ends) == 3


def test_without_idempotency_the_same_search_finds_a_duplicate() -> None:
    found = (one_send(seed, STANDARD, Options(idempotency="off"))[2] for seed in range(3500))
    assert any(len(messages) > 1 for messages in found)


def test_an_unknown_end_is_settled_by_sending_the_same_tokened_request() -> None:
    for seed in range(300):
        simulation = Simulation(seed, retry=NO_RETRY)
        token = or_raise(connected(simulation.service.start_chat().participant_token)(simulation.env))
        request: SendMessage = or_raise(tokened(new_send_message(CONTENT_TEXT_PLAIN, "once", token))(simulation.env))
        for fault in (lost_reply, delivered_twice, lost_request):
            to_result(send(request)(simulation.beside(fault)))
        settled = or_raise(send(request)(simulation.env))
        page = or_raise(send(new_get_transcript(token))(simulation.env))
        assert [item.id for item in page.transcript or () if item.content == "once"] == [settled.id]


def test_the_same_seed_gives_the_same_trace_byte_for_byte() -> None:
    traces = {seed: [one_send(seed, STANDARD)[0].trace for _ in range(2)] for seed in range(50)}
    assert all(first == again for first, again in traces.values())
    assert len({tuple(first) for first, _ in traces.values()}) > 40


def test_local_errors_cause_no_waits_and_no_io() -> None:
    simulation = Simulation(0)
    outcome = to_result(send(new_send_message("", "x", ConnectionToken("a b")))(simulation.env))
    assert is_err(outcome)
    assert (simulation.trace, simulation.clock.waits) == ([], [])


def test_success_is_a_plain_value() -> None:
    simulation = Simulation(7)
    token = connected(simulation.service.start_chat().participant_token)(simulation.env)
    assert isinstance(to_result(token), Success)
