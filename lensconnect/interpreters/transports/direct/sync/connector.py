"""A TCP connection to the first of several addresses that answers, within a bounded time.

    0 s     try the first address; a quarter of a second later, or as soon as it fails,
    0.25 s  try the next one, of the other family where there is one, beside it ...

Fact: this is RFC 8305 ("Happy Eyeballs") without its waiting for late look-ups.  A host whose IPv6
leads nowhere costs a quarter of a second instead of the whole attempt.
"""

from __future__ import annotations

import errno
import selectors
import socket
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import Final

from lensconnect.interpreters.transports.direct.deadline import Deadline, broken
from lensconnect.interpreters.transports.direct.resolver import AddressInfo

__all__ = ["STAGGER", "connect", "interleaved"]

STAGGER: Final = 0.25
"""Seconds one address is tried alone."""

_PENDING: Final = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY, errno.EINTR})


def interleaved(addresses: Iterable[AddressInfo]) -> list[AddressInfo]:
    """The addresses with their families taking turns, the first one's first."""
    families: dict[socket.AddressFamily, list[AddressInfo]] = {}
    for address in addresses:
        families.setdefault(address[0], []).append(address)
    turns = chain.from_iterable(zip_longest(*families.values()))
    return [address for address in turns if address is not None]


def connect(addresses: Sequence[AddressInfo], deadline: Deadline) -> socket.socket:
    """A connected, non-blocking socket; raises `Stop`."""
    race = _Race(addresses)
    try:
        return race.run(deadline)
    finally:
        race.close()


class _Race:
    """The attempts under way."""

    def __init__(self, addresses: Sequence[AddressInfo]) -> None:
        self._next = interleaved(addresses)
        self._sockets: list[socket.socket] = []
        try:
            self._selector = selectors.DefaultSelector()
        except OSError as error:
            raise broken(error, "connect") from None
        self._error = OSError("no address")

    def run(self, deadline: Deadline) -> socket.socket:
        """The first to connect."""
        while True:
            self._start_next()
            if not self._sockets and not self._next:
                raise broken(self._error, "connect")
            left = deadline.left("connecting")
            ready = self._selector.select(min(left, STAGGER if self._next else 86_400.0)) if self._sockets else []
            for key, _ in ready:
                connected = self._finish(key.fd)
                if connected is not None:
                    return connected

    def _start_next(self) -> None:
        if not self._next:
            return
        family, kind, protocol, _, address = self._next.pop(0)
        try:
            started = socket.socket(family, kind, protocol)
        except OSError as error:
            self._error = error
            return
        self._sockets.append(started)
        started.setblocking(False)
        number = started.connect_ex(address)
        if number not in _PENDING:
            self._fail(started, number)
            return
        self._selector.register(started, selectors.EVENT_WRITE)

    def _finish(self, fileno: int) -> socket.socket | None:
        """What a socket's connecting has come to."""
        done = next(one for one in self._sockets if one.fileno() == fileno)
        self._selector.unregister(done)
        number = done.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            self._fail(done, number)
            return None
        done.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sockets.remove(done)
        return done

    def _fail(self, failed: socket.socket, number: int) -> None:
        self._error = OSError(number, "")
        self._sockets.remove(failed)
        failed.close()

    def close(self) -> None:
        """Give up what has not won."""
        for loser in self._sockets:
            loser.close()
        self._selector.close()
