"""The synchronous direct transport.

transport       DirectTransport
connector       connect: a TCP connection to the first address that answers
socket_stream   SocketStream: one connection, plain or TLS
"""
