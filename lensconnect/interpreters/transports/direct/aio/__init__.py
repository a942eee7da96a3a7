"""The direct transport for asyncio.

transport       AsyncDirectTransport
connector       connect: a TCP connection to the first address that answers
connection      AsyncioConnection: one connection, plain or TLS
tls             TLS without I/O
deadline_timer  one timer, moved from one wait to the next
"""
