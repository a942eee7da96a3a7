"""Run the emulator behind HTTP and WebSockets, for clients of any kind and language.

It listens on loopback, unless it is given another host, and trusts every client that reaches it, except web pages of
other sites (`agent_ui.guard`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import NoneType
from typing import TYPE_CHECKING, Final, TypeVar

from lensconnect.arguments import expect
from lensconnect.emulator.admin import AdminApi
from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.embedded import Emulator
from lensconnect.emulator.flows import Flows
from lensconnect.emulator.options import Options
from lensconnect.emulator.wire.origin import origin_at, public_origin
from lensconnect.interpreters.extras import needs_extra

if TYPE_CHECKING:
    from lensconnect.emulator.server.uvicorn_server import Server

HOST: Final = "127.0.0.1"

_ANY_IPV4: Final = "0.0.0.0"  # nosec B104 # noqa: S104 - compared with, not bound to
_REACHED_AT: Final = {_ANY_IPV4: HOST, "::": "::1"}
"""The address at which this machine reaches a server that is bound to all addresses of a kind."""

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
def running(
    emulator: Emulator | None = None, *, host: str = HOST, port: int = 0, url: str | None = None
) -> Generator[RunningEmulator]:
    """Serve an emulator on this machine until the `with` block ends; port 0 takes a free port.

    `host` is the address, or a name of it, to listen on; `0.0.0.0` stands for all.  Everyone who reaches it may do
    everything, so leave loopback in a network of your own only.

    Pass an emulator to set its options or to keep its chats.  The URLs in replies begin with the host and port that
    the client asked, if its Host header names this machine.  Behind a forwarded port or a proxy that clients reach
    by another name, give its `url` (`https://chat.example`, without a path): all URLs begin with it, and its host
    and its pages are admitted.  A Host header that names neither this machine, `host` nor the host of `url` is refused.
    ModuleNotFoundError without the extra `emulator`, OSError if it cannot listen there, ValueError for a `url` that is
    not an origin.
    """
    expect(
        "emulator",
        emulator,
        (Emulator, NoneType),
        "an Emulator or None",
        ": give Emulator(options) or Emulator(flow=...)",
    )
    expect("host", host, str, "text")
    public = None if url is None else public_origin(url)
    served = emulator or Emulator()
    server = _server(served, host, port)
    own = _REACHED_AT.get(host, host)
    base_url = origin_at(own, server.port)
    served.set_base_url(public or base_url, follows_host=public is None, host=own)
    server.start()
    try:
        yield RunningEmulator(served, base_url)
    finally:
        server.stop()


def _server(emulator: Emulator, host: str, port: int) -> Server:
    with needs_extra("the emulator's server (extra emulator)", "emulator"):
        from lensconnect.emulator.server.uvicorn_server import Server

    return Server(emulator, host, port)
