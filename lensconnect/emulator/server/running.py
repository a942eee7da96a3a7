"""running: the emulator behind real HTTP, for clients of any kind and language.

Loopback only: it knows no secrets but its own, and takes everyone for a friend.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from lensconnect.emulator.admin import AdminApi
from lensconnect.emulator.chat.outbox import Outbox
from lensconnect.emulator.chat.state import State
from lensconnect.emulator.embedded import Emulator
from lensconnect.emulator.options import Options

if TYPE_CHECKING:
    from lensconnect.emulator.server.uvicorn_server import Server

__all__ = ["HOST", "RunningEmulator", "running"]

HOST: Final = "127.0.0.1"

T = TypeVar("T")


class RunningEmulator(AdminApi):
    """An emulator that answers at `base_url`."""

    def __init__(self, emulator: Emulator, base_url: str) -> None:
        self.emulator = emulator
        self.base_url = base_url

    @property
    def options(self) -> Options:
        """The switches it runs with."""
        return self.emulator.options

    def transact(self, action: Callable[[State, int, Outbox], T]) -> T:
        """Do something to the state, once everything that is due has happened."""
        return self.emulator.transact(action)


@contextmanager
def running(emulator: Emulator | None = None, *, port: int = 0) -> Generator[RunningEmulator]:
    """Serve an emulator on loopback until the `with` ends; port 0 takes a free one.

    Needs the extra `emulator`.  State lives in the emulator: give your own to keep it, or to set options.
    """
    served = emulator or Emulator()
    server = _server(served, port)
    base_url = f"http://{HOST}:{server.port}"
    served.set_base_url(base_url)
    server.start()
    try:
        yield RunningEmulator(served, base_url)
    finally:
        server.stop()


def _server(emulator: Emulator, port: int) -> Server:
    try:
        from lensconnect.emulator.server.uvicorn_server import Server
    except ModuleNotFoundError as absent:
        if (absent.name or "").split(".")[0] not in ("starlette", "uvicorn", "websockets", "anyio"):
            raise
        raise ModuleNotFoundError(
            'the emulator\'s server needs an extra: pip install "lensconnect[emulator]"', name=absent.name
        ) from None
    return Server(emulator, HOST, port, emulator.options.attachment_bytes)
