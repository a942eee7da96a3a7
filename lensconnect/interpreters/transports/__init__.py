"""Transports: each performs one HttpRequest, once, and returns an HttpResponse or a TransportError.

protocol      Transport and AsyncTransport: the whole contract
direct/       the default transports, over our own sockets
adapters/     transports over a client of aiohttp or httpx2
event_loops   what runs on asyncio and on trio alike
tls_context   the TLS settings of every transport
fork_safety   resets locks and connections in the child of a fork
"""
