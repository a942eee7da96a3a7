"""The synchronous direct transport.

transport       DirectTransport
connector       TCP connections (Happy Eyeballs, RFC 8305)
socket_stream   SocketStream: one connection, plain or TLS
"""
