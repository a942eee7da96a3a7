"""Happy Eyeballs (RFC 8305) without I/O: which address of a host to try next, and when.

    0 s     try the first address
    0.25 s  or as soon as that fails: try the next one beside it, of the other family if there is one ...

The first connection wins.  Section 3 of the RFC (start before all look-ups have returned) does not apply:
`getaddrinfo` returns all addresses at once.  A host whose IPv6 route is broken costs a quarter of a second.
"""

from __future__ import annotations

import math
import socket
from collections.abc import Iterable
from itertools import chain, zip_longest
from typing import Final, TypeAlias

from lensconnect.interpreters.transports.direct.deadline import AttemptFailed

AddressInfo: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str | int | bytes, ...]]
"""A row of `socket.getaddrinfo`."""

ATTEMPT_DELAY: Final = 0.25
"""Seconds between two attempts (RFC 8305, section 8: 250 ms recommended)."""


def interleaved(addresses: Iterable[AddressInfo]) -> list[AddressInfo]:
    """Return the addresses with their families alternating, the first one's family first (RFC 8305, section 4)."""
    families: dict[socket.AddressFamily, list[AddressInfo]] = {}
    for address in addresses:
        families.setdefault(address[0], []).append(address)
    alternating = chain.from_iterable(zip_longest(*families.values()))
    return [address for address in alternating if address is not None]


class AttemptSchedule:
    """The addresses that are left to try.  A driver calls `next` at the start and after each wait."""

    def __init__(self, addresses: Iterable[AddressInfo]) -> None:
        self._left = interleaved(addresses)
        self._error = OSError("no address")

    def next(self, *, is_connecting: bool) -> AddressInfo | None:
        """Return the address to try now, None if there is none; raise `AttemptFailed` if no attempt is left.

        `is_connecting` tells whether an earlier attempt is still under way.
        """
        if self._left:
            return self._left.pop(0)
        if not is_connecting:
            raise AttemptFailed.of(self._error, "connect")
        return None

    @property
    def delay(self) -> float:
        """The seconds to wait for a connection before the next call of `next`."""
        return ATTEMPT_DELAY if self._left else math.inf

    def fail(self, error: OSError) -> None:
        """Note why an attempt failed; the last reason is the one reported."""
        self._error = error


def new_socket(address: AddressInfo) -> socket.socket:
    """Return a socket to connect to this address: it never blocks, and sends small requests at once."""
    created = socket.socket(*address[:3])
    created.setblocking(False)
    created.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return created
