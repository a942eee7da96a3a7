"""Chats cancelled at every wait, on asyncio and trio over real sockets: nothing is left of them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
import trio
from helpers.cancelling import CancelledAt
from helpers.lanes import searched

import lensconnect as lc
from lensconnect.emulator import Emulator, StartedChat, running
from programs.chats.helpers.runtimes import live_tables

QUICK = lc.LiveOptions(settle=0.005, receipt_seconds=0.01)


def errand(service: Emulator, started: StartedChat) -> lc.Program[int, lc.Error]:
    """Return a short conversation with a bit of everything."""

    @lc.program
    def body(chat: lc.Chat) -> lc.Steps[int]:
        yield from lc.say(chat, "Hello!")
        service.say(started.contact_id, "How can I help?")
        answers = yield from lc.replies(chat, quiet=0.01, within=5.0)
        for item in answers:
            yield from lc.mark_read(chat, item)
        yield from lc.show_typing(chat)
        yield from lc.leave(chat)
        while not isinstance((yield from lc.receive(chat)), lc.ChatEnded):
            pass
        return len(answers)

    return lc.converse(started.participant_token, body, options=QUICK)


def assert_no_socket(service: Emulator) -> None:
    """Assert that the service has no WebSocket either, once it has noticed."""
    until = time.monotonic() + 10
    while (left := service.read(lambda state: len(state.sockets))) and time.monotonic() < until:
        time.sleep(0.01)
    assert left == 0


async def assert_no_task() -> None:
    """Assert that no task is left; an attempt to connect ends at the next turns of the loop, as asyncio cancels."""
    for _ in range(3):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def cancelled_on_asyncio(service: Emulator, url: str, wait: int) -> bool:
    """Cancel an errand at a wait; return whether there was such a wait."""
    task = asyncio.current_task()
    assert task is not None
    async with lc.new_async_env(endpoint_url=url) as env:
        awaited = CancelledAt(errand(service, service.start_chat())(env), wait, task.cancel)
        cancelled = False
        try:
            await awaited
        except asyncio.CancelledError:
            cancelled = True
            task.uncancel()
        assert live_tables(env) == (0, 0)
        await assert_no_task()
    return cancelled


async def cancelled_on_trio(service: Emulator, url: str, wait: int) -> bool:
    """Cancel an errand at a wait; return whether there was such a wait."""
    async with lc.new_async_env(endpoint_url=url, transport="httpx2") as env:
        with trio.CancelScope() as scope:
            await CancelledAt(errand(service, service.start_chat())(env), wait, scope.cancel)
        assert live_tables(env) == (0, 0)
    return scope.cancelled_caught


RUNS: dict[str, Any] = {
    "asyncio": lambda *arguments: asyncio.run(cancelled_on_asyncio(*arguments)),
    "trio": lambda *arguments: trio.run(cancelled_on_trio, *arguments),
}


@searched("every", fast=7, slow=1)
@pytest.mark.parametrize("runtime", RUNS)
def test_a_chat_cancelled_at_any_wait_leaves_nothing_behind(runtime: str, every: int) -> None:
    service = Emulator()
    with running(service) as server:
        wait = ended = 0
        while ended < 3:  # a run on real sockets waits more often or less often than the one before
            ended += not RUNS[runtime](service, server.base_url, wait)
            wait += every
        assert wait > 10
        assert_no_socket(service)


MANY = 59


async def many_on_asyncio(service: Emulator, url: str) -> None:
    """Cancel many errands, each at another wait."""
    async with lc.new_async_env(endpoint_url=url) as env:

        async def run(number: int) -> None:
            task = asyncio.current_task()
            assert task is not None
            await CancelledAt(errand(service, service.start_chat())(env), number % 20, task.cancel)

        found = await asyncio.gather(*(run(number) for number in range(MANY)), return_exceptions=True)
        assert sum(isinstance(one, asyncio.CancelledError) for one in found) > 10
        assert live_tables(env) == (0, 0)
        await assert_no_task()


async def many_on_trio(service: Emulator, url: str) -> None:
    """Cancel many errands, each at another wait."""
    async with lc.new_async_env(endpoint_url=url, transport="httpx2") as env:
        caught: list[bool] = []

        async def run(number: int) -> None:
            with trio.CancelScope() as scope:
                await CancelledAt(errand(service, service.start_chat())(env), number % 40, scope.cancel)
            caught.append(scope.cancelled_caught)

        async with trio.open_nursery() as nursery:
            for number in range(MANY):
                nursery.start_soon(run, number)
        assert sum(caught) > 10
        assert live_tables(env) == (0, 0)


@pytest.mark.parametrize("runtime", RUNS)
def test_many_cancelled_chats_leave_no_socket_and_no_state(runtime: str) -> None:
    service = Emulator()
    with running(service) as server:
        if runtime == "trio":
            trio.run(many_on_trio, service, server.base_url)
        else:
            asyncio.run(many_on_asyncio(service, server.base_url))
        assert_no_socket(service)
