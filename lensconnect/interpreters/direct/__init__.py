"""The default transport: HTTP/1.1 by httptools over our own sockets, time bounds and connections."""

from lensconnect.interpreters.direct.aio import AsyncDirectTransport
from lensconnect.interpreters.direct.proxies import Proxy, proxy_for
from lensconnect.interpreters.direct.sync import DirectTransport

__all__ = ["AsyncDirectTransport", "DirectTransport", "Proxy", "proxy_for"]
