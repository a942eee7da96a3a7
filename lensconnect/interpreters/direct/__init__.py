"""The default transport: HTTP/1.1 by httptools over our own sockets, time bounds and connections."""

from lensconnect.interpreters.direct.sync import DirectTransport

__all__ = ["DirectTransport"]
