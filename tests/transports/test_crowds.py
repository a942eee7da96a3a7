"""Many callers share few connections; everyone gets the answer to what was asked, or an error."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from lensconnect.http import HttpRequest
from lensconnect.interpreters.direct import AsyncDirectTransport, DirectTransport

from .callers import Outcome
from .certificates import serving, trusting
from .peer import Peer, Talk


def echo(talk: Talk) -> None:
    """Answer each request with its own body, in two pieces; every seventh is followed by stray bytes."""
    while True:
        body = talk.request().partition(b"\r\n\r\n")[2]
        stray = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray" if int(body) % 7 == 0 else b""
        talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body), body + stray)


def ask(peer: Peer, number: int) -> HttpRequest:
    """A request that only one answer fits."""
    return HttpRequest("POST", peer.url(), (), b"%d" % number)


def own(outcome: Outcome, number: int) -> bool:
    """Whether it is the answer to this one; raises where it is another's."""
    if outcome.map(lambda reply: reply.body).value_or(b"%d" % number) != b"%d" % number:
        raise AssertionError(f"{number} got another's answer")
    return outcome.map(lambda _: True).value_or(False)


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_32_threads(secure: bool) -> None:
    with (
        Peer(echo, serving() if secure else None) as peer,
        DirectTransport(ssl_context=trusting(), max_connections=8) as call,
        ThreadPoolExecutor(32) as pool,
    ):
        answered = pool.map(lambda number: own(call(ask(peer, number), 20.0), number), range(640))
        assert sum(answered) > 600


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("seed", range(3))
def test_1000_tasks_of_which_300_are_cancelled(secure: bool, seed: int) -> None:
    chance = Random(seed)
    cancelled = set(chance.sample(range(1000), 300))

    async def all_of_them(peer: Peer) -> None:
        async with AsyncDirectTransport(ssl_context=trusting(), max_connections=16) as call:
            tasks = [asyncio.create_task(call(ask(peer, number), 20.0)) for number in range(1000)]
            for number in chance.sample(sorted(cancelled), 300):
                for _ in range(chance.randrange(4)):
                    await asyncio.sleep(0)
                tasks[number].cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            answered = 0
            for number, outcome in enumerate(outcomes):
                if isinstance(outcome, BaseException):
                    assert isinstance(outcome, asyncio.CancelledError)
                    assert number in cancelled
                else:
                    answered += own(outcome, number)
            assert answered > 650
            assert own(await call(ask(peer, 1001), 20.0), 1001)

    with Peer(echo, serving() if secure else None) as peer:
        asyncio.run(all_of_them(peer))
