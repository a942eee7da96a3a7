"""One chat program on every runtime: the same notifications in the same order, and in simulation the same trace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

import lensconnect as lc
from lensconnect.emulator import Emulator, SocketFault, StartedChat, running
from lensconnect.emulator.admin import AdminApi
from lensconnect.programs.primitives import sleep
from lensconnect.testing.simulate import Simulation
from programs.chats.helpers.runtimes import RUNTIMES

QUICK = lc.LiveOptions(settle=0.05, backoff=lc.Backoff(first=0.1))


def label(note: lc.Notification) -> tuple[object, ...]:
    """Return what two runs must have in common."""
    match note:
        case lc.ItemReceived(item):
            return "received", item.content_type, item.content, note.late, note.past
        case lc.ItemUpdated(item):
            return "updated", item.content
        case lc.ConnectionLost(reason):
            return "lost", reason
        case lc.ConnectionRegained():
            return "regained", note.missed
        case lc.ChatEnded(reason):
            return "ended", reason
        case lc.ConnectionRenewed():
            return ("renewed",)


Labels = list[tuple[object, ...]]


@lc.program
def until(chat: lc.Chat, found: Labels, last: Callable[[tuple[object, ...]], bool]) -> lc.Steps[None]:
    """Receive up to the notification that is meant."""
    while not (found and last(found[-1])):
        found.append(label((yield from lc.receive(chat))))


def story(service: AdminApi, started: StartedChat) -> lc.Program[Labels, lc.Error]:
    """Return a chat in which each step waits for the one before, whatever time it takes."""

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[Labels]:
        found: Labels = []
        yield from until(chat, found, lambda one: lc.EVENT_PARTICIPANT_JOINED in one)
        agent = yield from lc.get_connection_token(started.agent_token)
        yield from until(chat, found, lambda one: lc.EVENT_PARTICIPANT_JOINED in one and found.count(one) > 1)
        hello = yield from lc.say(chat, "Hello — 你好")
        yield from until(chat, found, lambda one: "Hello — 你好" in one)
        receipt = lc.receipt_content.construct(hello.id or "")
        yield from lc.send(lc.SendEvent(content_type=lc.EVENT_MESSAGE_READ, content=receipt, connection_token=agent))
        yield from until(chat, found, lambda one: one[0] == "updated")
        yield from lc.send(lc.SendEvent(content_type=lc.EVENT_TYPING, connection_token=agent))
        yield from until(chat, found, lambda one: lc.EVENT_TYPING in one)
        service.plan(SocketFault("expire", topic="aws/chat", count=1))
        for text in ("one", "two"):
            service.say(started.contact_id, text)
        yield from until(chat, found, lambda one: one[0] == "regained")
        for text in ("three", "four"):
            service.say(started.contact_id, text)
        yield from until(chat, found, lambda one: "four" in one)
        yield from lc.leave(chat)
        yield from until(chat, found, lambda one: one[0] == "ended")
        return found

    return lc.converse(started.participant_token, body, options=QUICK)


def simulated_story(seed: int, *, asynchronous: bool = False) -> tuple[Labels, list[str]]:
    """Run the story in simulation; return the notifications and the trace."""
    simulation = Simulation(seed)
    program = story(simulation.service, simulation.service.start_chat())

    async def run() -> lc.IOResult[Labels, lc.Error]:
        return await program(simulation.async_env)

    return lc.or_raise(asyncio.run(run()) if asynchronous else program(simulation.env)), simulation.trace


def test_the_story_in_simulation() -> None:
    found, trace = simulated_story(3)
    assert [one[:3] if one[0] == "received" else one for one in found] == [
        ("received", lc.EVENT_PARTICIPANT_JOINED, None),
        ("received", lc.EVENT_PARTICIPANT_JOINED, None),
        ("received", lc.CONTENT_TEXT_PLAIN, "Hello — 你好"),
        ("updated", "Hello — 你好"),
        ("received", lc.EVENT_TYPING, None),
        ("lost", "closed"),
        ("received", lc.CONTENT_TEXT_PLAIN, "one"),
        ("received", lc.CONTENT_TEXT_PLAIN, "two"),
        ("regained", 2),
        ("received", lc.CONTENT_TEXT_PLAIN, "three"),
        ("received", lc.CONTENT_TEXT_PLAIN, "four"),
        ("received", lc.EVENT_PARTICIPANT_LEFT, None),
        ("received", lc.EVENT_CHAT_ENDED, None),
        ("ended", "left"),
    ]
    assert (found, trace) == simulated_story(3, asynchronous=True)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_story_is_the_same_on_real_sockets(runtime: str) -> None:
    service = Emulator()
    with running(service) as server:
        programs = [story(service, service.start_chat())]
        (found,) = RUNTIMES[runtime](programs, server.base_url)
    assert found == simulated_story(3)[0]


async def two_tasks(simulation: Simulation) -> list[tuple[object, ...] | str]:
    """Let one task receive, while another says, cancels the first, lets it receive again, and closes the chat."""
    env, service, started = simulation.async_env, simulation.service, simulation.service.start_chat()
    for second in range(1, 40):
        simulation.at(second + 0.3, lambda: service.say(started.contact_id, "tick"))
    chat = lc.or_raise(await lc.open_chat(started.participant_token)(env))
    found: list[tuple[object, ...] | str] = []

    async def listen() -> None:
        while True:
            outcome = lc.to_result(await lc.receive(chat)(env))
            if not lc.is_ok(outcome):
                found.append(repr(outcome.failure()))
                return
            found.append(label(outcome.unwrap()))

    listening = asyncio.create_task(listen())
    for number in range(5):
        _ = lc.or_raise(await lc.say(chat, f"message {number}")(env))
        await sleep(3.0)(env)
        found.append("cancelled")
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        service.plan(SocketFault("drop", topic="aws/chat", count=1))
        await sleep(2.0)(env)
        listening = asyncio.create_task(listen())
    await sleep(1.0)(env)
    await lc.close_chat(chat)(env)
    await listening
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert env.handle.live._chats == env.handle.live._connections == {}
    return found


def test_two_tasks_in_one_chat_have_one_trace() -> None:
    first, second = Simulation(5, jitter=lambda: 0.5), Simulation(5, jitter=lambda: 0.5)
    found = asyncio.run(two_tasks(first))
    assert found == asyncio.run(two_tasks(second))
    assert first.trace == second.trace
    messages = [one[2] for one in found if isinstance(one, tuple) and one[0] == "received" and one[2]]
    assert [text for text in messages if text != "tick"] == [f"message {number}" for number in range(5)]
    assert found.count("cancelled") == 5
    assert "closed" in str(found[-1])
