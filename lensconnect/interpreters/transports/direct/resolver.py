"""Looking up a name within a bounded time.

Facts: `getaddrinfo` cannot be told when to stop and a broken resolver holds it for half a minute and
more, so it runs in a thread of its own.  Callers that want the same name at the same time share one
thread, so that a hanging resolver costs one thread per name and not one per attempt.  An IP literal
needs neither.  The name goes as bytes, or Python would load its IDNA tables for nothing.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeAlias

from lensconnect.interpreters.transports.direct.deadline import Stop
from lensconnect.interpreters.transports.direct.origin import Origin
from lensconnect.interpreters.transports.fork_safety import tell_of_forks

__all__ = ["AddressInfo", "Names", "Resolve", "system_resolve"]

AddressInfo: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str | int | bytes, ...]]
"""A row of `socket.getaddrinfo`."""

Resolve: TypeAlias = Callable[[bytes, int], Sequence[AddressInfo]]
"""A blocking look-up of host and port."""


def system_resolve(host: bytes, port: int) -> Sequence[AddressInfo]:
    """Ask the operating system."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _literal(origin: Origin) -> Sequence[AddressInfo]:
    """The address an IP literal spells; nothing for a name."""
    try:
        return socket.getaddrinfo(
            origin.host.encode(), origin.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
        )
    except socket.gaierror:
        return ()


class Names:
    """Look-ups under way."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self.forget_parent()
        tell_of_forks(self)

    def forget_parent(self) -> None:
        """Start afresh; after a fork the threads under way are not there."""
        self._lock = threading.Lock()
        self._running: dict[tuple[str, int], Future[Sequence[AddressInfo]]] = {}

    def look_up(self, origin: Origin) -> Sequence[AddressInfo] | Future[Sequence[AddressInfo]]:
        """The addresses of a host, or the promise of them."""
        literal = _literal(origin)
        if literal:
            return literal
        key = origin.host, origin.port
        with self._lock:
            future = self._running.get(key)
            if future is None:
                future = Future[Sequence[AddressInfo]]()
                future.set_running_or_notify_cancel()  # from now on nobody who waits can cancel it for the others
                self._start(key, future)
                self._running[key] = future
        return future

    def _start(self, key: tuple[str, int], future: Future[Sequence[AddressInfo]]) -> None:
        thread = threading.Thread(target=self._run, args=(key, future), name="lensconnect-names", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            raise Stop("name", "the system gives no thread to look up the name") from None

    def _run(self, key: tuple[str, int], future: Future[Sequence[AddressInfo]]) -> None:
        try:
            future.set_result(self._resolve(key[0].encode(), key[1]))
        except Exception as error:
            future.set_exception(error)
        finally:
            with self._lock:
                self._running.pop(key, None)
