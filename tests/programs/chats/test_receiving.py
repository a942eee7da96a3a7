"""Receiving: the end of the time of `within`, and what `replies` counts as quiet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from typing import TypeVar

import pytest

import lensconnect as lc
from lensconnect.emulator import HttpFault, Options, SocketFault
from lensconnect.emulator.chat.fault_plan import SocketKind
from lensconnect.testing.simulate import Simulation

T = TypeVar("T")


def kind_of(outcome: lc.Result[object, lc.Error]) -> str:
    error = outcome.failure()
    assert isinstance(error, lc.TransportError)
    return error.kind


def test_the_time_of_within_ends_an_opening_and_a_receive() -> None:
    simulation = Simulation(1)
    token = simulation.service.start_chat().participant_token
    assert kind_of(lc.to_result(lc.within(0.0)(lc.open_chat(token))(simulation.env))) == "timeout"
    chat = lc.or_raise(lc.open_chat(token)(simulation.env))
    while lc.or_raise(lc.receive_within(chat, 1.0)(simulation.env)) is not None:
        pass
    assert kind_of(lc.to_result(lc.within(3.0)(lc.receive(chat))(simulation.env))) == "timeout"


def test_replies_end_with_the_chat() -> None:
    simulation = Simulation(2)
    service, started = simulation.service, simulation.service.start_chat()
    chat = lc.or_raise(lc.open_chat(started.participant_token)(simulation.env))
    simulation.at(simulation.now() + 1.0, lambda: service.say(started.contact_id, "Bye"))
    simulation.at(simulation.now() + 1.5, lambda: service.stop_chat(started.contact_id))
    found = lc.or_raise(lc.replies(chat, quiet=60.0, within=60.0)(simulation.env))
    assert [item.content for item in found if item.type == "MESSAGE"] == ["Bye"]


def test_time_without_a_connection_is_not_quiet() -> None:
    simulation = Simulation(3)
    service, started = simulation.service, simulation.service.start_chat()
    chat = lc.or_raise(lc.open_chat(started.participant_token)(simulation.env))

    def lose() -> None:
        service.plan(
            SocketFault("expire", topic="aws/chat", count=1),
            HttpFault("throttle", operation="CreateParticipantConnection", count=4),
        )
        service.say(started.contact_id, "two")

    simulation.at(simulation.now() + 1.0, lambda: service.say(started.contact_id, "one"))
    simulation.at(simulation.now() + 1.2, lose)
    found = lc.or_raise(lc.replies(chat, quiet=0.5, within=30.0)(simulation.env))
    assert [item.content for item in found] == ["one", "two"]


@pytest.mark.parametrize("fault", ["drop", "expire"])
def test_replies_have_a_greeting_that_is_found_only_when_the_chat_catches_up(fault: SocketKind) -> None:
    @lc.program
    def flow(chat: lc.Chat) -> lc.Steps[None]:
        yield from lc.sleep(2.0)
        yield from lc.say(chat, "Welcome!")

    simulation = Simulation(1, flow=flow)
    service, started = simulation.service, simulation.service.start_chat()
    service.say(started.contact_id, "before")
    service.plan(HttpFault("error", operation="GetTranscript", count=4))
    simulation.at(1.0, lambda: service.plan(SocketFault(fault, topic="aws/chat", count=1)))
    found = lc.or_raise(lc.converse(started.participant_token, lc.replies)(simulation.env))
    assert [item.content for item in found] == ["Welcome!"]


def test_a_loss_before_the_first_reply_does_not_end_the_wait_for_it() -> None:
    simulation = Simulation(4)
    service, started = simulation.service, simulation.service.start_chat()
    chat = lc.or_raise(lc.open_chat(started.participant_token)(simulation.env))
    simulation.at(simulation.now() + 1.0, lambda: service.plan(SocketFault("expire", count=1)))
    simulation.at(simulation.now() + 15.0, lambda: service.say(started.contact_id, "late"))
    found = lc.or_raise(lc.replies(chat, within=60.0)(simulation.env))
    assert [item.content for item in found] == ["late"]


def found_and_time(
    simulation: Simulation, messages: Sequence[tuple[float, str]], sought: Callable[[lc.Chat], lc.Program[T, lc.Error]]
) -> tuple[T, float]:
    """Run a program with a chat in which something is said so many seconds later; return its outcome and its seconds."""
    service, started = simulation.service, simulation.service.start_chat()
    chat = lc.or_raise(lc.open_chat(started.participant_token)(simulation.env))
    while lc.or_raise(lc.receive_within(chat, 1.0)(simulation.env)) is not None:
        pass
    start = simulation.now()
    for seconds, text in messages:
        simulation.at(start + seconds, lambda text=text: service.say(started.contact_id, text))
    return lc.or_raise(sought(chat)(simulation.env)), simulation.now() - start


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ((29.5,), 1),
        ((30.1,), 0),  # `within` is 30 s
        ((1.0, 1.9, 3.2), 2),  # `quiet` is 1 s
    ],
)
def test_replies_wait_30_s_for_the_first_and_1_s_for_another(times: Sequence[float], found: int) -> None:
    items, _ = found_and_time(Simulation(5), [(seconds, f"at {seconds}") for seconds in times], lc.replies)
    assert [item.content for item in items] == [f"at {seconds}" for seconds in times][:found]


def test_quiet_may_be_short() -> None:
    items, _ = found_and_time(Simulation(6), [(1.0, "one"), (1.8, "two")], partial(lc.replies, quiet=0.3))
    assert [item.content for item in items] == ["one"]


def test_replies_wait_for_the_last_chunk_of_a_message() -> None:
    simulation = Simulation(7, service_options=Options(bot_chunk_characters=2, bot_chunk_seconds=3.0))
    items, seconds = found_and_time(simulation, [(1.0, "Hello")], partial(lc.replies, quiet=1.0))
    assert [item.content for item in items] == ["Hello"]
    assert seconds == pytest.approx(1.0 + 9.0 + 0.2 + 1.0, abs=0.5)


@pytest.mark.parametrize("seconds", [0.0, -1.0, -inf])
def test_without_time_a_receive_looks_once(seconds: float) -> None:
    simulation = Simulation(8)
    service, started = simulation.service, simulation.service.start_chat()
    options = lc.LiveOptions(open_timeout=0.5, settle=0.0)
    chat = lc.or_raise(lc.open_chat(started.participant_token, options=options)(simulation.env))
    while lc.or_raise(lc.receive_within(chat, 1.0)(simulation.env)) is not None:
        pass
    service.say(started.contact_id, "Hello")
    simulation.sleep(1.0)
    found = lc.or_raise(lc.receive_within(chat, seconds)(simulation.env))
    assert isinstance(found, lc.ItemReceived)
    assert found.item.content == "Hello"


def lose_connection(simulation: Simulation, attempts: int) -> None:
    """Lose the connection with the next heartbeat, and fail so many attempts to open another."""
    simulation.service.plan(
        SocketFault("expire", count=1),
        HttpFault("throttle", operation="CreateParticipantConnection", count=attempts),
    )


def test_quiet_begins_anew_with_a_new_connection() -> None:
    simulation = Simulation(9, chance=0.0)
    simulation.at(8.0, lambda: lose_connection(simulation, 1))
    items, seconds = found_and_time(simulation, [(6.0, "before"), (14.0, "after")], partial(lc.replies, quiet=5.0))
    assert ([item.content for item in items], seconds) == (["before", "after"], pytest.approx(19.2))


def test_replies_end_without_a_connection() -> None:
    simulation = Simulation(10, chance=0.0)
    simulation.at(8.0, lambda: lose_connection(simulation, 99))
    assert found_and_time(simulation, [], partial(lc.replies, within=15.0)) == ((), pytest.approx(15.0))
