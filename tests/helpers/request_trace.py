"""Trace one SendMessage through the emulator, in process and through its server: files and calls.

python -m helpers.request_trace     (in tests/)   print the files for docs/architecture.md
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.request import Request, urlopen

import lensconnect
from lensconnect import HttpRequest
from lensconnect.emulator import Emulator, running

__all__ = ["RequestTrace", "trace_in_process", "trace_through_server"]

PACKAGE = Path(lensconnect.__file__).parent
BODY = b'{"ContentType":"text/plain","Content":"Hello","ClientToken":"%d"}'


class CountingLock:
    """A lock that counts its acquisitions, apart from those of the server's clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self.count += sys._getframe(1).f_code.co_name != "tick"

    def __exit__(self, *_error: object) -> None:
        self._lock.release()


class CountingDict(dict[str, Any]):
    """A dictionary that counts its look-ups."""

    count = 0

    def get(self, key: str, default: Any = None) -> Any:
        self.count += 1
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.count += 1
        return super().__getitem__(key)


class RequestTrace:
    """The package's files that one SendMessage passes, in order, and its counts."""

    def __init__(self) -> None:
        self.files: dict[str, None] = {}
        self.calls: Counter[str] = Counter()
        self.lock = CountingLock()
        self.tokens = CountingDict()
        self.recording = False

    def instrument(self, emulator: Emulator) -> None:
        """Count the emulator's lock and the look-ups of its tokens."""
        state = emulator.read(lambda state: state)
        self.tokens.update(state.tokens)
        state.tokens = self.tokens
        vars(emulator)["_lock"] = self.lock

    def profile(self, frame: FrameType, event: str, _argument: object) -> None:
        """Note each call of the request that is recorded; the server's clock is not part of it."""
        if not self.recording or event != "call" or frame.f_code.co_name in ("tick", "_tick"):
            return
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(PACKAGE):
            self.files[path.relative_to(PACKAGE).as_posix()] = None
            self.calls[frame.f_code.co_name] += 1
        elif frame.f_code.co_name == "urlsplit":
            self.calls["urlsplit"] += 1

    def record(self, send: Callable[[int], None]) -> None:
        """Send twice, and record the second request: the first one fills caches."""
        send(1)
        self.lock.count = self.tokens.count = 0
        self.recording = True
        send(2)
        self.recording = False


def trace_through_server() -> RequestTrace:
    """Trace the server's side of a SendMessage over HTTP."""
    trace = RequestTrace()
    previous = threading.getprofile()
    threading.setprofile(trace.profile)
    try:
        with running() as service:
            token = _connect(lambda path, token, body: _post(service.base_url + path, token, body), service.emulator)
            trace.instrument(service.emulator)
            trace.record(lambda number: _post(f"{service.base_url}/participant/message", token, BODY % number) and None)
    finally:
        threading.setprofile(previous)
    return trace


def trace_in_process() -> RequestTrace:
    """Trace a SendMessage that is handed to an `Emulator` as a value."""
    trace, emulator = RequestTrace(), Emulator()

    def handle(path: str, token: str, body: bytes) -> bytes:
        headers = (("Content-Type", "application/json"), ("X-Amz-Bearer", token))
        return emulator.handle(HttpRequest("POST", f"http://emulator.invalid{path}", headers, body)).body

    token = _connect(handle, emulator)
    trace.instrument(emulator)
    previous = sys.getprofile()
    sys.setprofile(trace.profile)
    try:
        trace.record(lambda number: handle("/participant/message", token, BODY % number) and None)
    finally:
        sys.setprofile(previous)
    return trace


def _connect(handle: Callable[[str, str, bytes], bytes], emulator: Emulator) -> str:
    body = handle(
        "/participant/connection", emulator.start_chat().participant_token, b'{"Type":["CONNECTION_CREDENTIALS"]}'
    )
    token: str = __import__("json").loads(body)["ConnectionCredentials"]["ConnectionToken"]
    return token


def _post(url: str, token: str, body: bytes) -> bytes:
    request = Request(url, body, {"Content-Type": "application/json", "X-Amz-Bearer": token})
    with urlopen(request) as response:
        answer: bytes = response.read()
    return answer


if __name__ == "__main__":
    for title, trace in (("server", trace_through_server()), ("in process", trace_in_process())):
        print(f"{title}: {len(trace.files)} files", *trace.files, sep="\n  ")
        print(trace.lock.count, trace.tokens.count, {name: trace.calls[name] for name in ("urlsplit", "route_of")})
