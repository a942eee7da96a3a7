"""Wrappers of socket drivers, for faults, recordings and traces: written once, for synchronous and asynchronous drivers.

    opening_by(open_socket)    a wrapper whose drivers open WebSockets by a coroutine function
    watched_sockets(watch)     a wrapper that tells of each frame and changes none
    clock_of(driver)           the clock by which a driver waits

A coroutine over a synchronous driver waits for nothing, so all of its steps are run at once.  A driver that waits in
simulated time has the clock as `clock`, or is a method of an object that has it; each wrapper here passes it on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from inspect import isawaitable, iscoroutine, iscoroutinefunction
from typing import Any, Literal, Protocol, TypeAlias, overload

from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.environments.base import Clock
from lensconnect.interpreters.sockets.protocol import AsyncSocketDriver, SocketDriver
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Result, is_err


class SocketDriverWrapper(Protocol):
    """A function from a socket driver to a driver of the same kind, synchronous or asynchronous."""

    @overload
    def __call__(self, driver: SocketDriver, /) -> SocketDriver: ...
    @overload
    def __call__(self, driver: AsyncSocketDriver, /) -> AsyncSocketDriver: ...


AnyDriver: TypeAlias = Callable[[OpenSocket], Any]
"""A socket driver, synchronous or asynchronous."""


def opening_by(open_socket: Callable[[AnyDriver, OpenSocket], Coroutine[Any, Any, Any]]) -> SocketDriverWrapper:
    """Return a wrapper whose drivers open WebSockets by this function, from the wrapped driver and an opening.

    The methods of its connections may be coroutine functions, as it is.  They await what they call with `awaited`.
    """

    def wrap(driver: AnyDriver, /) -> Any:
        async def open_on_a_loop(opening: OpenSocket, /) -> Any:
            return await open_socket(driver, opening)

        def open_at_once(opening: OpenSocket, /) -> Any:
            return _at_once(open_socket(driver, opening)).map(_SyncConnection)

        return with_clock_of(driver, open_on_a_loop if is_asynchronous(driver) else open_at_once)

    return wrap


def _simulated_clock(driver: AnyDriver) -> Clock | None:
    clock = getattr(getattr(driver, "__self__", driver), "clock", None)
    return clock if isinstance(clock, Clock) else None


def with_clock_of(driver: AnyDriver, wrapped: Any) -> Any:
    """Return a function over a driver, which waits by the same clock."""
    wrapped.clock = _simulated_clock(driver)
    return wrapped


def clock_of(driver: AnyDriver) -> Callable[[], float]:
    """Return the clock by which a socket driver waits: simulated for that of a stub or a simulation, else real."""
    clock = _simulated_clock(driver)
    return time.monotonic if clock is None else clock.now


async def awaited(value: Any) -> Any:
    """Return a value, or what an awaitable gives."""
    return await value if isawaitable(value) else value


def is_asynchronous(driver: AnyDriver) -> bool:
    """Return whether a socket driver is a coroutine function, or an object whose call is one."""
    return iscoroutinefunction(driver) or iscoroutinefunction(getattr(driver, "__call__", None))  # noqa: B004


def _at_once(value: Any) -> Any:
    """Return a value, or that of a coroutine that waits for nothing."""
    if not iscoroutine(value):
        return value
    try:
        value.send(None)
    except StopIteration as end:
        return end.value
    value.close()
    raise TypeError("a synchronous socket driver calls something that has to be awaited")


class _SyncConnection:
    """A `SocketConnection` over one whose methods may be coroutine functions."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def send(self, text: str, seconds: float, /) -> Any:
        return _at_once(self._connection.send(text, seconds))

    def receive(self, seconds: float, /) -> Any:
        return _at_once(self._connection.receive(seconds))

    def close(self, code: int, /) -> Any:
        return _at_once(self._connection.close(code))


class SocketObserver(Protocol):
    """Is told what happens on one WebSocket."""

    def opened(self) -> None:
        """Take the end of the handshake."""
        ...

    def refused(self, error: ServiceError | TransportError, /) -> None:
        """Take the error of an opening that has failed."""
        ...

    def note(self, sender: Literal["client", "service"], content: str | bytes | TransportError, /) -> None:
        """Take a frame, or the error of a loss; a close of the client's own is none."""
        ...


def watched_sockets(watch: Callable[[Callable[[], float]], Callable[[], SocketObserver]]) -> SocketDriverWrapper:
    """Return a wrapper that observes the WebSockets of drivers, and changes nothing.

    `watch` is called with the clock of each driver; the function that it returns makes an observer for each opening.
    """

    def wrap(driver: AnyDriver, /) -> Any:
        begin = watch(clock_of(driver))

        async def open_socket(driver: AnyDriver, opening: OpenSocket) -> Any:
            observer = begin()
            outcome: Result[Any, Any] = await awaited(driver(opening))
            if is_err(outcome):
                observer.refused(outcome.failure())
            else:
                observer.opened()
            return outcome.map(lambda connection: _WatchedConnection(connection, observer))

        return opening_by(open_socket)(driver)

    return wrap


class _WatchedConnection:
    def __init__(self, connection: Any, observer: SocketObserver) -> None:
        self._connection, self._observer = connection, observer
        self.close = connection.close

    async def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        self._observer.note("client", text)
        return self._noted(await awaited(self._connection.send(text, seconds)))

    async def receive(self, seconds: float, /) -> Result[str | bytes | None, TransportError]:
        return self._noted(await awaited(self._connection.receive(seconds)))

    def _noted(self, outcome: Result[Any, TransportError]) -> Result[Any, TransportError]:
        came = outcome.failure() if is_err(outcome) else outcome.unwrap()
        if came is not None and not (isinstance(came, TransportError) and came.kind == "closed"):
            self._observer.note("service", came)
        return outcome
