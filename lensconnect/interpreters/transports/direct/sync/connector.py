"""A TCP connection to the first address of a host that answers, within a deadline (`happy_eyeballs`)."""

from __future__ import annotations

import errno
import selectors
import socket
from collections.abc import Sequence
from typing import Final

from lensconnect.interpreters.transports.direct.deadline import Deadline
from lensconnect.interpreters.transports.direct.happy_eyeballs import AddressInfo, AttemptSchedule, new_socket
from lensconnect.interpreters.transports.direct.poller import LONGEST_WAIT, new_selector

__all__ = ["connect"]

_UNDER_WAY: Final = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY, errno.EINTR})


def connect(addresses: Sequence[AddressInfo], deadline: Deadline) -> socket.socket:
    """Return a connected, non-blocking socket; raise `AttemptFailed` if no address answers in time."""
    attempts = _Attempts(addresses)
    try:
        return attempts.run(deadline)
    finally:
        attempts.close()


class _Attempts:
    """The sockets that are connecting."""

    def __init__(self, addresses: Sequence[AddressInfo]) -> None:
        self._schedule = AttemptSchedule(addresses)
        self._sockets: list[socket.socket] = []
        self._selector = new_selector()

    def run(self, deadline: Deadline) -> socket.socket:
        while True:
            address = self._schedule.next(is_connecting=bool(self._sockets))
            if address is not None:
                self._start(address)
            left = deadline.left("connecting")
            for connecting in self._wait(min(left, self._schedule.delay, LONGEST_WAIT)):
                if self._is_connected(connecting):
                    return connecting

    def _start(self, address: AddressInfo) -> None:
        try:
            started = new_socket(address)
        except OSError as error:
            self._schedule.fail(error)
            return
        self._sockets.append(started)
        number = started.connect_ex(address[4])
        if number in _UNDER_WAY:
            self._selector.register(started, selectors.EVENT_WRITE)
        else:
            self._fail(started, number)

    def _wait(self, seconds: float) -> list[socket.socket]:
        """Return the sockets whose attempt is over; without any that is connecting, nothing, and at once."""
        if not self._sockets:
            return []
        ready = {key.fd for key, _ in self._selector.select(seconds)}
        return [each for each in self._sockets if each.fileno() in ready]

    def _is_connected(self, connecting: socket.socket) -> bool:
        self._selector.unregister(connecting)
        number = connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            self._fail(connecting, number)
        else:
            self._sockets.remove(connecting)
        return not number

    def _fail(self, failed: socket.socket, number: int) -> None:
        self._schedule.fail(OSError(number, ""))
        self._sockets.remove(failed)
        failed.close()

    def close(self) -> None:
        """Close the sockets that did not win."""
        for loser in self._sockets:
            loser.close()
