"""Cancel a call at one of its waits, on any event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any


class CancelledAt:
    """An awaitable that calls `cancel` at one of its waits, counted from 0; `waits` counts them."""

    def __init__(self, inner: Awaitable[Any], wait: int, cancel: Callable[[], object]) -> None:
        self.inner, self.wait, self.cancel, self.waits = inner, wait, cancel, 0

    def __await__(self) -> Generator[Any, Any, Any]:
        steps: Any = self.inner.__await__()
        sent: Any = None
        raised: BaseException | None = None
        while True:
            try:
                waited_for = steps.send(sent) if raised is None else steps.throw(raised)
            except StopIteration as end:
                return end.value
            if self.waits == self.wait:
                self.cancel()
            self.waits += 1
            sent = raised = None
            try:
                sent = yield waited_for
            except BaseException as thrown:
                raised = thrown
