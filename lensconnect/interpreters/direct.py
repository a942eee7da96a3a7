"""The default transport: HTTP/1.1 by httptools over our own sockets, time bounds and connections."""

from lensconnect.interpreters.transports.direct.aio.transport import AsyncDirectTransport
from lensconnect.interpreters.transports.direct.proxies import Proxy, proxy_for
from lensconnect.interpreters.transports.direct.sync.transport import DirectTransport

__all__ = ["AsyncDirectTransport", "DirectTransport", "Proxy", "proxy_for"]
