"""The transports that are shipped, against real sockets and real TLS."""
