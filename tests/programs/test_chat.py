"""Live chats as programs, against the emulator in memory and in simulation."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest
from helpers.cancelling import CancelledAt

import lensconnect as lc
from lensconnect.emulator import Emulator, HttpFault, Options, StartedChat
from lensconnect.testing.simulate import Simulation
from programs.chats.helpers.reading import contents, to_the_end
from programs.chats.helpers.runtimes import live_tables

QUICK = lc.LIVE & lc.live_options_history.set(0)


@lc.program
def quiet_chat(token: lc.ParticipantToken, options: lc.LiveOptions = QUICK) -> lc.Steps[lc.Chat]:
    """Open a chat and receive what is there."""
    chat = yield from lc.open_chat(token, options=options)
    while (yield from lc.receive_within(chat, 1.0)) is not None:
        pass
    return chat


def memory_env(service: Emulator, **options: object) -> lc.Env:
    return lc.new_env(
        endpoint_url="https://chat.invalid",
        transport=service.transport,
        sockets=service.sockets,
        **options,  # type: ignore[arg-type]
    )


def async_memory_env(service: Emulator) -> lc.AsyncEnv:
    return lc.new_async_env(
        endpoint_url="https://chat.invalid", transport=service.async_transport, sockets=service.async_sockets
    )


def _run_on_asyncio(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    @wraps(test)
    def run() -> None:
        asyncio.run(test())

    return run


def greeting_bot(
    service: Emulator, started: StartedChat, quiet: float = 1.0
) -> Callable[[lc.Chat], lc.Program[list[str], lc.Error]]:
    """Return a conversation with everything a participant does."""

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[list[str]]:
        yield from lc.say(chat, "Hello!")
        service.say(started.contact_id, "How can I help?")
        answers = yield from lc.replies(chat, quiet=quiet, within=5.0)
        for item in answers:
            yield from lc.mark_read(chat, item)
        assert (yield from lc.show_typing(chat))
        assert not (yield from lc.show_typing(chat))
        yield from lc.leave(chat)
        notes = yield from to_the_end(chat)
        assert notes[-1] == lc.ChatEnded("left")
        return [item.content or "" for item in answers]

    return body


def test_a_conversation_has_one_trace_in_both_simulations() -> None:
    traces = list[list[str]]()
    for asynchronous in (False, True):
        simulation = Simulation(7)
        started = simulation.service.start_chat()
        program = lc.converse(started.participant_token, greeting_bot(simulation.service, started))
        if asynchronous:

            async def run(program: lc.Program[list[str], lc.Error] = program, it: Simulation = simulation) -> object:
                return await program(it.async_env)

            outcome = asyncio.run(run())
        else:
            outcome = program(simulation.env)
        assert lc.or_raise(outcome) == ["How can I help?"]  # type: ignore[arg-type]
        traces.append(simulation.trace)
    assert traces[0] == traces[1]


def test_a_conversation_leaves_nothing_behind() -> None:
    service = Emulator()
    started = service.start_chat()
    with memory_env(service) as env:
        program = lc.converse(started.participant_token, greeting_bot(service, started))
        assert lc.or_raise(program(env)) == ["How can I help?"]
        assert live_tables(env) == (0, 0)


@_run_on_asyncio
async def test_a_conversation_cancelled_at_any_wait_leaves_nothing_behind() -> None:
    task = asyncio.current_task()
    assert task is not None
    for wait in range(200):
        service = Emulator()
        started = service.start_chat()

        async def transport(
            request: lc.HttpRequest, seconds: float, service: Emulator = service
        ) -> lc.Result[lc.HttpResponse, lc.TransportError]:
            await asyncio.sleep(0)
            outcome = await service.async_transport(request, seconds)
            await asyncio.sleep(0)
            return outcome

        env = lc.new_async_env(endpoint_url="https://chat.invalid", transport=transport, sockets=service.async_sockets)
        quick = lc.LIVE & lc.live_options_settle.set(0.001)
        program = lc.converse(started.participant_token, greeting_bot(service, started, quiet=0.01), options=quick)
        awaited = CancelledAt(program(env), wait, task.cancel)
        try:
            await awaited
        except asyncio.CancelledError:
            assert live_tables(env) == (0, 0)
            assert asyncio.all_tasks() == {asyncio.current_task()}
        else:
            assert 10 < awaited.waits <= wait
            return
    raise AssertionError("the conversation never ended")


@_run_on_asyncio
async def test_closing_ends_a_receive_that_waits() -> None:
    service = Emulator()
    async with async_memory_env(service) as env:
        chat = lc.or_raise(await lc.open_chat(service.start_chat().participant_token)(env))
        _ = lc.or_raise(await lc.receive(chat)(env))
        waiting = asyncio.ensure_future(_received(chat, env))
        await asyncio.sleep(0)
        assert lc.is_ok(lc.to_result(await lc.close_chat(chat)(env)))
        error = lc.to_result(await waiting).failure()
        assert isinstance(error, lc.TransportError)
        assert error.kind == "closed"
        assert live_tables(env) == (0, 0)
        assert lc.is_ok(lc.to_result(await lc.close_chat(chat)(env)))
        assert live_tables(env) == (0, 0)
        with pytest.raises(RuntimeError, match="not open"):
            await lc.receive(chat)(env)


async def _received(chat: lc.Chat, env: lc.AsyncEnv) -> lc.IOResult[lc.Notification, lc.Error]:
    return await lc.receive(chat)(env)


@_run_on_asyncio
async def test_a_second_receive_is_a_mistake() -> None:
    service = Emulator()
    async with async_memory_env(service) as env:
        chat = lc.or_raise(await lc.open_chat(service.start_chat().participant_token, options=QUICK)(env))
        waiting = asyncio.ensure_future(_received(chat, env))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="one at a time"):
            await lc.receive(chat)(env)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert lc.or_raise(await lc.receive_within(chat, 0)(env)) is None


def test_receive_within_returns_none_when_nothing_comes() -> None:
    simulation = Simulation(1)
    chat = lc.or_raise(quiet_chat(simulation.service.start_chat().participant_token)(simulation.env))
    before = simulation.now()
    assert lc.or_raise(lc.receive_within(chat, 3.0)(simulation.env)) is None
    assert simulation.now() == pytest.approx(before + 3.0)


def test_within_ends_a_receive_with_a_timeout() -> None:
    simulation = Simulation(1)
    chat = lc.or_raise(quiet_chat(simulation.service.start_chat().participant_token)(simulation.env))
    error = lc.to_result(lc.within(2.0)(lc.receive(chat))(simulation.env)).failure()
    assert isinstance(error, lc.TransportError)
    assert error.kind == "timeout"


def test_an_opening_that_is_denied_fails_and_leaves_nothing() -> None:
    service = Emulator()
    with memory_env(service) as env:
        error = lc.to_result(lc.open_chat(lc.ParticipantToken("no-such-token"))(env)).failure()
        assert isinstance(error, lc.ServiceError)
        assert error.status == 403
        assert live_tables(env) == (0, 0)


def test_an_opening_is_repeated_while_the_service_throttles() -> None:
    simulation = Simulation(2)
    started = simulation.service.start_chat()
    simulation.service.plan(HttpFault("throttle", count=4))
    assert lc.is_ok(lc.to_result(lc.open_chat(started.participant_token)(simulation.env)))
    assert 4 < simulation.now() < 30


def test_an_opening_that_reaches_no_host_fails() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    options = lc.LIVE & lc.live_options_backoff.set(lc.Backoff(first=0.01))
    with lc.new_env(endpoint_url=f"http://127.0.0.1:{port}") as env:
        error = lc.to_result(lc.open_chat(lc.ParticipantToken("a-token"), options=options)(env)).failure()
        assert isinstance(error, lc.TransportError)
        assert error.kind == "connect"
        assert live_tables(env) == (0, 0)


def test_an_opening_gives_up_when_its_time_is_over() -> None:
    simulation = Simulation(2)
    started = simulation.service.start_chat()
    simulation.service.plan(HttpFault("throttle", count=40))
    options = lc.LIVE & lc.live_options_give_up.set(20.0)
    error = lc.to_result(lc.open_chat(started.participant_token, options=options)(simulation.env)).failure()
    assert isinstance(error, lc.ServiceError)
    assert error.status == 429
    assert 20 <= simulation.now() < 60


def test_the_history_is_past_and_what_follows_is_not() -> None:
    simulation = Simulation(3)
    started = simulation.service.start_chat()
    simulation.service.say(started.contact_id, "before")
    simulation.at(5.0, lambda: simulation.service.say(started.contact_id, "after"))
    simulation.at(6.0, lambda: simulation.service.stop_chat(started.contact_id))
    chat = lc.or_raise(lc.open_chat(started.participant_token)(simulation.env))
    notes = lc.or_raise(to_the_end(chat)(simulation.env))
    found = {note.item.content: note.past for note in notes if isinstance(note, lc.ItemReceived) and note.item.content}
    assert found == {"before": True, "after": False}


def test_a_chat_goes_on_from_a_position() -> None:
    simulation = Simulation(4)
    env, service, started = simulation.env, simulation.service, simulation.service.start_chat()
    chat = lc.or_raise(lc.open_chat(started.participant_token)(env))
    service.say(started.contact_id, "one")
    while contents([lc.or_raise(lc.receive(chat)(env))]) != ["one"]:
        pass
    place = lc.or_raise(lc.position(chat)(env))
    assert lc.position_json.construct(place) & lc.position_json.preview() == place
    _ = lc.close_chat(chat)(env)
    service.say(started.contact_id, "two")
    chat = lc.or_raise(lc.open_chat(started.participant_token, position=place)(env))
    simulation.at(simulation.now() + 5.0, lambda: service.stop_chat(started.contact_id))
    notes = lc.or_raise(to_the_end(chat)(env))
    assert contents(notes) == ["two"]
    assert not any(note.past for note in notes if isinstance(note, lc.ItemReceived))


def test_a_chat_without_a_socket_says_and_does_not_receive() -> None:
    service = Emulator()
    started = service.start_chat()
    with memory_env(service) as env:
        chat = lc.or_raise(lc.join_chat(started.participant_token)(env))
        stored = lc.or_raise(lc.connection_token(chat)(env))
        assert lc.is_ok(lc.to_result(lc.say(chat, "Hello!")(env)))
        with pytest.raises(RuntimeError, match="no socket"):
            lc.receive(chat)(env)
        _ = lc.close_chat(chat)(env)
        again = lc.or_raise(lc.chat_from(stored)(env))
        assert lc.is_ok(lc.to_result(lc.say(again, "Hello again!")(env)))
        _ = lc.close_chat(again)(env)
        assert live_tables(env) == (0, 0)


def test_replies_are_the_messages_of_the_others() -> None:
    simulation = Simulation(5)
    env, service, started = simulation.env, simulation.service, simulation.service.start_chat()
    service.say(started.contact_id, "the past")

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[list[list[str | None]]]:
        yield from lc.say(chat, "Hello!")
        start = simulation.now()
        for seconds, text in ((1.0, "one"), (1.8, "two"), (4.0, "late")):
            simulation.at(start + seconds, lambda text=text: service.say(started.contact_id, text))
        first = yield from lc.replies(chat)
        second = yield from lc.replies(chat, within=10.0)
        third = yield from lc.replies(chat, within=3.0)
        return [[item.content for item in found] for found in (first, second, third)]

    assert lc.or_raise(lc.converse(started.participant_token, body)(env)) == [["one", "two"], ["late"], []]


def test_an_agent_leaves_and_the_chat_goes_on() -> None:
    simulation = Simulation(6)
    env, started = simulation.env, simulation.service.start_chat()

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[lc.Notification]:
        yield from lc.say(chat, "Goodbye")
        yield from lc.leave(chat)
        return (yield from to_the_end(chat))[-1]

    assert lc.or_raise(lc.converse(started.agent_token, body)(env)) == lc.ChatEnded("left")


def test_a_token_that_is_too_old_is_renewed_before_a_message() -> None:
    simulation = Simulation(8)
    env, started = simulation.env, simulation.service.start_chat()
    options = QUICK & lc.live_options_token_seconds.set(100.0)
    chat = lc.or_raise(quiet_chat(started.participant_token, options)(env))
    first = lc.or_raise(lc.connection_token(chat)(env))
    assert lc.or_raise(lc.connection_token(chat)(env)) == first
    simulation.sleep(101.0)
    assert lc.or_raise(lc.connection_token(chat)(env)) != first


def test_receipts_never_fail() -> None:
    simulation = Simulation(9)
    env, service, started = simulation.env, simulation.service, simulation.service.start_chat()
    seen: list[lc.Event] = []
    chat = lc.or_raise(lc.open_chat(started.participant_token, options=QUICK)(env))
    service.say(started.contact_id, "Hello!")
    note = lc.or_raise(lc.receive(chat)(env))
    while not (isinstance(note, lc.ItemReceived) and note.item.content):
        note = lc.or_raise(lc.receive(chat)(env))
    service.plan(HttpFault("throttle", count=1))
    assert lc.is_ok(lc.to_result(lc.observed(seen.append)(lc.mark_read(chat, note.item))(env)))
    assert [event.status for event in seen if event.name == "answered"] == [429]


def test_observers_hear_of_a_chat_without_its_secrets() -> None:
    simulation = Simulation(10, service_options=Options())
    started = simulation.service.start_chat()
    seen: list[lc.Event] = []
    program = lc.converse(started.participant_token, greeting_bot(simulation.service, started))
    _ = lc.or_raise(lc.observed(seen.append)(program)(simulation.env))
    assert [event.name for event in seen if event.operation == "WebSocket"] == ["opened", "ended"]
    text = " ".join(map(repr, seen)) + " ".join(simulation.trace)
    for secret in (started.participant_token, "Hello!", "wss://", "How can I help?"):
        assert secret not in text


def bot(answered: list[str]) -> Callable[[lc.Chat], lc.Program[None, lc.Error]]:
    @lc.program
    def reply(chat: lc.Chat, note: lc.Notification) -> lc.Steps[None]:
        match note:
            case lc.ItemReceived(item, past=False) if (
                item.participant_role != lc.PARTICIPANT_ROLE_CUSTOMER and item.content
            ):
                yield from lc.mark_read(chat, item)
                yield from lc.say(chat, f"You said: {item.content}")
                answered.append(item.content)
            case _:
                yield from lc.sleep(0.0)

    return lambda chat: lc.notifications(chat).each(lambda note: reply(chat, note))


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_bot_answers_until_the_chat_ends(asynchronous: bool) -> None:
    simulation = Simulation(11)
    service, started = simulation.service, simulation.service.start_chat()
    for seconds, text in ((1.0, "one"), (2.0, "two")):
        simulation.at(seconds, lambda text=text: service.say(started.contact_id, text))
    simulation.at(5.0, lambda: service.stop_chat(started.contact_id))
    answered: list[str] = []
    program = lc.converse(started.participant_token, bot(answered))

    async def run() -> lc.IOResult[None, lc.Error]:
        return await program(simulation.async_env)

    outcome = asyncio.run(run()) if asynchronous else program(simulation.env)
    assert lc.is_ok(lc.to_result(outcome))
    assert answered == ["one", "two"]


def test_the_notifications_of_a_chat_are_an_iterator_that_ends() -> None:
    simulation = Simulation(12)
    started = simulation.service.start_chat()
    simulation.at(1.0, lambda: simulation.service.stop_chat(started.contact_id))
    chat = lc.or_raise(lc.open_chat(started.participant_token)(simulation.env))
    notes = [lc.or_raise(found) for found in lc.notifications(chat)(simulation.env)]
    assert [note for note in notes if isinstance(note, lc.ChatEnded)] == notes[-1:] == [lc.ChatEnded("ended")]


def test_typing_that_could_not_be_sent_does_not_count() -> None:
    simulation = Simulation(1)
    env = simulation.env & lc.env_retry.set(lc.NO_RETRY)
    chat = lc.or_raise(lc.open_chat(simulation.service.start_chat().participant_token)(env))
    simulation.service.plan(HttpFault("error", operation="SendEvent", count=1))
    assert lc.is_err(lc.to_result(lc.show_typing(chat)(env)))
    assert lc.or_raise(lc.show_typing(chat)(env)), "nothing was shown before"
    assert not lc.or_raise(lc.show_typing(chat)(env))


@_run_on_asyncio
async def test_typing_that_was_cancelled_does_not_count() -> None:
    service = Emulator()
    async with async_memory_env(service) as env:
        chat = lc.or_raise(await lc.open_chat(service.start_chat().participant_token)(env))
        service.plan(HttpFault("delay", operation="SendEvent", seconds=30.0, count=1))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lc.show_typing(chat)(env).awaitable(), 0.05)
        assert lc.or_raise(await lc.show_typing(chat)(env))
        await lc.close_chat(chat)(env)
