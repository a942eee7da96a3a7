# pyright: reportPrivateUsage=false
"""A poller reports the same events by `poll` and by `select`."""

from __future__ import annotations

import socket

import pytest

from lensconnect.interpreters.transports.direct.poller import READ, WRITE, Poller, _PollPoller, _SelectPoller


@pytest.mark.parametrize("make", [_PollPoller, _SelectPoller])
def test_a_poller_reports_what_is_possible(make: type[Poller]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        poller = make(ours.fileno())  # type: ignore[call-arg]
        assert poller.wait(READ, 0) == 0
        assert poller.wait(READ | WRITE, 1.0) == WRITE
        theirs.send(b"x")
        assert poller.wait(READ | WRITE, 1.0) == READ | WRITE
        assert poller.wait(READ, 1.0) == READ
        theirs.close()
        assert ours.recv(1) == b"x"
        assert poller.wait(READ, 1.0) == READ
