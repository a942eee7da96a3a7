"""The direct transport for asyncio.

transport    AsyncDirectTransport
connector    TCP connections (Happy Eyeballs, RFC 8305)
connection   AsyncioConnection: one connection, plain or TLS
tls          TLS without I/O
pool_queue   PoolQueue: callers that wait for a free connection
"""
