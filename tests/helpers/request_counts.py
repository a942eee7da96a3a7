"""Count what one SendMessage through the emulator does, in process and through its server."""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import lensconnect
from lensconnect import HttpRequest
from lensconnect.emulator import Emulator, running

__all__ = ["RequestCounts", "count_in_process", "count_through_server"]

PACKAGE = Path(lensconnect.__file__).parent
MESSAGE = b'{"ContentType":"text/plain","Content":"Hello","ClientToken":"%d"}'
CLOCK = ("tick", "_tick")
"""The functions of the server's clock, which runs beside the request and is not part of it."""


class CountingLock:
    """A lock that counts its acquisitions, except those of the server's clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self.count += not _is_called_by_clock(sys._getframe(1))

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


class RequestCounts:
    """The calls of one SendMessage by function name, the acquisitions of the lock and the look-ups of tokens."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.lock = CountingLock()
        self.tokens = CountingDict()
        self._recording = False

    def profile(self, frame: FrameType, event: str, _argument: object) -> None:
        """Note a call, if a request is being recorded."""
        path = Path(frame.f_code.co_filename)
        if event != "call" or not self._recording or not path.is_relative_to(PACKAGE):
            return
        if frame.f_code.co_name not in CLOCK and not _is_called_by_clock(frame):
            self.calls[frame.f_code.co_name] += 1

    @contextmanager
    def counting(self, emulator: Emulator) -> Iterator[None]:
        """Count the URL splits of the package, the emulator's lock, and the look-ups of its tokens."""
        state = emulator.read(lambda state: state)
        self.tokens.update(state.tokens)
        state.tokens = self.tokens
        vars(emulator)["_lock"] = self.lock
        loaded = [module for name, module in sys.modules.items() if name.startswith("lensconnect.")]
        modules = [module for module in loaded if vars(module).get("urlsplit") is urlsplit]

        def counted(url: str) -> Any:
            self.calls["urlsplit"] += self._recording
            return urlsplit(url)

        for module in modules:
            vars(module)["urlsplit"] = counted
        try:
            yield
        finally:
            for module in modules:
                vars(module)["urlsplit"] = urlsplit

    def record(self, send: Callable[[bytes], bytes]) -> None:
        """Send two messages and record the second; the first fills the caches."""
        send(MESSAGE % 1)
        self.lock.count = self.tokens.count = 0
        self._recording = True
        try:
            send(MESSAGE % 2)
        finally:
            self._recording = False


def count_through_server() -> RequestCounts:
    """Count the server's side of a SendMessage over HTTP."""
    counts = RequestCounts()
    previous = threading.getprofile()
    threading.setprofile(counts.profile)
    try:
        with running() as service:
            token = _connect(lambda path, token, body: _post(service.base_url + path, token, body), service.emulator)
            with counts.counting(service.emulator):
                counts.record(lambda body: _post(f"{service.base_url}/participant/message", token, body))
    finally:
        threading.setprofile(previous)
    return counts


def count_in_process() -> RequestCounts:
    """Count a SendMessage that is handed to an `Emulator` as a value."""
    counts, emulator = RequestCounts(), Emulator()

    def handle(path: str, token: str, body: bytes) -> bytes:
        headers = (("Content-Type", "application/json"), ("X-Amz-Bearer", token))
        return emulator.handle(HttpRequest("POST", f"http://emulator.invalid{path}", headers, body)).body

    token = _connect(handle, emulator)
    previous = sys.getprofile()
    sys.setprofile(counts.profile)
    try:
        with counts.counting(emulator):
            counts.record(lambda body: handle("/participant/message", token, body))
    finally:
        sys.setprofile(previous)
    return counts


def _connect(handle: Callable[[str, str, bytes], bytes], emulator: Emulator) -> str:
    wanted = b'{"Type":["CONNECTION_CREDENTIALS"]}'
    reply = json.loads(handle("/participant/connection", emulator.start_chat().participant_token, wanted))
    token: str = reply["ConnectionCredentials"]["ConnectionToken"]
    return token


def _post(url: str, token: str, body: bytes) -> bytes:
    request = Request(url, body, {"Content-Type": "application/json", "X-Amz-Bearer": token})
    with urlopen(request) as response:
        reply: bytes = response.read()
    return reply


def _is_called_by_clock(frame: FrameType) -> bool:
    caller = frame.f_back
    while caller is not None and caller.f_code.co_name not in CLOCK:
        caller = caller.f_back
    return caller is not None
