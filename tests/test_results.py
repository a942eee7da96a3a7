"""Results: the ways out of them, and runs that nobody awaits."""

from __future__ import annotations

from collections.abc import Generator

from lensconnect import Failure, FutureResult, Success
from lensconnect.results import abandoned


class Waiting:
    """An awaitable that is no coroutine, so it has no `close`."""

    def __await__(self) -> Generator[None, None, Success[int]]:
        yield
        return Success(1)


def test_only_a_run_on_an_event_loop_is_abandoned() -> None:
    assert abandoned(FutureResult.from_value(1))
    assert abandoned(FutureResult(Waiting()))  # type: ignore[arg-type]
    assert not abandoned(Failure("no run"))
