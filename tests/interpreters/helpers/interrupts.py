"""Raise KeyboardInterrupt at a given line of the files of a folder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from linecache import getline
from types import FrameType
from typing import Any

__all__ = ["interrupted_at"]


@contextmanager
def interrupted_at(line: int, home: str) -> Generator[Callable[[], bool]]:
    """Raise KeyboardInterrupt at the given line that runs in files whose path begins with `home`.

    Yields a function that tells whether it was raised.  No `with` line counts: CPython looks for signals when a function begins, after a
    call and on a jump back, so never between a `with` statement's lock and its body.
    """
    seen = 0

    def local(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal seen
        if event == "line" and not getline(frame.f_code.co_filename, frame.f_lineno).lstrip().startswith("with "):
            seen += 1
            if seen == line:
                raise KeyboardInterrupt
        return local

    def every(frame: FrameType, _event: str, _argument: object) -> Any:
        return local if frame.f_code.co_filename.startswith(home) else None

    before = sys.gettrace()
    sys.settrace(every)
    try:
        yield lambda: seen >= line
    finally:
        sys.settrace(before)
