"""Receiving: the end of the time of `within`, and what `replies` counts as quiet."""

from __future__ import annotations

import pytest

import lensconnect as lc
from lensconnect.emulator import HttpFault, SocketFault
from lensconnect.emulator.chat.fault_plan import SocketKind
from lensconnect.testing.simulate import Simulation


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
