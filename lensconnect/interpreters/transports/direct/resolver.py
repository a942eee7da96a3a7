"""Resolver: look up host names within a time limit.

Facts: `getaddrinfo` takes no time limit, and a broken resolver holds it for half a minute or more
(resolv.conf(5): 5 s a server, 2 rounds), so it runs in a thread of its own.  Callers that want the same
name at the same time share one look-up: a hanging resolver costs one thread for each name, not one for each
attempt.  There is no lock: a signal handler may look up the same name in the middle of a call.  An IP literal needs no thread.  The name is passed as bytes, or Python would load its IDNA codec.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeAlias

from lensconnect.interpreters.transports.direct.deadline import AttemptFailed
from lensconnect.interpreters.transports.direct.happy_eyeballs import AddressInfo
from lensconnect.interpreters.transports.direct.origin import Origin
from lensconnect.interpreters.transports.fork_safety import register_after_fork

Addresses: TypeAlias = Sequence[AddressInfo]

Lookup: TypeAlias = Callable[[bytes, int], Addresses]
"""A blocking look-up of host and port."""


def system_lookup(host: bytes, port: int) -> Addresses:
    """Ask the operating system; raises `socket.gaierror`."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _lookup_failure(error: OSError | ValueError) -> AttemptFailed:
    if isinstance(error, OSError):
        return AttemptFailed.of(error, "name")
    return AttemptFailed("unsupported", "the host is no name that can be looked up")


def _parse_literal(origin: Origin) -> Addresses:
    """Return the address that an IP literal spells; nothing for a name."""
    try:
        return socket.getaddrinfo(
            origin.host.encode(), origin.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
        )
    except socket.gaierror:
        return ()


class PendingLookup:
    """A look-up under way, or about to begin: the thread that pops from `to_do` performs it.

    Not `concurrent.futures.Future`: its module loads `logging`, and a condition is not for signal handlers.
    """

    def __init__(self) -> None:
        self.to_do: list[None] = [None]
        self._outcome: Addresses | Exception | None = None
        self._wakes: list[Callable[[], object]] = []

    def call_when_over(self, wake: Callable[[], object]) -> None:
        """Call `wake` once when the look-up is over, in the thread that ends it; at once if it is over already."""
        self._wakes.append(wake)
        if self._outcome is not None:
            self._wake_all()

    def end(self, outcome: Addresses | Exception) -> None:
        """Store the outcome, and wake the callers that wait for it."""
        self._outcome = outcome
        self._wake_all()

    def _wake_all(self) -> None:
        with suppress(IndexError):  # the list is empty, perhaps since another thread has popped the last
            while True:
                self._wakes.pop()()

    def addresses(self) -> Addresses:
        """Return the addresses that were found; raise `AttemptFailed` if there are none, or the look-up's exception."""
        found = self._outcome
        if isinstance(found, AttemptFailed):
            raise AttemptFailed(found.kind, found.message)  # a new one: callers share the look-up
        if isinstance(found, Exception):
            raise found
        return found or ()


class Resolver:
    """Runs look-ups in threads, one for each host and port at a time."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self.reset_after_fork()
        register_after_fork(self)

    def reset_after_fork(self) -> None:
        """Forget the look-ups under way: their threads do not run in this process."""
        self._running: dict[tuple[str, int], PendingLookup] = {}

    def resolve(self, origin: Origin) -> Addresses | PendingLookup:
        """Return the addresses of a host, or the look-up of them; raise `AttemptFailed` if no thread can start."""
        literal = _parse_literal(origin)
        if literal:
            return literal
        key = origin.host, origin.port
        running = self._running.setdefault(key, PendingLookup())
        if running.to_do:  # new, or its caller was interrupted before it had started the thread
            self._start(key, running)
        return running

    def _start(self, key: tuple[str, int], running: PendingLookup) -> None:
        thread = threading.Thread(target=self._run, args=(key, running), name="lensconnect-resolver", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            raise AttemptFailed("name", "the system gives no thread to look up the name") from None

    def _run(self, key: tuple[str, int], running: PendingLookup) -> None:
        try:
            running.to_do.pop()
        except IndexError:
            return
        try:
            outcome: Addresses | Exception = self._lookup(key[0].encode(), key[1])
        except (OSError, ValueError) as error:
            outcome = _lookup_failure(error)
        except Exception as error:
            outcome = error
        finally:
            self._running.pop(key, None)
        running.end(outcome)
