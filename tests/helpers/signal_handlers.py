"""Run a function in the middle of a call, at a chosen line, as a signal handler would."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any


@contextmanager
def handled_at(line: int, handler: Callable[[], object], home: Path) -> Generator[Callable[[], bool]]:
    """Run the handler at the given line that runs in the files below `home`; yield whether it has run."""
    seen = 0

    def local(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal seen
        if event == "line":
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
