"""Tests of lensconnect.interpreters, against real sockets and real TLS."""
