"""A TCP connection to the first address of a host that answers, within a deadline (`happy_eyeballs`)."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from selectors import EVENT_WRITE, BaseSelector
from typing import Final, cast

from lensconnect.interpreters.transports.direct.deadline import Deadline
from lensconnect.interpreters.transports.direct.happy_eyeballs import AddressInfo, AttemptSchedule, new_socket
from lensconnect.interpreters.transports.direct.poller import LONGEST_WAIT, new_selector

_UNDER_WAY: Final = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY, errno.EINTR})


def connect(addresses: Sequence[AddressInfo], deadline: Deadline) -> socket.socket:
    """Return a connected, non-blocking socket; raise `AttemptFailed` if no address answers in time."""
    schedule, connecting = AttemptSchedule(addresses), new_selector()
    try:
        while True:
            address = schedule.next(is_connecting=bool(connecting.get_map()))
            if address is not None:
                _start(address, schedule, connecting)
            left = deadline.left("connecting")
            for over in _wait(connecting, min(left, schedule.delay, LONGEST_WAIT)):
                number = over.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not number:
                    return over
                over.close()
                schedule.fail(OSError(number, ""))
    finally:
        for key in list(connecting.get_map().values()):
            cast("socket.socket", key.fileobj).close()


def _start(address: AddressInfo, schedule: AttemptSchedule, connecting: BaseSelector) -> None:
    try:
        created = new_socket(address)
    except OSError as error:
        schedule.fail(error)
        return
    number = created.connect_ex(address[4])
    if number in _UNDER_WAY:
        connecting.register(created, EVENT_WRITE)
    else:
        created.close()
        schedule.fail(OSError(number, ""))


def _wait(connecting: BaseSelector, seconds: float) -> list[socket.socket]:
    """Return the sockets whose attempt is over, removed from the selector; nothing, at once, if none is connecting."""
    ready = connecting.select(seconds) if connecting.get_map() else []
    return [cast("socket.socket", connecting.unregister(key.fileobj).fileobj) for key, _ in ready]
