"""A cancelled call leaves nothing behind and loses nothing, wherever it waits."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Awaitable, Callable, Coroutine
from itertools import accumulate
from typing import Any

import pytest
import trio
from helpers.cancelling import CancelledAt

from interpreters.helpers.certificates import serving, trusting
from interpreters.helpers.servers import PatientServer, ServerConnection
from interpreters.sockets.helpers.drivers import MEGABYTE
from interpreters.sockets.helpers.peer import Peer, accept_of, talking, text, url_of, wait_until_left
from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.direct import AsyncDirectTransport
from lensconnect.interpreters.sockets.async_sockets import AsyncDirectSockets
from lensconnect.interpreters.sockets.protocol import AsyncSocketConnection
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Result, is_ok


async def on_asyncio(coroutine: Coroutine[Any, Any, Any], wait: int) -> tuple[bool, Any]:
    """Return whether the coroutine was cancelled when it waited for this time, and its result."""

    async def run() -> Any:
        task = asyncio.current_task()
        assert task is not None
        return await CancelledAt(coroutine, wait - 1, task.cancel)

    try:
        return False, await asyncio.ensure_future(run())
    except asyncio.CancelledError:
        return True, None


async def on_trio(coroutine: Coroutine[Any, Any, Any], wait: int) -> tuple[bool, Any]:
    with trio.CancelScope() as scope:
        return False, await CancelledAt(coroutine, wait - 1, scope.cancel)
    assert scope.cancelled_caught
    return True, None


Cancel = Callable[[Coroutine[Any, Any, Any], int], Awaitable[tuple[bool, Any]]]
LOOPS: dict[str, tuple[Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any], Cancel]] = {
    "asyncio": (lambda main: asyncio.run(main()), on_asyncio),
    "trio": (trio.run, on_trio),
}
on_both_loops = pytest.mark.parametrize("loop", LOOPS)


def slowly(connection: ServerConnection) -> None:
    """Accept a handshake in four pieces, each of which makes the client wait."""
    head = accept_of(connection.read_request())
    connection.send(head[:5], head[5:40], head[40:], text("hello"), pause=0.002)
    connection.hang()


@on_both_loops
@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_an_opening_cancelled_at_any_wait_leaves_no_connection(loop: str, secure: bool) -> None:
    run, cancelled_at = LOOPS[loop]
    with PatientServer(slowly, serving() if secure else None) as server:

        async def main() -> int:
            sockets = AsyncDirectSockets(AsyncDirectTransport(ssl_context=trusting()))
            wait = 0
            while True:
                wait += 1
                opening = OpenSocket(url_of(server, host="localhost"), 10.0, MEGABYTE)
                was_cancelled, opened = await cancelled_at(sockets(opening), wait)
                if not was_cancelled:
                    await opened.unwrap().close(1000)
                    await sockets.close()
                    return wait

        waits = run(main)
        gc.collect()
        assert waits > 3
        wait_until_left(server)


@on_both_loops
@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_a_receive_cancelled_at_any_wait_loses_no_frame(loop: str, secure: bool) -> None:
    run, cancelled_at = LOOPS[loop]
    texts = [str(number) * 30 for number in range(40)]
    ends = list(accumulate(len(text(each)) for each in texts))
    data = b"".join(map(text, texts))
    asked = threading.Semaphore(0)

    def trickle(peer: Peer) -> None:
        for start in range(0, len(data), 50):
            asked.acquire()
            peer.send(data[start : start + 50])

    with talking(trickle, serving() if secure else None) as server:

        async def main() -> list[object]:
            sockets = AsyncDirectSockets(AsyncDirectTransport(ssl_context=trusting()))
            opened = (await sockets(OpenSocket(url_of(server), 10.0, MEGABYTE))).unwrap()
            frames: list[object] = []
            sent = cancelled = 0
            while len(frames) < len(texts):
                is_whole = sent >= ends[len(frames)]
                if not is_whole:
                    asked.release()
                    sent += 50
                # A frame that is not whole is never received; one that has just become whole may be, or not.
                was_cancelled, outcome = await cancelled_at(opened.receive(10.0), 99 if is_whole else 1)
                cancelled += was_cancelled
                if not was_cancelled:
                    frames.append(outcome.unwrap())
            assert cancelled > 5
            await opened.close(1000)
            await sockets.close()
            return frames

        assert run(main) == texts


@on_both_loops
def test_a_cancelled_send_sends_all_or_nothing(loop: str) -> None:
    run, cancelled_at = LOOPS[loop]
    got: list[bytes] = []
    go_on, done = threading.Event(), threading.Event()

    def read_late(peer: Peer) -> None:
        go_on.wait(20.0)
        got.extend(peer.read_frame()[1] for _ in range(2))
        done.set()

    with talking(read_late) as server:

        async def main() -> bool:
            sockets = AsyncDirectSockets(AsyncDirectTransport())
            opened = (await sockets(OpenSocket(url_of(server), 10.0, MEGABYTE))).unwrap()
            was_cancelled, _ = await cancelled_at(opened.send("x" * 20_000_000, 10.0), 1)
            go_on.set()
            assert is_ok(await opened.send("second", 20.0))
            await opened.close(1000)
            await sockets.close()
            return was_cancelled

        assert run(main)
        assert done.wait(20.0)
    assert [len(payload) for payload in got] == [20_000_000, 6]


@on_both_loops
def test_closing_by_another_task_ends_a_receive_and_a_send(loop: str) -> None:
    run, _ = LOOPS[loop]
    with talking(lambda peer: peer.connection.ignore()) as server:

        async def main() -> list[Result[object, TransportError]]:
            sockets = AsyncDirectSockets(AsyncDirectTransport())
            opened = (await sockets(OpenSocket(url_of(server), 10.0, MEGABYTE))).unwrap()
            ends: list[Result[object, TransportError]] = []

            async def receive() -> None:
                ends.append(await opened.receive(60.0))

            async def send() -> None:
                ends.append(await opened.send("x" * 20_000_000, 60.0))

            async def close() -> None:
                await (trio.sleep if loop == "trio" else asyncio.sleep)(0.05)
                await opened.close(1000)

            await beside(loop, receive, send, close)
            await sockets.close()
            return ends

        outcomes = run(main)
    assert [(outcome.failure().kind) for outcome in outcomes] == ["closed", "closed"]


async def beside(loop: str, *functions: Callable[[], Coroutine[Any, Any, None]]) -> None:
    if loop == "trio":
        async with trio.open_nursery() as nursery:
            for function in functions:
                nursery.start_soon(function)
    else:
        await asyncio.gather(*(function() for function in functions))


@on_both_loops
def test_a_second_receive_beside_one_that_waits_is_a_mistake(loop: str) -> None:
    run, _ = LOOPS[loop]
    with talking(lambda peer: None) as server:

        async def main() -> None:
            sockets = AsyncDirectSockets(AsyncDirectTransport())
            opened = (await sockets(OpenSocket(url_of(server), 10.0, MEGABYTE))).unwrap()

            async def receive() -> None:
                await opened.receive(60.0)

            async def again() -> None:
                await (trio.sleep if loop == "trio" else asyncio.sleep)(0.02)
                with pytest.raises(RuntimeError, match="another task waits"):
                    await opened.receive(60.0)
                await opened.close(1000)

            await beside(loop, receive, again)
            await sockets.close()

        run(main)


@on_both_loops
def test_a_loop_that_ends_closes_its_sockets(loop: str) -> None:
    """With trio the driver is closed, as an environment does when it is left."""
    run, _ = LOOPS[loop]
    with talking(lambda peer: None) as server:
        sockets = AsyncDirectSockets(AsyncDirectTransport())

        async def open_two() -> list[AsyncSocketConnection]:
            try:
                return [(await sockets(OpenSocket(url_of(server), 10.0, MEGABYTE))).unwrap() for _ in range(2)]
            finally:
                if loop == "trio":
                    await sockets.close()

        left = run(open_two) + run(open_two)
        wait_until_left(server)

        async def use() -> list[Result[object, TransportError]]:
            return [await each.receive(1.0) for each in left]

        assert {outcome.failure().kind for outcome in run(use)} == {"closed"}

        async def close_on_another_loop() -> None:
            for each in left:
                await each.close(1000)

        run(close_on_another_loop)


@on_both_loops
def test_no_task_and_no_thread_belongs_to_a_socket(loop: str) -> None:
    run, _ = LOOPS[loop]
    with talking(lambda peer: None) as server:
        before = threading.active_count()

        async def main() -> None:
            sockets = AsyncDirectSockets(AsyncDirectTransport())
            opened = [(await sockets(OpenSocket(url_of(server), 10.0, MEGABYTE))).unwrap() for _ in range(5)]
            if loop == "asyncio":
                assert len(asyncio.all_tasks()) == 1
            else:
                assert trio.lowlevel.current_statistics().tasks_living == 3, "main, its parent and trio's own"
            assert threading.active_count() - before == 5, "the server has a thread for each"
            for each in opened:
                await each.close(1000)
            await sockets.close()

        run(main)


def test_refusals_and_failures_are_not_raised_in_a_task() -> None:
    with PatientServer(lambda connection: connection.send(b"HTTP/1.1 403 No\r\n\r\n")) as server:

        async def main() -> object:
            opening = OpenSocket(url_of(server), 10.0, MEGABYTE)
            return (await AsyncDirectSockets(AsyncDirectTransport())(opening)).failure()

        assert asyncio.run(main()) == ServiceError(403, "")


@on_both_loops
def test_an_open_socket_outlives_the_names_of_its_driver(loop: str) -> None:
    run, _ = LOOPS[loop]
    with talking(lambda peer: (peer.read_frame(), peer.send(text("still here")))) as server:

        async def main() -> object:
            opened = (
                await AsyncDirectSockets(AsyncDirectTransport())(OpenSocket(url_of(server), 10.0, MEGABYTE))
            ).unwrap()
            gc.collect()
            await (trio.sleep if loop == "trio" else asyncio.sleep)(0.01)
            await opened.send("are you", 10.0)
            frame = (await opened.receive(10.0)).unwrap()
            await opened.close(1000)
            await opened.forget.func.__self__.close()  # type: ignore[attr-defined]
            return frame

        assert run(main) == "still here"


def test_on_a_loop_that_reads_ahead_nothing_is_read_beside_it() -> None:
    """Windows' proactor loop has a read under way all the time; here the selector loop stands in for it."""
    count = 50

    def send_all(peer: Peer) -> None:
        peer.read_frame()
        peer.send(*[text(str(number)) for number in range(count)], pause=0.0005)

    with talking(send_all) as server:

        async def main() -> list[object]:
            sockets = AsyncDirectSockets(AsyncDirectTransport())
            opened: Any = (await sockets(OpenSocket(url_of(server), 10.0, MEGABYTE))).unwrap()
            opened._looks = False
            assert (await opened.receive(0.0)).unwrap() is None
            await opened.send("go", 10.0)
            frames: list[object] = []
            while len(frames) < count:
                frame = (await opened.receive(0.0 if len(frames) % 2 else 10.0)).unwrap()
                frames += [] if frame is None else [frame]
            await opened.close(1000)
            await sockets.close()
            return frames

        assert asyncio.run(main()) == [str(number) for number in range(count)]
