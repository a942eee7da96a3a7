"""Bodies that are not held in memory: where a request's bytes come from, and where a reply's bytes go to.

Both are called in the middle of an exchange, on asyncio by the event loop.  So neither blocks for long nor raises anything
but `AttemptFailed`, which ends the attempt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from lensconnect.interpreters.transports.direct.framing import Refusal


class BodySource(Protocol):
    """The body of a request: `size` bytes, in steps.

    The next step is asked for once the one before was handed to the connection.  A step stays as it is, since an event loop may
    keep it.  The iterator raises `AttemptFailed` if it cannot go on.
    """

    size: int

    def __iter__(self) -> Iterator[memoryview]: ...


class BodySink(Protocol):
    """Takes the body of a reply with status 200, of at most `size` bytes; `done` is the number of those it has taken."""

    size: int
    done: int

    def take(self, pieces: Iterable[memoryview]) -> Refusal | None:
        """Take the next bytes; return why there is no going on."""
        ...
