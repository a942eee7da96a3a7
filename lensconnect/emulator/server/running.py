"""Run the emulator behind HTTP and WebSockets, for clients of any kind and language.

It listens on loopback only and trusts every client there, except web pages of other sites (`agent_ui.guard`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from lensconnect.emulator.admin import AdminApi
from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.embedded import Emulator
from lensconnect.emulator.flows import Flows
from lensconnect.emulator.options import Options
from lensconnect.emulator.wire.origin import public_origin
from lensconnect.interpreters.extras import needs_extra

if TYPE_CHECKING:
    from lensconnect.emulator.server.uvicorn_server import Server

HOST: Final = "127.0.0.1"

T = TypeVar("T")


class RunningEmulator(AdminApi):
    """An emulator that a server makes reachable at `base_url`, an address of this machine."""

    def __init__(self, emulator: Emulator, base_url: str) -> None:
        self.emulator = emulator
        self.base_url = base_url

    @property
    def options(self) -> Options:
        """The options of the emulator."""
        return self.emulator.options

    @property
    def flows(self) -> Flows:
        """The flows that play in the emulator's chats."""
        return self.emulator.flows

    def transact(self, action: Callable[[OperationContext], T]) -> T:
        """Run an action on the state of the emulator, after the timers that are due."""
        return self.emulator.transact(action)


@contextmanager
def running(emulator: Emulator | None = None, *, port: int = 0, url: str | None = None) -> Generator[RunningEmulator]:
    """Serve an emulator on 127.0.0.1 until the `with` block ends; port 0 takes a free port.

    Pass an emulator to set its options or to keep its chats.  The URLs in replies begin with the host and port that
    the client asked, if its Host header names this machine.  Behind a forwarded port or a proxy that clients reach
    by another name, give its `url` (`https://chat.example`, without a path): all URLs begin with it, and its host
    and its pages are admitted.  ModuleNotFoundError without the extra `emulator`, OSError if the port is taken,
    ValueError for a `url` that is not an origin.
    """
    public = None if url is None else public_origin(url)
    served = emulator or Emulator()
    server = _server(served, port)
    base_url = f"http://{HOST}:{server.port}"
    served.set_base_url(public or base_url, follows_host=public is None)
    server.start()
    try:
        yield RunningEmulator(served, base_url)
    finally:
        server.stop()


def _server(emulator: Emulator, port: int) -> Server:
    with needs_extra("the emulator's server", "emulator"):
        from lensconnect.emulator.server.uvicorn_server import Server

    return Server(emulator, HOST, port)
