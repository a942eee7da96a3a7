"""The direct transport for asyncio.

transport    AsyncDirectTransport
connector    connect: a TCP connection to the first address that answers
connection   AsyncioConnection: one connection, plain or TLS
tls          TLS without I/O
"""
