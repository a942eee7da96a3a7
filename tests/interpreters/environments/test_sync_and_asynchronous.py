"""One program gives the same trace in each environment: sockets, asyncio, trio, in memory, simulated."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Coroutine
from functools import partial
from itertools import count
from typing import Any

import pytest
import trio

from lensconnect import (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONTENT_TEXT_PLAIN,
    ConnectionToken,
    EnvOptions,
    Event,
    HttpResponse,
    ParticipantToken,
    Steps,
    Success,
    create_participant_connection_type,
    event_at,
    new_async_env,
    new_create_participant_connection,
    new_env,
    new_get_transcript,
    new_send_message,
    or_raise,
    program,
    send,
)
from lensconnect.emulator import Emulator, HttpFault, running
from lensconnect.testing.simulate import Simulation

TEXTS = ["Hello!", "My parcel has not arrived."]


@program
def conversation(participant_token: ParticipantToken) -> Steps[list[str | None]]:
    """Open a chat, send messages, read the transcript."""
    opened = yield from send(
        new_create_participant_connection(participant_token)
        & create_participant_connection_type.set((CONNECTION_TYPE_CONNECTION_CREDENTIALS,))
    )
    assert opened.connection_credentials is not None
    token = ConnectionToken(opened.connection_credentials.connection_token or "")
    for text in TEXTS:
        yield from send(new_send_message(CONTENT_TEXT_PLAIN, text, token))
    page = yield from send(new_get_transcript(token))
    return [item.content for item in page.transcript or () if item.type == "MESSAGE"]


Trace = list[Event]
Perform = Callable[[Emulator, Trace], list[str | None]]
Run = Callable[[Callable[[], Coroutine[Any, Any, list[str | None]]]], list[str | None]]


def over_sockets(service: Emulator, trace: Trace) -> list[str | None]:
    with running(service) as served, new_env(endpoint_url=served.base_url, **same(trace)) as env:
        return or_raise(conversation(service.start_chat().participant_token)(env))


def on_a_loop(run: Run, transport: str) -> Perform:
    def perform(service: Emulator, trace: Trace) -> list[str | None]:
        async def converse(base_url: str) -> list[str | None]:
            async with new_async_env(endpoint_url=base_url, transport=transport, **same(trace)) as env:
                return or_raise(await conversation(service.start_chat().participant_token)(env))

        with running(service) as served:
            return run(partial(converse, served.base_url))

    return perform


def asyncio_run(start: Callable[[], Coroutine[Any, Any, list[str | None]]]) -> list[str | None]:
    return asyncio.run(start())


def in_memory(service: Emulator, trace: Trace) -> list[str | None]:
    with new_env(endpoint_url=NOWHERE, transport=service.transport, **same(trace)) as env:
        return or_raise(conversation(service.start_chat().participant_token)(env))


def simulated(_service: Emulator, trace: Trace) -> list[str | None]:
    simulation = Simulation(1, endpoint_url=NOWHERE, **same(trace))
    simulation.service.plan(THROTTLED)
    return or_raise(conversation(simulation.service.start_chat().participant_token)(simulation.env))


def same(trace: Trace) -> EnvOptions:
    """Return the options of all environments: an observer and fixed random numbers."""
    tokens = map("token-{}".format, count())
    return {"observe": trace.append, "jitter": lambda: 0.01, "tokens": lambda: next(tokens)}


NOWHERE = "http://127.0.0.1:65535"
THROTTLED = HttpFault("throttle", operation="SendMessage", count=1)


def traced(perform: Perform) -> Trace:
    """Return the observed events without their times."""
    service, trace = Emulator(seed="1"), []
    service.plan(THROTTLED)
    assert perform(service, trace) == TEXTS[::-1]
    return [event & event_at.set(0.0) for event in trace]


ENVIRONMENTS: dict[str, Perform] = {
    "direct on asyncio": on_a_loop(asyncio_run, "direct"),
    "aiohttp": on_a_loop(asyncio_run, "aiohttp"),
    "httpx2 on asyncio": on_a_loop(asyncio_run, "httpx2"),
    "httpx2 on trio": on_a_loop(trio.run, "httpx2"),
    "in memory": in_memory,
    "simulated": simulated,
}


@pytest.mark.parametrize("perform", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_the_same_program_leaves_the_same_trace(perform: Perform) -> None:
    expected = traced(over_sockets)
    assert [event.name for event in expected].count("waiting") == 1
    assert len(expected) == 4 * 2 + 3
    assert traced(perform) == expected


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_while_a_thread_holds_the_lock_does_not_block_the_child() -> None:
    """A lock that another thread of the parent holds does not block the child."""
    env = new_env(region="us-east-1", transport=lambda *_: Success(HttpResponse(200, (), b'{"Id":"m-1"}')))
    fork = multiprocessing.get_context("fork")
    child = fork.Process(
        target=lambda: or_raise(send(new_send_message(CONTENT_TEXT_PLAIN, "hi", ConnectionToken("t")))(env))
    )
    with env.handle._lock:
        child.start()
    child.join(10.0)
    alive = child.is_alive()
    child.kill()
    assert not alive
    assert child.exitcode == 0
