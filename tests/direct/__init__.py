"""The direct transports against real sockets and real TLS."""
