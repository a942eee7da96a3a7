"""Run a function in the middle of a call, at a chosen line, as a signal handler would; or raise KeyboardInterrupt."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from linecache import getline
from pathlib import Path
from types import FrameType
from typing import Any


@contextmanager
def handled_at(
    line: int, handler: Callable[[], object], home: str | Path, *, counts: Callable[[FrameType], bool] = lambda _: True
) -> Generator[Callable[[], bool]]:
    """Run the handler at the given line that runs in the files below `home`; yield whether it has run.

    `counts` tells whether the line at which a frame stands counts.
    """
    seen = 0

    def local(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal seen
        if event == "line" and counts(frame):
            seen += 1
            if seen == line:
                sys.settrace(None)
                handler()
        return local

    def every(frame: FrameType, _event: str, _argument: object) -> Any:
        return local if frame.f_code.co_filename.startswith(str(home)) else None

    before = sys.gettrace()
    sys.settrace(every)
    try:
        yield lambda: seen >= line
    finally:
        sys.settrace(before)


def interrupted_at(line: int, home: str | Path) -> AbstractContextManager[Callable[[], bool]]:
    """Raise KeyboardInterrupt at the given line that runs in the files below `home`; yield whether it was raised.

    No `with` line counts: CPython looks for signals when a function begins, after a call and on a jump back, so never
    between a `with` statement's lock and its body.
    """
    return handled_at(line, _interrupt, home, counts=_is_no_with)


def _interrupt() -> None:
    raise KeyboardInterrupt


def _is_no_with(frame: FrameType) -> bool:
    return not getline(frame.f_code.co_filename, frame.f_lineno).lstrip().startswith("with ")
