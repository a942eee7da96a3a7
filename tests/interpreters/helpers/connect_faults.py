"""Faults before the first byte of the request is sent: the other half of docs/transports.md's table.

Every row opens a URL; a request to it fails before any byte of it is sent.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import repeat
from typing import Any, NamedTuple, TypeAlias
from unittest.mock import patch

from interpreters.helpers.certificates import outdated, serving
from interpreters.helpers.reply_faults import Expected
from interpreters.helpers.servers import PatientServer, ServerConnection, UnresponsiveListener
from lensconnect.testing.contract.scripted_server import Script

__all__ = ["CONNECT_FAULTS", "ConnectFault"]

Opened: TypeAlias = Callable[[], AbstractContextManager[str]]


class ConnectFault(NamedTuple):
    """Opens the URL to request; the kinds that the direct transports and the adapters may report."""

    opened: Opened
    direct: str
    aiohttp: str = ""
    httpx2: str = ""

    def expected(self, family: str) -> Expected:
        """Return the error that the transports of one family report."""
        return Expected(frozenset((getattr(self, family) or self.direct).split("|")), "no")


def _talking(script: Script, context: ssl.SSLContext | None = None) -> Opened:
    @contextmanager
    def opened() -> Iterator[str]:
        with PatientServer(script, context) as peer:
            yield f"https://127.0.0.1:{peer.port}/participant/message"

    return opened


def _untrusted(context: Callable[[], ssl.SSLContext]) -> Opened:
    @contextmanager
    def opened() -> Iterator[str]:
        got: list[bytes] = []
        with PatientServer(lambda connection: got.append(connection.socket.recv(65536)), context()) as peer:
            yield peer.url()
        assert b"".join(got) == b""

    return opened


@contextmanager
def _nobody() -> Iterator[str]:
    with PatientServer(ServerConnection.hang) as peer:
        url = peer.url()
    yield url


@contextmanager
def _unresponsive() -> Iterator[str]:
    with UnresponsiveListener() as listener:
        yield f"http://127.0.0.1:{listener.port}/participant/message"


@contextmanager
def _resolving(answer: Callable[[], None]) -> Iterator[str]:
    """Make the system's resolver call `answer` for one name."""
    ask = socket.getaddrinfo

    def resolve(host: str | bytes | None, *rest: Any, **named: Any) -> Sequence[Any]:
        flags = named.get("flags", [*rest, 0, 0, 0, 0, 0][4])
        if host in ("slow.example", b"slow.example") and not flags & socket.AI_NUMERICHOST:
            answer()
        return ask(host, *rest, **named)

    with patch("socket.getaddrinfo", resolve):
        yield "https://slow.example/participant/message"


def _unknown() -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@contextmanager
def _hanging_resolver() -> Iterator[str]:
    go_on = threading.Event()

    def hang() -> None:
        go_on.wait()
        _unknown()

    with _resolving(hang) as url:
        try:
            yield url
        finally:
            go_on.set()


def _begin_and_finish(connection: ServerConnection) -> None:
    connection.send(b"\x16\x03\x03\x00\x7a")
    connection.finish()


def _begin_and_drip(connection: ServerConnection) -> None:
    connection.send(b"\x16\x03\x03\x40\x00")
    connection.drip(repeat(b"x"))


_PLAIN = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"

CONNECT_FAULTS: dict[str, ConnectFault] = {
    "no listener on the port": ConnectFault(_nobody, "connect"),
    "the name is unknown": ConnectFault(lambda: _resolving(_unknown), "name"),
    "the name look-up hangs": ConnectFault(_hanging_resolver, "timeout"),
    "the TCP handshake hangs": ConnectFault(_unresponsive, "timeout"),
    "TLS: the certificate has expired": ConnectFault(_untrusted(lambda: serving("127.0.0.1", expired=True)), "tls"),
    "TLS: the certificate is for another name": ConnectFault(_untrusted(lambda: serving("elsewhere.example")), "tls"),
    "TLS: the certificate is for another address": ConnectFault(_untrusted(lambda: serving("127.0.0.2")), "tls"),
    "TLS: the issuer of the certificate is not trusted": ConnectFault(
        _untrusted(lambda: serving(authority="theirs")), "tls"
    ),
    "TLS: the peer supports 1.1 at most": ConnectFault(_untrusted(outdated), "tls"),
    "TLS: the peer answers with plain HTTP": ConnectFault(
        _talking(lambda connection: connection.send(_PLAIN)), "tls|reset"
    ),
    "TLS: the peer sends bytes that are not TLS": ConnectFault(
        _talking(lambda connection: connection.send(bytes(range(256)))), "tls|reset"
    ),
    "TLS: closed before the handshake": ConnectFault(
        _talking(ServerConnection.finish), "tls|reset", aiohttp="connect|tls|reset"
    ),
    "TLS: reset before the handshake": ConnectFault(_talking(ServerConnection.reset), "connect|tls|reset"),
    "TLS: closed inside the handshake": ConnectFault(
        _talking(_begin_and_finish), "tls|reset", aiohttp="connect|tls|reset"
    ),
    "TLS: the peer sends nothing": ConnectFault(_talking(ServerConnection.hang), "timeout"),
    "TLS: a dripping handshake": ConnectFault(_talking(_begin_and_drip), "timeout"),
}
