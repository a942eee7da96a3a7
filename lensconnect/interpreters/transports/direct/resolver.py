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
from concurrent.futures import Future
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


def check_found(found: Addresses | AttemptFailed) -> Addresses:
    """Return what a look-up has found; raise `AttemptFailed` if it failed."""
    if isinstance(found, AttemptFailed):
        raise AttemptFailed(found.kind, found.message)  # a new one: callers share the look-up
    return found


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


class _Running:
    """A look-up under way, or about to begin: the thread that pops from `to_do` performs it."""

    def __init__(self) -> None:
        self.to_do = [None]
        self.future: Future[Addresses | AttemptFailed] = Future()
        self.future.set_running_or_notify_cancel()  # no waiting caller can cancel it for the others


class Resolver:
    """Runs look-ups in threads, one for each host and port at a time."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self.reset_after_fork()
        register_after_fork(self)

    def reset_after_fork(self) -> None:
        """Forget the look-ups under way: their threads do not run in this process."""
        self._running: dict[tuple[str, int], _Running] = {}

    def resolve(self, origin: Origin) -> Addresses | Future[Addresses | AttemptFailed]:
        """Return the addresses of a host, or the future of them; raise `AttemptFailed` if no thread can start."""
        literal = _parse_literal(origin)
        if literal:
            return literal
        key = origin.host, origin.port
        running = self._running.setdefault(key, _Running())
        if running.to_do:  # new, or its caller was interrupted before it had started the thread
            self._start(key, running)
        return running.future

    def _start(self, key: tuple[str, int], running: _Running) -> None:
        thread = threading.Thread(target=self._run, args=(key, running), name="lensconnect-resolver", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            raise AttemptFailed("name", "the system gives no thread to look up the name") from None

    def _run(self, key: tuple[str, int], running: _Running) -> None:
        try:
            running.to_do.pop()
        except IndexError:
            return
        try:
            running.future.set_result(self._lookup(key[0].encode(), key[1]))
        except (OSError, ValueError) as error:
            running.future.set_result(_lookup_failure(error))
        except Exception as error:
            running.future.set_exception(error)
        finally:
            self._running.pop(key, None)
