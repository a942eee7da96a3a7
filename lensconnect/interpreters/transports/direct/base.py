"""DirectTransportBase: the options of both direct transports."""

from __future__ import annotations

import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar, Literal

from lensconnect.interpreters.transports.direct.framing import MAX_BODY
from lensconnect.interpreters.transports.direct.pool import IDLE_SECONDS, MAX_CONNECTIONS
from lensconnect.interpreters.transports.direct.proxies import Proxies
from lensconnect.interpreters.transports.direct.resolver import Lookup, Resolver, system_lookup
from lensconnect.interpreters.transports.tls_context import shared_tls_context


class DirectTransportBase(ABC):
    """A transport over its own connections, which it keeps open for later requests.

    ssl_context                 a client's context, which is not changed; the system's authorities without one
    max_connections             open at the same time, in use and idle (64); a request above it waits
    max_connections_per_host    the same for one scheme, host and port; as many as there are without one
    idle_seconds                how long an unused connection is kept (55)
    max_body                    bytes of the largest reply body that is accepted (32 MiB)
    clock                       seconds that never go back
    resolve                     a blocking look-up of host and port, as `socket.getaddrinfo`
    proxies                     {"https": url, "http": url, "no": "localhost,.internal"}

    It can be called with a `body` and a `sink` too (`streaming`), as `streams` tells.
    """

    streams: ClassVar[Literal[True]] = True

    def __init__(
        self,
        *,
        ssl_context: ssl.SSLContext | None = None,
        max_connections: int = MAX_CONNECTIONS,
        max_connections_per_host: int | None = None,
        idle_seconds: float = IDLE_SECONDS,
        max_body: int = MAX_BODY,
        clock: Callable[[], float] = time.monotonic,
        resolve: Lookup = system_lookup,
        proxies: Mapping[str, str] | None = None,
    ) -> None:
        self.clock: Callable[[], float] = clock
        self._context, self._max_body = ssl_context, max_body
        self._pool_limits = max_connections, max_connections_per_host or max_connections, idle_seconds
        self.proxies: Proxies = Proxies(proxies or {})
        self.resolver: Resolver = Resolver(resolve)
        self._closed = False
        self._set_up()

    @abstractmethod
    def _set_up(self) -> None:
        """Create the state that only one kind of transport has."""

    def tls_context(self) -> ssl.SSLContext:
        """Return the context of the connections, found at its first use.  It may be shared: it is not to be changed."""
        if self._context is None:
            self._context = shared_tls_context()
        return self._context
