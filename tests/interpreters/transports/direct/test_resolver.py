"""A look-up under way: each waiting caller is woken once, also where nobody waits any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

from interpreters.helpers.transports import post
from lensconnect.interpreters.transports.direct.aio.transport import AsyncDirectTransport
from lensconnect.interpreters.transports.direct.happy_eyeballs import AddressInfo
from lensconnect.interpreters.transports.direct.resolver import PendingLookup
from lensconnect.results import is_err


def test_a_caller_is_woken_once() -> None:
    """Callers that asked before the end are woken by it, later ones at once."""
    pending, woken = PendingLookup(), list[str]()
    pending.call_when_over(lambda: woken.append("before"))
    assert not woken
    pending.end(())
    pending.call_when_over(lambda: woken.append("after"))
    pending.end(())
    assert woken == ["before", "after"]


def test_a_look_up_may_end_after_its_loop() -> None:
    """A thread that raised would end the test by pytest's warning."""
    answers = threading.Event()

    def hang(_host: bytes, _port: int) -> Sequence[AddressInfo]:
        answers.wait()
        return ()

    outcome = asyncio.run(AsyncDirectTransport(resolve=hang)(post("http://slow.example/"), 0.01))
    assert is_err(outcome)
    answers.set()
    for thread in threading.enumerate():
        if thread.name == "lensconnect-resolver":
            thread.join()
