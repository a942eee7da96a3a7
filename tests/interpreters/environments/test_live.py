"""The sockets and chats of an environment: shared by its copies, closed with it, and not inherited by a fork."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import trio
from helpers.forking import forks, holds_in_child
from helpers.socket_programs import MEGABYTE, SUBSCRIBE, do, opened

from lensconnect import (
    ConnectionRenewed,
    Env,
    Error,
    Program,
    Success,
    TransportError,
    env_handle,
    env_jitter,
    env_timeout,
    is_ok,
    join_chat,
    new_async_env,
    new_env,
    open_chat,
    or_raise,
    receive,
    receive_within,
    say,
    to_result,
)
from lensconnect.emulator import Emulator
from lensconnect.live.transitions import end, lose_link
from lensconnect.programs.effects import CloseSocket, OpenSocket, ReceiveFrame, SendFrame, Socket, UpdateChat

URL = "https://emulator.invalid"


def environment(service: Emulator) -> Env:
    return new_env(endpoint_url=URL, transport=service.transport, sockets=service.sockets)


def kind_of(program: Program[Any, Error], env: Env) -> str:
    error = to_result(program(env)).failure()
    assert isinstance(error, TransportError)
    return error.kind


def append(value: str) -> Callable[[list[str]], tuple[str, ...]]:
    def change(state: list[str]) -> tuple[str, ...]:
        state.append(value)
        return tuple(state)

    return change


def test_a_chat_is_registered_changed_and_forgotten() -> None:
    env = environment(Emulator())
    assert or_raise(do(UpdateChat("k", append("a"), initial=[]))(env)) == ("a",)
    copy = env & env_timeout.set(1.0)
    assert or_raise(do(UpdateChat("k", append("b")))(copy)) == ("a", "b")
    assert or_raise(do(UpdateChat("k", append("c"), forget=True))(env)) == ("a", "b", "c")
    with pytest.raises(RuntimeError, match="this chat is not open"):
        do(UpdateChat("k", append("d")))(env)


def test_an_opening_beside_the_transport_of_an_emulator_fails_with_the_hint_to_give_its_sockets() -> None:
    async def main() -> Any:
        async with new_async_env(endpoint_url=URL, transport=service.async_transport) as env:
            return to_result(await opening(env))

    service, opening = Emulator(), do(OpenSocket("https://emulator.invalid/", 5.0, MEGABYTE))
    hint = "in visible ASCII; beside the transport of a stub or an emulator, give its sockets as `sockets`"
    with new_env(endpoint_url=URL, transport=service.transport) as env:
        for outcome in (to_result(opening(env)), asyncio.run(main())):
            assert outcome.failure().message.endswith(hint)
    with new_env(endpoint_url=URL) as env:
        assert to_result(opening(env)).failure().message.endswith("in visible ASCII")


def test_a_change_that_raises_is_raised_and_forgets_nothing() -> None:
    env = environment(Emulator())
    with pytest.raises(TypeError):
        do(UpdateChat("k", lambda state: len(state), initial=1, forget=True))(env)
    assert or_raise(do(UpdateChat("k", lambda state: state))(env)) == 1


def test_a_chat_is_forgotten_only_where_the_change_says_so() -> None:
    env = environment(Emulator())
    assert or_raise(do(UpdateChat("k", lambda state: False, initial=1, forget=True))(env)) is False
    assert or_raise(do(UpdateChat("k", lambda state: True, forget=True))(env)) is True
    with pytest.raises(RuntimeError, match="this chat is not open"):
        do(UpdateChat("k", append("d")))(env)


def test_a_timed_change_gets_the_time_and_a_random_number() -> None:
    env = environment(Emulator()) & env_jitter.set(lambda: 0.25)
    before = env.clock.now()
    _, time, chance = or_raise(do(UpdateChat("k", lambda *given: given, timed=True, initial=1))(env))
    assert before <= time <= env.clock.now()
    assert chance == 0.25


def test_a_copy_with_another_transport_shares_sockets_and_does_not_close_them() -> None:
    service = Emulator()
    env = environment(service)
    socket = or_raise(opened(service.start_chat().participant_token)(env))
    copy = env & env_handle.set(env.handle.with_transport(service.transport))
    assert or_raise(do(SendFrame(socket, SUBSCRIBE, 1.0))(copy)) is None
    copy.close()
    assert or_raise(do(ReceiveFrame(socket, 0.0))(env)) is not None
    env.close()
    assert service.read(lambda state: len(state.sockets)) == 0


def test_leaving_the_environment_closes_its_sockets_and_opens_no_more() -> None:
    service = Emulator()
    with environment(service) as env:
        sockets = [or_raise(opened(service.start_chat().participant_token)(env)) for _ in range(3)]
        assert service.read(lambda state: len(state.sockets)) == 3
    assert service.read(lambda state: len(state.sockets)) == 0
    assert {kind_of(do(ReceiveFrame(socket, 1.0)), env) for socket in sockets} == {"closed"}
    assert kind_of(do(OpenSocket("ws://127.0.0.1/", 1.0, MEGABYTE)), env) == "closed"


@pytest.mark.parametrize("run", [asyncio.run, lambda made: trio.run(lambda: made)], ids=["asyncio", "trio"])
def test_leaving_an_asynchronous_environment_closes_its_sockets(run: Callable[..., Any]) -> None:
    service = Emulator()

    async def leave() -> Any:
        made = new_async_env(endpoint_url=URL, transport=service.async_transport, sockets=service.async_sockets)
        async with made as env:
            sockets = [or_raise(await opened(service.start_chat().participant_token)(env)) for _ in range(3)]
            assert to_result(await do(ReceiveFrame(sockets[0], 60.0))(env)).unwrap() is not None
            assert to_result(await do(ReceiveFrame(sockets[1], 0.0))(env)).unwrap() is not None
            or_raise(await do(CloseSocket(sockets[1], 1000))(env))
        assert service.read(lambda state: len(state.sockets)) == 0
        return to_result(await do(ReceiveFrame(sockets[2], 1.0))(env)).failure()

    assert run(leave()).kind == "closed"


@forks
def test_a_forked_child_has_no_sockets() -> None:
    service = Emulator()
    env = environment(service)
    socket = or_raise(opened(service.start_chat().participant_token)(env))
    assert holds_in_child(lambda: kind_of(do(ReceiveFrame(socket, 1.0)), env) == "closed")
    assert or_raise(do(ReceiveFrame(socket, 0.0))(env)) is not None


@forks
@pytest.mark.parametrize("phase", ["online", "offline", "with something to hand out", "over", "receiving elsewhere"])
def test_a_forked_child_has_no_chats(phase: str) -> None:
    """The child hands out nothing, connects to nothing, and fails each time, at whatever the chat was busy with."""
    service = Emulator()
    env = environment(service)
    started = service.start_chat()
    chat = or_raise(open_chat(started.participant_token)(env))
    while or_raise(receive_within(chat, 0.3)(env)) is not None:
        pass
    state = env.handle.live._chats[chat.key]
    if phase == "offline":
        lose_link(state, state.open_link().socket, "network", "", env.clock.now(), 0.5)
        while state.delivery.pop() is not None:
            pass
    elif phase == "with something to hand out":
        state.delivery.queue(ConnectionRenewed())
    elif phase == "over":
        end(state, "ended")
    elif phase == "receiving elsewhere":
        state.receiver = object()
    assert holds_in_child(lambda: all(kind_of(receive(chat), env) == "closed" for _ in range(2)))


@forks
def test_a_chat_without_a_socket_goes_on_in_a_forked_child() -> None:
    service = Emulator()
    env = environment(service)
    chat = or_raise(join_chat(service.start_chat().participant_token)(env))
    assert holds_in_child(lambda: is_ok(to_result(say(chat, "Hello!")(env))))


def test_closing_a_socket_twice_is_fine() -> None:
    service = Emulator()
    env = environment(service)
    socket = or_raise(opened(service.start_chat().participant_token)(env))
    for _ in range(2):
        assert to_result(do(CloseSocket(socket, 1000))(env)) == Success(None)
    assert to_result(do(CloseSocket(Socket(77), 1000))(env)) == Success(None)
    assert kind_of(do(SendFrame(socket, "x", 1.0)), env) == "closed"


def test_a_driver_must_be_a_function() -> None:
    with pytest.raises(TypeError, match=r"sockets must be a socket driver, .* give its attribute sockets"):
        new_env(region="us-east-1", sockets=Emulator())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="sockets must be a socket driver"):
        new_async_env(region="us-east-1", sockets="direct")  # type: ignore[arg-type]
